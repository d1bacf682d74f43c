/** Snapshots: resumed in another tier they give the same run; broken ones are refused; machines in one process are apart. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STATE } from '../cpu/index.ts';
import { Machine, type Tier } from './machine.ts';
import type { Snapshot } from './snapshot.ts';
import { casesOf, createWorkload, runWorkload, stateHash, WORKLOAD_CASES } from './workload.testing.ts';

const END = 40_000;
/** Snapshots of each case. */
const PER_CASE = 3;

interface Taken { readonly count: number; readonly snapshot: Snapshot; readonly cases: readonly string[] }

/** Snapshots of a run at counts that differ by primes, kept where a case is rare so far. */
function snapshotsOf(tier: Tier): Taken[] {
  const machine = createWorkload({ tier });
  const taken: Taken[] = [];
  const had = new Map<string, number>();
  for (let count = 401; count < END; count += 61) {
    runWorkload(machine, count);
    const snapshot = machine.save();
    const cases = casesOf(snapshot);
    if (!cases.some((name) => (had.get(name) ?? 0) < PER_CASE)) continue;
    for (const name of cases) had.set(name, (had.get(name) ?? 0) + 1);
    taken.push({ count, snapshot, cases });
  }
  assert.deepEqual([...had.keys()].sort(), [...WORKLOAD_CASES].sort(), 'the run reaches every case');
  return taken;
}

function finalHash(tier: Tier): number {
  const machine = createWorkload({ tier });
  runWorkload(machine, END);
  return stateHash(machine.save());
}

test('every tier ends in the same state', () => {
  const expected = finalHash('evaluate');
  for (const tier of ['threaded', 'region', 'auto'] as const) assert.equal(finalHash(tier), expected, tier);
});

for (const [from, to] of [['evaluate', 'threaded'], ['threaded', 'region'], ['region', 'evaluate']] as const) {
  test(`a snapshot of the ${from} tier, resumed in the ${to} tier, gives the same run`, () => {
    const expected = finalHash('evaluate');
    const taken = snapshotsOf(from);
    const machine = createWorkload({ tier: to });
    for (const { count, snapshot, cases } of taken) {
      machine.load(structuredClone(snapshot));
      assert.equal(stateHash(machine.save()), stateHash(snapshot), `loaded at ${count}`);
      runWorkload(machine, END);
      assert.equal(stateHash(machine.save()), expected, `resumed at ${count} (${cases.join(', ')})`);
    }
  });
}

test('two machines interleaved in one process do not affect each other', () => {
  const expected = finalHash('evaluate');
  const one = createWorkload({ tier: 'threaded' });
  const two = createWorkload({ tier: 'threaded' });
  const three = createWorkload({ tier: 'evaluate' });
  for (let count = 0; count < END; count += 997) {
    for (const machine of [one, two, three]) runWorkload(machine, Math.min(END, count + (machine === two ? 500 : 997)));
  }
  runWorkload(two, END);
  for (const machine of [one, two, three]) assert.equal(stateHash(machine.save()), expected);
});

test('a snapshot that does not fit is refused, and the machine stays as it was', () => {
  const machine = createWorkload({ tier: 'threaded' });
  runWorkload(machine, 3000);
  const good = machine.save();
  const hash = stateHash(good);
  const refused = (broken: unknown, message: RegExp): void => {
    assert.throws(() => { machine.load(broken as Snapshot); }, message);
    assert.equal(stateHash(machine.save()), hash);
  };
  refused({}, /no snapshot/);
  refused({ ...good, version: 2 }, /version 2; this program knows versions up to 1/);
  refused({ ...good, cpu: undefined }, /lacks its part cpu/);
  refused({ ...good, cpu: { ...good.cpu, version: 9 } }, /CPU state has version 9/);
  refused({ ...good, cpu: { ...good.cpu, fpscr: undefined } }, /lacks fpscr/);
  refused({ ...good, cpu: { ...good.cpu, cpsr: 0 } }, /has no mode/);
  refused({ ...good, cpu: { ...good.cpu, banks: { ...good.cpu.banks, mon: [1, 2] } } }, /lacks 3 value\(s\) of banks\.mon/);
  refused({ ...good, events: undefined }, /lacks its part events/);
  refused({ ...good, events: { now: 0, deadlines: { nobody: 7 } } }, /unknown event nobody/);
  refused({ ...good, memories: good.memories.slice(1) }, /lacks the memory of 0x100000 bytes at 0x70000000/);
  refused({ ...good, frequencyHz: 1 }, /1 instructions a second/);
  const { TZIC: _, ...others } = good.chip.devices;
  refused({ ...good, chip: { ...good.chip, devices: others } }, /lacks device TZIC/);
  machine.load(good);
  assert.equal(stateHash(machine.save()), hash);
});

test('a snapshot is a copy: running on does not change it', () => {
  const machine = createWorkload({ tier: 'threaded' });
  runWorkload(machine, 3000);
  const snapshot = machine.save();
  const hash = stateHash(snapshot);
  runWorkload(machine, 6000);
  assert.equal(stateHash(snapshot), hash);
});

test('after a run that ended idle, virtual time stands at the count', () => {
  const machine = new Machine({ tier: 'threaded', dramBankBytes: 1 << 16 });
  machine.loadBytes(0x70000000, new Uint8Array(Uint32Array.of(0xe320f000, 0xe320f000, 0xe320f003).buffer)); // nop; nop; wfi
  machine.memory.u32[STATE.r + 15] = 0x70000000;
  assert.equal(machine.run(1000), 'idle');
  assert.equal(machine.core.count, 3);
  assert.equal(machine.events.now, 3);
});
