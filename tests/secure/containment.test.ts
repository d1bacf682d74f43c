/** The normal world reaches nothing that is the secure world's: every row of docs/containment.md, on three tiers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QSB_SECURE } from '../../src/secure/index.ts';
import { containmentRows } from './containment-rows.ts';
import { runContainment, runControls } from './containment.ts';

for (const tier of ['evaluate', 'threaded', 'region'] as const) {
  test(`every access is refused, reported, and without effect (${tier})`, () => {
    const results = runContainment(tier);
    assert.equal(results.length, containmentRows().length);
  });
}

test('every access succeeds with its rule switched off', () => { runControls('threaded'); });

test('each secure device of the board record has its rows', () => {
  const accesses = containmentRows().map(({ access }) => access);
  const devices = ['GPIO1', 'GPIO2', 'GPIO3', 'GPIO4', 'GPIO5', 'GPIO6', 'GPIO7', 'I2C1', 'I2C2', 'I2C3', 'IPU', 'GPU2D', 'GPU3D', 'VPU', 'TVE'];
  for (const device of devices) for (const way of ['privileged read', 'privileged write', 'user read']) assert.ok(accesses.includes(`${way} of ${device}`), `${way} of ${device}`);
  assert.equal(new Set(containmentRows().filter(({ rule }) => rule.startsWith('CSU CSL')).map(({ rule }) => rule.slice(0, 14))).size, new Set(QSB_SECURE.secureSlaves).size);
});
