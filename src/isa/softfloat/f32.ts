/**
 * binary32 arithmetic (DDI 0406C, A2.7.8 "Floating-point operations": FPAdd, FPMul, FPDiv, FPSqrt, FPMax, FPMin, FPCompare, FPRound).
 *
 * Inside, a finite number is sign, biased exponent and a significand of 31 bits with its leading one at bit 30: seven bits beyond the format's 24,
 * of which the lowest is sticky.
 */
import {
  DZC, type FloatContext, IDC, IOC, IXC, MINUS_INFINITY, NEAREST, OFC, PLUS_INFINITY, roundsUp, shiftRightJam32, UFC,
} from './context.ts';

const SIGN = 0x80000000 | 0;
const INFINITY = 0x7f800000;
const DEFAULT_NAN = 0x7fc00000;
const QUIET = 0x00400000;

export const isNaN32 = (a: number): boolean => (a & 0x7fffffff) > INFINITY;
const isSignalling = (a: number): boolean => isNaN32(a) && (a & QUIET) === 0;

/** FPUnpack's flush of denormal operands. */
export function flush32(c: FloatContext, a: number): number {
  if (c.flushToZero && (a & INFINITY) === 0 && (a & 0x7fffff) !== 0) {
    c.flags |= IDC;
    return a & SIGN;
  }
  return a | 0;
}

export function invalid32(c: FloatContext): number {
  c.flags |= IOC;
  return DEFAULT_NAN;
}

/** FPProcessNaN. */
export function processNaN32(c: FloatContext, a: number): number {
  if ((a & QUIET) === 0) c.flags |= IOC;
  return c.defaultNaN ? DEFAULT_NAN : a | QUIET;
}

/** FPProcessNaNs, where one operand at least is a NaN. */
export function processNaNs32(c: FloatContext, a: number, b: number): number {
  if (isSignalling(a)) return processNaN32(c, a);
  if (isSignalling(b)) return processNaN32(c, b);
  return processNaN32(c, isNaN32(a) ? a : b);
}

/** FPRound. `sig` has its leading one at bit 30 and is worth 1 there times 2^(exponent - 127). */
export function roundPack32(c: FloatContext, sign: number, exponent: number, sig: number): number {
  let e = exponent;
  let s = sig;
  const tiny = e <= 0;
  if (tiny) {
    if (c.flushToZero) {
      c.flags |= UFC;
      return sign;
    }
    s = shiftRightJam32(s, 1 - e);
    e = 1;
  }
  const lost = s & 0x7f;
  s >>>= 7;
  if (lost !== 0) {
    c.flags |= tiny ? UFC | IXC : IXC;
    if (roundsUp(c, sign !== 0, (s & 1) !== 0, (lost & 0x40) !== 0, (lost & 0x3f) !== 0)) s++;
  }
  // The leading one, if there, adds 1 to the exponent; so does a carry out of the significand.
  const magnitude = (e - 1) * 0x800000 + s;
  if (magnitude >= INFINITY) {
    c.flags |= OFC | IXC;
    const toInfinity = c.rounding === NEAREST || c.rounding === (sign === 0 ? PLUS_INFINITY : MINUS_INFINITY);
    return sign | (toInfinity ? INFINITY : INFINITY - 1);
  }
  return sign | magnitude;
}

/** As roundPack32, for a significand other than zero with its leading one anywhere in 32 bits up to bit 30. */
export function normalizeRoundPack32(c: FloatContext, sign: number, exponent: number, sig: number): number {
  const shift = Math.clz32(sig) - 1;
  return roundPack32(c, sign, exponent - shift, sig << shift);
}

/** Biased exponent of a finite number other than zero, once it is normalised. */
export function exponent32(a: number): number {
  const e = (a >>> 23) & 0xff;
  return e !== 0 ? e : 9 - Math.clz32(a & 0x7fffff);
}

/** 24-bit significand of a finite number other than zero, normalised. */
export function significand32(a: number): number {
  const f = a & 0x7fffff;
  return (a & INFINITY) !== 0 ? f | 0x800000 : f << (Math.clz32(f) - 8);
}

const exactZero = (c: FloatContext): number => c.rounding === MINUS_INFINITY ? SIGN : 0;

export function add32(c: FloatContext, x: number, y: number): number {
  const a = flush32(c, x);
  const b = flush32(c, y);
  const magnitudeA = a & 0x7fffffff;
  const magnitudeB = b & 0x7fffffff;
  if (magnitudeA >= INFINITY || magnitudeB >= INFINITY) {
    if (isNaN32(a) || isNaN32(b)) return processNaNs32(c, a, b);
    if (magnitudeA !== INFINITY) return b;
    return magnitudeB === INFINITY && a !== b ? invalid32(c) : a;
  }
  if (magnitudeB === 0) return magnitudeA !== 0 || a === b ? a : exactZero(c);
  if (magnitudeA === 0) return b;
  const aIsLarger = magnitudeA >= magnitudeB;
  const large = aIsLarger ? a : b;
  const small = aIsLarger ? b : a;
  const sign = large & SIGN;
  const e = exponent32(large);
  const sigLarge = significand32(large) << 7;
  const sigSmall = shiftRightJam32(significand32(small) << 7, e - exponent32(small));
  if (((a ^ b) & SIGN) === 0) {
    const sum = (sigLarge + sigSmall) | 0;
    return sum < 0 ? roundPack32(c, sign, e + 1, shiftRightJam32(sum, 1)) : roundPack32(c, sign, e, sum);
  }
  const difference = sigLarge - sigSmall;
  return difference === 0 ? exactZero(c) : normalizeRoundPack32(c, sign, e, difference);
}

/** The difference; a NaN operand keeps its sign. */
export function sub32(c: FloatContext, x: number, y: number): number {
  if (!isNaN32(x) && !isNaN32(y)) return add32(c, x, y ^ SIGN);
  return processNaNs32(c, flush32(c, x), flush32(c, y));
}

export function mul32(c: FloatContext, x: number, y: number): number {
  const a = flush32(c, x);
  const b = flush32(c, y);
  const magnitudeA = a & 0x7fffffff;
  const magnitudeB = b & 0x7fffffff;
  const sign = (a ^ b) & SIGN;
  if (magnitudeA >= INFINITY || magnitudeB >= INFINITY) {
    if (isNaN32(a) || isNaN32(b)) return processNaNs32(c, a, b);
    return magnitudeA === 0 || magnitudeB === 0 ? invalid32(c) : sign | INFINITY;
  }
  if (magnitudeA === 0 || magnitudeB === 0) return sign;
  // 48 bits are exact in a double; 31 of them are kept.
  const product = significand32(a) * significand32(b);
  let top = Math.floor(product / 0x20000);
  if (top * 0x20000 !== product) top |= 1;
  const e = exponent32(a) + exponent32(b) - 126;
  return top < 0x40000000 ? roundPack32(c, sign, e - 1, top << 1) : roundPack32(c, sign, e, top);
}

export function div32(c: FloatContext, x: number, y: number): number {
  const a = flush32(c, x);
  const b = flush32(c, y);
  const magnitudeA = a & 0x7fffffff;
  const magnitudeB = b & 0x7fffffff;
  const sign = (a ^ b) & SIGN;
  if (magnitudeA >= INFINITY || magnitudeB >= INFINITY) {
    if (isNaN32(a) || isNaN32(b)) return processNaNs32(c, a, b);
    if (magnitudeA === INFINITY) return magnitudeB === INFINITY ? invalid32(c) : sign | INFINITY;
    return sign;
  }
  if (magnitudeB === 0) {
    if (magnitudeA === 0) return invalid32(c);
    c.flags |= DZC;
    return sign | INFINITY;
  }
  if (magnitudeA === 0) return sign;
  let e = exponent32(a) - exponent32(b) + 127;
  let dividend = significand32(a);
  const divisor = significand32(b);
  if (dividend < divisor) {
    dividend *= 2;
    e--;
  }
  // 27 quotient bits: dividend and product are below 2^51, and a quotient of doubles that is not whole stays below the next integer.
  const scaled = dividend * 0x4000000;
  const quotient = Math.floor(scaled / divisor);
  return roundPack32(c, sign, e, (quotient << 4) | (quotient * divisor === scaled ? 0 : 1));
}

export function sqrt32(c: FloatContext, x: number): number {
  const a = flush32(c, x);
  if (isNaN32(a)) return processNaN32(c, a);
  if ((a & 0x7fffffff) === 0) return a;
  if (a < 0) return invalid32(c);
  if (a === INFINITY) return a;
  const e = exponent32(a) - 127;
  // A radicand of 51 or 52 bits is exact in a double, and its root far enough below the next integer.
  const radicand = significand32(a) * ((e & 1) === 0 ? 0x8000000 : 0x10000000);
  let root = Math.floor(Math.sqrt(radicand));
  if (root * root > radicand) root--;
  return roundPack32(c, 0, (e >> 1) + 127, (root << 5) | (root * root === radicand ? 0 : 1));
}

/** Less, equal or greater, of numbers that are no NaNs. */
export function order32(a: number, b: number): -1 | 0 | 1 {
  if (((a | b) & 0x7fffffff) === 0) return 0;
  const x = a < 0 ? SIGN - a : a;
  const y = b < 0 ? SIGN - b : b;
  return x < y ? -1 : x > y ? 1 : 0;
}

/** FPCompare: N, Z, C, V in bits 3-0. */
export function compare32(c: FloatContext, x: number, y: number, signalling: boolean): number {
  const a = flush32(c, x);
  const b = flush32(c, y);
  if (isNaN32(a) || isNaN32(b)) {
    if (signalling || isSignalling(a) || isSignalling(b)) c.flags |= IOC;
    return 3;
  }
  const order = order32(a | 0, b | 0);
  return order < 0 ? 8 : order === 0 ? 6 : 2;
}

/** FPMax and FPMin: +0 is above -0. */
export function max32(c: FloatContext, x: number, y: number): number {
  const a = flush32(c, x);
  const b = flush32(c, y);
  if (isNaN32(a) || isNaN32(b)) return processNaNs32(c, a, b);
  const order = order32(a, b);
  return order === 0 ? a & b : order > 0 ? a : b;
}

export function min32(c: FloatContext, x: number, y: number): number {
  const a = flush32(c, x);
  const b = flush32(c, y);
  if (isNaN32(a) || isNaN32(b)) return processNaNs32(c, a, b);
  const order = order32(a, b);
  return order === 0 ? a | b : order < 0 ? a : b;
}
