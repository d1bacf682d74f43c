import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from './errors.ts';
import { addressValue, countValue, patternValue, tierValue } from './values.ts';

test('counts take k, M and G as powers of ten', () => {
  assert.deepEqual(['1', '500k', '20M', '1.5G', '3m'].map((text) => countValue('--limit', text)), [1, 500_000, 20_000_000, 1_500_000_000, 3_000_000]);
  for (const text of ['0', '-1', '', 'k', '1e6', '5T', '0x10', '99999999999G']) {
    assert.throws(() => countValue('--limit', text), (error) => error instanceof UsageError && error.message.startsWith(`--limit ${text}:`), text);
  }
});

test('addresses are 32 bits', () => {
  assert.deepEqual(['0x70008000', '4096', '0xFFFFFFFF'].map((text) => addressValue('--load', text)), [0x70008000, 4096, 0xffffffff]);
  for (const text of ['', '0x', '0x100000000', '70008000h', '-4']) assert.throws(() => addressValue('--load', text), UsageError, text);
});

test('tiers and patterns', () => {
  assert.equal(tierValue('evaluate'), 'evaluate');
  assert.equal(tierValue('region'), 'region');
  assert.throws(() => tierValue('fast'), UsageError);
  assert.equal(patternValue('--until', '/ # $'), '/ # $');
  assert.throws(() => patternValue('--until', '('), (error) => error instanceof UsageError && !error.message.includes('\n'));
});
