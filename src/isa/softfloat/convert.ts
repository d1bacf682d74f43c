/**
 * Conversions (DDI 0406C, A2.7.8: FPSingleToDouble, FPDoubleToSingle, FPToFixed, FixedToFP). The Cortex-A8 has no half precision (MVFR1).
 */
import { type FloatContext, IOC, IXC, roundsUp, shiftRightJam32 } from './context.ts';
import { exponent32, flush32, isNaN32, roundPack32, significand32 } from './f32.ts';
import { exponent64, flushes64, isNaN64, normalizeRoundPack64, roundPack64, significand64 } from './f64.ts';

const SIGN = 0x80000000 | 0;

/** The result is in the context. */
export function singleToDouble(c: FloatContext, x: number): void {
  const a = flush32(c, x);
  const sign = a & SIGN;
  const magnitude = a & 0x7fffffff;
  c.lo = 0;
  if (isNaN32(a)) {
    if ((a & 0x400000) === 0) c.flags |= IOC;
    if (c.defaultNaN) {
      c.hi = 0x7ff80000;
    } else {
      c.hi = sign | 0x7ff80000 | ((a & 0x3fffff) >>> 3);
      c.lo = a << 29;
    }
  } else if (magnitude === 0x7f800000) {
    c.hi = sign | 0x7ff00000;
  } else if (magnitude === 0) {
    c.hi = sign;
  } else {
    roundPack64(c, sign, exponent32(a) - 127 + 1023, significand32(a) << 7, 0);
  }
}

export function doubleToSingle(c: FloatContext, ah: number, al: number): number {
  const sign = ah & SIGN;
  if (isNaN64(ah, al)) {
    if ((ah & 0x80000) === 0) c.flags |= IOC;
    return c.defaultNaN ? 0x7fc00000 : sign | 0x7fc00000 | ((ah & 0x7ffff) << 3) | (al >>> 29);
  }
  if ((ah & 0x7fffffff) === 0x7ff00000) return sign | 0x7f800000;
  if (flushes64(c, ah, al) || ((ah & 0x7fffffff) | al) === 0) return sign;
  significand64(c, ah, al);
  return roundPack32(c, sign, exponent64(ah, al) - 1023 + 127, c.hi | (c.lo === 0 ? 0 : 1));
}

/**
 * The end of FPToFixed: a significand with its leading one at bit 62, worth 2^e there, to an integer of `size` bits. Saturation is an invalid
 * operation and nothing else. Returned sign- or zero-extended, as int32.
 */
function toInteger(c: FloatContext, negative: boolean, e: number, hi: number, lo: number, size: 16 | 32, signed: boolean): number {
  const max = signed ? (size === 32 ? 0x7fffffff : 0x7fff) : (size === 32 ? 0xffffffff : 0xffff);
  const min = signed ? -max - 1 : 0;
  let whole: number;
  let fraction: number;
  let rest: boolean;
  if (e > 31) {
    whole = 0x200000000;
    fraction = 0;
    rest = false;
  } else if (e >= 30) {
    whole = e === 30 ? hi : ((hi << 1) | (lo >>> 31)) >>> 0;
    fraction = e === 30 ? lo : lo << 1;
    rest = false;
  } else if (e >= -1) {
    whole = e < 0 ? 0 : hi >>> (30 - e);
    fraction = (hi << (e + 2)) | (lo >>> (30 - e));
    rest = (lo << (e + 2)) !== 0;
  } else {
    whole = 0;
    fraction = 0;
    rest = true;
  }
  const half = fraction < 0;
  rest ||= (fraction << 1) !== 0;
  if (roundsUp(c, negative, (whole & 1) !== 0, half, rest)) whole++;
  const value = negative ? -whole : whole;
  if (value > max || value < min) {
    c.flags |= IOC;
    return (value > max ? max : min) | 0;
  }
  if (half || rest) c.flags |= IXC;
  return value | 0;
}

/** FPToFixed with the context's rounding mode. */
export function toFixed32(c: FloatContext, x: number, size: 16 | 32, signed: boolean, fractionBits: number): number {
  const a = flush32(c, x);
  if (isNaN32(a)) {
    c.flags |= IOC;
    return 0;
  }
  if ((a & 0x7fffffff) === 0) return 0;
  const infinite = (a & 0x7fffffff) === 0x7f800000;
  return toInteger(c, a < 0, infinite ? 99 : exponent32(a) - 127 + fractionBits, significand32(a) << 7, 0, size, signed);
}

export function toFixed64(c: FloatContext, ah: number, al: number, size: 16 | 32, signed: boolean, fractionBits: number): number {
  if (isNaN64(ah, al)) {
    c.flags |= IOC;
    return 0;
  }
  if (flushes64(c, ah, al) || ((ah & 0x7fffffff) | al) === 0) return 0;
  const infinite = (ah & 0x7fffffff) === 0x7ff00000;
  significand64(c, ah, al);
  return toInteger(c, ah < 0, infinite ? 99 : exponent64(ah, al) - 1023 + fractionBits, c.hi, c.lo, size, signed);
}

/** The integer's value from its low `size` bits. */
const integer = (value: number, size: 16 | 32, signed: boolean): number =>
  size === 32 ? (signed ? value | 0 : value >>> 0) : signed ? (value << 16) >> 16 : value & 0xffff;

/** FixedToFP with the context's rounding mode. */
export function fixedTo32(c: FloatContext, value: number, size: 16 | 32, signed: boolean, fractionBits: number): number {
  const n = integer(value, size, signed);
  if (n === 0) return 0;
  const magnitude = Math.abs(n) | 0;
  const shift = Math.clz32(magnitude);
  const sig = shift === 0 ? shiftRightJam32(magnitude, 1) : magnitude << (shift - 1);
  return roundPack32(c, n < 0 ? SIGN : 0, 127 + 31 - shift - fractionBits, sig);
}

export function fixedTo64(c: FloatContext, value: number, size: 16 | 32, signed: boolean, fractionBits: number): void {
  const n = integer(value, size, signed);
  if (n === 0) {
    c.hi = 0;
    c.lo = 0;
    return;
  }
  normalizeRoundPack64(c, n < 0 ? SIGN : 0, 1023 + 62 - fractionBits, 0, Math.abs(n) | 0);
}
