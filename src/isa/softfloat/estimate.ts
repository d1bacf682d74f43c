/**
 * Reciprocal and reciprocal square root estimates and steps of Advanced SIMD (DDI 0406C, A2.7.8: FPRecipEstimate, UnsignedRecipEstimate,
 * FPRSqrtEstimate, UnsignedRSqrtEstimate, FPRecipStep, FPRSqrtStep). Always under the standard FPSCR value.
 */
import { DZC, type FloatContext, IOC, UFC } from './context.ts';
import { add32, div32, flush32, isNaN32, mul32, processNaN32, processNaNs32 } from './f32.ts';

const SIGN = 0x80000000 | 0;
const INFINITY = 0x7f800000;
const TWO = 0x40000000;
const THREE = 0x40400000;
const ONE_AND_A_HALF = 0x3fc00000;

/** recip_estimate for the operand q / 512, 256 <= q < 512: the estimate times 256, 256-511. */
function recipEstimate(q: number): number {
  // floor(256 * r + 0.5) with r = 512 / (q + 0.5), in whole numbers.
  const d = 2 * q + 1;
  return Math.floor((2 * 256 * 1024 + d) / (2 * d));
}

/**
 * recip_sqrt_estimate for the operand (q + 0.5) / 512 below 0.5 (128 <= q < 256), or (q + 0.5) / 256 from 0.5 on (`upper`, 128 <= q < 256): the
 * estimate times 256, 256-511.
 */
function rsqrtEstimate(q: number, upper: boolean): number {
  // The largest s with s - 0.5 <= 256 / sqrt(x), that is (2s - 1)^2 (2q + 1) <= 512^2 * scale, scale = 1024 or 512.
  const limit = 512 * 512 * (upper ? 512 : 1024);
  let s = 256;
  while ((2 * s + 1) * (2 * s + 1) * (2 * q + 1) <= limit) s++;
  return s;
}

/** VRECPE.F32 */
export function recpe32(c: FloatContext, x: number): number {
  const a = flush32(c, x);
  if (isNaN32(a)) return processNaN32(c, a);
  const sign = a & SIGN;
  const magnitude = a & 0x7fffffff;
  if (magnitude === INFINITY) return sign;
  if (magnitude === 0) {
    c.flags |= DZC;
    return sign | INFINITY;
  }
  const e = magnitude >>> 23;
  if (e >= 253) { // 2^126 and above: the result would be denormal
    c.flags |= UFC;
    return sign;
  }
  return sign | ((253 - e) << 23) | ((recipEstimate(0x100 | ((magnitude >>> 15) & 0xff)) & 0xff) << 15);
}

/** VRECPE.U32 */
export function recpeU32(a: number): number {
  return a >= 0 ? -1 : recipEstimate((a >>> 23) & 0x1ff) << 23;
}

/** VRSQRTE.F32 */
export function rsqrte32(c: FloatContext, x: number): number {
  const a = flush32(c, x);
  if (isNaN32(a)) return processNaN32(c, a);
  const magnitude = a & 0x7fffffff;
  if (magnitude === 0) {
    c.flags |= DZC;
    return (a & SIGN) | INFINITY;
  }
  if (a < 0) {
    c.flags |= IOC;
    return 0x7fc00000;
  }
  if (magnitude === INFINITY) return 0;
  const e = magnitude >>> 23;
  const q = 0x80 | ((magnitude >>> 16) & 0x7f);
  return (((380 - e) >>> 1) << 23) | ((rsqrtEstimate(q, (e & 1) === 0) & 0xff) << 15);
}

/** VRSQRTE.U32 */
export function rsqrteU32(a: number): number {
  if ((a & 0xc0000000) === 0) return -1;
  return a < 0 ? rsqrtEstimate(a >>> 24, true) << 23 : rsqrtEstimate(a >>> 23, false) << 23;
}

const isInfinityTimesZero = (a: number, b: number): boolean =>
  ((a & 0x7fffffff) === INFINITY && (b & 0x7fffffff) === 0) || ((b & 0x7fffffff) === INFINITY && (a & 0x7fffffff) === 0);

/** VRECPS: 2 - a * b. */
export function recps32(c: FloatContext, x: number, y: number): number {
  const a = flush32(c, x);
  const b = flush32(c, y);
  if (isNaN32(a) || isNaN32(b)) return processNaNs32(c, a, b);
  if (isInfinityTimesZero(a, b)) return TWO;
  return add32(c, TWO, mul32(c, a, b) ^ SIGN);
}

/** VRSQRTS: (3 - a * b) / 2. */
export function rsqrts32(c: FloatContext, x: number, y: number): number {
  const a = flush32(c, x);
  const b = flush32(c, y);
  if (isNaN32(a) || isNaN32(b)) return processNaNs32(c, a, b);
  if (isInfinityTimesZero(a, b)) return ONE_AND_A_HALF;
  return div32(c, add32(c, THREE, mul32(c, a, b) ^ SIGN), TWO);
}
