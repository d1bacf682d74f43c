/**
 * Code that is remapped, patched and seen through two translation tables while it runs: random programs of such steps (SEED and PROGRAMS override) in every
 * tier. What R0 must be at the end is computed here from the steps; the maintenance is what DDI 0406C asks for (TLB maintenance requirements;
 * Ordering of cache and branch predictor maintenance operations). The tiers are compared after pieces of random length, too.
 */
import { test } from 'node:test';
import type { FlatMachine } from './flat-machine.testing.ts';
import { STATE } from './layout.ts';
import { Random } from './region/lockstep.testing.ts';
import { loadProgram, runPiecewise } from './remapped-programs.testing.ts';

const SEED = Number(process.env['SEED'] ?? 4100);
const PROGRAMS = Number(process.env['PROGRAMS'] ?? 12);

const CODE = 0x8000;
/** Where functions are called: two pages whose physical pages change. */
const WINDOW = 0xa000;
const WINDOW_PAGES = 2;
/** Physical pages that hold functions; mapped at their own addresses for the program to patch them. */
const FUNCTIONS = 0x20000;
const PAGES = 4;
const TABLES = [0x40000, 0x44000] as const;
const LEVEL2 = [0x48000, 0x48400] as const;
const STEPS = 14;
const ROUNDS = 25;
/** Small page: Normal write-back memory, all access; each bank of tables is mapped as itself. */
const PAGE = 0x5e;

/** A function adds a number to R0; the one that begins with a page's last instruction goes on with the next page's. */
const LAST = 0xffc;
const ADD_R0 = 0xe2800000;
const BX_LR = 0xe12fff1e;

interface Program { readonly text: string; readonly instructions: number; readonly expected: number }

/** Physical page of each page of the window, by table; the numbers that each physical page's functions add. */
interface Model { table: number; readonly map: number[][]; readonly add: number[]; readonly addLast: number[] }

const fresh = (): Model => ({ table: 0, map: [[0, 1], [2, 3]], add: [1, 2, 3, 4], addLast: [10, 20, 30, 40] });

/** `executes`: instructions besides the lines. */
type Step = { readonly lines: readonly string[]; readonly executes: number; readonly apply: (model: Model) => number };

function step(r: Random): Step {
  const page = r.below(WINDOW_PAGES);
  const target = r.below(PAGES);
  const table = r.below(2);
  const value = 1 + r.below(255);
  switch (r.below(12)) {
    case 0: case 1: return {
      // The other space of addresses: R8 and R9 hold TTBR0's values. The ASID stays, so the TLB is told.
      lines: [`mcr p15, 0, r${8 + table}, c2, c0, 0`, 'isb', 'mcr p15, 0, r0, c8, c7, 0', 'mcr p15, 0, r0, c7, c5, 6', 'dsb', 'isb'],
      executes: 0,
      apply: (m) => { m.table = table; return 0; },
    };
    case 2: case 3: return {
      lines: [
        `ldr r1, =${FUNCTIONS + target * 0x1000 + PAGE}`, `ldr r2, =${LEVEL2[table]! + ((WINDOW >> 12) + page) * 4}`, 'str r1, [r2]', 'dsb', `ldr r3, =${WINDOW + page * 0x1000}`,
        'mcr p15, 0, r3, c8, c7, 1', 'mcr p15, 0, r3, c7, c5, 6', 'dsb', 'isb',
      ],
      executes: 0,
      apply: (m) => { m.map[table]![page] = target; return 0; },
    };
    case 4: {
      const last = r.chance(50);
      return {
        lines: [
          `ldr r1, =${ADD_R0 + value}`, `ldr r2, =${FUNCTIONS + target * 0x1000 + (last ? LAST : 0)}`, 'str r1, [r2]', 'mcr p15, 0, r2, c7, c11, 1', 'dsb', 'mcr p15, 0, r0, c7, c5, 0',
          'mcr p15, 0, r2, c7, c5, 6', 'dsb', 'isb',
        ],
        executes: 0,
        apply: (m) => { (last ? m.addLast : m.add)[target] = value; return 0; },
      };
    }
    case 5: return {
      // By a computed call.
      lines: [`ldr r1, =${WINDOW + page * 0x1000}`, 'blx r1'],
      executes: 2,
      apply: (m) => m.add[m.map[m.table]![page]!]!,
    };
    case 6: case 7: return {
      lines: ['bl last'],
      executes: 3,
      apply: (m) => m.addLast[m.map[m.table]![0]!]! + m.add[m.map[m.table]![1]!]!,
    };
    default: return {
      lines: [`bl window${page}`],
      executes: 2,
      apply: (m) => m.add[m.map[m.table]![page]!]!,
    };
  }
}

function randomProgram(r: Random): Program {
  const steps = Array.from({ length: STEPS }, () => step(r));
  const lines = steps.flatMap(({ lines: own }) => own);
  const model = fresh();
  let expected = 0;
  for (let round = 0; round < ROUNDS; round++) for (const { apply } of steps) expected = (expected + apply(model)) >>> 0;
  return {
    text: `.equ window0, ${WINDOW}\n.equ window1, ${WINDOW + 0x1000}\n.equ last, ${WINDOW + LAST}\nloop:\n${lines.join('\n')}\nsubs r10, r10, #1\nbne loop\nend: b .\n.ltorg`,
    instructions: ROUNDS * (lines.length + steps.reduce((sum, { executes }) => sum + executes, 0) + 2),
    expected,
  };
}

function load(machine: FlatMachine, text: string): void {
  loadProgram(machine, text, { code: CODE, table: TABLES[0], rounds: ROUNDS });
  for (let page = 0; page < PAGES; page++) {
    const model = fresh();
    machine.load(FUNCTIONS + page * 0x1000, [ADD_R0 + model.add[page]!, BX_LR]);
    machine.load(FUNCTIONS + page * 0x1000 + LAST, [ADD_R0 + model.addLast[page]!]);
  }
  TABLES.forEach((table, i) => {
    const pages = Array.from({ length: 256 }, (_, page) => page * 0x1000 + PAGE);
    fresh().map[i]!.forEach((target, page) => { pages[(WINDOW >> 12) + page] = FUNCTIONS + target * 0x1000 + PAGE; });
    machine.load(LEVEL2[i]!, pages);
    machine.load(table, [LEVEL2[i]! | 1]);
  });
  const s = machine.memory.i32;
  s[STATE.r + 8] = TABLES[0];
  s[STATE.r + 9] = TABLES[1];
}

for (let seed = SEED; seed < SEED + PROGRAMS; seed++) {
  test(`functions under remapping, patches and two tables: seed ${seed}`, () => {
    const random = new Random(seed);
    const { text, instructions, expected } = randomProgram(random);
    runPiecewise({ random, instructions, expected, short: 50, longest: 300, prepare: (machine) => { load(machine, text); } });
  });
}
