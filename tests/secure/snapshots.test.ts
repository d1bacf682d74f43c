/**
 * Snapshots and determinism with the secure world running: a guest that calls and fills its banks, a component that ticks, one with memory of its own, and two that spin and are preempted,
 * one of them in VFP. A snapshot taken at a random count and resumed in the other tier leads to the very state that a run without any has at the next one, where another is taken: CPU, devices,
 * kernel, counts of calls, console and log, and memory at every sixteenth. 100 snapshots; WORLDSWITCH_FULL=1: 1,000.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { saveCpu } from '../../src/cpu/index.ts';
import { createSpin, createTimer, createVfpSpin } from '../../src/secure/components/index.ts';
import type { Component, SystemSnapshot } from '../../src/secure/index.ts';
import { smc } from '../../src/secure/vmm/index.ts';
import type { Tier } from '../../src/soc/index.ts';
import { createWorld, FULL, miniBoot, runTo, type World } from './harness.ts';

/** From each of the two tiers. */
const SNAPSHOTS = FULL ? 500 : 50;
/** Instructions from one to the next, on average. */
const GAP = FULL ? 6000 : 60_000;
const FREQUENCY = 20_000_000;
const SEED = 0x5eed0005;

/** Keeps a running sum in memory of its own, and the number of its signals in its state. */
const keeper: Component<{ signals: number }> = {
  name: 'keeper', initial: () => ({ signals: 0 }),
  on: {
    start: (_state, { ram, timer }) => {
      ram!.alloc(64);
      timer!.triggerOnceUs(700);
    },
    signal: (state, { ram, timer, log }) => {
      const [space] = ram!.dataspaces;
      space!.write32(0, space!.read32(0) + ++state.signals);
      if (state.signals % 16 === 0) log.write(`sum ${space!.read32(0)}`);
      timer!.triggerOnceUs(700);
    },
  },
};

const calls = [
  smc({ number: 6, name: 'count', args: { by: 'u32' }, result: 'u32', state: { count: 0 } }, ({ args, state }) => (state.count += args.by)),
  smc({ number: 7, name: 'kernel-count', level: 'kernel', args: { by: 'u32' }, result: 'u32', state: { count: 0 } }, ({ args, state }) => (state.count += args.by)),
];

const world = (tier: Tier): World => createWorld({
  boot: miniBoot('storm 300 5; banks 3 4000; smc 6 5; smc 7 9; storm 4000 9; banks 20 2000; storm 100000 3'), tier, own: calls, frequencyHz: FREQUENCY, dramBankBytes: 0x10200000,
  components: [
    { component: createTimer({ name: 'ticking', periodUs: 333 }), priority: 8, sessions: { timer: true } },
    { component: keeper, priority: 5, sessions: { timer: true, ram: 4096 } },
    { component: createSpin('spin'), priority: 0 }, { component: createVfpSpin('spin-vfp'), priority: 0 },
  ],
});

/** Between two looks at all of memory. */
const EVERYTHING = 16;

/** All but memory. */
const light = ({ machine: { cpu, chip }, kernel, smcs }: SystemSnapshot): string => JSON.stringify([cpu, chip, kernel, smcs]);
const lightOf = ({ system, machine, table }: World): string => JSON.stringify([saveCpu(machine.core), machine.chip.save(), system.kernel.state, table.save()]);

/** All of a snapshot. */
function digest({ machine: { memories, ...machine }, kernel, smcs }: SystemSnapshot): string {
  const hash = createHash('sha1');
  hash.update(JSON.stringify([machine, kernel, smcs]));
  for (const { pages } of memories) for (const { address, bytes } of pages) hash.update(String(address)).update(bytes);
  return hash.digest('hex');
}

/** What differs, for the message. */
function difference(a: SystemSnapshot, b: SystemSnapshot): string {
  const found: string[] = [];
  const walk = (path: string, x: unknown, y: unknown): void => {
    if (found.length > 10 || Object.is(x, y)) return;
    if (typeof x !== 'object' || typeof y !== 'object' || x === null || y === null) found.push(`${path}: ${String(x)} / ${String(y)}`);
    else for (const key of new Set([...Object.keys(x), ...Object.keys(y)])) walk(`${path}.${key}`, (x as Record<string, unknown>)[key], (y as Record<string, unknown>)[key]);
  };
  const light = (s: SystemSnapshot) => ({ kernel: s.kernel, smcs: s.smcs, machine: { ...s.machine, memories: undefined }, pages: Object.fromEntries(s.machine.memories.flatMap(({ pages }) => pages.map(({ address, bytes }) => [address.toString(16), Buffer.from(bytes).toString('hex')]))) });
  walk('', light(a), light(b));
  return found.map((line) => line.slice(0, 200)).join('\n');
}

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

for (const [from, to] of [['threaded', 'evaluate'], ['evaluate', 'auto']] as const) {
  test(`resumed in the ${to} tier, a snapshot of the ${from} tier gives the same run (${SNAPSHOTS}, seed 0x${SEED.toString(16)})`, () => {
    const next = random(SEED);
    const first = world(from);
    const second = world(to);
    // It has a past of its own, of which nothing may be left.
    runTo(second, 1_000_000);
    let snapshot = first.system.save();
    const modes = new Set<string>();
    for (let i = 0; i < SNAPSHOTS; i++) {
      second.system.load(structuredClone(snapshot));
      if (i % EVERYTHING === 0) assert.equal(digest(second.system.save()), digest(snapshot), 'what was loaded is what was saved');
      const target = first.machine.core.count + 1 + next() % (2 * GAP);
      const said = [first, second].map((each) => ({ lines: each.log.length, output: each.output().length }));
      runTo(first, target);
      runTo(second, target);
      const resumed = second.system.save();
      // All but memory at each count; memory, which is slow to compare, now and then, and at the end, as every snapshot is made from the one before.
      assert.equal(light(resumed), lightOf(first), `from ${snapshot.machine.cpu.count} to ${target}`);
      if (i % EVERYTHING === 0 || i === SNAPSHOTS - 1) {
        const reached = first.system.save();
        if (digest(resumed) !== digest(reached)) assert.fail(`from ${snapshot.machine.cpu.count} to ${target}:\n${difference(reached, resumed)}`);
      }
      const { kernel } = resumed;
      assert.deepEqual(second.log.slice(said[1]!.lines), first.log.slice(said[0]!.lines));
      assert.equal(second.output().slice(said[1]!.output), first.output().slice(said[0]!.output));
      modes.add(`${kernel.contexts[kernel.current]?.name ?? 'idle'}`);
      snapshot = resumed;
      if (FULL && i % 100 === 99) console.log(`${i + 1} of ${SNAPSHOTS}`);
    }
    assert.equal(first.system.halted, undefined, first.log.join('\n'));
    for (const name of ['normal', 'spin', 'spin-vfp']) assert.ok(modes.has(name), `snapshots were taken while ${name} ran: ${[...modes].join(', ')}`);
    // The same run in one piece.
    const whole = world(to);
    runTo(whole, first.machine.core.count);
    const end = whole.system.save();
    if (digest(end) !== digest(snapshot)) assert.fail(`in one piece:\n${difference(snapshot, end)}`);
    assert.equal(whole.output(), first.output());
    assert.deepEqual(whole.log, first.log);
    assert.match(whole.output(), /banks: ok/);
    assert.match(whole.log.join('\n'), /keeper sum 136/);
    assert.equal(whole.system.kernel.state.contexts.filter(({ stopped }) => stopped !== null).length, 0, whole.log.join('\n'));
  });
}
