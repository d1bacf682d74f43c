import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STATE } from '../layout.ts';
import { Bench } from './bench.testing.ts';

const PMCR = 'p15 0 c9 c12 0';
const PMCNTENSET = 'p15 0 c9 c12 1';
const PMCNTENCLR = 'p15 0 c9 c12 2';
const PMOVSR = 'p15 0 c9 c12 3';
const PMSWINC = 'p15 0 c9 c12 4';
const PMSELR = 'p15 0 c9 c12 5';
const PMCCNTR = 'p15 0 c9 c13 0';
const PMXEVTYPER = 'p15 0 c9 c13 1';
const PMXEVCNTR = 'p15 0 c9 c13 2';
const PMINTENSET = 'p15 0 c9 c14 1';
const PMINTENCLR = 'p15 0 c9 c14 2';
const E = 1;
const P = 2;
const C = 4;
const D = 8;
const CYCLES = 0x80000000;

function bench(): Bench {
  const b = new Bench();
  b.now = 1000;
  return b;
}

test('the cycle counter counts only while PMCR.E and its enable are set', () => {
  const b = bench();
  b.mcr(PMCNTENSET, CYCLES);
  b.now += 10;
  assert.equal(b.mrc(PMCCNTR), 0);
  b.mcr(PMCR, E);
  b.now += 7;
  assert.equal(b.mrc(PMCCNTR), 7);
  b.now += 5;
  b.mcr(PMCNTENCLR, CYCLES);
  b.now += 100;
  assert.equal(b.mrc(PMCCNTR), 12);
  b.mcr(PMCNTENSET, CYCLES);
  b.now += 1;
  b.mcr(PMCR, 0);
  b.now += 50;
  assert.equal(b.mrc(PMCCNTR), 13);
  b.mcr(PMCR, E | C);
  assert.equal(b.mrc(PMCCNTR), 0);
  assert.equal(b.mrc(PMCR), 0x41002001, 'C reads as zero, identification stays');
});

test('PMCR.D counts each 64th cycle, exactly across reads', () => {
  const b = bench();
  b.mcr(PMCNTENSET, CYCLES);
  b.mcr(PMCR, E | C | D);
  for (let i = 1; i <= 200; i++) {
    b.now += 1;
    assert.equal(b.mrc(PMCCNTR), Math.floor(i / 64));
  }
  b.mcr(PMCR, E | D | C);
  b.now += 63;
  assert.equal(b.mrc(PMCCNTR), 0);
  b.now += 1;
  assert.equal(b.mrc(PMCCNTR), 1);
});

test('enables: set and clear registers show the same bits, of counters that exist', () => {
  const b = bench();
  b.mcr(PMCNTENSET, 0xffffffff);
  assert.equal(b.mrc(PMCNTENSET), 0x8000000f);
  b.mcr(PMCNTENSET, 0);
  assert.equal(b.mrc(PMCNTENCLR), 0x8000000f);
  b.mcr(PMCNTENCLR, 0x80000005);
  assert.equal(b.mrc(PMCNTENSET), 0xa);
  b.mcr(PMINTENSET, 0xffffffff);
  b.mcr(PMINTENCLR, 0x8000000e);
  assert.equal(b.mrc(PMINTENSET), 1);
  assert.equal(b.mrc(PMINTENCLR), 1);
});

test('event counters: instructions, cycles, software increments; other events stay', () => {
  const b = bench();
  [0x08, 0x11, 0x00, 0x03].forEach((event, counter) => {
    b.mcr(PMSELR, counter);
    b.mcr(PMXEVTYPER, event);
    assert.equal(b.mrc(PMXEVTYPER), event);
    b.mcr(PMXEVCNTR, 100 * counter);
  });
  b.mcr(PMCNTENSET, 0xf);
  b.mcr(PMCR, E);
  b.now += 42;
  b.mcr(PMSWINC, 0xf);
  b.mcr(PMSWINC, 0x4);
  const counters = [0, 1, 2, 3].map((counter) => {
    b.mcr(PMSELR, counter);
    return b.mrc(PMXEVCNTR);
  });
  assert.deepEqual(counters, [42, 142, 202, 300]);
  b.mcr(PMCR, E | P);
  for (let counter = 0; counter < 4; counter++) {
    b.mcr(PMSELR, counter);
    assert.equal(b.mrc(PMXEVCNTR), 0);
  }
  b.mcr(PMSELR, 4);
  b.mcr(PMXEVCNTR, 77);
  assert.equal(b.mrc(PMXEVCNTR), 0, 'no counter is selected');
  b.mcr(PMSELR, 31);
  assert.equal(b.mrc(PMXEVTYPER), 0);
});

test('a software increment needs the counter and the PMU enabled', () => {
  const b = bench();
  b.mcr(PMSWINC, 1);
  assert.equal(b.mrc(PMXEVCNTR), 0);
  b.mcr(PMCR, E);
  b.mcr(PMSWINC, 1);
  assert.equal(b.mrc(PMXEVCNTR), 0);
  b.mcr(PMCNTENSET, 1);
  b.mcr(PMSWINC, 1);
  assert.equal(b.mrc(PMXEVCNTR), 1);
});

test('overflow sets its flag, wraps, and raises the interrupt at the count that was foretold', () => {
  const b = bench();
  b.mcr(PMXEVTYPER, 0x08);
  b.mcr(PMXEVCNTR, 0xfffffff0);
  b.mcr(PMCNTENSET, 1);
  assert.equal(b.cp15.nextPmuOverflow(), Infinity, 'no interrupt is enabled');
  b.mcr(PMINTENSET, 1);
  assert.equal(b.cp15.nextPmuOverflow(), Infinity, 'the PMU is off');
  b.mcr(PMCR, E);
  assert.equal(b.cp15.nextPmuOverflow(), 1016);
  b.now = 1015;
  assert.equal(b.cp15.pmuInterrupt(), false);
  assert.equal(b.mrc(PMOVSR), 0);
  b.now = 1016;
  assert.equal(b.cp15.pmuInterrupt(), true);
  assert.equal(b.cp15.nextPmuOverflow(), Infinity, 'it is asserted already');
  b.now = 1020;
  assert.equal(b.mrc(PMXEVCNTR), 4);
  assert.equal(b.mrc(PMOVSR), 1);
  b.mcr(PMOVSR, 0x80000000);
  assert.equal(b.cp15.pmuInterrupt(), true);
  b.mcr(PMOVSR, 1);
  assert.equal(b.cp15.pmuInterrupt(), false);
  assert.equal(b.cp15.nextPmuOverflow(), 1020 + 0x1_0000_0000 - 4);
});

test('the cycle counter foretells its overflow with and without the divider', () => {
  const b = bench();
  b.mcr(PMCNTENSET, CYCLES);
  b.mcr(PMINTENSET, CYCLES);
  b.mcr(PMCR, E | C | D);
  b.mcr(PMCCNTR, 0xfffffffe);
  b.now += 10;
  assert.equal(b.cp15.nextPmuOverflow(), 1000 + 128);
  b.now = 1127;
  assert.equal(b.cp15.pmuInterrupt(), false);
  b.now = 1128;
  assert.equal(b.cp15.pmuInterrupt(), true);
  assert.equal(b.mrc(PMOVSR), 0x80000000);
  b.mcr(PMOVSR, CYCLES);
  b.mcr(PMCR, E);
  b.mcr(PMCCNTR, 0xffffff00);
  assert.equal(b.cp15.nextPmuOverflow(), 1128 + 256);
});

test('counts beyond 32 bits of instructions stay exact', () => {
  const b = bench();
  b.now = 2 ** 40 + 123;
  b.mcr(PMCR, E | C);
  b.mcr(PMCNTENSET, CYCLES);
  b.now += 2 ** 33 + 5;
  assert.equal(b.mrc(PMCCNTR), 5);
  assert.equal(b.mrc(PMOVSR), CYCLES);
});

test('all of the PMU is in the CPU state: a copy counts on', () => {
  const b = bench();
  b.mcr(PMCNTENSET, CYCLES);
  b.mcr(PMCR, E | D);
  b.now += 100;
  assert.equal(b.mrc(PMCCNTR), 1);
  const other = new Bench();
  other.memory.u32.set(b.memory.u32.subarray(0, STATE.words));
  other.now = b.now + 28;
  assert.equal(other.mrc(PMCCNTR), 2);
});
