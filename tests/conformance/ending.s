@ The end of every image: marks the results as whole, and has semihosting write them to a file and exit. Both come here with flat addresses or MMU off.
finish:
  .arm
  lit r0, RESULTS
  lit r1, 0x600df00d
  str r1, [r0]
give_up:
  cpsid aif
  setend le
  mrc p15, 0, r0, c1, c0, 0
  bic r0, r0, #1
  mcr p15, 0, r0, c1, c0, 0
  isb
  mov r0, #1
  at r1, open_block
  svc #0x123456
  at r1, write_block
  str r0, [r1]
  mov r0, #5
  svc #0x123456
  mov r0, #0x18
  lit r1, 0x20026
  svc #0x123456
  b .
  .align 2
open_block:
  .word file_name, 5, 11
write_block:
  .word 0, RESULTS, RESULT_BYTES
file_name:
  .asciz "results.bin"
  .align 2
