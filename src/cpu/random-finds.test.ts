/**
 * What random instructions against the peer (tests/peers) found, as named cases on both tiers. Expected values are the manual's (DDI 0406C).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFlatMachine, TIERS } from './flat-machine.testing.ts';
import { MODE_ABT, MODE_MON, MODE_SVC, MODE_USR, STATE } from './layout.ts';
import { FAULT_DEBUG } from './mmu/faults.ts';

const CODE = 0x1000;
const THUMB = 1 << 5;
const Z = 1 << 30;

for (const tier of TIERS) {
  // A8.8.24: BKPT is unconditional, and so executes where the condition of its IT block fails.
  test(`BKPT in an IT block whose condition fails is executed (${tier})`, () => {
    const machine = createFlatMachine();
    const { core, memory } = machine;
    machine.load(CODE, [0xbe00bf08]); // it eq; bkpt #0
    core.cpsr = MODE_SVC | THUMB; // Z is clear
    memory.i32[STATE.r + 15] = CODE;
    machine.run(tier, 2);
    assert.equal(memory.i32[STATE.mode], MODE_ABT);
    assert.equal(memory.i32[STATE.IFSR]! & 0x40f, FAULT_DEBUG);
    assert.equal(machine.register(14), CODE + 2 + 4);
  });

  test(`another instruction in an IT block whose condition fails is not (${tier})`, () => {
    const machine = createFlatMachine();
    const { core, memory } = machine;
    machine.load(CODE, [0x2001bf14, 0xbe002002]); // ite ne; movne r0, #1; moveq r0, #2; bkpt #0
    core.cpsr = MODE_SVC | THUMB | Z;
    memory.i32[STATE.r + 15] = CODE;
    machine.run(tier, 4);
    assert.equal(machine.register(0), 2);
    assert.equal(memory.i32[STATE.mode], MODE_ABT);
    assert.equal(machine.register(14), CODE + 6 + 4);
  });

  // A2.5.2: ITSTATE advances with every instruction of the block, one that changes the world's control register too.
  test(`a write of SCR in an IT block leaves the rest of the block conditional (${tier})`, () => {
    const machine = createFlatMachine();
    const { core, memory } = machine;
    machine.load(CODE, [0xee01bf3a, 0x2001cf11, 0x00002101]); // itte cc; mcrcc p15, 0, r12, c1, c1, 0; movcc r0, #1; movcs r1, #1
    core.cpsr = MODE_MON | THUMB; // C is clear
    memory.i32[STATE.r + 12] = 1;
    memory.i32[STATE.r + 15] = CODE;
    machine.run(tier, 4);
    assert.equal(memory.i32[STATE.SCR]! & 1, 1);
    assert.deepEqual([machine.register(0), machine.register(1)], [1, 0]);
  });
}

// A guest chooses the numbers of CP15 registers: handlers made for each would fill the host's memory.
for (const [name, mode] of [['User', MODE_USR], ['Supervisor', MODE_SVC]] as const) {
  test(`MRC of many registers in ${name} mode makes no handler for each`, () => {
    const machine = createFlatMachine();
    const { core, memory, threaded } = machine;
    const run = (word: number): void => {
      machine.load(CODE, [word]);
      threaded.clear();
      core.cpsr = mode;
      memory.i32[STATE.r + 15] = CODE;
      machine.run('threaded', 64);
    };
    const word = (n: number, m: number, k: number): number => 0xee100f10 | n << 16 | k << 5 | m; // mrc p15, 0, r0, cn, cm, k
    run(word(13, 0, 3));
    const before = threaded.handlerCount;
    for (let m = 0; m < 16; m++) for (let k = 0; k < 8; k++) run(word(8, m, k));
    assert.ok(threaded.handlerCount <= before + 1, `${threaded.handlerCount - before} handlers more`);
  });
}
