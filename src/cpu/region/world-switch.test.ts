/** World switches, mode changes and exceptions in generated code: at every instruction the state is the evaluate tier's. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createAssembler } from '../../isa/assembler.ts';
import { allRows } from '../../isa/rows/index.ts';
import { createFlatMachine, type FlatMachine, type TierName, TIERS } from '../flat-machine.testing.ts';
import { STATE } from '../layout.ts';
import { saveCpu } from '../save.ts';
import { Random } from './lockstep.testing.ts';

const SEED = Number(process.env['SEED'] ?? 20_261);
const PROGRAMS = Number(process.env['PROGRAMS'] ?? 20);
const BASE = 0x00100000;
const assembler = createAssembler(allRows);

function assemble(text: string, symbols: Readonly<Record<string, number>> = {}): Uint8Array {
  const folder = new URL('../../../bench/kernels/', import.meta.url);
  const readInclude = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
  const program = assembler.assemble(text, { origin: BASE, symbols: { BASE, ITERATIONS: 1_000_000, ...symbols }, readInclude });
  assert.ok(program.ok, program.ok ? '' : program.errors.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return program.sections[0]!.bytes;
}

interface Running { readonly tier: TierName; readonly machine: FlatMachine; step(count: number): void }

function start(code: Uint8Array, prepare: (machine: FlatMachine) => void = () => undefined): Running[] {
  return TIERS.map((tier) => {
    const machine = createFlatMachine(16 << 20);
    machine.load(BASE, code);
    machine.memory.i32[STATE.r + 15] = BASE;
    for (let i = 0; i < 21; i++) machine.memory.i32[STATE.banked + i] = 0x1000 + i;
    prepare(machine);
    return { tier, machine, step: (count) => { machine.run(tier, count); } };
  });
}

function assertSame(all: readonly Running[], label: string): void {
  const [first, ...others] = all;
  const wanted = saveCpu(first!.machine.core);
  for (const { tier, machine } of others) assert.deepEqual(saveCpu(machine.core), wanted, `${label}, ${tier}`);
}

function assertInvariants(all: readonly Running[]): void {
  for (const { tier, machine } of all) {
    machine.core.mmu.assertInvariants();
    machine.threaded.blocks.assertInvariants();
    if (tier === 'region') machine.regions().assertInvariants();
  }
}

/** Instructions of one round trip of the bench's kernel, from the SMC to the next. */
const ROUND_TRIP = 55;

function monitor(): Running[] {
  const code = assemble(readFileSync(new URL('../../../bench/kernels/world-switch.s', import.meta.url), 'utf8'));
  const all = start(code);
  // To the first SMC in the normal world, then once around.
  const [reference] = all;
  const { core, memory } = reference!.machine;
  while ((memory.i32[STATE.SCR]! & 1) === 0 || memory.i32[STATE.mode] !== 0x13 || memory.i32[(reference!.machine.ram + memory.i32[STATE.r + 15]!) >> 2] !== (0xe1600070 | 0)) reference!.step(1);
  for (const other of all.slice(1)) other.step(core.count);
  assertSame(all, 'at the first SMC');
  const at = memory.i32[STATE.r + 15];
  for (const each of all) each.step(ROUND_TRIP * 3);
  assert.equal(memory.i32[STATE.r + 15], at, `${ROUND_TRIP} instructions are one round trip`);
  return all;
}

test('a run that ends at any instruction of a world switch ends in the same state on every tier', () => {
  const all = monitor();
  for (let count = 0; count <= 2 * ROUND_TRIP; count++) {
    for (const each of all) each.step(count);
    assertSame(all, `${count} instructions behind an SMC`);
    for (const each of all) each.step(4 * ROUND_TRIP - count);
    assertSame(all, 'at an SMC');
  }
  const { machine: { core, threaded } } = all.find(({ tier }) => tier === 'region')!;
  assert.ok(threaded.evaluated < core.count, 'some of it ran as generated code');
  assertInvariants(all);
});

test('an interrupt at any instruction of a world switch is taken there on every tier', () => {
  for (const line of ['setIrqLine', 'setFiqLine'] as const) {
    const all = monitor();
    // I and F open in the normal world, and in what the monitor returns to.
    for (const { machine } of all) machine.memory.i32[STATE.masks] = 0;
    const from = all.map(({ machine: { memory, core } }) => ({ cpsr: core.cpsr, words: memory.i32.slice(0, STATE.words) }));
    const restore = (): void => {
      all.forEach(({ machine: { memory, core } }, i) => {
        const { cpsr, words } = from[i]!;
        memory.i32.set(words.subarray(0, STATE.pad0), 0);
        memory.i32.set(words.subarray(STATE.SCTLR, STATE.cp15), STATE.SCTLR);
        core.cpsr = cpsr;
      });
    };
    for (let count = 0; count < ROUND_TRIP; count++) {
      for (const { machine, step } of all) {
        step(count);
        machine.core[line](true);
        step(1);
      }
      assertSame(all, `${line} after ${count} instructions`);
      // The vectors lead to memory that is zero: instructions that do nothing.
      for (const { step } of all) step(7);
      assertSame(all, `${line}: 8 instructions after ${count}`);
      for (const { machine } of all) machine.core[line](false);
      restore();
      for (const { step } of all) step(ROUND_TRIP);
      assertSame(all, `${line}: a round trip later`);
      restore();
    }
    assertInvariants(all);
  }
});

// ---- random system code

const MODES = ['0x10', '0x11', '0x12', '0x13', '0x16', '0x17', '0x1b', '0x1f'];
/** Vectors, secure and non-secure alike, at BASE + 0x1000: most return to behind what was interrupted, in a mode that the program chooses. */
const VECTORS = `
        .org    0x1000
        b       .
        b       undefined
        b       call
        b       other
        b       data
        b       .
        b       other
        b       other
undefined:
        movs    pc, lr
call:   mrs     r6, spsr
        msr     spsr_c, r7
        movs    pc, lr
data:   subs    pc, lr, #4
other:  movs    pc, lr
`;

/** Registers: r7 a mode for the next return, r8-r12 memory, r4 and r5 the two translation tables. */
function randomLine(random: Random, at: number): string {
  const low = (): string => `r${random.below(4)}`;
  const base = (): string => random.pick(['r8', 'r10']);
  switch (random.below(26)) {
    case 0: case 1: case 2: return random.chance(10) ? `.word ${0xf1020000 + random.below(32)}` : `cps #${random.pick(MODES)}`;
    case 3: return `cpsi${random.pick(['e', 'd'])} ${random.pick(['i', 'f', 'a', 'if', 'aif'])}`;
    case 4: return `cpsid ${random.pick(['i', 'aif'])}, #${random.pick(MODES)}`;
    case 5: return 'svc #0';
    case 6: case 7: return 'smc #0';
    case 8: return `mcr p15, 0, ${low()}, c1, c1, 0`;
    case 9: return `mov ${low()}, #${random.pick(['0', '1', '0x30', '0x31', '0x21', '0x11'])}\n mcr p15, 0, ${low()}, c1, c1, 0`;
    case 10: return `mcr p15, 0, ${random.pick(['r4', 'r5'])}, c2, c0, 0`;
    case 11: return `mov r3, #${random.pick(['1', '3'])}\n mcr p15, 0, r3, c3, c0, 0`;
    case 12: return `mrs ${low()}, ${random.pick(['cpsr', 'spsr'])}`;
    case 13: return `msr spsr_${random.pick(['c', 'cxsf', 'f', 'sf'])}, ${random.pick(['r6', 'r7'])}`;
    case 14: return `msr cpsr_${random.pick(['c', 'f', 'fc', 's'])}, ${random.pick(['r6', 'r7'])}`;
    case 15: return `mov r7, #${random.pick(MODES)}`;
    case 16: return `orr r7, r7, #${random.pick(['0xc0', '0x80', '0x40', '0x1c0', '0x80000000', '0x60000000'])}`;
    case 17: return `stm${random.pick(['ia', 'db'])} ${base()}, {${random.pick(['r0-r14', 'r8-r14', 'r13, r14', 'r1, r9, r13'])}}^`;
    case 18: return `ldmia r8, {${random.pick(['r13, r14', 'r13', 'r0, r14', 'r3, r14'])}}^`;
    case 19: return `adr lr, next${at}\n ${random.pick(['movs pc, lr', 'subs pc, lr, #0', 'ands pc, lr, lr'])}\nnext${at}:`;
    case 20: return `adr r2, next${at}\n str r2, [r10]\n str r7, [r10, #4]\n rfeia r10\nnext${at}:`;
    case 21: return `srsia sp, #${random.pick(MODES)}`;
    case 22: return `adr r2, next${at}\n stmia r10, {r2, r3, r6}\n str r2, [r10, #8]\n ldmia r10, {r2, r3, pc}^\nnext${at}:`;
    case 23: return `mrc p15, 0, ${low()}, c${random.pick(['1, c0, 0', '1, c1, 0', '2, c0, 0', '3, c0, 0', '12, c0, 0', '12, c0, 1', '13, c0, 2', '13, c0, 3', '13, c0, 4'])}`;
    case 24: return random.pick(['mcr p15, 0, r6, c13, c0, 2', 'mcr p15, 0, r6, c13, c0, 4', 'mcr p15, 0, r6, c5, c0, 0', 'mcr p15, 0, r0, c8, c7, 0', 'mcr p15, 0, r0, c7, c5, 4', 'mcr p15, 0, r1, c1, c0, 2', 'isb']);
    default: return random.pick(['adds r0, r0, #1', 'cmp r0, r1', 'mov r6, sp', 'add r1, r1, lr', 'eors r0, r0, r6', `tst r0, #1\n addne r1, r1, #3\n moveq sp, r8`, 'bl leaf', 'cmp r0, r1\n mcrne p15, 0, r6, c9, c12, 5\n mrceq p15, 0, r2, c1, c0, 1\n subne r0, r0, #5', 'str r1, [r9, #4]', 'ldr r0, [r9, #4]']);
  }
}

function randomSystemCode(random: Random): string {
  const lines = Array.from({ length: 60 }, (_, at) => ` ${randomLine(random, at)}`);
  return ` .syntax unified\n .arm\nprogram:\n${lines.join('\n')}\n b program\nleaf: add r0, r0, #7\n bx lr\n${VECTORS}`;
}

/** Both tables map everything flat for everybody, in sections of domain 0; the second leaves out a page that no code uses. */
function tables(machine: FlatMachine): void {
  for (const [i, table] of [0x00400000, 0x00404000].entries()) {
    machine.load(table, Array.from({ length: 4096 }, (_, mb) => (i === 1 && mb === 13 ? 0 : mb * 0x100000 | 0xc0e)));
  }
}

test(`${PROGRAMS} random programs of system code, seeds from ${SEED}`, () => {
  let inRegions = 0;
  let evaluated = 0;
  let total = 0;
  for (let seed = SEED; seed < SEED + PROGRAMS; seed++) {
    const random = new Random(seed);
    const all = start(assemble(randomSystemCode(random)), (machine) => {
      const s = machine.memory.i32;
      tables(machine);
      for (const world of [0, 1]) {
        s[STATE.TTBR0 + world] = 0x00400000;
        s[STATE.DACR + world] = 1;
        s[STATE.SCTLR + world]! |= 1;
        s[STATE.VBAR + world] = BASE + 0x1000;
      }
      s[STATE.MVBAR] = BASE + 0x1000;
      s[STATE.SCR] = seed & 1;
      for (let r = 0; r < 15; r++) s[STATE.r + r] = 0x00800000 + r * 0x1000;
      for (let bank = 0; bank < 7; bank++) {
        s[STATE.banked + bank * 3] = 0x00900000 + bank * 0x1000;
        s[STATE.banked + bank * 3 + 1] = BASE;
        s[STATE.banked + bank * 3 + 2] = 0xd3;
      }
      for (let i = 0; i < 5; i++) s[STATE.r8fiq + i] = 0x00a00000 + i * 0x1000;
      s[STATE.r + 4] = 0x00400000;
      s[STATE.r + 5] = 0x00404000;
      s[STATE.r + 7] = 0xd3;
      machine.core.cpsr = seed % 3 === 0 ? 0x1d6 : 0x1d3;
    });
    const line = random.below(3);
    while (all[0]!.machine.core.count < 3000) {
      const count = 1 + random.below(random.chance(50) ? 12 : 200);
      for (const { step } of all) step(count);
      assertSame(all, `seed ${seed} after ${count} instructions`);
      if (line === 0 || !random.chance(20)) continue;
      const level = random.chance(40);
      for (const { machine } of all) {
        if (line === 1) machine.core.setIrqLine(level);
        else machine.core.setFiqLine(level);
      }
    }
    assertInvariants(all);
    const { machine } = all.find(({ tier }) => tier === 'region')!;
    inRegions += machine.regions().executed;
    evaluated += machine.threaded.evaluated;
    total += machine.core.count;
  }
  assert.ok(inRegions > total * 0.2, `only ${inRegions} of ${total} instructions in regions, ${evaluated} evaluated`);
});
