@ SCR.EA: external aborts are taken in monitor mode and reported in the secure fault registers, whatever world they come from; other aborts are not
@ (DDI 0406C B1.9.7, B1.9.8, Asynchronous exception routing controls, Exception reporting in a VMSA implementation). QEMU does not route them, so the records say what they must be.
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
  .macro clear_faults
  mov r0, #0
  mcr p15, 0, r0, c5, c0, 0
  mcr p15, 0, r0, c6, c0, 0
  mcr p15, 0, r0, c5, c0, 1
  mcr p15, 0, r0, c6, c0, 2
  .endm
  .macro faults name, dfsr, dfar
  mrc p15, 0, r0, c5, c0, 0
  rec "\name DFSR == \dfsr"
  mrc p15, 0, r0, c6, c0, 0
  rec "\name DFAR == \dfar"
  .endm
  lit r4, NOTHING
  clear_faults
  cps #MON
  scr 1
  clear_faults
  scr 0
  cps #SVC
  ldr r1, [r4]
  last "secure, EA 0", 0x4, 0x1d7
  scr 8
  ldr r1, [r4]
  last "secure, EA 1", 0x204, 0x1d6
  faults "secure, EA 1", 0x8, 0xe0000000
  str r1, [r4, #4]
  last "secure store, EA 1", 0x204, 0x1d6
  faults "secure store, EA 1", 0x808, 0xe0000004
  call "secure, EA 1", NOTHING
  last "secure call, EA 1", 0x203, 0x1d6
  mrc p15, 0, r0, c5, c0, 1
  rec "secure call IFSR == 0x8"
  mrc p15, 0, r0, c6, c0, 2
  rec "secure call IFAR == 0xe0000000"
  clear_faults
  scr 0
  @ from the normal world, privileged and not: A was clear, and is set
  go_normal 1f, 0xd3, 0x8
1: ldr r1, [r4, #8]
  last "normal, EA 1", 0x204, 0x1d6
  faults "normal's own, EA 1", 0x0, 0x0
  go_secure 2f
2: faults "secure registers after a normal abort", 0x8, 0xe0000008
  clear_faults
  go_normal 3f, 0xd3, 0x8
3: go_user 4f
4: str r1, [r4, #12]
  resume_with 5f
  svc #0
5: lit r0, LOG_COUNT
  ldr r1, [r0]
  sub r1, r1, #1
  str r1, [r0]
  last "normal user, EA 1", 0x204, 0x1d6
  call "normal", NOTHING
  last "normal call, EA 1", 0x203, 0x1d6
  @ without EA the normal world reports to itself
  go_secure 6f
6: faults "secure registers after a normal user's abort", 0x808, 0xe000000c
  clear_faults
  go_normal 7f, 0xd3, 0x0
7: ldr r1, [r4, #16]
  last "normal, EA 0", 0x104, 0xd7
  faults "normal's own, EA 0", 0x8, 0xe0000010
  go_secure 8f
8: faults "secure registers, EA 0", 0x0, 0x0
  @ translation and alignment faults are no external aborts; those of walks are
  lit r0, TABLE_S
  bl flat_table
  entry TABLE_S, 0x500, 0
  entry TABLE_S, 0x501, (NOTHING | 1)
  lit r0, TABLE_S
  mov r1, #1
  bl mmu_on
  scr 8
  lit r4, 0x50000000
  ldr r1, [r4]
  last "translation fault, EA 1", 0x4, 0x1d7
  lit r4, 0x50100000
  ldr r1, [r4]
  last "walk, EA 1", 0x204, 0x1d6
  faults "walk, EA 1", 0xe, 0x50100000
  bkpt #1
  last "bkpt, EA 1", 0x3, 0x1d7
  @ a VA to PA operation whose walk aborts is a data abort; the next one works
  mcr p15, 0, r4, c7, c8, 0
  last "V2P walk, EA 1", 0x204, 0x1d6
  mcr p15, 0, r4, c13, c0, 2
  mrc p15, 0, r0, c13, c0, 2
  rec "an MCR after it == 0x50100000"
  scr 0
  b finish
