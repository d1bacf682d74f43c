@ VA to PA translation, all eight operations, from secure, monitor and normal (DDI 0406C B4.2.4, B4.1.112).
main:
  lit r0, TABLE_S
  bl flat_table
  lit r0, TABLE_N
  bl flat_table
  .macro both index, secure, normal
  entry TABLE_S, \index, \secure
  entry TABLE_N, \index, \normal
  .endm
  both 0x500, 0, 0x40301c0e
  both 0x501, 0x40301c6e, 0x40301c2e
  both 0x502, 0x4030140e, 0x4030940e
  both 0x503, 0x4030180e, 0x40309c0e
  both 0x504, 0x40381c0e, 0x40401c0e @ NS = 1 in the secure table
  both 0x505, (LEVEL2 | 1), (LEVEL2 | 1)
  both 0x506, (LEVEL2 | 9), (LEVEL2 | 9) @ NS = 1
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  both (0x510 + \number), 0x40041c0e, 0x400c1c0e
  .endr
  lit r0, LEVEL2
  mov r1, #0
  mov r2, #0x400
1: str r1, [r0], #4
  subs r2, r2, #4
  bne 1b
  entry LEVEL2, 1, 0x4030107e
  entry LEVEL2, 2, 0x4030225e
  entry LEVEL2, 3, 0x4030304e
  entry LEVEL2, 4, 0x4030405f
  .macro part name, other
  v2p_all "\name fault or all", 0x50012344, \other
  v2p_all "\name domain", 0x50112344, \other
  v2p_all "\name AP 001 or 101", 0x50212344, \other
  v2p_all "\name AP 010 or 111", 0x50312344, \other
  v2p_all "\name NS section", 0x50412344, \other
  v2p_all "\name page", 0x50501abc, \other
  v2p_all "\name NS page", 0x50601abc, \other
  .endm
  .macro pages name
  v2p "\name page fault", 0, 0x50500000
  v2p "\name page read-only, write", 1, 0x50502000
  v2p "\name page read-only, read", 0, 0x50502000
  v2p "\name page AP 000", 2, 0x50503000
  v2p "\name page XN", 1, 0x50504000
  v2p "\name page user", 2, 0x50504000
  v2p "\name supersection", 0, 0x51234567
  .endm
  @ both worlds' MMUs off
  v2p "MMUs off", 0, 0x12345678
  v2p "MMUs off, other", 4, 0x12345678
  @ the secure one on
  lit r0, TABLE_S
  lit r1, 1
  bl mmu_on
  v2p "secure MMU on, other off", 4, 0x50000000
  cps #MON
  scr 1
  lit r0, TABLE_N
  lit r1, 0x5
  bl mmu_on
  scr 0
  cps #SVC
  part "secure", 1
  pages "secure"
  cps #MON
  scr 1
  v2p "monitor NS", 0, 0x50412344
  v2p "monitor NS, other", 4, 0x50412344
  v2p "monitor NS, other, page", 7, 0x50601abc
  scr 0
  mrc p15, 0, r0, c7, c4, 0
  lit r0, 0x11111000
  mcr p15, 0, r0, c7, c4, 0
  scr 1
  lit r0, 0x22222000
  mcr p15, 0, r0, c7, c4, 0
  mov r0, #0x50000000
  mcr p15, 0, r0, c7, c8, 0
  isb
  scr 0
  mrc p15, 0, r0, c7, c4, 0
  rec "PAR S after V2P in monitor NS"
  scr 1
  mrc p15, 0, r0, c7, c4, 0
  bic r0, r0, #0xff0
  rec "PAR NS after V2P in monitor NS"
  scr 0
  cps #SVC
  go_normal 1f
1: part "normal", 0
  pages "normal"
  @ access flag
  sctlr (1 << 29)
  v2p "access flag clear, section", 0, 0x50300000
  v2p "access flag clear, page", 0, 0x50503000
  v2p "access flag set", 0, 0x50000000
  sctlr 0, (1 << 29)
  go_secure 2f
2: b finish
