/** A32 branches, status registers, coprocessor registers, exceptions, hints and barriers (DDI 0406C, A5.2.11, A5.2.12, A5.5-A5.7; B9.3). */
import { branch, branchLinkExchange, branchRegister } from '../bodies/branch.ts';
import { moveTop, aluImmediate } from '../bodies/data-processing.ts';
import { clearExclusive } from '../bodies/exclusive.ts';
import {
  changeState, hint, moveFromCoprocessor, moveFromStatus, moveToCoprocessor, moveToStatus, moveToStatusImmediate, raise, secureMonitorCall, setEndian,
} from '../bodies/system.ts';
import { a32, type Fields, type Row } from '../operation.ts';
import { coprocessorKey, type Hint } from '../ops.ts';
import { ARMExpandImm, SignExtend } from '../pseudocode.ts';
import { unknownMode } from './a32-load-store-multiple.ts';

const pcD = (f: Fields): string | undefined => f.d === 15 ? 'PC as Rd' : undefined;

export const branchRows: readonly Row[] = [
  a32(branch, {
    name: 'B', bits: 'cccc1010iiiiiiiiiiiiiiiiiiiiiiii', ref: 'A8.8.18 A1', syntax: 'B{c} label24',
    decode: (f) => ({ shape: { link: false }, x: { imm: SignExtend(f.i, 24) << 2 } }),
  }),
  a32(branch, {
    name: 'BL (immediate)', bits: 'cccc1011iiiiiiiiiiiiiiiiiiiiiiii', ref: 'A8.8.25 A1', syntax: 'BL{c} label24',
    decode: (f) => ({ shape: { link: true }, x: { imm: SignExtend(f.i, 24) << 2 } }),
  }),
  a32(branchLinkExchange, {
    name: 'BLX (immediate)', bits: '1111101Hiiiiiiiiiiiiiiiiiiiiiiii', ref: 'A8.8.25 A2', syntax: 'BLX label24H',
    decode: (f) => ({ shape: {}, x: { imm: SignExtend(f.i, 24) << 2 | f.H << 1 } }),
  }),
  a32(branchRegister, {
    name: 'BX', bits: 'cccc00010010++++++++++++0001mmmm', ref: 'A8.8.27 A1', syntax: 'BX{c} Rm',
    decode: (f) => ({ shape: { link: false }, x: { m: f.m } }),
  }),
  a32(branchRegister, {
    name: 'BXJ', bits: 'cccc00010010++++++++++++0010mmmm', ref: 'A8.8.28 A1', syntax: 'BXJ{c} Rm',
    unpredictable: (f) => f.m === 15 ? 'PC as Rm' : undefined,
    decode: (f) => ({ shape: { link: false }, x: { m: f.m } }),
  }),
  a32(branchRegister, {
    name: 'BLX (register)', bits: 'cccc00010010++++++++++++0011mmmm', ref: 'A8.8.26 A1', syntax: 'BLX{c} Rm',
    unpredictable: (f) => f.m === 15 ? 'PC as Rm' : undefined,
    decode: (f) => ({ shape: { link: true }, x: { m: f.m } }),
  }),
];

export const wideMoveRows: readonly Row[] = [
  a32(aluImmediate, {
    name: 'MOVW', bits: 'cccc00110000iiiiddddiiiiiiiiiiii', ref: 'A8.8.102 A2', syntax: 'MOVW{c} Rd, #<i>', unpredictable: pcD,
    decode: (f) => ({ shape: { alu: 'MOV', S: false, immCarry: false }, x: { d: f.d, n: 0, imm: f.i } }),
  }),
  a32(moveTop, {
    name: 'MOVT', bits: 'cccc00110100iiiiddddiiiiiiiiiiii', ref: 'A8.8.106 A1', syntax: 'MOVT{c} Rd, #<i>', unpredictable: pcD,
    decode: (f) => ({ shape: {}, x: { d: f.d, imm: f.i << 16 } }),
  }),
];

function hintRow(name: string, code: string, ref: string, kind: Hint): Row {
  return a32(hint, {
    name, bits: `cccc001100100000++++----${code}`, ref, syntax: `${name}{c}`,
    decode: () => ({ shape: { hint: kind }, x: {} }),
  });
}

export const hintRows: readonly Row[] = [
  hintRow('NOP', '00000000', 'A8.8.119 A1', 'nop'),
  hintRow('YIELD', '00000001', 'A8.8.426 A1', 'yield'),
  hintRow('WFE', '00000010', 'A8.8.424 A1', 'wfe'),
  hintRow('WFI', '00000011', 'A8.8.425 A1', 'wfi'),
  hintRow('SEV', '00000100', 'A8.8.168 A1', 'sev'),
  a32(hint, {
    name: 'DBG', bits: 'cccc001100100000++++----1111oooo', ref: 'A8.8.42 A1', syntax: 'DBG{c} #<o>',
    decode: () => ({ shape: { hint: 'dbg' }, x: {} }),
  }),
  a32(hint, {
    name: 'hint (unallocated: NOP)', bits: 'cccc001100100000++++----iiiiiiii', ref: 'A5.2.11', syntax: 'HINT{c} #<i>',
    unpredictable: () => 'unallocated hint, executes as NOP',
    decode: () => ({ shape: { hint: 'nop' }, x: {} }),
  }),
  a32(hint, {
    name: 'DSB', bits: '111101010111++++++++----0100oooo', ref: 'A8.8.44 A1', syntax: 'DSB option',
    decode: () => ({ shape: { hint: 'dsb' }, x: {} }),
  }),
  a32(hint, {
    name: 'DMB', bits: '111101010111++++++++----0101oooo', ref: 'A8.8.43 A1', syntax: 'DMB option',
    decode: () => ({ shape: { hint: 'dmb' }, x: {} }),
  }),
  a32(hint, {
    name: 'ISB', bits: '111101010111++++++++----0110oooo', ref: 'A8.8.53 A1', syntax: 'ISB option_isb',
    decode: () => ({ shape: { hint: 'isb' }, x: {} }),
  }),
  a32(clearExclusive, {
    name: 'CLREX', bits: '111101010111++++++++----0001++++', ref: 'A8.8.32 A1', syntax: 'CLREX',
    decode: () => ({ shape: {}, x: {} }),
  }),
];

function preload(name: string, form: 'immediate' | 'register', bits: string, ref: string, kind: Hint): Row {
  const common = { bits, ref, syntax: `${name} ${form === 'immediate' ? '[Rn{, #+/-imm12}]' : '[Rn, +/-Rm{, shift}]'}` };
  // PLDW belongs to the Multiprocessing Extensions, which a Cortex-A8 has not.
  if (kind === 'pldw') {
    return a32(raise, { ...common, name: `${name} (${form}: UNDEFINED)`, decode: () => ({ shape: { exception: 'undefined' }, x: { imm: 0 } }) });
  }
  return a32(hint, {
    ...common, name: `${name} (${form})`,
    unpredictable: (f) => form === 'register' && f.m === 15 ? 'PC as Rm' : undefined,
    decode: () => ({ shape: { hint: kind }, x: {} }),
  });
}

/** Preloads and the memory hints that are NOPs. The address is not used: the caches that they would fill are not visible. */
export const preloadRows: readonly Row[] = [
  preload('PLD', 'immediate', '11110101U101nnnn++++iiiiiiiiiiii', 'A8.8.126 A1', 'pld'),
  preload('PLDW', 'immediate', '11110101U001nnnn++++iiiiiiiiiiii', 'A8.8.126 A1', 'pldw'),
  preload('PLD', 'register', '11110111U101nnnn++++iiiiiyy0mmmm', 'A8.8.128 A1', 'pld'),
  preload('PLDW', 'register', '11110111U001nnnn++++iiiiiyy0mmmm', 'A8.8.128 A1', 'pldw'),
  preload('PLI', 'immediate', '11110100U101nnnn++++iiiiiiiiiiii', 'A8.8.129 A1', 'pli'),
  preload('PLI', 'register', '11110110U101nnnn++++iiiiiyy0mmmm', 'A8.8.130 A1', 'pli'),
  a32(hint, {
    name: 'PLD (literal)', bits: '11110101U1011111++++iiiiiiiiiiii', ref: 'A8.8.127 A1', syntax: 'PLD literal12',
    decode: () => ({ shape: { hint: 'pld' }, x: {} }),
  }),
  a32(hint, {
    name: 'PLI (literal)', bits: '11110100U1011111++++iiiiiiiiiiii', ref: 'A8.8.129 A1', syntax: 'PLI literal12',
    decode: () => ({ shape: { hint: 'pli' }, x: {} }),
  }),
  a32(hint, {
    name: 'memory hint (unallocated: NOP)', bits: '11110100-001--------------------', ref: 'A5.7.1', syntax: '.inst',
    unpredictable: () => 'unallocated memory hint, executes as NOP',
    decode: () => ({ shape: { hint: 'nop' }, x: {} }),
  }),
  a32(hint, {
    name: 'memory hint (unallocated: NOP, register)', bits: '11110110-001---------------0----', ref: 'A5.7.1', syntax: '.inst',
    unpredictable: () => 'unallocated memory hint, executes as NOP',
    decode: () => ({ shape: { hint: 'nop' }, x: {} }),
  }),
];

/** The banked forms of MRS and MSR (bit 9) belong to the Virtualization Extensions and are UNDEFINED. */
export const statusRows: readonly Row[] = [
  a32(moveFromStatus, {
    name: 'MRS', bits: 'cccc00010R00++++dddd--0-0000----', ref: 'A8.8.109 A1, B9.3.8 A1', syntax: 'MRS{c} Rd, <R:CPSR/APSR|SPSR>', unpredictable: pcD,
    decode: (f) => ({ shape: { spsr: f.R === 1 }, x: { d: f.d } }),
  }),
  a32(moveToStatus, {
    name: 'MSR (register)', bits: 'cccc00010R10kkkk++++--0-0000nnnn', ref: 'A8.8.112 A1, B9.3.12 A1', syntax: 'MSR{c} spec_reg, Rn',
    unpredictable: (f) => f.k === 0 ? 'no fields' : f.n === 15 ? 'PC as Rn' : undefined,
    decode: (f) => ({ shape: { spsr: f.R === 1, mask: f.k }, x: { n: f.n } }),
  }),
  a32(moveToStatusImmediate, {
    name: 'MSR (immediate, CPSR)', bits: 'cccc00110010kkkk++++iiiiiiiiiiii', where: ['k!=0'], ref: 'A8.8.111 A1, B9.3.11 A1', syntax: 'MSR{c} spec_reg, #modimm',
    decode: (f) => ({ shape: { spsr: false, mask: f.k }, x: { imm: ARMExpandImm(f.i) } }),
  }),
  a32(moveToStatusImmediate, {
    name: 'MSR (immediate, SPSR)', bits: 'cccc00110R10kkkk++++iiiiiiiiiiii', where: ['R==1'], ref: 'B9.3.11 A1', syntax: 'MSR{c} spec_reg, #modimm',
    unpredictable: (f) => f.k === 0 ? 'no fields' : undefined,
    decode: (f) => ({ shape: { spsr: true, mask: f.k }, x: { imm: ARMExpandImm(f.i) } }),
  }),
  a32(changeState, {
    name: 'CPS (mode)', bits: '1111000100000010-------AIF0kkkkk', ref: 'B9.3.2 A1', syntax: 'CPS #<k>',
    unpredictable: (f) => (f.A | f.I | f.F) === 1 ? 'masks without effect' : unknownMode(f),
    decode: (f) => ({ shape: { enable: -1, masks: 0, mode: f.k }, x: {} }),
  }),
  a32(changeState, {
    name: 'CPS (masks)', bits: '1111000100001o00-------AIF0kkkkk', ref: 'B9.3.2 A1', syntax: 'CPS<o:IE|ID> iflags',
    unpredictable: (f) => (f.A | f.I | f.F) === 0 ? 'no masks' : f.k !== 0 ? 'mode without effect' : undefined,
    decode: (f) => ({ shape: { enable: 1 - f.o, masks: f.A << 2 | f.I << 1 | f.F, mode: -1 }, x: {} }),
  }),
  a32(changeState, {
    name: 'CPS (masks, mode)', bits: '1111000100001o10-------AIF0kkkkk', ref: 'B9.3.2 A1', syntax: 'CPS<o:IE|ID> iflags, #<k>',
    unpredictable: (f) => (f.A | f.I | f.F) === 0 ? 'no masks' : unknownMode(f),
    decode: (f) => ({ shape: { enable: 1 - f.o, masks: f.A << 2 | f.I << 1 | f.F, mode: f.k }, x: {} }),
  }),
  a32(setEndian, {
    name: 'SETEND', bits: '111100010000---1------E-0000----', ref: 'A8.8.167 A1', syntax: 'SETEND <E:LE|BE>',
    decode: (f) => ({ shape: { big: f.E === 1 }, x: {} }),
  }),
];

export const exceptionRows: readonly Row[] = [
  a32(raise, {
    name: 'SVC', bits: 'cccc1111iiiiiiiiiiiiiiiiiiiiiiii', ref: 'A8.8.228 A1', syntax: 'SVC{c} #<i>',
    decode: (f) => ({ shape: { exception: 'supervisor-call' }, x: { imm: f.i } }),
  }),
  a32(secureMonitorCall, {
    name: 'SMC', bits: 'cccc00010110------------0111iiii', ref: 'B9.3.14 A1', syntax: 'SMC{c} #<i>',
    decode: (f) => ({ shape: {}, x: { imm: f.i } }),
  }),
  a32(raise, {
    name: 'BKPT', bits: 'cccc00010010iiiiiiiiiiii0111iiii', ref: 'A8.8.24 A1', syntax: 'BKPT #<i>',
    unpredictable: (f) => f.c !== 14 ? 'a condition' : undefined,
    decode: (f) => ({ shape: { exception: 'breakpoint' }, x: { imm: f.i } }),
  }),
  a32(raise, {
    name: 'UDF', bits: '111001111111iiiiiiiiiiii1111iiii', ref: 'A8.8.247 A1', syntax: 'UDF #<i>',
    decode: (f) => ({ shape: { exception: 'undefined' }, x: { imm: f.i } }),
  }),
];

/** The key of an MRC or MCR word's register: coprocessor 14 or 15. */
export function registerOf(f: Fields): number {
  return coprocessorKey(14 + f.p, f.o, f.n, f.m, f.k);
}

/** What CP14 and CP15 of this CPU lack. `top` is the pattern's first four characters. */
export function absentCoprocessorRows(make: typeof a32, top: string): Row[] {
  const absent = (name: string, bits: string, ref: string, syntax: string): Row => make(raise, {
    name, bits: `${top}${bits}`, ref: ref.split(', ').map((section) => `${section} ${top === 'cccc' ? 'A1' : 'T1'}`).join(', '), syntax,
    decode: () => ({ shape: { exception: 'undefined' }, x: { imm: 0 } }),
  });
  return [
    absent('CDP (CP14, CP15: UNDEFINED)', '1110oooonnnndddd111pkkk0mmmm', 'A8.8.30', 'CDP{c} <p:p14|p15>, <o>, CRd, CRn, CRm{, #<k>}'),
    absent('LDC, STC (CP14, CP15, offset: UNDEFINED)', '1101UD0Lnnnndddd111piiiiiiii', 'A8.8.55, A8.8.56, A8.8.198', '<L:STC|LDC><D:|L>{c} <p:p14|p15>, CRd, [Rn{, #+/-<i*4>}]'),
    absent('LDC, STC (CP14, CP15, pre-indexed: UNDEFINED)', '1101UD1Lnnnndddd111piiiiiiii', 'A8.8.55, A8.8.198', '<L:STC|LDC><D:|L>{c} <p:p14|p15>, CRd, [Rn, #+/-<i*4>]!'),
    absent('LDC, STC (CP14, CP15, post-indexed: UNDEFINED)', '1100UD1Lnnnndddd111piiiiiiii', 'A8.8.55, A8.8.198', '<L:STC|LDC><D:|L>{c} <p:p14|p15>, CRd, [Rn], #+/-<i*4>'),
    absent('LDC, STC (CP14, CP15, unindexed: UNDEFINED)', '11001D0Lnnnndddd111piiiiiiii', 'A8.8.55, A8.8.198', '<L:STC|LDC><D:|L>{c} <p:p14|p15>, CRd, [Rn], {<i>}'),
    absent('MCRR (CP14, CP15: UNDEFINED)', '11000100uuuutttt111poooommmm', 'A8.8.99', 'MCRR{c} <p:p14|p15>, <o>, Rt, Rt2, CRm'),
    absent('MRRC (CP14, CP15: UNDEFINED)', '11000101uuuutttt111poooommmm', 'A8.8.108', 'MRRC{c} <p:p14|p15>, <o>, Rt, Rt2, CRm'),
  ];
}

export const coprocessorRows: readonly Row[] = [
  a32(moveToCoprocessor, {
    name: 'MCR', bits: 'cccc1110ooo0nnnntttt111pkkk1mmmm', ref: 'A8.8.98 A1', syntax: 'MCR{c} <p:p14|p15>, <o>, Rt, CRn, CRm{, #<k>}',
    unpredictable: (f) => f.t === 15 ? 'PC as Rt' : undefined,
    decode: (f) => ({ shape: {}, x: { t: f.t, register: registerOf(f) } }),
  }),
  a32(moveFromCoprocessor, {
    name: 'MRC', bits: 'cccc1110ooo1nnnntttt111pkkk1mmmm', ref: 'A8.8.107 A1', syntax: 'MRC{c} <p:p14|p15>, <o>, Rt, CRn, CRm{, #<k>}',
    decode: (f) => ({ shape: {}, x: { t: f.t, register: registerOf(f) } }),
  }),
  a32(moveFromCoprocessor, {
    name: 'MRC (to APSR_nzcv)', bits: 'cccc1110ooo1nnnn1111111pkkk1mmmm', ref: 'A8.8.107 A1', syntax: 'MRC{c} <p:p14|p15>, <o>, APSR_nzcv, CRn, CRm{, #<k>}',
    decode: (f) => ({ shape: {}, x: { t: 15, register: registerOf(f) } }),
  }),
  ...absentCoprocessorRows(a32, 'cccc'),
];
