import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inHertz } from '../index.ts';
import { SECURE, TestLine, testBoard } from '../rig.testing.ts';
import { Gpio } from './gpio.ts';

test('GPIO: outputs drive, inputs read the board, DR mixes both', () => {
  const outputs: number[][] = [];
  const gpio = new Gpio('GPIO1', { irqLow: new TestLine(), irqHigh: new TestLine(), log: () => undefined, onOutput: (...args) => outputs.push(args) });
  gpio.reset();
  const read = (offset: number): number => gpio.read(offset, 4, SECURE);
  assert.equal(read(8), 0xffffffff, 'nothing drives: pulled up');
  gpio.setInput(3, false);
  assert.equal(read(8), 0xfffffff7);
  gpio.write(4, 4, 0xf0, SECURE);
  gpio.write(0, 4, 0x50, SECURE);
  assert.equal(read(0), 0xffffff57);
  assert.deepEqual(outputs.at(-1), [0x50, 0xf0]);
});

test('GPIO: level, rising, falling and any edge', () => {
  const low = new TestLine();
  const high = new TestLine();
  const gpio = new Gpio('GPIO7', { irqLow: low, irqHigh: high, log: () => undefined });
  gpio.reset();
  const write = (offset: number, value: number): void => { gpio.write(offset, 4, value, SECURE); };
  const status = (): number => gpio.read(0x18, 4, SECURE);
  // Pin 0 low level, 1 high level, 2 rising, 3 falling; pin 16 any edge.
  write(0x0c, 0b11_10_01_00);
  write(0x10, 0);
  write(0x1c, 1 << 16);
  gpio.setInput(1, false);
  write(0x18, 0xffffffff);
  write(0x14, 1 | 1 << 16);
  assert.equal(status() & 0x1000f, 0);
  gpio.setInput(0, false);
  assert.equal(low.level, true);
  write(0x18, 1);
  assert.equal(low.level, true, 'the level still holds');
  gpio.setInput(0, true);
  write(0x18, 1);
  assert.equal(low.level, false);
  gpio.setInput(3, false);
  gpio.setInput(2, false);
  assert.equal(status() & 0xc, 0x8);
  gpio.setInput(2, true);
  assert.equal(status() & 0xc, 0xc);
  gpio.setInput(16, false);
  assert.equal(high.level, true);
  write(0x18, 1 << 16);
  assert.equal(high.level, false);
  gpio.setInput(16, true);
  assert.equal(high.level, true);
});

const I2C2 = 0x63fc4000;

/** One I2C exchange as Linux's driver does it: start, address, bytes, and a stop. */
function i2c(board: ReturnType<typeof testBoard>) {
  const write = (offset: number, value: number): void => { board.bus.write(I2C2 + offset, 1, value, SECURE); };
  const read = (offset: number): number => board.bus.read(I2C2 + offset, 1, SECURE);
  const send = (byte: number): boolean => {
    write(0x10, byte);
    assert.equal(read(0x0c) & 0x02, 0x02, 'IIF');
    write(0x0c, 0);
    return (read(0x0c) & 1) === 0;
  };
  return {
    write, read, send,
    start: (): void => {
      write(0x0c, 0);
      write(0x08, 0x80);
      write(0x08, 0xf0);
      assert.equal(read(0x0c) & 0x20, 0x20, 'IBB');
    },
    stop: (): void => {
      write(0x08, 0x80);
      assert.equal(read(0x0c) & 0x20, 0, 'the bus is free');
    },
    readBytes: (register: number, count: number): number[] => {
      write(0x08, 0xf0);
      assert.ok(send(0x90) && send(register));
      write(0x08, 0xf4); // repeated start
      assert.ok(send(0x91));
      write(0x08, count === 1 ? 0xe8 : 0xe0); // receive; no acknowledge of the last byte
      read(0x10);
      const bytes: number[] = [];
      for (let left = count; left > 0; left--) {
        write(0x0c, 0);
        if (left === 1) write(0x08, 0x80);
        else if (left === 2) write(0x08, 0xe8);
        bytes.push(read(0x10));
      }
      return bytes;
    },
  };
}

test('I2C2 finds the DA9053 at 0x48 and nobody elsewhere', () => {
  const board = testBoard();
  const port = i2c(board);
  port.start();
  assert.equal(port.send(0x90), true);
  port.stop();
  port.start();
  assert.equal(port.send(0x34), false);
  port.stop();
});

test('DA9053: registers by address, runs of reads, events clear by ones', () => {
  const board = testBoard();
  const port = i2c(board);
  assert.deepEqual(port.readBytes(15, 1), [0x20], 'CONTROL_B: WRITEMODE');
  const bucks = port.readBytes(46, 4);
  assert.equal(bucks.every((value) => (value & 0x40) !== 0), true, 'enabled');
  port.start();
  for (const byte of [0x90, 46, 0x5f, 48, 0x41]) assert.ok(port.send(byte)); // address and byte in turns
  port.stop();
  assert.deepEqual(port.readBytes(46, 3), [0x5f, bucks[1]!, 0x41]);
});

test('DA9053: the end of a conversion pulls GPIO7 line 11 low when unmasked', () => {
  const board = testBoard();
  const port = i2c(board);
  const gpio7 = board.chip.gpios[6]!;
  assert.equal(gpio7.level(11), true);
  port.start();
  for (const byte of [0x90, 11, 0xdf, 81, 0x10]) assert.ok(port.send(byte));
  port.stop();
  assert.equal(gpio7.level(11), false);
  assert.deepEqual(port.readBytes(6, 1), [0x20]);
  port.start();
  for (const byte of [0x90, 6, 0x20]) assert.ok(port.send(byte));
  port.stop();
  assert.equal(gpio7.level(11), true);
});

test('I2C interrupts when a byte is done, and IIF clears by writing 0', () => {
  const board = testBoard();
  const port = i2c(board);
  board.chip.tzic.write(0x104, 4, 1 << 31, SECURE); // source 63
  const pending = (): boolean => board.chip.tzic.read(0xd04, 4, SECURE) !== 0;
  port.start();
  port.write(0x10, 0x90);
  assert.equal(pending(), true);
  port.write(0x0c, 0xff);
  assert.equal(pending(), true);
  port.write(0x0c, 0);
  assert.equal(pending(), false);
});

const SDMA = 0x63fb0000;
const CCB = 0x70000100;
const BD = 0x70000200;
const BUFFER = 0x70001000;

/** Runs one command on channel 0 and gives the descriptor's status byte. */
function channel0(board: ReturnType<typeof testBoard>, command: number, count: number, address: number, local: number): number {
  board.write(CCB, BD);
  board.write(CCB + 4, BD);
  board.write(BD, (command << 24 | 0x8b << 16 | count) >>> 0); // DONE, WRAP, INTR, EXTD
  board.write(BD + 4, address);
  board.write(BD + 8, local);
  board.write(SDMA, CCB);
  board.write(SDMA + 0x0c, 1);
  return board.read(BD) >>> 16 & 0xff;
}

test('SDMA channel 0 moves words and program halfwords through its own memory', () => {
  const board = testBoard();
  for (let n = 0; n < 8; n++) board.write(BUFFER + n * 4, 0x11111111 * n);
  assert.equal(channel0(board, 1, 8, BUFFER, 2048), 0x8a, 'DONE is cleared');
  assert.equal(board.read(SDMA + 4), 1, 'INTR');
  board.write(SDMA + 4, 1);
  assert.equal(board.read(SDMA + 4), 0);
  channel0(board, 2, 3, BUFFER + 0x100, 2049);
  assert.deepEqual([0, 4, 8, 12].map((offset) => board.read(BUFFER + 0x100 + offset)), [0x11111111, 0x22222222, 0x33333333, 0]);
  // Data word 2049 and program halfwords 0x1002, 0x1003 are the same memory.
  channel0(board, 8, 2, BUFFER + 0x200, 0x1002);
  assert.equal(board.read(BUFFER + 0x200), 0x11111111);
  board.write(BUFFER, 0xcafe1234);
  channel0(board, 4, 2, BUFFER, 0x1800);
  channel0(board, 8, 2, BUFFER + 0x300, 0x1800);
  assert.equal(board.read(BUFFER + 0x300), 0xcafe1234);
  assert.equal(board.dmaWrites.includes(BUFFER + 0x300), true, 'the CPU is told what was written');
});

test('SDMA: a refused transfer marks its descriptor and moves nothing', () => {
  const board = testBoard();
  board.write(0x63fd8000 + 0x10c, 0x701ff);
  board.write(0x63fd8000 + 0xec, 0x80070100); // secure from 0x70100000
  board.write(0x70100000, 0x5ec2e7);
  assert.equal(channel0(board, 1, 1, 0x70100000, 2048) & 0x10, 0, 'as a secure master it reads it');
  board.write(0x63f9c218, 1 << 4); // the CSU makes SDMA non-secure
  assert.equal(channel0(board, 2, 1, 0x70100000, 2048) & 0x11, 0x10);
  assert.equal(board.read(0x70100000), 0x5ec2e7);
  assert.match(board.refusals.at(-1)!.rule, /M4IF/);
});

test('SDMA: other channels are a named limit, and a bad control block ends quietly', () => {
  const board = testBoard();
  board.write(SDMA + 0x0c, 2);
  board.write(SDMA, 0x90000000);
  board.write(SDMA + 0x0c, 1);
  assert.deepEqual(board.log, [
    'SDMA: start of channels 0x2: scripts other than channel 0\'s are not modelled',
    'SDMA: channel 0: the control block at 0x90000000 cannot be read',
  ]);
  assert.equal(board.read(SDMA + 0x38), 3, 'CONFIG after reset');
});

test('IIM shows silicon TO2.1, SRC ends module resets at once', () => {
  const board = testBoard();
  assert.equal(board.read(0x63f98024), 3);
  board.write(0x53fd0000, 0x0521 | 8);
  assert.equal(board.read(0x53fd0000), 0x0521);
});

test('a watchdog reset is shown by WRSR and SRSR after it', () => {
  const board = testBoard();
  board.bus.write(0x53f98000, 2, 0x4, SECURE);
  assert.deepEqual(board.resets, ['WDOG1 software']);
  board.chip.reset();
  assert.equal(board.bus.read(0x53f98004, 2, SECURE), 1);
  assert.equal(board.read(0x53fd0008), 0x10);
});

test('a PLL that is on is locked; its rate follows MFI, MFN, MFD and PDF', () => {
  const board = testBoard();
  const [pll] = board.chip.dplls;
  const write = (offset: number, value: number): void => { board.write(0x63f80000 + offset, value); };
  write(0x00, 0x1212);
  assert.equal(board.read(0x63f80000) & 1, 0);
  assert.equal(inHertz(pll.rate()), 0);
  write(0x00, 0x1232);
  assert.equal(board.read(0x63f80000), 0x1223, 'RST is over, LRF is set');
  for (const [op, mfd, mfn, hz] of [[0x80, 2, 1, 800e6], [0x81, 2, 1, 400e6], [0x62, 3, 3, 216e6], [0x91, 47, 23, 455e6], [0x90, 9, 0x7fffffd, 835.2e6]] as const) {
    write(0x08, op);
    write(0x0c, mfd);
    write(0x10, mfn);
    assert.equal(inHertz(pll.rate()), hz);
  }
});
