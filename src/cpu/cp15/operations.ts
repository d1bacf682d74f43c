/**
 * CP15 and CP14 encodings without state of their own: identification, maintenance operations, barriers, address translation, and second
 * views of registers (Cortex-A8 r2p5 as in the i.MX53: DDI 0344, table 3-3; DDI 0406C, B3.17 and C11).
 *
 * Cache, branch predictor and TLB maintenance are accepted and do nothing: no caches are modelled in this mode of running, and cached
 * translations are never stale (see mmu/mmu.ts). Deviation: operations by address do not check that the address translates.
 * The operations of the Multiprocessing Extensions (c7,c1; c8,c3; TLBIMVAA) do not exist on this processor and are UNDEFINED.
 * Debug is version 7 with the baseline CP14 registers only, as DBGDIDR says; no debugger is attached.
 */
import { defineRegisters } from '../../registers/index.ts';
import { type Access, cp14, cp15, NEXT_OPC2, type Cp15Row, type Cp15Rows } from './encoding.ts';

/** A register whose value never changes. */
const constant = (at: number, value: number, access: Access = 'PL1 RO') =>
  ({ at, reset: value, access, fields: { VALUE: [31, 0, 'ro'] } }) as const satisfies Cp15Row;

/** Encodings that take a write: what it does, if anything, is behaviour. */
const operation = (at: number, access: Access = 'PL1 WO', count = 1) =>
  ({ at, count, stride: NEXT_OPC2, access, fields: {}, reserved: '31:0' }) as const satisfies Cp15Row;

/** A register that reads as zero and ignores writes. */
const zero = (at: number, access: Access, count = 1, stride = NEXT_OPC2) =>
  ({ at, count, stride, access, fields: {}, reserved: '31:0' }) as const satisfies Cp15Row;

export const OPERATION_ROWS = {
  // c0: identification. Encodings of c0, c0 that name no register read as MIDR.
  MIDR: constant(cp15(0, 0, 0, 0), 0x412fc085),
  CTR: constant(cp15(0, 0, 0, 1), 0x82048004),
  TCMTR: constant(cp15(0, 0, 0, 2), 0),
  TLBTR: constant(cp15(0, 0, 0, 3), 0x00202001),
  MIDR4: constant(cp15(0, 0, 0, 4), 0x412fc085),
  MPIDR: constant(cp15(0, 0, 0, 5), 0),
  MIDR6: constant(cp15(0, 0, 0, 6), 0x412fc085),
  MIDR7: constant(cp15(0, 0, 0, 7), 0x412fc085),
  ID_PFR0: constant(cp15(0, 0, 1, 0), 0x00001031),
  ID_PFR1: constant(cp15(0, 0, 1, 1), 0x00000011),
  ID_DFR0: constant(cp15(0, 0, 1, 2), 0x00000400),
  ID_AFR0: constant(cp15(0, 0, 1, 3), 0),
  ID_MMFR0: constant(cp15(0, 0, 1, 4), 0x31100003),
  ID_MMFR1: constant(cp15(0, 0, 1, 5), 0x20000000),
  ID_MMFR2: constant(cp15(0, 0, 1, 6), 0x01202000),
  ID_MMFR3: constant(cp15(0, 0, 1, 7), 0x00000011),
  ID_ISAR0: constant(cp15(0, 0, 2, 0), 0x00101111),
  ID_ISAR1: constant(cp15(0, 0, 2, 1), 0x12112111),
  ID_ISAR2: constant(cp15(0, 0, 2, 2), 0x21232031),
  ID_ISAR3: constant(cp15(0, 0, 2, 3), 0x11112131),
  ID_ISAR4: constant(cp15(0, 0, 2, 4), 0x00111142),
  ID_ISAR5: zero(cp15(0, 0, 2, 5), 'PL1 RO', 3),
  ID_RESERVED: zero(cp15(0, 0, 3, 0), 'PL1 RO', 40),
  CCSIDR: constant(cp15(1, 0, 0, 0), 0),
  CLIDR: constant(cp15(1, 0, 0, 1), 0x0a000023),
  AIDR: constant(cp15(1, 0, 0, 7), 0),

  // c7: cache maintenance, barriers, address translation. The CP15 form of WFI is a NOP since ARMv7.
  CP15WFI: operation(cp15(0, 7, 0, 4)),
  ICIALLU: operation(cp15(0, 7, 5, 0)),
  ICIMVAU: operation(cp15(0, 7, 5, 1)),
  CP15ISB: operation(cp15(0, 7, 5, 4), 'PL0 WO'),
  BPIALL: operation(cp15(0, 7, 5, 6)),
  BPIMVA: operation(cp15(0, 7, 5, 7)),
  DCIMVAC: operation(cp15(0, 7, 6, 1)),
  DCISW: operation(cp15(0, 7, 6, 2)),
  ATS1C: operation(cp15(0, 7, 8, 0), 'PL1 WO', 4),
  ATS12NSO: operation(cp15(0, 7, 8, 4), 'secure WO', 4),
  DCCMVAC: operation(cp15(0, 7, 10, 1)),
  DCCSW: operation(cp15(0, 7, 10, 2)),
  CP15DSB: operation(cp15(0, 7, 10, 4), 'PL0 WO'),
  CP15DMB: operation(cp15(0, 7, 10, 5), 'PL0 WO'),
  DCCMVAU: operation(cp15(0, 7, 11, 1)),
  PREFETCH: operation(cp15(0, 7, 13, 1)),
  DCCIMVAC: operation(cp15(0, 7, 14, 1)),
  DCCISW: operation(cp15(0, 7, 14, 2)),

  // c8: invalidate all, by MVA, by ASID.
  ITLBI: operation(cp15(0, 8, 5, 0), 'PL1 WO', 3),
  DTLBI: operation(cp15(0, 8, 6, 0), 'PL1 WO', 3),
  TLBI: operation(cp15(0, 8, 7, 0), 'PL1 WO', 3),

  // c9: second views of PMU registers, and its one operation.
  PMCNTENCLR: operation(cp15(0, 9, 12, 2), 'PL1 RW [PMUSERENR]'),
  PMSWINC: operation(cp15(0, 9, 12, 4), 'PL1 WO [PMUSERENR]'),
  PMINTENCLR: operation(cp15(0, 9, 14, 2), 'PL1 RW'),

  DTLBPRELOAD: operation(cp15(0, 10, 1, 0), 'secure WO [NSACR.TL]'),
  ITLBPRELOAD: operation(cp15(0, 10, 1, 1), 'secure WO [NSACR.TL]'),

  ISR: zero(cp15(0, 12, 1, 0), 'PL1 RO'),

  // c15: operations that move data between the array windows and the L1 and L2 arrays.
  DL1WRITE: operation(cp15(0, 15, 0, 2), 'secure WO', 6),
  IL1WRITE: operation(cp15(0, 15, 1, 2), 'secure WO', 6),
  DL1READ: operation(cp15(0, 15, 2, 2), 'secure WO', 6),
  IL1READ: operation(cp15(0, 15, 3, 2), 'secure WO', 6),
  GHBWRITE: operation(cp15(0, 15, 5, 2), 'secure WO', 2),
  GHBREAD: operation(cp15(0, 15, 7, 2), 'secure WO', 2),
  L2WRITE: operation(cp15(0, 15, 8, 2), 'secure WO', 3),
  L2READ: operation(cp15(0, 15, 9, 2), 'secure WO', 3),

  // CP14: baseline debug, and a trivial Jazelle. CORERESTARTED is the one status bit that is set while nothing debugs the CPU.
  DBGDIDR: constant(cp14(0, 0, 0, 0), 0x15141000, 'PL0 RO'),
  DBGDSCRint: constant(cp14(0, 0, 1, 0), 0x00000002, 'PL0 RO'),
  DBGDTRint: zero(cp14(0, 0, 5, 0), 'PL0 RW'),
  DBGDRAR: constant(cp14(0, 1, 0, 0), 0, 'PL0 RO'),
  DBGDSAR: constant(cp14(0, 2, 0, 0), 0, 'PL0 RO'),
  JIDR: zero(cp14(7, 0, 0, 0), 'PL1 RO'),
  JOSCR: zero(cp14(7, 1, 0, 0), 'PL1 RW'),
  JMCR: zero(cp14(7, 2, 0, 0), 'PL1 RW'),
} satisfies Cp15Rows;

export const OPERATIONS = defineRegisters('CP15 operations', 1, OPERATION_ROWS);

/** CCSIDR by CSSELR: L1 data 32 KiB in 4 ways, L1 instruction the same, L2 256 KiB in 8 ways, lines of 64 bytes. Other levels read as zero. */
export const CCSIDR_BY_CSSELR: readonly number[] = [0xe00fe01a, 0x200fe01a, 0xf03fe03a];
