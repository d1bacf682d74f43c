/** A region that is a loop leaves V8's first code for it only when it is entered again (machine.ts: MIN_SLICE). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allRows, createAssembler } from '../isa/index.ts';
import { STATE } from '../cpu/index.ts';
import { Machine } from './machine.ts';

const RAM = 0x70000000;
const INSTRUCTIONS = 200_000_000;

test('a loop without an end is entered again often after it became a region, and seldom later', () => {
  const result = createAssembler(allRows).assemble('loop: add r0, r0, #1\nb loop', { origin: RAM });
  assert.ok(result.ok);
  const machine = new Machine({ tier: 'auto' });
  assert.ok(machine.loadBytes(RAM, result.sections[0]!.bytes));
  machine.memory.i32[STATE.r + 15] = RAM;
  const entered = (): number => machine.exits.budget;
  assert.equal(machine.run(INSTRUCTIONS / 20), 'budget');
  assert.ok(machine.stats.inRegions > 0);
  assert.ok(entered() >= 8, `${entered()} times in the first twentieth`);
  assert.equal(machine.run(INSTRUCTIONS - INSTRUCTIONS / 20), 'budget');
  assert.ok(entered() <= 40, `${entered()} times in all`);
  assert.equal(machine.memory.i32[STATE.r], INSTRUCTIONS / 2);
});
