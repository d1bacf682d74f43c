/**
 * The assembler and the disassembler against the GNU binary utilities: random words of every row are disassembled, and what GNU as makes of the text must be
 * the same words; our own assembler must agree as well. Skipped, by name, where arm-none-eabi-as is not installed.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createAssembler } from '../assembler.ts';
import { createDecoder } from '../decode.ts';
import { createDisassembler } from '../disassembler.ts';
import type { Fields, InstructionSet, Row } from '../operation.ts';
import { extractFields, fieldWidth, insertField, matches, type Pattern } from '../pattern.ts';
import { allRows } from '../rows/index.ts';

const HAVE_GNU = spawnSync('arm-none-eabi-as', ['--version']).status === 0;
const skip = HAVE_GNU ? false : 'arm-none-eabi-as is not installed';
const SEED = Number(process.env['SEED'] ?? 20240601);
const WORDS_A_ROW = Number(process.env['WORDS'] ?? 24);

const decoder = createDecoder(allRows);
const disassembler = createDisassembler(allRows);
const assembler = createAssembler(allRows, decoder);

const ORIGIN = 0x8000;

/** Bytes of .text, linked at ORIGIN, or the lines that GNU as refused with its messages. */
function gnuAssemble(source: string): { bytes: Buffer } | { errors: Map<number, string> } {
  const directory = mkdtempSync(join(tmpdir(), 'worldswitch-as-'));
  try {
    const input = join(directory, 'a.s');
    writeFileSync(input, source);
    const run = spawnSync('arm-none-eabi-as', ['-mno-warn-deprecated', '-o', join(directory, 'a.o'), input], { encoding: 'utf8', maxBuffer: 1 << 26 });
    const errors = new Map<number, string>();
    for (const [, line, message] of run.stderr.matchAll(/:(\d+): Error: (.*)/g)) errors.set(Number(line), message!);
    if (errors.size > 0) return { errors };
    assert.equal(run.status, 0, run.stderr);
    const link = spawnSync('arm-none-eabi-ld', [`-Ttext=0x${ORIGIN.toString(16)}`, '-e', '0', '-o', join(directory, 'a.elf'), join(directory, 'a.o')], { encoding: 'utf8' });
    assert.equal(link.status, 0, link.stderr);
    const copy = spawnSync('arm-none-eabi-objcopy', ['-O', 'binary', '-j', '.text', join(directory, 'a.elf'), join(directory, 'a.bin')], { encoding: 'utf8' });
    assert.equal(copy.status, 0, copy.stderr);
    return { bytes: readFileSync(join(directory, 'a.bin')) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const HEADER = ['.syntax unified', '.arch armv7-a', '.arch_extension sec', '.arch_extension mp', '.fpu neon'];

function randomizer(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ state >>> 15, 1 | state);
    t = (t + Math.imul(t ^ t >>> 7, 61 | t)) ^ t;
    return (t ^ t >>> 14) >>> 0;
  };
}

/** A word of a row that is neither UNPREDICTABLE nor UNDEFINED nor another row's. */
function randomWord(pattern: Pattern, random: () => number): number | undefined {
  const { row } = pattern;
  for (let attempt = 0; attempt < 60; attempt++) {
    let word = pattern.value | pattern.shouldValue;
    for (const [letter, pieces] of pattern.fields) {
      const most = 2 ** fieldWidth(pieces) - 1;
      const pick = random() % 8;
      const value = letter === 'c' && pick < 5 ? 14 : pick === 0 ? 0 : pick === 1 ? most : random() % (most + 1);
      word = (word & ~insertField(pieces, -1)) | insertField(pieces, value);
    }
    word = (word & ~pattern.mask) | pattern.value;
    if (!matches(pattern, word)) continue;
    const fields = extractFields(pattern, word) as Fields;
    if (row.undefinedIf?.(fields) === true || row.unpredictable?.(fields) !== undefined) continue;
    const decoded = row.set === 'A32' ? decoder.decodeA32(word) : pattern.width === 16 ? decoder.decodeT32(word, 0) : decoder.decodeT32(word >>> 16, word & 0xffff);
    if (decoded.row === row) return word | 0;
  }
  return undefined;
}

/** What GNU as refuses or encodes differently although the architecture has it: row, text or message, and why. */
const PEER_DIFFERS: readonly { readonly row: RegExp; readonly what: RegExp; readonly why: string }[] = [
  { row: /^(LDR|STR) \((literal|immediate, offset)\)/, what: /register 15 must be 4-byte aligned/, why: 'a load of the PC from an address that is not aligned: UNPREDICTABLE by its address only' },
  { row: /^MSR \(immediate/, what: /garbage following/, why: 'MSR of a constant with an explicit rotation has no syntax there' },
  { row: /UNDEFINED\)/, what: /pc may not be used with write-back|r1[35] not allowed|registers may not be the same|cannot use register index/, why: 'an UNDEFINED instruction, whose operands do not matter' },
  { row: /^VMOV \(scalar to core\)/, what: /cannot be conditional/, why: 'conditional in A32 (A8.8.342 A1)' },
  { row: /./, what: /#-0\]?!?: \w{8}, as has/, why: 'as takes #-0 for #0 in T32' },
  { row: /^(ADD|SUB) \(immediate, 3 bits\)/, what: /(?:s|ne) r(\d), r\1, #/, why: 'as prefers the two-register encoding; the manual the other (A8.8.4)' },
  { row: /^ADD \(register, high registers\)/, what: /ne r\d, r\d: \w{4}, as has 1/, why: 'in an IT block as prefers the three-register encoding' },
  { row: /^(ENTERX|LEAVEX)/, what: /bad instruction/, why: 'as knows no ThumbEE' },
  { row: /^(ADD|SUB) \(immediate\)/, what: /\bpc, #/, why: 'an offset from the PC is folded to the nearer side' },
];

interface Case { readonly row: Row; readonly word: number; readonly length: number; readonly text: string }

function casesOf(set: InstructionSet, random: () => number): Case[] {
  const cases: Case[] = [];
  for (const pattern of decoder.patterns) {
    if (pattern.row.set !== set || pattern.row.syntax === '.inst' || pattern.row.name === 'IT') continue;
    for (let i = 0; i < WORDS_A_ROW; i++) {
      const word = randomWord(pattern, random);
      if (word === undefined) continue;
      const instruction = set === 'A32' ? decoder.decodeA32(word)
        : pattern.width === 16 ? decoder.decodeT32(word, 0) : decoder.decodeT32(word >>> 16, word & 0xffff);
      const address = ORIGIN;
      const symbolOf = (target: number): string => `.+${(target - address) | 0}`;
      const text = disassembler.disassemble(instruction, address, { symbolOf })
        .replace(/ {2}@.*$/, '').replace(/0x[0-9a-f]+ <([^>]*)>/, '$1');
      cases.push({ row: pattern.row, word, length: pattern.width / 8, text });
    }
  }
  return cases;
}

function hex(word: number, length: number): string {
  return (word >>> 0).toString(16).padStart(length * 2, '0');
}

function wordAt(bytes: Uint8Array, at: number, set: InstructionSet, length: number): number {
  const half = (o: number): number => (bytes[o] ?? 0) | (bytes[o + 1] ?? 0) << 8;
  return length === 2 ? half(at) : set === 'A32' ? half(at) | half(at + 2) << 16 : half(at) << 16 | half(at + 2);
}

/** A line of its own for each case. Widths are spelled out, so that nothing is relaxed, and each begins at a multiple of 4. */
function source(set: InstructionSet, cases: readonly Case[]): string {
  const lines = cases.flatMap(({ text, length }) => set === 'A32' ? [text, ''] : length === 4 ? [text, ''] : [text.replace(/^\w+/, '$&.n'), 'nop.n']);
  return [...HEADER, set === 'A32' ? '.arm' : '.thumb', ...lines].join('\n') + '\n';
}

function report(failures: ReadonlyMap<string, readonly string[]>): string {
  return [...failures].map(([name, list]) => `${name} (${list.length}): ${list.slice(0, 2).join(' | ')}`).join('\n');
}

for (const set of ['A32', 'T32'] as const) {
  describe(`${set} disassembly`, () => {
    const cases = casesOf(set, randomizer(SEED));
    const note = (failures: Map<string, string[]>, { row }: Case, message: string): void => {
      if (PEER_DIFFERS.some((d) => d.row.test(row.name) && d.what.test(message))) return;
      const name = `${row.name} [${row.ref}]`;
      failures.set(name, [...failures.get(name) ?? [], message]);
    };

    test('covers every row', () => {
      const covered = new Set(cases.map(({ row }) => row));
      const none = allRows.filter((row) => row.set === set && row.syntax !== '.inst' && !covered.has(row)).map(({ name }) => name);
      assert.deepEqual(none.filter((name) => !name.startsWith('hint (') && name !== 'IT'), []);
    });

    test(`assembles to the same words with GNU as (seed ${SEED})`, { skip }, () => {
      const failures = new Map<string, string[]>();
      let rest = cases;
      let assembled = gnuAssemble(source(set, rest));
      for (let round = 0; round < 4 && 'errors' in assembled; round++) {
        const { errors } = assembled;
        rest = rest.filter((c, i) => {
          const message = errors.get(HEADER.length + 1 + 2 * i + 1);
          if (message !== undefined) note(failures, c, `${c.text}: ${message}`);
          return message === undefined;
        });
        assembled = gnuAssemble(source(set, rest));
      }
      assert.ok('bytes' in assembled, 'errors' in assembled ? [...assembled.errors].slice(0, 5).join('; ') : '');
      let at = 0;
      for (const c of rest) {
        const length = set === 'T32' && (wordAt(assembled.bytes, at, set, 2) >>> 11) < 0x1d ? 2 : 4;
        const word = wordAt(assembled.bytes, at, set, length);
        if (word !== c.word || length !== c.length) note(failures, c, `${c.text}: ${hex(c.word, c.length)}, as has ${hex(word, length)}`);
        at += 4;
      }
      assert.ok(failures.size === 0, report(failures));
    });

    if (set === 'T32') test('in an IT block is the same with GNU as and with ours', { skip }, () => {
      const failures = new Map<string, string[]>();
      const conditional = cases.filter(({ row }) => row.conditional !== true && row.syntax.includes('{c}') && !row.name.includes('UNDEFINED')).map((c): Case => {
        const instruction = c.length === 2 ? decoder.decodeT32(c.word, 0) : decoder.decodeT32(c.word >>> 16, c.word & 0xffff);
        const text = disassembler.disassemble(instruction, ORIGIN, { it: 1, symbolOf: (target) => `.+${(target - ORIGIN) | 0}` });
        return { ...c, text: text.replace(/ {2}@.*$/, '').replace(/0x[0-9a-f]+ <([^>]*)>/, '$1') };
      });
      // Each instruction stands at a multiple of 4.
      const lines = (list: readonly Case[]): string[] => list.flatMap(({ text, length }) =>
        ['nop.n', 'it ne', length === 2 ? text.replace(/^\w+/, '$&.n') : text, length === 2 ? 'nop.n' : '']);
      let rest = conditional;
      let gnu = gnuAssemble([...HEADER, '.thumb', ...lines(rest)].join('\n') + '\n');
      for (let round = 0; round < 4 && 'errors' in gnu; round++) {
        const { errors } = gnu;
        rest = rest.filter((c, i) => {
          const message = errors.get(HEADER.length + 1 + 4 * i + 3);
          if (message !== undefined) note(failures, c, `${c.text}: ${message}`);
          return message === undefined;
        });
        gnu = gnuAssemble([...HEADER, '.thumb', ...lines(rest)].join('\n') + '\n');
      }
      assert.ok('bytes' in gnu, 'errors' in gnu ? [...gnu.errors].slice(0, 5).join('; ') : '');
      let at = 0;
      for (const c of rest) {
        const word = wordAt(gnu.bytes, at + 4, set, c.length);
        if (word !== c.word) note(failures, c, `${c.text}: ${hex(c.word, c.length)}, as has ${hex(word, c.length)}`);
        at += 8;
        const result = assembler.assemble(`it ne\n${c.text}\n`, { set, origin: ORIGIN - 2 });
        const ours = result.ok ? hex(wordAt(result.sections[0]!.bytes, 2, set, c.length), c.length) : result.errors[0]!.message;
        if (ours !== hex(c.word, c.length)) note(failures, c, `${c.text}: ${hex(c.word, c.length)}, ours ${ours}`);
      }
      assert.ok(failures.size === 0, report(failures));
    });

    test(`assembles to the same words with our assembler (seed ${SEED})`, () => {
      const failures = new Map<string, string[]>();
      for (const c of cases) {
        const result = assembler.assemble(`${c.text}\n`, { set, origin: ORIGIN });
        if (!result.ok) {
          note(failures, c, `${c.text}: ${result.errors[0]!.message}`);
          continue;
        }
        const bytes = result.sections[0]?.bytes ?? new Uint8Array();
        const word = wordAt(bytes, 0, set, bytes.length);
        if (word !== c.word || bytes.length !== c.length) note(failures, c, `${c.text}: ${hex(c.word, c.length)}, ours ${hex(word, bytes.length)}`);
      }
      assert.ok(failures.size === 0, report(failures));
    });
  });
}

/** Lines as people write them; both assemblers must agree. Widths and forms are left to choose. */
const A32_LINES = `
  mov r0, #0xff000000
  mov r0, #0xff000000 >> 8
  mvn r1, #0
  mov r1, #~0xff
  movs r1, r2, lsl #3
  lsl r1, r2
  lsls r1, r2, #1
  asr r1, r2, #32
  ror r1, #4
  rrxs r1, r2
  neg r1, r2
  add r1, #4
  add r1, r2
  adds r1, r2, r3, ror #5
  adc r1, r2, r3, lsr r4
  sub r0, r1, #-16
  and r0, r1, #0xfffffff0
  bic r0, r0, #0x1f
  tst r1, #0x80
  teq r1, r2, rrx
  cmp r0, #-1
  cmn r0, #5
  rsbs r0, r1, #0
  rsc r0, r1, r2
  movweq r0, #:lower16:0x12345678
  movt r0, #:upper16:0x12345678
  mul r1, r2
  mla r1, r2, r3, r4
  smlabb r1, r2, r3, r4
  smull r1, r2, r3, r4
  umlals r1, r2, r3, r4
  ssat r1, #8, r2, asr #4
  usat r1, #0, r2
  pkhbt r1, r2, r3, lsl #8
  sxtab r1, r2, r3, ror #16
  uxth r1, r2
  rev r1, r2
  clz r1, r2
  bfc r1, #3, #5
  sbfx r1, r2, #31, #1
  ldr r0, [r1]
  ldr r0, [r1, #0]
  ldr r0, [r1, #-0]
  ldr r0, [r1, r2]
  ldr r0, [r1, -r2, asr #3]
  ldr pc, [sp], #4
  str lr, [sp, #-4]!
  ldrbt r0, [r1]
  strt r0, [r1], #4
  ldrht r0, [r1], #2
  ldrsb r0, [r1, -r2]
  ldrd r2, r3, [r4], #-8
  strd r2, r3, [r4, r5]!
  ldm r0, {r1-r3, r5}
  ldmib r0!, {r1, pc}
  ldmfd sp!, {r4, pc}
  stmfd sp!, {r0}
  stmed r0, {r1, r2}
  ldm sp, {r0-lr}^
  push {r0}
  push {r0-r3, fp, ip, lr, pc}
  pop {r0}
  pop {pc}
  srsfd sp!, #31
  rfefd sp!
  cps #0x13
  cpsie aif, #16
  msr cpsr_cxsf, r0
  msr CPSR, r1
  msr apsr_nzcvq, r2
  msr spsr_c, #0x1f
  mrs r0, apsr
  mrc p15, 0, r0, c0, c0
  mrc p15, 0, apsr_nzcv, c7, c14, 3
  mcr p15, 0, r1, c7, c10, 4
  mrc p14, 6, r1, c0, c0, 0
  swp r0, r1, [r2]
  ldrexd r2, r3, [r0]
  strexb r1, r2, [r0]
  bkpt 0x10
  svcne 0x123456
  dmb st
  dsb sy
  isb
  pld [r1, #-8]
  pli [r0, r1, lsl #2]
  sev
  dbg #3
  vmov s0, r1
  vmov r0, r1, d5
  vmov.32 d3[1], r2
  vmov.u8 r1, d2[3]
  vmov.f32 s1, #-1.5
  vmov.f64 d1, d2
  vadd.f32 s1, s2
  vcvt.s32.f64 s0, d1
  vcmpe.f32 s0, #0.0
  vldr d0, [r1, #-16]
  vstr s3, [sp]
  vstmdb sp!, {s0-s3}
  vldm r0, {d16-d31}
  vpop {d8}
  vmrs r1, fpscr
  vand q0, q1, q2
  vand.i32 d0, d1
  vmov q1, q2
  vmov.i32 q0, #0xff00
  vmov.i64 d1, #0xff0000ff00ffff00
  vshr.u16 q1, q2, #3
  vshl.s32 d0, d1, d2
  vqrshrun.s64 d0, q1, #7
  vmull.s16 q0, d1, d2[3]
  vclt.f32 q0, q1, q2
  vext.8 d0, d1, d2, #3
  vtbl.8 d0, {d1-d3}, d4
  vdup.16 q1, d2[1]
  vdup.8 d3, r4
  vld1.8 {d0-d3}, [r0:256]!
  vld2.16 {d0, d2}, [r1], r2
  vst4.32 {d0[1], d2[1], d4[1], d6[1]}, [r3:128]
  vld3.8 {d0[], d1[], d2[]}, [r4]
  vst1.64 {q0, q1}, [r0, :128]
  vabs.s8 q0, q1
  vtrn.32 d0, d1
`.trim().split('\n');

const T32_LINES = `
  movs r0, #255
  mov r0, #255
  mov r0, #0x120000
  mov r0, #0x1234
  mov r0, r8
  movs r0, r1
  mov.w r0, r1
  mvns r0, r1
  mvn r0, r1, lsl #2
  lsls r0, r1, #3
  lsl r0, r1, #3
  lsrs r0, r0, r1
  asrs r0, r1
  ror r0, r1, #3
  rors r0, r1
  rrx r0, r1
  adds r0, r1, #7
  adds r0, r1, #8
  adds r0, #200
  add r0, r0, r9
  add r0, r1, #4095
  addw r0, r1, #5
  add r0, sp, #1020
  add r0, sp, #1024
  add sp, #508
  add sp, sp, #512
  sub sp, sp, #16
  subs r1, r2, r3
  sub r0, r1, #0xff00ff00
  adcs r0, r1
  ands r0, r0, r1
  ands r0, r1, r0
  and r0, r0, r1
  orn r0, r1, r2
  orrs r1, r2, #0x00ff00ff
  rsbs r0, r1, #0
  negs r3, r4
  muls r0, r1, r0
  mul r0, r1, r2
  cmp r0, #255
  cmp r0, #256
  cmp r8, r1
  cmn r0, r1
  tst r0, r1
  teq r0, #5
  ldr r0, [r1, #124]
  ldr r0, [r1, #128]
  ldr r0, [sp, #1020]
  ldr r0, [r1, #-4]
  ldr r0, [r1], #4
  ldr r0, [r1, r2]
  ldr r0, [r1, r2, lsl #2]
  ldr r9, [r1]
  ldrb r0, [r1, #31]
  ldrh r0, [r1, #62]
  ldrsb r0, [r1, r2]
  ldrsh r0, [r1, #2]
  strd r0, r1, [r2, #-8]!
  ldrd r0, r1, [r2]
  ldrt r0, [r1, #4]
  ldmia r0!, {r1, r2}
  ldm r0, {r0, r1}
  stmia r0!, {r1}
  stmdb r0!, {r1, r9}
  push {r0-r7, lr}
  push {r8}
  push {r4, r8}
  pop {r0, pc}
  pop {r9}
  ldmfd sp!, {r4, r5}
  bx lr
  blx r3
  sxtb r0, r1
  uxth r0, r1, ror #8
  rev16 r0, r1
  rbit r0, r1
  clz r0, r1
  ubfx r0, r1, #3, #4
  bfi r0, r1, #0, #32
  ssat r0, #4, r1, asr #2
  cpsid i
  cpsie if, #19
  cps #16
  setend le
  svc 3
  bkpt 7
  smc #1
  nop
  nop.w
  wfi
  dmb
  isb
  mrs r0, cpsr
  msr cpsr_c, r0
  subs pc, lr, #4
  movs pc, lr
  rfeia sp!
  srsdb sp!, #19
  tbb [pc, r0]
  tbh [r1, r2, lsl #1]
  ldrex r0, [r1, #4]
  strex r0, r1, [r2]
  mcr p15, 0, r0, c1, c0, 0
  vadd.f64 d0, d1, d2
  vmov.f32 s0, s1
  vaddl.u8 q0, d1, d2
`.trim().split('\n');

/** Where the two choose differently, both rightly. */
const CHOICES: ReadonlyMap<string, string> = new Map([['mul r1, r2', 'the factors are exchanged']]);

const PROGRAMS: readonly { readonly name: string; readonly text: string }[] = [
  { name: 'an exception vector in A32', text: `
      .arm
      .equ MODE_MON, 0x16
      .equ FRAME, 72
      .set LAST, FRAME - 4
  vector:
      b reset
      b .
      b smc
      ldr pc, abort_address
      ldr pc, =data_abort
      nop
      b irq
  fiq: subs pc, lr, #4
  abort_address: .word prefetch_abort
  reset:
      ldr r0, =vector
      mcr p15, 0, r0, c12, c0, 1
      cps #MODE_MON
      ldr sp, =stack_top
      adr r1, table
      adr r2, vector
      ldr r3, table + 4
      adrne r4, far
      b main
      .ltorg
  smc:
      stmfd sp!, {r0-r3, lr}
      str lr, [sp, #LAST]
      mrc p15, 0, r0, c1, c1, 0
      eor r0, r0, #1
      mcr p15, 0, r0, c1, c1, 0
      isb
      ldmfd sp!, {r0-r3, lr}
      movs pc, lr
  irq: sub lr, lr, #4
      srsdb sp!, #MODE_MON
      rfeia sp!
  prefetch_abort:
  data_abort: b data_abort
      .balign 16
  table: .word 1, 2, . - table, vector + 8
      .byte 1, 2, 3
      .balign 4
      .ascii "monitor\\0"
      .asciz "x"
      .align 2
      .space 300, 0xaa
  far: .short 1, 0xffff
      .hword 'a', -1
  main:
      mov r0, #10
  1:  subs r0, r0, #1
      bne 1b
      blx thumb_code
      b 1f
      .word 0
  1:  bl main
      ldr r5, =0x12345678
      ldr r6, =0x12345678
      ldr r7, =0xffffff00
      ldr r8, =thumb_code
      movw r0, #:lower16:stack_top
      movt r0, #:upper16:stack_top
      b vector
      .pool
      .thumb
      .thumb_func
  thumb_code:
      bx lr
      .balign 8
  stack: .space 64
  stack_top:
  ` },
  { name: 'branches of T32 that widen', text: `
      .thumb
      .thumb_func
  start:
      beq near
      b far
      bne far
      cbz r0, near
      bl far
      ldr r0, =start
      ldr r1, =0x11223344
      ldr r9, =0x11223344
      ldr r2, =200
      adr r3, near
  near:
      cmp r0, #1
      itte eq
      moveq r0, #1
      addeq r0, r0, r1
      movne r0, #2
      it ne
      bne.n start
      ite gt
      lslgt r0, r1, #2
      ldrle r0, [r1, #4]
      .balign 4
      nop
      adr r0, pool
      ldr r2, pool
      ldrb r3, pool
      .balign 4
  pool: .ltorg
      b start
      .space 250
      bgt near
      .space 1900
      b start
      .space 3000
  far:
      blt start
      blx arm
      b near
      .align
      .word start, far
      .balign 4
      .arm
  arm: bx lr
  ` },
];

describe('source that people write', { skip }, () => {
  for (const [set, lines] of [['A32', A32_LINES], ['T32', T32_LINES]] as const) {
    test(`${set} lines`, () => {
      const gnu = gnuAssemble([...HEADER, set === 'A32' ? '.arm' : '.thumb', ...lines].join('\n') + '\n');
      assert.ok('bytes' in gnu, 'errors' in gnu ? [...gnu.errors].map(([n, m]) => `${n} ${m}`).join('; ') : '');
      let at = 0;
      const different: string[] = [];
      for (const line of lines) {
        const length = set === 'A32' || (wordAt(gnu.bytes, at, set, 2) >>> 11) >= 0x1d ? 4 : 2;
        const expected = hex(wordAt(gnu.bytes, at, set, length), length);
        const result = assembler.assemble(`${line}\n`, { set, origin: ORIGIN + at });
        const bytes = result.ok ? result.sections[0]!.bytes : new Uint8Array();
        const ours = result.ok ? hex(wordAt(bytes, 0, set, bytes.length), bytes.length) : result.errors[0]!.message;
        if (ours !== expected && !CHOICES.has(line.trim())) different.push(`${line.trim()}: as ${expected}, ours ${ours}`);
        at += length;
      }
      assert.deepEqual(different, []);
    });
  }

  for (const { name, text } of PROGRAMS) {
    test(name, () => {
      const gnu = gnuAssemble([...HEADER, text].join('\n'));
      assert.ok('bytes' in gnu, 'errors' in gnu ? [...gnu.errors].map(([n, m]) => `${n} ${m}`).join('; ') : '');
      const result = assembler.assemble(text, { origin: ORIGIN });
      assert.ok(result.ok, result.ok ? '' : result.errors.map(({ line, message }) => `${line}: ${message}`).join('; '));
      const { bytes } = result.sections[0]!;
      const first = gnu.bytes.findIndex((byte, i) => byte !== bytes[i]);
      const line = result.lines.findLast(({ address }) => address <= ORIGIN + first)?.line ?? 0;
      assert.equal(first, -1, `at ${hex(first, 2)}, line ${line}: ${text.split('\n')[line - 1] ?? ''}; as ${gnu.bytes.subarray(first & ~3, first + 8).toString('hex')}, ours ${Buffer.from(bytes.subarray(first & ~3, first + 8)).toString('hex')}`);
      assert.equal(bytes.length, gnu.bytes.length);
    });
  }
});
