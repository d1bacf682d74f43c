/** Advanced SIMD on three registers, and on two registers and a scalar (DDI 0406C, A7.4.1-A7.4.3). */
import {
  type Accumulate, type LongAccumulate, type LongBinary, neonAccumulate, neonBinary, neonByScalar, neonLong, neonLongByScalar, neonNarrowHigh,
  neonPairwise, neonSelect,
} from '../bodies/neon.ts';
import type { Fields, Row } from '../operation.ts';
import type { ElementType, VectorBinary, VectorPairwise } from '../vector-ops.ts';
import { I, integerType, isQuad, oddQuad, ONLY_S, signedType, SIGNED, SU, Vd, Vm, Vn } from './neon-encoding.ts';
import { both } from './vfp-encoding.ts';

/** Size field 3 where the operation has no 64-bit lanes. */
const none64 = (f: Fields): boolean => f.z === 3 || oddQuad(f);

/** Integer operations with a type of sign and size: opcode bits 11-8 and 4. */
const SIGNED_THREE: readonly { name: string; op: VectorBinary; a: string; b: string; upTo: 32 | 64; ref: string; swap?: true }[] = [
  { name: 'VHADD', op: 'hadd', a: '0000', b: '0', upTo: 32, ref: 'A8.8.319 A1' },
  { name: 'VQADD', op: 'qadd', a: '0000', b: '1', upTo: 64, ref: 'A8.8.370 A1' },
  { name: 'VRHADD', op: 'rhadd', a: '0001', b: '0', upTo: 32, ref: 'A8.8.387 A1' },
  { name: 'VHSUB', op: 'hsub', a: '0010', b: '0', upTo: 32, ref: 'A8.8.319 A1' },
  { name: 'VQSUB', op: 'qsub', a: '0010', b: '1', upTo: 64, ref: 'A8.8.382 A1' },
  { name: 'VCGT', op: 'gt', a: '0011', b: '0', upTo: 32, ref: 'A8.8.295 A1' },
  { name: 'VCGE', op: 'ge', a: '0011', b: '1', upTo: 32, ref: 'A8.8.293 A1' },
  { name: 'VSHL', op: 'shl', a: '0100', b: '0', upTo: 64, ref: 'A8.8.396 A1', swap: true },
  { name: 'VQSHL', op: 'qshl', a: '0100', b: '1', upTo: 64, ref: 'A8.8.379 A1', swap: true },
  { name: 'VRSHL', op: 'rshl', a: '0101', b: '0', upTo: 64, ref: 'A8.8.388 A1', swap: true },
  { name: 'VQRSHL', op: 'qrshl', a: '0101', b: '1', upTo: 64, ref: 'A8.8.377 A1', swap: true },
  { name: 'VMAX', op: 'max', a: '0110', b: '0', upTo: 32, ref: 'A8.8.334 A1' },
  { name: 'VMIN', op: 'min', a: '0110', b: '1', upTo: 32, ref: 'A8.8.334 A1' },
  { name: 'VABD', op: 'abd', a: '0111', b: '0', upTo: 32, ref: 'A8.8.278 A1' },
];

const signedThree = SIGNED_THREE.flatMap(({ name, op, a, b, upTo, ref, swap }) => both(neonBinary, {
  name: `${name} (integer)`, bits: `1111001U 0Dzz nnnn dddd ${a} NqM${b} mmmm`, ref,
  syntax: `${name}{c}.${SU(upTo)} ${swap === true ? 'Vd, Vm, Vn' : 'Vd, Vn, Vm'}`,
  undefinedIf: upTo === 64 ? oddQuad : none64,
  decode: (f) => ({
    shape: { op, type: signedType(f), quad: isQuad(f) },
    x: swap === true ? { d: Vd(f), n: Vm(f), m: Vn(f) } : { d: Vd(f), n: Vn(f), m: Vm(f) },
  }),
}));

/** Integer operations with a size only: U, opcode bits 11-8 and 4. */
const PLAIN_THREE: readonly { name: string; op: VectorBinary; u: string; a: string; b: string; upTo: 32 | 64; ref: string }[] = [
  { name: 'VADD', op: 'add', u: '0', a: '1000', b: '0', upTo: 64, ref: 'A8.8.282 A1' },
  { name: 'VSUB', op: 'sub', u: '1', a: '1000', b: '0', upTo: 64, ref: 'A8.8.414 A1' },
  { name: 'VTST', op: 'tst', u: '0', a: '1000', b: '1', upTo: 32, ref: 'A8.8.421 A1' },
  { name: 'VCEQ', op: 'eq', u: '1', a: '1000', b: '1', upTo: 32, ref: 'A8.8.291 A1' },
  { name: 'VMUL', op: 'mul', u: '0', a: '1001', b: '1', upTo: 32, ref: 'A8.8.350 A1' },
];

const plainThree = PLAIN_THREE.flatMap(({ name, op, u, a, b, upTo, ref }) => both(neonBinary, {
  name: `${name} (integer)`, bits: `1111001${u} 0Dzz nnnn dddd ${a} NqM${b} mmmm`, ref,
  syntax: `${name}{c}.${name === 'VTST' ? '<z:8|16|32|->' : I(upTo)} Vd, Vn, Vm`,
  undefinedIf: upTo === 64 ? oddQuad : none64,
  decode: (f) => ({ shape: { op, type: integerType(f), quad: isQuad(f) }, x: { d: Vd(f), n: Vn(f), m: Vm(f) } }),
}));

/** One type: everything but the registers and q is fixed. */
const FIXED_THREE: readonly { name: string; op: VectorBinary; type: ElementType; dt: string; u: string; z: string; a: string; b: string; ref: string }[] = [
  { name: 'VMUL', op: 'mul', type: 'p8', dt: '.P8', u: '1', z: '00', a: '1001', b: '1', ref: 'A8.8.350 A1' },
  { name: 'VQDMULH', op: 'qdmulh', type: 's16', dt: '.S16', u: '0', z: '01', a: '1011', b: '0', ref: 'A8.8.372 A1' },
  { name: 'VQDMULH', op: 'qdmulh', type: 's32', dt: '.S32', u: '0', z: '10', a: '1011', b: '0', ref: 'A8.8.372 A1' },
  { name: 'VQRDMULH', op: 'qrdmulh', type: 's16', dt: '.S16', u: '1', z: '01', a: '1011', b: '0', ref: 'A8.8.376 A1' },
  { name: 'VQRDMULH', op: 'qrdmulh', type: 's32', dt: '.S32', u: '1', z: '10', a: '1011', b: '0', ref: 'A8.8.376 A1' },
  { name: 'VAND', op: 'and', type: 'i64', dt: '', u: '0', z: '00', a: '0001', b: '1', ref: 'A8.8.287 A1' },
  { name: 'VBIC', op: 'bic', type: 'i64', dt: '', u: '0', z: '01', a: '0001', b: '1', ref: 'A8.8.289 A1' },
  { name: 'VORR', op: 'or', type: 'i64', dt: '', u: '0', z: '10', a: '0001', b: '1', ref: 'A8.8.360 A1' },
  { name: 'VORN', op: 'orn', type: 'i64', dt: '', u: '0', z: '11', a: '0001', b: '1', ref: 'A8.8.358 A1' },
  { name: 'VEOR', op: 'xor', type: 'i64', dt: '', u: '1', z: '00', a: '0001', b: '1', ref: 'A8.8.315 A1' },
  { name: 'VADD', op: 'add', type: 'f32', dt: '.F32', u: '0', z: '00', a: '1101', b: '0', ref: 'A8.8.283 A1' },
  { name: 'VSUB', op: 'sub', type: 'f32', dt: '.F32', u: '0', z: '10', a: '1101', b: '0', ref: 'A8.8.415 A1' },
  { name: 'VABD', op: 'abd', type: 'f32', dt: '.F32', u: '1', z: '10', a: '1101', b: '0', ref: 'A8.8.279 A1' },
  { name: 'VMUL', op: 'mul', type: 'f32', dt: '.F32', u: '1', z: '00', a: '1101', b: '1', ref: 'A8.8.351 A1' },
  { name: 'VCEQ', op: 'eq', type: 'f32', dt: '.F32', u: '0', z: '00', a: '1110', b: '0', ref: 'A8.8.291 A2' },
  { name: 'VCGE', op: 'ge', type: 'f32', dt: '.F32', u: '1', z: '00', a: '1110', b: '0', ref: 'A8.8.293 A2' },
  { name: 'VCGT', op: 'gt', type: 'f32', dt: '.F32', u: '1', z: '10', a: '1110', b: '0', ref: 'A8.8.295 A2' },
  { name: 'VACGE', op: 'absGe', type: 'f32', dt: '.F32', u: '1', z: '00', a: '1110', b: '1', ref: 'A8.8.281 A1' },
  { name: 'VACGT', op: 'absGt', type: 'f32', dt: '.F32', u: '1', z: '10', a: '1110', b: '1', ref: 'A8.8.281 A1' },
  { name: 'VMAX', op: 'max', type: 'f32', dt: '.F32', u: '0', z: '00', a: '1111', b: '0', ref: 'A8.8.335 A1' },
  { name: 'VMIN', op: 'min', type: 'f32', dt: '.F32', u: '0', z: '10', a: '1111', b: '0', ref: 'A8.8.335 A1' },
  { name: 'VRECPS', op: 'recps', type: 'f32', dt: '.F32', u: '0', z: '00', a: '1111', b: '1', ref: 'A8.8.385 A1' },
  { name: 'VRSQRTS', op: 'rsqrts', type: 'f32', dt: '.F32', u: '0', z: '10', a: '1111', b: '1', ref: 'A8.8.392 A1' },
];

const fixedThree = FIXED_THREE.flatMap(({ name, op, type, dt, u, z, a, b, ref }) => both(neonBinary, {
  name: `${name}${dt} (vector)`, bits: `1111001${u} 0D${z} nnnn dddd ${a} NqM${b} mmmm`, ref,
  syntax: `${name}{c}${dt} Vd, Vn, Vm`, undefinedIf: oddQuad,
  decode: (f) => ({ shape: { op, type, quad: isQuad(f) }, x: { d: Vd(f), n: Vn(f), m: Vm(f) } }),
}));

const accumulates: readonly Row[] = [
  ...both(neonAccumulate, {
    name: 'VABA', bits: '1111001U 0Dzz nnnn dddd 0111 NqM1 mmmm', ref: 'A8.8.277 A1', syntax: `VABA{c}.${SU(32)} Vd, Vn, Vm`,
    undefinedIf: none64,
    decode: (f) => ({ shape: { op: 'abd' as const, accumulate: 'add' as const, type: signedType(f), quad: isQuad(f) }, x: { d: Vd(f), n: Vn(f), m: Vm(f) } }),
  }),
  ...(['add', 'sub'] as const).flatMap((accumulate) => {
    const name = accumulate === 'add' ? 'VMLA' : 'VMLS';
    const bit = accumulate === 'add' ? '0' : '1';
    return [
      ...both(neonAccumulate, {
        name: `${name} (integer)`, bits: `1111001${bit} 0Dzz nnnn dddd 1001 NqM0 mmmm`, ref: 'A8.8.336 A1', syntax: `${name}{c}.${I(32)} Vd, Vn, Vm`,
        undefinedIf: none64,
        decode: (f) => ({ shape: { op: 'mul' as const, accumulate, type: integerType(f), quad: isQuad(f) }, x: { d: Vd(f), n: Vn(f), m: Vm(f) } }),
      }),
      ...both(neonAccumulate, {
        name: `${name}.F32 (vector)`, bits: `11110010 0D${bit}0 nnnn dddd 1101 NqM1 mmmm`, ref: 'A8.8.337 A1', syntax: `${name}{c}.F32 Vd, Vn, Vm`,
        undefinedIf: oddQuad,
        decode: (f) => ({ shape: { op: 'mul' as const, accumulate, type: 'f32' as const, quad: isQuad(f) }, x: { d: Vd(f), n: Vn(f), m: Vm(f) } }),
      }),
    ];
  }),
];

const selects = ([['VBSL', '01'], ['VBIT', '10'], ['VBIF', '11']] as const).flatMap(([op, z]) => both(neonSelect, {
  name: op, bits: `11110011 0D${z} nnnn dddd 0001 NqM1 mmmm`, ref: 'A8.8.290 A1', syntax: `${op}{c} Vd, Vn, Vm`,
  undefinedIf: oddQuad,
  decode: (f) => ({ shape: { op, quad: isQuad(f) }, x: { d: Vd(f), n: Vn(f), m: Vm(f) } }),
}));

const pairwise: readonly Row[] = [
  ...([['VPMAX', 'max', '0'], ['VPMIN', 'min', '1']] as const).flatMap(([name, op, b]) => both(neonPairwise, {
    name: `${name} (integer)`, bits: `1111001U 0Dzz nnnn dddd 1010 N0M${b} mmmm`, ref: 'A8.8.365 A1', syntax: `${name}{c}.${SU(32)} Dd, Dn, Dm`,
    undefinedIf: none64,
    decode: (f) => ({ shape: { op, type: signedType(f) }, x: { d: Vd(f), n: Vn(f), m: Vm(f) } }),
  })),
  ...both(neonPairwise, {
    name: 'VPADD (integer)', bits: '11110010 0Dzz nnnn dddd 1011 N0M1 mmmm', ref: 'A8.8.362 A1', syntax: `VPADD{c}.${I(32)} Dd, Dn, Dm`,
    undefinedIf: none64,
    decode: (f) => ({ shape: { op: 'add' as const, type: integerType(f) }, x: { d: Vd(f), n: Vn(f), m: Vm(f) } }),
  }),
  ...([
    ['VPADD', 'add', '00', '1101', 'A8.8.363 A1'], ['VPMAX', 'max', '00', '1111', 'A8.8.366 A1'], ['VPMIN', 'min', '10', '1111', 'A8.8.366 A1'],
  ] as const satisfies readonly (readonly [string, VectorPairwise, string, string, string])[]).flatMap(([name, op, z, a, ref]) => both(neonPairwise, {
    name: `${name}.F32`, bits: `11110011 0D${z} nnnn dddd ${a} N0M0 mmmm`, ref, syntax: `${name}{c}.F32 Dd, Dn, Dm`,
    decode: (f) => ({ shape: { op, type: 'f32' as const }, x: { d: Vd(f), n: Vn(f), m: Vm(f) } }),
  })),
];

// ---- three registers of different lengths. Size 3 belongs to other instructions.

const LONG: readonly { name: string; op: LongBinary; a: string; accumulate: LongAccumulate; wideFirst: boolean; ref: string }[] = [
  { name: 'VADDL', op: 'add', a: '0000', accumulate: 'none', wideFirst: false, ref: 'A8.8.285 A1' },
  { name: 'VADDW', op: 'add', a: '0001', accumulate: 'none', wideFirst: true, ref: 'A8.8.285 A1' },
  { name: 'VSUBL', op: 'sub', a: '0010', accumulate: 'none', wideFirst: false, ref: 'A8.8.417 A1' },
  { name: 'VSUBW', op: 'sub', a: '0011', accumulate: 'none', wideFirst: true, ref: 'A8.8.417 A1' },
  { name: 'VABAL', op: 'abd', a: '0101', accumulate: 'add', wideFirst: false, ref: 'A8.8.277 A2' },
  { name: 'VABDL', op: 'abd', a: '0111', accumulate: 'none', wideFirst: false, ref: 'A8.8.278 A2' },
  { name: 'VMLAL', op: 'mul', a: '1000', accumulate: 'add', wideFirst: false, ref: 'A8.8.336 A2' },
  { name: 'VMLSL', op: 'mul', a: '1010', accumulate: 'sub', wideFirst: false, ref: 'A8.8.336 A2' },
  { name: 'VMULL', op: 'mul', a: '1100', accumulate: 'none', wideFirst: false, ref: 'A8.8.350 A2' },
];

const long: readonly Row[] = [
  ...LONG.flatMap(({ name, op, a, accumulate, wideFirst, ref }) => both(neonLong, {
    name: `${name} (integer)`, bits: `1111001U 1Dzz nnnn dddd ${a} N0M0 mmmm`, ref, where: ['z!=3'],
    syntax: `${name}{c}.${SU(32)} Qd, ${wideFirst ? 'Qn' : 'Dn'}, Dm`,
    undefinedIf: (f) => (f.d & 1) !== 0 || (wideFirst && (f.n & 1) !== 0),
    decode: (f) => ({ shape: { op, accumulate, wideFirst, type: signedType(f) }, x: { d: Vd(f), n: Vn(f), m: Vm(f) } }),
  })),
  ...([
    ['VQDMLAL', '1001', 'qadd', 'A8.8.371 A1'], ['VQDMLSL', '1011', 'qsub', 'A8.8.371 A1'], ['VQDMULL', '1101', 'none', 'A8.8.373 A1'],
  ] as const).flatMap(([name, a, accumulate, ref]) => both(neonLong, {
    name, bits: `11110010 1Dzz nnnn dddd ${a} N0M0 mmmm`, ref, where: ['z!=3'], syntax: `${name}{c}.${ONLY_S(32, 16)} Qd, Dn, Dm`,
    undefinedIf: (f) => f.z === 0 || (f.d & 1) !== 0,
    decode: (f) => ({ shape: { op: 'qdmull' as const, accumulate, wideFirst: false, type: SIGNED[f.z]! }, x: { d: Vd(f), n: Vn(f), m: Vm(f) } }),
  })),
  ...both(neonLong, {
    name: 'VMULL.P8', bits: '11110010 1D00 nnnn dddd 1110 N0M0 mmmm', ref: 'A8.8.350 A2', syntax: `VMULL{c}.P8 Qd, Dn, Dm`,
    undefinedIf: (f) => (f.d & 1) !== 0,
    decode: (f) => ({ shape: { op: 'mul' as const, accumulate: 'none' as const, wideFirst: false, type: 'p8' as const }, x: { d: Vd(f), n: Vn(f), m: Vm(f) } }),
  }),
];

const WIDE_SOURCE = ['u16', 'u32', 'u64'] as const;

const narrowHigh = ([['ADD', 'add', '0100', 'A8.8.284 A1', 'A8.8.383 A1'], ['SUB', 'sub', '0110', 'A8.8.416 A1', 'A8.8.394 A1']] as const).flatMap(
  ([base, op, a, plainRef, roundRef]) => [false, true].flatMap((round) => {
    const name = `V${round ? 'R' : ''}${base}HN`;
    return both(neonNarrowHigh, {
      name, bits: `1111001${round ? '1' : '0'} 1Dzz nnnn dddd ${a} N0M0 mmmm`, ref: round ? roundRef : plainRef, where: ['z!=3'],
      syntax: `${name}{c}.<z:I16|I32|I64|-> Dd, Qn, Qm`,
      undefinedIf: (f) => ((f.n | f.m) & 1) !== 0,
      decode: (f) => ({ shape: { op, round, type: WIDE_SOURCE[f.z]! }, x: { d: Vd(f), n: Vn(f), m: Vm(f), half: 8 << f.z } }),
    });
  }));

// ---- two registers and a scalar: a quarter of D0-D7 for halfwords, D0-D15 for words

const SCALARS = [
  { size: 16, z: '01', low: 'N1i0 immm' },
  { size: 32, z: '10', low: 'N1i0 mmmm' },
] as const;

const scalarX = (f: Fields): { d: number; n: number; m: number; lane: number } => ({ d: Vd(f), n: Vn(f), m: f.m, lane: f.i });
const oddQuadScalar = (f: Fields): boolean => f.q === 1 && ((f.d | f.n) & 1) !== 0;

const byScalar: readonly Row[] = SCALARS.flatMap(({ size, z, low }) => {
  const scalar = (
    name: string, dt: string, a: string, ref: string, op: 'mul' | 'qdmulh' | 'qrdmulh', accumulate: 'none' | Accumulate, type: ElementType,
  ): Row[] => both(neonByScalar, {
    name: `${name}.${dt} (by scalar)`, bits: `1111001q 1D${z} nnnn dddd ${a} ${low}`, ref, syntax: `${name}{c}.${dt} Vd, Vn, Dm[<i>]`,
    undefinedIf: oddQuadScalar,
    decode: (f) => ({ shape: { op, accumulate, type, size, quad: isQuad(f) }, x: scalarX(f) }),
  });
  const longScalar = (name: string, a: string, ref: string, accumulate: LongAccumulate): Row[] => both(neonLongByScalar, {
    name: `${name}.${size} (by scalar)`, bits: `1111001U 1D${z} nnnn dddd ${a} ${low}`, ref, syntax: `${name}{c}.<U:S${size}|U${size}> Qd, Dn, Dm[<i>]`,
    undefinedIf: (f) => (f.d & 1) !== 0,
    decode: (f) => ({ shape: { op: 'mul' as const, accumulate, type: `${f.U === 1 ? 'u' : 's'}${size}` as const, size }, x: scalarX(f) }),
  });
  const saturating = (name: string, a: string, ref: string, accumulate: LongAccumulate): Row[] => both(neonLongByScalar, {
    name: `${name}.S${size} (by scalar)`, bits: `11110010 1D${z} nnnn dddd ${a} ${low}`, ref, syntax: `${name}{c}.S${size} Qd, Dn, Dm[<i>]`,
    undefinedIf: (f) => (f.d & 1) !== 0,
    decode: (f) => ({ shape: { op: 'qdmull' as const, accumulate, type: `s${size}` as const, size }, x: scalarX(f) }),
  });
  return [
    ...scalar('VMLA', `I${size}`, '0000', 'A8.8.338 A1', 'mul', 'add', `i${size}`),
    ...scalar('VMLS', `I${size}`, '0100', 'A8.8.338 A1', 'mul', 'sub', `i${size}`),
    ...scalar('VMUL', `I${size}`, '1000', 'A8.8.352 A1', 'mul', 'none', `i${size}`),
    ...(size === 16 ? [] : [
      ...scalar('VMLA', 'F32', '0001', 'A8.8.338 A1', 'mul', 'add', 'f32'),
      ...scalar('VMLS', 'F32', '0101', 'A8.8.338 A1', 'mul', 'sub', 'f32'),
      ...scalar('VMUL', 'F32', '1001', 'A8.8.352 A1', 'mul', 'none', 'f32'),
    ]),
    ...scalar('VQDMULH', `S${size}`, '1100', 'A8.8.372 A2', 'qdmulh', 'none', `s${size}`),
    ...scalar('VQRDMULH', `S${size}`, '1101', 'A8.8.376 A2', 'qrdmulh', 'none', `s${size}`),
    ...longScalar('VMLAL', '0010', 'A8.8.338 A2', 'add'),
    ...longScalar('VMLSL', '0110', 'A8.8.338 A2', 'sub'),
    ...longScalar('VMULL', '1010', 'A8.8.352 A2', 'none'),
    ...saturating('VQDMLAL', '0011', 'A8.8.371 A2', 'qadd'),
    ...saturating('VQDMLSL', '0111', 'A8.8.371 A2', 'qsub'),
    ...saturating('VQDMULL', '1011', 'A8.8.373 A2', 'none'),
  ];
});

export const neonRegisterRows: readonly Row[] = [
  ...signedThree, ...plainThree, ...fixedThree, ...accumulates, ...selects, ...pairwise, ...long, ...narrowHigh, ...byScalar,
];
