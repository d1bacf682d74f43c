/**
 * How CP14 and CP15 registers are addressed, and who may access them (DDI 0406C, B3.15 and B3.17; DDI 0344, table 3-3).
 *
 * A register's location in its map packs the encoding of MRC and MCR into 15 bits: coprocessor (1 for CP15), opc1, CRn, CRm, opc2.
 */
import type { RegisterSpec } from '../../registers/index.ts';

export const LOCATIONS = 1 << 15;

/** Distance of locations whose opc2 follow each other. */
export const NEXT_OPC2 = 1;

/** Location of CP15's `opc1, CRn, CRm, opc2`, in the order in which assembly language writes them. */
export function cp15(opc1: number, crn: number, crm: number, opc2: number): number {
  return 1 << 14 | opc1 << 11 | crn << 7 | crm << 3 | opc2;
}

/** Location of CP14's `opc1, CRn, CRm, opc2`. */
export function cp14(opc1: number, crn: number, crm: number, opc2: number): number {
  return opc1 << 11 | crn << 7 | crm << 3 | opc2;
}

/** Location of a `coprocessorKey`, or -1 where it is no MRC or MCR of CP14 or CP15. */
export function locationOf(key: number): number {
  if ((key >>> 17) !== 7 || (key & 0x8008) !== 0) return -1;
  return (key >>> 16 & 1) << 14 | (key >>> 1 & 0x3ff8) | (key & 7);
}

/** An encoding as assembly language writes it, for messages: `p15, 0, c1, c0, 2`. */
export function nameOfKey(key: number): string {
  return `p${key >>> 16}, ${key >>> 12 & 15}, c${key >>> 8 & 15}, c${key >>> 4 & 15}, ${key & 7}`;
}

/**
 * Who may access a register; whatever is not named is UNDEFINED. PL1 is any mode but User, of both worlds; PL0 is User mode as well;
 * `secure` is PL1 in secure state (monitor mode is secure state whatever SCR.NS says). A condition in brackets widens PL1 to PL0
 * (PMUSERENR.EN, TEECR.XED = 0), or admits the non-secure state (NSACR.CL, NSACR.TL).
 */
export type Access =
  | 'PL1 RW' | 'PL1 RO' | 'PL1 WO' | 'PL0 RW' | 'PL0 RO' | 'PL0 WO' | 'PL1 RW, PL0 RO'
  | 'secure RW' | 'secure WO' | 'secure RW, PL1 RO'
  | 'PL1 RW [PMUSERENR]' | 'PL1 WO [PMUSERENR]' | 'PL1 RW [TEECR]' | 'secure RW [NSACR.CL]' | 'secure RW [NSACR.TL]' | 'secure WO [NSACR.TL]';

/** A rule's bits: reads in bits 0-3, writes in bits 4-7, in each the requester's `requesterOf`; then the condition. */
const SECURE_PL1 = 1;
const NONSECURE_PL1 = 2;
const PL1 = SECURE_PL1 | NONSECURE_PL1;
const PL0 = PL1 | 4 | 8;
const rule = (readers: number, writers: number, condition = 0): number => readers | writers << 4 | condition;

export const IF_PMUSERENR = 1 << 8;
export const IF_TEECR = 2 << 8;
export const IF_NSACR_CL = 3 << 8;
export const IF_NSACR_TL = 4 << 8;

/** Bit number in a rule's two halves for a privilege and a security state. */
export function requesterOf(user: boolean, nonsecure: boolean): number {
  return (user ? 2 : 0) + (nonsecure ? 1 : 0);
}

export const RULES: { readonly [A in Access]: number } = {
  'PL1 RW': rule(PL1, PL1),
  'PL1 RO': rule(PL1, 0),
  'PL1 WO': rule(0, PL1),
  'PL0 RW': rule(PL0, PL0),
  'PL0 RO': rule(PL0, 0),
  'PL0 WO': rule(0, PL0),
  'PL1 RW, PL0 RO': rule(PL0, PL1),
  'secure RW': rule(SECURE_PL1, SECURE_PL1),
  'secure WO': rule(0, SECURE_PL1),
  'secure RW, PL1 RO': rule(PL1, SECURE_PL1),
  'PL1 RW [PMUSERENR]': rule(PL1, PL1, IF_PMUSERENR),
  'PL1 WO [PMUSERENR]': rule(0, PL1, IF_PMUSERENR),
  'PL1 RW [TEECR]': rule(PL1, PL1, IF_TEECR),
  'secure RW [NSACR.CL]': rule(SECURE_PL1, SECURE_PL1, IF_NSACR_CL),
  'secure RW [NSACR.TL]': rule(SECURE_PL1, SECURE_PL1, IF_NSACR_TL),
  'secure WO [NSACR.TL]': rule(0, SECURE_PL1, IF_NSACR_TL),
};

/** A row of a CP14 or CP15 map. A register banked by world has `...BANKED`: the secure copy, then the non-secure one. */
export interface Cp15Row extends RegisterSpec { readonly access: Access }
export interface Cp15Rows { readonly [register: string]: Cp15Row }

export const BANKED = { count: 2, stride: 0 } as const;
