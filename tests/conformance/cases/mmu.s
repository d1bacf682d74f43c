@ Translation and its faults: sections, supersections, large and small pages; domains, permissions, access flag, XN; TTBCR (DDI 0406C,
@ Short-descriptor translation table format, Memory access control, Exception reporting in a VMSA implementation).
  .equ CODE, PAGES
main:
  lit r0, TABLE_S
  bl flat_table
  @ a function at the beginning of a page, and words to load
  lit r0, CODE
  lit r1, 0xe2811001 @ add r1, r1, #1
  str r1, [r0]
  lit r1, 0xe12fff1e @ bx lr
  str r1, [r0, #4]
  lit r0, (CODE + 0x1000)
  lit r1, 0xe2811002
  str r1, [r0]
  lit r1, 0xe12fff1e
  str r1, [r0, #4]
  .equ PHYSICAL, 0x40300000
  .equ PAGE_OFFSET, (CODE - PHYSICAL)
  .macro section index, bits
  entry TABLE_S, \index, (PHYSICAL | \bits)
  .endm
  entry TABLE_S, 0x500, 0
  section 0x501, 0x1c6e @ domain 3
  section 0x502, 0x100e @ AP 000
  section 0x503, 0x140e @ AP 001
  section 0x504, 0x180e @ AP 010
  section 0x505, 0x940e @ AP 101
  section 0x506, 0x980e @ AP 110
  section 0x507, 0x9c0e @ AP 111
  section 0x508, 0x1c1e @ XN
  section 0x509, 0x105e @ domain 2 (manager), AP 000, XN
  entry TABLE_S, 0x50a, (LEVEL2 | 1)
  entry TABLE_S, 0x50b, (LEVEL2 | 0x61) @ domain 3
  entry TABLE_S, 0x50c, (LEVEL2 | 0x41) @ domain 2
  .macro second index, value
  entry LEVEL2, \index, (\value)
  .endm
  lit r0, LEVEL2
  mov r1, #0
  mov r2, #0x400
1: str r1, [r0], #4
  subs r2, r2, #4
  bne 1b
  second 1, (CODE | 0x04e) @ AP 000
  second 2, (CODE | 0x05e) @ AP 001
  second 3, (CODE | 0x06e)
  second 4, (CODE | 0x07e) @ AP 011
  second 5, (CODE | 0x25e) @ AP 101
  second 6, (CODE | 0x26e)
  second 7, (CODE | 0x27e)
  second 8, (CODE | 0x07f) @ XN
  second 9, ((CODE + 0x1000) | 0x07e)
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  second (16 + \number), (CODE & 0xffff0000 | 0x103d) @ a large page, AP 011
  second (32 + \number), (CODE & 0xffff0000 | 0x900d | 0x200) @ XN, AP 100: reserved
  entry TABLE_S, (0x510 + \number), 0x40041c0e @ a supersection
  .endr
  lit r0, TABLE_S
  lit r1, 0x31
  bl mmu_on

  access "fault section", 0x50000000
  access "domain section", 0x50100000
  access "section AP 000", 0x50200000 + PAGE_OFFSET
  access "section AP 001", 0x50300000 + PAGE_OFFSET
  access "section AP 010", 0x50400000 + PAGE_OFFSET
  access "section AP 101", 0x50500000 + PAGE_OFFSET
  access "section AP 110", 0x50600000 + PAGE_OFFSET
  access "section AP 111", 0x50700000 + PAGE_OFFSET
  access "section manager", 0x50900000 + PAGE_OFFSET
  access "page fault", 0x50a00000
  access "page AP 000", 0x50a01000
  access "page AP 001", 0x50a02000
  access "page AP 010", 0x50a03000
  access "page AP 011", 0x50a04000
  access "page AP 101", 0x50a05000
  access "page AP 110", 0x50a06000
  access "page AP 111", 0x50a07000
  access "second page", 0x50a09000
  access "large page", 0x50a14000
  access "page in domain 3", 0x50b04000
  access "page in domain 3, no descriptor", 0x50b00000
  access "page in manager domain", 0x50c01000
  access "supersection", 0x51000000 + CODE - 0x40000000
  access "supersection's end", 0x51f00000

  @ restore the functions, which the stores spoiled
  b finish
