@ Entry to each exception from each mode and instruction set, and the return from it (DDI 0406C B1.8, B1.9).
main:
  .macro from mode
  cps #\mode
  udf #1
  svc #2
  bkpt #3
  .endm
  from SVC
  from FIQ
  from IRQ
  from ABT
  from UND
  from SYS
  cps #SVC
  smc #0
  lit r0, 0xf80f0000
  msr cpsr_fs, r0
  udf #4
  rec_cpsr "flags come back from udf"
  cpsie aif
  svc #5
  rec_cpsr "masks come back from svc"
  cpsid aif
  setend be
  udf #6
  mrs r4, cpsr
  setend le
  rec "E comes back from udf", r4

  @ user mode
  go_user 1f
1: svc #7
  udf #8
  bkpt #9
  resume 2f
  smc #0
2: mcr p15, 0, r0, c1, c0, 0
  mrc p15, 0, r0, c2, c0, 0
  rec_cpsr "user mode still"
  resume_with 3f
  svc #10
3:
  @ Thumb
  at r0, thumb_part
  orr r0, r0, #1
  mov r1, #0
  bx r0
  .thumb
  .align 2
thumb_part:
  udf #1
  svc #2
  bkpt #3
  nop @ a prefetch abort's LR is 4 behind its instruction
  resume 1f
  udf.w #4
  nop
1: resume 2f
  smc #0
  nop
2: rec_cpsr "thumb"
  @ within IT blocks
  mov r1, #0
  cmp r1, r1
  ittee eq
  addeq r1, #1
  svceq #5
  addne r1, #2
  addne r1, #4
  rec "svc within IT, then returned into it", r1
  mov r1, #0
  cmp r1, #1
  itete ne
  addne r1, #1
  svceq #6
  svcne #6
  addeq r1, #2
  add r1, #8
  rec "svc at the third place", r1
  mov r1, #0
  cmp r1, r1
  itttt eq
  addeq r1, #1
  addeq r1, #2
  addeq r1, #4
  svceq #7
  rec "svc at the last place", r1
  mov r1, #0
  cmp r1, r1
  resume 3f
  itt eq
  udfeq #1
  addeq r1, #1
3: rec "udf within IT", r1
  mov r1, #0
  cmp r1, r1
  itt ne
  udfne #1
  addne r1, #1
  rec "udf within IT, not executed", r1
  @ BKPT is unconditional within IT
  mov r1, #0
  resume 5f
  cmp r1, r1
  itt ne
  bkpt #1
  addne r1, #1
5: rec "bkpt within IT", r1
  blx 4f
  .arm
  .align 2
4:
  @ interrupts
  bl interrupt_source
  mrc p15, 0, r0, c12, c1, 0
  rec "ISR, nothing raised"
  raise_irq
  mrc p15, 0, r0, c12, c1, 0
  rec "ISR, irq raised"
  wfi
  rec_cpsr "wfi with a masked irq goes on"
  mov r1, #0
  cpsie i
  add r1, r1, #1
  cpsid i
  rec "after irq", r1
  raise_fiq
  mrc p15, 0, r0, c12, c1, 0
  rec "ISR, irq and fiq raised"
  cpsie f
  add r1, r1, #1
  cpsid f
  raise_fiq
  cpsie if
  add r1, r1, #1
  cpsid if
  rec "after fiq", r1
  raise_irq
  lit r0, 0x13
  msr cpsr_c, r0
  add r1, r1, #1
  msr cpsr_c, #0xd3
  raise_irq
  go_user 1f
1: add r1, r1, #1
  rec "after irq in user mode", r1
  resume_with 2f
  svc #0
2: @ Thumb, and within an IT block
  blx 5f
  b 6f
  .thumb
  .align 2
5: push {lr}
  raise_irq
  mov r1, #0
  cpsie i
  add r1, #1
  add r1, #2
  cpsid i
  rec "irq in thumb", r1
  raise_irq
  mov r0, #0x53
  mov r1, #0
  cmp r1, r1
  ittte eq
  msreq cpsr_c, r0
  addeq r1, #1
  addeq r1, #2
  addne r1, #4
  cpsid i
  rec "irq within IT", r1
  pop {pc}
  .arm
  .align 2
6:
  @ Thumb exceptions
  at r0, thumb_vectors
  mcr p15, 0, r0, c12, c0, 0
  mrc p15, 0, r1, c1, c0, 0
  orr r2, r1, #(1 << 30)
  mcr p15, 0, r2, c1, c0, 0
  isb
  svc #1
  rec_cpsr "after svc with TE"
  udf #1
  rec_cpsr "after udf with TE"
  bkpt #1
  rec_cpsr "after bkpt with TE"
  mcr p15, 0, r1, c1, c0, 0
  @ big-endian exceptions
  at r0, big_vectors
  mcr p15, 0, r0, c12, c0, 0
  orr r2, r1, #(1 << 25)
  mcr p15, 0, r2, c1, c0, 0
  isb
  rec_cpsr "EE does not change E by itself"
  svc #1
  rec_cpsr "after svc with EE"
  mcr p15, 0, r1, c1, c0, 0
  isb
  at r0, vectors_secure
  mcr p15, 0, r0, c12, c0, 0
  @ VBAR and MVBAR keep bits 31:5
  lit r0, 0x5a5a5abf
  mcr p15, 0, r0, c12, c0, 1
  mrc p15, 0, r0, c12, c0, 1
  rec "MVBAR bits"
  mrc p15, 0, r1, c12, c0, 0
  lit r0, 0x5a5a5abf
  mcr p15, 0, r0, c12, c0, 0
  mrc p15, 0, r0, c12, c0, 0
  rec "VBAR bits"
  mcr p15, 0, r1, c12, c0, 0
  isb
  b finish

  .thumb
  .align 5
thumb_vectors:
  b.w .
  b.w 1f
  b.w 2f
  b.w 3f
  b.w .
  b.w .
  b.w .
  b.w .
1: mrs r11, cpsr
  rec "cpsr in thumb undefined", r11
  subs pc, lr, #0
2: mrs r11, cpsr
  rec "cpsr in thumb svc", r11
  mrs r11, spsr
  rec "spsr in thumb svc", r11
  rec "lr in thumb svc", lr
  subs pc, lr, #0
3: mrs r11, cpsr
  rec "cpsr in thumb prefetch abort", r11
  rec "lr in thumb prefetch abort", lr
  subs pc, lr, #0
  .arm
  .align 5
big_vectors:
  b .
  b .
  b 1f
1: mrs r11, cpsr
  setend le
  rec "cpsr in big-endian svc", r11
  mrs r11, spsr
  rec "spsr in big-endian svc", r11
  movs pc, lr
