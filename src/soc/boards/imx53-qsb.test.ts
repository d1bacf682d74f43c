import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUS_OK } from '../../cpu/bus-port.ts';
import { EventQueue, IMX53_BLOCKS, applyHandover, bootRom, createImx53Qsb, inHertz } from '../index.ts';
import { SECURE, testBoard } from '../rig.testing.ts';

test('after hand-over the clock tree has the rates that Linux computes on this board', () => {
  const { chip } = testBoard();
  applyHandover(chip);
  assert.deepEqual(chip.dplls.map((pll) => inHertz(pll.rate())), [1_000_000_000, 400_000_000, 216_000_000, 455_000_000]);
  assert.equal(inHertz(chip.ccm.ahb()), 133_333_333);
  assert.equal(inHertz(chip.ccm.ipg()), 66_666_666);
  assert.equal(inHertz(chip.ccm.perRoot()), 33_333_333);
  assert.equal(inHertz(chip.ccm.uartRoot()), 66_666_666);
});

test('after hand-over the PLLs are locked, the bridges open, and the console works', () => {
  const board = testBoard();
  applyHandover(board.chip);
  for (const base of [0x63f80000, 0x63f84000, 0x63f88000, 0x63f8c000]) assert.equal(board.read(base) & 1, 1);
  assert.equal(board.read(0x53f00000), 0x77777777);
  assert.equal(board.read(0x63f00004), 0x77777777);
  board.bus.write(0x53fbc040, 1, 0x68, SECURE);
  assert.deepEqual(board.sent, [{ uart: 1, byte: 0x68, access: SECURE }]);
});

test('the GPT runs at 33.3 MHz after hand-over, and its gate in CCGR2 stops it', () => {
  const board = testBoard();
  applyHandover(board.chip);
  board.write(0x53fa0000, 1 | 2 << 6 | 1 << 9);
  board.runTo(3_000_000);
  assert.equal(board.read(0x53fa0024), 100_000);
  board.write(0x53fd4070, 0xffffffff & ~(3 << 20));
  board.runTo(6_000_000);
  assert.equal(board.read(0x53fa0024), 100_000);
  board.write(0x53fd4070, 0xffffffff);
  board.runTo(6_000_300);
  assert.equal(board.read(0x53fa0024), 100_010);
});

test('interrupts reach the sources that the device tree names', () => {
  const board = testBoard();
  const { chip } = board;
  applyHandover(chip);
  for (let word = 0; word < 4; word++) {
    chip.tzic.write(0x80 + word * 4, 4, -1, SECURE);
    chip.tzic.write(0x100 + word * 4, 4, -1, SECURE);
  }
  chip.tzic.write(0x0c, 4, 0x1f, SECURE);
  chip.tzic.write(0x00, 4, 0x80010001, SECURE);
  // Every GPIO pin is high and its condition after reset is a low level: nothing is pending.
  assert.deepEqual(board.lines, { irq: false, fiq: false });
  board.write(0x53fbc080, 0x2001); // UART1: transmitter ready
  assert.equal(chip.tzic.read(0xd80, 4, SECURE), 0x80000000, 'source 31');
  assert.deepEqual(board.lines, { irq: true, fiq: false });
  board.write(0x53fbc080, 0x0001);
  board.write(0x53fac008, 10);
  board.write(0x53fac000, 0x0200000f);
  board.runTo(1000);
  assert.equal(chip.tzic.read(0xd84, 4, SECURE), 1 << 8, 'source 40: EPIT1');
});

test('every block of the map answers, and none overlaps another', () => {
  const { bus } = testBoard();
  for (const { name, base, size } of IMX53_BLOCKS) {
    assert.equal(bus.blockOf(base)?.name, name);
    assert.equal(bus.blockOf(base + size - 4)?.name, name);
    assert.equal(bus.check(base, 4, SECURE), BUS_OK, name);
  }
});

test('every register of every device can be read and written with any size, at any offset', () => {
  const board = testBoard();
  applyHandover(board.chip);
  for (const [name, device] of board.chip.devices) {
    for (let offset = 0; offset < Math.min(device.size, 0x1000); offset++) {
      for (const size of [1, 2, 4]) {
        if (offset % size !== 0) continue;
        const value = device.read(offset, size, SECURE);
        assert.ok(value >= 0 && value < 2 ** (8 * size) && Number.isInteger(value), `${name} + 0x${offset.toString(16)}`);
        device.write(offset, size, 0xffffffff, SECURE);
        device.write(offset, size, 0, SECURE);
      }
    }
  }
});

test('two boards do not share state, and a saved one goes on alike in the other', () => {
  const one = testBoard();
  applyHandover(one.chip);
  one.write(0x53fa0010, 5000);
  one.write(0x53fa000c, 1);
  one.write(0x53fa0000, 1 | 2 << 6 | 1 << 9);
  one.write(0x53fbc080, 0x0201);
  one.chip.uarts[0].receive(0x41);
  one.runTo(77_777);
  const two = testBoard();
  assert.notDeepEqual(two.chip.save(), one.chip.save());
  const saved = JSON.parse(JSON.stringify({ chip: one.chip.save(), events: one.events.save() })) as { chip: ReturnType<typeof one.chip.save>; events: ReturnType<typeof one.events.save> };
  two.chip.load(saved.chip);
  two.events.load(saved.events);
  for (const board of [one, two]) {
    board.runTo(1_000_000);
    assert.equal(board.read(0x53fa0008), 1);
    assert.equal(board.read(0x53fbc000), 0x8041);
  }
  assert.deepEqual(two.chip.save(), one.chip.save());
  assert.deepEqual(two.events.save(), one.events.save());
});

test('a DRAM bank that the board does not have is refused', () => {
  const memory = new ArrayBuffer(0x40000);
  const options = { memory, iram: { offset: 0 }, clock: new EventQueue(), log: () => undefined, cpuLines: () => undefined };
  assert.throws(() => createImx53Qsb({ ...options, dram: [{ base: 0x80000000, size: 0x1000, offset: 0 }] }), /no DRAM bank/);
});

test('the boot ROM names silicon TO2.1', () => {
  assert.equal(bootRom()[0x48], 0x21);
});
