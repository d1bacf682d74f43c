import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STATE } from '../layout.ts';
import { FAULT_NONE } from '../mmu/faults.ts';
import { Bench, RAM, SECURE_RAM } from './bench.testing.ts';

const SCTLR = 'p15 0 c1 c0 0';
const TTBR0 = 'p15 0 c2 c0 0';
const DACR = 'p15 0 c3 c0 0';
const PAR = 'p15 0 c7 c4 0';
const PRRR = 'p15 0 c10 c2 0';
const NMRR = 'p15 0 c10 c2 1';
const PL1_READ = 'p15 0 c7 c8 0';
const PL1_WRITE = 'p15 0 c7 c8 1';
const USER_READ = 'p15 0 c7 c8 2';
const USER_WRITE = 'p15 0 c7 c8 3';
const OTHER_PL1_READ = 'p15 0 c7 c8 4';
const OTHER_USER_WRITE = 'p15 0 c7 c8 7';

const TABLE = RAM + 0x4000;
const SECOND_LEVEL = RAM + 0x8000;
const MMU_ON = 1;
const TRE = 1 << 28;
const AFE = 1 << 29;

/** AP[2:0] of a section, in place. */
const sectionAp = (ap: number): number => (ap & 3) << 10 | (ap >>> 2) << 15;
const RW_ALL = sectionAp(3);
/** TEX, C, B of a section and of a small page, from a number of five bits. */
const sectionTexCb = (n: number): number => (n >>> 2) << 12 | (n & 3) << 2;

/** A bench whose secure world translates with one table, domain 0 a client. */
function bench(sctlr = MMU_ON): Bench {
  const b = new Bench();
  b.mcr(TTBR0, TABLE);
  b.mcr(DACR, 1);
  b.mcr(SCTLR, sctlr);
  return b;
}

function translate(b: Bench, operation: string, va: number): number {
  b.mcr(operation, va);
  return b.mrc(PAR);
}

function section(b: Bench, va: number, descriptor: number, table = TABLE): void {
  b.poke(table + (va >>> 20) * 4, descriptor | 2);
}

test('sections, small pages, large pages and supersections give their addresses', () => {
  const b = bench();
  section(b, 0x12300000, 0xabc00000 | RW_ALL);
  assert.equal(translate(b, PL1_READ, 0x12345678), 0xabc45090, 'strongly ordered: Inner 1, SH');
  b.poke(TABLE + 0x456 * 4, SECOND_LEVEL | 1);
  b.poke(SECOND_LEVEL + 0x78 * 4, 0xdeadb000 | 0x30 | 2);
  assert.equal(translate(b, PL1_READ, 0x45678fff), 0xdeadb090);
  for (let i = 0x90; i < 0xa0; i++) b.poke(SECOND_LEVEL + i * 4, 0xcafe0000 | 0x30 | 1);
  assert.equal(translate(b, PL1_READ, 0x4569a123), 0xcafea090);
  for (let i = 0x560; i < 0x570; i++) b.poke(TABLE + i * 4, 0x98000000 | 1 << 18 | RW_ALL | 2);
  assert.equal(translate(b, PL1_READ, 0x56789abc), 0x98000092, 'SS set, PAR[23:12] zero');
});

test('attributes without TEX remap, shareable and not', () => {
  // Table B3-10, and PAR's encodings in B4.1.112: PAR[7:2] = SH, Inner, Outer.
  const expected: readonly (readonly [texCb: number, notShareable: number, shareable: number])[] = [
    [0b00000, 0x90, 0x90], [0b00001, 0xb0, 0xb0], [0b00010, 0x68, 0xe8], [0b00011, 0x7c, 0xfc], [0b00100, 0x00, 0x80], [0b00111, 0x54, 0xd4],
    [0b01000, 0x30, 0x30],
    [0b10000, 0x00, 0x80], [0b10101, 0x54, 0xd4], [0b11010, 0x68, 0xe8], [0b11111, 0x7c, 0xfc],
    [0b10001, 0x50, 0xd0], [0b10100, 0x04, 0x84], [0b11101, 0x5c, 0xdc], [0b11011, 0x78, 0xf8],
  ];
  for (const [texCb, notShareable, shareable] of expected) {
    const b = bench();
    section(b, 0x10000000, 0x20000000 | RW_ALL | sectionTexCb(texCb));
    section(b, 0x10100000, 0x20000000 | RW_ALL | sectionTexCb(texCb) | 1 << 16);
    assert.equal(translate(b, PL1_READ, 0x10000000), 0x20000000 | notShareable, `TEX:C:B ${texCb.toString(2)}`);
    assert.equal(translate(b, PL1_READ, 0x10100000), 0x20000000 | shareable, `TEX:C:B ${texCb.toString(2)} S`);
  }
});

test('attributes with TEX remap, set as Linux sets it', () => {
  // PRRR.DS1 and NS1 are set, DS0 and NS0 clear. n: 0 strongly ordered; 1 normal non-cacheable;
  // 2 normal write-through; 3 normal write-back; 4 device; 7 normal write-back write-allocate.
  const b = bench(MMU_ON | TRE);
  b.mcr(PRRR, 0xff0a81a8);
  b.mcr(NMRR, 0x40e040e0);
  const expected: readonly (readonly [n: number, notShareable: number, shareable: number])[] = [
    [0, 0x90, 0x90], [1, 0x00, 0x80], [2, 0x68, 0xe8], [3, 0x7c, 0xfc], [4, 0x30, 0xb0], [7, 0x54, 0xd4],
  ];
  for (const [n, notShareable, shareable] of expected) {
    section(b, 0x10000000, 0x20000000 | RW_ALL | sectionTexCb(n));
    section(b, 0x10100000, 0x20000000 | RW_ALL | sectionTexCb(n) | 1 << 16);
    assert.equal(translate(b, PL1_READ, 0x10000000), 0x20000000 | notShareable, `n = ${n}`);
    assert.equal(translate(b, PL1_READ, 0x10100000), 0x20000000 | shareable, `n = ${n}, S`);
  }
  b.mcr(PRRR, 0x000681a8);
  section(b, 0x10000000, 0x20000000 | RW_ALL | sectionTexCb(1));
  assert.equal(translate(b, PL1_READ, 0x10000000), 0x20000080, 'PRRR.NS0 makes S = 0 shareable');
});

test('permissions by privilege and direction', () => {
  // Table B3-8: AP[2:0], then PL1 read, PL1 write, user read, user write.
  const rights: readonly (readonly [ap: number, rights: string])[] = [
    [0, '----'], [1, 'rw--'], [2, 'rwr-'], [3, 'rwrw'], [5, 'r---'], [6, 'r-r-'], [7, 'r-r-'],
  ];
  const b = bench();
  b.poke(TABLE + 0x457 * 4, SECOND_LEVEL | 1);
  for (const [ap, expected] of rights) {
    section(b, 0x10000000, 0x20000000 | sectionAp(ap));
    b.poke(SECOND_LEVEL, 0x20000000 | (ap & 3) << 4 | (ap >>> 2) << 9 | 2);
    [PL1_READ, PL1_WRITE, USER_READ, USER_WRITE].forEach((operation, i) => {
      const allowed = expected[i] !== '-';
      assert.equal(translate(b, operation, 0x10000000), allowed ? 0x20000090 : 0x0d << 1 | 1, `AP ${ap} section, operation ${i}`);
      assert.equal(translate(b, operation, 0x45700000), allowed ? 0x20000090 : 0x0f << 1 | 1, `AP ${ap} page, operation ${i}`);
    });
  }
});

test('faults give their status', () => {
  const b = bench(MMU_ON | AFE);
  assert.equal(translate(b, PL1_READ, 0x10000000), 0x05 << 1 | 1, 'translation, section');
  b.poke(TABLE + 0x457 * 4, SECOND_LEVEL | 1);
  assert.equal(translate(b, PL1_READ, 0x45700000), 0x07 << 1 | 1, 'translation, page');
  section(b, 0x10000000, 0x20000000 | sectionAp(2));
  assert.equal(translate(b, PL1_READ, 0x10000000), 0x03 << 1 | 1, 'access flag, section');
  b.poke(SECOND_LEVEL, 0x20000000 | 2 << 4 | 2);
  assert.equal(translate(b, PL1_READ, 0x45700000), 0x06 << 1 | 1, 'access flag, page');
  section(b, 0x10000000, 0x20000000 | RW_ALL | 5 << 5);
  assert.equal(translate(b, PL1_READ, 0x10000000), 0x09 << 1 | 1, 'domain, section');
  b.poke(TABLE + 0x457 * 4, SECOND_LEVEL | 5 << 5 | 1);
  b.poke(SECOND_LEVEL, 0x20000000 | 3 << 4 | 2);
  assert.equal(translate(b, PL1_READ, 0x45700000), 0x0b << 1 | 1, 'domain, page');
  b.mcr(DACR, 3 << 10 | 1);
  assert.equal(translate(b, USER_WRITE, 0x45700000), 0x20000090, 'a manager domain checks nothing');
  assert.equal(b.cp15.walkAbort, FAULT_NONE);
});

test('external aborts of the walk are in PAR and are reported to the executor', () => {
  const b = bench();
  b.poke(TABLE + 0x457 * 4, 0x30000000 | 1);
  assert.equal(translate(b, PL1_READ, 0x45700000), 0x0e << 1 | 1, 'nothing decodes at the second level');
  assert.equal(b.cp15.walkAbort, 0x0e);
  b.mcr(TTBR0, 0x40000000);
  assert.equal(translate(b, PL1_READ, 0x45700000), 0x0c << 1 | 1);
  assert.equal(b.cp15.walkAbort, 0x0c);
  b.as('monitor, NS=1');
  b.mcr(TTBR0, SECURE_RAM);
  b.mcr(SCTLR, MMU_ON);
  b.as('non-secure SVC');
  assert.equal(translate(b, PL1_READ, 0x45700000), 1 << 6 | 0x0c << 1 | 1, 'refused by a slave: ExT is PAR[6]');
  assert.equal(b.cp15.walkAbort, 0x100c);
  b.as('secure SVC');
  b.mcr(TTBR0, TABLE);
  section(b, 0x10000000, 0x20000000 | RW_ALL);
  translate(b, PL1_READ, 0x10000000);
  assert.equal(b.cp15.walkAbort, FAULT_NONE);
});

test('with the MMU off the address is the same, strongly ordered, and NS tells the world', () => {
  const b = bench(0);
  assert.equal(translate(b, USER_WRITE, 0x12345678), 0x12345090);
  assert.equal(translate(b, OTHER_USER_WRITE, 0x12345678), 0x12345290);
  b.as('non-secure SVC');
  assert.equal(translate(b, USER_WRITE, 0x12345678), 0x12345290);
});

test('the NS bits of secure descriptors', () => {
  const b = bench();
  section(b, 0x10000000, 0x20000000 | RW_ALL | 1 << 19);
  assert.equal(translate(b, PL1_READ, 0x10000000), 0x20000290);
  b.poke(TABLE + 0x457 * 4, SECOND_LEVEL | 1 << 3 | 1);
  b.poke(SECOND_LEVEL, 0x20000000 | 3 << 4 | 2);
  assert.equal(translate(b, PL1_READ, 0x45700000), 0x20000290);
});

test('worlds: current and other, and where the result goes', () => {
  const b = bench();
  const OTHER_TABLE = RAM + 0x10000;
  b.as('monitor, NS=1');
  b.mcr(TTBR0, OTHER_TABLE);
  b.mcr(DACR, 1);
  b.mcr(SCTLR, MMU_ON);
  b.mcr(PAR, 0x11111000);
  section(b, 0x10000000, 0x20000000 | sectionAp(1));
  section(b, 0x10000000, 0x30000000 | sectionAp(2), OTHER_TABLE);

  b.as('secure SVC');
  assert.equal(translate(b, PL1_READ, 0x10000000), 0x20000090);
  assert.equal(translate(b, OTHER_PL1_READ, 0x10000000), 0x30000290, 'the result of the other world is in the secure PAR');
  assert.equal(translate(b, OTHER_USER_WRITE, 0x10000000), 0x0d << 1 | 1);
  assert.equal(b.memory.u32[STATE.PAR + 1], 0x11111000, 'the non-secure PAR is untouched');

  b.as('non-secure SVC');
  assert.equal(translate(b, PL1_READ, 0x10000000), 0x30000290);
  assert.ok(!b.may(OTHER_PL1_READ, true));

  b.as('monitor, NS=1');
  b.mcr(PL1_READ, 0x10000000);
  assert.equal(b.memory.u32[STATE.PAR], 0x20000090, 'monitor mode translates by the secure tables and answers in the secure PAR');
  assert.equal(b.mrc(PAR), 0x30000290, 'while MRC there reads the non-secure copy');
});
