/**
 * Functions of the manual's pseudocode (DDI 0406C) in terms of `Ops`. Those of decode-time values are plain numbers.
 */
import type { Bool, Reg, W32 } from './ops.ts';
import type { Ops } from './all-ops.ts';

/** Shift kinds as decoded. LSR32 and ASR32 are the encodings LSR #0 and ASR #0; `none` is LSL #0. */
export type ShiftKind = 'none' | 'LSL' | 'LSR' | 'ASR' | 'ROR' | 'LSR32' | 'ASR32' | 'RRX';

/** A shift by an immediate as its kind (shape) and amount 0-31 (operand). A8.4.3 DecodeImmShift. */
export function DecodeImmShift(type: number, imm5: number): { kind: ShiftKind; amount: number } {
  switch (type) {
    case 0: return imm5 === 0 ? { kind: 'none', amount: 0 } : { kind: 'LSL', amount: imm5 };
    case 1: return imm5 === 0 ? { kind: 'LSR32', amount: 0 } : { kind: 'LSR', amount: imm5 };
    case 2: return imm5 === 0 ? { kind: 'ASR32', amount: 0 } : { kind: 'ASR', amount: imm5 };
    default: return imm5 === 0 ? { kind: 'RRX', amount: 0 } : { kind: 'ROR', amount: imm5 };
  }
}

/** A8.4.3 DecodeRegShift. */
export function DecodeRegShift(type: number): ShiftKind {
  return (['LSL', 'LSR', 'ASR', 'ROR'] as const)[type & 3]!;
}

/** A5.2.4 ARMExpandImm, without the carry. int32. */
export function ARMExpandImm(imm12: number): number {
  const rotation = (imm12 >>> 8) * 2;
  const value = imm12 & 0xff;
  return rotation === 0 ? value : (value >>> rotation) | (value << (32 - rotation));
}

/** A6.3.2 ThumbExpandImm, without the carry. int32. */
export function ThumbExpandImm(imm12: number): number {
  const low = imm12 & 0xff;
  switch (imm12 >>> 8) {
    case 0: return low;
    case 1: return low << 16 | low;
    case 2: return low << 24 | low << 8;
    case 3: return low << 24 | low << 16 | low << 8 | low;
  }
  const value = 0x80 | (imm12 & 0x7f);
  const rotation = imm12 >>> 7;
  return (value >>> rotation) | (value << (32 - rotation));
}

export function SignExtend(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits);
}

export interface Shifted { value: W32; carry: W32 }

/** A8.4.3 Shift_C by an immediate amount. */
export function Shift_C(o: Ops, kind: ShiftKind, value: W32, amount: W32): Shifted {
  const one = o.constant(1);
  switch (kind) {
    case 'none': return { value, carry: o.carry() };
    case 'LSL': return { value: o.shl(value, amount), carry: o.and(o.shrU(value, o.sub(o.constant(32), amount)), one) };
    case 'LSR': return { value: o.shrU(value, amount), carry: o.and(o.shrU(value, o.sub(amount, one)), one) };
    case 'ASR': return { value: o.shrS(value, amount), carry: o.and(o.shrU(value, o.sub(amount, one)), one) };
    case 'ROR': return { value: o.rotr(value, amount), carry: o.and(o.shrU(value, o.sub(amount, one)), one) };
    case 'LSR32': return { value: o.constant(0), carry: o.shrU(value, o.constant(31)) };
    case 'ASR32': return { value: o.shrS(value, o.constant(31)), carry: o.shrU(value, o.constant(31)) };
    case 'RRX': return { value: o.or(o.shl(o.carry(), o.constant(31)), o.shrU(value, one)), carry: o.and(value, one) };
  }
}

/** A8.4.3 Shift by an immediate amount, where the carry is not wanted. */
export function Shift(o: Ops, kind: ShiftKind, value: W32, amount: W32): W32 {
  return kind === 'none' ? value : Shift_C(o, kind, value, amount).value;
}

/** A8.4.3 Shift_C by the low byte of a register: amounts 0-255. */
export function ShiftByRegister_C(o: Ops, kind: ShiftKind, value: W32, register: W32): Shifted {
  const amount = o.and(register, o.constant(0xff));
  const zero = o.constant(0);
  const one = o.constant(1);
  const isZero = o.eq(amount, zero);
  const below32 = o.ltU(amount, o.constant(32));
  const below33 = o.ltU(amount, o.constant(33));
  const sign = o.shrS(value, o.constant(31));
  const top = o.shrU(value, o.constant(31));
  // The last bit shifted out to the right, for amounts 1-32.
  const outRight = o.and(o.shrU(value, o.sub(amount, one)), one);
  switch (kind) {
    case 'LSL': {
      const out = o.and(o.shrU(value, o.sub(o.constant(32), amount)), one);
      return {
        value: o.select(below32, o.shl(value, amount), zero),
        carry: o.select(isZero, o.carry(), o.select(below33, out, zero)),
      };
    }
    case 'LSR': return {
      value: o.select(below32, o.shrU(value, amount), zero),
      carry: o.select(isZero, o.carry(), o.select(below33, outRight, zero)),
    };
    case 'ASR': return {
      value: o.select(below32, o.shrS(value, amount), sign),
      carry: o.select(isZero, o.carry(), o.select(below33, outRight, top)),
    };
    default: {
      const value2 = o.rotr(value, amount);
      return { value: value2, carry: o.select(isZero, o.carry(), o.shrU(value2, o.constant(31))) };
    }
  }
}

export interface Sum { result: W32; carry: W32; overflow: W32 }

/** A2.2.1 AddWithCarry. `carryIn` and `carry` are 0 or 1; `overflow` is in bit 31. */
export function AddWithCarry(o: Ops, x: W32, y: W32, carryIn: W32): Sum {
  const result = o.add(o.add(x, y), carryIn);
  return {
    result,
    carry: o.shrU(o.or(o.and(x, y), o.and(o.or(x, y), o.not(result))), o.constant(31)),
    overflow: o.and(o.xor(x, result), o.xor(y, result)),
  };
}

/** A2.2.1 SignedSatQ to `bits` (1-32, decode time). */
export function SignedSatQ(o: Ops, value: W32, bits: number): { result: W32; saturated: Bool } {
  const max = o.constant(bits === 32 ? 0x7fffffff : (1 << (bits - 1)) - 1);
  const min = o.constant(bits === 32 ? -0x80000000 : -(1 << (bits - 1)));
  const over = o.ltS(max, value);
  const under = o.ltS(value, min);
  return { result: o.select(over, max, o.select(under, min, value)), saturated: o.eitherTrue(over, under) };
}

/** A result to a register which may be the PC (ALUWritePC). Returns whether it was, so that flags are left alone. */
export function writeResult(o: Ops, d: Reg, value: W32): void {
  if (o.isPC(d)) o.aluWritePC(value);
  else o.write(d, value);
}

/**
 * UNPREDICTABLE uses of the PC as a destination or written-back base are UNDEFINED here (docs/unpredictable.md). True if one of the
 * registers is the PC: the exception is raised, and the body must return.
 */
export function refusePC(o: Ops, ...registers: readonly Reg[]): boolean {
  if (!registers.some((r) => o.isPC(r))) return false;
  o.raise('undefined');
  return true;
}

/** The base of an address: PC-relative addressing uses Align(PC, 4). */
export function baseRegister(o: Ops, n: Reg): W32 {
  return o.isPC(n) && o.thumb ? o.and(o.read(n), o.constant(-4)) : o.read(n);
}

/** A host choice of the low or high half of a value, sign-extended. */
export function signedHalf(o: Ops, value: W32, high: boolean): W32 {
  return high ? o.shrS(value, o.constant(16)) : o.sext16(value);
}

/** SignedSatQ(x + y, 32) or, with `subtract`, SignedSatQ(x - y, 32). */
export function SignedSatSum(o: Ops, x: W32, y: W32, subtract: boolean): { result: W32; saturated: Bool } {
  const sum = subtract ? o.sub(x, y) : o.add(x, y);
  // Overflow where the operands' signs agree (add) or differ (subtract) and the result's sign is not that of x.
  const signs = subtract ? o.xor(x, y) : o.xor(x, sum);
  const saturated = o.ltS(o.and(signs, subtract ? o.xor(x, sum) : o.xor(y, sum)), o.constant(0));
  const limit = o.xor(o.shrS(x, o.constant(31)), o.constant(0x7fffffff));
  return { result: o.select(saturated, limit, sum), saturated };
}

/** BitCount of a decode-time value. */
export function BitCount(value: number): number {
  let count = 0;
  for (let rest = value >>> 0; rest !== 0; rest >>>= 1) count += rest & 1;
  return count;
}
