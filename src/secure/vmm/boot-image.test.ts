import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkBoot, packBoot, unpackBoot, type NormalBoot } from './boot-image.ts';

const boot: NormalBoot = {
  loads: [{ name: 'zImage', address: 0x80008000, bytes: Uint8Array.of(1, 2, 3) }, { name: 'dtb', address: 0x88000000, bytes: Uint8Array.of(4, 5, 6, 7, 8) }],
  entry: 0x80008000, r0: 0, r1: 3273, r2: 0x88000000,
};

test('a boot module survives packing', () => {
  const unpacked = unpackBoot(packBoot(boot));
  assert.ok(unpacked.ok);
  assert.deepEqual(unpacked.ok && { ...unpacked.value, loads: unpacked.value.loads.map(({ name, address, bytes }) => ({ name, address, bytes: bytes.slice() })) }, boot);
});

test('every truncation of a module is an error, never an exception', () => {
  const module = packBoot(boot);
  for (let length = 0; length < module.length; length++) {
    const result = unpackBoot(module.subarray(0, length));
    // Only the last load's padding may be missing.
    assert.equal(result.ok, length >= module.length - 3, `${length} of ${module.length}`);
  }
  const wild = module.slice();
  wild.fill(0xff, 24);
  assert.equal(unpackBoot(wild).ok, false);
});

test('loads at the very ends of RAM are in it', () => {
  const at = (address: number, length: number) => checkBoot({ ...boot, loads: [{ name: 'x', address, bytes: new Uint8Array(length) }] }, 0x80000000, 0x10000000);
  assert.ok(at(0x80000000, 16).ok);
  assert.ok(at(0x8ffffff0, 16).ok);
  assert.equal(at(0x8ffffff0, 17).ok, false);
  assert.equal(at(0x7fffffff, 16).ok, false);
  assert.equal(checkBoot({ ...boot, entry: 0x8ffffffe }, 0x80000000, 0x10000000).ok, false);
});
