/** Turns of contexts of one priority: a call of the VM costs no turn, and nobody gets more than his share. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSpin, createTimer } from '../../src/secure/components/index.ts';
import { PHYSICAL, THREAD, VIRTUAL, type ComponentRow } from '../../src/secure/index.ts';
import { assemble, createWorld, miniBoot, programBoot, runTo, wordAt, type World } from './harness.ts';

/** Instructions a second: a quantum of 10 ms is 200,000. */
const FREQUENCY = 20_000_000;
const QUANTUM = FREQUENCY / 100;

const spin = (name: string, priority = 0): ComponentRow => ({ component: createSpin(name), priority });
/** r4 of a thread as it was when it last stopped running. */
const rounds = ({ system, machine }: World, name: string): number => {
  const { frame } = system.kernel.state.contexts.find((candidate) => candidate.name === name)!;
  return wordAt(machine, frame - VIRTUAL.heap + PHYSICAL.heap + THREAD.r4);
};
/** Instructions of one round of `spin`'s loop. */
const ROUND = 4;

const WORK_AT = 0x80020000;
/** Counts; with `calls` makes an SMC each 1000 rounds or so. */
const worker = (calls: boolean) => programBoot(assemble(`
        .syntax unified
        .arm
        ldr     r9, =${WORK_AT}
        mov     r8, #0
1:      mov     r7, #1000
2:      add     r8, r8, #1
        subs    r7, r7, #1
        nop
        bne     2b
        str     r8, [r9]
${calls ? '        ldr     r0, =0x84000000\n        smc     #0' : ''}
        b       1b
        .ltorg
`).bytes);
const worked = ({ machine }: World): number => wordAt(machine, WORK_AT);

test('a call beside a spinner does not cost a turn', () => {
  const world = createWorld({ boot: miniBoot('worlds 100'), components: [spin('spin')], frequencyHz: FREQUENCY });
  runTo(world, 100 * QUANTUM);
  assert.match(world.output(), /100 round trips/);
  assert.ok(world.machine.core.count < 20 * QUANTUM, `100 calls took ${world.machine.core.count / QUANTUM} quanta`);
});

for (const calls of [false, true]) {
  test(`a VM that ${calls ? 'calls all the time' : 'never calls'} and a spinner have equal shares`, () => {
    const world = createWorld({ boot: worker(calls), components: [spin('spin')], frequencyHz: FREQUENCY });
    runTo(world, 40 * QUANTUM);
    const shares = [worked(world), rounds(world, 'spin')].map((count) => count * ROUND / QUANTUM);
    for (const share of shares) assert.ok(share > 12 && share < 24, `quanta of the VM and of the spinner: ${shares.map((value) => value.toFixed(1)).join(', ')}`);
  });
}

test('three of one priority take turns although something more urgent keeps coming between', () => {
  const ticking: ComponentRow = { component: createTimer({ name: 'ticking', periodUs: 1500 }), priority: 8, sessions: { timer: true } };
  const world = createWorld({ boot: worker(true), components: [ticking, spin('one'), spin('two')], frequencyHz: FREQUENCY });
  runTo(world, 60 * QUANTUM);
  const shares = [worked(world), rounds(world, 'one'), rounds(world, 'two')].map((count) => count * ROUND / QUANTUM);
  for (const share of shares) assert.ok(share > 12 && share < 25, `quanta: ${shares.map((value) => value.toFixed(1)).join(', ')}`);
});

test('a spinner of higher priority keeps the others out, and a lower one waits', () => {
  const world = createWorld({ boot: worker(true), components: [spin('high', 1), spin('low', 0)], frequencyHz: FREQUENCY });
  runTo(world, 10 * QUANTUM);
  assert.deepEqual([worked(world), rounds(world, 'low')], [0, 0]);
  const { contexts, current } = world.system.kernel.state;
  assert.equal(contexts[current]?.name, 'high');
});
