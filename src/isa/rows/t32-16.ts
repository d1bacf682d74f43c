/**
 * 16-bit T32 (DDI 0406C, A6.2). Instructions that set flags only outside an IT block have the shape S = 'outsideIT' and no field S.
 */
import { branch, branchRegister, compareAndBranch } from '../bodies/branch.ts';
import { addressOf, type Alu, aluImmediate, aluRegister, aluShiftedByRegister } from '../bodies/data-processing.ts';
import { loadMultiple, storeMultiple } from '../bodies/load-store-multiple.ts';
import { load, loadRegister, store, storeRegister } from '../bodies/load-store.ts';
import { extend, reverse, type ReverseKind } from '../bodies/media.ts';
import { multiply } from '../bodies/multiply.ts';
import { changeState, hint, ifThen, raise, setEndian } from '../bodies/system.ts';
import { type Fields, type Row, t32 } from '../operation.ts';
import type { Exception, Hint } from '../ops.ts';
import { BitCount, DecodeImmShift, type ShiftKind, SignExtend } from '../pseudocode.ts';
import { block, emptyList } from './a32-load-store-multiple.ts';

const OUTSIDE = 'outsideIT' as const;

function shiftImmediate(name: 'LSL' | 'LSR' | 'ASR', type: number, ref: string): Row {
  return t32(aluRegister, {
    name: `${name} (immediate)`, bits: `000${type.toString(2).padStart(2, '0')}iiiiimmmddd`, ref: `${ref} T1`,
    syntax: `${name}{S}{c} Rd, Rm, ${name === 'LSL' ? '#shiftamount' : '#shiftright'}`,
    decode: (f) => {
      const { kind, amount } = DecodeImmShift(type, f.i);
      return { shape: { alu: 'MOV', S: OUTSIDE, shift: kind }, x: { d: f.d, n: 0, m: f.m, amount } };
    },
  });
}

function addSubtractRegister(alu: 'ADD' | 'SUB', op: string, ref: string): Row {
  return t32(aluRegister, {
    name: `${alu} (register)`, bits: `000110${op}mmmnnnddd`, ref, syntax: `${alu}{S}{c} Rd, Rn, Rm`,
    decode: (f) => ({ shape: { alu, S: OUTSIDE, shift: 'none' }, x: { d: f.d, n: f.n, m: f.m, amount: 0 } }),
  });
}

function immediateRow(alu: Alu, name: string, bits: string, ref: string, syntax: string, registers: (f: Fields) => { d: number; n: number }, S: boolean | typeof OUTSIDE = OUTSIDE): Row {
  return t32(aluImmediate, {
    name, bits, ref, syntax,
    decode: (f) => ({ shape: { alu, S, immCarry: false }, x: { ...registers(f), imm: f.i } }),
  });
}

const arithmetic: readonly Row[] = [
  shiftImmediate('LSL', 0, 'A8.8.94'),
  shiftImmediate('LSR', 1, 'A8.8.96'),
  shiftImmediate('ASR', 2, 'A8.8.16'),
  t32(aluRegister, {
    name: 'MOV (register, flags)', bits: '0000000000mmmddd', ref: 'A8.8.103 T2', syntax: 'MOVS Rd, Rm',
    decode: (f) => ({ shape: { alu: 'MOV', S: OUTSIDE, shift: 'none' }, x: { d: f.d, n: 0, m: f.m, amount: 0 } }),
  }),
  addSubtractRegister('ADD', '0', 'A8.8.6 T1'),
  addSubtractRegister('SUB', '1', 'A8.8.223 T1'),
  immediateRow('ADD', 'ADD (immediate, 3 bits)', '0001110iiinnnddd', 'A8.8.4 T1', 'ADD{S}{c} Rd, Rn, #<i>', (f) => ({ d: f.d, n: f.n })),
  immediateRow('SUB', 'SUB (immediate, 3 bits)', '0001111iiinnnddd', 'A8.8.221 T1', 'SUB{S}{c} Rd, Rn, #<i>', (f) => ({ d: f.d, n: f.n })),
  immediateRow('MOV', 'MOV (immediate)', '00100dddiiiiiiii', 'A8.8.102 T1', 'MOV{S}{c} Rd, #<i>', (f) => ({ d: f.d, n: 0 })),
  immediateRow('CMP', 'CMP (immediate)', '00101nnniiiiiiii', 'A8.8.37 T1', 'CMP{c} Rn, #<i>', (f) => ({ d: 0, n: f.n }), true),
  immediateRow('ADD', 'ADD (immediate, 8 bits)', '00110dddiiiiiiii', 'A8.8.4 T2', 'ADD{S}{c} Rdn, #<i>', (f) => ({ d: f.d, n: f.d })),
  immediateRow('SUB', 'SUB (immediate, 8 bits)', '00111dddiiiiiiii', 'A8.8.221 T2', 'SUB{S}{c} Rdn, #<i>', (f) => ({ d: f.d, n: f.d })),
];

function register(alu: Alu, opcode: string, ref: string): Row {
  return t32(aluRegister, {
    name: `${alu} (register)`, bits: `010000${opcode}mmmddd`, ref: `${ref} T1`, syntax: `${alu}{S}{c} Rdn, Rm`,
    decode: (f) => ({ shape: { alu, S: OUTSIDE, shift: 'none' }, x: { d: f.d, n: f.d, m: f.m, amount: 0 } }),
  });
}

function compare(alu: Alu, opcode: string, ref: string): Row {
  return t32(aluRegister, {
    name: `${alu} (register)`, bits: `010000${opcode}mmmnnn`, ref: `${ref} T1`, syntax: `${alu}{c} Rn, Rm`,
    decode: (f) => ({ shape: { alu, S: true, shift: 'none' }, x: { d: 0, n: f.n, m: f.m, amount: 0 } }),
  });
}

function shiftRegister(kind: ShiftKind, opcode: string, ref: string): Row {
  return t32(aluShiftedByRegister, {
    name: `${kind} (register)`, bits: `010000${opcode}sssddd`, ref: `${ref} T1`, syntax: `${kind}{S}{c} Rdn, Rs`,
    decode: (f) => ({ shape: { alu: 'MOV', S: OUTSIDE, shift: kind }, x: { d: f.d, n: 0, m: f.d, s: f.s } }),
  });
}

const dataProcessing: readonly Row[] = [
  register('AND', '0000', 'A8.8.14'),
  register('EOR', '0001', 'A8.8.47'),
  shiftRegister('LSL', '0010', 'A8.8.95'),
  shiftRegister('LSR', '0011', 'A8.8.97'),
  shiftRegister('ASR', '0100', 'A8.8.17'),
  register('ADC', '0101', 'A8.8.2'),
  register('SBC', '0110', 'A8.8.162'),
  shiftRegister('ROR', '0111', 'A8.8.150'),
  compare('TST', '1000', 'A8.8.241'),
  t32(aluImmediate, {
    name: 'RSB (immediate)', bits: '0100001001nnnddd', ref: 'A8.8.152 T1', syntax: 'RSB{S}{c} Rd, Rn, #0',
    decode: (f) => ({ shape: { alu: 'RSB', S: OUTSIDE, immCarry: false }, x: { d: f.d, n: f.n, imm: 0 } }),
  }),
  compare('CMP', '1010', 'A8.8.38'),
  compare('CMN', '1011', 'A8.8.35'),
  register('ORR', '1100', 'A8.8.123'),
  t32(multiply, {
    name: 'MUL', bits: '0100001101nnnddd', ref: 'A8.8.114 T1', syntax: 'MUL{S}{c} Rdm, Rn',
    decode: (f) => ({ shape: { S: OUTSIDE }, x: { d: f.d, n: f.n, m: f.d } }),
  }),
  register('BIC', '1110', 'A8.8.22'),
  t32(aluRegister, {
    name: 'MVN (register)', bits: '0100001111mmmddd', ref: 'A8.8.116 T1', syntax: 'MVN{S}{c} Rd, Rm',
    decode: (f) => ({ shape: { alu: 'MVN', S: OUTSIDE, shift: 'none' }, x: { d: f.d, n: 0, m: f.m, amount: 0 } }),
  }),
];

const special: readonly Row[] = [
  t32(aluRegister, {
    name: 'ADD (register, high registers)', bits: '01000100dmmmmddd', ref: 'A8.8.6 T2', syntax: 'ADD{c} Rdn, Rm',
    unpredictable: (f) => f.d === 15 && f.m === 15 ? 'PC as both registers' : undefined,
    decode: (f) => ({ shape: { alu: 'ADD', S: false, shift: 'none' }, x: { d: f.d, n: f.d, m: f.m, amount: 0 } }),
  }),
  t32(aluRegister, {
    name: 'CMP (register, high registers)', bits: '01000101nmmmmnnn', ref: 'A8.8.38 T2', syntax: 'CMP{c} Rn, Rm',
    unpredictable: (f) => f.n < 8 && f.m < 8 ? 'both registers are low' : f.n === 15 || f.m === 15 ? 'PC as a register' : undefined,
    decode: (f) => ({ shape: { alu: 'CMP', S: true, shift: 'none' }, x: { d: 0, n: f.n, m: f.m, amount: 0 } }),
  }),
  t32(aluRegister, {
    name: 'MOV (register)', bits: '01000110dmmmmddd', ref: 'A8.8.103 T1', syntax: 'MOV{c} Rd, Rm',
    decode: (f) => ({ shape: { alu: 'MOV', S: false, shift: 'none' }, x: { d: f.d, n: 0, m: f.m, amount: 0 } }),
  }),
  t32(branchRegister, {
    name: 'BX', bits: '010001110mmmm---', ref: 'A8.8.27 T1', syntax: 'BX{c} Rm',
    decode: (f) => ({ shape: { link: false }, x: { m: f.m } }),
  }),
  t32(branchRegister, {
    name: 'BLX (register)', bits: '010001111mmmm---', ref: 'A8.8.26 T1', syntax: 'BLX{c} Rm',
    unpredictable: (f) => f.m === 15 ? 'PC as Rm' : undefined,
    decode: (f) => ({ shape: { link: true }, x: { m: f.m } }),
  }),
];

const WORD_LOAD = { size: 4, signed: false, index: 'offset', unprivileged: false } as const;
const WORD_STORE = { size: 4, index: 'offset', unprivileged: false } as const;

/** Register offsets: opcode bits 11-9. */
const REGISTER_OFFSET = [
  { name: 'STR', load: false, size: 4, signed: false, ref: 'A8.8.205' },
  { name: 'STRH', load: false, size: 2, signed: false, ref: 'A8.8.218' },
  { name: 'STRB', load: false, size: 1, signed: false, ref: 'A8.8.208' },
  { name: 'LDRSB', load: true, size: 1, signed: true, ref: 'A8.8.86' },
  { name: 'LDR', load: true, size: 4, signed: false, ref: 'A8.8.65' },
  { name: 'LDRH', load: true, size: 2, signed: false, ref: 'A8.8.82' },
  { name: 'LDRB', load: true, size: 1, signed: false, ref: 'A8.8.70' },
  { name: 'LDRSH', load: true, size: 2, signed: true, ref: 'A8.8.90' },
] as const;

/** Immediate offsets, in units of the size. */
const IMMEDIATE_OFFSET = [
  { name: 'STR', bits: '01100', load: false, size: 4, ref: 'A8.8.203' },
  { name: 'LDR', bits: '01101', load: true, size: 4, ref: 'A8.8.62' },
  { name: 'STRB', bits: '01110', load: false, size: 1, ref: 'A8.8.206' },
  { name: 'LDRB', bits: '01111', load: true, size: 1, ref: 'A8.8.67' },
  { name: 'STRH', bits: '10000', load: false, size: 2, ref: 'A8.8.216' },
  { name: 'LDRH', bits: '10001', load: true, size: 2, ref: 'A8.8.79' },
] as const;

const loadsAndStores: readonly Row[] = [
  t32(load, {
    name: 'LDR (literal)', bits: '01001tttiiiiiiii', ref: 'A8.8.64 T1', syntax: 'LDR{c} Rt, literal8x4',
    decode: (f) => ({ shape: WORD_LOAD, x: { t: f.t, n: 15, imm: f.i << 2 } }),
  }),
  ...REGISTER_OFFSET.map((transfer, op) => {
    const { name, size, signed, ref } = transfer;
    const common = { name: `${name} (register)`, bits: `0101${op.toString(2).padStart(3, '0')}mmmnnnttt`, ref: `${ref} T1`, syntax: `${name}{c} Rt, [Rn, Rm]` };
    const x = (f: Fields) => ({ t: f.t, n: f.n, m: f.m, amount: 0 });
    return transfer.load
      ? t32(loadRegister, { ...common, decode: (f) => ({ shape: { size, signed, index: 'offset', unprivileged: false, add: true, shift: 'none' }, x: x(f) }) })
      : t32(storeRegister, { ...common, decode: (f) => ({ shape: { size, index: 'offset', unprivileged: false, add: true, shift: 'none' }, x: x(f) }) });
  }),
  ...IMMEDIATE_OFFSET.map((transfer) => {
    const { name, size, ref } = transfer;
    const common = {
      name: `${name} (immediate)`, bits: `${transfer.bits}iiiiinnnttt`, ref: `${ref} T1`,
      syntax: `${name}{c} Rt, [Rn{, #<i${size === 1 ? '' : `*${size}`}>}]`,
    };
    const x = (f: Fields) => ({ t: f.t, n: f.n, imm: f.i * size });
    return transfer.load
      ? t32(load, { ...common, decode: (f) => ({ shape: { size, signed: false, index: 'offset', unprivileged: false }, x: x(f) }) })
      : t32(store, { ...common, decode: (f) => ({ shape: { size, index: 'offset', unprivileged: false }, x: x(f) }) });
  }),
  t32(store, {
    name: 'STR (immediate, SP)', bits: '10010tttiiiiiiii', ref: 'A8.8.203 T2', syntax: 'STR{c} Rt, [SP{, #<i*4>}]',
    decode: (f) => ({ shape: WORD_STORE, x: { t: f.t, n: 13, imm: f.i << 2 } }),
  }),
  t32(load, {
    name: 'LDR (immediate, SP)', bits: '10011tttiiiiiiii', ref: 'A8.8.62 T2', syntax: 'LDR{c} Rt, [SP{, #<i*4>}]',
    decode: (f) => ({ shape: WORD_LOAD, x: { t: f.t, n: 13, imm: f.i << 2 } }),
  }),
  t32(storeMultiple, {
    name: 'STM', bits: '11000nnnrrrrrrrr', ref: 'A8.8.199 T1', syntax: 'STM<:/IA/EA>{c} Rn!, registers', undefinedIf: emptyList,
    unpredictable: (f) => (f.r >>> f.n & 1) === 1 && (f.r & ((1 << f.n) - 1)) !== 0 ? 'written-back base in the list and not the first (its stored value is UNKNOWN)' : undefined,
    decode: (f) => ({ shape: { wback: true, pc: false }, x: block(f.n, f.r, 0, 1) }),
  }),
  // The base is written back where it is not in the list.
  t32(loadMultiple, {
    name: 'LDM', bits: '11001nnnrrrrrrrr', ref: 'A8.8.57 T1', syntax: 'LDM<:/IA/FD>{c} Rn<!>, registers', undefinedIf: emptyList,
    decode: (f) => ({ shape: { wback: (f.r >>> f.n & 1) === 0, pc: false }, x: block(f.n, f.r, 0, 1) }),
  }),
  t32(storeMultiple, {
    name: 'PUSH', bits: '1011010Mrrrrrrrr', ref: 'A8.8.133 T1', syntax: 'PUSH{c} registers+LR',
    undefinedIf: (f) => f.M === 0 && f.r === 0,
    decode: (f) => ({ shape: { wback: true, pc: false }, x: block(13, f.M << 14 | f.r, 1, 0) }),
  }),
  t32(loadMultiple, {
    name: 'POP', bits: '1011110Mrrrrrrrr', ref: 'A8.8.131 T1', syntax: 'POP{c} registers+PC',
    undefinedIf: (f) => f.M === 0 && f.r === 0,
    decode: (f) => ({ shape: { wback: true, pc: f.M === 1 }, x: block(13, f.M << 15 | f.r, 0, 1) }),
  }),
];

const addresses: readonly Row[] = [
  t32(addressOf, {
    name: 'ADR', bits: '10100dddiiiiiiii', ref: 'A8.8.12 T1', syntax: 'ADR{c} Rd, adr8x4',
    decode: (f) => ({ shape: {}, x: { d: f.d, n: 15, imm: f.i << 2 } }),
  }),
  t32(aluImmediate, {
    name: 'ADD (SP plus immediate)', bits: '10101dddiiiiiiii', ref: 'A8.8.9 T1', syntax: 'ADD{c} Rd, SP, #<i*4>',
    decode: (f) => ({ shape: { alu: 'ADD', S: false, immCarry: false }, x: { d: f.d, n: 13, imm: f.i << 2 } }),
  }),
  t32(aluImmediate, {
    name: 'ADD (SP, SP plus immediate)', bits: '101100000iiiiiii', ref: 'A8.8.9 T2', syntax: 'ADD{c} SP, #<i*4>',
    decode: (f) => ({ shape: { alu: 'ADD', S: false, immCarry: false }, x: { d: 13, n: 13, imm: f.i << 2 } }),
  }),
  t32(aluImmediate, {
    name: 'SUB (SP minus immediate)', bits: '101100001iiiiiii', ref: 'A8.8.225 T1', syntax: 'SUB{c} SP, #<i*4>',
    decode: (f) => ({ shape: { alu: 'SUB', S: false, immCarry: false }, x: { d: 13, n: 13, imm: f.i << 2 } }),
  }),
];

function extendRow(name: string, op: string, ref: string, width: 'B' | 'H', signed: boolean): Row {
  return t32(extend, {
    name, bits: `10110010${op}mmmddd`, ref: `${ref} T1`, syntax: `${name}{c} Rd, Rm`,
    decode: (f) => ({ shape: { width, signed, accumulate: false }, x: { d: f.d, n: 0, m: f.m, amount: 0 } }),
  });
}

function reverseRow(kind: ReverseKind, op: string, ref: string): Row {
  return t32(reverse, {
    name: kind, bits: `10111010${op}mmmddd`, ref: `${ref} T1`, syntax: `${kind}{c} Rd, Rm`,
    decode: (f) => ({ shape: { kind }, x: { d: f.d, m: f.m } }),
  });
}

function hintRow(name: string, code: string, ref: string, kind: Hint): Row {
  return t32(hint, { name, bits: `10111111${code}0000`, ref, syntax: `${name}{c}`, decode: () => ({ shape: { hint: kind }, x: {} }) });
}

function exceptionRow(name: string, bits: string, ref: string, exception: Exception, syntax: string): Row {
  return t32(raise, { name, bits, ref, syntax, decode: (f) => ({ shape: { exception }, x: { imm: f.i } }) });
}

const miscellaneous: readonly Row[] = [
  extendRow('SXTH', '00', 'A8.8.235', 'H', true),
  extendRow('SXTB', '01', 'A8.8.233', 'B', true),
  extendRow('UXTH', '10', 'A8.8.276', 'H', false),
  extendRow('UXTB', '11', 'A8.8.274', 'B', false),
  reverseRow('REV', '00', 'A8.8.145'),
  reverseRow('REV16', '01', 'A8.8.146'),
  reverseRow('REVSH', '11', 'A8.8.147'),
  t32(compareAndBranch, {
    name: 'CBZ, CBNZ', bits: '1011o0i1iiiiinnn', ref: 'A8.8.29 T1', syntax: '<o:CBZ|CBNZ> Rn, label6',
    decode: (f) => ({ shape: { nonzero: f.o === 1 }, x: { n: f.n, imm: f.i << 1 } }),
  }),
  t32(setEndian, {
    name: 'SETEND', bits: '10110110010+E---', ref: 'A8.8.167 T1', syntax: 'SETEND <E:LE|BE>',
    decode: (f) => ({ shape: { big: f.E === 1 }, x: {} }),
  }),
  t32(changeState, {
    name: 'CPS', bits: '10110110011o-AIF', ref: 'B9.3.1 T1', syntax: 'CPS<o:IE|ID> iflags',
    unpredictable: (f) => (f.A | f.I | f.F) === 0 ? 'no masks' : undefined,
    decode: (f) => ({ shape: { enable: 1 - f.o, masks: f.A << 2 | f.I << 1 | f.F, mode: -1 }, x: {} }),
  }),
  t32(raise, {
    name: 'BKPT', bits: '10111110iiiiiiii', ref: 'A8.8.24 T1', syntax: 'BKPT #<i>', unconditional: true,
    decode: (f) => ({ shape: { exception: 'breakpoint' }, x: { imm: f.i } }),
  }),
  t32(ifThen, {
    name: 'IT', bits: '10111111iiiijjjj', where: ['j!=0'], ref: 'A8.8.54 T1', syntax: 'IT{xyz} firstcond',
    unconditional: true, // within an IT block it is UNPREDICTABLE, and starts another one
    unpredictable: (f) => f.i === 15 ? 'condition 1111' : f.i === 14 && BitCount(f.j) !== 1 ? 'AL with an else' : undefined,
    decode: (f) => ({ shape: {}, x: { imm: f.i << 4 | f.j } }),
  }),
  hintRow('NOP', '0000', 'A8.8.119 T1', 'nop'),
  hintRow('YIELD', '0001', 'A8.8.426 T1', 'yield'),
  hintRow('WFE', '0010', 'A8.8.424 T1', 'wfe'),
  hintRow('WFI', '0011', 'A8.8.425 T1', 'wfi'),
  hintRow('SEV', '0100', 'A8.8.168 T1', 'sev'),
  t32(hint, {
    name: 'hint (unallocated: NOP)', bits: '10111111iiii0000', ref: 'A6.2.5', syntax: 'HINT{c} #<i>', unpredictable: () => 'unallocated hint, executes as NOP',
    decode: () => ({ shape: { hint: 'nop' }, x: {} }),
  }),
];

const branches: readonly Row[] = [
  t32(branch, {
    name: 'B (conditional)', bits: '1101cccciiiiiiii', where: ['c!=14', 'c!=15'], conditional: true, ref: 'A8.8.18 T1', syntax: 'B{c} label8',
    decode: (f) => ({ shape: { link: false }, x: { imm: SignExtend(f.i, 8) << 1 } }),
  }),
  exceptionRow('UDF', '11011110iiiiiiii', 'A8.8.247 T1', 'undefined', 'UDF #<i>'),
  exceptionRow('SVC', '11011111iiiiiiii', 'A8.8.228 T1', 'supervisor-call', 'SVC{c} #<i>'),
  t32(branch, {
    name: 'B', bits: '11100iiiiiiiiiii', ref: 'A8.8.18 T2', syntax: 'B{c} label11',
    decode: (f) => ({ shape: { link: false }, x: { imm: SignExtend(f.i, 11) << 1 } }),
  }),
];

export const thumb16Rows: readonly Row[] = [
  ...arithmetic, ...dataProcessing, ...special, ...loadsAndStores, ...addresses, ...miscellaneous, ...branches,
];
