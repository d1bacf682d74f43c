/**
 * What floating-point arithmetic is controlled by and what it leaves behind (DDI 0406C, A2.6 and A2.7, FPSCR).
 *
 * All arithmetic here is of integers: bit patterns go in and come out, as int32, or as a pair of int32 through `hi` and `lo`, so that
 * NaN payloads survive and nothing is allocated. Results, flags and NaN choice are the manual's; underflow is detected before rounding.
 */

/** Cumulative exception bits, at their places in FPSCR. */
export const IOC = 1 << 0;
export const DZC = 1 << 1;
export const OFC = 1 << 2;
export const UFC = 1 << 3;
export const IXC = 1 << 4;
export const IDC = 1 << 7;
/** Cumulative saturation (Advanced SIMD integer). */
export const QC = 1 << 27;

/** FPSCR.RMode. */
export const NEAREST = 0;
export const PLUS_INFINITY = 1;
export const MINUS_INFINITY = 2;
export const ZERO = 3;

const FZ = 1 << 24;
const DN = 1 << 25;

export class FloatContext {
  /** NEAREST, PLUS_INFINITY, MINUS_INFINITY or ZERO. */
  rounding = NEAREST;
  flushToZero = false;
  defaultNaN = false;
  /** Exceptions since they were last cleared. */
  flags = 0;
  /** A 64-bit result. */
  hi = 0;
  lo = 0;

  /** Takes the control bits of an FPSCR value; `flags` stays. */
  control(fpscr: number): void {
    this.rounding = (fpscr >>> 22) & 3;
    this.flushToZero = (fpscr & FZ) !== 0;
    this.defaultNaN = (fpscr & DN) !== 0;
  }

  /** The "standard FPSCR value" of Advanced SIMD. */
  standard(): void {
    this.rounding = NEAREST;
    this.flushToZero = true;
    this.defaultNaN = true;
  }
}

/** `value` shifted right; the lowest bit of the result is also set if any bit was lost. */
export function shiftRightJam32(value: number, amount: number): number {
  if (amount === 0) return value;
  if (amount > 31) return value === 0 ? 0 : 1;
  return (value >>> amount) | ((value << (32 - amount)) === 0 ? 0 : 1);
}

/** The same for 64 bits; the result is in the context. */
export function shiftRightJam64(c: FloatContext, hi: number, lo: number, amount: number): void {
  if (amount === 0) {
    c.hi = hi;
    c.lo = lo;
  } else if (amount < 32) {
    c.hi = hi >>> amount;
    c.lo = (hi << (32 - amount)) | (lo >>> amount) | ((lo << (32 - amount)) === 0 ? 0 : 1);
  } else if (amount < 64) {
    const lost = (amount === 32 ? 0 : hi << (64 - amount)) | lo;
    c.hi = 0;
    c.lo = (hi >>> (amount - 32)) | (lost === 0 ? 0 : 1);
  } else {
    c.hi = 0;
    c.lo = (hi | lo) === 0 ? 0 : 1;
  }
}

/** Whether a magnitude is rounded up: `half` and `rest` are the first bit lost and whether any other was. */
export function roundsUp(c: FloatContext, negative: boolean, odd: boolean, half: boolean, rest: boolean): boolean {
  switch (c.rounding) {
    case NEAREST: return half && (rest || odd);
    case PLUS_INFINITY: return !negative && (half || rest);
    case MINUS_INFINITY: return negative && (half || rest);
    default: return false;
  }
}
