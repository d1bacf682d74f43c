/**
 * What each vector primitive does to one lane (DDI 0406C, A8, Advanced SIMD instructions): pure functions, in tables by operation and element type.
 *
 * A lane of up to 32 bits comes in as a number, sign- or zero-extended as its type says (floating-point: the bit pattern), and what goes out is truncated by the
 * caller. Lanes of 64 bits are pairs of int32. Saturation (QC) and floating-point exceptions are OR-ed into the context's flags.
 */
import {
  add32, compare32, type FloatContext, max32, min32, mul32, QC, recps32, rsqrts32, sub32,
} from '../softfloat/index.ts';
import type { ElementType, VectorBinary } from '../vector-ops.ts';
import { ELEMENT_TYPES, type TypeInfo, TYPES } from './types.ts';

export type LaneBinary = (c: FloatContext, a: number, b: number) => number;
/** Operations of the table: those of the interface, and what only immediates offer. */
export type LaneOperation = VectorBinary | 'qshlu';

export function saturate(c: FloatContext, value: number, min: number, max: number): number {
  if (value > max) {
    c.flags |= QC;
    return max;
  }
  if (value < min) {
    c.flags |= QC;
    return min;
  }
  return value;
}

/** The signed byte that gives a shift's distance. */
const distance = (b: number): number => (b << 24) >> 24;

/** Value shifted without bound: exact, since a double only changes its exponent. Beyond 64 nothing differs. */
const scaled = (a: number, shift: number): number => a * 2 ** shift;
const shifted = (a: number, shift: number, size: number): number =>
  shift >= size ? 0 : Math.floor(scaled(a, shift));
/** With rounding of what a right shift loses: halves go up. */
const shiftedRounded = (a: number, shift: number, size: number): number =>
  shift >= 0 ? shifted(a, shift, size) : Math.floor(scaled(a, shift) + 0.5);

/** PolynomialMult, low 32 bits. */
function polynomialMultiply(a: number, b: number): number {
  let result = 0;
  for (let i = 0; i < 16; i++) if (((b >>> i) & 1) !== 0) result ^= a << i;
  return result;
}

/** High word of the signed product, and low word, for 32-bit lanes: doubled and rounded as asked. */
function doublingHigh32(a: number, b: number, round: boolean): number {
  const low = Math.imul(a, b);
  // The product is hi * 2^32 + low; hi comes from 16-bit parts, each exact.
  const al = a & 0xffff;
  const ah = a >> 16;
  const bl = b & 0xffff;
  const bh = b >> 16;
  const middle = ah * bl + Math.floor(al * bl / 0x10000);
  const cross = al * bh + (middle & 0xffff);
  let hi = ah * bh + (Math.floor(middle / 0x10000)) + Math.floor(cross / 0x10000);
  let lo = low >>> 0;
  if (round) {
    lo += 0x40000000;
    if (lo > 0xffffffff) {
      lo -= 0x100000000;
      hi++;
    }
  }
  return (hi << 1) | (lo >>> 31);
}

function doublingHigh(size: number, round: boolean): LaneBinary {
  if (size === 16) return (c, a, b) => saturate(c, (2 * a * b + (round ? 0x8000 : 0)) >= 0x80000000 ? 0x8000 : (2 * a * b + (round ? 0x8000 : 0)) >> 16, -0x8000, 0x7fff);
  return (c, a, b) => {
    if (a === -0x80000000 && b === -0x80000000) return saturate(c, 0x80000000, -0x80000000, 0x7fffffff);
    return doublingHigh32(a, b, round);
  };
}

const truth = (condition: boolean): number => condition ? -1 : 0;
const MAGNITUDE = 0x7fffffff;

function floatLane(op: LaneOperation): LaneBinary | undefined {
  switch (op) {
    case 'add': return add32;
    case 'sub': return sub32;
    case 'mul': return mul32;
    case 'max': return max32;
    case 'min': return min32;
    case 'abd': return (c, a, b) => sub32(c, a, b) & MAGNITUDE;
    case 'recps': return recps32;
    case 'rsqrts': return rsqrts32;
    // FPCompareEQ is quiet; GE and GT are not.
    case 'eq': return (c, a, b) => truth(compare32(c, a, b, false) === 6);
    case 'ge': return (c, a, b) => truth((compare32(c, a, b, true) & 9) === 0);
    case 'gt': return (c, a, b) => truth(compare32(c, a, b, true) === 2);
    case 'absGe': return (c, a, b) => truth((compare32(c, a & MAGNITUDE, b & MAGNITUDE, true) & 9) === 0);
    case 'absGt': return (c, a, b) => truth(compare32(c, a & MAGNITUDE, b & MAGNITUDE, true) === 2);
    default: return undefined;
  }
}

function integerLane(op: LaneOperation, type: ElementType, { size, min, max }: TypeInfo): LaneBinary | undefined {
  switch (op) {
    case 'add': return (_c, a, b) => a + b;
    case 'sub': return (_c, a, b) => a - b;
    case 'mul': return type.startsWith('p') ? (_c, a, b) => polynomialMultiply(a, b) : (_c, a, b) => Math.imul(a, b);
    case 'qadd': return (c, a, b) => saturate(c, a + b, min, max);
    case 'qsub': return (c, a, b) => saturate(c, a - b, min, max);
    case 'hadd': return (_c, a, b) => Math.floor((a + b) / 2);
    case 'hsub': return (_c, a, b) => Math.floor((a - b) / 2);
    case 'rhadd': return (_c, a, b) => Math.floor((a + b + 1) / 2);
    case 'abd': return (_c, a, b) => Math.abs(a - b);
    case 'max': return (_c, a, b) => a > b ? a : b;
    case 'min': return (_c, a, b) => a < b ? a : b;
    case 'eq': return (_c, a, b) => truth(a === b);
    case 'ge': return (_c, a, b) => truth(a >= b);
    case 'gt': return (_c, a, b) => truth(a > b);
    case 'tst': return (_c, a, b) => truth((a & b) !== 0);
    case 'shl': return (_c, a, b) => shifted(a, distance(b), size);
    case 'rshl': return (_c, a, b) => shiftedRounded(a, distance(b), size);
    case 'qshl': return (c, a, b) => saturate(c, Math.floor(scaled(a, distance(b))), min, max);
    case 'qrshl': return (c, a, b) => saturate(c, distance(b) >= 0 ? scaled(a, distance(b)) : Math.floor(scaled(a, distance(b)) + 0.5), min, max);
    case 'qshlu': return (c, a, b) => saturate(c, scaled(a, distance(b)), 0, 2 ** size - 1);
    case 'qdmulh': return size === 16 || size === 32 ? doublingHigh(size, false) : undefined;
    case 'qrdmulh': return size === 16 || size === 32 ? doublingHigh(size, true) : undefined;
    case 'qdmull': return size === 32 ? (c, a, b) => saturate(c, 2 * a * b, min, max) : undefined;
    default: return undefined;
  }
}

/** Bitwise operations, which have no type. */
export const BITWISE: Readonly<Partial<Record<VectorBinary, (a: number, b: number) => number>>> = {
  and: (a, b) => a & b,
  bic: (a, b) => a & ~b,
  or: (a, b) => a | b,
  orn: (a, b) => a | ~b,
  xor: (a, b) => a ^ b,
};

const OPERATIONS: readonly LaneOperation[] = [
  'add', 'sub', 'mul', 'qadd', 'qsub', 'hadd', 'hsub', 'rhadd', 'abd', 'max', 'min', 'eq', 'ge', 'gt', 'tst', 'absGe', 'absGt', 'recps', 'rsqrts',
  'shl', 'qshl', 'rshl', 'qrshl', 'qshlu', 'qdmulh', 'qrdmulh', 'qdmull',
];

function tableOf(op: LaneOperation): Readonly<Partial<Record<ElementType, LaneBinary>>> {
  const table: Partial<Record<ElementType, LaneBinary>> = {};
  for (const type of ELEMENT_TYPES) {
    const info = TYPES[type];
    const lane = info.float ? floatLane(op) : info.size === 64 ? undefined : integerLane(op, type, info);
    if (lane !== undefined) table[type] = lane;
  }
  return table;
}

/** Lanes of up to 32 bits. */
export const BINARY = Object.fromEntries(OPERATIONS.map((op) => [op, tableOf(op)])) as
  Readonly<Record<LaneOperation, Readonly<Partial<Record<ElementType, LaneBinary>>>>>;

export type LaneUnary = (a: number, c: FloatContext) => number;

const bitCount = (value: number): number => {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) count++;
  return count;
};

/** VABS, VNEG, VQABS, VQNEG, VCLS, VCLZ, VCNT of integers of `size` bits, sign-extended (clz and cnt: zero-extended). */
export function integerUnary(op: 'abs' | 'neg' | 'qabs' | 'qneg' | 'cls' | 'clz' | 'cnt', size: number, a: number, c: FloatContext): number {
  const max = 2 ** (size - 1) - 1;
  switch (op) {
    case 'abs': return Math.abs(a);
    case 'neg': return -a;
    case 'qabs': return saturate(c, Math.abs(a), -max - 1, max);
    case 'qneg': return saturate(c, -a, -max - 1, max);
    case 'cls': return Math.clz32(a < 0 ? ~a : a) - (32 - size) - 1;
    case 'clz': return Math.clz32(a) - (32 - size);
    case 'cnt': return bitCount(a | 0);
  }
}
