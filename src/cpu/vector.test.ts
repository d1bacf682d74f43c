/**
 * VFP and Advanced SIMD in generated code against the evaluate tier: random instructions of every row in lockstep, all state compared (SEED, PROGRAMS, ROWS override).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFlatMachine, type FlatMachine, TIERS } from './flat-machine.testing.ts';
import { STATE } from './layout.ts';
import { DATA, randomData, randomVectorState, setVectorState, VectorRows, type VectorState } from './random-vector.testing.ts';
import { Random } from './region/lockstep.testing.ts';
import { HANDLER_EVALUATE } from './threaded/record.ts';

const SEED = Number(process.env['SEED'] ?? 4000);
const PROGRAMS = Number(process.env['PROGRAMS'] ?? 2);
const ROWS = process.env['ROWS'] === undefined ? undefined : new RegExp(process.env['ROWS']);
const CODE = 0x8000;
const T = 1 << 5;
const SVC = 0x1d3;
const NOP = 0xe320f000;

/** Everything that such instructions may change. */
function view(machine: FlatMachine): number[] {
  const { memory, core } = machine;
  const s = memory.i32;
  return [...s.subarray(STATE.r, STATE.r + 16), core.cpsr, ...s.subarray(STATE.d, STATE.d + 64), s[STATE.fpscr]!, s[STATE.fpexc]!];
}

const WORDS = (i: number): string => i < 16 ? `R${i}` : i === 16 ? 'CPSR' : i < 81 ? `D${(i - 17) >> 1}.${(i - 17) & 1}` : i === 81 ? 'FPSCR' : 'FPEXC';

/** Runs `words` from CODE once in each tier from the state; all must agree with the evaluate tier. */
function compare(machines: readonly FlatMachine[], words: readonly number[], state: VectorState, thumb: boolean, count: number, label: string): void {
  const [reference] = machines;
  machines.forEach((machine, i) => {
    const s = machine.memory.i32;
    machine.core.cpsr = SVC | (thumb ? T : 0);
    setVectorState(s, state);
    s[STATE.r + 15] = CODE;
    machine.core.contextChanged = true;
    machine.run(TIERS[i]!, count);
    if (i === 0) return;
    const expected = view(reference!);
    const got = view(machine);
    for (let word = 0; word < expected.length; word++) {
      if (expected[word] === got[word]) continue;
      const one = words.map((each) => (each >>> 0).toString(16)).join(' ');
      assert.fail(`${label}, ${TIERS[i]}: ${WORDS(word)} is ${(got[word]! >>> 0).toString(16)} instead of ${(expected[word]! >>> 0).toString(16)} in ${one}`);
    }
  });
}

function compareData(machines: readonly FlatMachine[], label: string): void {
  const data = (machine: FlatMachine): Uint8Array => machine.memory.u8.subarray(machine.ram + DATA, machine.ram + DATA + 0x4000);
  const expected = data(machines[0]!);
  machines.slice(1).forEach((machine, i) => {
    const got = data(machine);
    for (let at = 0; at < expected.length; at++) if (expected[at] !== got[at]) assert.fail(`${label}, ${TIERS[i + 1]}: memory at ${(DATA + at).toString(16)} is ${got[at]} instead of ${expected[at]}`);
  });
}

/** The forced tiers did run. */
function assertRegions(machines: readonly FlatMachine[]): void {
  const [, threaded, region] = machines;
  assert.ok(region!.regions().executed > 30, `only ${region!.regions().executed} instructions in regions`);
  for (const machine of [threaded!, region!]) assert.ok(machine.threaded.evaluated < machine.core.count * 0.75, `${machine.threaded.evaluated} of ${machine.core.count} instructions were the evaluate tier's`);
}

const thumbWords = (words: readonly number[]): number[] => words.map((word) => word >>> 16 | word << 16);

function machinesFor(random: Random): FlatMachine[] {
  const data = randomData(random);
  return TIERS.map(() => {
    const machine = createFlatMachine();
    // Vectors that go on behind what failed: an undefined instruction and a data abort.
    machine.load(0, [NOP, 0xe1b0f00e, NOP, NOP, 0xe25ef004]);
    machine.load(DATA, data);
    return machine;
  });
}

/** A change of one of R0-R7: a constant, a sum or a difference, with or without flags. */
function integerWord(random: Random, thumb: boolean): number {
  const [d, n, m] = [random.below(8), random.below(8), random.below(8)];
  const S = random.below(2) << 20;
  if (thumb) return random.pick([0xf04f0000 | S | d << 8 | random.below(256), 0xeb000000 | S | n << 16 | d << 8 | m, 0xeba00000 | S | n << 16 | d << 8 | m]);
  return 14 << 28 | S | d << 12 | random.pick([0x03a00000 | random.below(256), 0x00800000 | n << 16 | m, 0x00400000 | n << 16 | m]);
}

/** Operations that the evaluate tier has to itself, as the rows name them. */
const LEFT = new Set([
  'VMRS (FPSID)', 'VMRS (MVFR0)', 'VMRS (MVFR1)', 'VQADD (integer)', 'VQSUB (integer)', 'VQSHL (integer)', 'VRSHL (integer)', 'VQRSHL (integer)', 'VMUL.P8 (vector)', 'VMULL.P8',
  'VRECPE.U32 (vector)', 'VRSQRTE.U32 (vector)',
]);

test('all rows but those listed have generated code', () => {
  const random = new Random(1);
  const { threaded, evaluator } = createFlatMachine();
  const rows = new VectorRows(false);
  for (const pattern of rows.patterns) {
    const { name } = pattern.row;
    for (let i = 0; i < 20; i++) {
      const word = rows.word(random, pattern);
      if (word === undefined) continue;
      const made = threaded.handlers.of(evaluator.decoder.decodeA32(word), false, SVC & 31, false);
      assert.ok(made.index !== HANDLER_EVALUATE || LEFT.has(name), `${name} ${(word >>> 0).toString(16)} has none`);
    }
  }
});

for (const thumb of [false, true]) {
  test(`each row's instructions one by one, ${thumb ? 'T32' : 'A32'}, seed ${SEED}`, () => {
    const random = new Random(SEED);
    const rows = new VectorRows(thumb, ROWS);
    const machines = machinesFor(random);
    for (const pattern of rows.patterns) {
      for (let i = 0; i < PROGRAMS; i++) {
        const word = rows.word(random, pattern);
        if (word === undefined) break;
        // The block ends with a branch to itself, and runs as a whole.
        const words = thumb ? thumbWords([word, 0xf3af8000, 0xf7ffbffe]) : [word, NOP, 0xeafffffe];
        machines.forEach((machine) => {
          machine.threaded.clear();
          machine.load(CODE, words);
        });
        for (let n = 0; n < 12; n++) compare(machines, words, randomVectorState(random, n % 3 !== 0), thumb, 3, `${pattern.row.set} ${pattern.row.name} ${(word >>> 0).toString(16)}`);
      }
    }
    compareData(machines, 'at the end');
    assertRegions(machines);
  });

  test(`random programs of all rows, ${thumb ? 'T32' : 'A32'}, seeds from ${SEED}`, () => {
    for (let seed = SEED; seed < SEED + PROGRAMS; seed++) {
      const random = new Random(seed);
      const rows = new VectorRows(thumb, ROWS);
      const machines = machinesFor(random);
      const length = 60;
      const words: number[] = [];
      const few = random.chance(70);
      const moves = ROWS === undefined ? rows.patterns.filter(({ row }) => /^VMOV|^VMRS/.test(row.name)) : rows.patterns;
      while (words.length < length) {
        const condition = random.below(14);
        // Now and then a branch over the next few.
        const skipped = random.below(3);
        const word = random.chance(8) && words.length < length - 4 ? (thumb ? 0xf0008000 | condition << 22 | skipped * 2 : condition << 28 | 0x0a000000 | skipped)
          : random.chance(20) ? integerWord(random, thumb) : rows.word(random, random.pick(random.chance(20) ? moves : rows.patterns), few);
        if (word !== undefined) words.push(word);
      }
      const code = [...words, thumb ? 0xf3af8000 : NOP];
      const back = -(length * 4 + 8);
      code.push(thumb ? 0xf000b800 | ((back >> 12) & 0x3ff) << 16 | 1 << 26 | 0x2800 | ((back >> 1) & 0x7ff) : 0xea000000 | (((back - 4) >> 2) & 0xffffff));
      machines.forEach((machine) => { machine.load(CODE, thumb ? thumbWords(code) : code); });
      for (let n = 0; n < 40; n++) {
        compare(machines, words, randomVectorState(random, n % 4 !== 0), thumb, 1 + random.below(length * 6), `seed ${seed}, state ${n}`);
        compareData(machines, `seed ${seed}, state ${n}`);
      }
      assertRegions(machines);
    }
  });
}
