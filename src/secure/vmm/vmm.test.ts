import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VM_REGISTERS, type VmRegister } from '../layout.ts';
import { BOOT, rig } from './fake-vm.testing.ts';
import { smc } from './smc.ts';

test('start: loads, and the start state of the boot protocol', () => {
  const world = rig();
  for (const name of VM_REGISTERS) world.vm.set(name, 0xdeadbeef);
  world.start();
  assert.deepEqual(world.vm.ram.bytes.slice(0x8000, 0x8006), Uint8Array.of(1, 2, 3, 4, 5, 0));
  const expected: Partial<Record<VmRegister, number>> = { ip: 0x80008000, cpsr: 0x93, r1: 3273, r2: 0x80000100, sctlr: 0x00c50078, prrr: 0x00098aa4, nmrr: 0x44e048e0 };
  for (const name of VM_REGISTERS) assert.equal(world.vm.get(name), expected[name] ?? 0, name);
  assert.deepEqual(world.vm.calls, ['run']);
  assert.match(world.log[0]!, /^guest 5 bytes at 0x80008000; SMC: SMCCC 1.2, PSCI 1.1, tz_vmm$/);
});

test('start: a boot image that leaves RAM, overlaps itself, or has no place to begin is refused before anything is loaded', () => {
  const load = (address: number, length: number) => ({ name: 'x', address, bytes: new Uint8Array(length).fill(0xee) });
  for (const [boot, pattern] of [
    [{ ...BOOT, loads: [load(0x7ffffffc, 8)] }, /x, 8 bytes at 0x7ffffffc, does not lie in the normal world's RAM/],
    [{ ...BOOT, loads: [load(0x80000000, 4), load(0x8000fffc, 5)] }, /does not lie/],
    [{ ...BOOT, loads: [load(0x80000000, 5), load(0x80000004, 4)] }, /runs into/],
    [{ ...BOOT, entry: 0x70001000 }, /entry 0x70001000/],
  ] as const) {
    const world = rig({ boot });
    assert.throws(() => { world.start(); }, pattern);
    assert.ok(world.vm.ram.bytes.every((byte) => byte === 0));
    assert.deepEqual(world.vm.calls, []);
  }
});

test('an SMC of one\'s own: read a string, log it, return its length', () => {
  const hello = smc({ number: 6, name: 'hello', args: { text: 'va', length: 'u32' }, result: 'u32' }, ({ vm, args }) => {
    const text = vm.readString(args.text, Math.min(args.length, 80));
    vm.log(`hello from the normal world: ${text}`);
    return text.length;
  });
  const world = rig({ own: [hello] });
  world.start();
  assert.match(world.log[0]!, /, and hello \(6\)$/);
  world.vm.map(0xb6f2a000, 0x80003000);
  world.vm.ram.bytes.set([...'it works'].map((c) => c.charCodeAt(0)), 0x3010);
  assert.equal(world.smc(6, 0xb6f2a010, 8), 8);
  assert.equal(world.log.at(-1), '[linux] hello from the normal world: it works');
  assert.equal(world.smc(6, 0xb6f2b000, 8), 0xfffffffd);
  assert.equal(world.log.at(-1), '[linux] SMC 6 hello(text = 0xb6f2b000, length = 8) refused: VA 0xb6f2b000: the normal world\'s kernel may not read it (fault status 0x7)');
  assert.equal(world.state.status, 'running');
  const row = world.table.rows().find(({ name }) => name === 'hello')!;
  assert.deepEqual([row.calls, row.refusals, row.lastResults], [2, 1, '0xfffffffd']);
});

test('a handler with a bug stops the component; the VM was not resumed', () => {
  const world = rig({ own: [smc({ number: 6, name: 'broken' }, () => { throw new TypeError('a bug'); })] });
  world.start();
  world.vm.calls.length = 0;
  assert.throws(() => world.smc(6), /a bug/);
  assert.deepEqual(world.vm.calls, []);
});

test('an unknown call that is not SMCCC\'s: dump and pause, or NOT_SUPPORTED by the setting', () => {
  const world = rig();
  world.start();
  world.vm.map(0xc0100000, 0x80001000);
  world.exception(3, { r0: 5, r1: 0x1234, ip: 0xc0100010, cpsr: 0x60000013, svc_sp: 0xc0100f00, fiq_r12: 0x12121212 });
  assert.equal(world.state.status, 'paused');
  assert.equal(world.vm.calls.at(-1), 'pause');
  const dump = world.log.join('\n');
  assert.match(dump, /VM "linux" is paused: unknown SMC 5/);
  assert.match(dump, /secure monitor call \(SMC\) \(number 3 of 1-7; vector offset 0x08, number 2 of 0-7\)/);
  assert.match(dump, /ip {7}0xc0100010 {2}PA 0x80001010/);
  assert.match(dump, /cpsr {5}0x60000013 {2}svc, A32, nZCv, masked: nothing/);
  assert.match(dump, /svc_sp {3}0xc0100f00 {2}PA 0x80001f00/);
  for (const name of VM_REGISTERS) if (name !== 'exception') assert.match(dump, new RegExp(`\\b${name} +0x[0-9a-f]{8}\\b`), name);
  assert.equal(world.vm.get('r0'), 5);
  assert.equal(world.table.unknownCalls, 1);
  // Nothing that comes now makes it run.
  const calls = world.vm.calls.length;
  world.smc(0x84000000);
  assert.equal(world.vm.calls.length, calls);

  const lenient = rig({ unknownSmc: 'not-supported' });
  lenient.start();
  assert.equal(lenient.smc(5), 0xffffffff);
  assert.equal(lenient.state.status, 'running');
});

test('an exception that no VMM knows is dumped with both numberings', () => {
  const world = rig({ symbolOf: (va) => (va === 0x8000 ? 'start' : undefined) });
  world.start();
  world.exception(2, { ip: 0x8000 });
  assert.equal(world.state.status, 'paused');
  assert.match(world.log.join('\n'), /undefined instruction \(number 2 of 1-7; vector offset 0x04, number 1 of 0-7\)[^]*ip {7}0x00008000 {2}no PA \(fault status 0x7\) {2}start/);
});

// DDI 0406C, B1.9.8 TakeDataAbortException: LR_abt is 8 ahead, SPSR the old CPSR, IT, J and T replaced, I set, A kept where SCR.AW = 0.
test('a data abort is given back: vector, link, status, both instruction sets', () => {
  const world = rig();
  world.start();
  world.exception(5, {
    ip: 0xc0101000, cpsr: 0x60000013, vbar: 0xc0000000, sctlr: 0x00c50078 | 1, abort_dfsr: 0x00001808, abort_dfar: 0xf7f84000, dfsr: 1, dfar: 2, abt_lr: 3, abt_spsr: 4,
  });
  const get = (name: VmRegister) => world.vm.get(name);
  assert.deepEqual([get('ip'), get('cpsr'), get('abt_lr'), get('abt_spsr'), get('dfsr'), get('dfar')], [0xc0000010, 0x60000097, 0xc0101008, 0x60000013, 0x1808, 0xf7f84000]);
  assert.equal(world.vm.calls.at(-1), 'run');
  assert.match(world.log.at(-1)!, /data abort at 0xc0101000, write of VA 0xf7f84000: external abort \(0x00001808\); given back to the VM/);

  // From T32 inside an IT block, big-endian data, to T32 handlers, high vectors and little-endian: SCTLR.TE and V set, EE clear
  world.exception(5, { ip: 0x00010002, cpsr: 0x06002e30, sctlr: 0x40c52079 });
  assert.deepEqual([get('ip'), get('cpsr'), get('abt_lr'), get('abt_spsr')], [0xffff0010, 0x000000b7, 0x0001000a, 0x06002e30]);

  // SCTLR.EE sets E; A and F stay as they were
  world.exception(5, { ip: 0x1000, cpsr: 0x00000152, sctlr: 0x02c50078, vbar: 0x80000000 });
  assert.deepEqual([get('ip'), get('cpsr'), get('abt_lr')], [0x80000010, 0x000003d7, 0x1008]);
});

test('a prefetch abort is given back', () => {
  const world = rig();
  world.start();
  world.exception(4, { ip: 0x70001000, cpsr: 0x00000010, vbar: 0xc0000000, abort_ifsr: 0x1008, abort_ifar: 0x70001000, abort_dfsr: 9, dfsr: 1, dfar: 2 });
  const get = (name: VmRegister) => world.vm.get(name);
  assert.deepEqual([get('ip'), get('cpsr'), get('abt_lr'), get('abt_spsr'), get('ifsr'), get('ifar')], [0xc000000c, 0x00000097, 0x70001004, 0x10, 0x1008, 0x70001000]);
  assert.deepEqual([get('dfsr'), get('dfar')], [1, 2]);
});

test('an imprecise abort waits until the VM unmasks it, and has no address', () => {
  const world = rig();
  world.start();
  const registers = { ip: 0x80009000, cpsr: 0x00000113, vbar: 0x80000000, abort_dfsr: 0x406, abort_dfar: 0x1234, dfar: 0x5678 };
  world.exception(5, registers);
  assert.deepEqual([world.vm.get('ip'), world.state.pending.length], [0x80009000, 1]);
  world.exception(3, { r0: 0x84000000, cpsr: 0x00000113, ip: 0x80009004 });
  assert.equal(world.vm.get('ip'), 0x80009004);
  world.exception(3, { r0: 0x84000000, cpsr: 0x00000013, ip: 0x80009008 });
  assert.deepEqual([world.vm.get('ip'), world.vm.get('dfsr'), world.vm.get('dfar'), world.vm.get('abt_lr'), world.state.pending.length], [0x80000010, 0x406, 0x5678, 0x80009010, 0]);
  world.exception(5, { ...registers, cpsr: 0x00000013 });
  assert.equal(world.vm.get('ip'), 0x80000010);
});

test('a flood of aborts does not flood the log', () => {
  const world = rig();
  world.start();
  world.log.length = 0;
  for (let i = 0; i < 1000; i++) world.exception(5, { ip: 0x80009000, cpsr: 0x13, abort_dfsr: 8 });
  // The first 16, then 32, 64, 128, 256, 512
  assert.equal(world.log.length, 21);
});

test('100,000 SMCs and aborts with random registers: no exception, plain state, the VM runs on', () => {
  const seed = 0x2f6e2b1;
  let x = seed;
  const random = (): number => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
  const boundaries = [0, 1, 2, 3, 4, 0x7fffffff, 0x80000000, 0x8000ffff, 0x80010000, 0x70000000, 0xfffff000, 0xffffffff];
  const own = [
    smc({ number: 6, name: 'read', args: { va: 'va', length: 'u32' }, result: 'u32' }, ({ vm, args }) => vm.readBytes(args.va, args.length).length),
    smc({ number: 7, name: 'write', args: { va: 'va', fill: 'u32' } }, ({ vm, args }) => { vm.writeBytes(args.va, new Uint8Array(args.fill & 0x1fff)); }),
    smc({ number: 8, name: 'string', args: { va: 'va', maximum: 'u32' }, result: 'u32' }, ({ vm, args }) => vm.readString(args.va, args.maximum).length),
    smc({ number: 9, name: 'typed', args: { pa: 'pa', on: 'bool', kind: { a: 1, b: 2 } } }, () => undefined),
  ];
  const world = rig({ unknownSmc: 'not-supported', own });
  world.start();
  world.vm.map(0, 0x80000000);
  world.vm.map(0x1000, 0x80001000, 'r');
  world.vm.map(0x7ffff000, 0x70000000);
  world.vm.map(0xfffff000, 0x8000f000);
  const numbers = world.table.all().map(({ number }) => number);
  const value = (): number => (random() % 2 === 0 ? random() : boundaries[random() % boundaries.length]!);
  for (let i = 0; i < 100_000; i++) {
    for (const name of VM_REGISTERS) if (random() % 4 === 0) world.vm.registers[name] = value();
    const number = [3, 3, 3, 3, 3, 3, 4, 5][random() % 8]!;
    world.exception(number, { r0: i % 2 === 0 ? value() : numbers[random() % numbers.length]!, r1: i % 4 === 1 ? random() % 14 : value(), r2: value(), r3: value() });
    if (world.state.status === 'off') {
      // PSCI ended it, as it was asked to: start again.
      world.start();
    }
    assert.equal(world.state.status, 'running', `seed ${seed}, call ${i}`);
  }
  assert.deepEqual(structuredClone(world.state), world.state);
  for (const { name, calls } of world.table.rows()) assert.ok(calls > 0, `${name} was never called`);
  assert.ok(world.table.unknownCalls > 0);
  for (const name of ['read', 'write', 'string', 'typed']) {
    const { calls, refusals } = world.table.rows().find((row) => row.name === name)!;
    assert.ok(refusals > 0 && refusals < calls, `${name}: ${refusals} of ${calls} refused`);
  }
});
