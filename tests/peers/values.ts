/** Random states: registers, flags, floating-point values, and the data window. */
import { emptyState } from './case.ts';
import {
  AT_CPSR, AT_D, AT_FPSCR, BATCH, CODE_A32, CODE_T32, FIRST_SLOT, SLOT_BYTES, SLOT_HEAD, STATE_WORDS, WINDOW_MIDDLE, WINDOW_SIZE,
} from './layout.ts';
import type { Random } from './random.ts';

const CORNERS = [0, 1, -1, 0x7fffffff, -0x80000000, 0x8000, 0x7fff, 0xffff, 0x80, 0xff, 31, 32, 33, 0x7fff8000, -0x7fff8000, 0x01010101, -0x7f7f7f80];
const SINGLES = [
  0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7fc12345, 0xffc00001, 0x7f800001, 0xff812345, 0x7f7fffff, 0x00800000, 0x00000001,
  0x807fffff, 0x00400000, 0x4f000000, 0xcf000000, 0x4f800000, 0x3f000000, 0x33800000, 0x4b7fffff, 0x5f000000, 0x40490fdb,
];
const HIGH_WORDS = [
  0, 0x80000000, 0x3ff00000, 0xbff00000, 0x7ff00000, 0xfff00000, 0x7ff80000, 0xfff81234, 0x7ff00001, 0xfff40000, 0x7fefffff, 0x00100000, 0x000fffff, 0x80080000,
  0x41e00000, 0xc1e00000, 0x41f00000, 0x47efffff, 0x38100000, 0x3fe00000, 0x36a00000, 0x380fffff, 0x7fd00000, 0x00200000,
];

/** An address where a branch stops: A32 breakpoints by word, T32 breakpoints by halfword (bit 0 set). */
function landing(random: Random): number {
  const within = FIRST_SLOT + random.below(BATCH) * SLOT_BYTES + SLOT_HEAD + random.below((SLOT_BYTES - SLOT_HEAD) / 4) * 4;
  if (random.chance(0.4)) return CODE_A32 + within;
  return random.chance(0.2) ? (CODE_A32 + within) | 1 : (CODE_T32 + within + (random.chance(0.5) ? 2 : 0)) | 1;
}

function register(random: Random): number {
  const kind = random.below(100);
  if (kind < 30) return random.word();
  if (kind < 50) return random.pick(CORNERS);
  if (kind < 62) return random.below(65);
  if (kind < 68) return -random.below(257);
  if (kind < 80) return WINDOW_MIDDLE + random.below(256);
  if (kind < 88) return landing(random);
  if (kind < 94) return 1 << random.below(32);
  return random.word() >> random.below(32);
}

const FPSCR_STATUS = 0x0800009f;
const FPSCR_MODES = 0x03c00000;

function fpscr(random: Random): number {
  let value = random.word() & 0xf0000000;
  if (random.chance(0.5)) value |= random.word() & FPSCR_STATUS;
  if (random.chance(0.6)) value |= random.word() & FPSCR_MODES;
  return value;
}

function floatPair(random: Random, state: Int32Array, at: number): void {
  const kind = random.below(100);
  const low = (): number => random.chance(0.5) ? random.word() : random.pick(CORNERS);
  if (kind < 30) {
    state[at] = random.word();
    state[at + 1] = random.word();
  } else if (kind < 55) {
    state[at] = random.pick(SINGLES) | (random.chance(0.2) ? random.below(4) : 0);
    state[at + 1] = random.pick(SINGLES) | (random.chance(0.2) ? random.below(4) : 0);
  } else if (kind < 75) {
    // Values near each other: an exponent around 1 or around the limits of integers.
    for (const i of [at, at + 1]) state[i] = (random.word() & 0x807fffff) | (random.pick([127, 150, 158, 1, 2, 254, 104]) + random.below(4)) << 23;
  } else if (kind < 85) {
    state[at] = low();
    state[at + 1] = random.pick(HIGH_WORDS);
  } else if (kind < 93) {
    state[at] = low();
    state[at + 1] = (random.word() & 0x800fffff) | (random.pick([1023, 1046, 1054, 1, 2046, 897, 874]) + random.below(4) - 1) << 20;
  } else {
    state[at] = random.pick(CORNERS);
    state[at + 1] = random.pick(CORNERS);
  }
}

/** A state at an address; ITSTATE and T are the caller's. */
export function randomState(random: Random, extension: boolean): Int32Array {
  const state = emptyState();
  for (let i = 0; i < 15; i++) state[i] = register(random);
  state[AT_CPSR] = (random.word() & 0xf80f0000) | 0x10;
  if (extension) for (let i = AT_D; i < AT_D + 64; i += 2) floatPair(random, state, i);
  else for (let i = AT_D; i < AT_D + 64; i++) state[i] = Math.imul(i, 0x01000193);
  state[AT_FPSCR] = extension ? fpscr(random) : 0;
  return state;
}

/** Sets FPSCR's LEN and STRIDE to a pair that is not UNPREDICTABLE (DDI 0406C, appendix D11): a vector does not overlap itself within its bank of 8 or 4. */
export function setVectorLength(random: Random, state: Int32Array, double: boolean): void {
  const bank = double ? 4 : 8;
  const wide = random.chance(0.4);
  const length = 2 + random.below((wide ? bank / 2 : bank) - 1);
  state[AT_FPSCR] = state[AT_FPSCR]! | (length - 1) << 16 | (wide ? 3 : 0) << 20;
}

/** The window's content: data of all kinds, and addresses that a load may branch to (no odd halfword in A32: bits 1-0 are never 10). */
export function randomWindow(random: Random): Int32Array {
  const words = new Int32Array(WINDOW_SIZE / 4);
  for (let i = 0; i < words.length; i++) {
    const value = random.chance(0.4) ? landing(random) : random.chance(0.3) ? random.pick(SINGLES) : register(random);
    words[i] = (value & 3) === 2 ? value ^ 2 : value;
  }
  return words;
}

if (STATE_WORDS !== AT_FPSCR + 1) throw new Error('the state ends with FPSCR');
