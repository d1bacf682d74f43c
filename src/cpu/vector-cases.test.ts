/**
 * VFP and Advanced SIMD on every tier, as named cases: the limits of what generated code computes on the host's floats, and when access is refused. Expected values follow from
 * DDI 0406C (A2.6, A2.7.8, B1.11).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAssembler } from '../isa/assembler.ts';
import { allRows } from '../isa/rows/index.ts';
import { createFlatMachine, type FlatMachine, TIERS, type TierName } from './flat-machine.testing.ts';
import { MODE_SVC, MODE_UND, MODE_USR, STATE } from './layout.ts';

const CODE = 0x8000;
const DATA = 0x20000;
const assembler = createAssembler(allRows);
const IXC = 1 << 4;
const UFC = 1 << 3;
const OFC = 1 << 2;
const DZC = 1 << 1;
const IOC = 1 << 0;
const IDC = 1 << 7;
const QC = 1 << 27;
const FZ = 1 << 24;

interface Start {
  /** Double or single registers by number of their word. */
  readonly words?: Readonly<Record<number, number>>;
  readonly registers?: Readonly<Record<number, number>>;
  readonly fpscr?: number;
  readonly cpsr?: number;
  readonly set?: (s: Int32Array) => void;
  readonly count?: number;
}

/** Runs a loop of the text's instructions until `count` of them were executed; the text ends where it loops. */
function run(tier: TierName, text: string, start: Start): FlatMachine {
  const machine = createFlatMachine();
  const result = assembler.assemble(`.syntax unified\n.arm\n${text}\n`, { file: 'case.s', origin: CODE });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  machine.load(CODE, result.sections[0]!.bytes);
  machine.load(0, [0xeafffffe, 0xeafffffe, 0xeafffffe, 0xeafffffe, 0xeafffffe]);
  const s = machine.memory.i32;
  s[STATE.CPACR] = 0x00f00000;
  s[STATE.fpexc] = 1 << 30;
  s[STATE.fpscr] = start.fpscr ?? 0;
  for (const [word, value] of Object.entries(start.words ?? {})) s[STATE.d + Number(word)] = value;
  for (const [r, value] of Object.entries(start.registers ?? {})) s[STATE.r + Number(r)] = value;
  machine.core.cpsr = start.cpsr ?? 0x1c0 | MODE_SVC;
  start.set?.(s);
  s[STATE.r + 15] = CODE;
  machine.core.contextChanged = true;
  machine.run(tier, start.count ?? text.split('\n').filter((line) => line.trim() !== '').length);
  return machine;
}

function each(name: string, check: (tier: TierName) => void): void {
  for (const tier of TIERS) test(`${name} (${tier})`, () => { check(tier); });
}

const word = (machine: FlatMachine, i: number): number => machine.memory.i32[STATE.d + i]! >>> 0;
const fpscr = (machine: FlatMachine): number => machine.memory.i32[STATE.fpscr]! >>> 0;

/** One instruction on singles S1 and S2 or doubles D1 and D2, result in S0 or D0, with Inexact clear and set. */
function arithmetic(name: string, instruction: string, operands: readonly number[], expected: readonly number[], flags: number, start = 0): void {
  each(name, (tier) => {
    const wide = instruction.includes('d0');
    for (const before of [start, start | IXC]) {
      const words = Object.fromEntries(operands.map((value, i) => [wide ? i + 2 : i + 1, value]));
      const machine = run(tier, `${instruction}\nnop\nb .`, { words, fpscr: before });
      assert.deepEqual(expected.map((_, i) => word(machine, i)), expected.map((value) => value >>> 0));
      assert.equal(fpscr(machine), (before | flags) >>> 0);
    }
  });
}

// A tiny product (before rounding) that rounds up to the least normal number is an underflow: FPRound looks before it rounds.
arithmetic('a single product that becomes normal by rounding', 'vmul.f32 s0, s1, s2', [0x00ffffff, 0x3f000000], [0x00800000], UFC | IXC);
arithmetic('a double product that becomes normal by rounding', 'vmul.f64 d0, d1, d2', [-1, 0x001fffff, 0, 0x3fe00000], [0, 0x00100000], UFC | IXC);
arithmetic('a single quotient that becomes normal by rounding', 'vdiv.f32 s0, s1, s2', [0x00ffffff, 0x40000000], [0x00800000], UFC | IXC);
arithmetic('a double to a single that becomes normal by rounding', 'vcvt.f32.f64 s0, d1', [0, -1, 0x380fffff], [0x00800000], UFC | IXC);
arithmetic('an exact product that is denormal', 'vmul.f32 s0, s1, s2', [0x00800000, 0x3f000000], [0x00400000], 0);
arithmetic('a product that vanishes', 'vmul.f64 d0, d1, d2', [1, 0, 1, 0], [0, 0], UFC | IXC);
arithmetic('a product with zero', 'vmul.f64 d0, d1, d2', [0, 0x80000000, 0, 0x40080000], [0, 0x80000000], 0);
arithmetic('a product of 54 bits', 'vmul.f64 d0, d1, d2', [0xfc000000, 0x419fffff, 0xfc000000, 0x419fffff], [0xf8000000, 0x434fffff], IXC);
arithmetic('a product of 53 bits', 'vmul.f64 d0, d1, d2', [0xfc000000, 0x419fffff, 0xf8000000, 0x418fffff], [0xf4000001, 0x433fffff], 0);
arithmetic('a sum that loses its last bit', 'vadd.f64 d0, d1, d2', [0, 0x43400000, 0, 0x3ff00000], [0, 0x43400000], IXC);
arithmetic('a sum that is exact though the other way it seems not', 'vadd.f32 s0, s1, s2', [0x4b800000, 0x40000000], [0x4b800001], 0);
arithmetic('a sum of denormals', 'vadd.f32 s0, s1, s2', [0x00000001, 0x007fffff], [0x00800000], 0);
arithmetic('a difference that is zero', 'vsub.f64 d0, d1, d2', [5, 0x40000000, 5, 0x40000000], [0, 0], 0);
arithmetic('an overflowing sum', 'vadd.f32 s0, s1, s2', [0x7f7fffff, 0x7f7fffff], [0x7f800000], OFC | IXC);
arithmetic('a division by zero', 'vdiv.f64 d0, d1, d2', [0, 0x3ff00000, 0, 0], [0, 0x7ff00000], DZC);
arithmetic('a root of a negative number', 'vsqrt.f64 d0, d1', [0, 0xbff00000], [0, 0x7ff80000], IOC);
arithmetic('an exact root', 'vsqrt.f64 d0, d1', [0, 0x40220000], [0, 0x40080000], 0);
arithmetic('an exact quotient', 'vdiv.f64 d0, d1, d2', [0, 0x40220000, 0, 0x40080000], [0, 0x40080000], 0);
arithmetic('a quotient that is not exact', 'vdiv.f32 s0, s1, s2', [0x3f800000, 0x40400000], [0x3eaaaaab], IXC);
arithmetic('a NaN keeps its payload and becomes quiet', 'vadd.f32 s0, s1, s2', [0x7f812345, 0x3f800000], [0x7fc12345], IOC);
arithmetic('a denormal operand under FZ', 'vadd.f32 s0, s1, s2', [0x00000001, 0x3f800000], [0x3f800000], IDC, FZ);
arithmetic('a single beyond the integers', 'vcvt.s32.f32 s0, s1', [0x4f000000], [0x7fffffff], IOC);
arithmetic('the least integer', 'vcvt.s32.f32 s0, s1', [0xcf000000], [0x80000000], 0);
arithmetic('a negative number to an unsigned integer', 'vcvt.u32.f32 s0, s1', [0xbf000000], [0], IXC);
arithmetic('an integer that a single cannot hold', 'vcvt.f32.s32 s0, s1', [0x7fffffff], [0x4f000000], IXC);
arithmetic('VMLA rounds twice', 'vmov.f32 s0, s3\nvmla.f32 s0, s1, s2', [0x3f800001, 0x3f800001, 0xbf800002], [0], IXC);

each('Advanced SIMD flushes what is tiny before rounding, though it would round to a normal number', (tier) => {
  const machine = run(tier, 'vmul.f32 d0, d1, d2\nnop\nb .', { words: { 2: 0x00ffffff, 3: 0x3f800000, 4: 0x3f000000, 5: 0x3f800000 }, fpscr: IXC });
  assert.deepEqual([word(machine, 0), word(machine, 1)], [0, 0x3f800000]);
  assert.equal(fpscr(machine), IXC | UFC);
});

each('what the upper half of a quadword holds does not saturate an operation on its lower half', (tier) => {
  const words = { 32: 1, 33: 2, 34: 0x7f7f7f7f, 35: 0x7f7f7f7f, 36: 3, 37: 4, 38: 0x7f7f7f7f, 39: 0x7f7f7f7f };
  const machine = run(tier, 'vorr q0, q8, q8\nvorr q1, q9, q9\nvqadd.s8 d4, d0, d2\nnop\nb .', { words });
  assert.equal(word(machine, 8), 4);
  assert.equal(fpscr(machine), 0);
  const upper = run(tier, 'vorr q0, q8, q8\nvorr q1, q9, q9\nvqadd.s8 d4, d1, d3\nnop\nb .', { words });
  assert.equal(word(upper, 8), 0x7f7f7f7f);
  assert.equal(fpscr(upper), QC);
});

each('a comparison and its branch', (tier) => {
  const text = 'vcmp.f64 d0, d1\nvmrs APSR_nzcv, fpscr\nmovmi r0, #1\nmoveq r0, #2\nmovgt r0, #3\nmovvs r0, #4\nnop\nb .';
  const one = { 2: 0, 3: 0x3ff00000 };
  assert.equal(run(tier, text, { words: { ...one, 0: 0, 1: 0x3fe00000 } }).register(0), 1);
  assert.equal(run(tier, text, { words: { ...one, 0: 0, 1: 0x3ff00000 } }).register(0), 2);
  assert.equal(run(tier, text, { words: { ...one, 0: 1, 1: 0x3ff00000 } }).register(0), 3);
  assert.equal(run(tier, text, { words: { ...one, 0: 1, 1: 0x7ff80000 } }).register(0), 4);
});

each('a core register that changes after it was moved to an extension register', (tier) => {
  const machine = run(tier, 'vmov s0, r0\nmov r0, #7\nvcvt.f64.s32 d1, s0\nvmov s5, s0\nnop\nb .', { registers: { 0: 1 } });
  assert.deepEqual([word(machine, 2), word(machine, 3), word(machine, 5)], [0, 0x3ff00000, 1]);
});

each('a rounding mode that changes in the middle of a loop', (tier) => {
  // 1 / 3 to nearest is 0x3eaaaaab; towards zero 0x3eaaaaaa.
  const text = 'loop: vmsr fpscr, r0\nvdiv.f32 s0, s2, s3\nvmsr fpscr, r1\nvdiv.f32 s1, s2, s3\nsubs r2, r2, #1\nbne loop\nb .';
  const machine = run(tier, text, { words: { 2: 0x3f800000, 3: 0x40400000 }, registers: { 0: IXC, 1: IXC | 3 << 22, 2: 20 }, count: 6 * 20 });
  assert.equal(word(machine, 0), 0x3eaaaaab);
  assert.equal(word(machine, 1), 0x3eaaaaaa);
});

each('FPSCR keeps what the Cortex-A8 has of it', (tier) => {
  assert.equal(fpscr(run(tier, 'vmsr fpscr, r0\nnop\nb .', { registers: { 0: -1 } })), 0xfbf7009f);
});

each('whole numbers and their halves are computed without Inexact, and stay in generated code', (tier) => {
  // loop: x = (x + 3) * 0.5 - y; z = z + x / 4; then as singles; sums, products and quotients all exact
  const text = `loop: vadd.f64 d0, d1, d2\nvmul.f64 d3, d0, d4\nvsub.f64 d3, d3, d1\nvdiv.f64 d5, d3, d4\nvsqrt.f64 d6, d7\nvcvt.f32.f64 s16, d5\nvcvt.s32.f32 s17, s16
vcvt.f32.s32 s18, s17\nvmla.f32 s20, s18, s21\nvdiv.f32 s22, s20, s23\nsubs r2, r2, #1\nbne loop\nb .`;
  const words = { 2: 0, 3: 0x40080000, 4: 0, 5: 0x40140000, 8: 0, 9: 0x3fe00000, 14: 0, 15: 0x40220000, 20: 0, 21: 0x3f800000, 23: 0x3f000000 };
  const machine = run(tier, text, { words, registers: { 2: 100 }, count: 1200 });
  assert.equal(fpscr(machine), 0);
  assert.deepEqual([word(machine, 10), word(machine, 11)], [0, 0x40000000]); // ((3 + 5) * 0.5 - 3) / 0.5 = 2
  assert.deepEqual([word(machine, 12), word(machine, 13)], [0, 0x40080000]); // the root of 9
  assert.equal(word(machine, 22), 0x43c80000); // 100 * 2 * 1 / 0.5 = 400
  if (tier !== 'evaluate') assert.ok(machine.threaded.evaluated < 20, `${machine.threaded.evaluated} evaluated`);
});

// ---- access

const VFP = 'vadd.f64 d0, d1, d2';
const NEON = 'vadd.i32 d0, d1, d2';

/** Whether the third instruction of the program was UNDEFINED. */
function refused(tier: TierName, instruction: string, start: Start): boolean {
  const machine = run(tier, `nop\nnop\n${instruction}\nnop\nb .`, { fpscr: IXC, ...start, count: 5 });
  const mode = machine.memory.i32[STATE.mode]!;
  if (mode !== MODE_UND) return false;
  assert.equal(machine.memory.i32[STATE.r + 14], CODE + 12);
  return true;
}

each('FPEXC.EN, CPACR, NSACR and the mode decide whether VFP and Advanced SIMD are there', (tier) => {
  const cpacr = (value: number) => (s: Int32Array): void => { s[STATE.CPACR] = value; };
  const user = 0x1c0 | MODE_USR;
  const nonsecure = (nsacr: number) => (s: Int32Array): void => { s[STATE.SCR] = 1; s[STATE.NSACR] = nsacr; };
  for (const instruction of [VFP, NEON]) {
    assert.equal(refused(tier, instruction, {}), false);
    assert.equal(refused(tier, instruction, { cpsr: user }), false);
    assert.equal(refused(tier, instruction, { set: (s) => { s[STATE.fpexc] = 0; } }), true);
    assert.equal(refused(tier, instruction, { set: cpacr(0) }), true);
    assert.equal(refused(tier, instruction, { set: cpacr(0x00500000) }), false);
    assert.equal(refused(tier, instruction, { set: cpacr(0x00500000), cpsr: user }), true);
    assert.equal(refused(tier, instruction, { set: nonsecure(0) }), true);
    assert.equal(refused(tier, instruction, { set: nonsecure(0xc00) }), false);
  }
  assert.equal(refused(tier, NEON, { set: cpacr(0x80f00000 | 0) }), true);
  assert.equal(refused(tier, VFP, { set: cpacr(0x80f00000 | 0) }), false);
});

each('VFP switched off by a function that the loop calls is off behind the call', (tier) => {
  // The third call finds R2 = 0 and clears EN.
  const text = 'loop: vadd.f64 d0, d0, d1\nbl off\nb loop\noff: subs r2, r2, #1\nvmsreq fpexc, r3\nbx lr';
  const machine = run(tier, text, { words: { 0: 0, 1: 0x3ff00000, 2: 0, 3: 0x3ff00000 }, registers: { 2: 3, 3: 0 }, count: 100 });
  assert.equal(machine.memory.i32[STATE.mode], MODE_UND);
  assert.equal(machine.memory.i32[STATE.r + 14], CODE + 4);
  assert.deepEqual([word(machine, 0), word(machine, 1)], [0, 0x40100000]); // 1 + 3
});

each('VFP switched off by CPACR within the loop is off at once', (tier) => {
  const text = 'loop: vadd.f64 d0, d0, d1\nsubs r2, r2, #1\nmcreq p15, 0, r3, c1, c0, 2\nb loop';
  const machine = run(tier, text, { words: { 0: 0, 1: 0x3ff00000, 2: 0, 3: 0x3ff00000 }, registers: { 2: 3, 3: 0 }, count: 60 });
  assert.equal(machine.memory.i32[STATE.mode], MODE_UND);
  assert.equal(machine.memory.i32[STATE.r + 14], CODE + 4);
  assert.deepEqual([word(machine, 0), word(machine, 1)], [0, 0x40100000]);
});

each('VLDM and VSTM of 16 doubles that cross into a page that aborts change nothing', (tier) => {
  const machine = run(tier, 'vldmia r0!, {d0-d15}\nnop\nb .', { registers: { 0: (1 << 20) - 64 }, words: { 0: 1, 5: 2 }, count: 3 });
  assert.equal(machine.register(0), (1 << 20) - 64);
  assert.equal(word(machine, 0), 1);
  assert.equal(word(machine, 5), 2);
});

for (const store of ['vstr s0, [r2]', 'vst1.32 {d0[0]}, [r2]', 'vstmia r2, {s0}']) {
  each(`${store} over the code is seen at once`, (tier) => {
    // add r0, r0, #1 becomes add r0, r0, #2
    const text = `loop: add r0, r0, #1\n${store}\nsubs r3, r3, #1\nbne loop\nb .`;
    assert.equal(run(tier, text, { words: { 0: 0xe2800002 }, registers: { 0: 0, 2: CODE, 3: 10 }, count: 40 }).register(0), 1 + 9 * 2);
  });
}

each('stores beside the code in its page are done', (tier) => {
  const text = 'loop: vst1.8 {d0-d3}, [r2]!\nvstr d4, [r2]\nsubs r3, r3, #1\nbne loop\nb .';
  const machine = run(tier, text, { words: { 0: 1, 1: 2, 6: 3, 7: 4, 8: 5, 9: 6 }, registers: { 2: CODE + 0x100, 3: 10 }, count: 40 });
  const at = (machine.ram + CODE + 0x100) >> 2;
  assert.deepEqual([...machine.memory.i32.subarray(at, at + 8)], [1, 2, 0, 0, 0, 0, 3, 4]);
  assert.deepEqual([...machine.memory.i32.subarray(at + 80, at + 82)], [5, 6]);
});

each('VLD1 and VST1 copy what is not aligned', (tier) => {
  const text = 'loop: vld1.8 {d0-d3}, [r0]!\nvst1.8 {d0-d3}, [r1]!\nsubs r2, r2, #1\nbne loop\nb .';
  const machine = createFlatMachine();
  for (let i = 0; i < 400; i++) machine.memory.u8[machine.ram + DATA + i] = i * 7;
  const result = assembler.assemble(`.arm\n${text}\n`, { file: 'copy.s', origin: CODE });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  machine.load(CODE, result.sections[0]!.bytes);
  const s = machine.memory.i32;
  s[STATE.CPACR] = 0x00f00000;
  s[STATE.fpexc] = 1 << 30;
  machine.core.cpsr = 0x1c0 | MODE_SVC;
  s.set([DATA + 3, DATA + 0x801, 10], STATE.r);
  s[STATE.r + 15] = CODE;
  machine.run(tier, 40);
  const copy = machine.memory.u8.subarray(machine.ram + DATA + 0x801, machine.ram + DATA + 0x801 + 320);
  assert.deepEqual([...copy], Array.from({ length: 320 }, (_, i) => ((i + 3) * 7) & 255));
  if (tier !== 'evaluate') assert.ok(machine.threaded.evaluated < 12, `${machine.threaded.evaluated} evaluated`);
});
