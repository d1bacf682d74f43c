import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { createSmcTable } from './calls.ts';
import { listSmcs, smcMarkdown } from './listing.ts';
import { smc } from './smc.ts';

const DOCUMENT = new URL('../../../docs/smc.md', import.meta.url);

test('the table in docs/smc.md is the system\'s (UPDATE_DOCS=1 writes it)', () => {
  const text = readFileSync(DOCUMENT, 'utf8');
  const table = smcMarkdown(createSmcTable()).join('\n');
  if (process.env.UPDATE_DOCS === '1') writeFileSync(DOCUMENT, text.replace(/(<!-- table -->\n)[^]*?(\n<!-- end -->)/, (_, begin: string, end: string) => `${begin}${table}${end}`));
  assert.ok(readFileSync(DOCUMENT, 'utf8').includes(`<!-- table -->\n${table}\n<!-- end -->`));
});

test('a listing has a line for each call, with its last one, and one for all others', () => {
  const own = smc({ number: 4, name: 'lock', args: { va: 'va' }, result: 'status', level: 'kernel' }, () => 0);
  const table = createSmcTable([own]);
  table.record(own, [4, 0x1000], { results: [0xfffffffd], refusal: 'x' });
  table.record(undefined, [99], { results: [] });
  const lines = listSmcs(table, 'dump', (file) => file.replace(/^.*\/src\//, 'src/'));
  assert.equal(lines.length, table.all().length + 2);
  assert.match(lines[0]!, /^number +name +level +owner +handler +calls +refused +last call$/);
  assert.match(lines.find((line) => line.startsWith('4 '))!, /^4 +lock +kernel +existing interface +src\/secure\/vmm\/listing\.test\.ts:\d+ +1 +1 +\(va = 0x00001000\) -> -3$/);
  assert.match(lines.find((line) => line.includes('PSCI_VERSION'))!, /^0x84000000 +PSCI_VERSION +vmm +standard secure service +src\/secure\/vmm\/psci\.ts:\d+ +0 +0$/);
  assert.match(lines.at(-1)!, /^other +vmm +1 +NOT_SUPPORTED for numbers of SMCCC .* dumped and paused$/);
});
