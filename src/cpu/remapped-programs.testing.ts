/** For tests: programs under translation tables that change while they run, in every tier. R10 counts their rounds down, and R0 is what they reckon. */
import assert from 'node:assert/strict';
import { createAssembler } from '../isa/assembler.ts';
import { allRows } from '../isa/rows/index.ts';
import { createFlatMachine, type FlatMachine, TIERS } from './flat-machine.testing.ts';
import { MODE_SVC, STATE } from './layout.ts';
import type { Random } from './region/lockstep.testing.ts';

const SCTLR_M = 1;
const SCTLR_U = 1 << 22;

/** Loads the text at `code` and makes the machine ready to run it there, with the MMU on and the table of the first level at `table`. */
export function loadProgram(machine: FlatMachine, text: string, { code, table, rounds }: { readonly code: number; readonly table: number; readonly rounds: number }): void {
  const result = createAssembler(allRows).assemble(text, { origin: code });
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.errors));
  machine.load(code, result.sections[0]!.bytes);
  const { core, memory } = machine;
  const s = memory.i32;
  s[STATE.SCTLR] = s[STATE.SCTLR]! | SCTLR_M | SCTLR_U;
  s[STATE.TTBR0] = table;
  s[STATE.DACR] = 1;
  core.cpsr = MODE_SVC;
  s[STATE.r + 10] = rounds;
  s[STATE.r + 15] = code;
}

export interface Piecewise {
  readonly random: Random;
  readonly prepare: (machine: FlatMachine) => void;
  /** How many the program executes, and what R0 is then. */
  readonly instructions: number;
  readonly expected: number;
  /** Pieces have up to 12 instructions in so many of a hundred cases, and up to `longest` in the others. */
  readonly short: number;
  readonly longest: number;
  /** Bytes of RAM. */
  readonly size?: number;
  /** Called with each machine after each piece. */
  readonly seen?: (machine: FlatMachine) => void;
}

/** Runs a program in every tier in pieces of random length, compares the registers after each, and the end with what is expected. */
export function runPiecewise({ random, prepare, instructions, expected, short, longest, size, seen }: Piecewise): void {
  const machines = TIERS.map((tier) => ({ tier, machine: createFlatMachine(size) }));
  for (const { machine } of machines) prepare(machine);
  let count = 0;
  while (count < instructions) {
    const piece = Math.min(1 + random.below(random.chance(short) ? 12 : longest), instructions - count);
    count += piece;
    const registers = machines.map(({ tier, machine }) => {
      assert.equal(machine.run(tier, piece), piece);
      seen?.(machine);
      return Array.from({ length: 16 }, (_, i) => machine.register(i));
    });
    registers.forEach((each, i) => { assert.deepEqual(each, registers[0], `${machines[i]!.tier} after ${count} instructions`); });
  }
  for (const { tier, machine } of machines) {
    assert.equal(machine.register(10), 0, `${tier}: not at the end after ${instructions} instructions: PC 0x${machine.register(15).toString(16)}`);
    assert.equal(machine.register(0) >>> 0, expected, tier);
    machine.core.mmu.assertInvariants();
    machine.threaded.blocks.assertInvariants();
  }
  machines.find(({ tier }) => tier === 'region')!.machine.regions().assertInvariants();
}
