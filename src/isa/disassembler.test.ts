/** The disassembler's text, checked by hand against the manual's syntax and the addresses that DDI 0406C gives branches. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDecoder } from './decode.ts';
import { createDisassembler, type DisassembleOptions } from './disassembler.ts';
import { allRows } from './rows/index.ts';

const decoder = createDecoder(allRows);
const disassembler = createDisassembler(allRows);

const a32 = (word: number, address = 0x8000, options?: DisassembleOptions): string => disassembler.disassemble(decoder.decodeA32(word), address, options);
const t32 = (first: number, second = 0, address = 0x8000, options?: DisassembleOptions): string =>
  disassembler.disassemble(decoder.decodeT32(first, second), address, options);

const A32: readonly (readonly [number, string])[] = [
  [0xe0912003, 'adds r2, r1, r3'],
  [0x03a0443f, 'moveq r4, #0x3f000000'],
  [0xe1a00201, 'lsl r0, r1, #4'],
  [0xe1b0f00e, 'movs pc, lr'],
  [0xe92d40f0, 'push {r4-r7, lr}'],
  [0xe52d4004, 'push {r4}'],
  [0xe8bd80f0, 'pop {r4-r7, pc}'],
  [0xe8fd9fff, 'ldm sp!, {r0-r12, pc}^'],
  [0xe59f0008, 'ldr r0, [pc, #8]  @ 0x8010'],
  [0xe5310004, 'ldr r0, [r1, #-4]!'],
  [0xe7d32104, 'ldrb r2, [r3, r4, lsl #2]'],
  [0xeafffffe, 'b 0x8000'],
  [0xfa000001, 'blx 0x800c'],
  [0xe12fff1e, 'bx lr'],
  [0xe1600070, 'smc #0'],
  [0xf10c01c0, 'cpsid aif'],
  [0xf1020016, 'cps #22'],
  [0xf96d0513, 'srsdb sp!, #19'],
  [0xee110f11, 'mrc p15, 0, r0, c1, c1'],
  [0xe321f0d3, 'msr CPSR_c, #211'],
  [0xf57ff04f, 'dsb sy'],
  [0xe320f003, 'wfi'],
  [0xe3a00f41, 'mov r0, #260'],
  [0xe3a00c01, 'mov r0, #256'],
  [0xe3a00e10, 'mov r0, #16, 28'],
  [0xecb00b20, 'vldmia r0!, {d0-d15}'],
  [0xf2000d40, 'vadd.f32 q0, q0, q0'],
  [0xe7f000f0, 'udf #0'],
  [0xf7f0a000 | 0, '.inst 0xf7f0a000'],
];

test('A32', () => {
  for (const [word, text] of A32) assert.equal(a32(word), text, (word >>> 0).toString(16));
});

test('branch targets are named', () => {
  const symbolOf = (address: number): string | undefined => address === 0x8020 ? 'irq' : undefined;
  assert.equal(a32(0xea000006, 0x8000, { symbolOf }), 'b 0x8020 <irq>');
  assert.equal(a32(0xe59f1018, 0x8000, { symbolOf }), 'ldr r1, [pc, #24]  @ 0x8020 <irq>');
  assert.equal(t32(0xe00e, 0, 0x8000, { symbolOf }), 'b 0x8020 <irq>');
});

test('T32', () => {
  assert.equal(t32(0x2001), 'movs r0, #1');
  assert.equal(t32(0x2001, 0, 0, { it: 1 }), 'movne r0, #1');
  assert.equal(t32(0xbf0c), 'ite eq');
  assert.equal(t32(0xbf08), 'it eq');
  assert.equal(t32(0xbf01), 'itttt eq');
  assert.equal(t32(0x4770), 'bx lr');
  assert.equal(t32(0xf04f, 0x00ff), 'mov.w r0, #255');
  assert.equal(t32(0xf7ff, 0xfffe), 'bl 0x8000');
  assert.equal(t32(0xd0fe), 'beq 0x8000');
  assert.equal(t32(0xb510), 'push {r4, lr}');
  assert.equal(t32(0xe8bd, 0x9ff0), 'pop.w {r4-r12, pc}');
  assert.equal(t32(0xbf00), 'nop');
  assert.equal(t32(0xdeff), 'udf #255');
  assert.equal(t32(0xe7ff, 0, 0x8000), 'b 0x8002');
});

test('every word has some text', () => {
  let state = 12345;
  for (let i = 0; i < 20000; i++) {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    const word = state ^ state >>> 13;
    for (const text of [a32(word), t32(word >>> 16, word & 0xffff)]) assert.match(text, /^[.a-z]/);
  }
});
