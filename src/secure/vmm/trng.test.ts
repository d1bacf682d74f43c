/** Arm DEN0098 1.0: 2.4, results and errors of TRNG_RND; the key stream from RFC 8439, 2.3.2's key with counter and nonce 0. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rig } from './fake-vm.testing.ts';
import { trngCalls } from './trng.ts';

const RND = 0x84000053;

function rnd(world: ReturnType<typeof rig>, bits: number): number[] {
  const status = world.smc(RND, bits, 0xeeeeeeee, 0xeeeeeeee);
  return [status, world.vm.get('r1'), world.vm.get('r2'), world.vm.get('r3')];
}

test('bits that were asked for, from the lowest of r3 on; the others are zero', () => {
  const world = rig();
  world.start();
  for (const bits of [1, 7, 31, 32, 33, 63, 64, 65, 95, 96]) {
    let seen = [0, 0, 0];
    for (let i = 0; i < 64; i++) {
      const [status, r1, r2, r3] = rnd(world, bits);
      assert.equal(status, 0);
      seen = [seen[0]! | r1!, seen[1]! | r2!, seen[2]! | r3!];
    }
    // 64 draws set each bit that may be set.
    const mask = (from: number): number => (bits <= from ? 0 : bits - from >= 32 ? 0xffffffff : 2 ** (bits - from) - 1);
    assert.deepEqual(seen.map((word) => word >>> 0), [mask(64), mask(32), mask(0)], `${bits} bits`);
  }
});

test('0 bits and more than 96 are INVALID_PARAMETERS, with nothing in r1 to r3', () => {
  const world = rig();
  world.start();
  for (const bits of [0, 97, 0xffffffff]) assert.deepEqual(rnd(world, bits), [0xfffffffe, 0, 0, 0]);
});

test('the UUID is one, and its first word is not NOT_SUPPORTED', () => {
  const world = rig();
  world.start();
  const first = world.smc(0x84000052);
  assert.notEqual(first, 0xffffffff);
  // Version 4, variant 1 (RFC 4122, 4.1): in bytes 6-7 and 8-9.
  assert.equal(world.vm.get('r1') >>> 20 & 0xf, 4);
  assert.equal(world.vm.get('r2') >>> 6 & 3, 2);
});

test('the same seed gives the same numbers, another one others; a snapshot goes on where it was', () => {
  const draw = (world: ReturnType<typeof rig>): number[] => Array.from({ length: 40 }, () => rnd(world, 96)).flat();
  const [a, b, c] = [rig(), rig(), rig({ seed: new Uint8Array(32).fill(7) })];
  for (const world of [a, b, c]) world.start();
  const first = draw(a);
  assert.deepEqual(draw(b), first);
  assert.notDeepEqual(draw(c), first);
  const state = structuredClone(a.state.smcs);
  const next = draw(a);
  Object.assign(b.state.smcs, state);
  assert.deepEqual(draw(b), next);
  assert.equal(new Set(first).size > 110, true, 'they differ');
  assert.throws(() => trngCalls(new Uint8Array(31)), /a seed of 31 bytes/);
});
