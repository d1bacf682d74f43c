import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventQueue, STOPPED, hertz } from '../index.ts';
import type { Rate } from '../index.ts';
import { Rig, TestLine } from '../rig.testing.ts';
import { Epit } from './epit.ts';
import { Gpt } from './gpt.ts';
import { Wdog } from './wdog.ts';

/** ipg is 50 MHz (20 instructions a tick), per 100 MHz (10), low 32,768 Hz. */
function timerPorts() {
  const events = new EventQueue();
  const irq = new TestLine();
  const gate: { per: Rate } = { per: hertz(100_000_000) };
  const ports = {
    clock: events, irq, log: () => undefined,
    rates: { ipg: () => hertz(50_000_000), per: () => gate.per, low: () => hertz(32_768) },
  };
  return { events, irq, gate, ports };
}

function makeGpt() {
  const { events, irq, gate, ports } = timerPorts();
  const device = new Gpt('GPT', ports);
  device.reset();
  return { rig: new Rig(device, events), device, events, irq, gate };
}

const GPT = { CR: 0x00, PR: 0x04, SR: 0x08, IR: 0x0c, OCR1: 0x10, OCR2: 0x14, OCR3: 0x18, CNT: 0x24 } as const;
/** EN, WAITEN, per clock, free-running: what Linux writes. */
const LINUX = 0x1 | 0x8 | 2 << 6 | 1 << 9;

test('GPT as Linux drives it: free-running clocksource, one-shot compare on OCR1', () => {
  const { rig, irq, events } = makeGpt();
  rig.write(GPT.CR, 0);
  rig.write(GPT.PR, 0);
  rig.write(GPT.CR, LINUX);
  rig.runTo(1234);
  assert.equal(rig.read(GPT.CNT), 123);
  rig.write(GPT.IR, 1);
  rig.write(GPT.OCR1, rig.read(GPT.CNT) + 1000);
  assert.equal(events.nextDeadline, 11_230, 'the first instruction at which the counter is 1123');
  rig.runTo(11_229);
  assert.equal(irq.level, false);
  rig.runTo(11_230);
  assert.equal(irq.level, true);
  assert.equal(rig.read(GPT.CNT), 1123);
  assert.equal(rig.read(GPT.SR), 1);
  rig.write(GPT.SR, 1);
  assert.equal(irq.level, false);
  assert.equal(rig.read(GPT.SR), 0);
  rig.runTo(20_000);
  assert.equal(rig.read(GPT.CNT), 2000, 'free-running: no restart at the match');
});

test('GPT: the prescaler divides, a stop holds the count, ENMOD decides whether a start clears it', () => {
  const { rig } = makeGpt();
  rig.write(GPT.PR, 4);
  rig.write(GPT.CR, LINUX);
  rig.runTo(1000);
  assert.equal(rig.read(GPT.CNT), 20);
  rig.write(GPT.CR, LINUX & ~1);
  rig.runTo(5000);
  assert.equal(rig.read(GPT.CNT), 20);
  rig.write(GPT.CR, LINUX);
  rig.runTo(5050);
  assert.equal(rig.read(GPT.CNT), 21);
  rig.write(GPT.CR, LINUX & ~1);
  rig.write(GPT.CR, LINUX | 2);
  assert.equal(rig.read(GPT.CNT), 0);
});

test('GPT: rollover after 2^32 ticks, and compare flags without their interrupts', () => {
  const { rig, irq } = makeGpt();
  rig.write(GPT.OCR2, 500);
  rig.write(GPT.CR, LINUX);
  rig.runTo(5000);
  assert.equal(rig.read(GPT.SR), 2);
  assert.equal(irq.level, false);
  rig.write(GPT.IR, 0x20);
  rig.runTo(10 * 2 ** 32 - 1);
  assert.equal(irq.level, false);
  assert.equal(rig.read(GPT.CNT), 0xffffffff);
  rig.runTo(10 * 2 ** 32);
  assert.equal(irq.level, true);
  assert.equal(rig.read(GPT.CNT), 0);
  // OCR1 and OCR3 are 0xffffffff after reset, and have matched on the way.
  assert.equal(rig.read(GPT.SR), 0x27);
});

test('GPT: restart mode counts 0..OCR1 and starts again, without a rollover', () => {
  const { rig, irq } = makeGpt();
  rig.write(GPT.OCR1, 9);
  rig.write(GPT.IR, 1);
  rig.write(GPT.CR, LINUX & ~(1 << 9));
  rig.runTo(99);
  assert.equal(rig.read(GPT.CNT), 9);
  assert.equal(irq.level, true);
  rig.write(GPT.SR, 1);
  rig.runTo(100);
  assert.equal(rig.read(GPT.CNT), 0);
  rig.runTo(189);
  assert.equal(irq.level, false);
  rig.runTo(190);
  assert.equal(irq.level, true);
  assert.equal(rig.read(GPT.SR), 1);
  rig.runTo(10_000_000);
  assert.equal(rig.read(GPT.CNT), 0);
  rig.write(GPT.OCR1, 100);
  rig.runTo(10_000_050);
  assert.equal(rig.read(GPT.CNT), 5, 'a write to OCR1 restarts the counter');
});

test('GPT: clock sources, a gated clock, and software reset', () => {
  const { rig, device, gate } = makeGpt();
  rig.write(GPT.CR, 1 | 1 << 6 | 1 << 9);
  rig.runTo(1000);
  assert.equal(rig.read(GPT.CNT), 50, 'ipg');
  rig.write(GPT.CR, LINUX);
  rig.runTo(2000);
  assert.equal(rig.read(GPT.CNT), 150);
  gate.per = STOPPED;
  device.clockChanged();
  rig.runTo(9000);
  assert.equal(rig.read(GPT.CNT), 150, 'the gate is shut');
  rig.write(GPT.OCR1, 7);
  rig.write(GPT.CR, 0x8000 | LINUX);
  assert.equal(rig.read(GPT.CR), 0x9, 'EN and WAITEN stay, SWR reads as zero');
  assert.equal(rig.read(GPT.OCR1), 0xffffffff);
  assert.equal(rig.read(GPT.CNT), 0);
});

test('GPT: state survives in the middle of a count', () => {
  const one = makeGpt();
  one.rig.write(GPT.IR, 1);
  one.rig.write(GPT.OCR1, 100);
  one.rig.write(GPT.CR, LINUX & ~(1 << 9));
  one.rig.runTo(1004);
  const two = makeGpt();
  two.device.load(structuredClone(one.device.save()));
  two.events.load(one.events.save());
  assert.deepEqual(two.events.save(), one.events.save());
  for (const rig of [one.rig, two.rig]) {
    rig.write(GPT.SR, 1);
    rig.runTo(2009);
    assert.equal(rig.read(GPT.SR), 0);
    rig.runTo(2010);
    assert.equal(rig.read(GPT.SR), 1);
  }
  assert.deepEqual(two.device.save(), one.device.save());
});

function makeEpit() {
  const { events, irq, ports } = timerPorts();
  const device = new Epit('EPIT1', ports);
  device.reset();
  return { rig: new Rig(device, events), device, events, irq };
}

const EPIT = { CR: 0x00, SR: 0x04, LR: 0x08, CMPR: 0x0c, CNR: 0x10 } as const;
/** Bits of EPIT's CR. */
const [EN, ENMOD, OCIEN, RLD, IOVW, IPG, PER] = [1, 2, 4, 8, 1 << 17, 1 << 24, 2 << 24];

test('EPIT counts down, matches at CMPR, and reloads from LR after zero', () => {
  const { rig, irq } = makeEpit();
  rig.write(EPIT.LR, 99);
  rig.write(EPIT.CR, EN | ENMOD | OCIEN | RLD | PER);
  assert.equal(rig.read(EPIT.CNR), 99);
  rig.runTo(980);
  assert.equal(rig.read(EPIT.CNR), 1);
  assert.equal(irq.level, false);
  rig.runTo(990);
  assert.equal(rig.read(EPIT.CNR), 0);
  assert.equal(irq.level, true);
  rig.write(EPIT.SR, 1);
  assert.equal(irq.level, false);
  rig.runTo(1000);
  assert.equal(rig.read(EPIT.CNR), 99);
  rig.runTo(1989);
  assert.equal(irq.level, false);
  rig.runTo(1990);
  assert.equal(irq.level, true);
});

test('EPIT: prescaler, compare in mid-count, and the flag without its interrupt', () => {
  const { rig, irq } = makeEpit();
  rig.write(EPIT.LR, 1000);
  rig.write(EPIT.CMPR, 990);
  rig.write(EPIT.CR, EN | ENMOD | RLD | IPG | 4 << 4); // 50 MHz / 5
  rig.runTo(999);
  assert.equal(rig.read(EPIT.SR), 0);
  rig.runTo(1000);
  assert.equal(rig.read(EPIT.SR), 1);
  assert.equal(irq.level, false);
});

test('EPIT as a one-shot: IOVW loads the counter at once, free-running goes on from 0xffffffff', () => {
  const { rig, irq } = makeEpit();
  rig.write(EPIT.CR, EN | ENMOD | OCIEN | IOVW | PER);
  assert.equal(rig.read(EPIT.CNR), 0xffffffff);
  rig.runTo(100);
  rig.write(EPIT.LR, 50);
  assert.equal(rig.read(EPIT.CNR), 50);
  rig.runTo(600);
  assert.equal(irq.level, true);
  assert.equal(rig.read(EPIT.CNR), 0);
  rig.runTo(610);
  assert.equal(rig.read(EPIT.CNR), 0xffffffff);
});

test('EPIT: without IOVW a new LR waits for the reload; software reset; state', () => {
  const one = makeEpit();
  one.rig.write(EPIT.LR, 9);
  one.rig.write(EPIT.CR, EN | ENMOD | RLD | PER);
  one.rig.runTo(50);
  one.rig.write(EPIT.LR, 99);
  assert.equal(one.rig.read(EPIT.CNR), 4);
  one.rig.runTo(100);
  assert.equal(one.rig.read(EPIT.CNR), 99);
  const two = makeEpit();
  two.device.load(structuredClone(one.device.save()));
  two.events.load(one.events.save());
  for (const { rig } of [one, two]) {
    rig.runTo(3_000_000_105);
    // 300,000,000 ticks after the reload at 100: a whole number of periods.
    assert.equal(rig.read(EPIT.CNR), 99);
    assert.equal(rig.read(EPIT.SR), 1);
  }
  one.rig.write(EPIT.CR, 1 << 16);
  assert.equal(one.rig.read(EPIT.LR), 0xffffffff);
});

function makeWdog() {
  const events = new EventQueue();
  const irq = new TestLine();
  const resets: string[] = [];
  const device = new Wdog('WDOG1', { clock: events, irq, log: () => undefined, onReset: (name, cause) => resets.push(`${name} ${cause}`) });
  device.reset();
  const rig = new Rig(device, events);
  return { device, irq, resets, rig, write: (offset: number, value: number) => { rig.write(offset, value, undefined, 2); }, read: (offset: number) => rig.read(offset, undefined, 2) };
}

test('WDOG: SRS written as 0 resets at once, as Linux restarts the board', () => {
  const { device, resets, write, read } = makeWdog();
  assert.equal(read(0), 0x30);
  assert.equal(read(4), 0x10, 'power-on');
  write(0, 0x4);
  assert.deepEqual(resets, ['WDOG1 software']);
  device.reset();
  assert.equal(read(4), 1);
});

test('WDOG: times out after (WT + 1) half seconds unless 0x5555 and 0xaaaa come', () => {
  const { device, resets, rig, write, read } = makeWdog();
  write(0, 0x0334);
  write(0, 0x0330);
  assert.equal(read(0), 0x0334, 'WDE cannot be cleared');
  rig.runTo(1_900_000_000);
  write(2, 0xaaaa);
  write(2, 0x5555);
  write(2, 0xaaaa);
  rig.runTo(3_899_999_999);
  assert.deepEqual(resets, []);
  rig.runTo(3_900_000_000);
  assert.deepEqual(resets, ['WDOG1 timeout']);
  device.reset();
  assert.equal(read(4), 2);
});

test('WDOG: the warning comes WICT half seconds before', () => {
  const { irq, rig, write, read } = makeWdog();
  write(6, 0x8001);
  write(0, 0x0334);
  rig.runTo(1_499_999_999);
  assert.equal(irq.level, false);
  rig.runTo(1_500_000_000);
  assert.equal(irq.level, true);
  write(6, 0xc001);
  assert.equal(irq.level, false);
  assert.equal(read(6), 0x8001);
});
