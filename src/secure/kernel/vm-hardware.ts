/**
 * What of the hardware belongs to the VM that runs: the memory and devices that the normal world may reach, and the interrupt controller as that VM left it. The VMs are one
 * normal world to the bus, so that a change of VM changes what that world may do.
 *
 * M4IF: one closed region of at most 256 MiB in each DRAM bank keeps secure RAM and the other VMs' RAM from the running one, and from the masters that it programs. A VMM sees its VM's
 * RAM by non-secure accesses, too: while it runs, its VM's RAM is the open one (so that a transfer which a master of another VM's has under way then would reach it). CSU: slaves
 * that are closed for one VM only. TZIC: enables, software sources, priorities and masks of the non-secure sources are each VM's own; a source that is not the running VM's is
 * a secure, disabled one meanwhile.
 *
 * Shared all the same, and not saved: devices that both are given, SDMA's channels, the PMU.
 */
import { cslValues, type SecureBoard } from '../bootstrap/imx53-qsb.ts';
import type { GateMemory } from './memory.ts';
import { M4IF, TZIC, TZIC_WORDS } from '../registers.ts';
import type { ContextState, TzicState, VmState } from './state.ts';

export interface PhysicalRange { readonly base: number; readonly size: number }

const BANKS = [0x70000000, 0xb0000000] as const;
const MOST_PROTECTED = 0x10000000;
const ENABLE = 2 ** 31;

const PRIORITY_WORDS = 32;
const NSEN_MASK = 0x80000000;
const NSEN = 1 << 16;
const EN = 1;

/** The kernel's own doorbell: a source of the TZIC without a device, raised by software. */
export const DOORBELL_INTERRUPT = 127;

/** As bootstrap leaves it: nothing enabled. */
const TZIC_RESET: TzicState = { enabled: [0, 0, 0, 0], software: [0, 0, 0, 0], wakeup: [0, 0, 0, 0], priority: new Array<number>(PRIORITY_WORDS).fill(0), mask: 0xff, nsen: 1 };

const bankOf = (address: number): number => (address >= BANKS[1] ? 1 : 0);
const overlaps = (a: PhysicalRange, b: PhysicalRange): boolean => a.base < b.base + b.size && b.base < a.base + a.size;
const hex = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;

/** START and END registers of each bank while `running` runs; [0, 0] for an open bank. Throws RangeError where one region cannot close what it must. */
export function watermarks(board: SecureBoard, vms: readonly { readonly name: string; readonly ram: PhysicalRange }[], running: string): readonly (readonly [start: number, end: number])[] {
  const own = vms.find(({ name }) => name === running)!.ram;
  const closed = [board.protectedRam, ...vms.filter(({ name }) => name !== running).map(({ ram }) => ram)].filter(({ size }) => size > 0);
  return BANKS.map((_, bank) => {
    const ranges = closed.filter(({ base }) => bankOf(base) === bank);
    if (ranges.length === 0) return [0, 0] as const;
    const base = Math.min(...ranges.map((range) => range.base));
    const size = Math.max(...ranges.map((range) => range.base + range.size)) - base;
    const region = `the region ${hex(base)}-${hex(base + size - 1)} of DDR bank ${bank} that the M4IF would have to close while VM ${running} runs`;
    if (size > MOST_PROTECTED) throw new RangeError(`${region} is larger than 256 MiB`);
    if (overlaps({ base, size }, own)) throw new RangeError(`${region} has that VM's own RAM in it`);
    return [(base >>> 12) + ENABLE, (base + size - 1) >>> 12] as const;
  });
}

/** Throws RangeError where the VMs do not fit the board, or the M4IF cannot keep them apart. */
export function checkVms(board: SecureBoard, vms: readonly { readonly name: string; readonly ram: PhysicalRange; readonly interrupts?: readonly number[] }[]): void {
  for (const [i, { name, ram, interrupts = [] }] of vms.entries()) {
    if (ram.base % 0x100000 !== 0 || ram.size % 0x100000 !== 0 || ram.size <= 0) throw new RangeError(`the RAM of VM ${name}, ${hex(ram.base)}, 0x${ram.size.toString(16)} bytes, is not made of whole MiB`);
    const other = vms.findIndex((candidate, at) => at < i && (candidate.name === name || overlaps(candidate.ram, ram)));
    if (other >= 0) throw new RangeError(vms[other]!.name === name ? `two VMs are named ${name}` : `the RAM of VM ${name} overlaps that of VM ${vms[other]!.name}`);
    if (overlaps(ram, board.protectedRam)) throw new RangeError(`the RAM of VM ${name} overlaps secure RAM`);
    const secure = interrupts.find((number) => board.secureInterrupts.includes(number));
    if (secure !== undefined) throw new RangeError(`interrupt ${secure} of VM ${name} is a secure one`);
  }
  for (const { name } of vms) watermarks(board, vms, name);
}

export class VmHardware {
  readonly #memory: GateMemory;
  readonly #board: SecureBoard;
  readonly #tzic: number;
  readonly #csu: number;
  readonly #m4if: number;
  /** Sources that are never a VM's, by word. */
  readonly #secure: readonly number[];

  constructor(memory: GateMemory, board: SecureBoard, mmio: ReadonlyMap<string, number>) {
    this.#memory = memory;
    this.#board = board;
    this.#tzic = mmio.get('TZIC')!;
    this.#csu = mmio.get('CSU')!;
    this.#m4if = mmio.get('M4IF')!;
    this.#secure = Array.from({ length: TZIC_WORDS }, (_, word) => [...board.secureInterrupts, DOORBELL_INTERRUPT].filter((irq) => irq >>> 5 === word).reduce((bits, irq) => bits | 1 << (irq & 31), 0));
  }

  /** Gives the hardware to a VM, from another one that had it. */
  load(to: ContextState, from: ContextState | undefined, all: readonly ContextState[]): void {
    const vm = to.vm!;
    if (from?.vm != null) from.vm.tzic = this.#saveTzic();
    this.openMemory(to, all);
    cslValues({ ...this.#board, secureSlaves: [...this.#board.secureSlaves, ...vm.closedSlaves] }).forEach((value, n) => { this.#set(this.#csu + n * 4, value); });
    this.#loadTzic(vm.tzic ?? TZIC_RESET, vm);
  }

  /** Closes all memory but a VM's. */
  openMemory(to: ContextState, all: readonly ContextState[]): void {
    const places = all.flatMap(({ name, vm }) => (vm === null ? [] : [{ name, ram: vm.ram }]));
    for (const [bank, [start, end]] of watermarks(this.#board, places, to.name).entries()) {
      this.#set(this.#m4if + M4IF.END + bank * 4, end);
      this.#set(this.#m4if + M4IF.START + bank * 4, start);
    }
  }

  /** A register that needs no write is not written: a protection unit's change costs all translations. */
  #set(register: number, value: number): void {
    if (this.#memory.read32(register) !== value >>> 0) this.#memory.write32(register, value);
  }

  #words(register: number, length: number = TZIC_WORDS): number[] {
    return Array.from({ length }, (_, i) => this.#memory.read32(this.#tzic + register + i * 4));
  }

  /** Sources that are the normal world's whoever runs. */
  #normal(word: number): number { return ~this.#secure[word]! >>> 0; }

  #saveTzic(): TzicState {
    const tzic = this.#tzic;
    const masked = (register: number): number[] => this.#words(register).map((bits, word) => (bits & this.#normal(word)) >>> 0);
    const enabled = masked(TZIC.ENSET);
    // SRCSET shows lines and software sources alike: what is left after clearing is lines.
    const before = masked(TZIC.SRCSET);
    for (let word = 0; word < TZIC_WORDS; word++) this.#memory.write32(tzic + TZIC.SRCCLEAR + word * 4, this.#normal(word));
    const lines = masked(TZIC.SRCSET);
    return {
      enabled, software: before.map((bits, word) => (bits & ~lines[word]!) >>> 0), wakeup: masked(TZIC.WAKEUP), priority: this.#words(TZIC.PRIORITY, PRIORITY_WORDS),
      mask: this.#memory.read32(tzic + TZIC.PRIOMASK), nsen: this.#memory.read32(tzic + TZIC.INTCTRL) >>> 16 & 1,
    };
  }

  #loadTzic({ enabled, software, wakeup, priority, mask, nsen }: TzicState, vm: VmState): void {
    const memory = this.#memory;
    const tzic = this.#tzic;
    for (let word = 0; word < TZIC_WORDS; word++) {
      const all = this.#normal(word);
      const own = vm.interrupts === null ? all : vm.interrupts.filter((irq) => irq >>> 5 === word).reduce((bits, irq) => bits | 1 << (irq & 31), 0) & all;
      const at = tzic + word * 4;
      memory.write32(at + TZIC.ENCLEAR, all);
      memory.write32(at + TZIC.SRCCLEAR, all);
      this.#set(at + TZIC.INTSEC, own);
      const wake = memory.read32(at + TZIC.WAKEUP);
      this.#set(at + TZIC.WAKEUP, (wake & ~all) | wakeup[word]! & all);
      memory.write32(at + TZIC.SRCSET, software[word]! & own);
      memory.write32(at + TZIC.ENSET, enabled[word]! & own);
    }
    for (let word = 0; word < PRIORITY_WORDS; word++) {
      const at = tzic + TZIC.PRIORITY + word * 4;
      let lanes = 0;
      for (let lane = 0; lane < 4; lane++) if ((this.#secure[word >>> 3]! >>> (word * 4 + lane & 31) & 1) === 0) lanes |= 0xff << lane * 8;
      this.#set(at, (memory.read32(at) & ~lanes) | priority[word]! & lanes);
    }
    this.#set(tzic + TZIC.PRIOMASK, mask);
    memory.write32(tzic + TZIC.INTCTRL, NSEN_MASK | (nsen === 1 ? NSEN : 0) | EN);
  }
}

/** Raises or ends a software interrupt in a VM that does not have the hardware. */
export function setSoftware(vm: VmState, interrupt: number, level: boolean): void {
  vm.tzic ??= { ...TZIC_RESET, enabled: [0, 0, 0, 0], software: [0, 0, 0, 0], wakeup: [0, 0, 0, 0], priority: [...TZIC_RESET.priority] };
  const bit = 1 << (interrupt & 31);
  const word = interrupt >>> 5;
  vm.tzic.software[word] = (level ? vm.tzic.software[word]! | bit : vm.tzic.software[word]! & ~bit) >>> 0;
}
