/**
 * Decode coverage: instructions assembled by GNU as, and words from the manual, against the row and operands that they must give.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createDecoder } from '../decode.ts';
import type { Instruction } from '../operation.ts';
import { extractFields, matches, parsePattern } from '../pattern.ts';
import { allRows } from './index.ts';

const decoder = createDecoder(allRows);
const hasAssembler = spawnSync('arm-none-eabi-as', ['--version']).status === 0;
const skip = hasAssembler ? false : 'arm-none-eabi-as is not installed';

function assemble(set: 'arm' | 'thumb', lines: readonly string[]): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'rows-'));
  try {
    const source = join(folder, 'a.s');
    writeFileSync(source, `.syntax unified\n.arch armv7-a\n.arch_extension sec\n.${set}\n.text\n${lines.join('\n')}\n`);
    for (const [command, args] of [['arm-none-eabi-as', ['-mthumb-interwork', '-o', 'a.o', 'a.s']], ['arm-none-eabi-objcopy', ['-O', 'binary', 'a.o', 'a.bin']]] as const) {
      const run = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
      assert.equal(run.status, 0, run.stderr);
    }
    return readFileSync(join(folder, 'a.bin'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Expected = readonly [source: string, row: string, x?: Readonly<Record<string, number>>, shape?: Readonly<Record<string, unknown>>];

function check(instruction: Instruction, [source, row, x, shape]: Expected): void {
  assert.equal(instruction.row.name, row, source);
  for (const [name, value] of Object.entries(x ?? {})) assert.equal(instruction.x[name], value, `${source}: ${name}`);
  for (const [name, value] of Object.entries(shape ?? {})) assert.equal(instruction.shape[name], value, `${source}: ${name}`);
}

const A32: readonly Expected[] = [
  ['ldr r1, [r2, #-4095]', 'LDR (immediate, offset)', { t: 1, n: 2, imm: -4095 }, { size: 4, index: 'offset' }],
  ['ldr r1, [r2, #4]!', 'LDR (immediate, pre-indexed)', { t: 1, n: 2, imm: 4 }, { index: 'pre' }],
  ['strb r1, [r2], #-1', 'STRB (immediate, post-indexed)', { t: 1, n: 2, imm: -1 }, { size: 1, index: 'post' }],
  ['ldrt r1, [r2], #4', 'LDRT (immediate, unprivileged)', { imm: 4 }, { unprivileged: true, index: 'post' }],
  ['ldr pc, [r3, -r4, lsl #2]', 'LDR (register, offset)', { t: 15, n: 3, m: 4, amount: 2 }, { add: false, shift: 'LSL' }],
  ['ldr r0, [pc, #8]', 'LDR (literal)', { t: 0, n: 15, imm: 8 }],
  ['strh r1, [r2, #255]', 'STRH (immediate, offset)', { t: 1, n: 2, imm: 255 }, { size: 2 }],
  ['ldrsh r1, [r2, -r3]!', 'LDRSH (register, pre-indexed)', { t: 1, n: 2, m: 3 }, { signed: true, add: false }],
  ['ldrsbt r1, [r2], #9', 'LDRSBT (immediate, unprivileged)', { imm: 9 }, { signed: true, size: 1 }],
  ['ldrd r4, r5, [r2, #-8]', 'LDRD (immediate, offset)', { t: 4, u: 5, n: 2, imm: -8 }],
  ['strd r4, r5, [r2], r3', 'STRD (register, post-indexed)', { t: 4, u: 5, n: 2, m: 3 }, { add: true }],
  ['ldmdb r3!, {r0, r4, pc}', 'LDM', { n: 3, list: 0x11, bytes: 12, start: -12, delta: -12 }, { wback: true, pc: true }],
  ['stmib r3, {r1, r2}', 'STM', { n: 3, list: 6, bytes: 8, start: 4 }, { wback: false, pc: false }],
  ['push {r4, lr}', 'PUSH', { n: 13, list: 0x4010, bytes: 8, start: -8, delta: -8 }],
  ['pop {r4, pc}', 'POP', { n: 13, list: 0x10, start: 0, delta: 8 }, { pc: true }],
  ['ldmia r13, {r0-r14}^', 'LDM (User registers)', { n: 13, list: 0x7fff, bytes: 60 }],
  ['stmdb r13, {r13, r14}^', 'STM (User registers)', { n: 13, list: 0x6000, start: -8 }],
  ['ldmia r13!, {r0, pc}^', 'LDM (exception return)', { list: 1, bytes: 8, delta: 8 }, { wback: true }],
  ['rfeia r13!', 'RFE', { n: 13, start: 0, delta: 8 }, { wback: true }],
  ['rfedb r1', 'RFE', { n: 1, start: -8 }, { wback: false }],
  ['srsdb sp!, #0x16', 'SRS', { lr: 14, start: -8, delta: -8 }, { mode: 0x16, wback: true }],
  ['srsib sp, #0x13', 'SRS', { start: 4, delta: 8 }, { mode: 0x13, wback: false }],
  ['ldrex r1, [r2]', 'LDREX', { t: 1, n: 2, imm: 0 }, { size: 4 }],
  ['strexd r1, r4, r5, [r2]', 'STREXD', { d: 1, t: 4, u: 5, n: 2 }],
  ['swpb r1, r2, [r3]', 'SWP', { t: 1, u: 2, n: 3 }, { size: 1 }],
  ['movw r1, #0xabcd', 'MOVW', { d: 1, imm: 0xabcd }],
  ['movt r1, #0xabcd', 'MOVT', { d: 1, imm: 0xabcd0000 | 0 }],
  ['muls r1, r2, r3', 'MUL', { d: 1, n: 2, m: 3 }, { S: true }],
  ['mls r1, r2, r3, r4', 'MLS', { d: 1, n: 2, m: 3, a: 4 }, { subtract: true }],
  ['smlal r1, r2, r3, r4', 'SMLAL', { l: 1, h: 2, n: 3, m: 4 }, { signed: true, accumulate: true }],
  ['umaal r1, r2, r3, r4', 'UMAAL', { l: 1, h: 2, n: 3, m: 4 }],
  ['smlabt r1, r2, r3, r4', 'SMLABT', { d: 1, n: 2, m: 3, a: 4 }, { nHigh: false, mHigh: true }],
  ['smlalbt r1, r2, r3, r4', 'SMLALBT', { l: 1, h: 2, n: 3, m: 4 }],
  ['smulwt r1, r2, r3', 'SMULWT', { d: 1, n: 2, m: 3 }, { mHigh: true }],
  ['smlsdx r1, r2, r3, r4', 'SMLSDX', { a: 4 }, { subtract: true, exchange: true }],
  ['smmlar r1, r2, r3, r4', 'SMMLAR', { a: 4 }, { round: true, subtract: false }],
  ['qdsub r1, r2, r3', 'QDSUB', { d: 1, m: 2, n: 3 }, { double: true, subtract: true }],
  ['uqsax r1, r2, r3', 'UQSAX', { d: 1, n: 2, m: 3 }],
  ['pkhtb r1, r2, r3, asr #32', 'PKHTB', { d: 1, n: 2, m: 3 }, { top: true, shift: 'ASR32' }],
  ['pkhbt r1, r2, r3, lsl #7', 'PKHBT', { amount: 7 }, { top: false, shift: 'LSL' }],
  ['ssat r1, #32, r2, asr #1', 'SSAT (ASR)', { d: 1, n: 2, amount: 1, max: 0x7fffffff }],
  ['usat16 r1, #15, r2', 'USAT16', { d: 1, n: 2, max: 32767 }],
  ['sxtab16 r1, r2, r3, ror #24', 'SXTAB16', { d: 1, n: 2, m: 3, amount: 24 }],
  ['uxth r1, r2', 'UXTH', { d: 1, m: 2, amount: 0 }],
  ['rbit r1, r2', 'RBIT', { d: 1, m: 2 }],
  ['revsh r1, r2', 'REVSH', { d: 1, m: 2 }],
  ['bfi r1, r2, #4, #8', 'BFI', { d: 1, n: 2, amount: 4, mask: 0xff0 }],
  ['bfc r1, #0, #32', 'BFC', { d: 1, mask: -1 }],
  ['sbfx r1, r2, #4, #8', 'SBFX', { left: 20, right: 24 }],
  ['usada8 r1, r2, r3, r4', 'USADA8', { d: 1, n: 2, m: 3, a: 4 }],
  ['clz r1, r2', 'CLZ', { d: 1, m: 2 }],
  ['b .+8', 'B', { imm: 0 }],
  ['blne .-4', 'BL (immediate)', { imm: -12 }],
  ['bx lr', 'BX', { m: 14 }],
  ['blx r3', 'BLX (register)', { m: 3 }, { link: true }],
  ['msr cpsr_fsxc, r1', 'MSR (register)', { n: 1 }, { spsr: false, mask: 15 }],
  ['msr spsr_f, #0xf0000000', 'MSR (immediate, SPSR)', { imm: 0xf0000000 | 0 }, { spsr: true, mask: 8 }],
  ['msr cpsr_c, #0xd3', 'MSR (immediate, CPSR)', { imm: 0xd3 }, { mask: 1 }],
  ['mrs r1, spsr', 'MRS', { d: 1 }, { spsr: true }],
  ['cpsie aif', 'CPS (masks)', {}, { enable: 1, masks: 7, mode: -1 }],
  ['cpsid if, #0x16', 'CPS (masks, mode)', {}, { enable: 0, masks: 3, mode: 0x16 }],
  ['cps #0x13', 'CPS (mode)', {}, { enable: -1, mode: 0x13 }],
  ['setend be', 'SETEND', {}, { big: true }],
  ['mrc p15, 0, r1, c13, c0, 3', 'MRC', { t: 1, register: 0xf0d03 }],
  ['mcr p15, 0, r1, c7, c10, 4', 'MCR', { t: 1, register: 0xf07a4 }],
  ['mcr p15, 5, r1, c15, c3, 2', 'MCR', { t: 1, register: 0xf5f32 }],
  ['mrc p14, 0, apsr_nzcv, c0, c1, 0', 'MRC (to APSR_nzcv)', { t: 15, register: 0xe0010 }],
  ['svc #0x123456', 'SVC', { imm: 0x123456 }],
  ['smc #9', 'SMC', { imm: 9 }],
  ['bkpt #0xabcd', 'BKPT', { imm: 0xabcd }],
  ['udf #0xabcd', 'UDF', { imm: 0xabcd }],
  ['wfi', 'WFI', {}, { hint: 'wfi' }],
  ['dmb ish', 'DMB'], ['isb', 'ISB'], ['clrex', 'CLREX'],
  ['pld [r1, r2, lsl #2]', 'PLD (register)', {}, { hint: 'pld' }],
];

const T32: readonly Expected[] = [
  ['lsls r1, r2, #3', 'LSL (immediate)', { d: 1, m: 2, amount: 3 }, { alu: 'MOV', S: 'outsideIT', shift: 'LSL' }],
  ['asrs r1, r2, #32', 'ASR (immediate)', { d: 1, m: 2 }, { shift: 'ASR32' }],
  ['movs r1, r2', 'MOV (register, flags)', { d: 1, m: 2 }],
  ['adds r1, r2, #7', 'ADD (immediate, 3 bits)', { d: 1, n: 2, imm: 7 }],
  ['subs r1, #255', 'SUB (immediate, 8 bits)', { d: 1, n: 1, imm: 255 }],
  ['rsbs r1, r2, #0', 'RSB (immediate)', { d: 1, n: 2, imm: 0 }],
  ['muls r1, r2, r1', 'MUL', { d: 1, n: 2, m: 1 }, { S: 'outsideIT' }],
  ['add r9, r1', 'ADD (register, high registers)', { d: 9, n: 9, m: 1 }, { S: false }],
  ['cmp r9, r1', 'CMP (register, high registers)', { n: 9, m: 1 }, { S: true }],
  ['mov pc, lr', 'MOV (register)', { d: 15, m: 14 }],
  ['bx pc', 'BX', { m: 15 }],
  ['ldr r1, [pc, #1020]', 'LDR (literal)', { t: 1, n: 15, imm: 1020 }],
  ['ldrsh r1, [r2, r3]', 'LDRSH (register)', { t: 1, n: 2, m: 3 }],
  ['ldrh r1, [r2, #62]', 'LDRH (immediate)', { t: 1, n: 2, imm: 62 }],
  ['str r1, [sp, #1020]', 'STR (immediate, SP)', { t: 1, n: 13, imm: 1020 }],
  ['add r1, sp, #1020', 'ADD (SP plus immediate)', { d: 1, n: 13, imm: 1020 }],
  ['sub sp, #508', 'SUB (SP minus immediate)', { d: 13, n: 13, imm: 508 }],
  ['push {r1, lr}', 'PUSH', { list: 0x4002, start: -8 }],
  ['pop {r1, pc}', 'POP', { list: 2, bytes: 8 }, { pc: true }],
  ['ldmia r1!, {r2, r3}', 'LDM', { n: 1, list: 0xc }, { wback: true }],
  ['ldmia r1, {r1, r3}', 'LDM', { n: 1, list: 0xa }, { wback: false }],
  ['cbnz r3, .+4+126', 'CBZ, CBNZ', { n: 3, imm: 126 }, { nonzero: true }],
  ['ite eq', 'IT', { imm: 0x0c }], ['moveq r0, #1', 'MOV (immediate)'], ['movne r0, #2', 'MOV (immediate)'],
  ['bne .-252', 'B (conditional)', { imm: -256 }],
  ['b .+4-2048', 'B', { imm: -2048 }],
  ['svc #255', 'SVC', { imm: 255 }], ['udf #255', 'UDF', { imm: 255 }], ['cpsid i', 'CPS', {}, { enable: 0, masks: 2 }],
  ['add.w r1, r2, #0xff00ff00', 'ADD (immediate)', { d: 1, n: 2, imm: 0xff00ff00 | 0 }, { S: false, immCarry: false }],
  ['ands r1, r2, #0x80000000', 'AND (immediate)', { imm: -0x80000000 }, { S: true, immCarry: true }],
  ['tst.w r1, #1', 'TST (immediate)', { n: 1, imm: 1 }, { alu: 'TST' }],
  ['mov.w r1, #0x1fe', 'MOV (immediate)', { d: 1, imm: 0x1fe }],
  ['orn r1, r2, r3, ror #5', 'ORN (register)', { m: 3, amount: 5 }, { shift: 'ROR' }],
  ['rrxs r1, r2', 'MOV (register)', { d: 1, m: 2 }, { S: true, shift: 'RRX' }],
  ['cmp.w r1, r2, lsl #31', 'CMP (register)', { n: 1, m: 2, amount: 31 }],
  ['addw r1, r2, #4095', 'ADDW (immediate)', { imm: 4095 }],
  ['adr.w r1, .-4091+4', 'ADR (before)', { d: 1, n: 15 }],
  ['movw r1, #0xf8ab', 'MOVW', { imm: 0xf8ab }],
  ['movt r1, #0xf8ab', 'MOVT', { imm: 0xf8ab0000 | 0 }],
  ['lsl.w r1, r2, r3', 'LSL (register)', { d: 1, m: 2, s: 3 }],
  ['ssat r1, #5, r2, lsl #9', 'SSAT (LSL)', { amount: 9, max: 15 }],
  ['ubfx r1, r2, #31, #1', 'UBFX', { left: 0, right: 31 }],
  ['bfi r1, r2, #30, #2', 'BFI', { amount: 30, mask: 0xc0000000 | 0 }],
  ['shasx r1, r2, r3', 'SHASX', { d: 1, n: 2, m: 3 }],
  ['qdadd r1, r2, r3', 'QDADD', { m: 2, n: 3 }],
  ['rev16.w r9, r2', 'REV16', { d: 9, m: 2 }], ['clz r1, r2', 'CLZ', { d: 1, m: 2 }],
  ['smlaltb r1, r2, r3, r4', 'SMLALTB', { l: 1, h: 2, n: 3, m: 4 }, { nHigh: true, mHigh: false }],
  ['smmls r1, r2, r3, r4', 'SMMLS', { a: 4 }], ['umull r1, r2, r3, r4', 'UMULL', { l: 1, h: 2, n: 3, m: 4 }],
  ['ldr.w pc, [r1, r2, lsl #3]', 'LDR (register)', { t: 15, n: 1, m: 2, amount: 3 }],
  ['ldr r1, [r2, #-255]', 'LDR (immediate, negative offset)', { imm: -255 }],
  ['strh r1, [r2, #-2]!', 'STRH (immediate, pre-indexed)', { imm: -2 }, { index: 'pre' }],
  ['ldrsb r1, [r2], #255', 'LDRSB (immediate, post-indexed)', { imm: 255 }],
  ['ldrbt r1, [r2, #5]', 'LDRBT (immediate, unprivileged)', { imm: 5 }, { unprivileged: true, index: 'offset' }],
  ['pld [r1, #4095]', 'PLD (offset)'], ['pli [r1, #-3]', 'PLI (negative offset)'],
  ['ldrd r1, r9, [r2, #-1020]!', 'LDRD (immediate, pre-indexed)', { t: 1, u: 9, imm: -1020 }],
  ['strexh r1, r2, [r3]', 'STREXH', { d: 1, t: 2, n: 3 }], ['ldrex r1, [r2, #1020]', 'LDREX', { imm: 1020 }],
  ['tbh [pc, r1, lsl #1]', 'TBH', { n: 15, m: 1 }],
  ['ldmdb r1!, {r2, r9, pc}', 'LDMDB', { list: 0x204, start: -12, delta: -12 }, { pc: true }],
  ['srsia sp!, #0x1f', 'SRS', { start: 0, delta: 8 }, { mode: 0x1f }], ['rfedb r1', 'RFEDB', { start: -8 }],
  ['bne.w .+4+1048574', 'B (conditional)', { imm: 1048574 }],
  ['b.w .+4-16777216', 'B', { imm: -16777216 }],
  ['bl .+4+16777214', 'BL (immediate)', { imm: 16777214 }],
  ['subs pc, lr, #4', 'SUBS PC, LR', { d: 15, n: 14, imm: 4 }],
  ['msr cpsr_c, r1', 'MSR (register)', {}, { mask: 1 }], ['mrs r1, apsr', 'MRS', { d: 1 }],
  ['cpsie f, #0x10', 'CPS (masks, mode)', {}, { enable: 1, masks: 1, mode: 0x10 }],
  ['nop.w', 'NOP'], ['dsb sy', 'DSB'], ['clrex', 'CLREX'], ['smc #3', 'SMC', { imm: 3 }],
  ['mrc p15, 0, r1, c1, c0, 0', 'MRC', { register: 0xf0100 }],
];

test('A32 instructions of GNU as decode to their rows and operands', { skip }, () => {
  const code = assemble('arm', A32.map(([source]) => source));
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  assert.equal(code.length, A32.length * 4);
  A32.forEach((expected, i) => check(decoder.decodeA32(view.getUint32(i * 4, true)), expected));
});

test('T32 instructions of GNU as decode to their rows and operands', { skip }, () => {
  const code = assemble('thumb', T32.map(([source]) => source));
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  let at = 0;
  for (const expected of T32) {
    const instruction = decoder.decodeT32(view.getUint16(at, true), at + 2 < code.length ? view.getUint16(at + 2, true) : 0);
    check(instruction, expected);
    at += instruction.length;
  }
  assert.equal(at, code.length);
});

test('encodings that this CPU has not are UNDEFINED', () => {
  const words: readonly (readonly [number, string])[] = [
    [0xe713f211, 'SDIV r3, r1, r2'], [0xe733f211, 'UDIV r3, r1, r2'], [0xe1400070, 'HVC #0'], [0xe160006e, 'ERET'],
    [0xe1001200, 'MRS r1, R8_usr'], [0xe121f201, 'MSR R8_usr banked'], [0xfe071f9a, 'MCR2 p15'], [0xee07151a, 'MCR p5'],
  ];
  for (const [word, what] of words) assert.equal(decoder.decodeA32(word).row.name, 'UNDEFINED', what);
  for (const [first, second, what] of [[0xfb91, 0xf3f2, 'SDIV'], [0xfbb1, 0xf3f2, 'UDIV'], [0xf7e0, 0x8000, 'HVC']] as const) {
    assert.equal(decoder.decodeT32(first, second).row.name, 'UNDEFINED', what);
  }
  assert.match(decoder.decodeA32(0xf591f000).row.name, /PLDW.*UNDEFINED/);
  assert.match(decoder.decodeT32(0xf3bf, 0x8f1f).row.name, /ENTERX.*UNDEFINED/);
});

test('UNPREDICTABLE forms are told apart', () => {
  const reason = (word: number): string | undefined => {
    const { row } = decoder.decodeA32(word);
    return row.unpredictable?.(extractFields(parsePattern(row), word));
  };
  assert.match(reason(0xe4911004)!, /Rt/); // ldr r1, [r1], #4
  assert.match(reason(0xe8b10002)!, /base in the list/); // ldmia r1!, {r1}
  assert.equal(reason(0xe8a10002), undefined); // stmia r1!, {r1}: the first of the list
  assert.match(reason(0xe8a10003)!, /not the first/); // stmia r1!, {r0, r1}
  assert.match(reason(0xe0811392)!, /RdHi is RdLo/); // umull r1, r1, r2, r3
  assert.match(reason(0xe7c01292)!, /msb below lsb/);
});

test('a word belongs to one row only, or to nested ones', () => {
  // createDecoder has judged overlaps by pattern; the fixed bits of each row, with its fields zero, must lead back to that row or to a more specific one.
  for (const pattern of decoder.patterns) {
    const word = pattern.value | pattern.shouldValue;
    if (!matches(pattern, word)) continue;
    const found = pattern.row.set === 'A32' ? decoder.decodeA32(word)
      : pattern.width === 16 ? decoder.decodeT32(word, 0) : decoder.decodeT32(word >>> 16, word & 0xffff);
    if (found.row === pattern.row || found.row.name === 'UNDEFINED') continue;
    const inner = parsePattern(found.row);
    assert.equal(inner.mask & pattern.mask, pattern.mask, `${pattern.row.name} gives ${found.row.name}`);
  }
});
