@ What every case has: stacks, vectors of three kinds that log and return, macros. The case begins at `main` in secure Supervisor mode.
  .syntax unified
  .arm
  .text
  .equ LOG_COUNT, RESULTS + 4
  .equ RESUME, RESULTS + 8
  .equ SMC_RESUME, RESULTS + 12
  .equ RESUME_CPSR, RESULTS + 16
  .equ USR, 0x10
  .equ FIQ, 0x11
  .equ IRQ, 0x12
  .equ SVC, 0x13
  .equ MON, 0x16
  .equ ABT, 0x17
  .equ UND, 0x1b
  .equ SYS, 0x1f
  .equ UNUSED, 0xdeadbeef
  .set slot, 0

@ A constant, without a literal pool, without flags; in either instruction set.
  .macro lit reg, value
  movw \reg, #((\value) & 0xffff)
  movt \reg, #(((\value) >> 16) & 0xffff)
  .endm
@ The address of a label.
  .macro at reg, label
  movw \reg, #:lower16:\label
  movt \reg, #:upper16:\label
  .endm
@ Records a register under a name; R12 is lost.
  .macro rec name, reg=r0
  lit r12, (SLOTS + 4 * slot)
  str \reg, [r12]
  .set slot, slot + 1
  .pushsection .names, "", %note
  .asciz "\name"
  .popsection
  .endm
  .macro rec_cpsr name
  mrs r11, cpsr
  rec "\name", r11
  .endm
@ Where the next exception returns to, instead of behind its instruction. R11 and R12 are lost.
  .macro resume label
  at r11, \label
  lit r12, RESUME
  str r11, [r12]
  .endm
@ The same, with another CPSR than the interrupted one.
  .macro resume_with label, cpsr=0x1d3
  resume \label
  lit r12, RESUME_CPSR
  lit r11, \cpsr
  str r11, [r12]
  .endm
@ To User mode at a label, from any privileged mode with an SPSR. R11 is lost.
  .macro go_user label, cpsr=0x10
  lit r11, \cpsr
  msr spsr_fsxc, r11
  at lr, \label
  movs pc, lr
  .endm
@ Writes SCR from any secure mode but Monitor; R11 is lost.
  .macro scr value
  mov r11, #\value
  mcr p15, 0, r11, c1, c1, 0
  isb
  .endm
@ To a non-secure privileged mode at a label, with SCR bits besides NS and CPSR bits. From secure Supervisor mode. R11 is lost.
  .macro go_normal label, cpsr=0x1d3, scr=0
  cps #MON
  mov r11, #(1 | \scr)
  mcr p15, 0, r11, c1, c1, 0
  isb
  lit r11, \cpsr
  msr spsr_fsxc, r11
  at lr, \label
  movs pc, lr
  .endm
@ From non-secure state (privileged) to a label in secure Supervisor mode, SCR = 0.
  .macro go_secure label
  at r11, \label
  lit r12, SMC_RESUME
  str r11, [r12]
  smc #0
  .endm
@ The interrupt line: IRQ, or FIQ (with which this controller raises IRQ, too). R11 and R12 are lost.
  .macro raise_irq
  lit r12, PIC
  mov r11, #0
  str r11, [r12, #0x30]
  mvn r11, #(1 << 22)
  str r11, [r12, #0x50]
  ldr r11, [r12, #0x50]
  .endm
  .macro raise_fiq
  lit r12, PIC
  mov r11, #(1 << 22)
  str r11, [r12, #0x30]
  mvn r11, #(1 << 22)
  str r11, [r12, #0x50]
  ldr r11, [r12, #0x50]
  .endm
  .macro lower_lines
  lit r12, PIC
  mvn r11, #0
  str r11, [r12, #0x50]
  ldr r11, [r12, #0x50]
  .endm

@ A word of a translation table. R11 and R12 are lost.
  .macro entry table, index, value
  lit r12, (\table + 4 * \index)
  lit r11, (\value)
  str r11, [r12]
  .endm
  .macro tlbi
  mov r11, #0
  dsb
  mcr p15, 0, r11, c8, c7, 0
  mcr p15, 0, r11, c7, c5, 0
  mcr p15, 0, r11, c7, c5, 6
  dsb
  isb
  .endm
@ Sets and clears bits of SCTLR. R11 and R12 are lost.
  .macro sctlr set, clear=0
  mrc p15, 0, r11, c1, c0, 0
  lit r12, (\set)
  orr r11, r11, r12
  lit r12, (\clear)
  bic r11, r11, r12
  mcr p15, 0, r11, c1, c0, 0
  isb
  .endm
@ A VA to PA translation (op2 of its encoding); of a result the attributes are left out, which are no business of these cases.
  .macro v2p name, op2, address
  lit r0, \address
  mcr p15, 0, r0, c7, c8, \op2
  isb
  mrc p15, 0, r0, c7, c4, 0
  tst r0, #1
  biceq r0, r0, #0x0d00
  biceq r0, r0, #0x00fc
  rec "\name"
  .endm
@ All eight translations (only four where the other world's are not wanted).
  .macro v2p_all name, address, other=1
  v2p "\name privileged read", 0, \address
  v2p "\name privileged write", 1, \address
  v2p "\name user read", 2, \address
  v2p "\name user write", 3, \address
  .if \other
  v2p "\name other privileged read", 4, \address
  v2p "\name other privileged write", 5, \address
  v2p "\name other user read", 6, \address
  v2p "\name other user write", 7, \address
  .endif
  .endm
@ A load, a store, their unprivileged forms and a call, each of which may abort. What was loaded is recorded.
  .macro access name, address
  lit r0, \address
  mov r1, #0x77
  ldr r1, [r0]
  rec "\name load", r1
  lit r0, \address
  str r1, [r0, #4]
  ldrt r1, [r0], #0
  strt r1, [r0], #0
  .endm
  .macro call name, address
  lit r0, (\address)
  mov r1, #0
  resume 9f
  blx r0
9: lit r12, RESUME
  mov r11, #0
  str r11, [r12]
  rec "\name call", r1
  .endm

  .global _start
_start:
  @ results: nothing recorded
  lit r0, RESULTS
  mov r1, #0
  lit r2, RESULT_BYTES
1: str r1, [r0], #4
  subs r2, r2, #4
  bne 1b
  lit r0, SLOTS
  lit r1, UNUSED
  mov r2, #0x800
1: str r1, [r0], #4
  subs r2, r2, #1
  bne 1b
  bl set_stacks
  cps #MON
  mov r0, #1
  mcr p15, 0, r0, c1, c1, 0
  at r0, vectors_normal
  mcr p15, 0, r0, c12, c0, 0
  mov r0, #0
  mcr p15, 0, r0, c1, c1, 0
  cps #SVC
  at r0, vectors_secure
  mcr p15, 0, r0, c12, c0, 0
  at r0, vectors_monitor
  mcr p15, 0, r0, c12, c0, 1
  mov r0, #0
  mov r1, #0
  mov r2, #0
  mov r3, #0
  mov r4, #0
  mov r5, #0
  mov r6, #0
  mov r7, #0
  mov r8, #0
  mov r9, #0
  mov r10, #0
  mov r11, #0
  mov r12, #0
  mov lr, #0
  isb
  b main

@ Gives each mode its stack. From secure Supervisor mode, to it.
set_stacks:
  cps #FIQ
  lit sp, (STACKS + 0x1000)
  cps #IRQ
  lit sp, (STACKS + 0x2000)
  cps #ABT
  lit sp, (STACKS + 0x3000)
  cps #UND
  lit sp, (STACKS + 0x4000)
  cps #SYS
  lit sp, (STACKS + 0x5000)
  cps #MON
  lit sp, (STACKS + 0x6000)
  cps #SVC
  lit sp, (STACKS + 0x7000)
  bx lr

@ A first-level table at R0: every section is itself, for all, domain 0; memory write-back, what is below it a device. R1-R3 are lost.
flat_table:
  mov r1, #0
  lit r3, 0x1c0e
  lit r2, 0xc06
1: cmp r1, #(1 << 30)
  orrlo r12, r1, r2
  orrhs r12, r1, r3
  str r12, [r0], #4
  adds r1, r1, #(1 << 20)
  bne 1b
  bx lr

@ The current world's MMU on, by the table at R0; DACR in R1. R2 is lost.
mmu_on:
  mcr p15, 0, r0, c2, c0, 0
  mcr p15, 0, r1, c3, c0, 0
  mov r2, #0
  mcr p15, 0, r2, c2, c0, 2
  mcr p15, 0, r2, c8, c7, 0
  mrc p15, 0, r2, c1, c0, 0
  orr r2, r2, #1
  mcr p15, 0, r2, c1, c0, 0
  isb
  bx lr

@ Makes the interrupt source pending for ever, masked in the controller. Cases that need it call it first. R0-R2 are lost.
interrupt_source:
  lit r0, PIC
  mvn r1, #0
  str r1, [r0, #0x50]
  str r1, [r0, #0x54]
  str r1, [r0, #0x58]
  str r1, [r0, #0x40]
  lit r0, PIT
  mov r1, #1
  str r1, [r0]
  mov r1, #100
  str r1, [r0, #0x14]
  mov r1, #0x87
  str r1, [r0, #0x10]
  lit r0, PIC
1: ldr r1, [r0, #0x10]
  tst r1, #(1 << 22)
  beq 1b
  bx lr

@ Logs and returns. R0-R4 are on the stack already, R0 is the kind.
log_exception:
  mrs r3, cpsr
  lit r1, LOG_COUNT
  ldr r2, [r1]
  cmp r2, #LOG_ENTRIES
  bhs give_up
  add r4, r2, #1
  str r4, [r1]
  lit r1, LOG
  add r1, r1, r2, lsl #5
  mrs r2, spsr
  stm r1!, {r0, lr}
  stm r1!, {r2, r3}
  mrc p15, 0, r2, c5, c0, 0
  mrc p15, 0, r3, c6, c0, 0
  stm r1!, {r2, r3}
  mrc p15, 0, r2, c5, c0, 1
  mrc p15, 0, r3, c6, c0, 2
  stm r1!, {r2, r3}
  lit r1, RESUME
  ldr r2, [r1]
  cmp r2, #0
  bne 3f
  and r1, r0, #0xff
  cmp r1, #4
  beq 1f
  bhi 2f
  pop {r0-r4}
  movs pc, lr
1: pop {r0-r4}
  subs pc, lr, #4
2: @ interrupts: the line goes down
  push {r11, r12}
  lower_lines
  pop {r11, r12}
  pop {r0-r4}
  subs pc, lr, #4
3: mov r3, #0
  str r3, [r1]
  mov lr, r2
  mrs r2, spsr
  lit r3, 0x0600fc00
  bic r2, r2, r3
  ldr r3, [r1, #8]
  cmp r3, #0
  movne r2, r3
  mov r3, #0
  str r3, [r1, #8]
  msr spsr_fsxc, r2
  and r1, r0, #0xff
  cmp r1, #5
  blo 4f
  push {r11, r12}
  lower_lines
  pop {r11, r12}
4: pop {r0-r4}
  movs pc, lr

  .macro vector kind
  push {r0-r4}
  lit r0, \kind
  b log_exception
  .endm

  .macro vector_table name, kind
  .align 5
vectors_\name:
  b .
  b \name\()_1
  b \name\()_2
  b \name\()_3
  b \name\()_4
  b .
  b \name\()_6
  b \name\()_7
  .irp number, 1, 3, 4, 6, 7
\name\()_\number:
  vector (\kind + \number)
  .endr
  .endm

  vector_table secure, 0x000
secure_2: vector 0x002
  vector_table normal, 0x100
normal_2: vector 0x102
  vector_table monitor, 0x200
@ R11 and R12 are lost by every SMC.
monitor_2:
  lit r12, SMC_RESUME
  ldr r11, [r12]
  cmp r11, #0
  bne 1f
  vector 0x202
1: mov lr, r11
  mov r11, #0
  str r11, [r12]
  mcr p15, 0, r11, c1, c1, 0
  isb
  lit r11, 0x1d3
  msr spsr_fsxc, r11
  movs pc, lr
