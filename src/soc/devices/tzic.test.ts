import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NORMAL, SECURE } from '../rig.testing.ts';
import { Tzic } from './tzic.ts';

const [INTCTRL, PRIOMASK, DSMINT, INTSEC, ENSET, ENCLEAR, SRCSET, SRCCLEAR, PRIORITY, PND, HIPND, WAKEUP, SWINT] = [
  0x00, 0x0c, 0x14, 0x80, 0x100, 0x180, 0x200, 0x280, 0x400, 0xd00, 0xd80, 0xe00, 0xf00,
];

function makeTzic(strict = false) {
  const lines = { irq: false, fiq: false };
  const ignored: string[] = [];
  const tzic = new Tzic({ log: () => undefined, strict, onLines: (irq, fiq) => { Object.assign(lines, { irq, fiq }); }, onIgnored: (rule) => ignored.push(rule) });
  tzic.reset();
  const read = (offset: number, access = SECURE): number => tzic.read(offset, 4, access);
  const write = (offset: number, value: number, access = SECURE): void => { tzic.write(offset, 4, value, access); };
  return { tzic, lines, ignored, read, write };
}

/** What Linux writes at boot; in secure state this makes every source an IRQ. */
function linuxInit(write: (offset: number, value: number) => void): void {
  write(INTCTRL, 0x80010001);
  write(PRIOMASK, 0x1f);
  write(0x10, 2);
  for (let word = 0; word < 4; word++) write(INTSEC + word * 4, 0xffffffff);
  for (let word = 0; word < 4; word++) write(ENCLEAR + word * 4, 0xffffffff);
}

test('a bare Linux in secure state gets its interrupts as IRQ', () => {
  const { tzic, lines, read, write } = makeTzic();
  linuxInit(write);
  tzic.line(39).set(true);
  assert.deepEqual(lines, { irq: false, fiq: false });
  write(ENSET + 4, 1 << 7);
  assert.deepEqual(lines, { irq: true, fiq: false });
  assert.equal((read(HIPND + 4) & read(INTSEC + 4)) >>> 0, 1 << 7);
  assert.equal(read(HIPND), 0);
  write(ENCLEAR + 4, 1 << 7);
  assert.deepEqual(lines, { irq: false, fiq: false });
  write(DSMINT, 1);
  assert.equal(read(DSMINT), 1);
});

test('secure sources drive FIQ, non-secure ones IRQ, each with its enable', () => {
  const { tzic, lines, read, write } = makeTzic();
  write(PRIOMASK, 0x1f);
  write(INTSEC + 4, 1 << 7); // 39 (GPT) non-secure, 40 (EPIT1) secure
  write(ENSET + 4, 3 << 7);
  tzic.line(39).set(true);
  tzic.line(40).set(true);
  assert.deepEqual(lines, { irq: false, fiq: false });
  write(INTCTRL, 1);
  assert.deepEqual(lines, { irq: false, fiq: true });
  write(INTCTRL, 0x00010001);
  assert.deepEqual(lines, { irq: false, fiq: true }, 'NSEN needs its mask bit');
  write(INTCTRL, 0x80010001);
  assert.deepEqual(lines, { irq: true, fiq: true });
  assert.equal(read(INTCTRL), 0x00010001);
  assert.equal(tzic.isNonSecure(39), true);
  assert.equal(tzic.isNonSecure(40), false);
});

test('priorities: PRIOMASK lets lower values pass, HIPND shows the most urgent only', () => {
  const { tzic, lines, read, write } = makeTzic();
  linuxInit(write);
  write(ENSET, 0xff);
  tzic.write(PRIORITY + 1, 1, 0x10, SECURE); // source 1
  tzic.write(PRIORITY + 2, 1, 0x08, SECURE); // source 2
  tzic.write(PRIORITY + 3, 1, 0x1f, SECURE); // source 3: not below the mask
  assert.equal(read(PRIORITY), 0x1f081000);
  for (const source of [1, 2, 3]) tzic.line(source).set(true);
  assert.equal(read(PND), 0b1110);
  assert.equal(read(HIPND), 0b0100);
  tzic.line(2).set(false);
  assert.equal(read(HIPND), 0b0010);
  tzic.line(1).set(false);
  assert.equal(read(HIPND), 0);
  assert.equal(lines.irq, false);
});

test('SWINT stays pending until it is negated or its source is cleared', () => {
  const { lines, read, write } = makeTzic();
  linuxInit(write);
  write(ENSET + 8, 1 << 28);
  write(SWINT, 92);
  assert.equal(lines.irq, true);
  assert.equal(read(PND + 8), 1 << 28);
  write(SWINT, 0x80000000 | 92);
  assert.equal(lines.irq, false);
  write(SRCSET + 8, 1 << 28);
  assert.equal(lines.irq, true);
  write(SRCCLEAR + 8, 1 << 28);
  assert.equal(lines.irq, false);
});

test('the normal world sees and changes non-secure sources only, and nothing aborts', () => {
  const { tzic, lines, ignored, read, write } = makeTzic();
  write(INTCTRL, 1);
  write(PRIOMASK, 0x1f);
  write(INTSEC, 0x0000fff0);
  write(ENSET, 0x0000000f);
  linuxInit((offset, value) => { write(offset, value, NORMAL); });
  assert.equal(read(INTSEC), 0xfff0);
  assert.equal(read(ENSET), 0x0f, 'secure enables survive ENCLEAR of all ones');
  assert.equal(read(INTCTRL), 0x00010001);
  assert.equal(read(PRIOMASK), 0x1f, 'a mask below 0x80 is out of its reach');
  assert.deepEqual(ignored, ['TZIC PRIOMASK', 'TZIC INTSEC', 'TZIC INTSEC', 'TZIC INTSEC', 'TZIC INTSEC', 'TZIC ENCLEAR of secure sources']);
  write(ENSET, 0xff, NORMAL);
  assert.equal(read(ENSET, NORMAL), 0xf0);
  tzic.line(0).set(true);
  tzic.line(4).set(true);
  assert.deepEqual(lines, { irq: true, fiq: true });
  assert.equal(read(PND, NORMAL), 0x10);
  assert.equal(read(HIPND, NORMAL), 0x10);
  assert.equal(read(PND), 0x11);
  write(SWINT, 1, NORMAL);
  assert.equal(read(SRCSET), 0x11, 'it cannot raise a secure source');
  write(WAKEUP, 0xffffffff, NORMAL);
  assert.equal(read(WAKEUP), 0xfff0);
});

test('non-secure view of INTSEC: true bits by default, zero when strict', () => {
  for (const strict of [false, true]) {
    const { read, write } = makeTzic(strict);
    write(INTSEC, 0xff);
    assert.equal(read(INTSEC, NORMAL), strict ? 0 : 0xff);
    assert.equal(read(INTSEC), 0xff);
  }
});

test('non-secure view of PRIORITY and PRIOMASK: v stands for 0x80 | v >> 1', () => {
  const { ignored, read, write } = makeTzic();
  write(INTSEC, 0b1100);
  write(PRIORITY, 0x40302010);
  write(PRIORITY, 0xe0f01234, NORMAL);
  assert.equal(read(PRIORITY), 0xf0f82010);
  assert.equal(read(PRIORITY, NORMAL), 0xe0f00000);
  assert.deepEqual(ignored, ['TZIC PRIORITY of a secure source']);
  write(PRIOMASK, 0xff);
  write(PRIOMASK, 0x1f, NORMAL);
  assert.equal(read(PRIOMASK), 0x8f);
  assert.equal(read(PRIOMASK, NORMAL), 0x1e);
});

test('state survives, and the lines are told again', () => {
  const one = makeTzic();
  linuxInit(one.write);
  one.write(ENSET, 2);
  one.tzic.line(1).set(true);
  const two = makeTzic();
  two.tzic.load(structuredClone(one.tzic.save()));
  assert.equal(two.lines.irq, true);
  two.tzic.line(1).set(false);
  assert.equal(two.lines.irq, false);
});
