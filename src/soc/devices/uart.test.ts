import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventQueue, hertz } from '../index.ts';
import { NORMAL, Rig, SECURE, TestLine } from '../rig.testing.ts';
import { Uart } from './uart.ts';

const [URXD, UTXD, UCR1, UCR2, UCR4, UFCR, USR1, USR2, UBIR, UBMR, UTS] = [0x00, 0x40, 0x80, 0x84, 0x8c, 0x90, 0x94, 0x98, 0xa4, 0xa8, 0xb4];
const RRDY = 1 << 9;
const AGTIM = 1 << 8;

function makeUart() {
  const events = new EventQueue();
  const irq = new TestLine();
  const sent: [number, number][] = [];
  const log: string[] = [];
  const state = { ready: 0 };
  const uart = new Uart('UART1', {
    clock: events, irq, rate: () => hertz(66_666_666), log: (line) => log.push(line),
    onTransmit: (byte, access) => sent.push([byte, access]), onReceiveReady: () => { state.ready++; },
  });
  uart.reset();
  const rig = new Rig(uart, events);
  const enable = (): void => {
    rig.write(UCR1, 1);
    rig.write(UCR2, 0x4027);
  };
  return { rig, uart, irq, sent, log, state, enable };
}

test('reset values are the manual\'s', () => {
  const { rig } = makeUart();
  const values = [UCR1, UCR2, 0x88, UCR4, UFCR, USR1, USR2, 0x9c, UTS].map((offset) => rig.read(offset));
  assert.deepEqual(values, [0, 1, 0x700, 0x8000, 0x801, 0x2040, 0x4028, 0x2b, 0x60]);
});

test('bytes leave at once, with the world that wrote them, and only when enabled', () => {
  const { rig, sent, enable } = makeUart();
  rig.write(UTXD, 0x41);
  enable();
  rig.write(UTXD, 0x42);
  rig.write(UTXD, 0x43, NORMAL, 1);
  assert.deepEqual(sent, [[0x42, SECURE], [0x43, NORMAL]]);
  assert.equal(rig.read(USR2) & 0x4008, 0x4008, 'TXFE and TXDC');
  assert.equal(rig.read(UTS) & 0x40, 0x40, 'TXEMPTY');
});

test('SRST sets itself again, empties the receiver, and resets the baud rate', () => {
  const { rig, uart, enable } = makeUart();
  enable();
  uart.receive(1);
  rig.write(UBMR, 288);
  rig.write(UCR2, 0x4026);
  assert.equal(rig.read(UBMR), 0);
  assert.equal(rig.read(UCR2), 0x4027);
  assert.equal(rig.read(USR2) & 1, 0);
});

test('received bytes: RDR, RRDY at the trigger level, CHARRDY on reading', () => {
  const { rig, uart, irq, enable } = makeUart();
  enable();
  rig.write(UFCR, 0x0803); // trigger at 3
  rig.write(UCR1, 0x0201); // RRDYEN
  uart.receive(0x61);
  uart.receive(0x62);
  assert.equal(rig.read(USR1) & RRDY, 0);
  assert.equal(rig.read(USR2) & 1, 1);
  assert.equal(irq.level, false);
  uart.receive(0x63);
  assert.equal(rig.read(USR1) & RRDY, RRDY);
  assert.equal(irq.level, true);
  assert.equal(rig.read(URXD), 0x8061);
  assert.equal(irq.level, false, 'below the trigger again');
  assert.equal(rig.read(URXD), 0x8062);
  assert.equal(rig.read(URXD), 0x8063);
  assert.equal(rig.read(URXD), 0, 'empty: CHARRDY is clear');
});

test('the ageing timer tells of bytes below the trigger after 8 characters', () => {
  const { rig, uart, irq, enable } = makeUart();
  enable();
  rig.write(UFCR, 0x0a08); // divide by 2, trigger at 8
  rig.write(UBIR, 15);
  rig.write(UBMR, 288);
  rig.write(UCR2, 0x402f); // ATEN
  uart.receive(0x61);
  // 80 bits at 33,333,333 / 289 baud are 693,600 ns.
  rig.runTo(693_000);
  assert.equal(rig.read(USR1) & AGTIM, 0);
  rig.runTo(694_000);
  assert.equal(rig.read(USR1) & AGTIM, AGTIM);
  assert.equal(irq.level, true);
  rig.write(USR1, AGTIM);
  assert.equal(irq.level, false);
  rig.runTo(2_000_000);
  assert.equal(irq.level, true, 'and again while the byte stays');
  rig.read(URXD);
  rig.write(USR1, AGTIM);
  rig.runTo(10_000_000);
  assert.equal(rig.read(USR1) & AGTIM, 0);
});

test('the transmitter interrupts while enabled: TRDY, TXFE, TXDC', () => {
  const { rig, irq, enable } = makeUart();
  enable();
  for (const [register, bits] of [[UCR1, 0x2001], [UCR1, 0x0041], [UCR4, 0x8008]] as const) {
    rig.write(register, bits);
    assert.equal(irq.level, true);
    rig.write(register, register === UCR1 ? 1 : 0x8000);
    assert.equal(irq.level, false);
  }
});

test('a full FIFO refuses, and room is told once', () => {
  const { rig, uart, state, enable } = makeUart();
  assert.equal(uart.receive(0), false, 'the receiver is off');
  enable();
  assert.equal(state.ready, 1);
  for (let n = 0; n < 32; n++) assert.equal(uart.receive(n), true);
  assert.equal(uart.receiveSpace, 0);
  assert.equal(uart.receive(32), false);
  assert.equal(rig.read(UTS) & 8, 8, 'RXFULL');
  assert.equal(rig.read(URXD), 0x8000);
  assert.equal(rig.read(URXD), 0x8001);
  assert.equal(state.ready, 2);
});

test('loopback brings sent bytes back', () => {
  const { rig, sent, enable } = makeUart();
  enable();
  rig.write(UTS, 0x1000);
  rig.write(UTXD, 0x55);
  assert.equal(rig.read(URXD), 0x8055);
  assert.deepEqual(sent, []);
});

test('state survives, FIFO and all', () => {
  const one = makeUart();
  one.enable();
  one.rig.write(UCR1, 0x0201);
  one.uart.receive(7);
  one.uart.receive(8);
  one.rig.read(URXD);
  const two = makeUart();
  two.uart.load(structuredClone(one.uart.save()));
  assert.equal(two.irq.level, true);
  assert.deepEqual(two.uart.save(), one.uart.save());
  assert.equal(two.rig.read(URXD), 0x8008);
});
