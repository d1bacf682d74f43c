/** A32 LDM, STM and their kin, RFE and SRS (DDI 0406C, A5.5, A5.7; B9.3). */
import {
  loadMultiple, loadMultipleReturn, loadMultipleUser, returnFromException, storeMultiple, storeMultipleUser, storeReturnState,
} from '../bodies/load-store-multiple.ts';
import { a32, type Fields, type Row } from '../operation.ts';
import { BitCount } from '../pseudocode.ts';

/** The operands of a block transfer. P and U: DA, IA, DB, IB. */
export function block(n: number, registers: number, P: number, U: number): { n: number; list: number; bytes: number; start: number; delta: number } {
  const bytes = 4 * BitCount(registers);
  const lowest = U === 1 ? 0 : 0 - bytes;
  return { n, list: registers & 0x7fff, bytes, start: lowest + (P === U ? 4 : 0), delta: U === 1 ? bytes : 0 - bytes };
}

/** An empty list is UNPREDICTABLE; UNDEFINED here. */
export const emptyList = (f: Fields): boolean => f.r === 0;

const LOAD_SUFFIX = '<PU:DA/FA|/IA/FD|DB/EA|IB/ED>';
const STORE_SUFFIX = '<PU:DA/ED|/IA/EA|DB/FD|IB/FA>';
const pcBase = (f: Fields): string | undefined => f.n === 15 ? 'PC as the base' : undefined;
const inList = (f: Fields): boolean => (f.r >>> f.n & 1) === 1;

/** The distance of RFE's and SRS's lower word from the base, and what writeback adds. */
export function stateBlock(P: number, U: number): { start: number; delta: number } {
  return { start: (U === 1 ? 0 : -8) + (P === U ? 4 : 0), delta: U === 1 ? 8 : -8 };
}

const MODES: ReadonlySet<number> = new Set([0b10000, 0b10001, 0b10010, 0b10011, 0b10110, 0b10111, 0b11011, 0b11111]);
export const unknownMode = (f: Fields): string | undefined => MODES.has(f.k) ? undefined : 'no such mode';

export const loadStoreMultipleRows: readonly Row[] = [
  a32(storeMultiple, {
    name: 'STM', bits: 'cccc100PU0W0nnnnrrrrrrrrrrrrrrrr', ref: 'A8.8.199-202 A1', syntax: `STM${STORE_SUFFIX}{c} Rn{!}, registers`,
    undefinedIf: emptyList,
    unpredictable: (f) => pcBase(f) ?? (f.W === 1 && inList(f) && (f.r & ((1 << f.n) - 1)) !== 0 ? 'written-back base in the list and not the first (its stored value is UNKNOWN)' : undefined),
    decode: (f) => ({ shape: { wback: f.W === 1, pc: f.r >>> 15 === 1 }, x: block(f.n, f.r, f.P, f.U) }),
  }),
  a32(storeMultiple, {
    name: 'PUSH', bits: 'cccc100100101101rrrrrrrrrrrrrrrr', ref: 'A8.8.133 A1', syntax: 'PUSH{c} registers2',
    undefinedIf: emptyList,
    unpredictable: (f) => (f.r >>> 13 & 1) === 1 && (f.r & 0x1fff) !== 0 ? 'SP in the list and not the first (its stored value is UNKNOWN)' : undefined,
    decode: (f) => ({ shape: { wback: true, pc: f.r >>> 15 === 1 }, x: block(13, f.r, 1, 0) }),
  }),
  a32(loadMultiple, {
    name: 'LDM', bits: 'cccc100PU0W1nnnnrrrrrrrrrrrrrrrr', ref: 'A8.8.58-61 A1', syntax: `LDM${LOAD_SUFFIX}{c} Rn{!}, registers`,
    undefinedIf: emptyList,
    unpredictable: (f) => pcBase(f) ?? (f.W === 1 && inList(f) ? 'written-back base in the list' : undefined),
    decode: (f) => ({ shape: { wback: f.W === 1, pc: f.r >>> 15 === 1 }, x: block(f.n, f.r, f.P, f.U) }),
  }),
  a32(loadMultiple, {
    name: 'POP', bits: 'cccc100010111101rrrrrrrrrrrrrrrr', ref: 'A8.8.132 A1', syntax: 'POP{c} registers2',
    undefinedIf: emptyList,
    unpredictable: (f) => (f.r >>> 13 & 1) === 1 ? 'SP in the list' : undefined,
    decode: (f) => ({ shape: { wback: true, pc: f.r >>> 15 === 1 }, x: block(13, f.r, 0, 1) }),
  }),
  a32(storeMultipleUser, {
    name: 'STM (User registers)', bits: 'cccc100PU1-0nnnnrrrrrrrrrrrrrrrr', ref: 'B9.3.17 A1', syntax: `STM${STORE_SUFFIX}{c} Rn, registers^`,
    undefinedIf: emptyList, unpredictable: pcBase,
    decode: (f) => ({ shape: { pc: f.r >>> 15 === 1 }, x: block(f.n, f.r, f.P, f.U) }),
  }),
  a32(loadMultipleUser, {
    name: 'LDM (User registers)', bits: 'cccc100PU1-1nnnn0rrrrrrrrrrrrrrr', ref: 'B9.3.6 A1', syntax: `LDM${LOAD_SUFFIX}{c} Rn, registers^`,
    undefinedIf: emptyList, unpredictable: pcBase,
    decode: (f) => ({ shape: {}, x: block(f.n, f.r, f.P, f.U) }),
  }),
  a32(loadMultipleReturn, {
    name: 'LDM (exception return)', bits: 'cccc100PU1W1nnnnMrrrrrrrrrrrrrrr', where: ['M==1'], ref: 'B9.3.5 A1', syntax: `LDM${LOAD_SUFFIX}{c} Rn{!}, registers+PC^`,
    unpredictable: (f) => pcBase(f) ?? (f.W === 1 && inList(f) ? 'written-back base in the list' : undefined),
    decode: (f) => ({ shape: { wback: f.W === 1 }, x: block(f.n, 0x8000 | f.r, f.P, f.U) }),
  }),
  a32(returnFromException, {
    name: 'RFE', bits: '1111100PU0W1nnnn----+-+---------', ref: 'B9.3.13 A1', syntax: `RFE${LOAD_SUFFIX} Rn{!}`,
    unpredictable: pcBase,
    decode: (f) => ({ shape: { wback: f.W === 1 }, x: { n: f.n, ...stateBlock(f.P, f.U) } }),
  }),
  a32(storeReturnState, {
    name: 'SRS', bits: '1111100PU1W0++-+-----+-+---kkkkk', ref: 'B9.3.16 A1', syntax: `SRS${STORE_SUFFIX} SP{!}, #<k>`,
    unpredictable: unknownMode,
    decode: (f) => ({ shape: { wback: f.W === 1, mode: f.k }, x: { lr: 14, ...stateBlock(f.P, f.U) } }),
  }),
];
