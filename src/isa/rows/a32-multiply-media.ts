/** A32 multiplies, saturating arithmetic and media instructions (DDI 0406C, A5.2.5-A5.2.7, A5.4). */
import {
  byteDifferences, bitFieldClear, bitFieldExtract, bitFieldInsert, countLeadingZeros, extend, pack, parallel, PARALLEL, PREFIXES, reverse, type ReverseKind,
  saturate, saturateHalves, saturatingSum, select,
} from '../bodies/media.ts';
import {
  dualMultiply, dualMultiplyAccumulate, dualMultiplyAccumulateLong, multiply, multiplyAccumulate, multiplyAccumulateAccumulate,
  multiplyAccumulateHalves, multiplyAccumulateLongHalves, multiplyAccumulateTop, multiplyAccumulateWordByHalf, multiplyHalves, multiplyLong,
  multiplyTop, multiplyWordByHalf,
} from '../bodies/multiply.ts';
import { a32, type Fields, type Row } from '../operation.ts';
import { DecodeImmShift } from '../pseudocode.ts';

/** A predicate for registers that must not be the PC. */
function noPC(letters: string): (f: Fields) => string | undefined {
  return (f) => [...letters].some((letter) => f[letter as keyof Fields] === 15) ? 'PC as a register' : undefined;
}

function longRegisters(f: Fields): string | undefined {
  return noPC('hlnm')(f) ?? (f.h === f.l ? 'RdHi is RdLo' : undefined);
}

const three = (f: Fields) => ({ d: f.d, n: f.n, m: f.m });
const four = (f: Fields) => ({ d: f.d, n: f.n, m: f.m, a: f.a });
const long = (f: Fields) => ({ l: f.l, h: f.h, n: f.n, m: f.m });

function longRow(name: string, op: string, ref: string, signed: boolean, accumulate: boolean): Row {
  return a32(multiplyLong, {
    name, bits: `cccc0000${op}Shhhhllllmmmm1001nnnn`, ref, syntax: `${name}{S}{c} RdLo, RdHi, Rn, Rm`, unpredictable: longRegisters,
    decode: (f) => ({ shape: { S: f.S === 1, signed, accumulate }, x: long(f) }),
  });
}

/** Halves by name: bit 0 for B, bit 1 for T. */
export const HALVES = [['B', false, '0'], ['T', true, '1']] as const;

const halfwordMultiplies: readonly Row[] = HALVES.flatMap(([M, mHigh, mBit]) => [
  a32(multiplyAccumulateWordByHalf, {
    name: `SMLAW${M}`, bits: `cccc00010010ddddaaaammmm1${mBit}00nnnn`, ref: 'A8.8.181 A1', syntax: `SMLAW${M}{c} Rd, Rn, Rm, Ra`, unpredictable: noPC('dnma'),
    decode: (f) => ({ shape: { mHigh }, x: four(f) }),
  }),
  a32(multiplyWordByHalf, {
    name: `SMULW${M}`, bits: `cccc00010010dddd----mmmm1${mBit}10nnnn`, ref: 'A8.8.190 A1', syntax: `SMULW${M}{c} Rd, Rn, Rm`, unpredictable: noPC('dnm'),
    decode: (f) => ({ shape: { mHigh }, x: three(f) }),
  }),
  ...HALVES.flatMap(([N, nHigh, nBit]) => [
    a32(multiplyAccumulateHalves, {
      name: `SMLA${N}${M}`, bits: `cccc00010000ddddaaaammmm1${mBit}${nBit}0nnnn`, ref: 'A8.8.176 A1', syntax: `SMLA${N}${M}{c} Rd, Rn, Rm, Ra`,
      unpredictable: noPC('dnma'),
      decode: (f) => ({ shape: { nHigh, mHigh }, x: four(f) }),
    }),
    a32(multiplyAccumulateLongHalves, {
      name: `SMLAL${N}${M}`, bits: `cccc00010100hhhhllllmmmm1${mBit}${nBit}0nnnn`, ref: 'A8.8.179 A1', syntax: `SMLAL${N}${M}{c} RdLo, RdHi, Rn, Rm`,
      unpredictable: longRegisters,
      decode: (f) => ({ shape: { nHigh, mHigh }, x: long(f) }),
    }),
    a32(multiplyHalves, {
      name: `SMUL${N}${M}`, bits: `cccc00010110dddd----mmmm1${mBit}${nBit}0nnnn`, ref: 'A8.8.188 A1', syntax: `SMUL${N}${M}{c} Rd, Rn, Rm`, unpredictable: noPC('dnm'),
      decode: (f) => ({ shape: { nHigh, mHigh }, x: three(f) }),
    }),
  ]),
]);

const dualMultiplies: readonly Row[] = ([['A', '0', false], ['S', '1', true]] as const).flatMap(([letter, op, subtract]) =>
  ([['', '0', false], ['X', '1', true]] as const).flatMap(([X, xBit, exchange]) => [
    a32(dualMultiplyAccumulate, {
      name: `SML${letter}D${X}`, bits: `cccc01110000ddddaaaammmm0${op}${xBit}1nnnn`, ref: subtract ? 'A8.8.182 A1' : 'A8.8.177 A1',
      syntax: `SML${letter}D${X}{c} Rd, Rn, Rm, Ra`, unpredictable: noPC('dnm'),
      decode: (f) => ({ shape: { subtract, exchange }, x: four(f) }),
    }),
    a32(dualMultiply, {
      name: `SMU${letter}D${X}`, bits: `cccc01110000dddd1111mmmm0${op}${xBit}1nnnn`, ref: subtract ? 'A8.8.191 A1' : 'A8.8.187 A1',
      syntax: `SMU${letter}D${X}{c} Rd, Rn, Rm`, unpredictable: noPC('dnm'),
      decode: (f) => ({ shape: { subtract, exchange }, x: three(f) }),
    }),
    a32(dualMultiplyAccumulateLong, {
      name: `SML${letter}LD${X}`, bits: `cccc01110100hhhhllllmmmm0${op}${xBit}1nnnn`, ref: subtract ? 'A8.8.183 A1' : 'A8.8.180 A1',
      syntax: `SML${letter}LD${X}{c} RdLo, RdHi, Rn, Rm`, unpredictable: longRegisters,
      decode: (f) => ({ shape: { subtract, exchange }, x: long(f) }),
    }),
  ]));

const topMultiplies: readonly Row[] = ([['', '0', false], ['R', '1', true]] as const).flatMap(([R, rBit, round]) => [
  a32(multiplyAccumulateTop, {
    name: `SMMLA${R}`, bits: `cccc01110101ddddaaaammmm00${rBit}1nnnn`, ref: 'A8.8.184 A1', syntax: `SMMLA${R}{c} Rd, Rn, Rm, Ra`, unpredictable: noPC('dnm'),
    decode: (f) => ({ shape: { round, subtract: false }, x: four(f) }),
  }),
  a32(multiplyTop, {
    name: `SMMUL${R}`, bits: `cccc01110101dddd1111mmmm00${rBit}1nnnn`, ref: 'A8.8.186 A1', syntax: `SMMUL${R}{c} Rd, Rn, Rm`, unpredictable: noPC('dnm'),
    decode: (f) => ({ shape: { round }, x: three(f) }),
  }),
  a32(multiplyAccumulateTop, {
    name: `SMMLS${R}`, bits: `cccc01110101ddddaaaammmm11${rBit}1nnnn`, ref: 'A8.8.185 A1', syntax: `SMMLS${R}{c} Rd, Rn, Rm, Ra`, unpredictable: noPC('dnma'),
    decode: (f) => ({ shape: { round, subtract: true }, x: four(f) }),
  }),
]);

export const multiplyRows: readonly Row[] = [
  a32(multiply, {
    name: 'MUL', bits: 'cccc0000000Sdddd----mmmm1001nnnn', ref: 'A8.8.114 A1', syntax: 'MUL{S}{c} Rd, Rn, Rm', unpredictable: noPC('dnm'),
    decode: (f) => ({ shape: { S: f.S === 1 }, x: three(f) }),
  }),
  a32(multiplyAccumulate, {
    name: 'MLA', bits: 'cccc0000001Sddddaaaammmm1001nnnn', ref: 'A8.8.100 A1', syntax: 'MLA{S}{c} Rd, Rn, Rm, Ra', unpredictable: noPC('dnma'),
    decode: (f) => ({ shape: { S: f.S === 1, subtract: false }, x: four(f) }),
  }),
  a32(multiplyAccumulate, {
    name: 'MLS', bits: 'cccc00000110ddddaaaammmm1001nnnn', ref: 'A8.8.101 A1', syntax: 'MLS{c} Rd, Rn, Rm, Ra', unpredictable: noPC('dnma'),
    decode: (f) => ({ shape: { S: false, subtract: true }, x: four(f) }),
  }),
  a32(multiplyAccumulateAccumulate, {
    name: 'UMAAL', bits: 'cccc00000100hhhhllllmmmm1001nnnn', ref: 'A8.8.255 A1', syntax: 'UMAAL{c} RdLo, RdHi, Rn, Rm', unpredictable: longRegisters,
    decode: (f) => ({ shape: {}, x: long(f) }),
  }),
  longRow('UMULL', '100', 'A8.8.257 A1', false, false),
  longRow('UMLAL', '101', 'A8.8.256 A1', false, true),
  longRow('SMULL', '110', 'A8.8.189 A1', true, false),
  longRow('SMLAL', '111', 'A8.8.178 A1', true, true),
  ...halfwordMultiplies, ...dualMultiplies, ...topMultiplies,
];

/** QADD and its kin, with the bits and section of each. */
export const SATURATING_SUMS = [
  { name: 'QADD', subtract: false, double: false, bits: '00', ref: 'A8.8.134' },
  { name: 'QSUB', subtract: true, double: false, bits: '01', ref: 'A8.8.141' },
  { name: 'QDADD', subtract: false, double: true, bits: '10', ref: 'A8.8.138' },
  { name: 'QDSUB', subtract: true, double: true, bits: '11', ref: 'A8.8.139' },
] as const;

const saturatingRows: readonly Row[] = SATURATING_SUMS.map(({ name, subtract, double, bits, ref }) => a32(saturatingSum, {
  name, bits: `cccc00010${bits}0nnnndddd----0101mmmm`, ref: `${ref} A1`, syntax: `${name}{c} Rd, Rm, Rn`, unpredictable: noPC('dnm'),
  decode: (f) => ({ shape: { subtract, double }, x: three(f) }),
}));

const PREFIX_BITS: Readonly<Record<string, string>> = { S: '001', Q: '010', SH: '011', U: '101', UQ: '110', UH: '111' };
const PARALLEL_BITS: Readonly<Record<string, string>> = { ADD16: '000', ASX: '001', SAX: '010', SUB16: '011', ADD8: '100', SUB8: '111' };

const PARALLEL_SECTIONS: Readonly<Record<string, readonly number[]>> = {
  S: [158, 159, 160, 195, 196, 197], Q: [135, 136, 137, 140, 142, 143], SH: [169, 170, 171, 172, 173, 174],
  U: [243, 244, 245, 268, 269, 270], UQ: [258, 259, 260, 261, 262, 263], UH: [249, 250, 251, 252, 253, 254],
};

/** Parallel addition and subtraction: the sections stand in the order of the names. */
export function parallelSection(prefix: string, kind: string): string {
  return `A8.8.${PARALLEL_SECTIONS[prefix]![['ADD16', 'ADD8', 'ASX', 'SAX', 'SUB16', 'SUB8'].indexOf(kind)]!}`;
}

const parallelRows: readonly Row[] = PREFIXES.flatMap((prefix) => PARALLEL.map((kind) => a32(parallel, {
  name: `${prefix}${kind}`, bits: `cccc01100${PREFIX_BITS[prefix]!}nnnndddd++++${PARALLEL_BITS[kind]!}1mmmm`, ref: `${parallelSection(prefix, kind)} A1`,
  syntax: `${prefix}${kind}{c} Rd, Rn, Rm`, unpredictable: noPC('dnm'),
  decode: (f) => ({ shape: { prefix, kind }, x: three(f) }),
})));

/** SXTB and its kin: the A32 opcode bits, sections without and with accumulation. */
export const EXTENSIONS = [
  { name: 'SXT', width: 'B16', signed: true, bits: '000', refs: ['A8.8.234', 'A8.8.231'] },
  { name: 'SXT', width: 'B', signed: true, bits: '010', refs: ['A8.8.233', 'A8.8.230'] },
  { name: 'SXT', width: 'H', signed: true, bits: '011', refs: ['A8.8.235', 'A8.8.232'] },
  { name: 'UXT', width: 'B16', signed: false, bits: '100', refs: ['A8.8.275', 'A8.8.272'] },
  { name: 'UXT', width: 'B', signed: false, bits: '110', refs: ['A8.8.274', 'A8.8.271'] },
  { name: 'UXT', width: 'H', signed: false, bits: '111', refs: ['A8.8.276', 'A8.8.273'] },
] as const;

const extendRows: readonly Row[] = EXTENSIONS.flatMap(({ name, width, signed, bits, refs }) => [
  a32(extend, {
    name: `${name}${width}`, bits: `cccc01101${bits}1111ddddoo--0111mmmm`, ref: `${refs[0]} A1`, syntax: `${name}${width}{c} Rd, Rm{, rotation}`, unpredictable: noPC('dm'),
    decode: (f) => ({ shape: { width, signed, accumulate: false }, x: { d: f.d, n: 0, m: f.m, amount: f.o * 8 } }),
  }),
  a32(extend, {
    name: `${name}A${width}`, bits: `cccc01101${bits}nnnnddddoo--0111mmmm`, ref: `${refs[1]} A1`, syntax: `${name}A${width}{c} Rd, Rn, Rm{, rotation}`,
    unpredictable: noPC('dm'),
    decode: (f) => ({ shape: { width, signed, accumulate: true }, x: { d: f.d, n: f.n, m: f.m, amount: f.o * 8 } }),
  }),
]);

function reverseRow(name: ReverseKind, bits: string, ref: string): Row {
  return a32(reverse, {
    name, bits: `cccc01101${bits}mmmm`, ref, syntax: `${name}{c} Rd, Rm`, unpredictable: noPC('dm'),
    decode: (f) => ({ shape: { kind: name }, x: { d: f.d, m: f.m } }),
  });
}

/** SSAT and USAT by a shift's two type bits (LSL or ASR). The operand `max` is the largest result. */
const saturateRows: readonly Row[] = (['00', '10'] as const).flatMap((type) => {
  const where = [`y==${Number.parseInt(type, 2)}`];
  const kind = type === '00' ? 'LSL' : 'ASR';
  return [
    a32(saturate, {
      name: `SSAT (${kind})`, bits: 'cccc0110101kkkkkddddiiiiiyy1nnnn', where, ref: 'A8.8.193 A1', syntax: 'SSAT{c} Rd, #<k+1>, Rn{, shift}', unpredictable: noPC('dn'),
      decode: (f) => {
        const { kind: shift, amount } = DecodeImmShift(f.y, f.i);
        return { shape: { shift, signed: true }, x: { d: f.d, n: f.n, amount, max: 2 ** f.k - 1 } };
      },
    }),
    a32(saturate, {
      name: `USAT (${kind})`, bits: 'cccc0110111kkkkkddddiiiiiyy1nnnn', where, ref: 'A8.8.266 A1', syntax: 'USAT{c} Rd, #<k>, Rn{, shift}', unpredictable: noPC('dn'),
      decode: (f) => {
        const { kind: shift, amount } = DecodeImmShift(f.y, f.i);
        return { shape: { shift, signed: false }, x: { d: f.d, n: f.n, amount, max: 2 ** f.k - 1 } };
      },
    }),
  ];
});

/** The mask of bits lsb to msb; nothing where msb < lsb (UNPREDICTABLE). */
export function fieldMask(lsb: number, msb: number): number {
  return msb < lsb ? 0 : (-1 >>> (31 - (msb - lsb))) << lsb;
}

/** Shifts left and then right that bring out a bit field; one that runs over bit 31 (UNPREDICTABLE) is cut off there. */
export function extractShifts(lsb: number, widthMinus1: number): { left: number; right: number } {
  const msb = Math.min(lsb + widthMinus1, 31);
  return { left: 31 - msb, right: 31 - msb + lsb };
}

export const mediaRows: readonly Row[] = [
  ...saturatingRows, ...parallelRows, ...extendRows, ...saturateRows,
  a32(pack, {
    name: 'PKHBT', bits: 'cccc01101000nnnnddddiiiiiyy1mmmm', where: ['y==0'], ref: 'A8.8.125 A1', syntax: 'PKHBT{c} Rd, Rn, Rm{, shift}', unpredictable: noPC('dnm'),
    decode: (f) => ({ shape: { top: false, shift: DecodeImmShift(0, f.i).kind }, x: { ...three(f), amount: f.i } }),
  }),
  a32(pack, {
    name: 'PKHTB', bits: 'cccc01101000nnnnddddiiiiiyy1mmmm', where: ['y==2'], ref: 'A8.8.125 A1', syntax: 'PKHTB{c} Rd, Rn, Rm{, shift}', unpredictable: noPC('dnm'),
    decode: (f) => ({ shape: { top: true, shift: DecodeImmShift(2, f.i).kind }, x: { ...three(f), amount: f.i } }),
  }),
  a32(saturateHalves, {
    name: 'SSAT16', bits: 'cccc01101010kkkkdddd++++0011nnnn', ref: 'A8.8.194 A1', syntax: 'SSAT16{c} Rd, #<k+1>, Rn', unpredictable: noPC('dn'),
    decode: (f) => ({ shape: { signed: true }, x: { d: f.d, n: f.n, max: 2 ** f.k - 1 } }),
  }),
  a32(saturateHalves, {
    name: 'USAT16', bits: 'cccc01101110kkkkdddd++++0011nnnn', ref: 'A8.8.267 A1', syntax: 'USAT16{c} Rd, #<k>, Rn', unpredictable: noPC('dn'),
    decode: (f) => ({ shape: { signed: false }, x: { d: f.d, n: f.n, max: 2 ** f.k - 1 } }),
  }),
  a32(select, {
    name: 'SEL', bits: 'cccc01101000nnnndddd++++1011mmmm', ref: 'A8.8.166 A1', syntax: 'SEL{c} Rd, Rn, Rm', unpredictable: noPC('dnm'),
    decode: (f) => ({ shape: {}, x: three(f) }),
  }),
  reverseRow('REV', '011++++dddd++++0011', 'A8.8.145 A1'),
  reverseRow('REV16', '011++++dddd++++1011', 'A8.8.146 A1'),
  reverseRow('RBIT', '111++++dddd++++0011', 'A8.8.144 A1'),
  reverseRow('REVSH', '111++++dddd++++1011', 'A8.8.147 A1'),
  a32(byteDifferences, {
    name: 'USAD8', bits: 'cccc01111000dddd1111mmmm0001nnnn', ref: 'A8.8.264 A1', syntax: 'USAD8{c} Rd, Rn, Rm', unpredictable: noPC('dnm'),
    decode: (f) => ({ shape: { accumulate: false }, x: { ...three(f), a: 0 } }),
  }),
  a32(byteDifferences, {
    name: 'USADA8', bits: 'cccc01111000ddddaaaammmm0001nnnn', ref: 'A8.8.265 A1', syntax: 'USADA8{c} Rd, Rn, Rm, Ra', unpredictable: noPC('dnm'),
    decode: (f) => ({ shape: { accumulate: true }, x: four(f) }),
  }),
  a32(bitFieldExtract, {
    name: 'SBFX', bits: 'cccc0111101kkkkkddddiiiii101nnnn', ref: 'A8.8.164 A1', syntax: 'SBFX{c} Rd, Rn, #<i>, #<k+1>',
    unpredictable: (f) => noPC('dn')(f) ?? (f.i + f.k > 31 ? 'field beyond bit 31' : undefined),
    decode: (f) => ({ shape: { signed: true }, x: { d: f.d, n: f.n, ...extractShifts(f.i, f.k) } }),
  }),
  a32(bitFieldExtract, {
    name: 'UBFX', bits: 'cccc0111111kkkkkddddiiiii101nnnn', ref: 'A8.8.246 A1', syntax: 'UBFX{c} Rd, Rn, #<i>, #<k+1>',
    unpredictable: (f) => noPC('dn')(f) ?? (f.i + f.k > 31 ? 'field beyond bit 31' : undefined),
    decode: (f) => ({ shape: { signed: false }, x: { d: f.d, n: f.n, ...extractShifts(f.i, f.k) } }),
  }),
  a32(bitFieldInsert, {
    name: 'BFI', bits: 'cccc0111110kkkkkddddiiiii001nnnn', ref: 'A8.8.20 A1', syntax: 'BFI{c} Rd, Rn, #lsb, #width',
    unpredictable: (f) => noPC('d')(f) ?? (f.k < f.i ? 'msb below lsb' : undefined),
    decode: (f) => ({ shape: {}, x: { d: f.d, n: f.n, amount: f.i, mask: fieldMask(f.i, f.k) } }),
  }),
  a32(bitFieldClear, {
    name: 'BFC', bits: 'cccc0111110kkkkkddddiiiii0011111', ref: 'A8.8.19 A1', syntax: 'BFC{c} Rd, #lsb, #width',
    unpredictable: (f) => noPC('d')(f) ?? (f.k < f.i ? 'msb below lsb' : undefined),
    decode: (f) => ({ shape: {}, x: { d: f.d, mask: fieldMask(f.i, f.k) } }),
  }),
  a32(countLeadingZeros, {
    name: 'CLZ', bits: 'cccc00010110++++dddd++++0001mmmm', ref: 'A8.8.33 A1', syntax: 'CLZ{c} Rd, Rm', unpredictable: noPC('dm'),
    decode: (f) => ({ shape: {}, x: { d: f.d, m: f.m } }),
  }),
];
