@ External aborts of data accesses where they are imprecise, as the Cortex-A8 has them (DDI 0406C B1.9.8, B3.13.3; the machine's setting `aborts: board`):
@ pending until CPSR.A lets them be taken, reported without an address; those of fetches and of table walks stay precise. An imprecise abort's return address is
@ the next instruction, which the log's vectors skip: hence the NOPs. QEMU has no imprecise aborts, so the records say what they must be.
main:
  @ the last logged exception: kind, and CPSR's mode and masks
  .macro last name, kind, mode
  lit r0, LOG_COUNT
  ldr r0, [r0]
  lit r1, LOG
  sub r0, r0, #1
  add r1, r1, r0, lsl #5
  ldr r0, [r1]
  rec "\name kind == \kind"
  ldr r0, [r1, #12]
  bic r0, r0, #0xf0000000
  rec "\name cpsr == \mode"
  .endm
  @ its return address, relative to a label
  .macro link name, label
  ldr r0, [r1, #4]
  at r2, \label
  sub r0, r0, r2
  rec "\name lr == 0x8"
  .endm
  .macro count name, number
  lit r0, LOG_COUNT
  ldr r0, [r0]
  rec "\name exceptions == \number"
  .endm
  .macro clear_faults
  mov r0, #0
  mcr p15, 0, r0, c5, c0, 0
  lit r0, 0x1234
  mcr p15, 0, r0, c6, c0, 0
  .endm
  .macro faults name, dfsr, dfar=0x1234
  mrc p15, 0, r0, c5, c0, 0
  rec "\name DFSR == \dfsr"
  mrc p15, 0, r0, c6, c0, 0
  rec "\name DFAR == \dfar"
  .endm
  .macro isr name, value
  mrc p15, 0, r0, c12, c1, 0
  rec "\name ISR == \value"
  .endm
  lit r4, NOTHING
  cps #MON
  scr 1
  clear_faults
  scr 0
  cps #SVC
  clear_faults
  @ masked: the access completes, and the abort waits. What a load gets is UNKNOWN
  ldr r5, [r4], #4
  rec "base written back == 0xe0000004", r4
  str r5, [r4], #4
  count "masked", 0x0
  isr "masked", 0x100
  faults "masked", 0x0
  wfi
  count "WFI does not wait", 0x0
  cpsie a
1: nop
  nop
  last "unmasked", 0x4, 0x1d7
  link "unmasked", 1b
  faults "unmasked", 0x406
  isr "unmasked", 0x0
  count "two accesses, one abort", 0x1
  clear_faults
  @ at once, where A is clear
  str r5, [r4]
2: nop
  nop
  last "store", 0x4, 0x1d7
  link "store", 2b
  faults "store", 0x406
  ldrb r5, [r4, #1]
  nop
  strh r5, [r4, #2]
  nop
  ldm r4!, {r6, r7}
  nop
  strd r6, r7, [r4]
  nop
  ldrex r6, [r4]
  nop
  rec "base of LDM == 0xe0000010", r4
  count "one each", 0x7
  @ a failed condition accesses nothing
  cmp r4, #0
  ldreq r5, [r4]
  nop
  count "not executed", 0x7
  @ fetches are precise
  call "secure", NOTHING
  last "fetch", 0x3, 0x1d7
  mrc p15, 0, r0, c5, c0, 1
  rec "fetch IFSR == 0x8"
  mrc p15, 0, r0, c6, c0, 2
  rec "fetch IFAR == 0xe0000000"
  @ SCR.EA: to the monitor, in the secure registers
  clear_faults
  scr 8
  ldr r5, [r4]
  nop
  last "secure, EA 1", 0x204, 0x1d6
  faults "secure, EA 1", 0x406
  clear_faults
  scr 0
  go_normal 3f, 0xd3, 0x8
3: ldr r5, [r4]
4: nop
  nop
  last "normal, EA 1", 0x204, 0x1d6
  link "normal, EA 1", 4b
  faults "normal's own, EA 1", 0x0
  go_secure 5f
5: faults "secure registers after a normal abort", 0x406
  clear_faults
  @ EA 0: the normal world takes its own; A stays as it was, since AW is 0
  go_normal 6f, 0xd3, 0x0
6: str r5, [r4]
  nop
  nop
  last "normal, EA 0", 0x104, 0xd7
  faults "normal's own, EA 0", 0x406
  @ masked across a change of world: the secure world meets it
  go_secure 7f
7: faults "secure registers, EA 0", 0x0
  clear_faults
  go_normal 8f, 0x1d3, 0x0
8: str r5, [r4]
  nop
  isr "normal, masked", 0x100
  go_secure 9f
9: count "carried over", 0xb
  cpsie a
  nop
  nop
  last "carried over", 0x4, 0x1d7
  faults "carried over", 0x406
  clear_faults
  @ table walks are precise, whatever the setting
  lit r0, TABLE_S
  bl flat_table
  entry TABLE_S, 0x501, (NOTHING | 1)
  lit r0, TABLE_S
  mov r1, #1
  bl mmu_on
  lit r4, 0x50100000
  ldr r5, [r4]
  last "walk", 0x4, 0x1d7
  faults "walk", 0xe, 0x50100000
  @ from user mode, through the MMU
  clear_faults
  scr 8
  lit r4, NOTHING
  go_user 1f
1: str r5, [r4]
  nop
  resume_with 2f
  svc #0
2: lit r0, LOG_COUNT
  ldr r1, [r0]
  sub r1, r1, #1
  str r1, [r0]
  last "user, EA 1", 0x204, 0x1d6
  faults "user, EA 1", 0x406
  scr 0
  b finish
