/** The assembler: words checked by hand against DDI 0406C, directives, expressions, literal pools, relaxation, errors. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAssembler, type AssembleOptions } from './assembler.ts';
import { allRows } from './rows/index.ts';

const assembler = createAssembler(allRows);

function bytesOf(source: string, options: AssembleOptions = {}): Uint8Array {
  const result = assembler.assemble(source, options);
  assert.ok(result.ok, result.ok ? '' : result.errors.map(({ line, column, message }) => `${line}:${column}: ${message}`).join('\n'));
  assert.ok(result.sections.length <= 1);
  return result.sections[0]?.bytes ?? new Uint8Array();
}

/** Little-endian units of `size` bytes, in hexadecimal. */
function units(bytes: Uint8Array, size: 2 | 4): string[] {
  return Array.from({ length: bytes.length / size }, (_, i) =>
    [...bytes.subarray(i * size, (i + 1) * size)].reverse().map((b) => b.toString(16).padStart(2, '0')).join(''));
}

const words = (source: string, options?: AssembleOptions): string[] => units(bytesOf(source, options), 4);
const halfwords = (source: string, options?: AssembleOptions): string[] => units(bytesOf(source, { set: 'T32', ...options }), 2);

function errorsOf(source: string, options?: AssembleOptions): string[] {
  const result = assembler.assemble(source, options);
  assert.ok(!result.ok, 'it should not assemble');
  return result.errors.map(({ line, message }) => `${line}: ${message}`);
}

// Encodings put together by hand from the encoding diagrams of DDI 0406C A8.8 and B9.3.
const A32_WORDS: readonly (readonly [string, string])[] = [
  ['mov r0, #1', 'e3a00001'],
  ['adds r2, r1, r3', 'e0912003'],
  ['sub sp, sp, #72', 'e24dd048'],
  ['add r0, r0, #-1', 'e2400001'],
  ['mov r0, #-1', 'e3e00000'],
  ['cmp r1, #-2', 'e3710002'],
  ['movw r3, #0xbeef', 'e30b3eef'],
  ['movt r3, #0xdead', 'e34d3ead'],
  ['mov r1, #0x1234', 'e3011234'],
  ['lsl r0, r1, #4', 'e1a00201'],
  ['lsrs r0, r1, #32', 'e1b00021'],
  ['rrx r2, r3', 'e1a02063'],
  ['ror r2, r3, r4', 'e1a02473'],
  ['add r0, r1, r2, lsl r3', 'e0810312'],
  ['moveq pc, lr', '01a0f00e'],
  ['movs pc, lr', 'e1b0f00e'],
  ['subs pc, lr, #4', 'e25ef004'],
  ['b .', 'eafffffe'],
  ['bl .+8', 'eb000000'],
  ['bx lr', 'e12fff1e'],
  ['blx r3', 'e12fff33'],
  ['ldr r0, [r1, #-4]!', 'e5310004'],
  ['ldr r0, [r1], #4', 'e4910004'],
  ['ldrb r2, [r3, r4, lsl #2]', 'e7d32104'],
  ['strh r1, [r2, #6]', 'e1c210b6'],
  ['ldrd r4, r5, [sp, #8]', 'e1cd40d8'],
  ['push {r4-r7, lr}', 'e92d40f0'],
  ['push {r4}', 'e52d4004'],
  ['pop {r4-r7, pc}', 'e8bd80f0'],
  ['stmdb sp!, {r0-r3, r12, lr}', 'e92d500f'],
  ['ldmia r0, {r1, r2}', 'e8900006'],
  ['stmia r0, {r0-r14}^', 'e8c07fff'],
  ['ldmfd sp!, {r0-r12, pc}^', 'e8fd9fff'],
  ['svc #0x42', 'ef000042'],
  ['smc #0', 'e1600070'],
  ['bkpt #0x1234', 'e1212374'],
  ['udf #0xfffe', 'e7fffffe'],
  ['cpsid aif', 'f10c01c0'],
  ['cpsie i', 'f1080080'],
  ['cps #22', 'f1020016'],
  ['cpsid if, #19', 'f10e00d3'],
  ['srsdb sp!, #19', 'f96d0513'],
  ['rfeia sp!', 'f8bd0a00'],
  ['mrs r0, cpsr', 'e10f0000'],
  ['mrs r1, spsr', 'e14f1000'],
  ['msr cpsr_c, #0xd3', 'e321f0d3'],
  ['msr spsr_fsxc, r2', 'e16ff002'],
  ['mrc p15, 0, r0, c1, c1, 0', 'ee110f11'],
  ['mcr p15, 0, r0, c12, c0, 1', 'ee0c0f30'],
  ['mcr p15, 0, r0, c7, c5', 'ee070f15'],
  ['dsb', 'f57ff04f'], ['dmb ish', 'f57ff05b'], ['isb', 'f57ff06f'],
  ['nop', 'e320f000'], ['wfi', 'e320f003'], ['clrex', 'f57ff01f'],
  ['ldrex r1, [r0]', 'e1901f9f'],
  ['strex r2, r1, [r0]', 'e1802f91'],
  ['mul r0, r1, r2', 'e0000291'],
  ['umull r0, r1, r2, r3', 'e0810392'],
  ['bfi r0, r1, #4, #8', 'e7cb0211'],
  ['setend be', 'f1010200'],
  ['vmrs r0, fpexc', 'eef80a10'],
  ['vmsr fpexc, r0', 'eee80a10'],
  ['vmrs APSR_nzcv, fpscr', 'eef1fa10'],
  ['vpush {d8-d15}', 'ed2d8b10'],
  ['vldmia r0!, {d0-d15}', 'ecb00b20'],
];

describe('A32', () => {
  for (const [text, word] of A32_WORDS) test(text, () => assert.deepEqual(words(`${text}\n`), [word]));

  test('labels, local labels and forward references', () => {
    assert.deepEqual(words(`
      start:
      1:  subs r0, r0, #1
          bne 1b
          beq 1f
          b start
      1:  bx lr
    `), ['e2500001', '1afffffd', '0a000000', 'eafffffb', 'e12fff1e']);
  });

  test('ldr = makes a move where it can, and shares literals otherwise', () => {
    assert.deepEqual(words(`
        ldr r0, =0xff
        ldr r1, =0xffffff00
        ldr r2, =0x12345678
        ldr r3, =0x12345678
        ldr r4, =target
        .ltorg
      target: .word target
    `, { origin: 0x8000 }), ['e3a000ff', 'e3e010ff', 'e59f2004', 'e59f3000', 'e59f4000', '12345678', '0000801c', '0000801c']);
  });

  test('adr reaches both sides', () => {
    assert.deepEqual(words(`
      back: adr r0, back
        adr r1, ahead
        nop
      ahead: nop
    `), ['e24f0008', 'e28f1000', 'e320f000', 'e320f000']);
  });

  test(':lower16: and :upper16:', () => {
    assert.deepEqual(words('movw r0, #:lower16:here\nmovt r0, #:upper16:here\n.set here, 0x12345678\n'), ['e3050678', 'e3410234']);
  });
});

describe('directives', () => {
  test('data, strings, alignment and constants', () => {
    assert.deepEqual([...bytesOf(`
      .equ A, 3
      B = A * 2 + 1
      .byte A, B, 'z', -1
      .half 0x1234
      .balign 4
      .word ~0, B << 4 | 1
      .ascii "ab"
      .asciz "c\\n"
      .space 2, 0xee
    `, { sections: { '.text': 0 } }).slice(0, 23)], [
      3, 7, 0x7a, 0xff, 0x34, 0x12, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x71, 0, 0, 0, 0x61, 0x62, 0x63, 10, 0, 0xee, 0xee,
    ]);
  });

  test('imported symbols, includes, line map and symbols', () => {
    const result = assembler.assemble('.include "vector.inc"\nlast: b last\n', {
      file: 'main.s', origin: 0x100, symbols: { FRAME_R1: 4 },
      readInclude: (name, from) => name === 'vector.inc' && from === 'main.s' ? 'first: str r1, [sp, #FRAME_R1]\n' : undefined,
    });
    assert.ok(result.ok);
    assert.deepEqual(units(result.sections[0]!.bytes, 4), ['e58d1004', 'eafffffe']);
    assert.deepEqual(result.lines, [
      { address: 0x100, length: 4, file: 'vector.inc', line: 1 }, { address: 0x104, length: 4, file: 'main.s', line: 2 },
    ]);
    assert.equal(result.symbols.get('last')?.value, 0x104);
  });

  test('sections follow each other, or stand where the caller says', () => {
    const result = assembler.assemble('nop\n.data\nx: .word 1\n.text\nldr r0, =x\n', { origin: 0x1000, sections: { '.data': 0x2000 } });
    assert.ok(result.ok);
    assert.deepEqual(result.sections.map(({ name, address, bytes }) => [name, address, bytes.length]), [['.text', 0x1000, 12], ['.data', 0x2000, 4]]);
    assert.deepEqual(units(result.sections[0]!.bytes, 4), ['e320f000', 'e51f0004', '00002000']);
  });
});

describe('errors', () => {
  test('several at once, each with its line', () => {
    assert.deepEqual(errorsOf('add r0, r0, #0x101\nfoo r1\nb nowhere\nldr r0, [r1, #4096]\n'), [
      '1: immediate 0x101 cannot be encoded: it must be 0 to 255 rotated right by an even amount',
      "2: unknown instruction 'foo'",
      "3: undefined symbol 'nowhere'",
      '4: offset 4096 out of range: -4095 to 4095',
    ]);
  });
  test('a label defined twice', () => assert.deepEqual(errorsOf('a:\na:\n'), ["2: 'a' is defined twice"]));
  test('a label of the other instruction set', () => {
    assert.match(errorsOf('b t\n.thumb\nt: nop\n')[0]!, /1: the target is T32 code/);
  });
  test('an include that is missing', () => assert.deepEqual(errorsOf('.include "x"\n'), ['1: cannot read "x"']));
  test('an unpredictable encoding', () => assert.match(errorsOf('mul pc, r1, r2\n')[0]!, /UNPREDICTABLE/));
  test('a directive that does not exist', () => assert.deepEqual(errorsOf('.nope\n'), ["1: unknown directive '.nope'"]));
  test('never throws', () => {
    for (const text of ['"', "'", ':', '1:', 'mov', 'mov r0,', 'ldr r0, =', '.word', '.word (', '[', '.balign 3', '.equ', '.include', 'b #', 'ldm r0, {', '= 3', '.ascii "\\q"']) {
      assert.doesNotThrow(() => assembler.assemble(`${text}\n`), text);
    }
  });
});

test('random lines give errors, never exceptions', () => {
  const pieces = ['mov', 'ldr', 'b', 'it', 'vld1.8', 'vmov', 'push', 'cps', '.word', '.balign', '.space', '.equ', 'r0', 'sp', 'd3', 'q9', '#', '1', '0x80000000', '-', '~', '(', ')', '[', ']',
    '{', '}', '!', '^', ',', ':', '=', '1f', '1b', 'a', '.', '"x"', '1.5', '<<', 'lsl', 'eq', '.thumb', '\n', '\n', ' '];
  let state = 99;
  for (let i = 0; i < 3000; i++) {
    let text = '';
    for (let n = 0; n < 12; n++) {
      state = Math.imul(state, 1103515245) + 12345 | 0;
      text += `${pieces[(state >>> 8) % pieces.length]!} `;
    }
    assert.doesNotThrow(() => assembler.assemble(`${text}\n`, { set: i % 2 === 0 ? 'A32' : 'T32' }), text);
  }
});

describe('T32', () => {
  test('narrow forms where they fit', () => {
    assert.deepEqual(halfwords('movs r0, #1\nadds r0, r0, #2\nadd r0, r1\nldr r0, [r1, #4]\npush {r4, lr}\npop {r4, pc}\nbx lr\nb .\n'),
      ['2001', '1c80', '4408', '6848', 'b510', 'bd10', '4770', 'e7fe']);
  });
  test('IT blocks give conditions and take away S', () => {
    assert.deepEqual(halfwords('cmp r0, #0\nite eq\nmoveq r0, #1\nmovne r0, #2\nbx lr\n'), ['2800', 'bf0c', '2001', '2002', '4770']);
  });
  test('IT blocks are checked', () => {
    assert.deepEqual(errorsOf('moveq r0, #1\nit eq\nmovne r0, #1\n', { set: 'T32' }), [
      "1: 'moveq' needs an IT block before it (it eq)", '3: the IT block gives this instruction the condition eq, it has ne',
    ]);
  });
  test('branches widen only where they must', () => {
    const near = bytesOf('beq 1f\n.space 252\n1: nop\n', { set: 'T32' });
    assert.equal(near.length, 2 + 252 + 2);
    const far = bytesOf('beq 1f\n.space 260\n1: nop\n', { set: 'T32' });
    assert.equal(far.length, 4 + 260 + 2);
  });
  test('functions have bit 0 in data', () => {
    assert.deepEqual(words('.word f\n.thumb_func\nf: nop\nnop\n', { origin: 0x100 }), ['00000105', 'bf00bf00']);
  });
});
