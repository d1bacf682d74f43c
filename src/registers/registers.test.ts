import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RegisterFile, defineRegisters } from './index.ts';

const demo = defineRegisters('DEMO', 1, {
  CR: { at: 0x0, reset: 0x80, fields: { EN: [0, 'rw'], MODE: [3, 1, 'rw'], GO: [4, 'wo'], ODD: [6, 'tag'], BUSY: [7, 'ro'] }, reserved: '31:8 5' },
  SR: { at: 0x4, fields: { OF1: [0, 'w1c'], OF2: [1, 'w1c'], ID: [31, 28, 'rao'], ZERO: [27, 'raz'] }, reserved: '26:2' },
  DATA: { at: 0x10, count: 3, reset: [1, 2, 3], fields: { VALUE: [31, 0, 'rw'] } },
  BANKED: { at: 0x40, count: 2, stride: 0, fields: { VALUE: [31, 0, 'rw'] } },
  HALF: { at: 0x50, width: 16, fields: { VALUE: [15, 0, 'rw'] } },
});

test('a map that leaves a bit out, doubles one, or goes past its width names register and bits', () => {
  assert.throws(() => defineRegisters('X', 1, { A: { at: 0, fields: { F: [31, 8, 'rw'] } } }), /X\.A: bits 7:0 belong to no field/);
  assert.throws(() => defineRegisters('X', 1, { A: { at: 0, fields: { F: [31, 8, 'rw'], G: [8, 0, 'rw'] } } }), /X\.A: G overlaps .* bits 8$/);
  assert.throws(() => defineRegisters('X', 1, { A: { at: 0, fields: { F: [31, 16, 'rw'], G: [13, 0, 'rw'] } } }), /bits 15:14 belong/);
  assert.throws(() => defineRegisters('X', 1, { A: { at: 0, width: 16, fields: { F: [16, 0, 'rw'] } } }), /bits 16 are outside its 16 bits/);
  assert.throws(() => defineRegisters('X', 1, { A: { at: 0, reset: 1, fields: {}, reserved: '31:0' } }), /reset value 0x1 sets bits 0/);
  assert.throws(() => defineRegisters('X', 1, {
    A: { at: 0, fields: { F: [31, 0, 'rw'] } }, B: { at: 0, fields: { F: [31, 0, 'rw'] } },
  }), /X\.B: A stands at 0x0 already/);
});

test('field classes decide what a write stores and a read shows', () => {
  const file = new RegisterFile(demo);
  const { CR, SR } = demo.slots;
  assert.equal(file.read(CR), 0x80);
  file.write(CR, 0xffffffff);
  assert.equal(file.read(CR), 0xcf, 'reserved bits stay zero, wo reads zero, ro keeps its value');
  assert.equal(file.get('CR') & demo.masks.CR.GO, 0x10, 'wo is stored for the hardware');
  file.set('SR', 3);
  file.write(SR, 1);
  assert.equal(file.read(SR), 0xf0000002);
  file.write(SR, 0);
  assert.equal(file.read(SR), 0xf0000002, 'writing 0 to w1c clears nothing');
});

test('lanes limit a write to bytes, for w1c too', () => {
  const file = new RegisterFile(demo);
  file.write(demo.slots.DATA + 1, 0xaabbccdd, 0x0000ff00);
  assert.equal(file.get('DATA', 1), 0x0000cc02);
  file.set('SR', 3);
  file.write(demo.slots.SR, 3, 0xffff0000);
  assert.equal(file.get('SR'), 3);
});

test('fields by name', () => {
  const file = new RegisterFile(demo);
  file.setField('CR', 'MODE', 5);
  assert.equal(file.get('CR'), 0x8a);
  assert.equal(file.field('CR', 'MODE'), 5);
  file.setField('SR', 'ID', 0xf);
  assert.equal(file.field('SR', 'ID'), 0xf);
});

test('locations: arrays step, banks share one, others are nothing', () => {
  assert.equal(demo.nameOf(demo.locate(0x14)), 'DATA[1]');
  assert.equal(demo.locate(0x40), demo.slots.BANKED);
  assert.equal(demo.locate(0x44), -1);
  assert.equal(demo.locate(0x100000), -1);
});

test('hooks see old, new and written values, the element and the context', () => {
  const file = new RegisterFile(demo);
  const seen: number[][] = [];
  file.on('DATA', { onWrite: (...args) => { seen.push(args); }, onRead: (value, index, context) => value + index + context });
  file.write(demo.slots.DATA + 2, 0x12345678, 0xff, 7);
  assert.deepEqual(seen, [[3, 0x78, 0x78, 2, 7, 0xff]]);
  assert.equal(file.read(demo.slots.DATA + 2, 0x100), 0x78 + 2 + 0x100);
});

test('a tag field is stored and logged once, when it first changes', () => {
  const lines: string[] = [];
  const file = new RegisterFile(demo, { log: (line) => lines.push(line) });
  file.write(demo.slots.CR, 1);
  assert.deepEqual(lines, []);
  file.write(demo.slots.CR, 0x41);
  file.write(demo.slots.CR, 0x01);
  assert.deepEqual(lines, ['DEMO.CR: ODD set and not modelled']);
});

test('storage can be a part of a larger array', () => {
  const storage = new Uint32Array(20).fill(0xdead);
  const file = new RegisterFile(demo, { storage, base: 4 });
  assert.equal(storage[4], 0xdead, 'storage that is given keeps its values until reset');
  file.reset();
  assert.equal(storage[4], 0x80);
  assert.equal(storage[3], 0xdead);
  assert.equal(storage[4 + demo.slotCount], 0xdead);
  assert.throws(() => new RegisterFile(demo, { storage, base: 15 }), RangeError);
});

test('state is plain, named and versioned', () => {
  const file = new RegisterFile(demo);
  file.set('DATA', 9, 1);
  const state = file.save();
  assert.deepEqual(state, { map: 'DEMO', version: 1, registers: { CR: 0x80, SR: 0, DATA: [1, 9, 3], BANKED: [0, 0], HALF: 0 } });
  const other = new RegisterFile(demo);
  other.load(structuredClone(state));
  assert.deepEqual(other.save(), state);
  assert.throws(() => other.load({ ...state, version: 2 }), /DEMO version 2, not DEMO version 1/);
  assert.throws(() => other.load({ ...state, registers: { ...state.registers, NEW: 1 } }), /unknown register NEW/);
  assert.throws(() => other.load({ ...state, registers: { CR: 1 } }), /lacks/);
});
