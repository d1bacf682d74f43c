/**
 * Advanced SIMD data processing (DDI 0406C, A7.4, A8.8). Forms that the manual describes together are one operation; what differs is shape.
 */
import type { Ops } from '../all-ops.ts';
import { operation } from '../operation.ts';
import type { Imm, Reg } from '../ops.ts';
import type {
  ElementSize, ElementType, Vec, VectorBinary, VectorInsert, VectorNarrow, VectorPairwise, VectorPermute, VectorShift, VectorUnary,
} from '../vector-ops.ts';

const WIDER: Readonly<Partial<Record<ElementType, ElementType>>> = {
  i8: 'i16', i16: 'i32', i32: 'i64', s8: 's16', s16: 's32', s32: 's64', u8: 'u16', u16: 'u32', u32: 'u64', p8: 'p16',
};
/** The type of lanes twice as wide. */
export function wider(type: ElementType): ElementType {
  const result = WIDER[type];
  if (result === undefined) throw new Error(`nothing is wider than ${type}`);
  return result;
}

// ---- three registers of one length (A7.4.1)

/** Vd = op(Vn, Vm). Shifts by register have their operands the other way round: their rows exchange n and m. */
export const neonBinary = operation(
  'neonBinary', { d: 'imm', n: 'imm', m: 'imm' },
  (o: Ops, s: { op: VectorBinary; type: ElementType; quad: boolean }, x: { d: Imm; n: Imm; m: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    o.vwrite(s.quad, x.d, o.vop2(s.op, s.type, s.quad, o.vread(s.quad, x.n), o.vread(s.quad, x.m)));
  });

export type Accumulate = 'add' | 'sub' | 'qadd' | 'qsub';

/** Vd = Vd + op(Vn, Vm), or minus: VABA, VMLA, VMLS. Floating-point is chained, not fused. */
export const neonAccumulate = operation(
  'neonAccumulate', { d: 'imm', n: 'imm', m: 'imm' },
  (o: Ops, s: { op: 'mul' | 'abd'; accumulate: Accumulate; type: ElementType; quad: boolean }, x: { d: Imm; n: Imm; m: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    const result = o.vop2(s.op, s.type, s.quad, o.vread(s.quad, x.n), o.vread(s.quad, x.m));
    o.vwrite(s.quad, x.d, o.vop2(s.accumulate, s.type, s.quad, o.vread(s.quad, x.d), result));
  });

/** VBSL, VBIT, VBIF. A8.8.290 */
export const neonSelect = operation(
  'neonSelect', { d: 'imm', n: 'imm', m: 'imm' },
  (o: Ops, s: { op: 'VBSL' | 'VBIT' | 'VBIF'; quad: boolean }, x: { d: Imm; n: Imm; m: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    const d = o.vread(s.quad, x.d);
    const n = o.vread(s.quad, x.n);
    const m = o.vread(s.quad, x.m);
    o.vwrite(s.quad, x.d, s.op === 'VBSL' ? o.vselect(d, n, m) : s.op === 'VBIT' ? o.vselect(m, n, d) : o.vselect(m, d, n));
  });

/** VPADD, VPMAX, VPMIN. */
export const neonPairwise = operation(
  'neonPairwise', { d: 'imm', n: 'imm', m: 'imm' },
  (o: Ops, s: { op: VectorPairwise; type: ElementType }, x: { d: Imm; n: Imm; m: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    o.vwrite(false, x.d, o.vpairwise(s.op, s.type, o.vread(false, x.n), o.vread(false, x.m)));
  });

// ---- three registers of different lengths (A7.4.2)

export type LongBinary = 'add' | 'sub' | 'abd' | 'mul' | 'qdmull';
export type LongAccumulate = Accumulate | 'none';

function writeLong(o: Ops, d: Imm, type: ElementType, accumulate: LongAccumulate, value: Vec): void {
  o.vwrite(true, d, accumulate === 'none' ? value : o.vop2(accumulate, type, true, o.vread(true, d), value));
}

/** Qd = [Qd +-] op(widened Dn, widened Dm); `wideFirst`: the first operand is Qn. VADDL, VADDW, VABAL, VMLAL, VQDMLAL, VMULL ... */
export const neonLong = operation(
  'neonLong', { d: 'imm', n: 'imm', m: 'imm' },
  (o: Ops, s: { op: LongBinary; accumulate: LongAccumulate; wideFirst: boolean; type: ElementType }, x: { d: Imm; n: Imm; m: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    const type = wider(s.type);
    const a = s.wideFirst ? o.vread(true, x.n) : o.vwiden(s.type, o.vread(false, x.n));
    const b = o.vwiden(s.type, o.vread(false, x.m));
    writeLong(o, x.d, type, s.accumulate, o.vop2(s.op, type, true, a, b));
  });

/** VADDHN, VSUBHN, VRADDHN, VRSUBHN: the high halves of Qn +- Qm; `half` is half the size of their lanes. */
export const neonNarrowHigh = operation(
  'neonNarrowHigh', { d: 'imm', n: 'imm', m: 'imm', half: 'imm' },
  (o: Ops, s: { op: 'add' | 'sub'; round: boolean; type: 'u16' | 'u32' | 'u64' }, x: { d: Imm; n: Imm; m: Imm; half: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    const result = o.vop2(s.op, s.type, true, o.vread(true, x.n), o.vread(true, x.m));
    o.vwrite(false, x.d, o.vnarrow('truncate', s.type, o.vshift(s.round ? 'rshr' : 'shr', s.type, true, result, x.half)));
  });

// ---- two registers and a scalar (A7.4.3)

export const neonByScalar = operation(
  'neonByScalar', { d: 'imm', n: 'imm', m: 'imm', lane: 'imm' },
  (
    o: Ops, s: { op: 'mul' | 'qdmulh' | 'qrdmulh'; accumulate: LongAccumulate; type: ElementType; size: 16 | 32; quad: boolean },
    x: { d: Imm; n: Imm; m: Imm; lane: Imm },
  ) => {
    if (!o.vfpEnabled('neon')) return;
    const scalar = o.vdupLane(s.size, o.vread(false, x.m), x.lane);
    const result = o.vop2(s.op, s.type, s.quad, o.vread(s.quad, x.n), scalar);
    o.vwrite(s.quad, x.d, s.accumulate === 'none' ? result : o.vop2(s.accumulate, s.type, s.quad, o.vread(s.quad, x.d), result));
  });

export const neonLongByScalar = operation(
  'neonLongByScalar', { d: 'imm', n: 'imm', m: 'imm', lane: 'imm' },
  (
    o: Ops, s: { op: 'mul' | 'qdmull'; accumulate: LongAccumulate; type: ElementType; size: 16 | 32 },
    x: { d: Imm; n: Imm; m: Imm; lane: Imm },
  ) => {
    if (!o.vfpEnabled('neon')) return;
    const type = wider(s.type);
    const a = o.vwiden(s.type, o.vread(false, x.n));
    const b = o.vwiden(s.type, o.vdupLane(s.size, o.vread(false, x.m), x.lane));
    writeLong(o, x.d, type, s.accumulate, o.vop2(s.op, type, true, a, b));
  });

// ---- two registers and a shift amount (A7.4.4)

/** VSHR, VRSHR, VSHL, VQSHL, VQSHLU; `accumulate` adds to Vd (VSRA, VRSRA). */
export const neonShift = operation(
  'neonShift', { d: 'imm', m: 'imm', amount: 'imm' },
  (o: Ops, s: { op: VectorShift; type: ElementType; accumulate: boolean; quad: boolean }, x: { d: Imm; m: Imm; amount: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    const result = o.vshift(s.op, s.type, s.quad, o.vread(s.quad, x.m), x.amount);
    o.vwrite(s.quad, x.d, s.accumulate ? o.vop2('add', s.type, s.quad, o.vread(s.quad, x.d), result) : result);
  });

/** VSRI, VSLI. */
export const neonInsert = operation(
  'neonInsert', { d: 'imm', m: 'imm', amount: 'imm' },
  (o: Ops, s: { op: VectorInsert; size: ElementSize; quad: boolean }, x: { d: Imm; m: Imm; amount: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    o.vwrite(s.quad, x.d, o.vinsert(s.op, s.size, s.quad, o.vread(s.quad, x.d), o.vread(s.quad, x.m), x.amount));
  });

/** VSHRN, VRSHRN, VQSHRN, VQRSHRN, VQSHRUN, VQRSHRUN; `type` is the source's. */
export const neonShiftNarrow = operation(
  'neonShiftNarrow', { d: 'imm', m: 'imm', amount: 'imm' },
  (o: Ops, s: { op: 'shr' | 'rshr'; narrow: VectorNarrow; type: ElementType }, x: { d: Imm; m: Imm; amount: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    o.vwrite(false, x.d, o.vnarrow(s.narrow, s.type, o.vshift(s.op, s.type, true, o.vread(true, x.m), x.amount)));
  });

/** VSHLL; VMOVL where the amount is 0. */
export const neonShiftLong = operation(
  'neonShiftLong', { d: 'imm', m: 'imm', amount: 'imm' },
  (o: Ops, s: { type: ElementType }, x: { d: Imm; m: Imm; amount: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    o.vwrite(true, x.d, o.vshift('shl', wider(s.type), true, o.vwiden(s.type, o.vread(false, x.m)), x.amount));
  });

/** VCVT between f32 and fixed-point. A8.8.307 */
export const neonFixed = operation(
  'neonFixed', { d: 'imm', m: 'imm', fractionBits: 'imm' },
  (o: Ops, s: { type: 's32' | 'u32'; toFixed: boolean; quad: boolean }, x: { d: Imm; m: Imm; fractionBits: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    const m = o.vread(s.quad, x.m);
    o.vwrite(s.quad, x.d, s.toFixed ? o.vfloatToFixed(s.type, s.quad, x.fractionBits, m) : o.vfixedToFloat(s.type, s.quad, x.fractionBits, m));
  });

// ---- two registers, miscellaneous (A7.4.5)

export const neonUnary = operation(
  'neonUnary', { d: 'imm', m: 'imm' },
  (o: Ops, s: { op: VectorUnary; type: ElementType; quad: boolean }, x: { d: Imm; m: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    o.vwrite(s.quad, x.d, o.vop1(s.op, s.type, s.quad, o.vread(s.quad, x.m)));
  });

/** VPADAL: the sums of pairs are added to Vd. A8.8.361 */
export const neonPairwiseAccumulate = operation(
  'neonPairwiseAccumulate', { d: 'imm', m: 'imm' },
  (o: Ops, s: { type: ElementType; quad: boolean }, x: { d: Imm; m: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    const sums = o.vop1('paddl', s.type, s.quad, o.vread(s.quad, x.m));
    o.vwrite(s.quad, x.d, o.vop2('add', wider(s.type), s.quad, o.vread(s.quad, x.d), sums));
  });

/** Comparisons with zero; VCLE and VCLT have zero as the first operand of ge and gt. */
export const neonCompareZero = operation(
  'neonCompareZero', { d: 'imm', m: 'imm' },
  (o: Ops, s: { op: 'eq' | 'ge' | 'gt'; zeroFirst: boolean; type: ElementType; quad: boolean }, x: { d: Imm; m: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    const m = o.vread(s.quad, x.m);
    const zero = o.vzero();
    o.vwrite(s.quad, x.d, s.zeroFirst ? o.vop2(s.op, s.type, s.quad, zero, m) : o.vop2(s.op, s.type, s.quad, m, zero));
  });

/** VSWP. A8.8.418 */
export const neonSwap = operation(
  'neonSwap', { d: 'imm', m: 'imm' },
  (o: Ops, s: { quad: boolean }, x: { d: Imm; m: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    const d = o.vread(s.quad, x.d);
    const m = o.vread(s.quad, x.m);
    o.vwrite(s.quad, x.d, m);
    o.vwrite(s.quad, x.m, d);
  });

/** VTRN, VUZP, VZIP. A8.8.420, A8.8.422, A8.8.423 */
export const neonPermute = operation(
  'neonPermute', { d: 'imm', m: 'imm' },
  (o: Ops, s: { op: VectorPermute; size: 8 | 16 | 32; quad: boolean }, x: { d: Imm; m: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    const d = o.vread(s.quad, x.d);
    const m = o.vread(s.quad, x.m);
    o.vwrite(s.quad, x.d, o.vpermute(s.op, 0, s.size, s.quad, d, m));
    o.vwrite(s.quad, x.m, o.vpermute(s.op, 1, s.size, s.quad, d, m));
  });

/** VMOVN, VQMOVN, VQMOVUN; `type` is the source's. */
export const neonNarrow = operation(
  'neonNarrow', { d: 'imm', m: 'imm' },
  (o: Ops, s: { narrow: VectorNarrow; type: ElementType }, x: { d: Imm; m: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    o.vwrite(false, x.d, o.vnarrow(s.narrow, s.type, o.vread(true, x.m)));
  });

// ---- constants, extraction, tables, duplication (A7.4.6)

/** VMOV, VMVN (the constant is inverted when decoded), VORR, VBIC (immediate). */
export const neonConstant = operation(
  'neonConstant', { d: 'imm', low: 'imm', high: 'imm' },
  (o: Ops, s: { op: 'mov' | 'or' | 'bic'; quad: boolean }, x: { d: Imm; low: Imm; high: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    const constant = o.vconstant(x.low, x.high);
    o.vwrite(s.quad, x.d, s.op === 'mov' ? constant : o.vop2(s.op, 'i64', s.quad, o.vread(s.quad, x.d), constant));
  });

export const neonExtract = operation(
  'neonExtract', { d: 'imm', n: 'imm', m: 'imm', bytes: 'imm' },
  (o: Ops, s: { quad: boolean }, x: { d: Imm; n: Imm; m: Imm; bytes: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    o.vwrite(s.quad, x.d, o.vext(s.quad, o.vread(s.quad, x.n), o.vread(s.quad, x.m), x.bytes));
  });

/** VTBL, and VTBX which keeps what has no entry. A8.8.419 */
export const neonTable = operation(
  'neonTable', { d: 'imm', n: 'imm', m: 'imm' },
  (o: Ops, s: { length: number; extend: boolean }, x: { d: Imm; n: Imm; m: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    o.vwrite(false, x.d, o.vtable(s.length, x.n, o.vread(false, x.m), s.extend ? o.vread(false, x.d) : o.vzero()));
  });

export const neonDuplicateLane = operation(
  'neonDuplicateLane', { d: 'imm', m: 'imm', lane: 'imm' },
  (o: Ops, s: { size: 8 | 16 | 32; quad: boolean }, x: { d: Imm; m: Imm; lane: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    o.vwrite(s.quad, x.d, o.vdupLane(s.size, o.vread(false, x.m), x.lane));
  });

export const neonDuplicateCore = operation(
  'neonDuplicateCore', { d: 'imm', t: 'reg' },
  (o: Ops, s: { size: 8 | 16 | 32; quad: boolean }, x: { d: Imm; t: Reg }) => {
    if (!o.vfpEnabled('neon')) return;
    o.vwrite(s.quad, x.d, o.vdup(s.size, o.read(x.t)));
  });
