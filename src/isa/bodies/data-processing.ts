/**
 * Data processing: sixteen operations times three operand forms (DDI 0406C, A5.2.1-A5.2.4, A8.8).
 */
import type { Ops } from '../all-ops.ts';
import { operation } from '../operation.ts';
import type { Imm, Reg, W32 } from '../ops.ts';
import { AddWithCarry, baseRegister, refusePC, Shift, Shift_C, ShiftByRegister_C, type ShiftKind, writeResult } from '../pseudocode.ts';

export type Alu =
  | 'AND' | 'EOR' | 'SUB' | 'RSB' | 'ADD' | 'ADC' | 'SBC' | 'RSC'
  | 'TST' | 'TEQ' | 'CMP' | 'CMN' | 'ORR' | 'MOV' | 'BIC' | 'MVN' | 'ORN';

/** Whether flags are set. Most 16-bit T32 instructions set them only outside an IT block. */
export type SetFlags = boolean | 'outsideIT';

export type AluShape = {
  alu: Alu;
  S: SetFlags;
};

export function setsFlags(o: Ops, S: SetFlags): boolean {
  return S === 'outsideIT' ? !o.inIT() : S;
}

/** B9.3.20 SUBS PC, LR and related: UNPREDICTABLE in User and System mode, where there is no SPSR; UNDEFINED here. */
function returnFromException(o: Ops, target: W32): void {
  if (o.isUserOrSystem()) o.raise('undefined');
  else o.exceptionReturn(o.readSPSR(), target);
}

const NO_RESULT: ReadonlySet<Alu> = new Set(['TST', 'TEQ', 'CMP', 'CMN']);

/** Where the shifter's carry is wanted: the logical operations with S. */
export function usesShifterCarry(alu: Alu): boolean {
  switch (alu) {
    case 'SUB': case 'RSB': case 'ADD': case 'ADC': case 'SBC': case 'RSC': case 'CMP': case 'CMN': return false;
    default: return true;
  }
}

function compute(o: Ops, alu: Alu, a: W32, b: W32): W32 {
  switch (alu) {
    case 'AND': case 'TST': return o.and(a, b);
    case 'EOR': case 'TEQ': return o.xor(a, b);
    case 'SUB': case 'CMP': return o.sub(a, b);
    case 'RSB': return o.sub(b, a);
    case 'ADD': case 'CMN': return o.add(a, b);
    case 'ORR': return o.or(a, b);
    case 'MOV': return b;
    case 'BIC': return o.and(a, o.not(b));
    case 'MVN': return o.not(b);
    case 'ORN': return o.or(a, o.not(b));
    default: throw new Error(`${alu} takes the carry`);
  }
}

/** The common end of all forms: result, destination and flags. `carry` is the shifter's, for logical operations. */
function finish(o: Ops, { alu, S: flags }: AluShape, d: Reg, a: W32, b: W32, carry: W32 | undefined): void {
  const S = setsFlags(o, flags);
  if (alu === 'ADC' || alu === 'SBC' || alu === 'RSC') {
    const sum = alu === 'ADC' ? AddWithCarry(o, a, b, o.carry())
      : alu === 'SBC' ? AddWithCarry(o, a, o.not(b), o.carry())
      : AddWithCarry(o, o.not(a), b, o.carry());
    if (S && o.isPC(d)) return returnFromException(o, sum.result);
    writeResult(o, d, sum.result);
    if (S) { o.setNZ(sum.result); o.setC(sum.carry); o.setV(sum.overflow); }
    return;
  }
  const result = compute(o, alu, a, b);
  if (!NO_RESULT.has(alu)) {
    if (S && o.isPC(d)) return returnFromException(o, result);
    writeResult(o, d, result);
  }
  if (!S) return;
  switch (alu) {
    case 'SUB': case 'CMP': return o.setFlagsSub(a, b, result);
    case 'RSB': return o.setFlagsSub(b, a, result);
    case 'ADD': case 'CMN': return o.setFlagsAdd(a, b, result);
    default:
      o.setNZ(result);
      if (carry !== undefined) o.setC(carry);
  }
}

/** Operand 2 is a constant. `immCarry`: the constant was rotated, so bit 31 of it is the shifter's carry; otherwise C stays. */
export const aluImmediate = operation(
  'aluImmediate', { d: 'reg', n: 'reg', imm: 'imm' },
  (o: Ops, s: AluShape & { immCarry: boolean }, x: { d: Reg; n: Reg; imm: Imm }) => {
    const b = o.imm(x.imm);
    const a = s.alu === 'MOV' || s.alu === 'MVN' ? b : o.read(x.n);
    finish(o, s, x.d, a, b, s.immCarry ? o.shrU(b, o.constant(31)) : undefined);
  });

/** Operand 2 is a register shifted by a constant. */
export const aluRegister = operation(
  'aluRegister', { d: 'reg', n: 'reg', m: 'reg', amount: 'imm' },
  (o: Ops, s: AluShape & { shift: ShiftKind }, x: { d: Reg; n: Reg; m: Reg; amount: Imm }) => {
    const m = o.read(x.m);
    const a = s.alu === 'MOV' || s.alu === 'MVN' ? m : o.read(x.n);
    if (setsFlags(o, s.S) && s.shift !== 'none' && usesShifterCarry(s.alu)) {
      const { value, carry } = Shift_C(o, s.shift, m, o.imm(x.amount));
      finish(o, s, x.d, a, value, carry);
    } else {
      finish(o, s, x.d, a, Shift(o, s.shift, m, o.imm(x.amount)), undefined);
    }
  });

/** Operand 2 is a register shifted by a register. */
export const aluShiftedByRegister = operation(
  'aluShiftedByRegister', { d: 'reg', n: 'reg', m: 'reg', s: 'reg' },
  (o: Ops, s: AluShape & { shift: ShiftKind }, x: { d: Reg; n: Reg; m: Reg; s: Reg }) => {
    const m = o.read(x.m);
    const a = s.alu === 'MOV' || s.alu === 'MVN' ? m : o.read(x.n);
    const { value, carry } = ShiftByRegister_C(o, s.shift, m, o.read(x.s));
    finish(o, s, x.d, a, value, usesShifterCarry(s.alu) ? carry : undefined);
  });

/** MOVT: the top half of a register. `imm` is the immediate, already shifted. */
export const moveTop = operation('moveTop', { d: 'reg', imm: 'imm' }, (o: Ops, _s: Record<never, never>, x: { d: Reg; imm: Imm }) => {
  if (refusePC(o, x.d)) return;
  o.write(x.d, o.or(o.and(o.read(x.d), o.constant(0xffff)), o.imm(x.imm)));
});

/** ADR in T32: Align(PC, 4) + imm. `n` is the PC. */
export const addressOf = operation('addressOf', { d: 'reg', n: 'reg', imm: 'imm' }, (o: Ops, _s: Record<never, never>, x: { d: Reg; n: Reg; imm: Imm }) => {
  if (refusePC(o, x.d)) return;
  o.write(x.d, o.add(baseRegister(o, x.n), o.imm(x.imm)));
});
