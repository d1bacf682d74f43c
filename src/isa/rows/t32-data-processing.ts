/** 32-bit T32 data processing (DDI 0406C, A6.3.1-A6.3.3, A6.3.11-A6.3.17). */
import { addressOf, type Alu, aluImmediate, aluRegister, aluShiftedByRegister, moveTop } from '../bodies/data-processing.ts';
import {
  bitFieldClear, bitFieldExtract, bitFieldInsert, byteDifferences, countLeadingZeros, extend, pack, parallel, PARALLEL, PREFIXES, reverse, type ReverseKind, saturate,
  saturateHalves, saturatingSum, select,
} from '../bodies/media.ts';
import {
  dualMultiply, dualMultiplyAccumulate, dualMultiplyAccumulateLong, multiply, multiplyAccumulate, multiplyAccumulateAccumulate,
  multiplyAccumulateHalves, multiplyAccumulateLongHalves, multiplyAccumulateTop, multiplyAccumulateWordByHalf, multiplyHalves, multiplyLong,
  multiplyTop, multiplyWordByHalf,
} from '../bodies/multiply.ts';
import { type Fields, type Row, t32 } from '../operation.ts';
import { DecodeImmShift, DecodeRegShift, ThumbExpandImm } from '../pseudocode.ts';
import { EXTENSIONS, extractShifts, fieldMask, HALVES, parallelSection, SATURATING_SUMS } from './a32-multiply-media.ts';

/** A predicate for registers that must be neither SP nor PC. */
function bad(letters: string): (f: Fields) => string | undefined {
  return (f) => {
    for (const letter of letters) {
      const number = f[letter as keyof Fields];
      if (number === 13 || number === 15) return 'SP or PC as a register';
    }
    return undefined;
  };
}

function both(...predicates: readonly ((f: Fields) => string | undefined)[]): (f: Fields) => string | undefined {
  return (f) => {
    for (const predicate of predicates) {
      const reason = predicate(f);
      if (reason !== undefined) return reason;
    }
    return undefined;
  };
}

/** SP may stand in ADD and SUB as Rn, and as Rd where Rn is SP too (and the shift is LSL by 0 to 3). */
function stackArithmetic(register: boolean): (f: Fields) => string | undefined {
  return (f) => {
    if (f.n === 15) return 'PC as Rn';
    if (f.d === 15) return 'PC as Rd';
    if (f.d === 13 && f.n !== 13) return 'SP as Rd';
    if (register && f.d === 13 && (f.y !== 0 || f.i > 3)) return 'SP as Rd with a shift beyond LSL #3';
    return undefined;
  };
}

/** Opcode bits, what Rd = 15 with S or Rn = 15 turn the operation into, and the sections of immediate and register. */
interface Thumb {
  readonly alu: Alu;
  readonly opcode: string;
  readonly compare?: { readonly alu: Alu; readonly refs: readonly [string, string] };
  readonly move?: { readonly alu: Alu; readonly refs: readonly [string, string] };
  readonly refs: readonly [string, string];
  /** The narrow forms make the mnemonic of the wide ones end in .W. */
  readonly wide: readonly [string, string];
}

const OPERATIONS: readonly Thumb[] = [
  { alu: 'AND', opcode: '0000', compare: { alu: 'TST', refs: ['A8.8.240 T1', 'A8.8.241 T2'] }, refs: ['A8.8.13 T1', 'A8.8.14 T2'], wide: ['', '.W'] },
  { alu: 'BIC', opcode: '0001', refs: ['A8.8.21 T1', 'A8.8.22 T2'], wide: ['', '.W'] },
  { alu: 'ORR', opcode: '0010', move: { alu: 'MOV', refs: ['A8.8.102 T2', 'A8.8.103 T3'] }, refs: ['A8.8.122 T1', 'A8.8.123 T2'], wide: ['', '.W'] },
  { alu: 'ORN', opcode: '0011', move: { alu: 'MVN', refs: ['A8.8.115 T1', 'A8.8.116 T2'] }, refs: ['A8.8.120 T1', 'A8.8.121 T1'], wide: ['', ''] },
  { alu: 'EOR', opcode: '0100', compare: { alu: 'TEQ', refs: ['A8.8.237 T1', 'A8.8.238 T1'] }, refs: ['A8.8.46 T1', 'A8.8.47 T2'], wide: ['', '.W'] },
  { alu: 'ADD', opcode: '1000', compare: { alu: 'CMN', refs: ['A8.8.34 T1', 'A8.8.35 T2'] }, refs: ['A8.8.4 T3', 'A8.8.6 T3'], wide: ['.W', '.W'] },
  { alu: 'ADC', opcode: '1010', refs: ['A8.8.1 T1', 'A8.8.2 T2'], wide: ['', '.W'] },
  { alu: 'SBC', opcode: '1011', refs: ['A8.8.161 T1', 'A8.8.162 T2'], wide: ['', '.W'] },
  { alu: 'SUB', opcode: '1101', compare: { alu: 'CMP', refs: ['A8.8.37 T2', 'A8.8.38 T3'] }, refs: ['A8.8.221 T3', 'A8.8.223 T2'], wide: ['.W', '.W'] },
  { alu: 'RSB', opcode: '1110', refs: ['A8.8.152 T2', 'A8.8.153 T1'], wide: ['.W', ''] },
];

const MOVE_WIDTH: Readonly<Record<string, readonly [string, string]>> = { MOV: ['.W', '.W'], MVN: ['', '.W'] };
const COMPARE_WIDTH: Readonly<Record<string, readonly [string, string]>> = { TST: ['', '.W'], TEQ: ['', ''], CMN: ['', '.W'], CMP: ['.W', '.W'] };

const constant = (f: Fields): number => f.i << 11 | f.j << 8 | f.k;

/** A constant whose halves repeat a zero byte is UNPREDICTABLE. */
const emptyRepeat = (f: Fields): string | undefined => {
  const imm12 = constant(f);
  return imm12 >>> 8 >= 1 && imm12 >>> 8 <= 3 && (imm12 & 0xff) === 0 ? 'a repeated byte of 0' : undefined;
};

function immediateRow(alu: Alu, bits: string, ref: string, syntax: string, S: 'field' | 'always', unpredictable: (f: Fields) => string | undefined): Row {
  return t32(aluImmediate, {
    name: `${alu} (immediate)`, bits, ref, syntax, unpredictable: both(emptyRepeat, unpredictable),
    decode: (f) => {
      const setFlags = S === 'always' || f.S === 1;
      return { shape: { alu, S: setFlags, immCarry: setFlags && constant(f) >>> 10 !== 0 }, x: { d: f.d, n: f.n, imm: ThumbExpandImm(constant(f)) } };
    },
  });
}

function registerRow(alu: Alu, bits: string, ref: string, syntax: string, S: 'field' | 'always', unpredictable: (f: Fields) => string | undefined): Row {
  return t32(aluRegister, {
    name: `${alu} (register)`, bits, ref, syntax, unpredictable,
    decode: (f) => {
      const { kind, amount } = DecodeImmShift(f.y, f.i);
      return { shape: { alu, S: S === 'always' || f.S === 1, shift: kind }, x: { d: f.d, n: f.n, m: f.m, amount } };
    },
  });
}

/** SP may stand for one register of MOV (register) without flags and shift. */
function moveRegisters(f: Fields): string | undefined {
  if (f.S === 1 || f.y !== 0 || f.i !== 0) return bad('dm')(f);
  return f.d === 15 || f.m === 15 || (f.d === 13 && f.m === 13) ? 'PC, or SP to SP' : undefined;
}

function rows({ alu, opcode, compare, move, refs, wide }: Thumb): Row[] {
  const stack = alu === 'ADD' || alu === 'SUB';
  const made = [
    immediateRow(alu, `11110i0${opcode}Snnnn0jjjddddkkkkkkkk`, refs[0], `${alu}{S}{c}${wide[0]} Rd, Rn, #tmodimm`, 'field', stack ? stackArithmetic(false) : bad('dn')),
    registerRow(alu, `1110101${opcode}Snnnn-iiiddddiiyymmmm`, refs[1], `${alu}{S}{c}${wide[1]} Rd, Rn, Rm{, shift}`, 'field',
      stack ? both(stackArithmetic(true), bad('m')) : bad('dnm')),
  ];
  if (compare !== undefined) {
    const width = COMPARE_WIDTH[compare.alu]!;
    // CMP and CMN take SP as Rn.
    const first = compare.alu === 'CMP' || compare.alu === 'CMN' ? (f: Fields) => f.n === 15 ? 'PC as Rn' : undefined : bad('n');
    made.push(
      immediateRow(compare.alu, `11110i0${opcode}1nnnn0jjj1111kkkkkkkk`, compare.refs[0], `${compare.alu}{c}${width[0]} Rn, #tmodimm`, 'always', first),
      registerRow(compare.alu, `1110101${opcode}1nnnn-iii1111iiyymmmm`, compare.refs[1], `${compare.alu}{c}${width[1]} Rn, Rm{, shift}`, 'always', both(first, bad('m'))),
    );
  }
  if (move !== undefined) {
    const width = MOVE_WIDTH[move.alu]!;
    made.push(
      immediateRow(move.alu, `11110i0${opcode}S11110jjjddddkkkkkkkk`, move.refs[0], `${move.alu}{S}{c}${width[0]} Rd, #tmodimm`, 'field', bad('d')),
      registerRow(move.alu, `1110101${opcode}S1111-iiiddddiiyymmmm`, move.refs[1], `${move.alu}{S}{c}${width[1]} Rd, Rm{, shift}`, 'field',
        move.alu === 'MOV' ? moveRegisters : bad('dm')),
    );
  }
  return made;
}

/** ADDW and SUBW; ADR where Rn is the PC. */
const plainArithmetic: readonly Row[] = ([['ADD', '00000', 'A8.8.4 T4', 'A8.8.12 T3', 1], ['SUB', '01010', 'A8.8.221 T4', 'A8.8.12 T2', -1]] as const)
  .flatMap(([alu, op, ref, adr, sign]) => [
    t32(aluImmediate, {
      name: `${alu}W (immediate)`, bits: `11110i1${op}nnnn0jjjddddkkkkkkkk`, ref, syntax: `${alu}W{c} Rd, Rn, #<ijk>`, unpredictable: stackArithmetic(false),
      decode: (f) => ({ shape: { alu, S: false, immCarry: false }, x: { d: f.d, n: f.n, imm: constant(f) } }),
    }),
    t32(addressOf, {
      name: sign === 1 ? 'ADR (after)' : 'ADR (before)', bits: `11110i1${op}11110jjjddddkkkkkkkk`, ref: adr,
      syntax: `ADR{c}${sign === 1 ? '.W' : ''} Rd, ${sign === 1 ? 'literal+imm12' : 'literal-imm12'}`, unpredictable: bad('d'),
      decode: (f) => ({ shape: {}, x: { d: f.d, n: 15, imm: sign * constant(f) | 0 } }),
    }),
  ]);

const wideMoves: readonly Row[] = [
  t32(aluImmediate, {
    name: 'MOVW', bits: '11110i100100vvvv0jjjddddkkkkkkkk', ref: 'A8.8.102 T3', syntax: 'MOVW{c} Rd, #<vijk>', unpredictable: bad('d'),
    decode: (f) => ({ shape: { alu: 'MOV', S: false, immCarry: false }, x: { d: f.d, n: 0, imm: f.v << 12 | constant(f) } }),
  }),
  t32(moveTop, {
    name: 'MOVT', bits: '11110i101100vvvv0jjjddddkkkkkkkk', ref: 'A8.8.106 T1', syntax: 'MOVT{c} Rd, #<vijk>', unpredictable: bad('d'),
    decode: (f) => ({ shape: {}, x: { d: f.d, imm: f.v << 28 | constant(f) << 16 } }),
  }),
];

/** SSAT and USAT: y has the manual's sh and the 0 below it, so that it reads as a shift type. */
const saturateRows: readonly Row[] = ([['LSL', 0], ['ASR', 2]] as const).flatMap(([kind, type]) =>
  ([['SSAT', '00', true, '#<k+1>', 'A8.8.193 T1'], ['USAT', '10', false, '#<k>', 'A8.8.266 T1']] as const).map(([name, op, signed, max, ref]) => t32(saturate, {
    name: `${name} (${kind})`, bits: `11110-11${op}yynnnn0iiiddddii-kkkkk`, where: [`y==${type}`], ref, syntax: `${name}{c} Rd, ${max}, Rn{, shift}`,
    unpredictable: bad('dn'),
    decode: (f) => {
      const { kind: shift, amount } = DecodeImmShift(type, f.i);
      return { shape: { shift, signed }, x: { d: f.d, n: f.n, amount, max: 2 ** f.k - 1 } };
    },
  })));

const bitFields: readonly Row[] = [
  t32(saturateHalves, {
    name: 'SSAT16', bits: '11110-110010nnnn0000dddd00--kkkk', ref: 'A8.8.194 T1', syntax: 'SSAT16{c} Rd, #<k+1>, Rn', unpredictable: bad('dn'),
    decode: (f) => ({ shape: { signed: true }, x: { d: f.d, n: f.n, max: 2 ** f.k - 1 } }),
  }),
  t32(saturateHalves, {
    name: 'USAT16', bits: '11110-111010nnnn0000dddd00--kkkk', ref: 'A8.8.267 T1', syntax: 'USAT16{c} Rd, #<k>, Rn', unpredictable: bad('dn'),
    decode: (f) => ({ shape: { signed: false }, x: { d: f.d, n: f.n, max: 2 ** f.k - 1 } }),
  }),
  ...([['SBFX', '0100', true, 'A8.8.164 T1'], ['UBFX', '1100', false, 'A8.8.246 T1']] as const).map(([name, op, signed, ref]) => t32(bitFieldExtract, {
    name, bits: `11110-11${op}nnnn0iiiddddii-kkkkk`, ref, syntax: `${name}{c} Rd, Rn, #<i>, #<k+1>`,
    unpredictable: both(bad('dn'), (f) => f.i + f.k > 31 ? 'field beyond bit 31' : undefined),
    decode: (f) => ({ shape: { signed }, x: { d: f.d, n: f.n, ...extractShifts(f.i, f.k) } }),
  })),
  t32(bitFieldInsert, {
    name: 'BFI', bits: '11110-110110nnnn0iiiddddii-kkkkk', ref: 'A8.8.20 T1', syntax: 'BFI{c} Rd, Rn, #lsb, #width',
    unpredictable: both(bad('d'), (f) => f.n === 13 ? 'SP as Rn' : f.k < f.i ? 'msb below lsb' : undefined),
    decode: (f) => ({ shape: {}, x: { d: f.d, n: f.n, amount: f.i, mask: fieldMask(f.i, f.k) } }),
  }),
  t32(bitFieldClear, {
    name: 'BFC', bits: '11110-11011011110iiiddddii-kkkkk', ref: 'A8.8.19 T1', syntax: 'BFC{c} Rd, #lsb, #width',
    unpredictable: both(bad('d'), (f) => f.k < f.i ? 'msb below lsb' : undefined),
    decode: (f) => ({ shape: {}, x: { d: f.d, mask: fieldMask(f.i, f.k) } }),
  }),
  ...([['PKHBT', 0, false], ['PKHTB', 2, true]] as const).map(([name, type, top]) => t32(pack, {
    name, bits: '111010101100nnnn-iiiddddiiyymmmm', where: [`y==${type}`], ref: 'A8.8.125 T1', syntax: `${name}{c} Rd, Rn, Rm{, shift}`, unpredictable: bad('dnm'),
    decode: (f) => ({ shape: { top, shift: DecodeImmShift(type, f.i).kind }, x: { d: f.d, n: f.n, m: f.m, amount: f.i } }),
  })),
];

const three = (f: Fields) => ({ d: f.d, n: f.n, m: f.m });
const four = (f: Fields) => ({ d: f.d, n: f.n, m: f.m, a: f.a });
const long = (f: Fields) => ({ l: f.l, h: f.h, n: f.n, m: f.m });

const shiftRows: readonly Row[] = ([['LSL', 0, 'A8.8.95'], ['LSR', 1, 'A8.8.97'], ['ASR', 2, 'A8.8.17'], ['ROR', 3, 'A8.8.150']] as const)
  .map(([name, type, ref]) => t32(aluShiftedByRegister, {
    name: `${name} (register)`, bits: `111110100${type.toString(2).padStart(2, '0')}Smmmm1111dddd0000ssss`, ref: `${ref} T2`,
    syntax: `${name}{S}{c}.W Rd, Rm, Rs`, unpredictable: bad('dms'),
    decode: (f) => ({ shape: { alu: 'MOV', S: f.S === 1, shift: DecodeRegShift(type) }, x: { d: f.d, n: 0, m: f.m, s: f.s } }),
  }));

const EXTENSION_BITS: Readonly<Record<string, string>> = { SXTH: '000', UXTH: '001', SXTB16: '010', UXTB16: '011', SXTB: '100', UXTB: '101' };

const extendRows: readonly Row[] = EXTENSIONS.flatMap(({ name, width, signed, refs }) => {
  const bits = EXTENSION_BITS[`${name}${width}`]!;
  const narrow = width === 'B16' ? '' : '.W';
  return [
    t32(extend, {
      name: `${name}${width}`, bits: `111110100${bits}11111111dddd1-oommmm`, ref: `${refs[0]} T${narrow === '' ? 1 : 2}`,
      syntax: `${name}${width}{c}${narrow} Rd, Rm{, rotation}`, unpredictable: bad('dm'),
      decode: (f) => ({ shape: { width, signed, accumulate: false }, x: { d: f.d, n: 0, m: f.m, amount: f.o * 8 } }),
    }),
    t32(extend, {
      name: `${name}A${width}`, bits: `111110100${bits}nnnn1111dddd1-oommmm`, ref: `${refs[1]} T1`,
      syntax: `${name}A${width}{c} Rd, Rn, Rm{, rotation}`, unpredictable: bad('dmn'),
      decode: (f) => ({ shape: { width, signed, accumulate: true }, x: { d: f.d, n: f.n, m: f.m, amount: f.o * 8 } }),
    }),
  ];
});

const PARALLEL_BITS: Readonly<Record<string, string>> = { ADD8: '000', ADD16: '001', ASX: '010', SUB8: '100', SUB16: '101', SAX: '110' };
const PREFIX_BITS: Readonly<Record<string, string>> = { S: '000', Q: '001', SH: '010', U: '100', UQ: '101', UH: '110' };

const parallelRows: readonly Row[] = PREFIXES.flatMap((prefix) => PARALLEL.map((kind) => t32(parallel, {
  name: `${prefix}${kind}`, bits: `111110101${PARALLEL_BITS[kind]!}nnnn1111dddd0${PREFIX_BITS[prefix]!}mmmm`, ref: `${parallelSection(prefix, kind)} T1`,
  syntax: `${prefix}${kind}{c} Rd, Rn, Rm`, unpredictable: bad('dnm'),
  decode: (f) => ({ shape: { prefix, kind }, x: three(f) }),
})));

/** Instructions with one source have it in two fields, n and m, which must agree; `Rm=n` stands for both. */
const sameRegister = (f: Fields): string | undefined => f.n !== f.m ? 'the two fields of Rm differ' : undefined;

function reverseRow(name: ReverseKind, op: string, ref: string): Row {
  return t32(reverse, {
    name, bits: `111110101001nnnn1111dddd10${op}mmmm`, ref, syntax: `${name}{c}${name === 'RBIT' ? '' : '.W'} Rd, Rm=n`,
    unpredictable: both(bad('dm'), sameRegister),
    decode: (f) => ({ shape: { kind: name }, x: { d: f.d, m: f.m } }),
  });
}

const miscellaneous: readonly Row[] = [
  ...SATURATING_SUMS.map(({ name, subtract, double, ref }) => t32(saturatingSum, {
    name, bits: `111110101000nnnn1111dddd10${subtract ? '1' : '0'}${double ? '1' : '0'}mmmm`, ref: `${ref} T1`, syntax: `${name}{c} Rd, Rm, Rn`, unpredictable: bad('dnm'),
    decode: (f) => ({ shape: { subtract, double }, x: three(f) }),
  })),
  reverseRow('REV', '00', 'A8.8.145 T2'),
  reverseRow('REV16', '01', 'A8.8.146 T2'),
  reverseRow('RBIT', '10', 'A8.8.144 T1'),
  reverseRow('REVSH', '11', 'A8.8.147 T2'),
  t32(select, {
    name: 'SEL', bits: '111110101010nnnn1111dddd1000mmmm', ref: 'A8.8.166 T1', syntax: 'SEL{c} Rd, Rn, Rm', unpredictable: bad('dnm'),
    decode: (f) => ({ shape: {}, x: three(f) }),
  }),
  t32(countLeadingZeros, {
    name: 'CLZ', bits: '111110101011nnnn1111dddd1000mmmm', ref: 'A8.8.33 T1', syntax: 'CLZ{c} Rd, Rm=n', unpredictable: both(bad('dm'), sameRegister),
    decode: (f) => ({ shape: {}, x: { d: f.d, m: f.m } }),
  }),
];

const multiplies: readonly Row[] = [
  t32(multiply, {
    name: 'MUL', bits: '111110110000nnnn1111dddd0000mmmm', ref: 'A8.8.114 T2', syntax: 'MUL{c}.W Rd, Rn, Rm', unpredictable: bad('dnm'),
    decode: (f) => ({ shape: { S: false }, x: three(f) }),
  }),
  t32(multiplyAccumulate, {
    name: 'MLA', bits: '111110110000nnnnaaaadddd0000mmmm', ref: 'A8.8.100 T1', syntax: 'MLA{c} Rd, Rn, Rm, Ra',
    unpredictable: both(bad('dnm'), (f) => f.a === 13 ? 'SP as Ra' : undefined),
    decode: (f) => ({ shape: { S: false, subtract: false }, x: four(f) }),
  }),
  t32(multiplyAccumulate, {
    name: 'MLS', bits: '111110110000nnnnaaaadddd0001mmmm', ref: 'A8.8.101 T1', syntax: 'MLS{c} Rd, Rn, Rm, Ra', unpredictable: bad('dnma'),
    decode: (f) => ({ shape: { S: false, subtract: true }, x: four(f) }),
  }),
  ...HALVES.flatMap(([M, mHigh, mBit]) => [
    t32(multiplyAccumulateWordByHalf, {
      name: `SMLAW${M}`, bits: `111110110011nnnnaaaadddd000${mBit}mmmm`, ref: 'A8.8.181 T1', syntax: `SMLAW${M}{c} Rd, Rn, Rm, Ra`,
      unpredictable: both(bad('dnm'), (f) => f.a === 13 ? 'SP as Ra' : undefined),
      decode: (f) => ({ shape: { mHigh }, x: four(f) }),
    }),
    t32(multiplyWordByHalf, {
      name: `SMULW${M}`, bits: `111110110011nnnn1111dddd000${mBit}mmmm`, ref: 'A8.8.190 T1', syntax: `SMULW${M}{c} Rd, Rn, Rm`, unpredictable: bad('dnm'),
      decode: (f) => ({ shape: { mHigh }, x: three(f) }),
    }),
    ...HALVES.flatMap(([N, nHigh, nBit]) => [
      t32(multiplyAccumulateHalves, {
        name: `SMLA${N}${M}`, bits: `111110110001nnnnaaaadddd00${nBit}${mBit}mmmm`, ref: 'A8.8.176 T1', syntax: `SMLA${N}${M}{c} Rd, Rn, Rm, Ra`,
        unpredictable: both(bad('dnm'), (f) => f.a === 13 ? 'SP as Ra' : undefined),
        decode: (f) => ({ shape: { nHigh, mHigh }, x: four(f) }),
      }),
      t32(multiplyHalves, {
        name: `SMUL${N}${M}`, bits: `111110110001nnnn1111dddd00${nBit}${mBit}mmmm`, ref: 'A8.8.188 T1', syntax: `SMUL${N}${M}{c} Rd, Rn, Rm`, unpredictable: bad('dnm'),
        decode: (f) => ({ shape: { nHigh, mHigh }, x: three(f) }),
      }),
      t32(multiplyAccumulateLongHalves, {
        name: `SMLAL${N}${M}`, bits: `111110111100nnnnllllhhhh10${nBit}${mBit}mmmm`, ref: 'A8.8.179 T1', syntax: `SMLAL${N}${M}{c} RdLo, RdHi, Rn, Rm`,
        unpredictable: both(bad('lhnm'), (f) => f.l === f.h ? 'RdHi is RdLo' : undefined),
        decode: (f) => ({ shape: { nHigh, mHigh }, x: long(f) }),
      }),
    ]),
  ]),
  ...([['A', '010', '100', false], ['S', '100', '101', true]] as const).flatMap(([letter, op, longOp, subtract]) =>
    ([['', '0', false], ['X', '1', true]] as const).flatMap(([X, xBit, exchange]) => [
      t32(dualMultiplyAccumulate, {
        name: `SML${letter}D${X}`, bits: `111110110${op}nnnnaaaadddd000${xBit}mmmm`, ref: subtract ? 'A8.8.182 T1' : 'A8.8.177 T1',
        syntax: `SML${letter}D${X}{c} Rd, Rn, Rm, Ra`, unpredictable: both(bad('dnm'), (f) => f.a === 13 ? 'SP as Ra' : undefined),
        decode: (f) => ({ shape: { subtract, exchange }, x: four(f) }),
      }),
      t32(dualMultiply, {
        name: `SMU${letter}D${X}`, bits: `111110110${op}nnnn1111dddd000${xBit}mmmm`, ref: subtract ? 'A8.8.191 T1' : 'A8.8.187 T1',
        syntax: `SMU${letter}D${X}{c} Rd, Rn, Rm`, unpredictable: bad('dnm'),
        decode: (f) => ({ shape: { subtract, exchange }, x: three(f) }),
      }),
      t32(dualMultiplyAccumulateLong, {
        name: `SML${letter}LD${X}`, bits: `111110111${longOp}nnnnllllhhhh110${xBit}mmmm`, ref: subtract ? 'A8.8.183 T1' : 'A8.8.180 T1',
        syntax: `SML${letter}LD${X}{c} RdLo, RdHi, Rn, Rm`, unpredictable: both(bad('lhnm'), (f) => f.l === f.h ? 'RdHi is RdLo' : undefined),
        decode: (f) => ({ shape: { subtract, exchange }, x: long(f) }),
      }),
    ])),
  ...([['', '0', false], ['R', '1', true]] as const).flatMap(([R, rBit, round]) => [
    t32(multiplyAccumulateTop, {
      name: `SMMLA${R}`, bits: `111110110101nnnnaaaadddd000${rBit}mmmm`, ref: 'A8.8.184 T1', syntax: `SMMLA${R}{c} Rd, Rn, Rm, Ra`,
      unpredictable: both(bad('dnm'), (f) => f.a === 13 ? 'SP as Ra' : undefined),
      decode: (f) => ({ shape: { round, subtract: false }, x: four(f) }),
    }),
    t32(multiplyTop, {
      name: `SMMUL${R}`, bits: `111110110101nnnn1111dddd000${rBit}mmmm`, ref: 'A8.8.186 T1', syntax: `SMMUL${R}{c} Rd, Rn, Rm`, unpredictable: bad('dnm'),
      decode: (f) => ({ shape: { round }, x: three(f) }),
    }),
    t32(multiplyAccumulateTop, {
      name: `SMMLS${R}`, bits: `111110110110nnnnaaaadddd000${rBit}mmmm`, ref: 'A8.8.185 T1', syntax: `SMMLS${R}{c} Rd, Rn, Rm, Ra`, unpredictable: bad('dnma'),
      decode: (f) => ({ shape: { round, subtract: true }, x: four(f) }),
    }),
  ]),
  t32(byteDifferences, {
    name: 'USAD8', bits: '111110110111nnnn1111dddd0000mmmm', ref: 'A8.8.264 T1', syntax: 'USAD8{c} Rd, Rn, Rm', unpredictable: bad('dnm'),
    decode: (f) => ({ shape: { accumulate: false }, x: { ...three(f), a: 0 } }),
  }),
  t32(byteDifferences, {
    name: 'USADA8', bits: '111110110111nnnnaaaadddd0000mmmm', ref: 'A8.8.265 T1', syntax: 'USADA8{c} Rd, Rn, Rm, Ra',
    unpredictable: both(bad('dnm'), (f) => f.a === 13 ? 'SP as Ra' : undefined),
    decode: (f) => ({ shape: { accumulate: true }, x: four(f) }),
  }),
  ...([
    ['SMULL', '000', true, false, 'A8.8.189 T1'], ['UMULL', '010', false, false, 'A8.8.257 T1'],
    ['SMLAL', '100', true, true, 'A8.8.178 T1'], ['UMLAL', '110', false, true, 'A8.8.256 T1'],
  ] as const).map(([name, op, signed, accumulate, ref]) => t32(multiplyLong, {
    name, bits: `111110111${op}nnnnllllhhhh0000mmmm`, ref, syntax: `${name}{c} RdLo, RdHi, Rn, Rm`,
    unpredictable: both(bad('lhnm'), (f) => f.l === f.h ? 'RdHi is RdLo' : undefined),
    decode: (f) => ({ shape: { S: false, signed, accumulate }, x: long(f) }),
  })),
  t32(multiplyAccumulateAccumulate, {
    name: 'UMAAL', bits: '111110111110nnnnllllhhhh0110mmmm', ref: 'A8.8.255 T1', syntax: 'UMAAL{c} RdLo, RdHi, Rn, Rm',
    unpredictable: both(bad('lhnm'), (f) => f.l === f.h ? 'RdHi is RdLo' : undefined),
    decode: (f) => ({ shape: {}, x: long(f) }),
  }),
];

export const thumbDataProcessingRows: readonly Row[] = [
  ...OPERATIONS.flatMap(rows), ...plainArithmetic, ...wideMoves, ...saturateRows, ...bitFields,
  ...shiftRows, ...extendRows, ...parallelRows, ...miscellaneous, ...multiplies,
];
