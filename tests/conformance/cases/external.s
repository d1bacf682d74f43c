@ External aborts: of data, of fetches, of table walks (DDI 0406C B1.9.8, Exception reporting in a VMSA implementation). SCR.EA has a case of its own.
main:
  .macro accesses name
  lit r0, NOTHING
  mov r1, #0x77
  ldr r1, [r0]
  str r1, [r0]
  ldrb r1, [r0, #3]
  strh r1, [r0, #2]
  ldm r0, {r2, r3}
  rec "\name", r1
  call "\name call", NOTHING
  .endm
  accesses "MMU off"
  go_normal 1f, 0x1d3, 0
1: accesses "normal"
  go_secure 2f
2: go_normal 4f, 0x1d3, 0
4: go_user 5f
5: accesses "normal user"
  resume_with 6f
  svc #0
6: go_secure 7f
7:
  @ walks
  lit r0, TABLE_S
  bl flat_table
  entry TABLE_S, 0x500, (NOTHING | 1)
  entry TABLE_S, 0x501, (NOTHING | 0xc06)
  lit r0, TABLE_S
  mov r1, #1
  bl mmu_on
  access "second-level walk", 0x50000000
  call "second-level walk", 0x50000000
  access "section leads nowhere", 0x50100000
  @ first-level walk: TTBR1 leads nowhere
  lit r0, NOTHING
  mcr p15, 0, r0, c2, c0, 1
  mov r0, #1
  mcr p15, 0, r0, c2, c0, 2
  tlbi
  access "first-level walk", 0x90000000
  call "first-level walk", 0x90000000
  mov r0, #0
  mcr p15, 0, r0, c2, c0, 2
  tlbi
  b finish
