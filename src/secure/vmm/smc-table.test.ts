import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmcTable } from './calls.ts';
import { decodeFunctionId } from './function-id.ts';
import { smc } from './smc.ts';
import { SmcTable } from './smc-table.ts';

const empty = (number: number, name: string, call?: number) => smc({ number, name, ...(call === undefined ? {} : { function: call }) }, () => undefined);

test('numbers and devices find their rows; a device\'s named function comes before the device', () => {
  const table = new SmcTable([empty(4, 'four'), empty(2, 'send', 0), empty(2, 'serial'), empty(0x84000000, 'version')]);
  assert.equal(table.find(4, 99)?.name, 'four');
  assert.equal(table.find(2, 0)?.name, 'send');
  assert.equal(table.find(2, 1)?.name, 'serial');
  assert.equal(table.find(2, 0xffffffff)?.name, 'serial');
  assert.equal(table.find(0x84000000 | 0, 0)?.name, 'version');
  assert.equal(table.find(0, 0), undefined);
  assert.equal(table.find(5, 0), undefined);
});

test('one number or one name twice is refused, and both are named', () => {
  assert.throws(() => new SmcTable([empty(4, 'a'), empty(4, 'b')]), /SMC 4 b and SMC 4 a \(.*smc-table\.test\.ts:\d+\) cannot stand in one table/);
  assert.throws(() => new SmcTable([empty(4, 'a'), empty(5, 'a')]), /cannot stand in one table/);
  assert.throws(() => new SmcTable([empty(2, 'a', 1), empty(2, 'b', 1)]), /SMC 2\/1 b and SMC 2\/1 a/);
  assert.throws(() => createSmcTable([empty(0x84000000, 'mine')]), /PSCI_VERSION/);
});

test('rows count calls and keep the last values', () => {
  const lock = smc({ number: 4, name: 'lock', args: { va: 'va', length: 'u32' }, result: 'status', level: 'kernel' }, () => 0);
  const table = new SmcTable([lock]);
  assert.equal(table.rows()[0]!.lastArguments, undefined);
  table.record(lock, [4, 0x1000, 64], { results: [0] });
  table.record(lock, [4, 0xb6f2a000, 4096], { results: [0xfffffffd], refusal: 'no' });
  table.record(undefined, [77], { results: [] });
  const { source: _, ...row } = table.rows()[0]!;
  assert.deepEqual(row, {
    key: '4', name: 'lock', level: 'kernel', owner: 'existing interface', parameters: 'va: va, length: u32', calls: 2, refusals: 1,
    lastArguments: 'va = 0xb6f2a000, length = 4096', lastResults: '-3',
  });
  assert.equal(table.unknownCalls, 1);

  const restored = new SmcTable([lock]);
  restored.load(structuredClone(table.save()));
  assert.deepEqual(restored.rows(), table.rows());
  assert.equal(restored.unknownCalls, 1);
  assert.throws(() => { new SmcTable([empty(5, 'other')]).load(table.save()); }, /no counts of SMC 5/);
});

test('every call that the standards and the TrustZone VMM need has a row', () => {
  const keys = createSmcTable().rows().map(({ key, name }) => `${key} ${name}`);
  assert.deepEqual(keys, [
    '0/* framebuffer', '1/* input', '2/0 serial.send', '2/1 serial.receive', '2/2 serial.write', '2/3 serial.read', '2/* serial', '3/0 block.count', '3/1 block.blocks',
    '3/2 block.size', '3/3 block.writeable', '3/4 block.queue', '3/5 block.interrupt', '3/6 block.start', '3/7 block.request', '3/8 block.submit', '3/9 block.collect',
    '3/10 block.buffer', '3/11 block.name', '3/* block', '0x80000000 SMCCC_VERSION', '0x80000001 SMCCC_ARCH_FEATURES', '0x80000002 SMCCC_ARCH_SOC_ID',
    '0x84000000 PSCI_VERSION', '0x84000001 CPU_SUSPEND', '0x84000002 CPU_OFF', '0x84000003 CPU_ON', '0x84000004 AFFINITY_INFO', '0x84000006 MIGRATE_INFO_TYPE',
    '0x84000008 SYSTEM_OFF', '0x84000009 SYSTEM_RESET', '0x8400000a PSCI_FEATURES',
    '0x84000050 TRNG_VERSION', '0x84000051 TRNG_FEATURES', '0x84000052 TRNG_GET_UUID', '0x84000053 TRNG_RND',
  ]);
});

// SMC Calling Convention 1.2, table 6-2
for (const [number, kind, bits, owner, smccc] of [
  [0x00000000, 'existing', 32, 'existing interface', false], [0x0100ffff, 'existing', 32, 'existing interface', false],
  [0x02000000, 'yielding', 32, 'trusted OS', true], [0x1fffffff, 'yielding', 32, 'trusted OS', true], [0x7fffffff, 'yielding', 32, 'reserved', true],
  [0x80000000, 'fast', 32, 'Arm architecture', true], [0x8100ffff, 'fast', 32, 'CPU service', true], [0x82000000, 'fast', 32, 'SiP service', true],
  [0x83000001, 'fast', 32, 'OEM service', true], [0x84000000, 'fast', 32, 'standard secure service', true], [0x85000000, 'fast', 32, 'standard hypervisor service', true],
  [0x86000000, 'fast', 32, 'vendor hypervisor service', true], [0x87000000, 'fast', 32, 'reserved', true], [0xaf00ffff, 'fast', 32, 'reserved', true],
  [0xb0000000, 'fast', 32, 'trusted application', true], [0xb100ffff, 'fast', 32, 'trusted application', true], [0xb2000000, 'fast', 32, 'trusted OS', true],
  [0xbf00ffff, 'fast', 32, 'trusted OS', true], [0xc4000003, 'fast', 64, 'standard secure service', true], [0xff00ffff, 'fast', 64, 'trusted OS', true],
] as const) {
  test(`function identifier 0x${number.toString(16)}`, () => {
    assert.deepEqual(decodeFunctionId(number), { kind, bits, owner, smccc });
    assert.deepEqual(decodeFunctionId(number | 0), { kind, bits, owner, smccc });
  });
}
