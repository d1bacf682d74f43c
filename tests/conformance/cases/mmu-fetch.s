@ Instruction fetch: XN, permissions, domains, by privilege; IFSR and IFAR (DDI 0406C Memory access control, Exception reporting in a VMSA implementation).
  .equ PHYSICAL, 0x40300000
  .equ CODE, (PAGES + 0x10000)
  .equ PAGE_OFFSET, (CODE - PHYSICAL)
main:
  lit r0, TABLE_S
  bl flat_table
  lit r0, CODE
  lit r1, 0xe2811001 @ add r1, r1, #1
  str r1, [r0]
  lit r1, 0xe12fff1e @ bx lr
  str r1, [r0, #4]
  .macro section index, bits
  entry TABLE_S, \index, (PHYSICAL | \bits)
  .endm
  entry TABLE_S, 0x500, 0
  section 0x501, 0x1c6e
  section 0x502, 0x100e
  section 0x503, 0x140e
  section 0x504, 0x180e
  section 0x505, 0x940e
  section 0x506, 0x980e
  section 0x507, 0x9c0e
  section 0x508, 0x1c1e
  section 0x509, 0x105e
  entry TABLE_S, 0x50a, (LEVEL2 | 1)
  entry TABLE_S, 0x50b, (LEVEL2 | 0x61)
  lit r0, LEVEL2
  mov r1, #0
  mov r2, #0x400
1: str r1, [r0], #4
  subs r2, r2, #4
  bne 1b
  entry LEVEL2, 1, (CODE | 0x04e)
  entry LEVEL2, 2, (CODE | 0x05e)
  entry LEVEL2, 4, (CODE | 0x07e)
  entry LEVEL2, 5, (CODE | 0x25e)
  entry LEVEL2, 7, (CODE | 0x27e)
  entry LEVEL2, 8, (CODE | 0x07f)
  lit r0, TABLE_S
  lit r1, 0x31
  bl mmu_on
  .macro calls name
  call "\name fault", 0x50000000
  call "\name domain", 0x50100000
  call "\name AP 000", 0x50200000 + PAGE_OFFSET
  call "\name AP 001", 0x50300000 + PAGE_OFFSET
  call "\name AP 010", 0x50400000 + PAGE_OFFSET
  call "\name AP 101", 0x50500000 + PAGE_OFFSET
  call "\name AP 110", 0x50600000 + PAGE_OFFSET
  call "\name AP 111", 0x50700000 + PAGE_OFFSET
  call "\name XN", 0x50800000 + PAGE_OFFSET
  call "\name manager", 0x50900000 + PAGE_OFFSET
  call "\name page fault", 0x50a00000
  call "\name page AP 000", 0x50a01000
  call "\name page AP 001", 0x50a02000
  call "\name page AP 011", 0x50a04000
  call "\name page AP 101", 0x50a05000
  call "\name page AP 111", 0x50a07000
  call "\name page XN", 0x50a08000
  call "\name page domain", 0x50b04000
  .endm
  calls "privileged"
  go_user 1f
1: calls "user"
  resume_with 2f
  svc #0
2:
  @ a 32-bit Thumb instruction whose second half is in a page that faults: IFAR names the second page
  entry LEVEL2, 4, (CODE | 0x07e)
  entry LEVEL2, 5, 0
  tlbi
  lit r0, (CODE + 0xffe)
  lit r1, 0xf000
  strh r1, [r0]
  mcr p15, 0, r0, c7, c5, 0
  isb
  resume 3f
  lit r0, 0x50a04fff
  bx r0
  .thumb
  .align 2
3: bx pc
  nop
  .arm
  mrc p15, 0, r0, c6, c0, 2
  rec "IFAR of the second half"
  b finish
