/**
 * An interrupt at every count of loops that call: each tier takes it before the same instruction, with the same return state, and goes on the same way.
 * The evaluate tier, which looks between any two instructions (DDI 0406C, B1.8), says what is right; that it was taken at all is said here.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAssembler } from '../isa/assembler.ts';
import { allRows } from '../isa/rows/index.ts';
import { createFlatMachine, type FlatMachine, TIERS } from './flat-machine.testing.ts';
import { MODE_FIQ, MODE_IRQ, MODE_SVC, STATE } from './layout.ts';

const CODE = 0x8000;
const DATA = 0x20000;
const STACK = 0x30000;
const T = 1 << 5;
const HANDLED = 100;

/** Loops with calls two deep, a table of pointers, conditional returns, IT blocks or conditional instructions, multiples, and an exclusive. */
const PROGRAM = `
loop:
  bl outer
  adds r4, r4, r0
  ldr r1, [r7, #4]
  add r1, r1, #1
  str r1, [r7, #4]
  subs r5, r5, #1
  bne loop
  movs r5, #6
  bl exclusive
  b loop
outer:
  push {r4, lr}
  movs r4, #3
1:
  bl inner
  subs r4, r4, #1
  bne 1b
  pop {r4, pc}
inner:
  ldm r7, {r1, r2}
  cmp r1, r2
  ITE_GT
  addgt r0, r0, #5
  suble r0, r0, #1
  IT_MI
  bxmi lr
  stm r7, {r0, r1}
  bx lr
exclusive:
  ldrex r2, [r7]
  adds r2, r2, #1
  strex r3, r2, [r7]
  cmp r3, #0
  bne exclusive
  bx lr
`;

function assemble(text: string): Uint8Array {
  const result = createAssembler(allRows).assemble(text, { origin: CODE });
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.errors));
  return result.sections[0]!.bytes;
}

const A32 = assemble(`.syntax unified\n.arm\n${PROGRAM.replace('ITE_GT', '').replace('IT_MI', '')}`);
const T32 = assemble(`.syntax unified\n.thumb\n${PROGRAM.replace('ITE_GT', 'ite gt').replace('IT_MI', 'it mi')}`);
/** Of IRQ and FIQ: counts in R10, which FIQ has of its own, and returns. */
const HANDLER = [0xe28aa001, 0xe25ef004]; // add r10, r10, #1; subs pc, lr, #4

function start(machine: FlatMachine, thumb: boolean): void {
  const { core, memory } = machine;
  core.setIrqLine(false);
  core.setFiqLine(false);
  core.cpsr = MODE_SVC | (thumb ? T : 0);
  const s = memory.i32;
  for (let r = 0; r < 15; r++) s[STATE.r + r] = r;
  s[STATE.r + 5] = 4;
  s[STATE.r + 7] = DATA;
  s[STATE.r + 13] = STACK;
  s[STATE.r + 15] = CODE;
  s.fill(0, STATE.banked, STATE.banked + 21);
  s.fill(0, STATE.r8fiq, STATE.r8fiq + 5);
  s[STATE.exclusive] = 0;
  machine.load(DATA, [3, 0x7ffffff0, 0, 0]);
}

function view(machine: FlatMachine): readonly number[] {
  const { memory, core } = machine;
  const s = memory.i32;
  const data = (machine.ram + DATA) >> 2;
  const stack = (machine.ram + STACK) >> 2;
  return [
    ...s.subarray(STATE.r, STATE.r + 16), ...s.subarray(STATE.banked, STATE.banked + 21), ...s.subarray(STATE.r8fiq, STATE.r8fiq + 5), core.cpsr,
    ...s.subarray(data, data + 4), ...s.subarray(stack - 8, stack),
  ];
}

const COUNTS = 260;
const BEHIND = 37;

for (const [name, code, thumb] of [['A32', A32, false], ['T32', T32, true]] as const) {
  for (const line of ['IRQ', 'FIQ'] as const) {
    test(`${line} at each of ${COUNTS} counts of ${name} loops with calls`, () => {
      const machines = TIERS.map((tier) => ({ tier, machine: createFlatMachine() }));
      for (const { machine } of machines) {
        machine.load(CODE, code);
        machine.load(0x18, HANDLER);
        machine.load(0x1c, [0xea000000 | (HANDLED - 0x1c - 8) >> 2]); // b HANDLED
        machine.load(HANDLED, HANDLER);
      }
      for (let count = 0; count < COUNTS; count++) {
        const seen = machines.map(({ tier, machine }) => {
          const { core } = machine;
          const set = (level: boolean): void => { line === 'IRQ' ? core.setIrqLine(level) : core.setFiqLine(level); };
          start(machine, thumb);
          assert.equal(machine.run(tier, count), count);
          const before = view(machine);
          set(true);
          machine.run(tier, 1);
          const taken = view(machine);
          set(false);
          machine.run(tier, BEHIND);
          return { tier, before, taken, behind: view(machine), mode: taken[16 + 21 + 5]! & 31 };
        });
        const [evaluate, ...others] = seen;
        // It was taken: the first instruction of the handler was the next.
        for (const { tier, taken } of seen) assert.equal(taken[16 + 21 + 5]! & 31, line === 'IRQ' ? MODE_IRQ : MODE_FIQ, `${tier}, count ${count}`);
        for (const other of others) {
          assert.deepEqual(other.before, evaluate!.before, `${other.tier}: before, count ${count}`);
          assert.deepEqual(other.taken, evaluate!.taken, `${other.tier}: taken, count ${count}`);
          assert.deepEqual(other.behind, evaluate!.behind, `${other.tier}: ${BEHIND} instructions later, count ${count}`);
        }
      }
      for (const { tier, machine } of machines) if (tier === 'region') assert.ok(machine.regions().executed > COUNTS, 'nothing ran in regions');
    });
  }
}
