/**
 * What random programs (tests/fuzz) and the privileged suite (tests/conformance) found, as named cases on every tier. Expected values follow from
 * DDI 0406C; where it says UNPREDICTABLE, they state what all tiers do.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFlatMachine, type FlatMachine, type TierName } from './flat-machine.testing.ts';
import { MODE_ABT, MODE_MON, MODE_SVC, STATE } from './layout.ts';
import { FAULT_ALIGNMENT, FAULT_EXTERNAL } from './mmu/faults.ts';

const CODE = 0x1000;
const T = 1 << 5;
const E = 1 << 9;
const Z = 1 << 30;
const IT_BITS = 0x0600fc00;

function prepared(words: readonly number[], cpsr: number): FlatMachine {
  const machine = createFlatMachine();
  machine.load(CODE, words);
  machine.core.cpsr = cpsr;
  machine.memory.i32[STATE.r + 15] = CODE;
  return machine;
}

function each(name: string, check: (tier: TierName) => void): void {
  for (const tier of ['evaluate', 'threaded', 'region'] as const) test(`${name} (${tier})`, () => { check(tier); });
}

// B1.9.12: in non-secure state with SCR.FW = 0 an FIQ does not set CPSR.F, so one that stays raised is taken again behind each instruction.
each('an interrupt that its own entry does not mask is taken after each instruction of its handler', (tier) => {
  const machine = prepared([], MODE_MON);
  const { core, memory } = machine;
  machine.load(0x1c, [0xe2800001, 0xe2800c01, 0xe2800c01]); // add r0, r0, #1; then what must not execute
  memory.i32[STATE.SCR] = 1;
  core.cpsr = MODE_SVC;
  core.setFiqLine(true);
  assert.equal(machine.run(tier, 10), 10);
  assert.equal(machine.register(0), 10);
  assert.equal(memory.i32[STATE.r + 15], 0x20);
});

each('a taken CBNZ in the middle of a block counts only what was executed, when linked too', (tier) => {
  // movs r0, #1; loop: cbnz r0, over; nop; nop; over: adds r2, #1; b loop
  const machine = prepared([0xb9082001, 0xbf00bf00, 0xe7fa3201], MODE_SVC | T);
  assert.equal(machine.run(tier, 1 + 3 * 100), 301);
  assert.equal(machine.register(2), 100);
  assert.equal(machine.register(15), CODE + 2);
});

each('a branch that is not the last of its IT block ends the block (UNPREDICTABLE)', (tier) => {
  // itt eq; beq over; addeq r0, #1; nop; over: adds r1, #1; b .
  const machine = prepared([0xe001bf04, 0xbf003001, 0xe7fe3101], MODE_SVC | T | Z);
  machine.run(tier, 3);
  assert.equal(machine.core.cpsr & IT_BITS, 0);
  assert.equal(machine.register(0), 0);
  assert.equal(machine.register(1), 1);
});

for (const endian of [0, E]) {
  each(`a branch to the next instruction within an IT block ends the block, too (E = ${endian === 0 ? 0 : 1})`, (tier) => {
    // ite eq; beq .+2 (the next instruction); addne r0, #1: executed, as the block has ended; b .
    const machine = prepared([0xe7ffbf0c, 0xe7fe3001], MODE_SVC | T | Z | endian);
    machine.run(tier, 20);
    assert.equal(machine.register(0), 1);
    assert.equal(machine.core.cpsr & IT_BITS, 0);
  });
}

each('IT within an IT block starts another one, whatever the condition (UNPREDICTABLE)', (tier) => {
  // itt ne; it eq; addeq r0, #1; add r1, #1; b .   (Z is set: NE fails)
  const machine = prepared([0xbf08bf1c, 0x31013001, 0xe7fee7fe], MODE_SVC | T | Z);
  machine.run(tier, 20);
  assert.equal(machine.register(0), 1);
  assert.equal(machine.register(1), 1);
});

// A8.8.229: SWP reads before it writes, so what stops the read is reported as a read (DFSR.WnR = 0).
each('an unaligned SWP reports a read', (tier) => {
  const machine = prepared([0xe1002093], MODE_SVC); // swp r2, r3, [r0]
  machine.memory.i32[STATE.r] = 0x2001;
  machine.run(tier, 1);
  assert.equal(machine.memory.i32[STATE.DFSR], FAULT_ALIGNMENT);
  assert.equal(machine.memory.i32[STATE.DFAR], 0x2001);
});

// B1.9.7, A2.5.2: the second half of an instruction is fetched before its condition is looked at.
each('an instruction whose condition fails still aborts where its second half cannot be fetched', (tier) => {
  const machine = createFlatMachine(0x2000); // RAM ends behind the first half
  const { core, memory } = machine;
  machine.load(0x1ff8, [0xbf00bf00, 0xf3bfbf18]); // nop; nop; it ne; the first half of a barrier
  core.cpsr = MODE_SVC | T | Z;
  memory.i32[STATE.r + 15] = 0x1ff8;
  machine.run(tier, 4);
  assert.equal(memory.i32[STATE.mode], MODE_ABT);
  assert.equal(memory.i32[STATE.IFSR], FAULT_EXTERNAL);
  assert.equal(memory.i32[STATE.IFAR], 0x2000);
  assert.equal(machine.register(14), 0x1ffe + 4);
});

each('flags set right before an undefined instruction are in its SPSR', (tier) => {
  // subs r5, r2, #4; an MRC of coprocessor 3; nops
  const machine = prepared([0xee171f15, 0xbf00f3de, 0xbf00bf00, 0xe7febf00], 0xe00001c0 | MODE_SVC | T);
  machine.load(4, [0xeafffffe]); // b .
  machine.memory.i32[STATE.r + 2] = 0x30;
  machine.run(tier, 12);
  assert.equal(machine.core.spsr, 0x200001f3);
});
