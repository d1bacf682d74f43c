/** VFP data processing (DDI 0406C, A7.5). */
import {
  type VfpBinary, vfpBinary, vfpCompare, vfpConstant, vfpConvertWidth, vfpFixed, vfpFromInteger, vfpToInteger, type VfpUnary, vfpUnary,
} from '../bodies/vfp-arithmetic.ts';
import type { Row } from '../operation.ts';
import type { FloatWidth } from '../vector-ops.ts';
import { both, D, S } from './vfp-encoding.ts';

/** A7.5.1 VFPExpandImm: the pattern of a single, or the high word of a double. */
export function VFPExpandImm(imm8: number, width: FloatWidth): number {
  const sign = (imm8 & 0x80) << 24;
  const low = imm8 & 0x3f;
  const small = (imm8 & 0x40) !== 0;
  return width === 32 ? sign | (small ? 0x3e000000 : 0x40000000) | low << 19 : sign | (small ? 0x3fc00000 : 0x40000000) | low << 16;
}

interface Width { readonly width: FloatWidth; readonly z: '0' | '1'; readonly reg: typeof D; readonly v: 'S' | 'D'; readonly dt: 'F32' | 'F64' }
const SINGLE: Width = { width: 32, z: '0', reg: S, v: 'S', dt: 'F32' };
const DOUBLE: Width = { width: 64, z: '1', reg: D, v: 'D', dt: 'F64' };

/** Bits 23, 21-20 and 6. */
const BINARIES: readonly { op: VfpBinary; high: readonly [string, string]; low: string; ref: string }[] = [
  { op: 'VMLA', high: ['0', '00'], low: '0', ref: 'A8.8.337 A2' },
  { op: 'VMLS', high: ['0', '00'], low: '1', ref: 'A8.8.337 A2' },
  { op: 'VNMLS', high: ['0', '01'], low: '0', ref: 'A8.8.356 A1' },
  { op: 'VNMLA', high: ['0', '01'], low: '1', ref: 'A8.8.356 A1' },
  { op: 'VMUL', high: ['0', '10'], low: '0', ref: 'A8.8.351 A2' },
  { op: 'VNMUL', high: ['0', '10'], low: '1', ref: 'A8.8.356 A2' },
  { op: 'VADD', high: ['0', '11'], low: '0', ref: 'A8.8.283 A2' },
  { op: 'VSUB', high: ['0', '11'], low: '1', ref: 'A8.8.415 A2' },
  { op: 'VDIV', high: ['1', '00'], low: '0', ref: 'A8.8.312 A1' },
];

/** Bits 19-16 and 7-6. */
const UNARIES: readonly { op: VfpUnary; high: string; low: string; ref: string }[] = [
  { op: 'VMOV', high: '0000', low: '01', ref: 'A8.8.340 A2' },
  { op: 'VABS', high: '0000', low: '11', ref: 'A8.8.280 A2' },
  { op: 'VNEG', high: '0001', low: '01', ref: 'A8.8.355 A2' },
  { op: 'VSQRT', high: '0001', low: '11', ref: 'A8.8.401 A1' },
];

function arithmetic({ width, z, reg, v, dt }: Width): Row[] {
  const binaries = BINARIES.flatMap(({ op, high, low, ref }) => both(vfpBinary, {
    name: `${op}.${dt}`, bits: `cccc 1110 ${high[0]}D${high[1]} nnnn dddd 101${z} N${low}M0 mmmm`, ref,
    syntax: `${op}{c}.${dt} ${v}d, ${v}n, ${v}m`,
    decode: (f) => ({ shape: { op, width }, x: { d: reg(f.D, f.d), n: reg(f.N, f.n), m: reg(f.M, f.m) } }),
  }));
  const unaries = UNARIES.flatMap(({ op, high, low, ref }) => both(vfpUnary, {
    name: `${op}.${dt} (register)`, bits: `cccc 1110 1D11 ${high} dddd 101${z} ${low}M0 mmmm`, ref,
    syntax: `${op}{c}.${dt} ${v}d, ${v}m`,
    decode: (f) => ({ shape: { op, width }, x: { d: reg(f.D, f.d), m: reg(f.M, f.m) } }),
  }));
  const constant = both(vfpConstant, {
    name: `VMOV.${dt} (immediate)`, bits: `cccc 1110 1D11 iiii dddd 101${z} -0-0 iiii`, ref: 'A8.8.339 A2',
    syntax: `VMOV{c}.${dt} ${v}d, #vfpimm`,
    decode: (f) => ({ shape: { width }, x: { d: reg(f.D, f.d), value: VFPExpandImm(f.i, width) } }),
  });
  const compares = [false, true].flatMap((signalling) => {
    const E = signalling ? '1' : '0';
    const op = signalling ? 'VCMPE' : 'VCMP';
    return [
      ...both(vfpCompare, {
        name: `${op}.${dt} (register)`, bits: `cccc 1110 1D11 0100 dddd 101${z} ${E}1M0 mmmm`, ref: 'A8.8.303 A1',
        syntax: `${op}{c}.${dt} ${v}d, ${v}m`,
        decode: (f) => ({ shape: { width, zero: false, signalling }, x: { d: reg(f.D, f.d), m: reg(f.M, f.m) } }),
      }),
      ...both(vfpCompare, {
        name: `${op}.${dt} (zero)`, bits: `cccc 1110 1D11 0101 dddd 101${z} ${E}1-0 ----`, ref: 'A8.8.303 A2',
        syntax: `${op}{c}.${dt} ${v}d, #0.0`,
        decode: (f) => ({ shape: { width, zero: true, signalling }, x: { d: reg(f.D, f.d), m: 0 } }),
      }),
    ];
  });
  return [...binaries, ...unaries, ...constant, ...compares];
}

function conversions({ width, z, reg, v, dt }: Width): Row[] {
  const to = width === 32 ? DOUBLE : SINGLE;
  const between = both(vfpConvertWidth, {
    name: `VCVT.${to.dt}.${dt}`, bits: `cccc 1110 1D11 0111 dddd 101${z} 11M0 mmmm`, ref: 'A8.8.309 A1',
    syntax: `VCVT{c}.${to.dt}.${dt} ${to.v}d, ${v}m`,
    decode: (f) => ({ shape: { width }, x: { d: to.reg(f.D, f.d), m: reg(f.M, f.m) } }),
  });
  const integers = [true, false].flatMap((signed) => {
    const type = signed ? 'S32' : 'U32';
    return [
      ...both(vfpFromInteger, {
        name: `VCVT.${dt}.${type}`, bits: `cccc 1110 1D11 1000 dddd 101${z} ${signed ? '1' : '0'}1M0 mmmm`, ref: 'A8.8.306 A1',
        syntax: `VCVT{c}.${dt}.${type} ${v}d, Sm`,
        decode: (f) => ({ shape: { width, signed }, x: { d: reg(f.D, f.d), m: S(f.M, f.m) } }),
      }),
      ...(['zero', 'fpscr'] as const).flatMap((rounding) => both(vfpToInteger, {
        name: `VCVT${rounding === 'zero' ? '' : 'R'}.${type}.${dt}`, ref: 'A8.8.306 A1',
        bits: `cccc 1110 1D11 110${signed ? '1' : '0'} dddd 101${z} ${rounding === 'zero' ? '1' : '0'}1M0 mmmm`,
        syntax: `VCVT${rounding === 'zero' ? '' : 'R'}{c}.${type}.${dt} Sd, ${v}m`,
        decode: (f) => ({ shape: { width, signed, rounding }, x: { d: S(f.D, f.d), m: reg(f.M, f.m) } }),
      })),
    ];
  });
  const fixed = ([16, 32] as const).flatMap((size) => [true, false].flatMap((signed) => [true, false].flatMap((toFixed) => {
    const type = `${signed ? 'S' : 'U'}${size}`;
    const types = toFixed ? `${type}.${dt}` : `${dt}.${type}`;
    return both(vfpFixed, {
      name: `VCVT.${types} (fixed-point)`, ref: 'A8.8.308 A1',
      bits: `cccc 1110 1D11 1${toFixed ? '1' : '0'}1${signed ? '0' : '1'} dddd 101${z} ${size === 32 ? '1' : '0'}1j0 iiii`,
      syntax: `VCVT{c}.${types} ${v}d, ${v}d, #fbits${size}`,
      unpredictable: (f) => (f.i << 1 | f.j) > size ? 'more fraction bits than bits' : undefined,
      // UNPREDICTABLE counts are taken as none.
      decode: (f) => ({ shape: { width, size, signed, toFixed }, x: { d: reg(f.D, f.d), fractionBits: Math.max(0, size - (f.i << 1 | f.j)) } }),
    });
  })));
  return [...between, ...integers, ...fixed];
}

export const vfpArithmeticRows: readonly Row[] = [
  ...arithmetic(SINGLE), ...arithmetic(DOUBLE),
  ...conversions(SINGLE), ...conversions(DOUBLE),
];
