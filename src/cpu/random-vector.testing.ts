/**
 * For tests: random VFP and Advanced SIMD instructions drawn from the rows, and states for them: floating-point values that are often denormal, NaN, infinite, near
 * halves or near limits; FPSCR with and without what the host's arithmetic does not do.
 */
import { insertField, parsePattern, type Pattern } from '../isa/pattern.ts';
import { neonRows } from '../isa/rows/neon.ts';
import { vfpRows } from '../isa/rows/vfp.ts';
import { sharedDecoder } from './flat-machine.testing.ts';
import { STATE } from './layout.ts';
import type { Random } from './region/lockstep.testing.ts';

export const DATA = 0x20000;
const DATA_BYTES = 0x4000;

const SINGLES = [
  0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7fc12345, 0xffc00001, 0x7f800001, 0xff812345, 0x7f7fffff, 0xff7fffff, 0x00800000,
  0x80800000, 0x00000001, 0x80000001, 0x807fffff, 0x007fffff, 0x00400000, 0x00ffffff, 0x01000000, 0x4f000000, 0xcf000000, 0x4effffff, 0x4f7fffff, 0x4f800000,
  0x3f000000, 0xbf000000, 0x3fc00000, 0x40200000, 0x33800000, 0x33800001, 0x4b7fffff, 0x4b800000, 0x4affffff, 0x5f000000, 0x40490fdb, 0x1f800000, 0x20000000, 0x60000000, 0x3eaaaaab,
];
const HIGH_WORDS = [
  0, 0x80000000, 0x3ff00000, 0xbff00000, 0x7ff00000, 0xfff00000, 0x7ff80000, 0xfff81234, 0x7ff00001, 0xfff40000, 0x7fefffff, 0xffefffff, 0x00100000, 0x80100000,
  0x000fffff, 0x80080000, 0x001fffff, 0x00200000, 0x41e00000, 0xc1e00000, 0x41dfffff, 0x41efffff, 0x41f00000, 0x47efffff, 0x47f00000, 0x38100000, 0x380fffff, 0x36a00000,
  0x3fe00000, 0x3ff80000, 0x40040000, 0x3ca00000, 0x433fffff, 0x43400000, 0x1ff00000, 0x20000000, 0x60000000, 0x40091eb8, 0x41700000,
];
const CORNERS = [0, 1, -1, 0x7fffffff, -0x80000000, 0x8000, 0x7fff, 0xffff, 0x80, 0xff, 0x7fff8000, -0x7fff8000, 0x01010101, -0x7f7f7f80, 0x7f7f7f7f, 0x00ff00ff];

function bits(random: Random): number { return random.next() | 0; }

/** A small whole number as a double or single: sums and products of such are exact. */
const scratch = new DataView(new ArrayBuffer(8));

function fillPair(random: Random, words: Int32Array, at: number): void {
  const kind = random.below(100);
  if (kind < 20) {
    words[at] = bits(random);
    words[at + 1] = bits(random);
  } else if (kind < 40) {
    for (const i of [at, at + 1]) words[i] = random.pick(SINGLES) + (random.chance(20) ? random.below(5) - 2 : 0);
  } else if (kind < 55) {
    const exponent = random.pick([127, 150, 158, 1, 2, 254, 104, 64, 190]);
    for (const i of [at, at + 1]) words[i] = (bits(random) & 0x807fffff) | (exponent + random.below(4) - 1) << 23;
  } else if (kind < 65) {
    words[at] = random.chance(50) ? bits(random) : random.pick(CORNERS);
    words[at + 1] = random.pick(HIGH_WORDS);
  } else if (kind < 77) {
    words[at] = random.chance(60) ? bits(random) : random.pick([0, 1, -1, 0x20000000, 0x10000000, 0x30000000, 0x80000000 | 0]);
    words[at + 1] = (bits(random) & 0x800fffff) | (random.pick([1023, 1046, 1054, 1, 2, 2045, 897, 874, 512, 1534]) + random.below(4) - 1) << 20;
  } else if (kind < 85) {
    scratch.setFloat64(0, (random.below(2000) - 1000) / random.pick([1, 2, 4, 64]), true);
    words[at] = scratch.getInt32(0, true);
    words[at + 1] = scratch.getInt32(4, true);
  } else if (kind < 92) {
    for (const i of [0, 1]) {
      scratch.setFloat32(0, (random.below(2000) - 1000) / random.pick([1, 2, 4, 64]), true);
      words[at + i] = scratch.getInt32(0, true);
    }
  } else {
    words[at] = random.pick(CORNERS);
    words[at + 1] = random.pick(CORNERS);
  }
}

export interface VectorState { readonly d: Int32Array; readonly registers: Int32Array; readonly fpscr: number; readonly fpexc: number; readonly cpacr: number; readonly apsr: number }

/** `plain`: FPSCR's modes as programs have them, and often Inexact set; otherwise anything, VFP off now and then. */
export function randomVectorState(random: Random, plain: boolean): VectorState {
  const d = new Int32Array(64);
  for (let i = 0; i < 64; i += 2) fillPair(random, d, i);
  const registers = new Int32Array(16);
  for (let r = 0; r < 15; r++) registers[r] = random.chance(50) ? bits(random) : random.pick(CORNERS);
  registers[8] = DATA + 0x800 + (random.chance(20) ? random.below(16) : 0);
  registers[9] = DATA + 0x1000 - (random.chance(50) ? random.below(64) : 0);
  registers[10] = DATA + 0x1ff0;
  registers[11] = DATA + 0x2100;
  registers[13] = DATA + 0x2800;
  let fpscr = bits(random) & 0xf0000000;
  if (random.chance(70)) fpscr |= 1 << 4;
  if (random.chance(30)) fpscr |= bits(random) & 0x0800009f;
  if (!plain && random.chance(40)) fpscr |= bits(random) & 0x03c00000;
  if (!plain && random.chance(10)) fpscr |= random.below(8) << 16 | random.pick([0, 3]) << 20;
  const off = !plain && random.chance(8);
  return {
    d, registers, fpscr: fpscr | 0, fpexc: off && random.chance(50) ? 0 : 1 << 30,
    cpacr: off && random.chance(50) ? random.pick([0, 0x00500000, 0x80f00000 | 0, 0x00100000]) : 0x00f00000, apsr: bits(random) & 0xf8000000,
  };
}

/** Rows of one instruction set, with what keeps memory accesses near the data. */
export class VectorRows {
  readonly patterns: readonly Pattern[];
  readonly #thumb: boolean;

  constructor(thumb: boolean, only?: RegExp) {
    this.#thumb = thumb;
    this.patterns = [...vfpRows, ...neonRows].filter(({ set, name }) => set === (thumb ? 'T32' : 'A32') && (only === undefined || only.test(name))).map(parsePattern);
  }

  /** A word of the row that is neither UNDEFINED nor UNPREDICTABLE, or undefined where none was found. `few`: of the first extension registers, so that registers overlap. */
  word(random: Random, pattern: Pattern, few = false): number | undefined {
    const { row } = pattern;
    for (let attempt = 0; attempt < 60; attempt++) {
      let word = (pattern.value | pattern.shouldValue | (bits(random) & ~pattern.mask & ~pattern.shouldMask)) | 0;
      if (!this.#thumb && row.bits.startsWith('cccc')) word = (word & 0x0fffffff) | (random.chance(75) ? 14 : random.below(15)) << 28;
      const kinds = row.operation.operands;
      if (few) {
        for (const [letter, mask] of [['D', 1], ['N', 1], ['M', 1], ['d', 8], ['n', 8], ['m', 8]] as const) {
          const pieces = pattern.fields.get(letter);
          if (pieces !== undefined && kinds[letter] !== 'reg') word &= ~insertField(pieces, mask);
        }
      }
      const base = pattern.fields.get('n');
      if ('n' in kinds && kinds.n === 'reg' && base !== undefined) word = (word & ~insertField(base, -1)) | insertField(base, 8 + random.below(4));
      const offset = pattern.fields.get('i');
      if (row.operation.name === 'vectorLoadStore' && offset !== undefined) word &= ~insertField(offset, 0xf0);
      const instruction = this.#thumb ? sharedDecoder().decodeT32(word >>> 16, word & 0xffff) : sharedDecoder().decodeA32(word);
      if (instruction.row !== row) continue;
      if (row.unpredictable !== undefined && row.unpredictable(fieldsOf(pattern, word)) !== undefined) continue;
      // Writes of FPEXC and of the data's own bases would end the test's point.
      if (instruction.operation.name === 'vmsrSystem') continue;
      return word;
    }
    return undefined;
  }
}

function fieldsOf(pattern: Pattern, word: number): Parameters<NonNullable<Pattern['row']['unpredictable']>>[0] {
  const fields: Record<string, number> = {};
  for (const letter of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ') fields[letter] = 0;
  for (const [letter, pieces] of pattern.fields) {
    let value = 0;
    for (const { shift, width } of pieces) value = (value << width) | ((word >>> shift) & ((1 << width) - 1));
    fields[letter] = value;
  }
  return fields as never;
}

export function randomData(random: Random): Uint8Array {
  const words = new Int32Array(DATA_BYTES / 4);
  for (let i = 0; i < words.length; i += 2) fillPair(random, words, i);
  return new Uint8Array(words.buffer);
}

export function setVectorState(s: Int32Array, state: VectorState): void {
  s.set(state.d, STATE.d);
  s.set(state.registers.subarray(0, 15), STATE.r);
  s[STATE.fpscr] = state.fpscr;
  s[STATE.fpexc] = state.fpexc;
  s[STATE.CPACR] = state.cpacr;
  s[STATE.nf] = state.apsr;
  s[STATE.zf] = (state.apsr >>> 30 & 1) ^ 1;
  s[STATE.cf] = state.apsr >>> 29 & 1;
  s[STATE.vf] = state.apsr << 3;
  s[STATE.it] = 0;
}
