@ The exclusive monitor of one CPU (DDI 0406C A3.4), byte order of data (A3.3), and the unprivileged accesses.
main:
  lit r0, PAGES
  lit r1, 0x11223344
  str r1, [r0]
  lit r1, 0x55667788
  str r1, [r0, #4]
  lit r3, 0xabcd0001
  clrex
  mov r2, #7
  strex r2, r3, [r0]
  rec "strex without ldrex", r2
  ldrex r1, [r0]
  rec "ldrex", r1
  strex r2, r3, [r0]
  lit r0, PAGES
  rec "strex", r2
  lit r0, PAGES
  strex r2, r3, [r0]
  rec "a second strex", r2
  lit r0, PAGES
  ldr r1, [r0]
  rec "what was stored", r1
  lit r0, PAGES
  ldrex r1, [r0]
  clrex
  strex r2, r3, [r0]
  rec "strex after clrex", r2
  lit r0, PAGES
  ldrexb r1, [r0]
  rec "ldrexb", r1
  lit r0, PAGES
  ldrexb r1, [r0]
  strexb r2, r3, [r0]
  rec "strexb", r2
  lit r0, PAGES
  ldrexh r1, [r0]
  strexh r2, r3, [r0]
  rec "strexh", r2
  lit r0, PAGES
  ldrexd r4, r5, [r0]
  rec "ldrexd low", r4
  lit r0, PAGES
  lit r6, 0x01020304
  lit r7, 0x05060708
  ldrexd r4, r5, [r0]
  strexd r2, r6, r7, [r0]
  rec "strexd", r2
  lit r0, PAGES
  ldr r1, [r0, #4]
  rec "strexd high", r1
  @ the monitor across an exception, which does not clear it
  lit r0, PAGES
  ldrex r1, [r0]
  add r1, r1, #1
  strex r2, r1, [r0]
  rec "pair", r2
  @ an exclusive store that fails does not fault or store
  lit r0, PAGES
  clrex
  lit r3, 0xdead0000
  strex r2, r3, [r0]
  ldr r1, [r0]
  rec "memory after a failed strex", r1
  @ alignment of exclusives
  lit r0, (PAGES + 2)
  ldrex r1, [r0]
  lit r0, (PAGES + 4)
  ldrexd r4, r5, [r0]
  lit r0, (PAGES + 1)
  ldrexh r1, [r0]
  ldrexb r1, [r0]
  rec "ldrexb is never unaligned", r1
  @ big-endian data
  lit r0, PAGES
  lit r1, 0x11223344
  str r1, [r0]
  lit r1, 0x55667788
  str r1, [r0, #4]
  setend be
  ldr r1, [r0]
  ldrh r2, [r0]
  ldrb r3, [r0]
  ldrd r4, r5, [r0]
  ldm r0, {r6, r7}
  ldrsh r8, [r0, #4]
  ldrex r9, [r0]
  swp r10, r9, [r0]
  push {r1}
  pop {r9}
  setend le
  rec "be ldr", r1
  rec "be ldrh", r2
  rec "be ldrb", r3
  rec "be ldrd low", r4
  rec "be ldrd high", r5
  rec "be ldm first", r6
  rec "be ldm second", r7
  rec "be ldrsh", r8
  rec "be swp", r10
  lit r0, PAGES
  lit r1, 0xa1b2c3d4
  setend be
  str r1, [r0]
  strh r1, [r0, #4]
  strb r1, [r0, #6]
  strd r4, r5, [r0, #8]
  setend le
  ldr r1, [r0]
  rec "be str", r1
  lit r0, PAGES
  ldr r1, [r0, #4]
  rec "be strh and strb", r1
  lit r0, PAGES
  ldr r1, [r0, #8]
  rec "be strd low", r1
  lit r0, PAGES
  setend be
  ldrexd r4, r5, [r0]
  strexd r6, r4, r5, [r0]
  setend le
  rec "be ldrexd low", r4
  lit r0, PAGES
  ldr r1, [r0]
  rec "be strexd", r1
  @ WFE and SEV: no interrupt is needed
  sev
  wfe
  rec "after wfe"
  b finish
