/**
 * The registers of CP15 and CP14 that hold state: Cortex-A8 r2p5 with Security Extensions (DDI 0344, chapter 3; DDI 0406C, B4.1).
 *
 * The first rows, down to TEEHBR, stand in the order of STATE's words, which is where their values are; the others follow in STATE's
 * `cp15` words. Reset values are the processor's own, not what a boot loader leaves.
 *
 * Where the architecture leaves a choice, this processor's is taken: ADFSR and AIFSR hold nothing, CPACR and NSACR know CP10 and CP11
 * only and have neither ASEDIS nor D32DIS (DDI 0344, tables 3-51 and 3-58), TTBRs have no IRGN[0] and PRRR no NOS (no Multiprocessing
 * Extensions), SCTLR has no HA, RR, NMFI or VE. The FCSE is refused: FCSEIDR reads as zero and ignores writes.
 */
import { defineRegisters } from '../../registers/index.ts';
import { STATE } from '../layout.ts';
import { BANKED, cp14, cp15, NEXT_OPC2, type Cp15Rows } from './encoding.ts';

/** A register of 32 bits that means nothing to the hardware, or whose fields are its reader's business. */
const WORD = { fields: { VALUE: [31, 0, 'rw'] } } as const;

const TTBR_FIELDS = { BASE: [31, 7, 'rw'], RGN: [4, 3, 'rw'], S: [1, 'rw'], C: [0, 'rw'] } as const;
const TLB_LOCKDOWN_FIELDS = { BASE: [31, 27, 'rw'], VICTIM: [26, 22, 'rw'], P: [0, 'rw'] } as const;

export const SYSTEM_ROWS = {
  SCTLR: {
    at: cp15(0, 1, 0, 0), ...BANKED, reset: [0x00c50078, 0x00c50078], access: 'PL1 RW',
    fields: {
      TE: [30, 'rw'], AFE: [29, 'rw'], TRE: [28, 'rw'], NMFI: [27, 'raz'], EE: [25, 'rw'], VE: [24, 'raz'], XP: [23, 'rao'], U: [22, 'rao'],
      FI: [21, 'raz'], SBO18: [18, 'rao'], HA: [17, 'raz'], SBO16: [16, 'rao'], RR: [14, 'raz'], V: [13, 'rw'], I: [12, 'rw'], Z: [11, 'rw'],
      SW: [10, 'raz'], B: [7, 'raz'], SBO6: [6, 3, 'rao'], C: [2, 'rw'], A: [1, 'rw'], M: [0, 'rw'],
    },
    reserved: '31 26 20:19 15 9:8',
  },
  TTBR0: { at: cp15(0, 2, 0, 0), ...BANKED, access: 'PL1 RW', fields: TTBR_FIELDS, reserved: '6:5 2' },
  TTBR1: { at: cp15(0, 2, 0, 1), ...BANKED, access: 'PL1 RW', fields: { ...TTBR_FIELDS, BASE: [31, 14, 'rw'] }, reserved: '13:5 2' },
  TTBCR: { at: cp15(0, 2, 0, 2), ...BANKED, access: 'PL1 RW', fields: { PD1: [5, 'rw'], PD0: [4, 'rw'], N: [2, 0, 'rw'] }, reserved: '31:6 3' },
  DACR: { at: cp15(0, 3, 0, 0), ...BANKED, access: 'PL1 RW', ...WORD },
  DFSR: {
    at: cp15(0, 5, 0, 0), ...BANKED, access: 'PL1 RW',
    fields: { ExT: [12, 'rw'], WnR: [11, 'rw'], FS4: [10, 'rw'], DOMAIN: [7, 4, 'rw'], FS: [3, 0, 'rw'] }, reserved: '31:13 9:8',
  },
  IFSR: {
    at: cp15(0, 5, 0, 1), ...BANKED, access: 'PL1 RW',
    fields: { ExT: [12, 'rw'], FS4: [10, 'rw'], FS: [3, 0, 'rw'] }, reserved: '31:13 11 9:4',
  },
  ADFSR: { at: cp15(0, 5, 1, 0), ...BANKED, access: 'PL1 RW', fields: { VALUE: [31, 0, 'raz'] } },
  AIFSR: { at: cp15(0, 5, 1, 1), ...BANKED, access: 'PL1 RW', fields: { VALUE: [31, 0, 'raz'] } },
  DFAR: { at: cp15(0, 6, 0, 0), ...BANKED, access: 'PL1 RW', ...WORD },
  IFAR: { at: cp15(0, 6, 0, 2), ...BANKED, access: 'PL1 RW', ...WORD },
  PAR: { at: cp15(0, 7, 4, 0), ...BANKED, access: 'PL1 RW', ...WORD },
  PRRR: {
    at: cp15(0, 10, 2, 0), ...BANKED, reset: [0x00098aa4, 0x00098aa4], access: 'PL1 RW',
    fields: { NS1: [19, 'rw'], NS0: [18, 'rw'], DS1: [17, 'rw'], DS0: [16, 'rw'], TR: [15, 0, 'rw'] }, reserved: '31:20',
  },
  NMRR: {
    at: cp15(0, 10, 2, 1), ...BANKED, reset: [0x44e048e0, 0x44e048e0], access: 'PL1 RW',
    fields: { OR: [31, 16, 'rw'], IR: [15, 0, 'rw'] },
  },
  VBAR: { at: cp15(0, 12, 0, 0), ...BANKED, access: 'PL1 RW', fields: { BASE: [31, 5, 'rw'] }, reserved: '4:0' },
  CONTEXTIDR: { at: cp15(0, 13, 0, 1), ...BANKED, access: 'PL1 RW', fields: { PROCID: [31, 8, 'rw'], ASID: [7, 0, 'rw'] } },
  TPIDRURW: { at: cp15(0, 13, 0, 2), ...BANKED, access: 'PL0 RW', ...WORD },
  TPIDRURO: { at: cp15(0, 13, 0, 3), ...BANKED, access: 'PL1 RW, PL0 RO', ...WORD },
  TPIDRPRW: { at: cp15(0, 13, 0, 4), ...BANKED, access: 'PL1 RW', ...WORD },
  CSSELR: { at: cp15(2, 0, 0, 0), ...BANKED, access: 'PL1 RW', fields: { LEVEL: [3, 1, 'rw'], InD: [0, 'rw'] }, reserved: '31:4' },
  FCSEIDR: { at: cp15(0, 13, 0, 0), ...BANKED, access: 'PL1 RW', fields: { PID: [31, 25, 'raz'] }, reserved: '24:0' },
  ACTLR: {
    at: cp15(0, 1, 0, 1), reset: 0x2, access: 'secure RW, PL1 RO',
    fields: {
      L2RSTDIS: [31, 'raz'], L1RSTDIS: [30, 'raz'], CMPIPE: [20, 'rw'], CLKSTOP: [19, 'rw'], CPSERIAL: [18, 'rw'], CPWAIT: [17, 'rw'],
      CPFLUSH: [16, 'rw'], ETMCLK: [15, 'rw'], NEONCLK: [14, 'rw'], MAINCLK: [13, 'rw'], NEONSINGLE: [12, 'rw'], LSSINGLE: [11, 'rw'],
      SINGLE: [10, 'rw'], PLDNOP: [9, 'rw'], WFINOP: [8, 'tag'], BRSIZEDIS: [7, 'rw'], IBE: [6, 'rw'], L1NEON: [5, 'rw'], ASA: [4, 'rw'],
      L1PE: [3, 'rw'], L2EN: [1, 'rw'], L1ALIAS: [0, 'rw'],
    },
    reserved: '29:21 2',
  },
  CPACR: { at: cp15(0, 1, 0, 2), access: 'PL1 RW', fields: { cp11: [23, 22, 'rw'], cp10: [21, 20, 'rw'] }, reserved: '31:24 19:0' },
  SCR: {
    at: cp15(0, 1, 1, 0), access: 'secure RW',
    fields: { nET: [6, 'raz'], AW: [5, 'rw'], FW: [4, 'rw'], EA: [3, 'rw'], FIQ: [2, 'rw'], IRQ: [1, 'rw'], NS: [0, 'rw'] }, reserved: '31:7',
  },
  SDER: { at: cp15(0, 1, 1, 1), access: 'secure RW', fields: { SUNIDEN: [1, 'rw'], SUIDEN: [0, 'rw'] }, reserved: '31:2' },
  NSACR: {
    at: cp15(0, 1, 1, 2), access: 'secure RW, PL1 RO',
    fields: { PLE: [18, 'rw'], TL: [17, 'rw'], CL: [16, 'rw'], cp11: [11, 'rw'], cp10: [10, 'rw'] }, reserved: '31:19 15:12 9:0',
  },
  MVBAR: { at: cp15(0, 12, 0, 1), access: 'secure RW', fields: { BASE: [31, 5, 'rw'] }, reserved: '4:0' },
  TEECR: { at: cp14(6, 0, 0, 0), access: 'PL1 RW, PL0 RO', fields: { XED: [0, 'rw'] }, reserved: '31:1' },
  TEEHBR: { at: cp14(6, 1, 0, 0), access: 'PL1 RW [TEECR]', fields: { BASE: [31, 2, 'rw'] }, reserved: '1:0' },

  // The performance monitor (DDI 0406C, chapter C12; four counters, PMUv1).
  PMCR: {
    at: cp15(0, 9, 12, 0), reset: 0x41002000, access: 'PL1 RW [PMUSERENR]',
    fields: {
      IMP: [31, 24, 'ro'], IDCODE: [23, 16, 'ro'], N: [15, 11, 'ro'], DP: [5, 'rw'], X: [4, 'rw'], D: [3, 'rw'], C: [2, 'wo'], P: [1, 'wo'], E: [0, 'rw'],
    },
    reserved: '10:6',
  },
  PMCNTENSET: { at: cp15(0, 9, 12, 1), access: 'PL1 RW [PMUSERENR]', fields: { C: [31, 'ro'], P: [3, 0, 'ro'] }, reserved: '30:4' },
  PMOVSR: { at: cp15(0, 9, 12, 3), access: 'PL1 RW [PMUSERENR]', fields: { C: [31, 'w1c'], P: [3, 0, 'w1c'] }, reserved: '30:4' },
  PMSELR: { at: cp15(0, 9, 12, 5), access: 'PL1 RW [PMUSERENR]', fields: { SEL: [4, 0, 'rw'] }, reserved: '31:5' },
  PMCCNTR: { at: cp15(0, 9, 13, 0), access: 'PL1 RW [PMUSERENR]', ...WORD },
  PMXEVTYPER: { at: cp15(0, 9, 13, 1), count: 4, stride: 0, access: 'PL1 RW [PMUSERENR]', fields: { EVTSEL: [7, 0, 'rw'] }, reserved: '31:8' },
  PMXEVCNTR: { at: cp15(0, 9, 13, 2), count: 4, stride: 0, access: 'PL1 RW [PMUSERENR]', ...WORD },
  PMUSERENR: { at: cp15(0, 9, 14, 0), access: 'PL1 RW, PL0 RO', fields: { EN: [0, 'rw'] }, reserved: '31:1' },
  PMINTENSET: { at: cp15(0, 9, 14, 1), access: 'PL1 RW', fields: { C: [31, 'ro'], P: [3, 0, 'ro'] }, reserved: '30:4' },

  // Lockdown, L2 control and the windows into the arrays: state without effect as long as no caches are modelled.
  L2LOCKDOWN: { at: cp15(1, 9, 0, 0), access: 'secure RW [NSACR.CL]', fields: { WAYS: [7, 0, 'rw'] }, reserved: '31:8' },
  L2AUXCR: { at: cp15(1, 9, 0, 2), reset: 0x42, access: 'secure RW, PL1 RO', ...WORD },
  DTLBLOCKDOWN: { at: cp15(0, 10, 0, 0), access: 'secure RW [NSACR.TL]', fields: TLB_LOCKDOWN_FIELDS, reserved: '21:1' },
  ITLBLOCKDOWN: { at: cp15(0, 10, 0, 1), access: 'secure RW [NSACR.TL]', fields: TLB_LOCKDOWN_FIELDS, reserved: '21:1' },
  DL1DATA: { at: cp15(0, 15, 0, 0), count: 2, stride: NEXT_OPC2, access: 'secure RW', ...WORD },
  IL1DATA: { at: cp15(0, 15, 1, 0), count: 2, stride: NEXT_OPC2, access: 'secure RW', ...WORD },
  L2DATA: { at: cp15(0, 15, 8, 0), count: 2, stride: NEXT_OPC2, access: 'secure RW', ...WORD },
  L2DATA2: { at: cp15(0, 15, 8, 5), access: 'secure RW', ...WORD },
} as const satisfies Cp15Rows;

export const SYSTEM_REGISTERS = defineRegisters('CP15', 1, SYSTEM_ROWS);

/** Word index in STATE of the map's slot 0. */
export const SYSTEM_BASE = STATE.SCTLR;

/** Words that STATE keeps for CP15 behind its named ones. */
const CP15_WORDS = 96;

/** Word indices in STATE, behind the map: the PMU's cycle divider, and the instruction count it has counted to (low and high half). */
export const PMU_DIVIDER = SYSTEM_BASE + SYSTEM_REGISTERS.slotCount;
export const PMU_SINCE = PMU_DIVIDER + 1;

for (const { name, slot } of SYSTEM_REGISTERS.registers) {
  const word = STATE[name as keyof typeof STATE] as number | undefined;
  if (word !== undefined && word !== SYSTEM_BASE + slot) throw new Error(`CP15.${name} does not stand where STATE has it`);
}
if (PMU_SINCE + 2 > STATE.cp15 + CP15_WORDS) throw new Error("CP15 needs more words than STATE has");
