import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownBuffers } from './transfer.ts';

test('whole buffers move, wherever they stand, each once; parts of a shared one do not', () => {
  const kernel = new Uint8Array(16);
  const pool = new Uint8Array(16);
  const plan = { loads: [{ address: 0, bytes: kernel }, { address: 16, bytes: pool.subarray(4) }], secure: { boot: { kernel, append: 'text' } }, limit: undefined };
  assert.deepEqual([...ownBuffers(plan)], [kernel.buffer]);
});

test('what was moved arrives', () => {
  const plan = { kernel: Uint8Array.of(1, 2, 3), paced: true };
  const moved = structuredClone(plan, { transfer: [...ownBuffers(plan)] });
  assert.deepEqual(moved, { kernel: Uint8Array.of(1, 2, 3), paced: true });
  assert.equal(plan.kernel.length, 0);
});
