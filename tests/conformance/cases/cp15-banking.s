@ CP15 registers banked by world, and what monitor mode sees by SCR.NS (DDI 0406C Classification of system control registers; DDI 0344, System control coprocessor registers).
main:
  .macro put crn, crm, op2, value, op1=0
  lit r0, (\value)
  mcr p15, \op1, r0, \crn, \crm, \op2
  .endm
  .macro get name, crn, crm, op2, op1=0
  mrc p15, \op1, r0, \crn, \crm, \op2
  rec "\name"
  .endm
  .macro put_all pattern
  put c2, c0, 0, (\pattern & 0xffffc013)
  put c2, c0, 1, (\pattern & 0xffffc013 ^ 0x8000)
  put c2, c0, 2, (\pattern >> 28 & 7)
  put c3, c0, 0, \pattern
  put c5, c0, 0, (\pattern & 0x1cff)
  put c5, c0, 1, (\pattern & 0x140f)
  put c6, c0, 0, (\pattern + 1)
  put c6, c0, 2, (\pattern + 2)
  put c7, c4, 0, ((\pattern & 0xfffff6ff) + 3)
  put c10, c2, 0, (\pattern & 0xfffff)
  put c10, c2, 1, (\pattern + 4)
  put c13, c0, 1, (\pattern + 5)
  put c13, c0, 2, (\pattern + 6)
  put c13, c0, 3, (\pattern + 7)
  put c13, c0, 4, (\pattern + 8)
  put c0, c0, 0, (\pattern >> 28 & 1), 2
  .endm
  .macro get_all name
  get "\name TTBR0", c2, c0, 0
  get "\name TTBR1", c2, c0, 1
  get "\name TTBCR", c2, c0, 2
  get "\name DACR", c3, c0, 0
  get "\name DFSR", c5, c0, 0
  get "\name IFSR", c5, c0, 1
  get "\name DFAR", c6, c0, 0
  get "\name IFAR", c6, c0, 2
  get "\name PAR", c7, c4, 0
  get "\name PRRR", c10, c2, 0
  get "\name NMRR", c10, c2, 1
  get "\name VBAR", c12, c0, 0
  get "\name CONTEXTIDR", c13, c0, 1
  get "\name TPIDRURW", c13, c0, 2
  get "\name TPIDRURO", c13, c0, 3
  get "\name TPIDRPRW", c13, c0, 4
  get "\name CSSELR", c0, c0, 0, 2
  .endm
  put_all 0x11223340
  @ monitor, NS = 1: the non-secure copies
  cps #MON
  scr 1
  put_all 0x66778890
  get_all "monitor NS"
  scr 0
  get_all "monitor S"
  cps #SVC
  get_all "secure"
  go_normal 1f
1: get_all "normal"
  @ VBAR of the normal world, by itself
  mrc p15, 0, r4, c12, c0, 0
  put_all 0x31415920
  get_all "normal, its own"
  @ SCTLR: bits of each world
  mrc p15, 0, r0, c1, c0, 0
  orr r0, r0, #(1 << 11)
  mcr p15, 0, r0, c1, c0, 0
  mrc p15, 0, r0, c1, c0, 0
  and r0, r0, #(1 << 11)
  rec "normal SCTLR.Z"
  go_secure 2f
2: get_all "secure again"
  mrc p15, 0, r0, c1, c0, 0
  and r0, r0, #(1 << 11)
  rec "secure SCTLR.Z"
  cps #MON
  scr 1
  mrc p15, 0, r0, c1, c0, 0
  and r0, r0, #(1 << 11)
  rec "monitor NS SCTLR.Z"
  get "monitor NS TTBR0 again", c2, c0, 0
  rec_cpsr "monitor NS cpsr"
  @ secure only registers in monitor mode with NS = 1
  get "monitor NS SCR", c1, c1, 0
  put c1, c1, 1, 3
  get "monitor NS SDER", c1, c1, 1
  put c1, c1, 1, 0
  get "monitor NS MVBAR readable", c12, c0, 1
  scr 0
  cps #SVC
  @ SCR keeps bits 5:0
  put c1, c1, 0, 0xffffff3e
  get "SCR bits", c1, c1, 0
  put c1, c1, 0, 0
  @ an exception taken in monitor mode with NS = 1 clears NS
  cps #MON
  scr 1
  svc #1
  get "SCR after svc from monitor", c1, c1, 0
  cps #MON
  scr 0x3f
  udf #1
  get "SCR after udf from monitor", c1, c1, 0
  rec_cpsr "back in monitor"
  scr 0
  cps #SVC
  b finish
