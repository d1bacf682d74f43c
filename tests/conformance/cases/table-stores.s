@ Cached translations are never stale here: a store to a table is seen by the next access, without maintenance. The architecture lets a CPU keep old
@ translations (DDI 0406C, TLB maintenance requirements), QEMU does keep them, so the records say what this project promises.
  .equ CODE, (PAGES + 0x10000)
main:
  lit r0, TABLE_S
  bl flat_table
  lit r0, LEVEL2
  mov r1, #0
  mov r2, #0x400
1: str r1, [r0], #4
  subs r2, r2, #4
  bne 1b
  lit r0, CODE
  lit r1, 0xe2811001 @ add r1, r1, #1
  str r1, [r0]
  lit r1, 0xe12fff1e @ bx lr
  str r1, [r0, #4]
  lit r0, (CODE + 0x1000)
  lit r1, 0xe2811010
  str r1, [r0]
  lit r1, 0xe12fff1e
  str r1, [r0, #4]
  entry TABLE_S, 0x500, (LEVEL2 | 1)
  entry LEVEL2, 0, (CODE | 0x7e)
  lit r0, TABLE_S
  mov r1, #1
  bl mmu_on
  lit r4, 0x50000000
  ldr r0, [r4]
  rec "first page == 0xe2811001"
  mov r1, #0
  blx r4
  rec "first page called == 0x1", r1
  entry LEVEL2, 0, ((CODE + 0x1000) | 0x7e)
  ldr r0, [r4]
  rec "second page == 0xe2811010"
  mov r1, #0
  blx r4
  rec "second page called == 0x10", r1
  entry LEVEL2, 0, 0
  mov r5, #0x77
  ldr r5, [r4]
  rec "page gone == 0x77", r5
  mrc p15, 0, r0, c5, c0, 0
  rec "DFSR == 0x7"
  entry LEVEL2, 0, (CODE | 0x27e)
  str r5, [r4]
  mrc p15, 0, r0, c5, c0, 0
  rec "read-only now, DFSR == 0x80f"
  ldr r0, [r4]
  rec "read-only page == 0xe2811001"
  entry TABLE_S, 0x500, ((CODE & 0xfff00000) | 0x1c0e)
  lit r4, (0x50000000 + (CODE & 0xfffff) + 0x1000)
  ldr r0, [r4]
  rec "a section instead == 0xe2811010"
  entry TABLE_S, 0x500, 0
  mov r5, #0x77
  ldr r5, [r4]
  rec "section gone == 0x77", r5
  @ code that changes under its own feet: the instruction behind the store
  at r0, 2f
  lit r1, 0xe3a02022 @ mov r2, #0x22
  mov r2, #0
  str r1, [r0]
2: mov r2, #0x11
  rec "the next instruction, changed == 0x22", r2
  @ a function that ran before, changed and run again
  mov r5, #0
  bl 3f
  bl 3f
  at r0, 3f
  lit r1, 0xe2855010 @ add r5, r5, #0x10
  str r1, [r0]
  bl 3f
  rec "a function changed between calls == 0x12", r5
  b finish
3: add r5, r5, #1
  bx lr
