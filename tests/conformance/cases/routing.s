@ SCR.IRQ and SCR.FIQ: interrupts to monitor mode, from either world and any mode (DDI 0406C Asynchronous exception routing controls, B1.9.10, B1.9.12).
@ AW is 1, so that A is set by entries in the normal world, too (world-rules.s has the other setting). FW is 1: with FW = 0 an FIQ that the normal world takes does not mask FIQs (B1.9.12), so one that stays raised is taken for ever.
main:
  bl interrupt_source
  .macro both name, value
  @ from secure Supervisor mode
  scr \value
  raise_irq
  cpsie i
  nop
  cpsid i
  raise_fiq
  cpsie f
  nop
  cpsid f
  scr 0
  rec_cpsr "\name secure"
  @ from User mode
  scr \value
  go_user 1f
1: nop
  resume_with 2f
  svc #0
2: scr 0
  raise_irq
  scr \value
  go_user 3f
3: nop
  rec_cpsr "\name secure user"
  resume_with 4f
  svc #0
4: scr 0
  @ from the normal world, raised by the secure one
  raise_irq
  go_normal 5f, 0x153, \value
5: nop
  rec_cpsr "\name normal after irq"
  go_secure 6f
6: raise_fiq
  go_normal 7f, 0x193, \value
7: nop
  rec_cpsr "\name normal after fiq"
  go_secure 8f
8: raise_irq
  go_normal 1f, 0x50, \value
1: nop
  rec_cpsr "\name normal user after irq"
  resume_with 2f, 0x1d3
  svc #0
2: go_secure 3f
3: raise_fiq
  go_normal 4f, 0x10, \value
4: nop
  rec_cpsr "\name normal user after fiq"
  resume_with 5f, 0x1d3
  svc #0
5: go_secure 6f
6: rec_cpsr "\name back"
  @ in monitor mode itself
  cps #MON
  scr \value
  raise_irq
  cpsie i
  nop
  cpsid i
  mrc p15, 0, r0, c1, c1, 0
  rec "\name SCR in monitor mode after irq"
  cps #SVC
  .endm
  both "none", 0x30
  both "IRQ", 0x32
  both "FIQ", 0x34
  both "IRQ FIQ", 0x36
  @ SMC from each mode of the secure world, and from monitor mode
  .irp mode, FIQ, IRQ, SVC, MON, ABT, UND, SYS
  cps #\mode
  smc #5
  .endr
  cps #SVC
  b finish
