/**
 * Snapshots of the workload at 1,000 random counts, each resumed in the other tier to the same end. The seed is printed; SEED and COUNTS override.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { casesOf, createWorkload, runWorkload, stateHash, WORKLOAD_CASES } from '../../src/soc/workload.testing.ts';

const END = 50_000;
const COUNTS = Number(process.env['COUNTS'] ?? 1000);
const SEED = Number(process.env['SEED'] ?? 20_240_611);

test(`${COUNTS} snapshots resumed in the other tier, seed ${SEED}`, () => {
  let state = SEED >>> 0;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
  const reference = createWorkload({ tier: 'evaluate' });
  runWorkload(reference, END);
  const expected = stateHash(reference.save());
  const counts = Array.from({ length: COUNTS }, () => random(END)).sort((a, b) => a - b);
  const writers = { evaluate: createWorkload({ tier: 'evaluate' }), threaded: createWorkload({ tier: 'threaded' }) };
  const readers = { evaluate: createWorkload({ tier: 'evaluate' }), threaded: createWorkload({ tier: 'threaded' }) };
  const seen: Record<string, number> = Object.fromEntries(WORKLOAD_CASES.map((name) => [name, 0]));
  counts.forEach((count, i) => {
    const [from, to] = i % 2 === 0 ? (['evaluate', 'threaded'] as const) : (['threaded', 'evaluate'] as const);
    runWorkload(writers[from], count);
    const snapshot = structuredClone(writers[from].save());
    for (const name of casesOf(snapshot)) seen[name]!++;
    readers[to].load(snapshot);
    runWorkload(readers[to], END);
    assert.equal(stateHash(readers[to].save()), expected, `count ${count}, ${from} to ${to}`);
  });
  console.log(seen);
  for (const [name, times] of Object.entries(seen)) assert.ok(times > 0, `no snapshot ${name}`);
});
