import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFlatMachine, type FlatMachine } from './flat-machine.testing.ts';
import { GuestMemory } from './guest-memory.ts';
import { MODE_SVC, MODE_USR, STATE } from './layout.ts';

const TABLE = 0x4000;
/** Section descriptor: domain 0, the given AP[1:0] at bits 11:10 (DDI 0406C, B3.5.1). */
const section = (base: number, ap: number): number => base | ap << 10 | 2;

/** VA 0 identity for the tables; VA 0x00100000 -> PA 0x00100000 privileged only; VA 0x00200000 -> PA 0x00000000 read-only for User; the rest faults. */
function translated(): FlatMachine {
  const machine = createFlatMachine(2 << 20);
  machine.load(TABLE, [section(0, 3), section(0x100000, 1), section(0, 2)]);
  const { i32 } = machine.memory;
  i32[STATE.TTBR0] = TABLE;
  i32[STATE.DACR] = 1;
  i32[STATE.SCTLR] = i32[STATE.SCTLR]! | 1;
  machine.core.mmu.select();
  return machine;
}

test('memory is reached through the tables, by the rights of the current mode', () => {
  const machine = translated();
  const memory = new GuestMemory(machine.core);
  assert.equal(memory.writeWord(0x100010, 0x11223344), true);
  assert.deepEqual([...machine.memory.u8.subarray(machine.ram + 0x100010, machine.ram + 0x100014)], [0x44, 0x33, 0x22, 0x11]);
  assert.equal(memory.readWord(0x204000), section(0, 3));
  assert.equal(memory.readWord(0x300000), undefined);
  machine.memory.i32[STATE.mode] = MODE_USR;
  assert.equal(memory.readWord(0x100010), undefined);
  assert.equal(memory.readWord(0x100010, { privileged: true }), 0x11223344);
  assert.equal(memory.readWord(0x204000), section(0, 3));
  assert.equal(memory.writeWord(0x204000, 0), false);
  machine.memory.i32[STATE.mode] = MODE_SVC;
});

test('nothing moves where a range is not reached as a whole, and no fault is recorded', () => {
  const machine = translated();
  const memory = new GuestMemory(machine.core);
  assert.equal(memory.write(0x1ffffe, Uint8Array.of(1, 2)), true);
  assert.equal(memory.write(0x2ffffe, Uint8Array.of(9, 9, 9)), false, 'the third byte lies in no section');
  assert.equal(machine.memory.u8[machine.ram + 0xffffe], 0);
  const target = Uint8Array.of(5, 5, 5);
  assert.equal(memory.read(0xffffffff, target), false);
  assert.deepEqual([...target], [5, 5, 5]);
  assert.equal(machine.memory.i32[STATE.DFSR], 0);
  assert.equal(machine.memory.i32[STATE.DFAR], 0);
});

test('a write drops what was translated from the descriptors that it changes', () => {
  const machine = translated();
  const { core } = machine;
  const memory = new GuestMemory(core);
  core.mmu.refill(machine.memory.i32[STATE.tlb]!, 0x100000, true);
  core.mmu.dropped = false;
  assert.equal(memory.writeWord(TABLE + 4, 0), true);
  assert.equal(core.mmu.dropped, true);
  core.mmu.assertInvariants();
  assert.equal(memory.readWord(0x100000), undefined);
});

test('words follow CPSR.E; strings cross pages and end at NUL', () => {
  const machine = createFlatMachine(1 << 16);
  const memory = new GuestMemory(machine.core);
  machine.load(0x100, Uint8Array.of(0x12, 0x34, 0x56, 0x78));
  assert.equal(memory.readWord(0x100), 0x78563412);
  machine.memory.i32[STATE.bigEndian] = 1;
  assert.equal(memory.readWord(0x100), 0x12345678);
  machine.memory.i32[STATE.bigEndian] = 0;
  machine.load(0x1ffd, Uint8Array.from('hello\0x', (c) => c.charCodeAt(0)));
  assert.equal(String.fromCharCode(...memory.readString(0x1ffd, 5)!), 'hello');
  assert.equal(memory.readString(0x1ffd, 4), undefined);
  machine.memory.u8.fill(1, machine.ram + 0xf000, machine.ram + 0x10000);
  assert.equal(memory.readString(0xf000, 1 << 20), undefined, 'memory ends before a NUL');
});
