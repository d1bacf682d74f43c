/** 32-bit T32 branches, status and coprocessor registers, exceptions, hints and barriers (DDI 0406C, A6.3.4, A6.3.18; A9; B9.3). */
import { branch, branchLinkExchange, branchRegister } from '../bodies/branch.ts';
import { aluImmediate } from '../bodies/data-processing.ts';
import { clearExclusive } from '../bodies/exclusive.ts';
import { changeState, hint, moveFromCoprocessor, moveFromStatus, moveToCoprocessor, moveToStatus, raise, secureMonitorCall } from '../bodies/system.ts';
import { type Fields, type Row, t32 } from '../operation.ts';
import type { Hint } from '../ops.ts';
import { SignExtend } from '../pseudocode.ts';
import { absentCoprocessorRows, registerOf } from './a32-branch-system.ts';
import { unknownMode } from './a32-load-store-multiple.ts';

const isBad = (number: number): boolean => number === 13 || number === 15;

/** S:I1:I2:imm, where I1 = NOT(J1 EOR S) and so on. `i` has 21 bits for B, BL and 20 for BLX (whose lowest is the H bit's). */
function farOffset(f: Fields): number {
  const i1 = 1 - (f.J ^ f.S);
  const i2 = 1 - (f.K ^ f.S);
  return SignExtend(f.S << 24 | i1 << 23 | i2 << 22 | f.i << 1, 25);
}

const branchRows: readonly Row[] = [
  t32(branch, {
    name: 'B (conditional)', bits: '11110Scccciiiiii10J0Kiiiiiiiiiii', where: ['c!=14', 'c!=15'], conditional: true, ref: 'A8.8.18 T3', syntax: 'B{c}.W label20',
    decode: (f) => ({ shape: { link: false }, x: { imm: SignExtend(f.S << 20 | f.K << 19 | f.J << 18 | f.i << 1, 21) } }),
  }),
  t32(branch, {
    name: 'B', bits: '11110Siiiiiiiiii10J1Kiiiiiiiiiii', ref: 'A8.8.18 T4', syntax: 'B{c}.W label25',
    decode: (f) => ({ shape: { link: false }, x: { imm: farOffset(f) } }),
  }),
  t32(branch, {
    name: 'BL (immediate)', bits: '11110Siiiiiiiiii11J1Kiiiiiiiiiii', ref: 'A8.8.25 T1', syntax: 'BL{c} label25',
    decode: (f) => ({ shape: { link: true }, x: { imm: farOffset(f) } }),
  }),
  t32(branchLinkExchange, {
    name: 'BLX (immediate)', bits: '11110Siiiiiiiiii11J0Kiiiiiiiiii0', ref: 'A8.8.25 T2', syntax: 'BLX{c} label25X',
    decode: (f) => ({ shape: {}, x: { imm: farOffset({ ...f, i: f.i << 1 }) } }),
  }),
  t32(branchRegister, {
    name: 'BXJ', bits: '111100111100mmmm10-0++++--------', ref: 'A8.8.28 T1', syntax: 'BXJ{c} Rm', unpredictable: (f) => isBad(f.m) ? 'SP or PC as Rm' : undefined,
    decode: (f) => ({ shape: { link: false }, x: { m: f.m } }),
  }),
  t32(aluImmediate, {
    name: 'SUBS PC, LR', bits: '111100111101111010-0++++iiiiiiii', ref: 'B9.3.19 T1', syntax: 'SUBS{c} PC, LR, #<i>',
    decode: (f) => ({ shape: { alu: 'SUB', S: true, immCarry: false }, x: { d: 15, n: 14, imm: f.i } }),
  }),
];

/** The banked forms of MRS and MSR (bit 5) belong to the Virtualization Extensions and are UNDEFINED. */
const statusRows: readonly Row[] = [
  t32(moveFromStatus, {
    name: 'MRS', bits: '11110011111R++++10-0dddd--0-----', ref: 'A8.8.109 T1, B9.3.8 T1', syntax: 'MRS{c} Rd, <R:CPSR/APSR|SPSR>',
    unpredictable: (f) => isBad(f.d) ? 'SP or PC as Rd' : undefined,
    decode: (f) => ({ shape: { spsr: f.R === 1 }, x: { d: f.d } }),
  }),
  t32(moveToStatus, {
    name: 'MSR (register)', bits: '11110011100Rnnnn10-0kkkk--0-----', ref: 'A8.8.112 T1, B9.3.12 T1', syntax: 'MSR{c} spec_reg, Rn',
    unpredictable: (f) => f.k === 0 ? 'no fields' : isBad(f.n) ? 'SP or PC as Rn' : undefined,
    decode: (f) => ({ shape: { spsr: f.R === 1, mask: f.k }, x: { n: f.n } }),
  }),
  t32(changeState, {
    name: 'CPS (mode)', bits: '111100111010++++10-0-001AIFkkkkk', ref: 'B9.3.1 T2', syntax: 'CPS #<k>',
    unpredictable: (f) => (f.A | f.I | f.F) === 1 ? 'masks without effect' : unknownMode(f),
    decode: (f) => ({ shape: { enable: -1, masks: 0, mode: f.k }, x: {} }),
  }),
  t32(changeState, {
    name: 'CPS (masks)', bits: '111100111010++++10-0-1o0AIFkkkkk', ref: 'B9.3.1 T2', syntax: 'CPS<o:IE|ID>.W iflags',
    unpredictable: (f) => (f.A | f.I | f.F) === 0 ? 'no masks' : f.k !== 0 ? 'mode without effect' : undefined,
    decode: (f) => ({ shape: { enable: 1 - f.o, masks: f.A << 2 | f.I << 1 | f.F, mode: -1 }, x: {} }),
  }),
  t32(changeState, {
    name: 'CPS (masks, mode)', bits: '111100111010++++10-0-1o1AIFkkkkk', ref: 'B9.3.1 T2', syntax: 'CPS<o:IE|ID> iflags, #<k>',
    unpredictable: (f) => (f.A | f.I | f.F) === 0 ? 'no masks' : unknownMode(f),
    decode: (f) => ({ shape: { enable: 1 - f.o, masks: f.A << 2 | f.I << 1 | f.F, mode: f.k }, x: {} }),
  }),
];

function hintRow(name: string, code: string, ref: string, kind: Hint): Row {
  return t32(hint, {
    name, bits: `111100111010++++10-0-000${code}`, ref, syntax: `${name}{c}.W`,
    decode: () => ({ shape: { hint: kind }, x: {} }),
  });
}

function barrierRow(name: string, op: string, ref: string, kind: Hint): Row {
  return t32(hint, {
    name, bits: `111100111011++++10-0++++${op}oooo`, ref, syntax: `${name}{c} ${name === 'ISB' ? 'option_isb' : 'option'}`,
    decode: () => ({ shape: { hint: kind }, x: {} }),
  });
}

const hintRows: readonly Row[] = [
  hintRow('NOP', '00000000', 'A8.8.119 T2', 'nop'),
  hintRow('YIELD', '00000001', 'A8.8.426 T2', 'yield'),
  hintRow('WFE', '00000010', 'A8.8.424 T2', 'wfe'),
  hintRow('WFI', '00000011', 'A8.8.425 T2', 'wfi'),
  hintRow('SEV', '00000100', 'A8.8.168 T2', 'sev'),
  t32(hint, {
    name: 'DBG', bits: '111100111010++++10-0-0001111oooo', ref: 'A8.8.42 T1', syntax: 'DBG{c} #<o>',
    decode: () => ({ shape: { hint: 'dbg' }, x: {} }),
  }),
  t32(hint, {
    name: 'hint (unallocated: NOP)', bits: '111100111010++++10-0-000iiiiiiii', ref: 'A6.3.4', syntax: 'HINT{c}.W #<i>',
    unpredictable: () => 'unallocated hint, executes as NOP',
    decode: () => ({ shape: { hint: 'nop' }, x: {} }),
  }),
  // In Thumb state LEAVEX is a NOP. ThumbEE state is not modelled: ENTERX is refused as UNDEFINED (a named limit).
  t32(hint, {
    name: 'LEAVEX', bits: '111100111011++++10-0++++0000++++', ref: 'A9.3.1', syntax: 'LEAVEX',
    decode: () => ({ shape: { hint: 'nop' }, x: {} }),
  }),
  t32(raise, {
    name: 'ENTERX (refused: UNDEFINED)', bits: '111100111011++++10-0++++0001++++', ref: 'A9.3.1', syntax: 'ENTERX',
    decode: () => ({ shape: { exception: 'undefined' }, x: { imm: 0 } }),
  }),
  t32(clearExclusive, {
    name: 'CLREX', bits: '111100111011++++10-0++++0010++++', ref: 'A8.8.32 T1', syntax: 'CLREX{c}',
    decode: () => ({ shape: {}, x: {} }),
  }),
  barrierRow('DSB', '0100', 'A8.8.44 T1', 'dsb'),
  barrierRow('DMB', '0101', 'A8.8.43 T1', 'dmb'),
  barrierRow('ISB', '0110', 'A8.8.53 T1', 'isb'),
];

const exceptionRows: readonly Row[] = [
  t32(secureMonitorCall, {
    name: 'SMC', bits: '111101111111iiii1000------------', ref: 'B9.3.14 T1', syntax: 'SMC{c} #<i>',
    decode: (f) => ({ shape: {}, x: { imm: f.i } }),
  }),
  t32(raise, {
    name: 'UDF', bits: '111101111111iiii1010iiiiiiiiiiii', ref: 'A8.8.247 T2', syntax: 'UDF.W #<i>',
    decode: (f) => ({ shape: { exception: 'undefined' }, x: { imm: f.i } }),
  }),
];

const coprocessorRows: readonly Row[] = [
  t32(moveToCoprocessor, {
    name: 'MCR', bits: '11101110ooo0nnnntttt111pkkk1mmmm', ref: 'A8.8.98 T1', syntax: 'MCR{c} <p:p14|p15>, <o>, Rt, CRn, CRm{, #<k>}',
    unpredictable: (f) => isBad(f.t) ? 'SP or PC as Rt' : undefined,
    decode: (f) => ({ shape: {}, x: { t: f.t, register: registerOf(f) } }),
  }),
  t32(moveFromCoprocessor, {
    name: 'MRC', bits: '11101110ooo1nnnntttt111pkkk1mmmm', ref: 'A8.8.107 T1', syntax: 'MRC{c} <p:p14|p15>, <o>, Rt, CRn, CRm{, #<k>}',
    unpredictable: (f) => f.t === 13 ? 'SP as Rt' : undefined,
    decode: (f) => ({ shape: {}, x: { t: f.t, register: registerOf(f) } }),
  }),
  t32(moveFromCoprocessor, {
    name: 'MRC (to APSR_nzcv)', bits: '11101110ooo1nnnn1111111pkkk1mmmm', ref: 'A8.8.107 T1', syntax: 'MRC{c} <p:p14|p15>, <o>, APSR_nzcv, CRn, CRm{, #<k>}',
    decode: (f) => ({ shape: {}, x: { t: 15, register: registerOf(f) } }),
  }),
  ...absentCoprocessorRows(t32, '1110'),
];

export const thumbBranchSystemRows: readonly Row[] = [...branchRows, ...statusRows, ...hintRows, ...exceptionRows, ...coprocessorRows];
