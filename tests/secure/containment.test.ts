/** The normal world reaches nothing that is the secure world's: every row of docs/containment.md, on three tiers. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { QSB_SECURE } from '../../src/secure/index.ts';
import { createTimer } from '../../src/secure/components/index.ts';
import { containmentRows } from './containment-rows.ts';
import { CONTAINMENT_DOC, linuxColumn, renderContainment } from './containment-doc.ts';
import { runContainment, runControls, runOperations } from './containment.ts';
import { createWorld, runTo } from './harness.ts';
import { HOLES } from './holes.ts';
import { probeBoot } from './probe.ts';

for (const tier of ['evaluate', 'threaded', 'region'] as const) {
  test(`every access is refused, reported, and without effect (${tier})`, () => {
    const results = runContainment(tier);
    assert.equal(results.length, containmentRows().length);
    const written = readFileSync(CONTAINMENT_DOC, 'utf8');
    const page = renderContainment(results, linuxColumn(written));
    assert.equal(written, page, 'docs/containment.md is what the rows give: npm run docs:containment');
  });
}

test('every access succeeds with its rule switched off', () => { runControls('threaded'); });

test('each secure device of the board record has its rows', () => {
  const accesses = containmentRows().map(({ access }) => access);
  const devices = ['GPIO1', 'GPIO2', 'GPIO3', 'GPIO4', 'GPIO5', 'GPIO6', 'GPIO7', 'I2C1', 'I2C2', 'I2C3', 'IPU', 'GPU2D', 'GPU3D', 'VPU', 'TVE'];
  for (const device of devices) for (const way of ['privileged read', 'privileged write', 'user read']) assert.ok(accesses.includes(`${way} of ${device}`), `${way} of ${device}`);
  assert.equal(new Set(containmentRows().filter(({ rule }) => rule.startsWith('CSU CSL')).map(({ rule }) => rule.slice(0, 14))).size, new Set(QSB_SECURE.secureSlaves).size);
});

for (const tier of ['evaluate', 'threaded'] as const) {
  test(`no instruction of the normal world leads to monitor mode (${tier})`, () => {
    const { outcomes } = runOperations([{ kind: 'toMonitor', address: 0 }, { kind: 'returnToMonitor', address: 0 }], tier);
    // CPS to monitor mode has no effect in non-secure state (DDI 0406C, B9.3.1, B9.3.2); an exception return there is unpredictable, but never monitor mode.
    assert.equal(outcomes[1]!.result, 0x13);
    assert.notEqual(outcomes[2]!.result, 0x16);
  });
}

for (const { name, access, operation } of HOLES) {
  test(`known hole: ${access} at ${name}`, () => {
    const refusals: string[] = [];
    const ticking = { component: createTimer({ periodUs: 20 }), priority: 8, sessions: { timer: true } } as const;
    const world = createWorld({ boot: probeBoot([operation, { kind: 'smc', address: 0x84000000 }, { kind: 'wait', address: 100_000 }]), components: [ticking], onRefusal: (rule) => { refusals.push(rule); } });
    runTo(world, 3_000_000);
    assert.deepEqual(refusals, []);
    assert.equal(world.system.halted?.status, 0, world.log.join('\n'));
  });
}
