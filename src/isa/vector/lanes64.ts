/** Lanes of 64 bits, as pairs of int32; results are in the context's `hi` and `lo`. See lanes.ts. */
import { type FloatContext, mulHighU32, QC } from '../softfloat/index.ts';
import type { LaneOperation } from './lanes.ts';

export type LaneBinary64 = (c: FloatContext, signed: boolean, ah: number, al: number, bh: number, bl: number) => void;

function give(c: FloatContext, hi: number, lo: number): void {
  c.hi = hi;
  c.lo = lo;
}

export function saturated64(c: FloatContext, signed: boolean, negative: boolean): void {
  c.flags |= QC;
  if (signed) give(c, negative ? 0x80000000 | 0 : 0x7fffffff, negative ? 0 : -1);
  else give(c, negative ? 0 : -1, negative ? 0 : -1);
}

const add: LaneBinary64 = (c, _signed, ah, al, bh, bl) => {
  const lo = (al + bl) | 0;
  give(c, (ah + bh + ((lo >>> 0) < (al >>> 0) ? 1 : 0)) | 0, lo);
};

const sub: LaneBinary64 = (c, _signed, ah, al, bh, bl) => {
  give(c, (ah - bh - ((al >>> 0) < (bl >>> 0) ? 1 : 0)) | 0, (al - bl) | 0);
};

const below = (signed: boolean, ah: number, al: number, bh: number, bl: number): boolean =>
  ah === bh ? (al >>> 0) < (bl >>> 0) : signed ? ah < bh : (ah >>> 0) < (bh >>> 0);

const qadd: LaneBinary64 = (c, signed, ah, al, bh, bl) => {
  add(c, signed, ah, al, bh, bl);
  if (signed ? ((ah ^ c.hi) & (bh ^ c.hi)) < 0 : below(false, c.hi, c.lo, ah, al)) saturated64(c, signed, signed && ah < 0);
};

const qsub: LaneBinary64 = (c, signed, ah, al, bh, bl) => {
  sub(c, signed, ah, al, bh, bl);
  if (signed ? ((ah ^ bh) & (ah ^ c.hi)) < 0 : below(false, ah, al, bh, bl)) saturated64(c, signed, !signed || ah < 0);
};

const abd: LaneBinary64 = (c, signed, ah, al, bh, bl) =>
  below(signed, ah, al, bh, bl) ? sub(c, signed, bh, bl, ah, al) : sub(c, signed, ah, al, bh, bl);

const mul: LaneBinary64 = (c, _signed, ah, al, bh, bl) =>
  give(c, (mulHighU32(al, bl) + Math.imul(ah, bl) + Math.imul(al, bh)) | 0, Math.imul(al, bl));

/** Of sign-extended words: only the square of the least one does not fit. */
const qdmull: LaneBinary64 = (c, signed, ah, al, bh, bl) => {
  if (al === bl && al === (0x80000000 | 0)) return saturated64(c, true, false);
  mul(c, signed, ah, al, bh, bl);
  give(c, (c.hi << 1) | (c.lo >>> 31), c.lo << 1);
};

/** Right by 1 to 255, towards minus infinity, or rounded with halves up. */
function shiftRight(c: FloatContext, signed: boolean, hi: number, lo: number, amount: number, round: boolean): void {
  const fill = signed ? hi >> 31 : 0;
  let rh: number;
  let rl: number;
  let last: number; // the last bit shifted out
  if (amount < 32) {
    rh = signed ? hi >> amount : hi >>> amount;
    rl = (hi << (32 - amount)) | (lo >>> amount);
    last = (lo >>> (amount - 1)) & 1;
  } else if (amount < 64) {
    rh = fill;
    rl = amount === 32 ? hi : signed ? hi >> (amount - 32) : hi >>> (amount - 32);
    last = amount === 32 ? lo >>> 31 : (hi >>> (amount - 33)) & 1;
  } else {
    rh = fill;
    rl = fill;
    last = amount === 64 ? hi >>> 31 : fill & 1;
  }
  if (round && last !== 0) {
    rl = (rl + 1) | 0;
    if (rl === 0) rh = (rh + 1) | 0;
  }
  give(c, rh, rl);
}

function shiftLeft(c: FloatContext, hi: number, lo: number, amount: number): void {
  if (amount === 0) give(c, hi, lo);
  else if (amount < 32) give(c, (hi << amount) | (lo >>> (32 - amount)), lo << amount);
  else if (amount < 64) give(c, lo << (amount - 32), 0);
  else give(c, 0, 0);
}

/** Left with saturation; `toSigned` is the result's type. */
function shiftLeftSaturating(c: FloatContext, signed: boolean, toSigned: boolean, hi: number, lo: number, amount: number): void {
  if ((hi | lo) === 0) return give(c, 0, 0);
  const negative = signed && hi < 0;
  if (negative && !toSigned) return saturated64(c, false, true);
  if (amount >= 64) return saturated64(c, toSigned, negative);
  shiftLeft(c, hi, lo, amount);
  const rh = c.hi;
  const rl = c.lo;
  if (amount !== 0) shiftRight(c, toSigned, rh, rl, amount, false);
  if (c.hi !== hi || c.lo !== lo) return saturated64(c, toSigned, negative);
  give(c, rh, rl);
}

const byShift = (round: boolean, saturating: boolean): LaneBinary64 => (c, signed, ah, al, _bh, bl) => {
  const amount = (bl << 24) >> 24;
  if (amount < 0) shiftRight(c, signed, ah, al, -amount, round);
  else if (saturating) shiftLeftSaturating(c, signed, signed, ah, al, amount);
  else shiftLeft(c, ah, al, amount);
};

const qshlu: LaneBinary64 = (c, signed, ah, al, _bh, bl) => shiftLeftSaturating(c, signed, false, ah, al, (bl << 24) >> 24);

export const BINARY64: Readonly<Partial<Record<LaneOperation, LaneBinary64>>> = {
  add, sub, qadd, qsub, abd, mul, qdmull, qshlu,
  shl: byShift(false, false), rshl: byShift(true, false), qshl: byShift(false, true), qrshl: byShift(true, true),
};
