/** The containment table from inside Linux: docs/containment.md's column of it is what one boot gives, with every row's control. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { debian } from '../boot/worldswitch.ts';
import { CONTAINMENT_DOC, linuxColumn, linuxResults } from '../secure/containment-doc.ts';
import { runContainment } from '../secure/containment.ts';

const { skip } = await debian();

test('from Linux every access is refused, reported, and without effect; and succeeds with its rule switched off', { skip }, async () => {
  const results = runContainment('threaded');
  const column = await linuxResults(results);
  const written = linuxColumn(readFileSync(CONTAINMENT_DOC, 'utf8'));
  for (const [key, result] of column) assert.equal(written.get(key), result, `${key}: npm run docs:containment -- --linux`);
  // Nearly all rows: what Linux leaves out, it leaves out for a reason that the page gives.
  assert.ok([...column.values()].filter((result) => !result.startsWith('- ')).length > 120, `${column.size}`);
});
