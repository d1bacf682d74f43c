@ TTBCR, TTBR1, the access flag, DACR, big-endian tables, high vectors, ASIDs; stores to tables and code (DDI 0406C Short-descriptor translation table format, The Access flag, Translation Lookaside Buffers).
  .equ CODE, (PAGES + 0x10000)
main:
  lit r0, TABLE_S
  bl flat_table
  lit r0, TABLE_N
  bl flat_table
  entry TABLE_S, 0x500, 0x40301c0e
  entry TABLE_N, 0x500, 0x40401c0e
  entry TABLE_S, 0x100, 0x40301c0e
  entry TABLE_N, 0x100, 0x40401c0e
  lit r0, PAGES
  lit r1, 0xaaaa0001
  str r1, [r0]
  lit r0, (PAGES + 0x100000)
  lit r1, 0xbbbb0002
  str r1, [r0]
  lit r0, TABLE_S
  mov r1, #1
  bl mmu_on
  lit r0, TABLE_N
  mcr p15, 0, r0, c2, c0, 1
  .macro ttbcr value
  mov r0, #\value
  mcr p15, 0, r0, c2, c0, 2
  tlbi
  .endm
  @ 0x40000000-0x5fffffff stay in TTBR0's half with N = 1; what is above 0x80000000 goes by TTBR1
  entry TABLE_N, 0x900, 0x40401c0e
  entry TABLE_S, 0x900, 0x40301c0e
  .macro words name
  lit r0, (0x50000000 + PAGES - 0x40300000)
  ldr r0, [r0]
  rec "\name at 0x5004...."
  lit r0, (0x10000000 + PAGES - 0x40300000)
  ldr r0, [r0]
  rec "\name at 0x1004...."
  lit r0, (0x90000000 + PAGES - 0x40300000)
  mov r1, #0
  ldr r1, [r0]
  rec "\name at 0x9004....", r1
  .endm
  words "N 0"
  ttbcr 1
  words "N 1"
  ttbcr 2
  words "N 2"
  ttbcr 3
  words "N 3"
  mov r0, #0x20
  ttbcr 0x21
  words "N 1, PD1"
  ttbcr 0
  words "N 0 again"
  @ a table of 8 KiB for N = 1, aligned to that only
  lit r0, TABLE_N
  add r0, r0, #0x2000
  lit r1, TABLE_S
  mov r2, #0x2000
1: ldr r3, [r1], #4
  str r3, [r0], #4
  subs r2, r2, #4
  bne 1b
  lit r0, TABLE_N
  add r0, r0, #0x2000
  mcr p15, 0, r0, c2, c0, 0
  lit r0, TABLE_S
  mcr p15, 0, r0, c2, c0, 1
  ttbcr 1
  words "half table"
  lit r0, TABLE_S
  mcr p15, 0, r0, c2, c0, 0
  ttbcr 0
  @ PD0: nothing is translated by TTBR0, so the fetch behind it aborts; the vectors, too, unless TTBR1 has them. Only TTBR1's half is tried.
  @ access flag
  sctlr (1 << 29)
  entry TABLE_S, 0x501, 0x4030100e @ AP[0] = 0
  entry TABLE_S, 0x502, 0x4030140e @ AP[2:1] = 00
  entry TABLE_S, 0x503, 0x40301c0e @ 01
  entry TABLE_S, 0x504, 0x4030940e @ 10
  entry TABLE_S, 0x505, 0x40309c0e @ 11
  entry TABLE_S, 0x506, (LEVEL2 | 1)
  entry LEVEL2, 0, 0x4034004e
  entry LEVEL2, 1, 0x4034005e
  tlbi
  access "AF clear", 0x50140000
  access "AF set 00", 0x50240000
  access "AF set 01", 0x50340000
  access "AF set 10", 0x50440000
  access "AF set 11", 0x50540000
  access "page AF clear", 0x50600000
  access "page AF set", 0x50601000
  call "AF clear, fetch", 0x50140000
  @ the access flag counts in a Manager domain, too
  mov r0, #3
  mcr p15, 0, r0, c3, c0, 0
  isb
  v2p "AF clear, manager", 0, 0x50140000
  v2p "AF set, manager", 0, 0x50240000
  mov r0, #1
  mcr p15, 0, r0, c3, c0, 0
  isb
  sctlr 0, (1 << 29)
  @ DACR: client and manager, without any TLB maintenance
  entry TABLE_S, 0x507, 0x4030102e @ domain 1, AP 000
  tlbi
  .macro dacr name, value
  mov r0, #\value
  mcr p15, 0, r0, c3, c0, 0
  isb
  access "\name", 0x50740000
  .endm
  dacr "domain 1 none", 0x1
  dacr "domain 1 client", 0x5
  dacr "domain 1 manager", 0xd
  dacr "domain 1 none again", 0x1
  dacr "domain 1 reserved", 0x9
  mov r0, #1
  mcr p15, 0, r0, c3, c0, 0
  isb
  @ big-endian tables
  lit r0, TABLE_S
  lit r2, TABLE_N
  mov r1, #0x4000
1: ldr r3, [r0], #4
  rev r3, r3
  str r3, [r2], #4
  subs r1, r1, #4
  bne 1b
  sctlr 0, 1
  lit r0, TABLE_N
  mcr p15, 0, r0, c2, c0, 0
  sctlr (1 << 25)
  tlbi
  sctlr 1
  words "big-endian table"
  sctlr 0, 1
  lit r0, TABLE_S
  mcr p15, 0, r0, c2, c0, 0
  sctlr 0, (1 << 25)
  tlbi
  sctlr 1
  @ high vectors
  entry TABLE_S, 0xfff, 0x40301c0e
  tlbi
  lit r0, 0x403f0000
  lit r1, 0xe1a0f00e @ mov pc, lr: returns without leaving the mode
  mov r2, #8
1: str r1, [r0], #4
  subs r2, r2, #1
  bne 1b
  lit r0, 0x403f0004
  lit r1, 0xe1b0f00e @ movs pc, lr
  str r1, [r0]
  tlbi
  sctlr (1 << 13)
  lit r0, 0x20000053
  msr cpsr_fsxc, r0
  svc #1
  rec_cpsr "in the high SVC vector's mode"
  udf #1
  rec_cpsr "after the high undefined vector"
  sctlr 0, (1 << 13)
  lit r0, 0x1d3
  msr cpsr_fsxc, r0
  @ code that is remapped, and code that changes
  lit r0, CODE
  lit r1, 0xe2811001
  str r1, [r0]
  lit r1, 0xe12fff1e
  str r1, [r0, #4]
  add r0, r0, #0x1000
  lit r1, 0xe2811010
  str r1, [r0]
  lit r1, 0xe12fff1e
  str r1, [r0, #4]
  entry TABLE_S, 0x508, (LEVEL2 | 1)
  entry LEVEL2, 0x10, (CODE | 0x7e)
  tlbi
  call "first mapping", 0x50810000
  entry LEVEL2, 0x10, ((CODE + 0x1000) | 0x7e)
  tlbi
  call "second mapping", 0x50810000
  call "physical first", CODE
  lit r0, (CODE + 0x1000)
  lit r1, 0xe2811020
  str r1, [r0]
  tlbi
  call "changed through another address", 0x50810000
  lit r0, 0x50810000
  lit r1, 0xe2811040
  str r1, [r0]
  tlbi
  call "changed through itself", 0x50810000
  call "changed through itself, elsewhere", CODE + 0x1000
  @ a descriptor that was invalid needs no maintenance
  access "not mapped yet", 0x50820000
  entry LEVEL2, 0x20, (CODE | 0x7e)
  dsb
  isb
  lit r0, 0x50820000
  ldr r1, [r0]
  rec "mapped now", r1
  @ two ASIDs, non-global
  entry LEVEL2, 0x30, (CODE | 0x87e)
  mov r0, #1
  mcr p15, 0, r0, c13, c0, 1
  isb
  lit r1, 0x50830000
  ldr r1, [r1]
  rec "ASID 1", r1
  mov r0, #2
  mcr p15, 0, r0, c13, c0, 1
  isb
  entry LEVEL2, 0x30, ((CODE + 0x1000) | 0x87e)
  dsb
  isb
  lit r1, 0x50830000
  ldr r1, [r1]
  rec "ASID 2", r1
  @ alignment
  sctlr 2
  lit r0, (PAGES + 1)
  ldr r1, [r0]
  str r1, [r0]
  ldrh r1, [r0]
  ldrb r1, [r0]
  sctlr 0, 2
  ldr r1, [r0]
  strh r1, [r0]
  ldrd r2, r3, [r0, #3]
  ldrd r2, r3, [r0]
  ldm r0, {r2, r3}
  stm r0, {r2, r3}
  ldrex r2, [r0]
  swp r2, r3, [r0]
  b finish
