import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { INSTRUCTIONS_FILE, instructionsPage } from './instructions.ts';

test('docs/instructions.md is what the rows say (else: npm run docs:instructions)', () => {
  // A comparison of lines: a difference of whole pages would bury what differs.
  const written = readFileSync(INSTRUCTIONS_FILE, 'utf8').split('\n');
  const now = instructionsPage().split('\n');
  assert.deepEqual(written.filter((line) => !now.includes(line)).slice(0, 5), [], 'lines that no row gives any more');
  assert.deepEqual(now.filter((line) => !written.includes(line)).slice(0, 5), [], 'rows that are not in the page');
  assert.equal(written.length, now.length);
});
