/** Test doubles: a VM session over a register record and a RAM array, with a page table as a map. */
import type { Dataspace, Env, Outcome, Translation, VmSession } from '../component.ts';
import { VM_REGISTERS, VM_RESET, type VmRegister } from '../layout.ts';
import { packBoot, type NormalBoot } from './boot-image.ts';
import { createSmcTable, type StandardCalls } from './calls.ts';
import type { Smc } from './smc.ts';
import type { SmcTable } from './smc-table.ts';
import { createVmm, type VmmOptions, type VmmState } from './vmm.ts';

export class ArrayDataspace implements Dataspace {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  get size(): number { return this.bytes.length; }
  #check(offset: number, length: number): void {
    if (!Number.isInteger(offset) || offset < 0 || offset + length > this.size) throw new RangeError(`offset ${offset}, length ${length}`);
  }
  read8(offset: number): number { return this.#view.getUint8(offset); }
  read32(offset: number): number { return this.#view.getUint32(offset, true); }
  write8(offset: number, value: number): void { this.#view.setUint8(offset, value); }
  write32(offset: number, value: number): void { this.#view.setUint32(offset, value, true); }
  read(offset: number, length: number): Uint8Array {
    this.#check(offset, length);
    return this.bytes.slice(offset, offset + length);
  }
  write(offset: number, bytes: Uint8Array): void {
    this.#check(offset, bytes.length);
    this.bytes.set(bytes, offset);
  }
}

export interface FakePage { readonly pa: number; readonly kernel: 'rw' | 'r' | ''; readonly user: 'rw' | 'r' | '' }

export class FakeVm implements VmSession {
  readonly registers = Object.fromEntries(VM_REGISTERS.map((name) => [name, 0])) as Record<VmRegister, number>;
  readonly ramBase = 0x80000000;
  readonly ram: ArrayDataspace;
  /** By page number. */
  readonly pages = new Map<number, FakePage>();
  readonly calls: string[] = [];
  /** What `call` answers, by name. */
  readonly callResults: Record<string, Outcome<number>> = { 'system-off': { ok: true, value: 0 }, 'system-reset': { ok: true, value: 0 } };

  constructor(ramSize = 0x10000) { this.ram = new ArrayDataspace(ramSize); }

  get(register: VmRegister): number { return this.registers[register]; }
  set(register: VmRegister, value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) throw new RangeError(`${register} = ${value}`);
    this.registers[register] = value;
  }
  read(into: Uint32Array): void {
    for (let i = 0; i < into.length; i++) into[i] = this.registers[VM_REGISTERS[i]!];
  }
  write(words: readonly number[]): void { words.forEach((word, i) => { this.set(VM_REGISTERS[i]!, word); }); }
  reset(): void {
    for (const name of VM_REGISTERS) this.registers[name] = VM_RESET[name] ?? 0;
  }
  run(): void { this.calls.push('run'); }
  pause(): void { this.calls.push('pause'); }
  inject(interrupt: number): Outcome {
    this.calls.push(`inject ${interrupt}`);
    return { ok: true, value: undefined };
  }
  endInterrupt(interrupt: number): Outcome {
    this.calls.push(`end ${interrupt}`);
    return { ok: true, value: undefined };
  }
  translate(va: number, { write, user }: { readonly write: boolean; readonly user: boolean }): Translation {
    const page = this.pages.get(va >>> 12);
    // Translation fault, page; permission fault, page (DDI 0406C, table B3-23)
    if (page === undefined) return { ok: false, status: 0x07 };
    if (!(user ? page.user : page.kernel).includes(write ? 'w' : 'r')) return { ok: false, status: 0x0f };
    return { ok: true, pa: (page.pa | va & 0xfff) >>> 0 };
  }
  call(name: string, ...args: readonly number[]): Outcome<number> {
    this.calls.push([name, ...args.map((arg) => `0x${arg.toString(16)}`)].join(' '));
    return this.callResults[name] ?? { ok: false, error: `no kernel call ${name}` };
  }

  map(va: number, pa: number, kernel: FakePage['kernel'] = 'rw', user: FakePage['user'] = 'rw'): void {
    this.pages.set(va >>> 12, { pa, kernel, user });
  }
}

export const BOOT: NormalBoot = {
  loads: [{ name: 'guest', address: 0x80008000, bytes: Uint8Array.of(1, 2, 3, 4, 5) }], entry: 0x80008000, r0: 0, r1: 3273, r2: 0x80000100,
};

export interface Rig {
  readonly vm: FakeVm;
  readonly state: VmmState;
  readonly log: string[];
  readonly table: SmcTable;
  start(): void;
  /** The VM meets an exception with these registers; returns r0. */
  exception(number: number, registers?: Partial<Record<VmRegister, number>>): number;
  /** An SMC with these values in r0, r1 ...; returns r0. */
  smc(...registers: readonly number[]): number;
  /** A component's signal comes to the VMM. */
  signal(name: string): void;
}

/** A VMM over doubles. */
export function rig({ own = [], boot = BOOT, seed, tz, peer, ...options }: Partial<Omit<VmmOptions, 'smcs'>> & { own?: readonly Smc[]; boot?: NormalBoot; peer?: Env['peer'] } & StandardCalls = {}): Rig {
  const vm = new FakeVm();
  const log: string[] = [];
  const table = createSmcTable(own, { ...(seed === undefined ? {} : { seed }), ...(tz === undefined ? {} : { tz }) });
  const vmm = createVmm({ smcs: table, label: 'linux', ...(tz?.blocks === undefined ? {} : { blocks: tz.blocks }), ...options });
  const state = vmm.initial();
  const env: Env = Object.freeze({
    log: { write: (line: string) => { log.push(line); } },
    vm,
    rom: { rom: () => packBoot(boot) },
    peer: peer ?? (() => { throw new RangeError('no peers'); }),
    syscall: () => -1,
  });
  const exception = (number: number, registers: Partial<Record<VmRegister, number>> = {}): number => {
    for (const [name, value] of Object.entries(registers)) vm.set(name as VmRegister, value);
    vm.set('exception', number);
    vmm.on.signal!(state, env, { name: 'vm', count: 1 });
    return vm.get('r0');
  };
  return {
    vm, state, log, table, exception,
    signal: (name) => { vmm.on.signal!(state, env, { name, count: 1 }); },
    start: () => { vmm.on.start!(state, env); },
    smc: (...registers) => exception(3, Object.fromEntries(registers.map((value, i) => [`r${i}`, value]))),
  };
}
