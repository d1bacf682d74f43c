/**
 * Trap and emulate. Expected values of the named cases are the manual's (DDI 0406C, A8.8); the random ones are what the CPU itself does with memory where the device
 * is, on every row of a plain load or store.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFlatMachine, sharedDecoder } from '../../../cpu/flat-machine.testing.ts';
import { STATE } from '../../../cpu/index.ts';
import { extractFields } from '../../../isa/pattern.ts';
import { allRows, createAssembler } from '../../../isa/index.ts';
import type { VmRegister } from '../../layout.ts';
import { FakeVm } from '../fake-vm.testing.ts';
import { createDeviceVm, device } from './device.ts';
import { DeviceEmulator } from './emulate.ts';
import { registersOfMode } from './registers.ts';

/** Virtual; its page is in RAM. */
const CODE = 0x1000;
const CODE_PA = 0x80001000;
const DEVICE = 0x40000;
const SIZE = 0x2000;
const SVC = 0x13;

interface Access { readonly write: boolean; readonly offset: number; readonly size: number; readonly value: number }

const assembler = createAssembler(allRows);

/** A paused VM with one instruction, and a device of bytes. `far`: what the abort says. */
function trap(code: string | Uint8Array, registers: Partial<Record<VmRegister, number>>, { far, write, cpsr = SVC, fsr = 0x1008, map = DEVICE }: { far: number; write: boolean; cpsr?: number; fsr?: number; map?: number }) {
  const vm = new FakeVm();
  vm.map(CODE, CODE_PA);
  vm.map(map, DEVICE);
  vm.map(map + 0x1000, DEVICE + 0x1000);
  let bytes = code;
  if (typeof bytes === 'string') {
    const result = assembler.assemble(`.syntax unified\n.${(cpsr & 0x20) !== 0 ? 'thumb' : 'arm'}\n${bytes}\n`, { file: 'x.s', origin: CODE });
    assert.ok(result.ok, result.ok ? '' : result.errors.map(({ message }) => message).join());
    bytes = result.sections[0]!.bytes;
  }
  vm.ram.bytes.set(bytes, CODE_PA - vm.ramBase);
  for (const [name, value] of Object.entries(registers)) vm.set(name as VmRegister, value >>> 0);
  vm.set('ip', CODE);
  vm.set('cpsr', cpsr);
  const content = Uint8Array.from({ length: SIZE }, (_, i) => i * 37 + 0x81);
  const view = new DataView(content.buffer);
  const accesses: Access[] = [];
  const bytesDevice = device({
    name: 'bytes', base: DEVICE, size: SIZE,
    read: ({ offset, size }) => {
      const value = size === 4 ? view.getUint32(offset, true) : size === 2 ? view.getUint16(offset, true) : view.getUint8(offset);
      accesses.push({ write: false, offset, size, value });
      return value;
    },
    write: ({ offset, size, value }) => {
      accesses.push({ write: true, offset, size, value });
      if (size === 4) view.setUint32(offset, value, true);
      else if (size === 2) view.setUint16(offset, value, true);
      else view.setUint8(offset, value);
    },
  });
  const emulator = new DeviceEmulator([{ device: bytesDevice, state: {}, registers: undefined }], sharedDecoder);
  const result = emulator.offer(vm, { kind: 'data', fsr: write ? fsr | 0x800 : fsr, far }, createDeviceVm('linux', () => undefined, () => ({ ok: true })));
  return { vm, result, accesses, content, view };
}

const at = (content: DataView, offset: number): number => content.getUint32(offset, true);

test('LDR with post-indexing writes base and destination, and goes on behind the instruction', () => {
  const { vm, result, view, accesses } = trap('ldr r3, [r1], #8', { r1: DEVICE + 0x10 }, { far: DEVICE + 0x10, write: false });
  assert.equal(result.kind, 'emulated');
  assert.deepEqual([vm.get('r3'), vm.get('r1'), vm.get('ip'), vm.get('cpsr')], [at(view, 0x10), DEVICE + 0x18, CODE + 4, SVC]);
  assert.deepEqual(accesses, [{ write: false, offset: 0x10, size: 4, value: at(view, 0x10) }]);
});

test('bytes and halfwords are extended as the instruction says', () => {
  for (const [code, expected] of [['ldrb r0, [r1]', 0x81], ['ldrsb r0, [r1]', 0xffffff81], ['ldrh r0, [r1]', 0xa681], ['ldrsh r0, [r1]', 0xffffa681]] as const) {
    assert.equal(trap(code, { r1: DEVICE }, { far: DEVICE, write: false }).vm.get('r0'), expected, code);
  }
  for (const [code, size, value] of [['strb r0, [r1]', 1, 0x78], ['strh r0, [r1]', 2, 0x5678], ['str r0, [r1]', 4, 0x12345678]] as const) {
    assert.deepEqual(trap(code, { r0: 0x12345678, r1: DEVICE }, { far: DEVICE, write: true }).accesses, [{ write: true, offset: 0, size, value }], code);
  }
});

test('register offsets, shifted and subtracted, with writeback', () => {
  const { vm, result, view } = trap('ldr r0, [r1, -r2, lsl #3]!', { r1: DEVICE + 0x100, r2: 4 }, { far: DEVICE + 0xe0, write: false });
  assert.equal(result.kind, 'emulated');
  assert.deepEqual([vm.get('r0'), vm.get('r1')], [at(view, 0xe0), DEVICE + 0xe0]);
});

test('pairs and lists are words in the order of their addresses', () => {
  const pair = trap('strd r4, r5, [r1, #-8]!', { r1: DEVICE + 0x28, r4: 1, r5: 2 }, { far: DEVICE + 0x20, write: true });
  assert.deepEqual(pair.accesses.map(({ offset, value }) => [offset, value]), [[0x20, 1], [0x24, 2]]);
  assert.equal(pair.vm.get('r1'), DEVICE + 0x20);
  // LDMDB: the highest register at the highest address, below the base
  const list = trap('ldmdb r1!, {r2, r5, lr}', { r1: DEVICE + 0x1c }, { far: DEVICE + 0x10, write: false });
  assert.deepEqual([list.vm.get('r2'), list.vm.get('r5'), list.vm.get('svc_lr'), list.vm.get('r1')], [at(list.view, 0x10), at(list.view, 0x14), at(list.view, 0x18), DEVICE + 0x10]);
  // DFAR may name any word of the list, as the bus refuses one after another.
  assert.equal(trap('stmia r1, {r2-r5}', { r1: DEVICE + 4 }, { far: DEVICE + 0xc, write: true }).result.kind, 'emulated');
});

test('a list over two pages of the device', () => {
  const { vm, result, view } = trap('ldmia r1, {r2-r5}', { r1: DEVICE + 0xff8 }, { far: DEVICE + 0xff8, write: false });
  assert.equal(result.kind, 'emulated');
  assert.deepEqual([vm.get('r2'), vm.get('r5')], [at(view, 0xff8), at(view, 0x1004)]);
});

test('in the upper half of the address space, too', () => {
  const high = 0xd080c000;
  const { vm, result, view } = trap('ldmia r1!, {r2, r3}', { r1: high }, { far: high, write: false, map: high });
  assert.equal(result.kind, 'emulated');
  assert.deepEqual([vm.get('r2'), vm.get('r3'), vm.get('r1')], [at(view, 0), at(view, 4), high + 8]);
});

test('registers are those of the mode; ^ has User mode\'s', () => {
  const fiq = trap('ldmia r8, {r9, sp}', { fiq_r8: DEVICE, r8: 1, r9: 2, sp: 3 }, { far: DEVICE, write: false, cpsr: 0x11 });
  assert.deepEqual([fiq.vm.get('fiq_r9'), fiq.vm.get('fiq_sp'), fiq.vm.get('r9'), fiq.vm.get('sp')], [at(fiq.view, 0), at(fiq.view, 4), 2, 3]);
  const user = trap('stmia r0, {r8, sp}^', { r0: DEVICE, r8: 8, sp: 13, fiq_r8: 1, fiq_sp: 2 }, { far: DEVICE, write: true, cpsr: 0x11 });
  assert.deepEqual(user.accesses.map(({ value }) => value), [8, 13]);
  assert.equal(trap('ldr r0, [sp]', { sp: DEVICE, svc_sp: 4 }, { far: DEVICE, write: false, cpsr: 0x1f }).result.kind, 'emulated');
});

test('data has the order of CPSR.E; the device is little-endian', () => {
  const load = trap('ldr r0, [r1]', { r1: DEVICE }, { far: DEVICE, write: false, cpsr: SVC | 1 << 9 });
  assert.equal(load.vm.get('r0'), load.view.getUint32(0, false));
  const store = trap('strh r0, [r1]', { r0: 0x1234, r1: DEVICE }, { far: DEVICE, write: true, cpsr: SVC | 1 << 9 });
  assert.equal(store.accesses[0]!.value, 0x3412);
});

test('T32: 16 and 32 bits, PC-relative reads of the PC, and the IT block goes on', () => {
  const T = SVC | 0x20;
  const narrow = trap('str r2, [r3, #4]', { r2: 7, r3: DEVICE }, { far: DEVICE + 4, write: true, cpsr: T });
  assert.deepEqual([narrow.result.kind, narrow.vm.get('ip'), narrow.accesses[0]!.value], ['emulated', CODE + 2, 7]);
  const wide = trap('ldr.w r10, [r3, #0x100]', { r3: DEVICE }, { far: DEVICE + 0x100, write: false, cpsr: T });
  assert.deepEqual([wide.vm.get('r10'), wide.vm.get('ip')], [at(wide.view, 0x100), CODE + 4]);
  // Second of ITTE EQ with Z set: IT = 0000 0110 before it; then 0001 1000 for the third, NE, which does not execute
  const inIt = T | 1 << 30 | 1 << 10 | 2 << 25;
  const conditional = trap('ldr r0, [r1]', { r1: DEVICE }, { far: DEVICE, write: false, cpsr: inIt });
  assert.equal(conditional.result.kind, 'emulated');
  assert.equal(conditional.vm.get('cpsr'), (T | 1 << 30 | 0xc << 8) >>> 0);
  // The last one: the block ends.
  assert.equal(trap('ldr r0, [r1]', { r1: DEVICE }, { far: DEVICE, write: false, cpsr: T | 1 << 30 | 0x8 << 8 }).vm.get('cpsr'), (T | 1 << 30) >>> 0);
});

test('a load of the PC goes there, with its instruction set', () => {
  const { vm, view } = trap('ldr pc, [r1]', { r1: DEVICE + 4 }, { far: DEVICE + 4, write: false });
  const target = at(view, 4);
  assert.equal(target & 1, 1, 'the content has bit 0 set');
  assert.deepEqual([vm.get('ip'), vm.get('cpsr')], [(target & ~1) >>> 0, SVC | 0x20]);
});

test('LDRT and STRT are User mode\'s accesses', () => {
  const { result, vm } = trap('ldrt r0, [r1], #4', { r1: DEVICE }, { far: DEVICE, write: false });
  assert.deepEqual([result.kind, vm.get('r1')], ['emulated', DEVICE + 4]);
});

test('what is not emulated aborts in the VM, which is as it was', () => {
  for (const [code, far, write, pattern] of [
    ['ldrex r0, [r1]', DEVICE, false, /LDREX is not emulated/],
    ['strex r2, r0, [r1]', DEVICE, true, /STREX is not emulated/],
    ['swp r0, r2, [r1]', DEVICE, true, /SWP is not emulated/],
    ['vldr d0, [r1]', DEVICE, false, /VLDR.* is not emulated/],
    ['rfeia r1', DEVICE, false, /RFE.* is not emulated/],
    // Another instruction stands there by now: its access is not the one that aborted.
    ['ldr r0, [r1, #4]', DEVICE, false, /does not read 0x00040000/],
    ['str r0, [r1]', DEVICE, false, /does not read 0x00040000/],
    ['ldreq r0, [r1]', DEVICE, false, /does not execute/],
    ['mov r0, r1', DEVICE, false, /is not emulated/],
    ['ldr r0, [r1, #2]', DEVICE + 2, false, /0x00040002 is not aligned/],
  ] as const) {
    const { result, vm, accesses } = trap(code, { r0: 5, r1: DEVICE }, { far, write });
    assert.ok(result.kind === 'refused' && pattern.test(result.reason), `${code}: ${JSON.stringify(result)}`);
    assert.deepEqual([vm.get('r0'), vm.get('r1'), vm.get('ip'), accesses], [5, DEVICE, CODE, []], code);
  }
  const over = trap('ldmia r1, {r2-r5}', { r1: DEVICE + SIZE - 8 }, { far: DEVICE + SIZE - 8, write: false });
  assert.ok(over.result.kind === 'refused' && /16 bytes at 0x00041ff8 leave the device/.test(over.result.reason), JSON.stringify(over.result));
});

test('only synchronous external aborts of accesses are offered', () => {
  for (const fsr of [0x1406, 0x100c, 0x100e, 0x007]) assert.equal(trap('ldr r0, [r1]', { r1: DEVICE }, { far: DEVICE, write: false, fsr }).result.kind, 'none', fsr.toString(16));
  assert.equal(trap('ldr r0, [r1]', { r1: CODE }, { far: CODE, write: false }).result.kind, 'none', 'no device there');
});

test('a refusal by the device changes nothing in the VM; the code must be RAM of the VM', () => {
  const vm = new FakeVm();
  vm.map(CODE, 0x70001000);
  vm.map(DEVICE, DEVICE);
  vm.set('ip', CODE);
  vm.set('cpsr', SVC);
  const closed = device({ name: 'closed', base: DEVICE, size: SIZE, read: ({ vm: { refuse } }) => refuse('not now') });
  const emulator = new DeviceEmulator([{ device: closed, state: {}, registers: undefined }], sharedDecoder);
  const offer = () => emulator.offer(vm, { kind: 'data', fsr: 8, far: DEVICE }, createDeviceVm('linux', () => undefined, () => ({ ok: true })));
  assert.match(JSON.stringify(offer()), /its code at PA 0x70001000 does not lie in the VM's RAM/);
  vm.map(CODE, CODE_PA);
  vm.ram.write32(CODE_PA - vm.ramBase, 0xe4910004); // ldr r0, [r1], #4
  vm.set('r1', DEVICE);
  assert.match(JSON.stringify(offer()), /"reason":"not now"/);
  assert.deepEqual([vm.get('r1'), vm.get('ip')], [DEVICE, CODE]);
});

test('devices that cannot be are refused where they are defined', () => {
  assert.throws(() => device({ name: 'a b', base: 0, size: 4096 }), /no name/);
  assert.throws(() => device({ name: 'x', base: 0x100, size: 4096 }), /not made of 4 KiB pages/);
  assert.throws(() => device({ name: 'x', base: 0xfffff000, size: 8192 }), /past the end/);
  const broken = device({ name: 'x', base: 0, size: 4096, read: () => NaN });
  assert.throws(() => broken.read(0, 4, {}, createDeviceVm('', () => undefined, () => ({ ok: true })), undefined), /read NaN, which is no integer/);
});

// ---- every plain row against the CPU

const PLAIN = /^(load|store)(Register|Dual|DualRegister|Multiple|MultipleUser)?$/;
const PER_ROW = Number(process.env['EMULATE_PER_ROW'] ?? 12);

test('every row of a plain load or store does what the CPU does with memory in the device\'s place', () => {
  let seed = 0x2545f491;
  const random = (): number => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return seed >>> 0;
  };
  const machine = createFlatMachine();
  const decoder = sharedDecoder();
  let compared = 0;
  const rows = new Set<string>();
  for (const pattern of decoder.patterns) {
    const { row, width } = pattern;
    if (!PLAIN.test(row.operation.name)) continue;
    let good = 0;
    for (let tries = 0; tries < PER_ROW * 20 && good < PER_ROW; tries++) {
      const free = width === 16 ? random() & 0xffff : random();
      let word = (pattern.value | (free & ~pattern.mask)) >>> 0;
      if (row.set === 'A32' && row.bits.startsWith('cccc')) word = (word & 0x0fffffff | 0xe0000000) >>> 0;
      const fields = extractFields(pattern, word);
      if (row.unpredictable?.(fields) !== undefined || row.undefinedIf?.(fields) === true) continue;
      const thumb = row.set === 'T32';
      const instruction = thumb ? (width === 16 ? decoder.decodeT32(word, 0) : decoder.decodeT32(word >>> 16, word & 0xffff)) : decoder.decodeA32(word | 0);
      if (instruction.row !== row || instruction.x['n'] === 15 || instruction.x['t'] === 15 && row.operation.name.startsWith('store')) continue;
      const big = (random() & 3) === 0;
      const cpsr = (random() & 0xf8000000 | SVC | (thumb ? 0x20 : 0) | (big ? 0x200 : 0) | 0x1c0) >>> 0;
      const values = Array.from({ length: 15 }, () => random());
      // Base in the middle of the device, register offset small; all others anything. Unaligned ones are the CPU's own matter.
      const { n, m } = instruction.x as { n?: number; m?: number };
      if (n === undefined) continue;
      if (m !== undefined && m !== n) values[m] = random() & 0x3f;
      const base = 0x1000 + (random() & 0x1fc);

      const { core, memory } = machine;
      core.reset();
      core.cpsr = cpsr;
      const s = memory.u32;
      const bytes = new Uint8Array(4);
      if (thumb && width === 32) new DataView(bytes.buffer).setUint32(0, (word >>> 16 | word << 16) >>> 0, true);
      else new DataView(bytes.buffer).setUint32(0, word, true);
      machine.load(CODE, bytes);
      const content = Uint8Array.from({ length: SIZE }, (_, i) => i * 37 + 0x81);
      machine.load(DEVICE, content);
      values.forEach((value, r) => { s[STATE.r + r] = value; });
      s[STATE.r + n] = DEVICE + base;
      s[STATE.r + 15] = CODE;
      const before = core.count;
      machine.run('evaluate', 1);
      assert.equal(core.count, before + 1);
      const mode = s[STATE.mode];
      if (mode !== SVC) continue; // unaligned, or UNDEFINED in this mode: it took an exception
      const flatAfter = memory.u8.slice(machine.ram + DEVICE, machine.ram + DEVICE + SIZE);

      const registers: Partial<Record<VmRegister, number>> = {};
      const names = registersOfMode(SVC)!;
      values.forEach((value, r) => { registers[names[r]!] = value; });
      registers[names[n]!] = DEVICE + base;
      const isStore = row.operation.name.startsWith('store');
      const isMultiple = row.operation.name.includes('Multiple');
      const { index } = instruction.shape as { index?: string };
      const imm = instruction.x['imm'] ?? 0;
      const shift = instruction.x['amount'] ?? 0;
      const offset = m !== undefined ? (m === n ? NaN : ((instruction.shape['add'] === false ? -1 : 1) * shifted(instruction.shape['shift'] as string | undefined, values[m]!, shift, cpsr))) : imm;
      if (Number.isNaN(offset)) continue;
      const address = isMultiple ? base + instruction.x['start']! : index === 'post' ? base : base + offset;
      if (address < 0 || address + 64 > SIZE) continue;
      if (address % (isMultiple || row.operation.name.includes('Dual') ? 4 : (instruction.shape['size'] as number)) !== 0) continue;
      const outcome = trap(bytes, registers, { far: DEVICE + address, write: isStore, cpsr });
      assert.equal(outcome.result.kind, 'emulated', `${row.name} 0x${word.toString(16)}: ${JSON.stringify(outcome.result)}`);
      const { vm } = outcome;
      for (let r = 0; r < 15; r++) assert.equal(vm.get(names[r]!), s[STATE.r + r]!, `${row.name} 0x${word.toString(16)}: r${r}`);
      assert.equal(vm.get('ip'), s[STATE.r + 15]!, `${row.name}: ip`);
      assert.equal(vm.get('cpsr'), core.cpsr, `${row.name}: cpsr`);
      assert.equal(Buffer.compare(outcome.content, flatAfter), 0, `${row.name} 0x${word.toString(16)}: memory`);
      rows.add(`${row.set} ${row.name}`);
      compared++;
      good++;
    }
  }
  assert.ok(rows.size > 100 && compared > 8 * rows.size, `${compared} instructions of ${rows.size} rows`);
});

/** The offset of a register form, by the manual's Shift (A8.4.3). */
function shifted(kind: string | undefined, value: number, amount: number, cpsr: number): number {
  switch (kind) {
    case undefined: case 'none': return value;
    case 'LSL': return value << amount;
    case 'LSR': return value >>> amount;
    case 'ASR': return value >> amount;
    case 'ROR': return (value >>> amount | value << (32 - amount)) | 0;
    case 'LSR32': return 0;
    case 'ASR32': return value >> 31;
    default: return ((cpsr & 1 << 29) << 2 | value >>> 1) | 0;
  }
}
