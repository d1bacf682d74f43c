/** Advanced SIMD with a shift amount, a modified immediate or one other register (DDI 0406C, A7.4.4-A7.4.6). */
import {
  neonCompareZero, neonConstant, neonDuplicateCore, neonDuplicateLane, neonExtract, neonFixed, neonInsert, neonNarrow, neonPairwiseAccumulate, neonPermute,
  neonShift, neonShiftLong, neonShiftNarrow, neonSwap, neonTable, neonUnary,
} from '../bodies/neon.ts';
import type { Fields, Row } from '../operation.ts';
import type { ElementSize, ElementType, VectorNarrow, VectorShift, VectorUnary } from '../vector-ops.ts';
import { BITS, I, integerType, isQuad, oddQuad, ONLY_S, signedType, SIGNED, SU, UNSIGNED, Vd, Vm, Vn } from './neon-encoding.ts';
import { both, D, T13 } from './vfp-encoding.ts';
import { VFPExpandImm } from './vfp-arithmetic.ts';

// ---- shift amounts: the leading one of L:imm6 tells the size, what follows it the amount

interface ShiftSize { readonly size: ElementSize; readonly imm6: string; readonly L: '0' | '1' }
const SIZES: readonly ShiftSize[] = [
  { size: 8, imm6: '001iii', L: '0' },
  { size: 16, imm6: '01iiii', L: '0' },
  { size: 32, imm6: '1iiiii', L: '0' },
  { size: 64, imm6: 'iiiiii', L: '1' },
];
const NARROW_SIZES = SIZES.slice(0, 3);

const U = (f: Fields): 's' | 'u' => f.U === 1 ? 'u' : 's';

/** To the right by size - i; a template for it is the codec `#right<size>`. */
const RIGHT: readonly { name: string; op: 'shr' | 'rshr'; accumulate: boolean; a: string; ref: string }[] = [
  { name: 'VSHR', op: 'shr', accumulate: false, a: '0000', ref: 'A8.8.398 A1' },
  { name: 'VSRA', op: 'shr', accumulate: true, a: '0001', ref: 'A8.8.402 A1' },
  { name: 'VRSHR', op: 'rshr', accumulate: false, a: '0010', ref: 'A8.8.389 A1' },
  { name: 'VRSRA', op: 'rshr', accumulate: true, a: '0011', ref: 'A8.8.393 A1' },
];

const shifts: readonly Row[] = SIZES.flatMap(({ size, imm6, L }) => [
  ...RIGHT.flatMap(({ name, op, accumulate, a, ref }) => both(neonShift, {
    name: `${name}.${size}`, bits: `1111001U 1D${imm6} dddd ${a} ${L}qM1 mmmm`, ref, syntax: `${name}{c}.<U:S${size}|U${size}> Vd, Vm, #right${size}`,
    undefinedIf: oddQuad,
    decode: (f) => ({
      shape: { op, type: `${U(f)}${size}` as const, accumulate, quad: isQuad(f) },
      x: { d: Vd(f), m: Vm(f), amount: size - f.i },
    }),
  })),
  ...both(neonInsert, {
    name: `VSRI.${size}`, bits: `11110011 1D${imm6} dddd 0100 ${L}qM1 mmmm`, ref: 'A8.8.403 A1', syntax: `VSRI{c}.${size} Vd, Vm, #right${size}`,
    undefinedIf: oddQuad,
    decode: (f) => ({ shape: { op: 'sri' as const, size, quad: isQuad(f) }, x: { d: Vd(f), m: Vm(f), amount: size - f.i } }),
  }),
  ...both(neonInsert, {
    name: `VSLI.${size}`, bits: `11110011 1D${imm6} dddd 0101 ${L}qM1 mmmm`, ref: 'A8.8.400 A1', syntax: `VSLI{c}.${size} Vd, Vm, #<i>`,
    undefinedIf: oddQuad,
    decode: (f) => ({ shape: { op: 'sli' as const, size, quad: isQuad(f) }, x: { d: Vd(f), m: Vm(f), amount: f.i } }),
  }),
  ...both(neonShift, {
    name: `VSHL.I${size} (immediate)`, bits: `11110010 1D${imm6} dddd 0101 ${L}qM1 mmmm`, ref: 'A8.8.395 A1', syntax: `VSHL{c}.I${size} Vd, Vm, #<i>`,
    undefinedIf: oddQuad,
    decode: (f) => ({ shape: { op: 'shl' as const, type: `u${size}` as const, accumulate: false, quad: isQuad(f) }, x: { d: Vd(f), m: Vm(f), amount: f.i } }),
  }),
  ...both(neonShift, {
    name: `VQSHLU.S${size}`, bits: `11110011 1D${imm6} dddd 0110 ${L}qM1 mmmm`, ref: 'A8.8.380 A1', syntax: `VQSHLU{c}.S${size} Vd, Vm, #<i>`,
    undefinedIf: oddQuad,
    decode: (f) => ({ shape: { op: 'qshlu' as const, type: `s${size}` as const, accumulate: false, quad: isQuad(f) }, x: { d: Vd(f), m: Vm(f), amount: f.i } }),
  }),
  ...both(neonShift, {
    name: `VQSHL.${size} (immediate)`, bits: `1111001U 1D${imm6} dddd 0111 ${L}qM1 mmmm`, ref: 'A8.8.380 A1',
    syntax: `VQSHL{c}.<U:S${size}|U${size}> Vd, Vm, #<i>`,
    undefinedIf: oddQuad,
    decode: (f) => ({
      shape: { op: 'qshl' as VectorShift, type: `${U(f)}${size}` as const, accumulate: false, quad: isQuad(f) },
      x: { d: Vd(f), m: Vm(f), amount: f.i },
    }),
  }),
]);

/** Names, U (or a field), opcode bits 11-8 and 6. */
const NARROWING: readonly { name: string; u: '0' | '1' | 'U'; a: string; b: string; op: 'shr' | 'rshr'; narrow: VectorNarrow; ref: string }[] = [
  { name: 'VSHRN', u: '0', a: '1000', b: '0', op: 'shr', narrow: 'truncate', ref: 'A8.8.399 A1' },
  { name: 'VRSHRN', u: '0', a: '1000', b: '1', op: 'rshr', narrow: 'truncate', ref: 'A8.8.390 A1' },
  { name: 'VQSHRUN', u: '1', a: '1000', b: '0', op: 'shr', narrow: 'saturateUnsigned', ref: 'A8.8.381 A1' },
  { name: 'VQRSHRUN', u: '1', a: '1000', b: '1', op: 'rshr', narrow: 'saturateUnsigned', ref: 'A8.8.378 A1' },
  { name: 'VQSHRN', u: 'U', a: '1001', b: '0', op: 'shr', narrow: 'saturate', ref: 'A8.8.381 A1' },
  { name: 'VQRSHRN', u: 'U', a: '1001', b: '1', op: 'rshr', narrow: 'saturate', ref: 'A8.8.378 A1' },
];

const narrowing: readonly Row[] = NARROW_SIZES.flatMap(({ size, imm6 }) => {
  const from = (size * 2) as 16 | 32 | 64;
  return [
    ...NARROWING.flatMap(({ name, u, a, b, op, narrow, ref }) => both(neonShiftNarrow, {
      name: `${name}.${from}`, bits: `1111001${u} 1D${imm6} dddd ${a} 0${b}M1 mmmm`, ref,
      syntax: `${name}{c}.${u === 'U' ? `<U:S${from}|U${from}>` : narrow === 'truncate' ? `I${from}` : `S${from}`} Dd, Qm, #right${size}`,
      undefinedIf: (f) => (f.m & 1) !== 0,
      decode: (f) => ({
        shape: { op, narrow, type: `${narrow === 'truncate' ? 'u' : U(f)}${from}` as const },
        x: { d: Vd(f), m: Vm(f), amount: size - f.i },
      }),
    })),
    ...both(neonShiftLong, {
      name: `VSHLL.${size}`, bits: `1111001U 1D${imm6} dddd 1010 00M1 mmmm`, ref: 'A8.8.397 A1', syntax: `VSHLL{c}.<U:S${size}|U${size}> Qd, Dm, #<i>`,
      where: ['i!=0'],
      undefinedIf: (f) => (f.d & 1) !== 0,
      decode: (f) => ({ shape: { type: `${U(f)}${size}` as ElementType }, x: { d: Vd(f), m: Vm(f), amount: f.i } }),
    }),
    ...both(neonShiftLong, {
      name: `VMOVL.${size}`, bits: `1111001U 1D${imm6.replaceAll('i', '0')} dddd 1010 00M1 mmmm`, ref: 'A8.8.346 A1',
      syntax: `VMOVL{c}.<U:S${size}|U${size}> Qd, Dm`,
      undefinedIf: (f) => (f.d & 1) !== 0,
      decode: (f) => ({ shape: { type: `${U(f)}${size}` as ElementType }, x: { d: Vd(f), m: Vm(f), amount: 0 } }),
    }),
  ];
});

const fixed = [true, false].flatMap((toFixed) => both(neonFixed, {
  name: toFixed ? 'VCVT (f32 to fixed, vector)' : 'VCVT (fixed to f32, vector)', bits: `1111001U 1D1iiiii dddd 111${toFixed ? '1' : '0'} 0qM1 mmmm`,
  ref: 'A8.8.307 A1', syntax: `VCVT{c}.${toFixed ? '<U:S32|U32>.F32' : 'F32.<U:S32|U32>'} Vd, Vm, #right32`,
  undefinedIf: oddQuad,
  decode: (f) => ({ shape: { type: f.U === 1 ? 'u32' as const : 's32' as const, toFixed, quad: isQuad(f) }, x: { d: Vd(f), m: Vm(f), fractionBits: 32 - f.i } }),
}));

// ---- modified immediates (A7.4.6)

interface Modified {
  readonly cmode: string;
  readonly op: string;
  readonly name: string;
  readonly body: 'mov' | 'or' | 'bic';
  readonly dt: string;
  readonly constant: string;
  /** Low and high word of the 64-bit constant of AdvSIMDExpandImm. */
  readonly expand: (imm8: number) => readonly [number, number];
  readonly zeroUnpredictable: boolean;
  readonly ref: string;
}

const twice = (word: number): readonly [number, number] => [word | 0, word | 0];
const halves = (value: number): readonly [number, number] => twice(value | value << 16);

/** Each bit of imm8 becomes a byte. */
function bytesOfBits(imm8: number): readonly [number, number] {
  const word = (four: number): number => [0, 1, 2, 3].reduce((sum, i) => sum | ((four >> i) & 1) * (0xff << 8 * i), 0) | 0;
  return [word(imm8 & 15), word(imm8 >> 4)];
}

const MODIFIED: readonly Modified[] = (['0', '1'] as const).flatMap((op) => {
  const move = { op, name: op === '0' ? 'VMOV' : 'VMVN', body: 'mov' as const, ref: op === '0' ? 'A8.8.339 A1' : 'A8.8.353 A1' };
  const change = { op, name: op === '0' ? 'VORR' : 'VBIC', body: op === '0' ? 'or' as const : 'bic' as const, ref: op === '0' ? 'A8.8.359 A1' : 'A8.8.288 A1' };
  const invert = (body: string, words: readonly [number, number]): readonly [number, number] => body === 'mov' && op === '1' ? [~words[0], ~words[1]] : words;
  const rows: Modified[] = [];
  for (const kind of [move, change]) {
    const last = kind === move ? '0' : '1';
    for (let byte = 0; byte < 4; byte++) rows.push({
      ...kind, cmode: `0${byte >> 1}${byte & 1}${last}`, dt: 'I32', constant: byte === 0 ? '#<i>' : `#<i*${2 ** (8 * byte)}>`,
      expand: (imm8) => invert(kind.body, twice(imm8 << 8 * byte)), zeroUnpredictable: byte > 0,
    });
    for (let byte = 0; byte < 2; byte++) rows.push({
      ...kind, cmode: `10${byte}${last}`, dt: 'I16', constant: byte === 0 ? '#<i>' : '#<i*256>',
      expand: (imm8) => invert(kind.body, halves(imm8 << 8 * byte)), zeroUnpredictable: byte > 0,
    });
  }
  rows.push(
    { ...move, cmode: '1100', dt: 'I32', constant: '#<i*256+255>', expand: (imm8) => invert('mov', twice(imm8 << 8 | 0xff)), zeroUnpredictable: true },
    { ...move, cmode: '1101', dt: 'I32', constant: '#<i*65536+65535>', expand: (imm8) => invert('mov', twice(imm8 << 16 | 0xffff)), zeroUnpredictable: true },
  );
  if (op === '0') rows.push(
    { ...move, cmode: '1110', dt: 'I8', constant: '#<i>', expand: (imm8) => twice(Math.imul(imm8, 0x01010101)), zeroUnpredictable: false },
    { ...move, cmode: '1111', dt: 'F32', constant: '#vfpimm', expand: (imm8) => twice(VFPExpandImm(imm8, 32)), zeroUnpredictable: false },
  );
  else rows.push({ ...move, name: 'VMOV', ref: 'A8.8.339 A1', cmode: '1110', dt: 'I64', constant: '#bytemask', expand: bytesOfBits, zeroUnpredictable: false });
  return rows;
});

const constants = MODIFIED.flatMap(({ cmode, op, name, body, dt, constant, expand, zeroUnpredictable, ref }) => both(neonConstant, {
  name: `${name}.${dt} (immediate, cmode ${cmode})`, bits: `1111001i 1D000iii dddd ${cmode} 0q${op}1 iiii`, ref, syntax: `${name}{c}.${dt} Vd, ${constant}`,
  ...(zeroUnpredictable ? { unpredictable: (f: Fields) => f.i === 0 ? 'a shifted zero' : undefined } : {}),
  undefinedIf: oddQuad,
  decode: (f) => {
    const [low, high] = expand(f.i);
    return { shape: { op: body, quad: isQuad(f) }, x: { d: Vd(f), low, high } };
  },
}));

// ---- two registers, miscellaneous: bits 17-16, 11-7

const zAbove = (limit: number) => (f: Fields): boolean => f.z > limit || oddQuad(f);

const UNARY: readonly { name: string; op: VectorUnary; high: string; low: string; dt: string; upTo: number; type: (f: Fields) => ElementType; ref: string }[] = [
  { name: 'VREV64', op: 'rev64', high: '00', low: '0000 0', dt: BITS(32), upTo: 2, type: integerType, ref: 'A8.8.386 A1' },
  { name: 'VREV32', op: 'rev32', high: '00', low: '0000 1', dt: BITS(16), upTo: 1, type: integerType, ref: 'A8.8.386 A1' },
  { name: 'VREV16', op: 'rev16', high: '00', low: '0001 0', dt: BITS(8), upTo: 0, type: integerType, ref: 'A8.8.386 A1' },
  { name: 'VPADDL', op: 'paddl', high: '00', low: '0010 U', dt: SU(32), upTo: 2, type: signedType, ref: 'A8.8.364 A1' },
  { name: 'VCLS', op: 'cls', high: '00', low: '0100 0', dt: ONLY_S(32), upTo: 2, type: (f) => SIGNED[f.z]!, ref: 'A8.8.299 A1' },
  { name: 'VCLZ', op: 'clz', high: '00', low: '0100 1', dt: I(32), upTo: 2, type: integerType, ref: 'A8.8.302 A1' },
  { name: 'VCNT', op: 'cnt', high: '00', low: '0101 0', dt: BITS(8), upTo: 0, type: integerType, ref: 'A8.8.304 A1' },
  { name: 'VQABS', op: 'qabs', high: '00', low: '0111 0', dt: ONLY_S(32), upTo: 2, type: (f) => SIGNED[f.z]!, ref: 'A8.8.369 A1' },
  { name: 'VQNEG', op: 'qneg', high: '00', low: '0111 1', dt: ONLY_S(32), upTo: 2, type: (f) => SIGNED[f.z]!, ref: 'A8.8.375 A1' },
  { name: 'VABS', op: 'abs', high: '01', low: '0011 0', dt: ONLY_S(32), upTo: 2, type: (f) => SIGNED[f.z]!, ref: 'A8.8.280 A1' },
  { name: 'VNEG', op: 'neg', high: '01', low: '0011 1', dt: ONLY_S(32), upTo: 2, type: (f) => SIGNED[f.z]!, ref: 'A8.8.355 A1' },
];

/** One size or type: bits 19-16 and 11-7. */
const FIXED_UNARY: readonly { name: string; op: VectorUnary; type: ElementType; high: string; low: string; dt: string; ref: string }[] = [
  { name: 'VMVN', op: 'not', type: 'i8', high: '0000', low: '0101 1', dt: '', ref: 'A8.8.354 A1' },
  { name: 'VABS', op: 'abs', type: 'f32', high: '1001', low: '0111 0', dt: '.F32', ref: 'A8.8.280 A1' },
  { name: 'VNEG', op: 'neg', type: 'f32', high: '1001', low: '0111 1', dt: '.F32', ref: 'A8.8.355 A1' },
  { name: 'VRECPE', op: 'recpe', type: 'u32', high: '1011', low: '0100 0', dt: '.U32', ref: 'A8.8.384 A1' },
  { name: 'VRECPE', op: 'recpe', type: 'f32', high: '1011', low: '0101 0', dt: '.F32', ref: 'A8.8.384 A1' },
  { name: 'VRSQRTE', op: 'rsqrte', type: 'u32', high: '1011', low: '0100 1', dt: '.U32', ref: 'A8.8.391 A1' },
  { name: 'VRSQRTE', op: 'rsqrte', type: 'f32', high: '1011', low: '0101 1', dt: '.F32', ref: 'A8.8.391 A1' },
  { name: 'VCVT', op: 'toFloat', type: 's32', high: '1011', low: '0110 0', dt: '.F32.S32', ref: 'A8.8.305 A1' },
  { name: 'VCVT', op: 'toFloat', type: 'u32', high: '1011', low: '0110 1', dt: '.F32.U32', ref: 'A8.8.305 A1' },
  { name: 'VCVT', op: 'fromFloat', type: 's32', high: '1011', low: '0111 0', dt: '.S32.F32', ref: 'A8.8.305 A1' },
  { name: 'VCVT', op: 'fromFloat', type: 'u32', high: '1011', low: '0111 1', dt: '.U32.F32', ref: 'A8.8.305 A1' },
];

/** Comparisons with zero: bits 9-7. */
const COMPARISONS = [
  { name: 'VCGT', op: 'gt', zeroFirst: false, low: '00 0', ref: 'A8.8.296 A1' },
  { name: 'VCGE', op: 'ge', zeroFirst: false, low: '00 1', ref: 'A8.8.294 A1' },
  { name: 'VCEQ', op: 'eq', zeroFirst: false, low: '01 0', ref: 'A8.8.292 A1' },
  { name: 'VCLE', op: 'ge', zeroFirst: true, low: '01 1', ref: 'A8.8.298 A1' },
  { name: 'VCLT', op: 'gt', zeroFirst: true, low: '10 0', ref: 'A8.8.301 A1' },
] as const;

const miscellaneous: readonly Row[] = [
  ...UNARY.flatMap(({ name, op, high, low, dt, upTo, type, ref }) => both(neonUnary, {
    name: `${name} (vector)`, bits: `11110011 1D11 zz${high} dddd ${low}qM0 mmmm`, ref, syntax: `${name}{c}.${dt} Vd, Vm`,
    undefinedIf: zAbove(upTo),
    decode: (f) => ({ shape: { op, type: type(f), quad: isQuad(f) }, x: { d: Vd(f), m: Vm(f) } }),
  })),
  ...FIXED_UNARY.flatMap(({ name, op, type, high, low, dt, ref }) => both(neonUnary, {
    name: `${name}${dt} (vector)`, bits: `11110011 1D11 ${high} dddd ${low}qM0 mmmm`, ref, syntax: `${name}{c}${dt} Vd, Vm`,
    undefinedIf: oddQuad,
    decode: (f) => ({ shape: { op, type, quad: isQuad(f) }, x: { d: Vd(f), m: Vm(f) } }),
  })),
  ...both(neonPairwiseAccumulate, {
    name: 'VPADAL', bits: '11110011 1D11 zz00 dddd 0110 UqM0 mmmm', ref: 'A8.8.361 A1', syntax: `VPADAL{c}.${SU(32)} Vd, Vm`,
    undefinedIf: zAbove(2),
    decode: (f) => ({ shape: { type: signedType(f), quad: isQuad(f) }, x: { d: Vd(f), m: Vm(f) } }),
  }),
  ...COMPARISONS.flatMap(({ name, op, zeroFirst, low, ref }) => [
    ...both(neonCompareZero, {
      name: `${name} (zero)`, bits: `11110011 1D11 zz01 dddd 00${low}qM0 mmmm`, ref, syntax: `${name}{c}.${name === 'VCEQ' ? I(32) : ONLY_S(32)} Vd, Vm, #0`,
      undefinedIf: zAbove(2),
      decode: (f) => ({ shape: { op, zeroFirst, type: op === 'eq' ? integerType(f) : SIGNED[f.z]!, quad: isQuad(f) }, x: { d: Vd(f), m: Vm(f) } }),
    }),
    ...both(neonCompareZero, {
      name: `${name}.F32 (zero)`, bits: `11110011 1D11 1001 dddd 01${low}qM0 mmmm`, ref, syntax: `${name}{c}.F32 Vd, Vm, #0`,
      undefinedIf: oddQuad,
      decode: (f) => ({ shape: { op, zeroFirst, type: 'f32' as const, quad: isQuad(f) }, x: { d: Vd(f), m: Vm(f) } }),
    }),
  ]),
  ...both(neonSwap, {
    name: 'VSWP', bits: '11110011 1D11 0010 dddd 0000 0qM0 mmmm', ref: 'A8.8.418 A1', syntax: 'VSWP{c} Vd, Vm',
    unpredictable: (f) => Vd(f) === Vm(f) ? 'a register with itself' : undefined,
    undefinedIf: oddQuad,
    decode: (f) => ({ shape: { quad: isQuad(f) }, x: { d: Vd(f), m: Vm(f) } }),
  }),
  ...([['VTRN', 'trn', '0 1', 'A8.8.420 A1'], ['VUZP', 'uzp', '1 0', 'A8.8.422 A1'], ['VZIP', 'zip', '1 1', 'A8.8.423 A1']] as const).flatMap(
    ([name, op, low, ref]) => both(neonPermute, {
      name, bits: `11110011 1D11 zz10 dddd 000${low}qM0 mmmm`, ref, syntax: `${name}{c}.${BITS(32)} Vd, Vm`,
      unpredictable: (f) => Vd(f) === Vm(f) ? 'a register with itself' : undefined,
      undefinedIf: (f) => zAbove(2)(f) || (op !== 'trn' && f.q === 0 && f.z === 2),
      decode: (f) => ({ shape: { op, size: ([8, 16, 32] as const)[f.z]!, quad: isQuad(f) }, x: { d: Vd(f), m: Vm(f) } }),
    })),
  ...([
    ['VMOVN', '00', 'truncate', 'u', 'I', 'A8.8.347 A1'], ['VQMOVUN', '01', 'saturateUnsigned', 's', 'S', 'A8.8.374 A1'],
    ['VQMOVN', '10', 'saturate', 's', 'S', 'A8.8.374 A1'], ['VQMOVN', '11', 'saturate', 'u', 'U', 'A8.8.374 A1'],
  ] as const).flatMap(([name, low, narrow, sign, letter, ref]) => both(neonNarrow, {
    name: `${name}.${letter}`, bits: `11110011 1D11 zz10 dddd 0010 ${low}M0 mmmm`, ref, syntax: `${name}{c}.<z:${letter}16|${letter}32|${letter}64|-> Dd, Qm`,
    undefinedIf: (f) => f.z === 3 || (f.m & 1) !== 0,
    decode: (f) => ({ shape: { narrow, type: (sign === 's' ? SIGNED : UNSIGNED)[f.z + 1]! }, x: { d: Vd(f), m: Vm(f) } }),
  })),
  ...([['00', 8, 'I8'], ['01', 16, 'I16'], ['10', 32, 'I32']] as const).flatMap(([z, size, dt]) => both(neonShiftLong, {
    name: `VSHLL.${dt} (by the size)`, bits: `11110011 1D11 ${z}10 dddd 0011 00M0 mmmm`, ref: 'A8.8.397 A2', syntax: `VSHLL{c}.${dt} Qd, Dm, #${size}`,
    undefinedIf: (f) => (f.d & 1) !== 0,
    decode: (f) => ({ shape: { type: `u${size}` as ElementType }, x: { d: Vd(f), m: Vm(f), amount: size } }),
  })),
];

// ---- extraction, tables, duplication

const others: readonly Row[] = [
  ...both(neonExtract, {
    name: 'VEXT', bits: '11110010 1D11 nnnn dddd iiii NqM0 mmmm', ref: 'A8.8.316 A1', syntax: 'VEXT{c}.8 Vd, Vn, Vm, #<i>',
    undefinedIf: (f) => oddQuad(f) || (f.q === 0 && f.i > 7),
    decode: (f) => ({ shape: { quad: isQuad(f) }, x: { d: Vd(f), n: Vn(f), m: Vm(f), bytes: f.i } }),
  }),
  ...[false, true].flatMap((extend) => both(neonTable, {
    name: extend ? 'VTBX' : 'VTBL', bits: `11110011 1D11 nnnn dddd 10ii N${extend ? '1' : '0'}M0 mmmm`, ref: 'A8.8.419 A1',
    syntax: `VTB${extend ? 'X' : 'L'}{c}.8 Dd, tablelist, Dm`,
    unpredictable: (f) => Vn(f) + f.i > 31 ? 'table behind D31' : undefined,
    // UNPREDICTABLE tables are taken as UNDEFINED.
    undefinedIf: (f) => Vn(f) + f.i > 31,
    decode: (f) => ({ shape: { length: f.i + 1, extend }, x: { d: Vd(f), n: Vn(f), m: Vm(f) } }),
  })),
  ...([[8, 'iii1'], [16, 'ii10'], [32, 'i100']] as const).flatMap(([size, lane]) => both(neonDuplicateLane, {
    name: `VDUP.${size} (scalar)`, bits: `11110011 1D11 ${lane} dddd 1100 0qM0 mmmm`, ref: 'A8.8.313 A1', syntax: `VDUP{c}.${size} Vd, Dm[<i>]`,
    undefinedIf: (f) => f.q === 1 && (f.d & 1) !== 0,
    decode: (f) => ({ shape: { size, quad: isQuad(f) }, x: { d: Vd(f), m: Vm(f), lane: f.i } }),
  })),
  ...([[8, '1', '0'], [16, '0', '1'], [32, '0', '0']] as const).flatMap(([size, B, E]) => both(neonDuplicateCore, {
    name: `VDUP.${size} (core register)`, bits: `cccc 1110 1${B}q0 dddd tttt 1011 D0${E}1 ----`, ref: 'A8.8.314 A1', syntax: `VDUP{c}.${size} Vd, Rt`,
    unpredictable: (f) => f.t === 15 ? 'PC as Rt' : undefined, unpredictableT32: T13,
    undefinedIf: (f) => f.q === 1 && (f.d & 1) !== 0,
    decode: (f) => ({ shape: { size, quad: isQuad(f) }, x: { d: D(f.D, f.d), t: f.t } }),
  })),
];

export const neonShiftRows: readonly Row[] = [...shifts, ...narrowing, ...fixed, ...constants, ...miscellaneous, ...others];
