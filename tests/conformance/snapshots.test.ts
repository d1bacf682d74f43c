/**
 * Snapshots of the workload at 1,000 random counts, each resumed in another tier to the same end. The seed is printed; SEED and COUNTS override.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { casesOf, createWorkload, runWorkload, stateHash, WORKLOAD_CASES } from '../../src/soc/workload.testing.ts';

const END = 50_000;
const TIERS = ['evaluate', 'threaded', 'region'] as const;
/** From which tier to which, in turn. The region tier compiles anew after each load, which takes its time. */
const TURNS = [[0, 1], [1, 0], [0, 1], [1, 0], [1, 2], [1, 0], [0, 1], [2, 1], [1, 0], [0, 1], [1, 0], [0, 1]] as const;
const COUNTS = Number(process.env['COUNTS'] ?? 1000);
const SEED = Number(process.env['SEED'] ?? 20_240_611);

test(`${COUNTS} snapshots resumed in another tier, seed ${SEED}`, () => {
  let state = SEED >>> 0;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
  const reference = createWorkload({ tier: 'evaluate' });
  runWorkload(reference, END);
  const expected = stateHash(reference.save());
  const counts = Array.from({ length: COUNTS }, () => random(END)).sort((a, b) => a - b);
  const machines = () => TIERS.map((tier) => createWorkload({ tier }));
  const writers = machines();
  const readers = machines();
  const seen: Record<string, number> = Object.fromEntries(WORKLOAD_CASES.map((name) => [name, 0]));
  counts.forEach((count, i) => {
    const [from, to] = TURNS[i % TURNS.length]!;
    runWorkload(writers[from]!, count);
    const snapshot = structuredClone(writers[from]!.save());
    for (const name of casesOf(snapshot)) seen[name]!++;
    readers[to]!.load(snapshot);
    runWorkload(readers[to]!, END);
    assert.equal(stateHash(readers[to]!.save()), expected, `count ${count}, ${TIERS[from]} to ${TIERS[to]}`);
  });
  console.log(seen);
  if (COUNTS >= 1000) for (const [name, times] of Object.entries(seen)) assert.ok(times > 0, `no snapshot ${name}`);
});
