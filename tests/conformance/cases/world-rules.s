@ What the normal world may not do: secure registers, masks, coprocessors (DDI 0406C Classification of system control registers, B1.3.3, B4.1.111; DDI 0344 3.2.27).
main:
  @ everything is logged as an undefined instruction, or recorded
  .macro reads name, crn, crm, op2, op1=0
  mov r0, #0x77
  mrc p15, \op1, r0, \crn, \crm, \op2
  rec "\name"
  .endm
  .macro try name
  reads "\name SCR", c1, c1, 0
  reads "\name SDER", c1, c1, 1
  reads "\name MVBAR", c12, c0, 1
  mov r0, #0
  mcr p15, 0, r0, c1, c1, 0
  mcr p15, 0, r0, c1, c1, 1
  mcr p15, 0, r0, c1, c1, 2
  mcr p15, 0, r0, c12, c0, 1
  mcr p15, 0, r0, c7, c8, 4
  mcr p15, 0, r0, c7, c8, 5
  mcr p15, 0, r0, c7, c8, 6
  mcr p15, 0, r0, c7, c8, 7
  rec "\name done"
  .endm
  lit r0, 0x400
  mcr p15, 0, r0, c1, c1, 2
  try "secure"
  cps #MON
  scr 1
  try "monitor NS"
  at r0, vectors_monitor
  mcr p15, 0, r0, c12, c0, 1
  scr 0
  cps #SVC
  at r0, vectors_monitor
  mcr p15, 0, r0, c12, c0, 1
  go_normal 1f
1: try "normal"
  mrc p15, 0, r0, c1, c1, 2
  rec "NSACR readable from normal"
  go_user 2f
2: try "normal user"
  mov r0, #0x5a
  mcr p15, 0, r0, c13, c0, 2
  mrc p15, 0, r0, c13, c0, 2
  rec "user TPIDRURW"
  mrc p15, 0, r0, c13, c0, 3
  rec "user TPIDRURO"
  mov r0, #0x77
  mrc p15, 0, r0, c13, c0, 4
  rec "user TPIDRPRW"
  mcr p15, 0, r0, c13, c0, 3
  mcr p15, 0, r0, c7, c5, 4
  mcr p15, 0, r0, c7, c10, 4
  mcr p15, 0, r0, c7, c10, 5
  rec "user barriers"
  mcr p15, 0, r0, c7, c5, 0
  mcr p15, 0, r0, c8, c7, 0
  mrc p15, 0, r0, c0, c0, 0
  mrc p15, 0, r0, c9, c12, 0
  resume_with 3f
  svc #0
3: rec_cpsr "normal supervisor"
  @ modes: to monitor mode the normal world has only SMC
  go_secure 4f
4:
  @ CPSR.A and CPSR.F of the normal world by SCR.AW and SCR.FW
  .macro masks name, bits
  go_normal 5f, 0x1d3, \bits
5: rec_cpsr "\name entry"
  cpsie aif
  rec_cpsr "\name cpsie aif"
  cpsid aif
  rec_cpsr "\name cpsid aif"
  mov r0, #0x13
  msr cpsr_xc, r0
  rec_cpsr "\name msr clear"
  lit r0, 0x1d3
  msr cpsr_xc, r0
  rec_cpsr "\name msr set"
  lit r0, 0x13
  msr spsr_fsxc, r0
  at lr, 6f
  movs pc, lr
6: rec_cpsr "\name return clear"
  lit r0, 0x1d3
  msr spsr_fsxc, r0
  at lr, 7f
  movs pc, lr
7: rec_cpsr "\name return set"
  svc #1
  go_secure 8f
8: rec_cpsr "\name secure"
  go_normal 9f, 0x13, \bits
9: rec_cpsr "\name entry with clear masks"
  cpsid aif
  rec_cpsr "\name cpsid from clear"
  svc #1
  udf #1
  bkpt #1
  go_secure 8f
8: rec_cpsr "\name secure again"
  .endm
  masks "none", 0
  masks "FW", 0x10
  masks "AW", 0x20
  masks "AW FW", 0x30
  @ coprocessors 10 and 11 by NSACR and CPACR
  mov r0, #0
  mcr p15, 0, r0, c1, c1, 2
  lit r0, 0xf00000
  mcr p15, 0, r0, c1, c0, 2
  isb
  mov r0, #0x40000000
  vmsr fpexc, r0
  vmov s0, r0
  vmrs r0, fpexc
  rec "secure FPEXC"
  go_normal 1f
1: mrc p15, 0, r0, c1, c0, 2
  rec "CPACR with NSACR 0"
  mov r0, #0x77
  vmrs r0, fpexc
  rec "FPEXC with NSACR 0"
  vmov s0, r0
  lit r0, 0xf00000
  mcr p15, 0, r0, c1, c0, 2
  isb
  mrc p15, 0, r0, c1, c0, 2
  rec "CPACR written with NSACR 0"
  go_secure 2f
2: mrc p15, 0, r0, c1, c0, 2
  rec "secure CPACR afterwards"
  lit r0, 0xc00
  mcr p15, 0, r0, c1, c1, 2
  isb
  go_normal 3f
3: mrc p15, 0, r0, c1, c0, 2
  rec "CPACR with NSACR cp10 cp11"
  mov r0, #0x77
  vmrs r0, fpexc
  rec "FPEXC with NSACR cp10 cp11"
  lit r0, 0x3f800000
  vmov s0, r0
  vmov r1, s0
  rec "VFP in the normal world", r1
  lit r0, 0x500000
  mcr p15, 0, r0, c1, c0, 2
  isb
  go_user 4f
4: vmov r1, s0
  resume_with 5f
  svc #0
5: mov r0, #0
  vmsr fpexc, r0
  vmov r1, s0
  vmrs r0, fpsid
  rec "FPSID while off"
  lit r0, 0xf00000
  mcr p15, 0, r0, c1, c0, 2
  isb
  go_user 6f
6: vmrs r0, fpscr
  vmrs r0, fpsid
  vmrs r0, fpexc
  resume_with 7f
  svc #0
7: go_secure 8f
8: b finish
