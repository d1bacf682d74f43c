/**
 * Loads by sections: random programs (SEED and PROGRAMS override) that load from a window of two sections, whose descriptors lead to other physical sections
 * or to pages while they run, in every tier. What R0 must be is computed here from the steps.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFlatMachine, type FlatMachine } from './flat-machine.testing.ts';
import { NO_SECTION, NO_TAG, PAGE_CACHE_SECTIONS, PAGE_CACHE_WORDS, STATE } from './layout.ts';
import { Random } from './region/lockstep.testing.ts';
import { loadProgram, runPiecewise } from './remapped-programs.testing.ts';

const SEED = Number(process.env['SEED'] ?? 5200);
const PROGRAMS = Number(process.env['PROGRAMS'] ?? 12);

const MEGABYTE = 1 << 20;
const CODE = 0x8000;
const TABLE = 0x40000;
/** A level 2 table for each section of the window. */
const LEVEL2 = [0x48000, 0x48400] as const;
/** Physical sections with data are 1 to 3; the window's virtual addresses are above RAM. */
const DATA_SECTIONS = 3;
const WINDOW = 8 * MEGABYTE;
/** A section and a small page: Normal write-back memory, all access. */
const SECTION = 0x1c0e;
const PAGE = 0x5e;
const STEPS = 14;
const ROUNDS = 25;

/** What each section of the window leads to: a physical section, or its pages, which are spread over all sections, where 0. */
interface Model { readonly leadsTo: number[]; readonly bytes: DataView }

const spread = (page: number): number => (1 + page % DATA_SECTIONS) * MEGABYTE + page * 0x1000;

function translate({ leadsTo }: Model, va: number): number {
  const section = leadsTo[(va - WINDOW) >>> 20]!;
  const offset = va & (MEGABYTE - 1);
  return section !== 0 ? section * MEGABYTE + offset : spread(offset >>> 12) + (offset & 0xfff);
}

function word(model: Model, va: number): number {
  let value = 0;
  for (let i = 3; i >= 0; i--) value = value << 8 | model.bytes.getUint8(translate(model, va + i));
  return value >>> 0;
}

const sum = (model: Model, addresses: readonly number[]): number => addresses.reduce((total, va) => (total + word(model, va)) >>> 0, 0);

/** `executes`: how many instructions. */
interface Step { readonly lines: readonly string[]; readonly executes: number; apply(model: Model): number }

const straight = (lines: readonly string[], apply: Step['apply']): Step => ({ lines, executes: lines.length, apply });

function step(r: Random, number: number): Step {
  const base = `r${4 + r.below(3)}`;
  const at = WINDOW + (r.below(2 * MEGABYTE - 0x20000) & ~3);
  const add = (...registers: string[]): string[] => registers.map((register) => `add r0, r0, ${register}`);
  switch (r.below(9)) {
    case 0: case 1: {
      const which = r.below(2);
      const to = r.below(DATA_SECTIONS + 1);
      const descriptor = to === 0 ? LEVEL2[which]! | 1 : to * MEGABYTE | SECTION;
      return straight([
        `ldr r1, =${descriptor}`, `ldr r2, =${TABLE + ((WINDOW >>> 20) + which) * 4}`, 'str r1, [r2]', 'dsb', 'mcr p15, 0, r0, c8, c7, 0', 'dsb', 'isb',
      ], (m) => { m.leadsTo[which] = to; return 0; });
    }
    case 2: {
      const value = r.below(2 ** 31);
      return straight([`ldr r1, =${value}`, `ldr ${base}, =${at}`, `str r1, [${base}]`], (m) => { m.bytes.setUint32(translate(m, at), value, true); return 0; });
    }
    case 3: {
      // Perhaps from one page to the next: the pages' sections may not be the same.
      const first = r.chance(50) ? (at & ~0xfff) + 0xff8 : at;
      return straight([`ldr ${base}, =${first}`, `ldm ${base}, {r1-r3}`, ...add('r1', 'r2', 'r3')], (m) => sum(m, [first, first + 4, first + 8]));
    }
    case 4: {
      const first = (r.chance(50) ? (at & ~0xfff) + 0xffc : at) + r.below(4);
      return straight([`ldr ${base}, =${first}`, `ldr r1, [${base}]`, ...add('r1')], (m) => word(m, first));
    }
    case 5: return straight([`ldr ${base}, =${at + 1}`, `ldrb r1, [${base}]`, `ldrh r2, [${base}, #1]`, ...add('r1', 'r2')], (m) => (word(m, at) >>> 8 & 0xff) + (word(m, at) >>> 16));
    case 6: {
      const offset = r.below(1024) * 4;
      return straight([`ldr ${base}, =${at}`, `ldr r1, [${base}, #${offset}]`, ...add('r1')], (m) => word(m, at + offset));
    }
    default: {
      const stride = r.pick([4, 0x1000, 0x2004, 0x1c]);
      const times = 2 + r.below(9);
      return {
        lines: [
          `ldr ${base}, =${at}`, `mov r3, #${times}`, `walk${number}: ldr r1, [${base}]`, ...add('r1'), `add ${base}, ${base}, #${stride & 0xff}`, `add ${base}, ${base}, #${stride & ~0xff}`,
          'subs r3, r3, #1', `bne walk${number}`,
        ],
        executes: 2 + 6 * times,
        apply: (m) => sum(m, Array.from({ length: times }, (_, i) => at + i * stride)),
      };
    }
  }
}

interface Program { readonly text: string; readonly instructions: number; readonly expected: number }

const dataOf = (physical: number): number => Math.imul(physical, 0x9e3779b1) >>> 0;

function randomProgram(r: Random): Program {
  const steps = Array.from({ length: STEPS }, (_, i) => step(r, i));
  const model: Model = { leadsTo: [1, 2], bytes: new DataView(new ArrayBuffer((DATA_SECTIONS + 1) * MEGABYTE)) };
  for (let at = MEGABYTE; at < (DATA_SECTIONS + 1) * MEGABYTE; at += 4) model.bytes.setUint32(at, dataOf(at), true);
  let expected = 0;
  for (let round = 0; round < ROUNDS; round++) for (const each of steps) expected = (expected + each.apply(model)) >>> 0;
  return {
    text: `loop:\n${steps.flatMap(({ lines }) => lines).join('\n')}\nsubs r10, r10, #1\nbne loop\nend: b .\n.ltorg`,
    instructions: ROUNDS * (steps.reduce((all, { executes }) => all + executes, 0) + 2),
    expected,
  };
}

function load(machine: FlatMachine, text: string): void {
  loadProgram(machine, text, { code: CODE, table: TABLE, rounds: ROUNDS });
  machine.load(TABLE, Array.from({ length: machine.size / MEGABYTE + 1 }, (_, section) => section * MEGABYTE | SECTION));
  machine.load(TABLE + (WINDOW >>> 18), [MEGABYTE | SECTION, 2 * MEGABYTE | SECTION]);
  for (const table of LEVEL2) machine.load(table, Array.from({ length: 256 }, (_, page) => spread(page) + PAGE));
  for (let at = MEGABYTE; at < machine.size; at += 4) machine.memory.i32[(machine.ram + at) >> 2] = dataOf(at);
}

/** Tags of the sections that loads go to without looking into the table. */
function sectionsKnown({ memory: { i32 } }: FlatMachine): number[] {
  const tags = Array.from({ length: 4 * PAGE_CACHE_WORDS }, (_, i) => (i % PAGE_CACHE_WORDS >= PAGE_CACHE_SECTIONS && i % 2 === 0 ? i32[STATE.pageCache + i]! >>> 0 : NO_TAG));
  return tags.filter((tag) => tag !== NO_TAG && (tag & NO_SECTION) === 0);
}

let programsWithSections = 0;

for (let seed = SEED; seed < SEED + PROGRAMS; seed++) {
  test(`loads by sections that are remapped: seed ${seed}`, () => {
    const random = new Random(seed);
    const { text, instructions, expected } = randomProgram(random);
    let known = 0;
    runPiecewise({
      random, instructions, expected, short: 30, longest: 1500, size: (DATA_SECTIONS + 1) * MEGABYTE,
      prepare: (machine) => { load(machine, text); },
      seen: (machine) => {
        if (random.chance(10)) machine.core.mmu.assertInvariants();
        known += sectionsKnown(machine).length;
      },
    });
    programsWithSections += known > 0 ? 1 : 0;
  });
}

test('loads of most of these programs went by sections', () => { assert.ok(programsWithSections > PROGRAMS / 2, `${programsWithSections} of ${PROGRAMS}`); });

test('a section of which a part is no memory is not taken as one piece', () => {
  const half = MEGABYTE / 2;
  const machine = createFlatMachine(2 * MEGABYTE + half);
  load(machine, `
    ldr r4, =${MEGABYTE}
    ldr r5, =${2 * MEGABYTE}
    mov r6, #8
  loop:
    ldr r1, [r4], #4
    ldr r2, [r5], #4
    subs r6, r6, #1
    bne loop
    ldr r5, =${2 * MEGABYTE + half}
    b beyond
  beyond:
    ldr r3, [r5]
    b .
    .ltorg`);
  machine.run('region', 3 + 8 * 4 + 2);
  assert.equal(machine.register(1) >>> 0, dataOf(MEGABYTE + 28));
  assert.equal(machine.register(2) >>> 0, dataOf(2 * MEGABYTE + 28));
  assert.deepEqual([...new Set(sectionsKnown(machine))], [MEGABYTE]);
  machine.run('region', 1);
  assert.equal(machine.register(15), 0x10, 'the data abort vector');
  assert.equal(machine.memory.i32[STATE.DFAR], 2 * MEGABYTE + half);
});
