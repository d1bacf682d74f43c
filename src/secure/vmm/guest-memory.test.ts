import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeVm } from './fake-vm.testing.ts';
import { GuestMemory, MAXIMUM_TRANSFER, SmcRefusal } from './guest-memory.ts';
import { decodeUtf8 } from './text.ts';

const RAM = 0x80000000;

function setUp(rights: 'kernel' | 'user' = 'kernel') {
  const vm = new FakeVm();
  vm.ram.bytes.forEach((_, i) => { vm.ram.bytes[i] = i & 0xff ^ i >> 8; });
  const before = vm.ram.bytes.slice();
  return { vm, memory: new GuestMemory(vm, rights), unchanged: () => { assert.deepEqual(vm.ram.bytes, before); } };
}

const refused = (pattern: RegExp) => (error: unknown): boolean => {
  assert.ok(error instanceof SmcRefusal);
  assert.match(error.message, pattern);
  return true;
};

test('a range over pages that are not neighbours', () => {
  const { vm, memory } = setUp();
  vm.map(0x1000, RAM + 0x3000);
  vm.map(0x2000, RAM + 0x1000);
  assert.deepEqual(memory.readBytes(0x1ffe, 4), Uint8Array.of(...vm.ram.bytes.slice(0x3ffe, 0x4000), ...vm.ram.bytes.slice(0x1000, 0x1002)));
  memory.writeBytes(0x1ffe, Uint8Array.of(0xa1, 0xa2, 0xa3, 0xa4));
  assert.deepEqual([...vm.ram.bytes.slice(0x3ffe, 0x4000), ...vm.ram.bytes.slice(0x1000, 0x1002)], [0xa1, 0xa2, 0xa3, 0xa4]);
  assert.equal(memory.translate(0x2345), RAM + 0x1345);
});

test('a second page that is not writable: nothing is written to the first', () => {
  const { vm, memory, unchanged } = setUp();
  vm.map(0x1000, RAM + 0x3000);
  assert.throws(() => { memory.writeBytes(0x1ffe, Uint8Array.of(1, 2, 3, 4)); }, refused(/VA 0x00002000: the normal world's kernel may not write it \(fault status 0x7\)/));
  vm.map(0x2000, RAM + 0x4000, 'r');
  assert.throws(() => { memory.writeBytes(0x1ffe, Uint8Array.of(1, 2, 3, 4)); }, refused(/fault status 0xf/));
  assert.equal(memory.readBytes(0x1ffe, 4).length, 4);
  unchanged();
});

test('rights are the caller\'s', () => {
  const { vm, memory } = setUp('user');
  vm.map(0x1000, RAM, 'rw', '');
  vm.map(0x2000, RAM, 'rw', 'r');
  assert.throws(() => memory.readBytes(0x1000, 1), refused(/the normal world's user may not read it/));
  assert.equal(memory.readBytes(0x2000, 1).length, 1);
  assert.throws(() => { memory.writeBytes(0x2000, Uint8Array.of(1)); }, refused(/user may not write/));
  assert.equal(new GuestMemory(vm, 'kernel').readBytes(0x1000, 1).length, 1);
});

test('a page table that leads out of the normal world\'s RAM', () => {
  const { vm, memory, unchanged } = setUp();
  for (const [pa, va] of [[0x70000000, 0x1000], [0x7ffff000, 0x2000], [RAM + 0x10000, 0x3000], [0x53fbc000, 0x4000], [0xfffff000, 0x5000]] as const) {
    vm.map(va, pa);
    for (const access of [() => memory.readBytes(va, 4), () => memory.readString(va, 4), () => { memory.writeBytes(va, Uint8Array.of(1)); }, () => memory.translate(va)]) {
      assert.throws(access, refused(/is not RAM of the normal world/), pa.toString(16));
    }
  }
  unchanged();
});

test('lengths: zero, the end of the address space, one more, too long, not a number', () => {
  const { vm, memory } = setUp();
  vm.map(0xfffff000, RAM);
  assert.equal(memory.readBytes(0x1234, 0).length, 0);
  assert.equal(memory.readBytes(0xfffffffc, 4).length, 4);
  assert.throws(() => memory.readBytes(0xfffffffc, 5), refused(/over the end of the address space/));
  assert.throws(() => memory.readBytes(0xfffff000, MAXIMUM_TRANSFER + 1), refused(/length/));
  assert.throws(() => memory.readBytes(0, 0xffffffff), refused(/length/));
  assert.throws(() => memory.readBytes(0, -1), refused(/length/));
  assert.throws(() => memory.readBytes(0, NaN), refused(/length/));
  vm.ram.bytes.fill(0x61, 0, 0x1000);
  assert.throws(() => memory.readString(0xfffff001, 0x2000), refused(/end of the address space/));
});

test('a string ends at its NUL, also where the next page is not mapped, or at its maximum', () => {
  const { vm, memory } = setUp();
  vm.map(0x1000, RAM);
  vm.ram.bytes.set([...'hé'].map((c) => c.codePointAt(0)!), 0xff0);
  vm.ram.bytes.set(Uint8Array.of(0x68, 0xc3, 0xa9, 0), 0xffc);
  assert.equal(memory.readString(0x1ffc, 100), 'hé');
  assert.equal(memory.readString(0x1ffc, 3), 'hé');
  assert.equal(memory.readString(0x1ffc, 1), 'h');
  assert.equal(memory.readString(0x1ffc, 0), '');
  vm.ram.bytes[0xfff] = 0x21;
  assert.throws(() => memory.readString(0x1ffc, 5), refused(/VA 0x00002000/));
  assert.equal(memory.readString(0x1ffc, 4), 'hé!');
});

test('physical ranges', () => {
  const { vm, memory, unchanged } = setUp();
  assert.equal(memory.readPhysical(RAM + 0xfffc, 4).length, 4);
  assert.throws(() => memory.readPhysical(RAM + 0xfffd, 4), refused(/not RAM of the normal world/));
  assert.throws(() => memory.readPhysical(RAM - 1, 4), refused(/not RAM of the normal world/));
  assert.throws(() => { memory.writePhysical(0x70000000, Uint8Array.of(1)); }, refused(/not RAM of the normal world/));
  unchanged();
  memory.writePhysical(RAM, Uint8Array.of(0x5a));
  assert.equal(vm.ram.bytes[0], 0x5a);
});

test('UTF-8 decodes as the platform\'s decoder does', () => {
  const platform = new TextDecoder();
  for (const bytes of [[], [0x41], [0xc3, 0xa9], [0xe2, 0x82, 0xac], [0xf0, 0x9f, 0x98, 0x80], [0xff], [0x80], [0xc0], [0xf5]]) {
    assert.equal(decodeUtf8(Uint8Array.from(bytes)), platform.decode(Uint8Array.from(bytes)), bytes.join());
  }
  // Surrogates and overlong forms are no characters, in whatever number of replacements.
  for (const bytes of [[0xed, 0xa0, 0x80], [0xe0, 0x80, 0x80], [0xf0, 0x80, 0x80, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]]) {
    assert.match(decodeUtf8(Uint8Array.from(bytes)), /^\ufffd+$/);
  }
});
