@ Banked registers and SPSRs of all modes; LDM and STM of User registers; CPS and MSR between modes (DDI 0406C B1.3.2, B9.3).
main:
  @ each mode has its own SP, LR and SPSR; FIQ R8-R12, too
  .macro fill mode, value
  cps #\mode
  lit sp, \value
  lit lr, (\value + 1)
  lit r3, (\value + 2)
  .if \mode != SYS
  msr spsr_fsxc, r3
  .endif
  .endm
  lit r8, 0x88
  lit r9, 0x99
  lit r10, 0xaa
  fill FIQ, 0x11010100
  lit r8, 0x1188
  lit r9, 0x1199
  lit r10, 0x11aa
  lit r11, 0x11bb
  fill IRQ, 0x22020200
  fill ABT, 0x33030300
  fill UND, 0x44040400
  fill MON, 0x55050500
  fill SYS, 0x66060600
  fill SVC, 0x77070700
  .macro check mode, name
  cps #\mode
  rec "\name sp", sp
  rec "\name lr", lr
  .if \mode != SYS
  mrs r3, spsr
  rec "\name spsr", r3
  .endif
  .endm
  check FIQ, "fiq"
  rec "fiq r8", r8
  rec "fiq r9", r9
  rec "fiq r10", r10
  rec "fiq r11", r11
  check IRQ, "irq"
  rec "irq r8", r8
  rec "irq r10", r10
  check ABT, "abt"
  check UND, "und"
  check MON, "mon"
  check SYS, "sys"
  check SVC, "svc"

  @ User registers from FIQ mode
  cps #FIQ
  lit r0, PAGES
  stmia r0, {r8-r14}^
  lit r1, PAGES
  ldr r2, [r1]
  rec "stm ^ from fiq r8", r2
  ldr r2, [r1, #8]
  rec "stm ^ from fiq r10", r2
  ldr r2, [r1, #20]
  rec "stm ^ from fiq r13", r2
  ldr r2, [r1, #24]
  rec "stm ^ from fiq r14", r2
  lit r2, 0xabcd0008
  str r2, [r1]
  lit r2, 0xabcd0013
  str r2, [r1, #20]
  lit r2, 0xabcd0014
  str r2, [r1, #24]
  ldmia r1, {r8-r14}^
  nop
  rec "ldm ^ leaves fiq r8", r8
  rec "ldm ^ leaves fiq r13", r13
  cps #SYS
  rec "ldm ^ gives user r8", r8
  rec "ldm ^ gives user r13", r13
  rec "ldm ^ gives user r14", r14
  cps #SVC
  lit r1, PAGES
  stmib r1, {r0, r13, r14}^
  ldr r2, [r1, #8]
  rec "stmib ^ from svc r13", r2
  ldr r2, [r1, #12]
  rec "stmib ^ from svc r14", r2
  rec "stmib ^ keeps svc r13", sp
  stmda r1, {r13, r14}^
  ldr r2, [r1]
  rec "stmda ^ r14", r2
  ldr r2, [r1, #-4]
  rec "stmda ^ r13", r2

  bl set_stacks

  @ SPSR masks
  lit r0, 0xffffffff
  mov r1, #0
  msr spsr_fsxc, r1
  msr spsr_c, r0
  mrs r2, spsr
  rec "spsr_c", r2
  msr spsr_fsxc, r1
  msr spsr_x, r0
  mrs r2, spsr
  rec "spsr_x", r2
  msr spsr_fsxc, r1
  msr spsr_s, r0
  mrs r2, spsr
  rec "spsr_s", r2
  msr spsr_fsxc, r1
  msr spsr_f, r0
  mrs r2, spsr
  rec "spsr_f", r2

  @ CPSR by MSR: flags, Q, GE; T, IT and J are not written
  lit r0, 0xf80f0000
  msr cpsr_fs, r0
  rec_cpsr "cpsr_fs all"
  mov r0, #0
  msr cpsr_fs, r0
  rec_cpsr "cpsr_fs none"
  lit r0, 0x0600fc20
  orr r0, r0, #0xd3
  orr r0, r0, #0x100
  msr cpsr_fsxc, r0
  rec_cpsr "T and IT are not written"
  msr cpsr_c, #0x1f
  rec_cpsr "to system mode, I and F clear"
  msr cpsr_c, #0xd2
  rec_cpsr "to irq mode"
  msr cpsr_c, #0xd3
  cpsie aif
  rec_cpsr "cpsie aif"
  cpsid a
  rec_cpsr "cpsid a"
  cpsid i
  rec_cpsr "cpsid i"
  cpsid f
  rec_cpsr "cpsid f"
  cpsie if, #SYS
  rec_cpsr "cpsie if, sys"
  cpsid aif, #SVC
  rec_cpsr "cpsid aif, svc"
  setend be
  mrs r4, cpsr
  setend le
  rec "setend be", r4

  @ in user mode, what MSR and CPS may change
  go_user 1f
1:
  rec_cpsr "user mode"
  lit r0, 0xf80f03df
  msr cpsr_fsxc, r0
  setend le
  rec_cpsr "msr in user mode"
  cpsid aif, #SVC
  rec_cpsr "cps in user mode"
  resume_with 2f
  svc #0
2:
  rec_cpsr "back"
  b finish
