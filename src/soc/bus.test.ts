import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUS_DECODE, BUS_OK, BUS_REFUSED, MASTER_SHIFT, NONSECURE, PRIVILEGED, WRITE } from '../cpu/bus-port.ts';
import { Bus, describeAccess, masterNumber, masterOf } from './index.ts';
import { NORMAL, SECURE, testBoard } from './rig.testing.ts';

const M4IF = 0x63fd8000;
const CSU = 0x63f9c000;

test('an access describes itself', () => {
  assert.equal(describeAccess(NONSECURE | PRIVILEGED | WRITE | masterNumber('SDMA') << MASTER_SHIFT), 'non-secure privileged write by SDMA');
  assert.equal(masterOf(0), 'CPU');
});

test('memory answers in both banks, and pages map to linear memory', () => {
  const { bus, memory } = testBoard();
  bus.write(0x70001004, 4, 0x11223344, SECURE);
  bus.write(0xb0000000, 2, 0xabcd, SECURE);
  bus.write(0xf8000003, 1, 0x5a, SECURE);
  const view = new DataView(memory);
  assert.equal(view.getUint32(0x1004, true), 0x11223344);
  assert.equal(view.getUint16(0x200000, true), 0xabcd);
  assert.equal(view.getUint8(0x400003), 0x5a);
  assert.equal(bus.read(0x70001006, 1, SECURE), 0x22);
  assert.equal(bus.page(0x70001004, SECURE), 0x1000);
  assert.equal(bus.page(0xb0001fff | 0, SECURE), 0x201000, 'addresses may come as int32');
  assert.equal(bus.page(0x53fbc000, SECURE), -1, 'a device is no page');
});

test('what decodes to nothing is a decode error', () => {
  const { bus } = testBoard();
  for (const pa of [0x90000000, 0x00200000, 0x53f70000, 0xfffff000, 0x70200000]) {
    assert.equal(bus.check(pa, 4, SECURE), BUS_DECODE, pa.toString(16));
    assert.equal(bus.page(pa, SECURE), -1);
  }
  assert.equal(bus.check(0x701fffff, 1, SECURE), BUS_OK);
  assert.equal(bus.check(0x701ffffc, 8, SECURE), BUS_DECODE, 'the second word of a pair counts too');
});

test('a hole reads zero, ignores writes and logs once', () => {
  const { bus, log } = testBoard();
  assert.equal(bus.check(0x53fd8004, 4, SECURE), BUS_OK);
  assert.equal(bus.read(0x53fd8004, 4, SECURE), 0);
  bus.write(0x53fd8004, 4, 1, SECURE);
  assert.equal(bus.read(0x53fd8004, 4, SECURE), 0);
  assert.deepEqual(log, ['GPC: read at 0x53fd8004; the block is not modelled: it reads as zero and ignores writes']);
});

test('overlapping or odd blocks are refused when the bus is built', () => {
  const memory = new ArrayBuffer(0x4000);
  const hole = (name: string, base: number, size: number) => ({ kind: 'hole', name, base, size }) as const;
  assert.throws(() => new Bus({ memory, blocks: [hole('a', 0, 0x2000), hole('b', 0x1000, 0x1000)] }), /a and b overlap at 0x1000/);
  assert.throws(() => new Bus({ memory, blocks: [hole('a', 0x10, 0x1000)] }), /not made of pages/);
  assert.throws(() => new Bus({ memory, blocks: [{ kind: 'memory', name: 'm', base: 0, size: 0x8000, offset: 0, guarded: false }] }), /does not fit/);
});

test('CSU: a slave is secure after reset, open with 0xff, and each bit counts', () => {
  const board = testBoard();
  const { bus, refusals } = board;
  const UART1 = 0x53fbc080; // CSL07, high half
  board.chip.writeRegister('AIPSTZ1', 'OPACR', 0, 1); // out of the way: UART1 is peripheral 15
  assert.equal(bus.check(UART1, 4, SECURE), BUS_OK);
  assert.equal(bus.check(UART1, 4, NORMAL), BUS_REFUSED);
  assert.deepEqual(refusals, [{ rule: 'CSU CSL07 high (UART1)', address: UART1, access: NORMAL }]);
  board.write(CSU + 7 * 4, 0x00ff0033);
  assert.equal(bus.check(UART1, 4, NORMAL | WRITE), BUS_OK);
  board.write(CSU + 7 * 4, 0x00bf0033); // bit 6: writes of the non-secure user
  assert.equal(bus.check(UART1, 4, NONSECURE | WRITE), BUS_REFUSED);
  assert.equal(bus.check(UART1, 4, NONSECURE), BUS_OK);
  assert.equal(bus.check(UART1, 4, NORMAL | WRITE), BUS_OK);
});

test('CSU: a locked half stays, and the registers are for secure privileged accesses', () => {
  const board = testBoard();
  board.write(CSU + 4 * 4, 0x003301ff);
  board.write(CSU + 4 * 4, 0x00ff0033);
  assert.equal(board.read(CSU + 4 * 4), 0x00ff01ff);
  assert.equal(board.bus.check(CSU, 4, NORMAL), BUS_REFUSED);
  assert.equal(board.bus.check(CSU, 4, 0), BUS_REFUSED, 'secure user');
  assert.equal(board.refusals[0]!.rule, 'CSU registers are secure and privileged');
});

test('AIPSTZ: supervisor protection, write protection and trust', () => {
  const board = testBoard();
  const WDOG1 = 0x53f98000; // peripheral 6 of the first bridge
  assert.equal(board.bus.check(WDOG1, 2, PRIVILEGED), BUS_OK);
  assert.equal(board.bus.check(WDOG1, 2, 0), BUS_REFUSED, 'OPACR resets to supervisor only');
  assert.equal(board.refusals[0]!.rule, 'AIPSTZ1 OPACR0 peripheral 6');
  board.write(0x53f00040, 0);
  assert.equal(board.bus.check(WDOG1, 2, 0), BUS_OK);
  board.write(0x53f00040, 0x00000020);
  assert.equal(board.bus.check(WDOG1, 2, PRIVILEGED | WRITE), BUS_REFUSED);
  assert.equal(board.bus.check(WDOG1, 2, PRIVILEGED), BUS_OK);
  board.write(0x53f00040, 0x00000010);
  const fec = masterNumber('FEC') << MASTER_SHIFT;
  assert.equal(board.bus.check(WDOG1, 2, PRIVILEGED | fec), BUS_REFUSED, 'MPR resets to trust masters 0 and 1 only');
  board.write(0x53f00000, 0x77777777);
  assert.equal(board.bus.check(WDOG1, 2, PRIVILEGED | fec), BUS_OK);
});

test('AIPSTZ: its own registers are for trusted masters in supervisor mode; with none trusted they stay until reset', () => {
  const board = testBoard();
  const fec = masterNumber('FEC') << MASTER_SHIFT;
  for (const bridge of [0x53f00000, 0x63f00000]) {
    assert.equal(board.bus.check(bridge + 0x40, 4, NORMAL | WRITE), BUS_OK, 'trust knows no worlds');
    assert.equal(board.bus.check(bridge, 4, NONSECURE), BUS_REFUSED, 'user');
    assert.equal(board.bus.check(bridge, 4, PRIVILEGED | fec), BUS_REFUSED, 'a master that is not trusted after reset');
    board.write(bridge, 0x11111111);
    for (const access of [NORMAL, SECURE, SECURE | WRITE]) assert.equal(board.bus.check(bridge + 0x40, 4, access), BUS_REFUSED);
  }
  assert.equal(board.refusals.at(-1)!.rule, 'AIPSTZ2 registers are for trusted masters in supervisor mode');
  board.chip.reset();
  assert.equal(board.bus.check(0x53f00000, 4, SECURE), BUS_OK);
});

test('M4IF: a watermark closes its pages to the normal world at run time, both ends included', () => {
  const board = testBoard();
  board.write(M4IF + 0x10c, 0x70010);
  assert.equal(board.bus.check(0x70010000, 4, NORMAL), BUS_OK, 'not enabled yet');
  const changes = board.counts.protection;
  board.write(M4IF + 0xec, 0x80070004);
  assert.equal(board.counts.protection, changes + 1);
  assert.equal(board.bus.check(0x70003fff, 1, NORMAL), BUS_OK);
  assert.equal(board.bus.check(0x70004000, 4, NORMAL), BUS_REFUSED);
  assert.equal(board.bus.check(0x70010ffc, 4, NORMAL), BUS_REFUSED);
  assert.equal(board.bus.check(0x70011000, 4, NORMAL), BUS_OK);
  assert.equal(board.bus.check(0x70004000, 4, SECURE), BUS_OK);
  assert.equal(board.bus.page(0x70004000, NORMAL), -1);
  assert.equal(board.bus.page(0x70004000, SECURE), 0x4000);
  assert.equal(board.read(M4IF + 0x118), 0x70010ffc);
  assert.equal(board.read(M4IF + 0x114), 0x40);
  assert.deepEqual(board.refusals.map((r) => r.rule), ['M4IF watermark of DDR bank 0', 'M4IF watermark of DDR bank 0']);
  board.write(M4IF + 0xec, 0, NORMAL);
  assert.equal(board.read(M4IF + 0xec), 0x80070004, 'the normal world cannot open it');
  board.write(M4IF + 0xec, 0);
  assert.equal(board.bus.check(0x70004000, 4, NORMAL), BUS_OK);
});

test('M4IF: at most 256 MiB of a bank, bank 1 on its own, and the interrupt', () => {
  const board = testBoard();
  const { m4if } = board.chip;
  board.write(M4IF + 0x110, 0xfffff);
  board.write(M4IF + 0xf0, 0x800b0000);
  assert.equal(m4if.allows(0xbfffffff, NORMAL), false);
  assert.equal(m4if.allows(0xc0000000, NORMAL), true);
  board.write(M4IF + 0x114, 0x80000000);
  assert.equal(board.bus.check(0xb0000000, 4, NORMAL), BUS_REFUSED);
  assert.equal(board.read(M4IF + 0x114), 0x80000080);
  board.chip.tzic.write(0x100, 4, 1 << 15, SECURE);
  assert.equal(board.chip.tzic.read(0xd00, 4, SECURE), 1 << 15, 'source 15');
  board.write(M4IF + 0x114, 0x80000080);
  assert.equal(board.chip.tzic.read(0xd00, 4, SECURE), 0);
});

test('DMA masters carry the world that SA gives them, and refusals are errors', () => {
  const board = testBoard();
  const port = board.bus.dmaPort(masterNumber('SDMA'));
  board.write(M4IF + 0x10c, 0x70000);
  board.write(M4IF + 0xec, 0x80070000);
  board.write(0x70000010, 0x1234);
  assert.equal(port.read(0x70000010, 4), 0x1234, 'secure after reset');
  board.write(CSU + 0x218, 1 << 4);
  assert.equal(port.read(0x70000010, 4), -1);
  assert.equal(port.write(0x70000010, 4, 0), false);
  assert.equal(masterOf(board.refusals[0]!.access), 'SDMA');
  assert.equal(port.write(0x70001000, 4, 0xffffffff), true);
  assert.equal(port.read(0x70001000, 4), 0xffffffff, 'all ones is no error');
  assert.equal(port.read(0x90000000, 4), -1);
  assert.deepEqual(board.dmaWrites, [0x70001000]);
  board.write(CSU + 0x218, 1 << 5);
  board.write(CSU + 0x218, 1 << 4);
  assert.equal(board.read(CSU + 0x218), 1 << 5, 'the upper bit locks the pair');
});
