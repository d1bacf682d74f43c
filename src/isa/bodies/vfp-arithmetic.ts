/**
 * VFP data processing (DDI 0406C, A7.5, A8.8). Arithmetic works on short vectors where FPSCR.LEN says so: the destination's bank decides, and a last operand in
 * bank 0 is a scalar for all elements (Appendix D11, "VFP Vector Operation Support").
 */
import type { Ops } from '../all-ops.ts';
import { operation } from '../operation.ts';
import type { Imm } from '../ops.ts';
import type { Float, FloatUnary, FloatWidth } from '../vector-ops.ts';

export type VfpBinary = 'VADD' | 'VSUB' | 'VMUL' | 'VNMUL' | 'VDIV' | 'VMLA' | 'VMLS' | 'VNMLA' | 'VNMLS';
export type VfpUnary = 'VMOV' | 'VABS' | 'VNEG' | 'VSQRT';

/** Calls back for each element with its destination and the number of registers from the first one; m's is 0 where m is a scalar. */
function eachElement(o: Ops, width: FloatWidth, d: Imm, m: Imm | undefined, each: (d: Imm, steps: number, mSteps: number) => void): void {
  const length = o.vectorLength();
  if (length === 1 || o.inScalarBank(width, d)) return each(d, 0, 0);
  const stride = o.vectorStride();
  const scalar = m === undefined || o.inScalarBank(width, m);
  for (let i = 0; i < length; i++) each(o.registerInBank(width, d, i * stride), i * stride, scalar ? 0 : i * stride);
}

/** A register of an operand that may be a vector. */
const element = (o: Ops, width: FloatWidth, r: Imm, steps: number): Float => o.readF(width, steps === 0 ? r : o.registerInBank(width, r, steps));

function compute(o: Ops, op: VfpBinary, width: FloatWidth, d: Imm, n: Float, m: Float): Float {
  switch (op) {
    case 'VADD': return o.fop2('add', width, n, m);
    case 'VSUB': return o.fop2('sub', width, n, m);
    case 'VMUL': return o.fop2('mul', width, n, m);
    case 'VDIV': return o.fop2('div', width, n, m);
    case 'VNMUL': return o.fop1('neg', width, o.fop2('mul', width, n, m));
    // Chained: the product is rounded before it is added.
    case 'VMLA': return o.fop2('add', width, o.readF(width, d), o.fop2('mul', width, n, m));
    case 'VMLS': return o.fop2('add', width, o.readF(width, d), o.fop1('neg', width, o.fop2('mul', width, n, m)));
    case 'VNMLS': return o.fop2('add', width, o.fop1('neg', width, o.readF(width, d)), o.fop2('mul', width, n, m));
    case 'VNMLA': return o.fop2('add', width, o.fop1('neg', width, o.readF(width, d)), o.fop1('neg', width, o.fop2('mul', width, n, m)));
  }
}

export const vfpBinary = operation(
  'vfpBinary', { d: 'imm', n: 'imm', m: 'imm' },
  (o: Ops, s: { op: VfpBinary; width: FloatWidth }, x: { d: Imm; n: Imm; m: Imm }) => {
    if (!o.vfpEnabled('vfp')) return;
    eachElement(o, s.width, x.d, x.m, (d, steps, mSteps) => {
      const n = element(o, s.width, x.n, steps);
      const m = element(o, s.width, x.m, mSteps);
      o.writeF(s.width, d, compute(o, s.op, s.width, d, n, m));
    });
  });

const UNARY: Readonly<Record<Exclude<VfpUnary, 'VMOV'>, FloatUnary>> = { VABS: 'abs', VNEG: 'neg', VSQRT: 'sqrt' };

export const vfpUnary = operation(
  'vfpUnary', { d: 'imm', m: 'imm' },
  (o: Ops, s: { op: VfpUnary; width: FloatWidth }, x: { d: Imm; m: Imm }) => {
    if (!o.vfpEnabled('vfp')) return;
    eachElement(o, s.width, x.d, x.m, (d, _steps, mSteps) => {
      const m = element(o, s.width, x.m, mSteps);
      o.writeF(s.width, d, s.op === 'VMOV' ? m : o.fop1(UNARY[s.op], s.width, m));
    });
  });

/** VMOV (immediate): `value` is the pattern of a single, or the high word of a double. A8.8.339 */
export const vfpConstant = operation(
  'vfpConstant', { d: 'imm', value: 'imm' },
  (o: Ops, s: { width: FloatWidth }, x: { d: Imm; value: Imm }) => {
    if (!o.vfpEnabled('vfp')) return;
    const value = s.width === 32 ? o.floatFromWord(o.imm(x.value)) : o.floatFromPair(o.constant(0), o.imm(x.value));
    eachElement(o, s.width, x.d, undefined, (d) => o.writeF(s.width, d, value));
  });

/** VCMP and VCMPE, with a register or with zero. A8.8.303 */
export const vfpCompare = operation(
  'vfpCompare', { d: 'imm', m: 'imm' },
  (o: Ops, s: { width: FloatWidth; zero: boolean; signalling: boolean }, x: { d: Imm; m: Imm }) => {
    if (!o.vfpEnabled('vfp')) return;
    const zero = o.constant(0);
    const m = !s.zero ? o.readF(s.width, x.m) : s.width === 32 ? o.floatFromWord(zero) : o.floatFromPair(zero, zero);
    o.fcompare(s.width, o.readF(s.width, x.d), m, s.signalling);
  });

/** VCVT between single and double; `width` is the source's. A8.8.309 */
export const vfpConvertWidth = operation(
  'vfpConvertWidth', { d: 'imm', m: 'imm' },
  (o: Ops, s: { width: FloatWidth }, x: { d: Imm; m: Imm }) => {
    if (!o.vfpEnabled('vfp')) return;
    o.writeF(s.width === 32 ? 64 : 32, x.d, o.fconvert(s.width, o.readF(s.width, x.m)));
  });

/** VCVT and VCVTR to an integer in an S register. A8.8.306 */
export const vfpToInteger = operation(
  'vfpToInteger', { d: 'imm', m: 'imm' },
  (o: Ops, s: { width: FloatWidth; signed: boolean; rounding: 'zero' | 'fpscr' }, x: { d: Imm; m: Imm }) => {
    if (!o.vfpEnabled('vfp')) return;
    o.writeS(x.d, o.floatToFixed(s.width, 32, s.signed, s.rounding, 0, o.readF(s.width, x.m)));
  });

/** VCVT from an integer in an S register. A8.8.306 */
export const vfpFromInteger = operation(
  'vfpFromInteger', { d: 'imm', m: 'imm' },
  (o: Ops, s: { width: FloatWidth; signed: boolean }, x: { d: Imm; m: Imm }) => {
    if (!o.vfpEnabled('vfp')) return;
    o.writeF(s.width, x.d, o.fixedToFloat(s.width, 32, s.signed, 'fpscr', 0, o.readS(x.m)));
  });

/** VCVT between floating-point and fixed-point, in one register; a result is extended to the register's width. A8.8.308 */
export const vfpFixed = operation(
  'vfpFixed', { d: 'imm', fractionBits: 'imm' },
  (o: Ops, s: { width: FloatWidth; size: 16 | 32; signed: boolean; toFixed: boolean }, x: { d: Imm; fractionBits: Imm }) => {
    if (!o.vfpEnabled('vfp')) return;
    const value = o.readF(s.width, x.d);
    if (s.toFixed) {
      const word = o.floatToFixed(s.width, s.size, s.signed, 'zero', x.fractionBits, value);
      const high = s.signed ? o.shrS(word, o.constant(31)) : o.constant(0);
      o.writeF(s.width, x.d, s.width === 32 ? o.floatFromWord(word) : o.floatFromPair(word, high));
    } else {
      const word = s.width === 32 ? o.readS(x.d) : o.floatLow(value);
      o.writeF(s.width, x.d, o.fixedToFloat(s.width, s.size, s.signed, 'nearest', x.fractionBits, word));
    }
  });
