@ Memory for the secure world only: the world of an access is the NS bit of the translation that made it; monitor mode is secure whatever SCR.NS is
@ (DDI 0406C, Short-descriptor translation table format, B1.5.1).
main:
  .macro peek name, address
  lit r0, \address
  mov r1, #0x77
  ldr r1, [r0]
  rec "\name", r1
  .endm
  lit r0, SECURE_RAM
  lit r1, 0x5ec0e001
  str r1, [r0]
  peek "secure, MMU off", SECURE_RAM
  cps #MON
  scr 1
  peek "monitor mode with NS = 1, MMU off", SECURE_RAM
  scr 0
  cps #SVC
  go_normal 1f
1: peek "normal, MMU off", SECURE_RAM
  lit r0, SECURE_RAM
  str r1, [r0]
  call "normal", SECURE_RAM
  go_secure 2f
2:
  @ tables: a section that is secure, one that is not; page tables with either NS bit
  lit r0, TABLE_S
  bl flat_table
  lit r0, TABLE_N
  bl flat_table
  entry TABLE_S, 0x500, (SECURE_RAM | 0x01c0e)
  entry TABLE_S, 0x501, (SECURE_RAM | 0x81c0e)
  entry TABLE_S, 0x502, (LEVEL2 | 1)
  entry TABLE_S, 0x503, (LEVEL2 | 9)
  entry TABLE_S, 0x504, 0x40381c0e
  entry TABLE_N, 0x500, (SECURE_RAM | 0x01c0e)
  entry TABLE_N, 0x501, (SECURE_RAM | 0x81c0e)
  entry TABLE_N, 0x502, (LEVEL2 | 1)
  entry TABLE_N, 0x503, (LEVEL2 | 9)
  entry LEVEL2, 0, (SECURE_RAM | 0x7e)
  lit r0, TABLE_S
  mov r1, #1
  bl mmu_on
  .macro all name
  peek "\name section", 0x50000000
  peek "\name NS section", 0x50100000
  peek "\name page", 0x50200000
  peek "\name NS page", 0x50300000
  .endm
  all "secure"
  peek "secure, NS section of common memory", (0x50400000 + (PAGES & 0xfffff))
  v2p "v2p secure section", 0, 0x50000000
  v2p "v2p secure NS section", 0, 0x50100000
  v2p "v2p secure NS page", 0, 0x50300000
  cps #MON
  scr 1
  lit r0, TABLE_N
  mov r1, #1
  bl mmu_on
  all "monitor mode with NS = 1"
  scr 0
  all "monitor mode with NS = 0"
  cps #SVC
  go_normal 3f
3: all "normal"
  v2p "v2p normal section", 0, 0x50000000
  go_user 4f
4: all "normal user"
  resume_with 5f
  svc #0
5: go_secure 6f
6:
  @ the normal world's tables in secure memory: its walks abort, and the secure world's do not
  lit r0, SECURE_RAM
  add r0, r0, #0x4000
  bl flat_table
  cps #MON
  scr 1
  lit r0, SECURE_RAM
  add r0, r0, #0x4000
  mcr p15, 0, r0, c2, c0, 1
  mov r0, #1
  mcr p15, 0, r0, c2, c0, 2
  tlbi
  scr 0
  cps #SVC
  go_normal 7f
7: peek "normal tables in secure memory", 0x90000000
  go_secure 8f
8: lit r0, SECURE_RAM
  add r0, r0, #0x4000
  mcr p15, 0, r0, c2, c0, 1
  mov r0, #1
  mcr p15, 0, r0, c2, c0, 2
  tlbi
  entry (SECURE_RAM + 0x4000), 0x900, (SECURE_RAM | 0x1c0e)
  tlbi
  peek "secure tables in secure memory", 0x90000000
  b finish
