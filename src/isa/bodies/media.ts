/**
 * Saturating and parallel arithmetic, extension, packing, reversal, bit fields (DDI 0406C, A4.4.4-A4.4.8, A5.4; A8.8).
 */
import type { Ops } from '../all-ops.ts';
import { operation } from '../operation.ts';
import type { Bool, Imm, Reg, W32 } from '../ops.ts';
import { refusePC, Shift, type ShiftKind, SignedSatSum, signedHalf } from '../pseudocode.ts';

type Two = { d: Reg; m: Reg };
type Three = { d: Reg; n: Reg; m: Reg };
const THREE = { d: 'reg', n: 'reg', m: 'reg' } as const;

/** QADD, QSUB, QDADD, QDSUB: Rm plus or minus Rn, which may be doubled with saturation. */
export const saturatingSum = operation('saturatingSum', THREE, (o: Ops, s: { subtract: boolean; double: boolean }, x: Three) => {
  if (refusePC(o, x.d)) return;
  const n = o.read(x.n);
  const doubled = s.double ? SignedSatSum(o, n, n, false) : undefined;
  const sum = SignedSatSum(o, o.read(x.m), doubled === undefined ? n : doubled.result, s.subtract);
  o.write(x.d, sum.result);
  o.orQ(doubled === undefined ? sum.saturated : o.eitherTrue(doubled.saturated, sum.saturated));
});

/** Limits a signed value to max, and to -max - 1 or 0. */
function limit(o: Ops, value: W32, max: W32, signed: boolean): { result: W32; saturated: Bool } {
  const min = signed ? o.not(max) : o.constant(0);
  const over = o.ltS(max, value);
  const under = o.ltS(value, min);
  return { result: o.select(over, max, o.select(under, min, value)), saturated: o.eitherTrue(over, under) };
}

/** SSAT, USAT. */
export const saturate = operation(
  'saturate', { d: 'reg', n: 'reg', amount: 'imm', max: 'imm' },
  (o: Ops, s: { shift: ShiftKind; signed: boolean }, x: { d: Reg; n: Reg; amount: Imm; max: Imm }) => {
    if (refusePC(o, x.d)) return;
    const { result, saturated } = limit(o, Shift(o, s.shift, o.read(x.n), o.imm(x.amount)), o.imm(x.max), s.signed);
    o.write(x.d, result);
    o.orQ(saturated);
  });

function joinHalves(o: Ops, low: W32, high: W32): W32 {
  return o.or(o.and(low, o.constant(0xffff)), o.shl(high, o.constant(16)));
}

/** SSAT16, USAT16. */
export const saturateHalves = operation(
  'saturateHalves', { d: 'reg', n: 'reg', max: 'imm' },
  (o: Ops, s: { signed: boolean }, x: { d: Reg; n: Reg; max: Imm }) => {
    if (refusePC(o, x.d)) return;
    const n = o.read(x.n);
    const max = o.imm(x.max);
    const low = limit(o, signedHalf(o, n, false), max, s.signed);
    const high = limit(o, signedHalf(o, n, true), max, s.signed);
    o.write(x.d, joinHalves(o, low.result, high.result));
    o.orQ(o.eitherTrue(low.saturated, high.saturated));
  });

export const PREFIXES = ['S', 'Q', 'SH', 'U', 'UQ', 'UH'] as const;
export const PARALLEL = ['ADD16', 'ASX', 'SAX', 'SUB16', 'ADD8', 'SUB8'] as const;
export type Prefix = (typeof PREFIXES)[number];
export type Parallel = (typeof PARALLEL)[number];

/** A lane of 8 or 16 bits, extended to 32. */
function lane(o: Ops, value: W32, index: number, bits: 8 | 16, signed: boolean): W32 {
  const moved = index === 0 ? value : o.shrU(value, o.constant(index * bits));
  if (signed) return bits === 8 ? o.sext8(moved) : o.sext16(moved);
  return o.and(moved, o.constant(bits === 8 ? 0xff : 0xffff));
}

/**
 * The 36 parallel additions and subtractions. Each lane is computed exactly in 32 bits. ASX adds in the high half and subtracts in the low
 * one, with the second operand's halves exchanged; SAX the other way round. S and U set GE.
 */
export const parallel = operation('parallel', THREE, (o: Ops, s: { prefix: Prefix; kind: Parallel }, x: Three) => {
  if (refusePC(o, x.d)) return;
  const bits = s.kind === 'ADD8' || s.kind === 'SUB8' ? 8 : 16;
  const exchange = s.kind === 'ASX' || s.kind === 'SAX';
  const signed = s.prefix === 'S' || s.prefix === 'Q' || s.prefix === 'SH';
  const setsGE = s.prefix === 'S' || s.prefix === 'U';
  const n = o.read(x.n);
  const m = o.read(x.m);
  const laneMask = o.constant(bits === 8 ? 0xff : 0xffff);
  let result: W32 | undefined;
  let ge: W32 | undefined;
  for (let i = 0; i < 32 / bits; i++) {
    const subtract = s.kind === 'SUB8' || s.kind === 'SUB16' || (s.kind === 'ASX' && i === 0) || (s.kind === 'SAX' && i === 1);
    const a = lane(o, n, i, bits, signed);
    const b = lane(o, m, exchange ? 1 - i : i, bits, signed);
    const sum = subtract ? o.sub(a, b) : o.add(a, b);
    let value = sum;
    if (s.prefix === 'Q') value = limit(o, sum, o.constant(bits === 8 ? 0x7f : 0x7fff), true).result;
    else if (s.prefix === 'UQ') value = limit(o, sum, laneMask, false).result;
    else if (s.prefix === 'SH' || s.prefix === 'UH') value = o.shrS(sum, o.constant(1));
    const placed = o.shl(o.and(value, laneMask), o.constant(i * bits));
    result = result === undefined ? placed : o.or(result, placed);
    if (setsGE) {
      // S: the sum is not negative. U: an addition carries out, a subtraction does not borrow.
      const reached = s.prefix === 'U' && !subtract ? o.ltS(laneMask, sum) : o.notTrue(o.ltS(sum, o.constant(0)));
      const flags = o.select(reached, o.constant(bits === 8 ? 1 << i : 3 << (2 * i)), o.constant(0));
      ge = ge === undefined ? flags : o.or(ge, flags);
    }
  }
  if (ge !== undefined) o.writeGE(ge);
  o.write(x.d, result!);
});

/** SEL: bytes of Rn where GE is set, of Rm elsewhere. */
export const select = operation('select', THREE, (o: Ops, _s: Record<never, never>, x: Three) => {
  if (refusePC(o, x.d)) return;
  // Each of the four bits to the lowest bit of its byte, then to all of the byte.
  const spread = o.and(o.mul(o.readGE(), o.constant(0x00204081)), o.constant(0x01010101));
  const mask = o.mul(spread, o.constant(0xff));
  o.write(x.d, o.or(o.and(o.read(x.n), mask), o.and(o.read(x.m), o.not(mask))));
});

/** PKHBT; with `top` PKHTB. */
export const pack = operation(
  'pack', { d: 'reg', n: 'reg', m: 'reg', amount: 'imm' },
  (o: Ops, s: { top: boolean; shift: ShiftKind }, x: { d: Reg; n: Reg; m: Reg; amount: Imm }) => {
    if (refusePC(o, x.d)) return;
    const low = o.constant(0xffff);
    const n = o.read(x.n);
    const m = Shift(o, s.shift, o.read(x.m), o.imm(x.amount));
    o.write(x.d, s.top ? o.or(o.and(n, o.not(low)), o.and(m, low)) : o.or(o.and(m, o.not(low)), o.and(n, low)));
  });

/** SXTB, UXTAH and their kin. `amount` rotates right; Rn is added where `accumulate`. */
export const extend = operation(
  'extend', { d: 'reg', n: 'reg', m: 'reg', amount: 'imm' },
  (o: Ops, s: { width: 'B' | 'H' | 'B16'; signed: boolean; accumulate: boolean }, x: { d: Reg; n: Reg; m: Reg; amount: Imm }) => {
    if (refusePC(o, x.d)) return;
    const rotated = o.rotr(o.read(x.m), o.imm(x.amount));
    if (s.width === 'B16') {
      const low = lane(o, rotated, 0, 8, s.signed);
      const high = lane(o, o.shrU(rotated, o.constant(16)), 0, 8, s.signed);
      if (!s.accumulate) return o.write(x.d, joinHalves(o, low, high));
      const n = o.read(x.n);
      return o.write(x.d, joinHalves(o, o.add(n, low), o.add(o.shrU(n, o.constant(16)), high)));
    }
    const value = lane(o, rotated, 0, s.width === 'B' ? 8 : 16, s.signed);
    o.write(x.d, s.accumulate ? o.add(o.read(x.n), value) : value);
  });

export type ReverseKind = 'REV' | 'REV16' | 'REVSH' | 'RBIT';

/** Exchanges neighbouring groups of `bits` bits; `mask` has the lower one of each two. */
function exchangeNeighbours(o: Ops, value: W32, bits: number, mask: number): W32 {
  const amount = o.constant(bits);
  const low = o.constant(mask);
  return o.or(o.shl(o.and(value, low), amount), o.and(o.shrU(value, amount), low));
}

export const reverse = operation('reverse', { d: 'reg', m: 'reg' }, (o: Ops, s: { kind: ReverseKind }, x: Two) => {
  if (refusePC(o, x.d)) return;
  const m = o.read(x.m);
  const halves = exchangeNeighbours(o, m, 8, 0x00ff00ff);
  switch (s.kind) {
    case 'REV16': return o.write(x.d, halves);
    case 'REVSH': return o.write(x.d, o.sext16(halves));
    case 'REV': return o.write(x.d, o.rotr(halves, o.constant(16)));
    case 'RBIT': {
      const nibbles = exchangeNeighbours(o, o.rotr(halves, o.constant(16)), 4, 0x0f0f0f0f);
      const pairs = exchangeNeighbours(o, nibbles, 2, 0x33333333);
      return o.write(x.d, exchangeNeighbours(o, pairs, 1, 0x55555555));
    }
  }
});

/** USAD8, USADA8. */
export const byteDifferences = operation(
  'byteDifferences', { d: 'reg', n: 'reg', m: 'reg', a: 'reg' },
  (o: Ops, s: { accumulate: boolean }, x: { d: Reg; n: Reg; m: Reg; a: Reg }) => {
    if (refusePC(o, x.d)) return;
    const n = o.read(x.n);
    const m = o.read(x.m);
    let sum = s.accumulate ? o.read(x.a) : o.constant(0);
    for (let i = 0; i < 4; i++) {
      const difference = o.sub(lane(o, n, i, 8, false), lane(o, m, i, 8, false));
      const sign = o.shrS(difference, o.constant(31));
      sum = o.add(sum, o.sub(o.xor(difference, sign), sign));
    }
    o.write(x.d, sum);
  });

/** SBFX, UBFX: shifts left and right. */
export const bitFieldExtract = operation(
  'bitFieldExtract', { d: 'reg', n: 'reg', left: 'imm', right: 'imm' },
  (o: Ops, s: { signed: boolean }, x: { d: Reg; n: Reg; left: Imm; right: Imm }) => {
    if (refusePC(o, x.d)) return;
    const high = o.shl(o.read(x.n), o.imm(x.left));
    o.write(x.d, s.signed ? o.shrS(high, o.imm(x.right)) : o.shrU(high, o.imm(x.right)));
  });

export const bitFieldInsert = operation(
  'bitFieldInsert', { d: 'reg', n: 'reg', amount: 'imm', mask: 'imm' },
  (o: Ops, _s: Record<never, never>, x: { d: Reg; n: Reg; amount: Imm; mask: Imm }) => {
    if (refusePC(o, x.d)) return;
    const mask = o.imm(x.mask);
    o.write(x.d, o.or(o.and(o.read(x.d), o.not(mask)), o.and(o.shl(o.read(x.n), o.imm(x.amount)), mask)));
  });

export const bitFieldClear = operation('bitFieldClear', { d: 'reg', mask: 'imm' }, (o: Ops, _s: Record<never, never>, x: { d: Reg; mask: Imm }) => {
  if (refusePC(o, x.d)) return;
  o.write(x.d, o.and(o.read(x.d), o.not(o.imm(x.mask))));
});

export const countLeadingZeros = operation('countLeadingZeros', { d: 'reg', m: 'reg' }, (o: Ops, _s: Record<never, never>, x: Two) => {
  if (refusePC(o, x.d)) return;
  o.write(x.d, o.clz(o.read(x.m)));
});
