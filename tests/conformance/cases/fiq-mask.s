@ CPSR.F masks FIQs in both worlds, SCR.FW decides who may write it: an implementation without the Virtualization Extensions (DDI 0406C B4.1.129,
@ Asynchronous exception masking). QEMU follows their rule (an FIQ for monitor mode is not masked by the normal world's F if FW = 0), so the records say what they must be.
main:
  .macro taken name, count
  lit r0, LOG_COUNT
  ldr r0, [r0]
  rec "\name exceptions == \count"
  .endm
  bl interrupt_source
  raise_fiq
  go_normal 1f, 0x1d3, 4
1: nop
  rec_cpsr "F set by the secure world == 0x1d3"
  cpsie f
  nop
  rec_cpsr "F is still set == 0x1d3"
  taken "FW 0", 0x0
  go_secure 2f
2: lower_lines
  raise_fiq
  go_normal 3f, 0x1d3, 0x14
3: nop
  taken "FW 1, F set", 0x0
  cpsie f
  nop
  rec_cpsr "F clear == 0x193"
  taken "FW 1, F clear", 0x1
  go_secure 4f
4: lower_lines
  @ an FIQ that the normal world takes itself sets F only if FW is 1
  raise_fiq
  go_normal 5f, 0x93, 0x10
5: nop
  taken "FW 1, to the normal world", 0x2
  lit r0, LOG
  ldr r0, [r0, #44]
  rec "CPSR in the normal FIQ vector == 0xd1"
  go_secure 6f
6: b finish
