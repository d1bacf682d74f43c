/**
 * For tests: random A32 and T32 programs with loops, calls, memory, flags, IT blocks, faults and stores to their own code. Fixed points: code at CODE, data at
 * DATA, vectors at 0 that return behind the faulting instruction. The code lies in two pages.
 */
import type { FlatMachine } from '../flat-machine.testing.ts';
import { STATE } from '../layout.ts';
import type { Random } from './lockstep.testing.ts';

export const CODE = 0x8f40;
export const DATA = 0x20000;
/** Words of code. */
const LENGTH = 120;

const SUBTRACT_LR_4 = 0xe25ef004;
const MOVE_LR = 0xe1b0f00e;

function dataProcessing(r: Random, condition: number): number {
  const op = r.below(16);
  const S = op >= 8 && op < 12 ? 1 << 20 : r.chance(40) ? 1 << 20 : 0;
  const common = condition | op << 21 | S | r.below(10) << 16 | r.below(8) << 12;
  switch (r.below(3)) {
    case 0: return common | 1 << 25 | r.below(4096);
    case 1: return common | r.below(32) << 7 | r.below(4) << 5 | r.below(10);
    default: return common | r.below(8) << 8 | r.below(4) << 5 | 0x10 | r.below(10);
  }
}

function multiply(r: Random, condition: number): number {
  const S = r.chance(40) ? 1 << 20 : 0;
  const rest = S | r.below(8) << 8 | 0x90 | r.below(10);
  const d = r.below(8);
  switch (r.below(3)) {
    case 0: return condition | rest | d << 16;
    case 1: return condition | 1 << 21 | rest | d << 16 | r.below(10) << 12;
    default: return condition | (4 + r.below(4)) << 21 | rest | d << 16 | ((d + 1) & 7) << 12;
  }
}

function media(r: Random, condition: number): number {
  const registers = r.below(10) << 16 | r.below(8) << 12 | r.below(10);
  switch (r.below(4)) {
    case 0: return condition | 0x06000f10 | r.pick([1, 2, 3, 5, 6, 7]) << 20 | r.pick([0, 1, 2, 3, 4, 7]) << 5 | registers;
    case 1: return condition | 0x06800fb0 | registers; // SEL
    case 2: return condition | r.pick([0x06a00070, 0x06b00070, 0x06e00070, 0x06f00070]) | registers;
    default: return condition | 0x01000050 | r.below(4) << 21 | registers; // QADD and its kin
  }
}

/** Bases are R8-R11, which point into the data, R10 near a page's end. */
function memory(r: Random, condition: number): number {
  const base = (8 + r.below(4)) << 16;
  const t = r.below(8);
  const L = r.below(2) << 20;
  switch (r.below(8)) {
    case 0: return condition | 0x08000000 | r.below(4) << 23 | r.below(2) << 21 | L | base | (r.below(255) + 1);
    case 1: {
      const kind = r.below(3) + 1;
      return condition | 1 << 24 | r.below(2) << 23 | 1 << 22 | L | base | (kind !== 1 && L === 0 ? t & ~1 : t) << 12 | r.below(4) << 9 | 0x90 | kind << 5 | r.below(4) * 2;
    }
    case 2: return condition | 0x051f0000 | r.below(2) << 23 | t << 12 | r.below(60) * 4; // from the code
    case 3: return r.chance(50) ? condition | 0x01900f9f | base | t << 12 : condition | 0x01800f90 | base | t << 12 | ((t + 1) & 7);
    default: {
      const P = r.chance(75) ? 1 << 24 : 0;
      const W = P !== 0 && r.chance(15) ? 1 << 21 : 0;
      const B = r.below(2);
      const offset = B !== 0 ? r.below(64) : r.below(16) * 4 + (r.chance(3) ? 1 : 0);
      return condition | 0x04000000 | P | r.below(2) << 23 | B << 22 | W | L | base | t << 12 | offset;
    }
  }
}

function system(r: Random, condition: number): number {
  return r.pick([
    condition | 0x010f0000 | r.below(8) << 12, condition | 0x0128f000 | r.below(10), condition | 0x0328f000 | r.below(4096), 0xf10c0080, 0xf1080080,
    0xee1d0f90 | r.below(8) << 12, 0xee1d0f70 | r.below(8) << 12, 0xee110f10 | r.below(8) << 12,
  ]);
}

function a32(r: Random, index: number): number {
  const condition = r.chance(70) ? 14 << 28 : r.below(14) << 28;
  const kind = r.below(100);
  if (kind < 38) return dataProcessing(r, condition);
  if (kind < 42) return multiply(r, condition);
  if (kind < 46) return media(r, condition);
  if (kind < 78) return memory(r, condition);
  if (kind < 80) return system(r, condition);
  if (kind < 81) return condition | 0x05800000 | 12 << 16 | r.below(8) << 12 | r.below(LENGTH) * 4; // a store to the code
  const to = (r.below(LENGTH) - index - 2) & 0xffffff;
  if (kind < 84) return condition | 0x0b000000 | to;
  if (kind < 87) return condition | 0x012fff1e;
  if (kind < 88) return condition | 0x01a0f00e;
  return (r.chance(85) ? r.below(14) << 28 : 14 << 28) | 0x0a000000 | to;
}

/** One instruction at byte `at`, as halfwords. Bases are R4, R5 and SP. */
function t32(r: Random, at: number): number[] {
  const d = r.below(8);
  const n = r.below(8);
  const m = r.below(8);
  const kind = r.below(100);
  const to = (r.below(LENGTH * 2) * 2 - at - 4) >> 1;
  const wide = r.pick([0, 1, 2, 3, 4, 8, 10, 11, 13, 14]) << 5 | r.below(2) << 4 | n;
  if (kind < 8) return [0x2000 | r.below(4) << 11 | d << 8 | r.below(256)];
  if (kind < 16) return [0x1800 | r.below(4) << 9 | m << 6 | n << 3 | d];
  if (kind < 22) return [r.below(3) << 11 | r.below(32) << 6 | n << 3 | d];
  if (kind < 32) return [0x4000 | r.below(16) << 6 | n << 3 | d];
  if (kind < 34) return [0x4400 | r.pick([0, 2]) << 8 | n << 3 | d];
  if (kind < 42) return [r.pick([0x6000, 0x6800, 0x7000, 0x7800, 0x8000, 0x8800]) | r.below(16) << 6 | r.pick([4, 5]) << 3 | r.pick([0, 1, 2, 3, 6, 7])];
  if (kind < 44) return [0x9000 | r.below(2) << 11 | d << 8 | r.below(32)];
  if (kind < 46) return [0x4800 | d << 8 | r.below(20)];
  if (kind < 48) return [r.pick([0xb400, 0xbc00]) | (r.below(255) + 1)];
  if (kind < 50) return [0xb200 | r.below(4) << 6 | n << 3 | d];
  if (kind < 52) return [0xba00 | r.pick([0, 1, 3]) << 6 | n << 3 | d];
  if (kind < 55) return [0xb100 | r.below(2) << 11 | r.below(30) << 3 | d];
  if (kind < 62) return [to >= -128 && to < 128 ? 0xd000 | r.below(14) << 8 | (to & 255) : 0xbf00];
  if (kind < 64) return [0xe000 | (to & 0x7ff)];
  if (kind < 72) return [0xbf00 | r.below(14) << 4 | (r.below(15) + 1)];
  if (kind < 78) return [0xf000 | r.below(2) << 10 | wide, r.below(8) << 12 | d << 8 | r.below(256)];
  if (kind < 84) return [0xea00 | wide, r.below(8) << 12 | d << 8 | r.below(16) << 4 | m];
  if (kind < 88) return [r.pick([0xf8c0, 0xf8d0, 0xf880, 0xf890, 0xf8a0, 0xf8b0, 0xf990, 0xf9b0]) | r.pick([4, 5]), d << 12 | (r.below(256) & ~3)];
  if (kind < 90) return [r.pick([0xe8a0, 0xe8b0, 0xe880, 0xe890]) | r.pick([4, 5]), (r.below(256) & 0xcf) | 1];
  if (kind < 92) return [0xfb00 | n, 0xf000 | d << 8 | m];
  if (kind < 93) return [0xfb80 | r.pick([0, 2, 4, 6]) << 4 | n, d << 12 | ((d + 1) & 7) << 8 | m];
  if (kind < 95) return [0xf000 | ((to >> 11) & 0x7ff) | (to < 0 ? 0x400 : 0), 0xf800 | (to & 0x7ff)];
  if (kind < 97) return [0x4770];
  if (kind < 98) return [0xe8df, 0xf000 | m]; // TBB [PC, Rm]
  return [0xbf00];
}

/** Makes a random program; the result puts it, its data and its registers into a machine. */
export function randomProgram(r: Random, thumb: boolean): (machine: FlatMachine) => void {
  const code = new Uint8Array(LENGTH * 4 + 8);
  const view = new DataView(code.buffer);
  let at = 0;
  while (at < LENGTH * 4) {
    if (!thumb) {
      view.setInt32(at, a32(r, at / 4), true);
      at += 4;
      continue;
    }
    for (const half of t32(r, at)) {
      view.setUint16(at, half, true);
      at += 2;
    }
  }
  // Back to the start.
  if (thumb) view.setUint16(at, 0xe000 | ((-(at + 4) >> 1) & 0x7ff), true);
  else view.setInt32(at, 0xea000000 | ((-(at + 8) >> 2) & 0xffffff), true);
  const registers = Array.from({ length: 8 }, () => r.next() | 0);
  const data = Uint8Array.from({ length: 0x3000 }, () => r.below(256));
  return (machine) => {
    machine.load(0, [0xe1a00000, MOVE_LR, MOVE_LR, MOVE_LR, SUBTRACT_LR_4, 0xe1a00000, SUBTRACT_LR_4, SUBTRACT_LR_4]);
    machine.load(CODE, code);
    machine.load(DATA, data);
    if (thumb) machine.core.cpsr = machine.core.cpsr | 1 << 5;
    const s = machine.memory.i32;
    registers.forEach((value, i) => { s[STATE.r + i] = value; });
    if (thumb) {
      s[STATE.r + 4] = DATA + 0x400;
      s[STATE.r + 5] = DATA + 0xff0;
    }
    s[STATE.r + 8] = DATA + 0x800;
    s[STATE.r + 9] = DATA + 0x1000;
    s[STATE.r + 10] = DATA + 0x1ff0;
    s[STATE.r + 11] = DATA + 0x100;
    s[STATE.r + 12] = CODE;
    s[STATE.r + 13] = DATA + 0x2800;
    s[STATE.r + 14] = CODE + 40 + (thumb ? 1 : 0);
    s[STATE.r + 15] = CODE;
  };
}
