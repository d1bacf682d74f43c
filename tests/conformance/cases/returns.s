@ SRS and RFE, exception returns by data processing and LDM (DDI 0406C B9.3.5, B9.3.13, B9.3.15, B9.3.16, B9.3.20).
main:
  .macro srs_case form, mode, name
  lit r0, 0x1111aaaa
  mov lr, r0
  lit r0, 0x1200001f
  msr spsr_fsxc, r0
  cps #\mode
  lit sp, (PAGES + 0x100)
  cps #SVC
  \form sp!, #\mode
  cps #\mode
  rec "\name sp", sp
  sub r1, sp, #0
  cps #SVC
  lit r1, (PAGES + 0x100 - 16)
  mov r2, #0
  mov r3, #0
8: ldr r4, [r1], #4
  add r2, r4, r2, ror #3
  mov r5, #0
  str r5, [r1, #-4]
  add r3, r3, #1
  cmp r3, #8
  bne 8b
  rec "\name memory", r2
  .endm
  srs_case srsia, SYS, "srsia sys"
  srs_case srsib, ABT, "srsib abt"
  srs_case srsda, UND, "srsda und"
  srs_case srsdb, MON, "srsdb mon"
  srs_case srsdb, FIQ, "srsdb fiq"
  srs_case srsia, IRQ, "srsia irq"
  bl set_stacks
  @ without write-back
  cps #SYS
  lit sp, (PAGES + 0x40)
  cps #SVC
  srsib sp, #SYS
  cps #SYS
  rec "srsib without write-back", sp
  cps #SVC
  bl set_stacks

  .macro rfe_case form, before, psr, name
  lit r0, (PAGES + 0x200)
  at r1, 7f
  str r1, [r0]
  lit r1, \psr
  str r1, [r0, #4]
  lit r0, (PAGES + 0x200 + \before)
  mov r9, #0
  \form r0!
  orr r9, r9, #0x100
7: rec "\name base", r0
  rec_cpsr "\name cpsr"
  rec "\name path", r9
  .endm
  rfe_case rfeia, 0, 0x600001d3, "rfeia"
  rfe_case rfeib, -4, 0x900001d3, "rfeib"
  rfe_case rfeda, 4, 0x280501d3, "rfeda"
  rfe_case rfedb, 8, 0x080a03d3, "rfedb, E"
  setend le
  rfe_case rfeia, 0, 0xf80f001f, "rfeia to sys"
  cps #SVC
  rfe_case rfeia, 0, 0x000001d1, "rfeia to fiq"
  cps #SVC
  cpsid aif
  @ to Thumb, into an IT block: the first instruction is skipped, the second is not
  lit r0, (PAGES + 0x200)
  at r1, 1f
  str r1, [r0]
  lit r1, 0x40001df3 @ IT = 0x1c: NE, one more after it
  str r1, [r0, #4]
  mov r1, #0
  rfeia r0
  .thumb
  .align 2
1: .inst.n 0x3101 @ adds r1, #1
  .inst.n 0x3102
  .inst.n 0x3104
  mrs r2, cpsr
  rec "rfe into IT", r1
  rec "cpsr after", r2
  blx 2f
  .arm
  .align 2
2:
  @ data-processing returns
  .macro return_case psr, name, instruction:vararg
  lit r0, \psr
  msr spsr_fsxc, r0
  at lr, 6f
  mov r9, #0
  \instruction
  mov r9, #1
  mov r9, #2
6: rec "\name path", r9
  rec_cpsr "\name cpsr"
  cps #SVC
  cpsid aif
  setend le
  .endm
  return_case 0xf00001d3, "movs", movs pc, lr
  return_case 0x080f00df, "subs to sys", subs pc, lr, #0
  return_case 0x600003d2, "subs to irq, E", subs pc, lr, #4
  mov r3, #0
  return_case 0x100001d7, "orrs to abt", orrs pc, lr, r3
  mvn r3, #0
  return_case 0x100001db, "ands to und", ands pc, r3, lr
  return_case 0x200001d6, "mvns to mon", movs pc, lr
  @ LDM with PC and ^
  lit sp, (PAGES + 0x300)
  at r0, 1f
  lit r1, 0x111
  lit r2, 0x222
  push {r0}
  push {r1, r2}
  lit r0, 0x500001d2
  msr spsr_fsxc, r0
  mov r1, #0
  mov r2, #0
  ldm sp!, {r1, r2, pc}^
  mov r1, #1
1: rec_cpsr "ldm ^ cpsr"
  rec "ldm ^ r1", r1
  rec "ldm ^ r2", r2
  cps #SVC
  rec "ldm ^ sp", sp
  bl set_stacks
  @ to user mode, with the user's SP and LR
  cps #SYS
  lit sp, 0xabc
  lit lr, 0xdef
  cps #SVC
  at lr, 1f
  lit r0, 0x20000010
  msr spsr_fsxc, r0
  movs pc, lr
1: rec "user sp", sp
  rec "user lr", lr
  rec_cpsr "user cpsr"
  resume_with 2f
  svc #0
2: bl set_stacks
  b finish
