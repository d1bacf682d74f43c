/**
 * What the normal world may not do on this board, as rows: an access, the rule that refuses it, and how the same access is made with that rule switched off. Rules and addresses are written
 * down here from the board's map and the reference manual.
 */
import { PRIVILEGED } from '../../src/cpu/index.ts';
import { PHYSICAL, QSB_SECURE, type SecureBoard } from '../../src/secure/index.ts';
import { IMX53_BLOCKS, type Machine } from '../../src/soc/index.ts';
import { wordAt } from './harness.ts';
import { TABLE_IN_SECURE_RAM, WINDOW, type Operation } from './probe.ts';

/** How a row's rule is switched off. */
export type Off =
  | { readonly kind: 'board'; readonly name: string; readonly board: SecureBoard }
  /** The rule has no switch: the same program in secure state, on the bare board. */
  | { readonly kind: 'secure' }
  /** For calls: the same access by a call without the check; its number, and the value that it reads or undefined. */
  | { readonly kind: 'unchecked'; readonly call: number }
  /** The check has no switch: the same call with an argument inside the limits. */
  | { readonly kind: 'inside'; readonly operation: Operation };

export interface ContainmentRow {
  readonly group: string;
  readonly rule: string;
  readonly master: string;
  readonly access: string;
  /** Address as the rule sees it. */
  readonly address: number;
  readonly operation: Operation;
  /** What the refused access looks like to the program. */
  readonly expected: 'abort' | 'walk' | 'ignored' | 'dma' | 'refused';
  readonly off: Off;
  /** What the access would change, or (`sdma`) the place of what it would have read: equal before and after, and different in the control. */
  readonly effect?: (machine: Machine) => number;
  /** Done before the first access. */
  readonly ready?: (machine: Machine) => void;
  /** For `sdma`: the word that SDMA takes before it writes it. */
  readonly dmaSource?: number;
  /** What a read gives in the control. */
  readonly secret?: number;
}

export const REFUSED = 0xfffffffd;
export const INJECT = 0xc0000010;
export const CALLS = { hello: 6, store: 8, kernelLoad: 9, kernelStore: 10, physicalLoad: 11, uncheckedLoad: 0xc0000020, uncheckedStore: 0xc0000021 } as const;
const { secureRam, secureRamSize, normalRam, normalRamSize } = PHYSICAL;
export const LAST = secureRam + secureRamSize - 4;
export const SDMA_DATA = 0x800;
export const BUFFER = normalRam + 0x23000;
export const DONE = 1 << 16;
export const SET_DATA = 1 << 24;
export const GET_DATA = 2 << 24;

const WRITTEN = 0x0badc0de;

/** What stands at an address of secure RAM that no one uses. */
export const secretOf = (address: number): number => (Math.imul(address, 0x9e3779b1) | 1) >>> 0;

const without = (...slaves: string[]): SecureBoard => ({ ...QSB_SECURE, secureSlaves: QSB_SECURE.secureSlaves.filter((name) => !slaves.includes(name)) });
const NO_WATERMARK: Off = { kind: 'board', name: 'watermark off', board: { ...QSB_SECURE, protectedRam: { base: secureRam, size: 0 } } };
const BRIDGES_OPEN: Off = { kind: 'board', name: 'bridges not locked', board: { ...QSB_SECURE, lockBridges: false } };
const WATERMARK = 'M4IF watermark of DDR bank 0';

function interruptOff(number: number): Off {
  return { kind: 'board', name: `interrupt ${number} not secure`, board: { ...QSB_SECURE, secureInterrupts: QSB_SECURE.secureInterrupts.filter((other) => other !== number) } };
}

const ramWord = (address: number) => (machine: Machine): number => wordAt(machine, (address & ~3) >>> 0);
const registerOf = (address: number, size = 4) => (machine: Machine): number => machine.chip.bus.read(address, size, PRIVILEGED);

function memoryRows(): ContainmentRow[] {
  const rows: ContainmentRow[] = [];
  const add = (place: string, kind: Operation['kind'], address: number, how: string, more: Partial<ContainmentRow> = {}): void => {
    const write = /write/i.test(kind);
    rows.push({
      group: 'Secure RAM, by CPU', rule: WATERMARK, master: 'CPU', access: `${how}, ${place}`, address, expected: 'abort', off: NO_WATERMARK,
      operation: { kind, address, value: WRITTEN }, ...(write ? { effect: ramWord(address) } : { secret: secretOf(address) }), ...more,
    });
  };
  const places: [string, number][] = [
    ['first word', secureRam], ['the kernel\'s heap', PHYSICAL.heap + 0xff000], ['memory of sessions', PHYSICAL.sessions + 0x00f00000], ['middle', secureRam + secureRamSize / 2], ['last word', LAST],
  ];
  for (const [place, address] of places) {
    add(place, 'read32', address, 'privileged read of 4 bytes');
    add(place, 'write32', address, 'privileged write of 4 bytes');
  }
  const spare = secureRam + 0x09000000;
  for (const [kind, size] of [['read16', 2], ['read8', 1]] as const) add('inside', kind, spare + size * 16, `privileged read of ${size} bytes`, { secret: (secretOf(spare + size * 16) & (2 ** (8 * size) - 1)) >>> 0 });
  for (const [kind, size] of [['write16', 2], ['write8', 1]] as const) add('inside', kind, spare + size * 32, `privileged write of ${size} bytes`);
  add('inside', 'userRead', spare + 0x100, 'user read of 4 bytes');
  add('inside', 'userWrite', spare + 0x104, 'user write of 4 bytes');
  add('inside', 'exclusive', spare + 0x108, 'exclusive load');
  add('inside', 'vfpRead', spare + 0x110, 'VFP load of 8 bytes');
  add('inside', 'vfpWrite', spare + 0x118, 'VFP store of 8 bytes');
  add('inside', 'readPair', spare + 0x120, 'load of two registers');
  add('inside', 'writePair', spare + 0x128, 'store of two registers');
  // Unaligned, over the upper end: the part in the normal world's RAM does not help. (With the rule off it reads what the row before wrote.)
  add('the last 2 bytes and the 2 behind them', 'read32', LAST + 2, 'unaligned read of 4 bytes', { secret: (WRITTEN >>> 16 | secretOf(normalRam) << 16) >>> 0 });
  add('inside', 'fetch', spare + 0x200, 'instruction fetch', { secret: 1 });
  add('inside', 'read32', WINDOW.section + 0x14, 'read through a section of the program\'s own tables', { address: secureRam + 0x14, secret: secretOf(secureRam + 0x14) });
  add('inside', 'read32', WINDOW.sectionNonsecure + 0x10, 'read through a section with NS = 1', { address: secureRam + 0x10, secret: secretOf(secureRam + 0x10) });
  add('inside', 'read32', WINDOW.page + 0xff0, 'read through a page of the program\'s own tables', { address: LAST - 12, secret: secretOf(LAST - 12) });
  rows.push({
    group: 'Secure RAM, by CPU', rule: WATERMARK, master: 'CPU', access: 'table walk: a second-level table in secure RAM', address: TABLE_IN_SECURE_RAM, expected: 'walk', off: NO_WATERMARK,
    operation: { kind: 'read32', address: WINDOW.tableInSecureRam }, secret: memoryMark,
  });
  return rows;
}

/** What the normal world's RAM holds where the table in secure RAM leads. */
export const memoryMark = 0x600d600d;
export const MARK_AT = normalRam + 0x24000;

/** A register of each modelled device that is harmless to change: offset, bytes, value. */
const REGISTERS: Readonly<Record<string, { readonly offset: number; readonly size: 2 | 4; readonly value: number }>> = {
  GPIO: { offset: 0x0c, size: 4, value: 0x55555555 }, I2C: { offset: 0x04, size: 2, value: 0x15 },
};

function slaveRows(): ContainmentRow[] {
  return QSB_SECURE.secureSlaves.flatMap((slave) => IMX53_BLOCKS.filter(({ csl }) => csl === slave).flatMap(({ name, base }): ContainmentRow[] => {
    const together = IMX53_BLOCKS.filter(({ csl }) => csl === slave).map((block) => block.name).join(', ');
    const rule = `CSU CSL${slave.slice(0, 2)} ${slave.endsWith('a') ? 'low' : 'high'} (${together})`;
    const register = REGISTERS[name.replace(/\d$/, '')];
    const { offset, size, value } = register ?? { offset: 0, size: 4, value: 0x12345678 } as const;
    const address = base + offset;
    const bits = size === 4 ? 32 : 16;
    const off: Off = { kind: 'board', name: `CSL${slave} open`, board: without(slave) };
    const common = { group: 'Secure devices, by CPU', rule, master: 'CPU', address, off, expected: 'abort' } as const;
    const model = register === undefined ? {} : { effect: registerOf(address, size) };
    return [
      { ...common, access: `privileged read of ${name}`, operation: { kind: `read${bits}`, address } },
      { ...common, access: `user read of ${name}`, operation: { kind: 'userRead', address: base }, address: base },
      { ...common, access: `privileged write of ${name}`, operation: { kind: `write${bits}`, address, value }, ...model },
    ];
  }));
}

function registerRows(): ContainmentRow[] {
  const block = (name: string): number => IMX53_BLOCKS.find((row) => row.name === name)!.base;
  const csu = block('CSU');
  const m4if = block('M4IF');
  const secure: Off = { kind: 'secure' };
  const csuRow = { group: 'Protection units, by CPU', rule: 'CSU registers are secure and privileged', master: 'CPU', expected: 'abort', off: secure } as const;
  const m4ifRow = { group: 'Protection units, by CPU', rule: 'M4IF registers are secure', master: 'CPU', expected: 'ignored', off: secure } as const;
  const m4ifWrite = (register: string, offset: number, value: number): ContainmentRow =>
    ({ ...m4ifRow, access: `write of M4IF ${register}`, address: m4if + offset, operation: { kind: 'write32', address: m4if + offset, value }, effect: registerOf(m4if + offset) });
  return [
    { ...csuRow, access: 'read of CSU CSL00', address: csu, operation: { kind: 'read32', address: csu } },
    { ...csuRow, access: 'write of CSU CSL00', address: csu, operation: { kind: 'write32', address: csu, value: 0x00ff00ff }, effect: registerOf(csu) },
    { ...csuRow, access: 'write of CSU CSL31', address: csu + 31 * 4, operation: { kind: 'write32', address: csu + 31 * 4, value: 0x00ff00ff }, effect: registerOf(csu + 31 * 4) },
    { ...csuRow, access: 'write of CSU SA', address: csu + 0x218, operation: { kind: 'write32', address: csu + 0x218, value: 0x00000040 }, effect: registerOf(csu + 0x218) },
    ...['AIPSTZ1', 'AIPSTZ2'].flatMap((name) => {
      const row = {
        group: 'Protection units, by CPU', rule: `${name} registers are for trusted masters in supervisor mode`, master: 'CPU', expected: 'abort', off: BRIDGES_OPEN,
      } as const;
      const base = block(name);
      return [
        { ...row, access: `read of ${name} MPR0`, address: base, operation: { kind: 'read32', address: base } },
        { ...row, access: `write of ${name} MPR1`, address: base + 4, operation: { kind: 'write32', address: base + 4, value: 0x33333333 }, effect: registerOf(base + 4) },
        { ...row, access: `write of ${name} OPACR0`, address: base + 0x40, operation: { kind: 'write32', address: base + 0x40, value: 0x00000440 }, effect: registerOf(base + 0x40) },
      ] satisfies ContainmentRow[];
    }),
    m4ifWrite('WM_DDR0_START', 0xec, 0x000fffff), m4ifWrite('WM_DDR0_END', 0x10c, 0x00012345), m4ifWrite('WM_DDR1_START', 0xf0, 0x800b0000), m4ifWrite('an arbitration register', 0x00, 0x00001234),
  ];
}

function tzicRows(): ContainmentRow[] {
  const tzic = 0x0fffc000;
  const row = (rule: string, access: string, offset: number, value: number, off: Off, more: Partial<ContainmentRow> = {}): ContainmentRow => ({
    group: 'Interrupt controller, by CPU', rule: `TZIC ${rule}`, master: 'CPU', access, address: tzic + offset, expected: 'ignored', off,
    operation: { kind: 'write32', address: tzic + offset, value }, effect: registerOf(tzic + offset), ...more,
  });
  const secure: Off = { kind: 'secure' };
  const source = (number: number) => ({ word: (number >>> 5) * 4, bit: 1 << (number & 31) });
  const epit = source(40);
  const gpio = source(50);
  return [
    row('INTSEC', 'write of ones to INTSEC0', 0x80, -1, secure),
    row('INTSEC', 'write of ones to INTSEC1', 0x84, -1, secure),
    row('INTSEC', 'write of zeros to INTSEC2: to take the normal world\'s interrupts away', 0x88, 0, secure),
    row('INTSEC', 'write of ones to INTSEC3', 0x8c, -1, secure),
    row('ENCLEAR of secure sources', 'interrupt 40 (EPIT1) disabled', 0x180 + epit.word, epit.bit, interruptOff(40), {
      effect: registerOf(tzic + 0x100 + epit.word),
      // A VM starts with its interrupts disabled, and in the control this is one of them.
      ready: (machine) => { machine.chip.bus.write(tzic + 0x100 + epit.word, 4, epit.bit, PRIVILEGED); },
    }),
    row('ENSET of secure sources', 'interrupt 50 (GPIO1) enabled', 0x100 + gpio.word, gpio.bit, interruptOff(50)),
    row('PRIORITY of a secure source', 'priority of interrupt 40 (EPIT1)', 0x400 + 40, 0xff, interruptOff(40), { operation: { kind: 'write8', address: tzic + 0x400 + 40, value: 0xff }, address: tzic + 0x400 + 40 }),
    row('SRCSET of secure sources', 'interrupt 51 (GPIO1) raised by SRCSET', 0x200 + gpio.word, source(51).bit, interruptOff(51)),
    row('SWINT of secure sources', 'interrupt 52 (GPIO2) raised by SWINT', 0xf00, 52, interruptOff(52), { effect: registerOf(tzic + 0x200 + gpio.word) }),
    row('WAKEUP of secure sources', 'interrupt 53 (GPIO2) wakes', 0xe00 + gpio.word, source(53).bit, interruptOff(53)),
    row('INTCTRL.EN', 'FIQs switched off', 0x00, 0x80010000, secure),
  ];
}

/** Words in the normal world's RAM that SDMA is given to write. */
export const DMA_WORDS = { ones: normalRam + 0x24100, interrupt40: normalRam + 0x24104 } as const;

/** A control block with one descriptor behind it, in secure RAM. */
export const CONTROL_IN_SECURE_RAM = secureRam + 0x0c000000;

/** SDMA channel 0, as the guest programs it. */
function dmaRows(): ContainmentRow[] {
  const rows: ContainmentRow[] = [];
  const common = { rule: WATERMARK, master: 'SDMA', expected: 'dma', off: NO_WATERMARK, group: 'By SDMA channel 0' } as const;
  const places: [string, number][] = [['first words', secureRam + 0x40], ['middle', secureRam + secureRamSize / 2 + 0x40], ['last words', LAST - 0x1c]];
  places.forEach(([place, address], n) => {
    const local = SDMA_DATA + 0x100 + n * 0x10;
    // What SDMA has of it afterwards is copied to the normal world's RAM by the operation that follows.
    rows.push({ ...common, access: `C0_SETDM of 4 words from secure RAM (${place})`, address, operation: { kind: 'sdma', address: SET_DATA | DONE | 8, value: address, more: local }, effect: (machine) => wordAt(machine, BUFFER + n * 0x40) });
    const to = address + 0x10;
    rows.push({ ...common, access: `C0_GETDM of 4 words to secure RAM (${place})`, address: to, operation: { kind: 'sdma', address: GET_DATA | DONE | 8, value: to, more: SDMA_DATA + 0x200 }, effect: ramWord(to) });
  });
  const code = secureRam + 0x0a000000;
  rows.push({ ...common, access: 'C0_SETPM of 4 halfwords from secure RAM', address: code, operation: { kind: 'sdma', address: 4 << 24 | DONE | 4, value: code, more: 0x1800 } });
  rows.push({ ...common, access: 'C0_GETPM of 4 halfwords to secure RAM', address: code + 0x20, operation: { kind: 'sdma', address: 8 << 24 | DONE | 4, value: code + 0x20, more: 0x1000 + 0x400 }, effect: ramWord(code + 0x20) });
  rows.push({ ...common, access: 'context of channel 1 loaded from secure RAM', address: code + 0x100, operation: { kind: 'sdma', address: (1 << 3 | 7) << 24 | DONE | 32, value: code + 0x100 } });
  // With the rule off, SDMA takes the block and notes the next descriptor in it.
  rows.push({ ...common, expected: 'ignored', access: 'a control block in secure RAM', address: CONTROL_IN_SECURE_RAM, operation: { kind: 'sdmaControl', address: CONTROL_IN_SECURE_RAM }, effect: ramWord(CONTROL_IN_SECURE_RAM) });
  const gpio = IMX53_BLOCKS.find(({ name }) => name === 'GPIO2')!;
  const csl = QSB_SECURE.secureSlaves.find((slave) => slave === gpio.csl)!;
  const device = { ...common, rule: `CSU CSL01 low (GPIO2)`, off: { kind: 'board', name: `CSL${csl} open`, board: without(csl) } } as const;
  rows.push({ ...device, access: 'C0_SETDM from GPIO2', address: gpio.base + 0x0c, operation: { kind: 'sdma', address: SET_DATA | DONE | 2, value: gpio.base + 0x0c, more: SDMA_DATA + 0x300 } });
  rows.push({ ...device, access: 'C0_GETDM to GPIO2', address: gpio.base + 0x10, operation: { kind: 'sdma', address: GET_DATA | DONE | 2, value: gpio.base + 0x10, more: SDMA_DATA + 0x200 }, effect: registerOf(gpio.base + 0x10) });
  const tzic = 0x0fffc000;
  for (const [how, at, rule, source, effect] of [
    ['to INTSEC1', tzic + 0x84, 'TZIC INTSEC', DMA_WORDS.ones, tzic + 0x84],
    ['to SWINT: the number of a secure interrupt', tzic + 0xf00, 'TZIC SWINT of secure sources', DMA_WORDS.interrupt40, tzic + 0x204],
  ] as const) {
    rows.push({
      ...common, rule, expected: 'ignored', access: `C0_GETDM ${how}`, address: at, dmaSource: source,
      operation: { kind: 'sdma', address: GET_DATA | DONE | 2, value: at, more: SDMA_DATA + 0x280 }, off: { kind: 'secure' }, effect: registerOf(effect),
    });
  }
  return rows;
}

function callRows(): ContainmentRow[] {
  const rows: ContainmentRow[] = [];
  const common = { group: 'Arguments of SMCs', master: 'VMM', expected: 'refused' } as const;
  const unchecked = (call: number): Off => ({ kind: 'unchecked', call });
  const add = (access: string, call: number, rule: string, address: number, length: number, pa: number, off: Off, effect?: (machine: Machine) => number): void => {
    const kernel = call === CALLS.kernelLoad || call === CALLS.kernelStore;
    rows.push({
      ...common, master: kernel ? 'kernel' : 'VMM', rule, access, address: pa, operation: { kind: 'smc', address: call, value: address, more: length }, off,
      ...(effect === undefined ? {} : { effect }), ...(off.kind === 'unchecked' && off.call === CALLS.uncheckedLoad ? { secret: secretOf(pa) } : {}),
    });
  };
  const NOT_RAM = 'which is not RAM of the normal world';
  const load = unchecked(CALLS.uncheckedLoad);
  const store = unchecked(CALLS.uncheckedStore);
  const middle = secureRam + secureRamSize / 2 + 0x400;
  const inside = (call: number, address: number, length: number): Off => ({ kind: 'inside', operation: { kind: 'smc', address: call, value: address, more: length } });
  for (const [what, read, write] of [['the example\'s helper', CALLS.hello, CALLS.store], ['kernel level', CALLS.kernelLoad, CALLS.kernelStore]] as const) {
    add(`${what}: first word of secure RAM`, read, NOT_RAM, secureRam, 4, secureRam, load);
    add(`${what}: middle of secure RAM`, read, NOT_RAM, middle, 4, middle, load);
    add(`${what}: last word of secure RAM, and on into the normal world's`, read, NOT_RAM, LAST, 16, LAST, load);
    add(`${what}: an address of the program's tables that leads into secure RAM`, read, NOT_RAM, WINDOW.page + 0xff0, 4, LAST - 12, load);
    add(`${what}: unaligned, in secure RAM`, read, NOT_RAM, middle + 0x21, 4, middle + 0x20, load);
    add(`${what}: write to the middle of secure RAM`, write, NOT_RAM, middle + 8, 4, middle + 8, store, ramWord(middle + 8));
    add(`${what}: over the end of RAM`, read, NOT_RAM, normalRam + normalRamSize - 2, 8, normalRam + normalRamSize, inside(read, normalRam + normalRamSize - 8, 8));
    add(`${what}: past the end of RAM`, read, NOT_RAM, normalRam + normalRamSize, 4, normalRam + normalRamSize, inside(read, normalRam + normalRamSize - 4, 4));
    add(`${what}: write unaligned over the end of RAM`, write, NOT_RAM, normalRam + normalRamSize - 3, 4, normalRam + normalRamSize, inside(write, normalRam + normalRamSize - 7, 4), ramWord(normalRam + normalRamSize - 4));
  }
  add('kernel level: wraps around the end of the address space', CALLS.kernelLoad, 'run over the end of the address space', 0xfffffff8, 16, 0xfffffff8, inside(CALLS.kernelLoad, BUFFER, 16));
  add('kernel level: a length of 4 GiB less one', CALLS.kernelLoad, 'is not within 0 to', BUFFER, 0xffffffff, BUFFER, inside(CALLS.kernelLoad, BUFFER, 16));
  add('a physical address (type pa) in secure RAM', CALLS.physicalLoad, 'are not RAM of the normal world', middle, 4, middle, load);
  add('a physical address (type pa) at the end of RAM', CALLS.physicalLoad, 'are not RAM of the normal world', normalRam + normalRamSize - 2, 4, normalRam + normalRamSize - 2, inside(CALLS.physicalLoad, normalRam + normalRamSize - 4, 4));
  const swint = 0x0fffc200;
  for (const [how, what] of ['the VM session\'s inject', 'the syscall vm-inject', 'the VM state\'s irq_injection'].entries()) {
    const number = 54 + how;
    rows.push({
      group: 'Injection by the VMM', master: 'VMM', rule: 'secure interrupt', access: `interrupt ${number} (GPIO) by ${what}`, address: number, expected: 'refused', off: interruptOff(number),
      operation: { kind: 'smc', address: INJECT, value: number, more: how }, effect: registerOf(swint + (number >>> 5) * 4),
    });
  }
  return rows;
}

export function containmentRows(): readonly ContainmentRow[] {
  return [...memoryRows(), ...slaveRows(), ...registerRows(), ...tzicRows(), ...dmaRows(), ...callRows()];
}

