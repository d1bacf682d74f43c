/**
 * binary64 arithmetic, as f32.ts. Operands are pairs (high word, low word) of int32; results are in the context's `hi` and `lo`.
 *
 * Inside, the significand is a pair with its leading one at bit 62: ten bits beyond the format's 53, of which the lowest is sticky.
 */
import {
  DZC, type FloatContext, IDC, IOC, IXC, MINUS_INFINITY, NEAREST, OFC, PLUS_INFINITY, roundsUp, shiftRightJam64, UFC,
} from './context.ts';

const SIGN = 0x80000000 | 0;
const INFINITY = 0x7ff00000;
const QUIET = 0x00080000;

export const isNaN64 = (hi: number, lo: number): boolean => {
  const magnitude = hi & 0x7fffffff;
  return magnitude > INFINITY || (magnitude === INFINITY && lo !== 0);
};
const isSignalling = (hi: number, lo: number): boolean => isNaN64(hi, lo) && (hi & QUIET) === 0;
const isZero = (hi: number, lo: number): boolean => ((hi & 0x7fffffff) | lo) === 0;

function give(c: FloatContext, hi: number, lo: number): void {
  c.hi = hi;
  c.lo = lo;
}

/** Whether FPUnpack takes the operand for zero; notes the flush. */
export function flushes64(c: FloatContext, hi: number, lo: number): boolean {
  if (c.flushToZero && (hi & INFINITY) === 0 && ((hi & 0xfffff) | lo) !== 0) {
    c.flags |= IDC;
    return true;
  }
  return false;
}

export function invalid64(c: FloatContext): void {
  c.flags |= IOC;
  give(c, 0x7ff80000, 0);
}

/** FPProcessNaN. */
export function processNaN64(c: FloatContext, hi: number, lo: number): void {
  if ((hi & QUIET) === 0) c.flags |= IOC;
  if (c.defaultNaN) give(c, 0x7ff80000, 0);
  else give(c, hi | QUIET, lo);
}

/** FPProcessNaNs, where one operand at least is a NaN. */
export function processNaNs64(c: FloatContext, ah: number, al: number, bh: number, bl: number): void {
  if (isSignalling(ah, al)) processNaN64(c, ah, al);
  else if (isSignalling(bh, bl)) processNaN64(c, bh, bl);
  else if (isNaN64(ah, al)) processNaN64(c, ah, al);
  else processNaN64(c, bh, bl);
}

/** FPRound. The significand has its leading one at bit 62 and is worth 1 there times 2^(exponent - 1023). */
export function roundPack64(c: FloatContext, sign: number, exponent: number, sigHi: number, sigLo: number): void {
  let e = exponent;
  const tiny = e <= 0;
  if (tiny) {
    if (c.flushToZero) {
      c.flags |= UFC;
      return give(c, sign, 0);
    }
    shiftRightJam64(c, sigHi, sigLo, 1 - e);
    e = 1;
  } else {
    give(c, sigHi, sigLo);
  }
  const lost = c.lo & 0x3ff;
  let lo = (c.lo >>> 10) | (c.hi << 22);
  let hi = c.hi >>> 10;
  if (lost !== 0) {
    c.flags |= tiny ? UFC | IXC : IXC;
    if (roundsUp(c, sign !== 0, (lo & 1) !== 0, (lost & 0x200) !== 0, (lost & 0x1ff) !== 0)) {
      lo = (lo + 1) | 0;
      if (lo === 0) hi++;
    }
  }
  const magnitude = (e - 1) * 0x100000 + hi;
  if (magnitude >= INFINITY) {
    c.flags |= OFC | IXC;
    const toInfinity = c.rounding === NEAREST || c.rounding === (sign === 0 ? PLUS_INFINITY : MINUS_INFINITY);
    return toInfinity ? give(c, sign | INFINITY, 0) : give(c, sign | (INFINITY - 1), -1);
  }
  give(c, sign | magnitude, lo);
}

/** As roundPack64, for a significand other than zero whose leading one is anywhere up to bit 62. */
export function normalizeRoundPack64(c: FloatContext, sign: number, exponent: number, hi: number, lo: number): void {
  if (hi === 0) {
    const shift = Math.clz32(lo) - 1;
    if (shift < 0) return roundPack64(c, sign, exponent - 31, lo >>> 1, lo << 31);
    return roundPack64(c, sign, exponent - 32 - shift, lo << shift, 0);
  }
  const shift = Math.clz32(hi) - 1;
  if (shift === 0) return roundPack64(c, sign, exponent, hi, lo);
  roundPack64(c, sign, exponent - shift, (hi << shift) | (lo >>> (32 - shift)), lo << shift);
}

/** Biased exponent of a finite number other than zero, once it is normalised. */
export function exponent64(hi: number, lo: number): number {
  const e = (hi >>> 20) & 0x7ff;
  if (e !== 0) return e;
  const top = hi & 0xfffff;
  return top !== 0 ? 12 - Math.clz32(top) : -20 - Math.clz32(lo);
}

/** The significand of a finite number other than zero, normalised to bit 62, in the context. */
export function significand64(c: FloatContext, hi: number, lo: number): void {
  const top = hi & 0xfffff;
  if ((hi & INFINITY) !== 0) return give(c, ((top | 0x100000) << 10) | (lo >>> 22), lo << 10);
  if (top === 0) {
    const shift = Math.clz32(lo) - 1;
    return shift < 0 ? give(c, lo >>> 1, lo << 31) : give(c, lo << shift, 0);
  }
  const shift = Math.clz32(top) - 1;
  give(c, (top << shift) | (lo >>> (32 - shift)), lo << shift);
}

function exactZero(c: FloatContext): void {
  give(c, c.rounding === MINUS_INFINITY ? SIGN : 0, 0);
}

/** Whether |a| < |b|. */
function smaller(ah: number, al: number, bh: number, bl: number): boolean {
  const x = ah & 0x7fffffff;
  const y = bh & 0x7fffffff;
  return x < y || (x === y && (al >>> 0) < (bl >>> 0));
}

export function add64(c: FloatContext, xh: number, xl: number, yh: number, yl: number): void {
  const flushA = flushes64(c, xh, xl);
  const flushB = flushes64(c, yh, yl);
  const ah = flushA ? xh & SIGN : xh;
  const al = flushA ? 0 : xl;
  const bh = flushB ? yh & SIGN : yh;
  const bl = flushB ? 0 : yl;
  const magnitudeA = ah & 0x7fffffff;
  const magnitudeB = bh & 0x7fffffff;
  if (magnitudeA >= INFINITY || magnitudeB >= INFINITY) {
    if (isNaN64(ah, al) || isNaN64(bh, bl)) return processNaNs64(c, ah, al, bh, bl);
    if (magnitudeA !== INFINITY) return give(c, bh, bl);
    return magnitudeB === INFINITY && ah !== bh ? invalid64(c) : give(c, ah, al);
  }
  if (isZero(bh, bl)) return !isZero(ah, al) || ah === bh ? give(c, ah, al) : exactZero(c);
  if (isZero(ah, al)) return give(c, bh, bl);
  if (smaller(ah, al, bh, bl)) addMagnitudes(c, bh, bl, ah, al);
  else addMagnitudes(c, ah, al, bh, bl);
}

/** a + b, finite, neither zero, |a| >= |b|. */
function addMagnitudes(c: FloatContext, ah: number, al: number, bh: number, bl: number): void {
  const sign = ah & SIGN;
  const e = exponent64(ah, al);
  significand64(c, bh, bl);
  shiftRightJam64(c, c.hi, c.lo, e - exponent64(bh, bl));
  const sh = c.hi;
  const sl = c.lo;
  significand64(c, ah, al);
  if (((ah ^ bh) & SIGN) === 0) {
    const lo = (c.lo >>> 0) + (sl >>> 0);
    const hi = (c.hi + sh + (lo > 0xffffffff ? 1 : 0)) | 0;
    if (hi >= 0) return roundPack64(c, sign, e, hi, lo | 0);
    shiftRightJam64(c, hi, lo | 0, 1);
    return roundPack64(c, sign, e + 1, c.hi, c.lo);
  }
  const lo = (c.lo - sl) | 0;
  const hi = (c.hi - sh - ((c.lo >>> 0) < (sl >>> 0) ? 1 : 0)) | 0;
  if ((hi | lo) === 0) return exactZero(c);
  normalizeRoundPack64(c, sign, e, hi, lo);
}

/** The difference; a NaN operand keeps its sign. */
export function sub64(c: FloatContext, xh: number, xl: number, yh: number, yl: number): void {
  if (!isNaN64(xh, xl) && !isNaN64(yh, yl)) return add64(c, xh, xl, yh ^ SIGN, yl);
  flushes64(c, xh, xl);
  flushes64(c, yh, yl);
  processNaNs64(c, xh, xl, yh, yl);
}

/** High word of the product of unsigned words, as uint32. */
export function mulHighU32(a: number, b: number): number {
  const ah = a >>> 16;
  const al = a & 0xffff;
  const bh = b >>> 16;
  const bl = b & 0xffff;
  const middle = ah * bl + (((al * bl) >>> 16) >>> 0);
  const cross = al * bh + (middle & 0xffff);
  return ah * bh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000);
}

export function mul64(c: FloatContext, ah: number, al: number, bh: number, bl: number): void {
  const zeroA = flushes64(c, ah, al) || isZero(ah, al);
  const zeroB = flushes64(c, bh, bl) || isZero(bh, bl);
  const magnitudeA = ah & 0x7fffffff;
  const magnitudeB = bh & 0x7fffffff;
  const sign = (ah ^ bh) & SIGN;
  if (magnitudeA >= INFINITY || magnitudeB >= INFINITY) {
    if (isNaN64(ah, al) || isNaN64(bh, bl)) return processNaNs64(c, ah, al, bh, bl);
    return zeroA || zeroB ? invalid64(c) : give(c, sign | INFINITY, 0);
  }
  if (zeroA || zeroB) return give(c, sign, 0);
  significand64(c, ah, al);
  const ph = c.hi;
  const pl = c.lo;
  significand64(c, bh, bl);
  const qh = (c.hi << 1) | (c.lo >>> 31);
  const ql = c.lo << 1;
  // The upper 64 bits of the 127-bit product; word sums stay below 2^35.
  const w0 = Math.imul(pl, ql) >>> 0;
  const w1 = mulHighU32(pl, ql) + (Math.imul(pl, qh) >>> 0) + (Math.imul(ph, ql) >>> 0);
  const w2 = mulHighU32(pl, qh) + mulHighU32(ph, ql) + (Math.imul(ph, qh) >>> 0) + Math.floor(w1 / 0x100000000);
  const hi = (mulHighU32(ph, qh) + Math.floor(w2 / 0x100000000)) | 0;
  const lo = (w2 | 0) | (((w1 | 0) | w0) === 0 ? 0 : 1);
  const e = exponent64(ah, al) + exponent64(bh, bl) - 1022;
  if (hi >= 0x40000000) roundPack64(c, sign, e, hi, lo);
  else roundPack64(c, sign, e - 1, (hi << 1) | (lo >>> 31), lo << 1);
}

/** 53-bit significand in the context, from bit 62, as a double. */
const significandNumber = (c: FloatContext): number => (c.hi >>> 10) * 0x100000000 + (((c.lo >>> 10) | (c.hi << 22)) >>> 0);

export function div64(c: FloatContext, ah: number, al: number, bh: number, bl: number): void {
  const zeroA = flushes64(c, ah, al) || isZero(ah, al);
  const zeroB = flushes64(c, bh, bl) || isZero(bh, bl);
  const magnitudeA = ah & 0x7fffffff;
  const magnitudeB = bh & 0x7fffffff;
  const sign = (ah ^ bh) & SIGN;
  if (magnitudeA >= INFINITY || magnitudeB >= INFINITY) {
    if (isNaN64(ah, al) || isNaN64(bh, bl)) return processNaNs64(c, ah, al, bh, bl);
    if (magnitudeA === INFINITY) return magnitudeB === INFINITY ? invalid64(c) : give(c, sign | INFINITY, 0);
    return give(c, sign, 0);
  }
  if (zeroB) {
    if (zeroA) return invalid64(c);
    c.flags |= DZC;
    return give(c, sign | INFINITY, 0);
  }
  if (zeroA) return give(c, sign, 0);
  significand64(c, ah, al);
  let rest = significandNumber(c);
  significand64(c, bh, bl);
  const divisor = significandNumber(c);
  let e = exponent64(ah, al) - exponent64(bh, bl) + 1023;
  if (rest < divisor) {
    rest *= 2;
    e--;
  }
  // 63 quotient bits, one at a time. The remainder is a whole number below the divisor's 2^53, so each step is exact.
  let hi = 0;
  let lo = 0;
  for (let i = 0; i < 31; i++) {
    hi <<= 1;
    if (rest >= divisor) {
      rest -= divisor;
      hi |= 1;
    }
    rest *= 2;
  }
  for (let i = 0; i < 32; i++) {
    lo <<= 1;
    if (rest >= divisor) {
      rest -= divisor;
      lo |= 1;
    }
    rest *= 2;
  }
  roundPack64(c, sign, e, hi, lo | (rest === 0 ? 0 : 1));
}

export function sqrt64(c: FloatContext, ah: number, al: number): void {
  if (flushes64(c, ah, al) || isZero(ah, al)) return give(c, (ah & SIGN), 0);
  if (isNaN64(ah, al)) return processNaN64(c, ah, al);
  if (ah < 0) return invalid64(c);
  if (ah === INFINITY) return give(c, ah, al);
  const e = exponent64(ah, al) - 1023;
  significand64(c, ah, al);
  // The radicand in [1, 4) with its binary point below bit 62 of 64; two bits enter the remainder for each bit of the root.
  let nh = c.hi;
  let nl = c.lo;
  if ((e & 1) !== 0) {
    nh = (nh << 1) | (nl >>> 31);
    nl <<= 1;
  }
  let rh = 0;
  let rl = 0;
  let qh = 0;
  let ql = 0;
  // 55 bits of the root: the trial value 4q + 1 stays below 2^57.
  for (let i = 0; i < 55; i++) {
    rh = (rh << 2) | (rl >>> 30);
    rl = (rl << 2) | (nh >>> 30);
    nh = (nh << 2) | (nl >>> 30);
    nl <<= 2;
    const th = (qh << 2) | (ql >>> 30);
    const tl = (ql << 2) | 1;
    qh = (qh << 1) | (ql >>> 31);
    ql <<= 1;
    if (rh > th || (rh === th && (rl >>> 0) >= (tl >>> 0))) {
      const borrow = (rl >>> 0) < (tl >>> 0) ? 1 : 0;
      rl = (rl - tl) | 0;
      rh = (rh - th - borrow) | 0;
      ql |= 1;
    }
  }
  // Leading one from bit 54 to bit 62.
  const hi = (qh << 8) | (ql >>> 24);
  const lo = (ql << 8) | ((rh | rl) === 0 ? 0 : 1);
  roundPack64(c, 0, (e >> 1) + 1023, hi, lo);
}

/** FPCompare: N, Z, C, V in bits 3-0. */
export function compare64(c: FloatContext, ah: number, al: number, bh: number, bl: number, signalling: boolean): number {
  const zeroA = flushes64(c, ah, al) || isZero(ah, al);
  const zeroB = flushes64(c, bh, bl) || isZero(bh, bl);
  if (isNaN64(ah, al) || isNaN64(bh, bl)) {
    if (signalling || isSignalling(ah, al) || isSignalling(bh, bl)) c.flags |= IOC;
    return 3;
  }
  if (zeroA && zeroB) return 6;
  if (zeroA) return bh < 0 ? 2 : 8;
  if (zeroB) return ah < 0 ? 8 : 2;
  if (ah === bh && al === bl) return 6;
  if ((ah ^ bh) < 0) return ah < 0 ? 8 : 2;
  return smaller(ah, al, bh, bl) === ah >= 0 ? 8 : 2;
}
