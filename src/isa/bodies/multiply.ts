/** Multiplies (DDI 0406C, A5.2.5, A5.2.7, A5.4.4; A8.8). */
import type { Ops } from '../all-ops.ts';
import { operation } from '../operation.ts';
import type { Reg, W32, W64 } from '../ops.ts';
import { refusePC, signedHalf } from '../pseudocode.ts';
import { type SetFlags, setsFlags } from './data-processing.ts';

type Three = { d: Reg; n: Reg; m: Reg };
type Four = { d: Reg; n: Reg; m: Reg; a: Reg };
type Long = { l: Reg; h: Reg; n: Reg; m: Reg };
const THREE = { d: 'reg', n: 'reg', m: 'reg' } as const;
const FOUR = { d: 'reg', n: 'reg', m: 'reg', a: 'reg' } as const;
const LONG = { l: 'reg', h: 'reg', n: 'reg', m: 'reg' } as const;

function signExtend64(o: Ops, value: W32): W64 {
  return o.pair(value, o.shrS(value, o.constant(31)));
}

/** Adds, and sets Q where the signed sum overflows. */
function addQ(o: Ops, x: W32, y: W32): W32 {
  const result = o.add(x, y);
  o.orQ(o.ltS(o.and(o.xor(x, result), o.xor(y, result)), o.constant(0)));
  return result;
}

/** The low word, with Q set where the signed value does not fit in it. */
function narrowQ(o: Ops, value: W64): W32 {
  const result = o.low(value);
  o.orQ(o.ne(o.shrS(result, o.constant(31)), o.high(value)));
  return result;
}

function writePair(o: Ops, l: Reg, h: Reg, value: W64): void {
  const high = o.high(value);
  o.write(l, o.low(value));
  o.write(h, high);
}

/** MUL. C and V stay. */
export const multiply = operation('multiply', THREE, (o: Ops, s: { S: SetFlags }, x: Three) => {
  if (refusePC(o, x.d)) return;
  const result = o.mul(o.read(x.n), o.read(x.m));
  o.write(x.d, result);
  if (setsFlags(o, s.S)) o.setNZ(result);
});

/** MLA; with `subtract` MLS. */
export const multiplyAccumulate = operation('multiplyAccumulate', FOUR, (o: Ops, s: { S: boolean; subtract: boolean }, x: Four) => {
  if (refusePC(o, x.d)) return;
  const product = o.mul(o.read(x.n), o.read(x.m));
  const result = s.subtract ? o.sub(o.read(x.a), product) : o.add(o.read(x.a), product);
  o.write(x.d, result);
  if (s.S) o.setNZ(result);
});

/** UMULL, UMLAL, SMULL, SMLAL. */
export const multiplyLong = operation('multiplyLong', LONG, (o: Ops, s: { S: boolean; signed: boolean; accumulate: boolean }, x: Long) => {
  if (refusePC(o, x.l, x.h)) return;
  const n = o.read(x.n);
  const m = o.read(x.m);
  const product = s.signed ? o.mulWideS(n, m) : o.mulWideU(n, m);
  const result = s.accumulate ? o.add64(product, o.pair(o.read(x.l), o.read(x.h))) : product;
  writePair(o, x.l, x.h, result);
  if (s.S) {
    // A word with bit 63 as its bit 31 that is zero where all 64 bits are.
    const low = o.low(result);
    o.setNZ(o.or(o.high(result), o.or(o.shrU(low, o.constant(1)), o.and(low, o.constant(1)))));
  }
});

/** UMAAL: product + RdHi + RdLo cannot overflow 64 bits. */
export const multiplyAccumulateAccumulate = operation('multiplyAccumulateAccumulate', LONG, (o: Ops, _s: Record<never, never>, x: Long) => {
  if (refusePC(o, x.l, x.h)) return;
  const zero = o.constant(0);
  const product = o.mulWideU(o.read(x.n), o.read(x.m));
  writePair(o, x.l, x.h, o.add64(o.add64(product, o.pair(o.read(x.l), zero)), o.pair(o.read(x.h), zero)));
});

/** SMULBB and its kin. `nHigh`, `mHigh`: T instead of B. */
export const multiplyHalves = operation('multiplyHalves', THREE, (o: Ops, s: { nHigh: boolean; mHigh: boolean }, x: Three) => {
  if (refusePC(o, x.d)) return;
  o.write(x.d, o.mul(signedHalf(o, o.read(x.n), s.nHigh), signedHalf(o, o.read(x.m), s.mHigh)));
});

/** SMLABB and its kin. */
export const multiplyAccumulateHalves = operation('multiplyAccumulateHalves', FOUR, (o: Ops, s: { nHigh: boolean; mHigh: boolean }, x: Four) => {
  if (refusePC(o, x.d)) return;
  const product = o.mul(signedHalf(o, o.read(x.n), s.nHigh), signedHalf(o, o.read(x.m), s.mHigh));
  o.write(x.d, addQ(o, product, o.read(x.a)));
});

/** SMLALBB and its kin. */
export const multiplyAccumulateLongHalves = operation('multiplyAccumulateLongHalves', LONG, (o: Ops, s: { nHigh: boolean; mHigh: boolean }, x: Long) => {
  if (refusePC(o, x.l, x.h)) return;
  const product = o.mulWideS(signedHalf(o, o.read(x.n), s.nHigh), signedHalf(o, o.read(x.m), s.mHigh));
  writePair(o, x.l, x.h, o.add64(product, o.pair(o.read(x.l), o.read(x.h))));
});

/** Bits 47-16 of a word times a half: at most 32 significant bits. */
function wordByHalf(o: Ops, n: W32, m: W32, mHigh: boolean): W32 {
  const product = o.mulWideS(n, signedHalf(o, m, mHigh));
  const sixteen = o.constant(16);
  return o.or(o.shl(o.high(product), sixteen), o.shrU(o.low(product), sixteen));
}

/** SMULWB, SMULWT. */
export const multiplyWordByHalf = operation('multiplyWordByHalf', THREE, (o: Ops, s: { mHigh: boolean }, x: Three) => {
  if (refusePC(o, x.d)) return;
  o.write(x.d, wordByHalf(o, o.read(x.n), o.read(x.m), s.mHigh));
});

/** SMLAWB, SMLAWT. Ra is added at bit 16, so bits 47-16 of the sum are the sum of bits 47-16. */
export const multiplyAccumulateWordByHalf = operation('multiplyAccumulateWordByHalf', FOUR, (o: Ops, s: { mHigh: boolean }, x: Four) => {
  if (refusePC(o, x.d)) return;
  o.write(x.d, addQ(o, wordByHalf(o, o.read(x.n), o.read(x.m), s.mHigh), o.read(x.a)));
});

export type DualShape = { subtract: boolean; exchange: boolean };

/** Two products of halves, added or subtracted, exactly. */
function dualProduct(o: Ops, { subtract, exchange }: DualShape, n: W32, m: W32): W64 {
  const low = o.mulWideS(signedHalf(o, n, false), signedHalf(o, m, exchange));
  const high = o.mulWideS(signedHalf(o, n, true), signedHalf(o, m, !exchange));
  return subtract ? o.sub64(low, high) : o.add64(low, high);
}

/** SMUAD, SMUSD. */
export const dualMultiply = operation('dualMultiply', THREE, (o: Ops, s: DualShape, x: Three) => {
  if (refusePC(o, x.d)) return;
  o.write(x.d, narrowQ(o, dualProduct(o, s, o.read(x.n), o.read(x.m))));
});

/** SMLAD, SMLSD. */
export const dualMultiplyAccumulate = operation('dualMultiplyAccumulate', FOUR, (o: Ops, s: DualShape, x: Four) => {
  if (refusePC(o, x.d)) return;
  o.write(x.d, narrowQ(o, o.add64(dualProduct(o, s, o.read(x.n), o.read(x.m)), signExtend64(o, o.read(x.a)))));
});

/** SMLALD, SMLSLD. */
export const dualMultiplyAccumulateLong = operation('dualMultiplyAccumulateLong', LONG, (o: Ops, s: DualShape, x: Long) => {
  if (refusePC(o, x.l, x.h)) return;
  writePair(o, x.l, x.h, o.add64(dualProduct(o, s, o.read(x.n), o.read(x.m)), o.pair(o.read(x.l), o.read(x.h))));
});

/** The top word, rounded where asked. */
function topWord(o: Ops, value: W64, round: boolean): W32 {
  return o.high(round ? o.add64(value, o.pair(o.constant(-0x80000000), o.constant(0))) : value);
}

/** SMMUL. */
export const multiplyTop = operation('multiplyTop', THREE, (o: Ops, s: { round: boolean }, x: Three) => {
  if (refusePC(o, x.d)) return;
  o.write(x.d, topWord(o, o.mulWideS(o.read(x.n), o.read(x.m)), s.round));
});

/** SMMLA, SMMLS. */
export const multiplyAccumulateTop = operation('multiplyAccumulateTop', FOUR, (o: Ops, s: { round: boolean; subtract: boolean }, x: Four) => {
  if (refusePC(o, x.d)) return;
  const product = o.mulWideS(o.read(x.n), o.read(x.m));
  const accumulator = o.pair(o.constant(0), o.read(x.a));
  o.write(x.d, topWord(o, s.subtract ? o.sub64(accumulator, product) : o.add64(accumulator, product), s.round));
});
