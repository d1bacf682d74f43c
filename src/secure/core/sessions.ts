/**
 * Core's sessions: what a component's `Env` is made of. Each checks what it is asked and charges as the syscall that it stands for; none lets the machine, the kernel or
 * memory as a whole through.
 */
import type { Rights } from '../bootstrap/page-tables.ts';
import type {
  Dataspace, IoMemSession, IrqSession, LogSession, Outcome, RamSession, Region, RegionMapSession, RomSession, StoreSession, TerminalSession, TimerSession, VmSession,
} from '../component.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { kernelCall } from '../kernel/kernel-calls.ts';
import type { GateMemory } from '../kernel/memory.ts';
import { allocateRam, attachRegion, detachRegion } from '../kernel/regions.ts';
import type { ContextState, VmState } from '../kernel/state.ts';
import { SYSCALLS, type SyscallSpec } from '../kernel/syscalls.ts';
import type { BackingStore, Terminal } from './host-ports.ts';

/** Memory attached to a component at a user address. Accesses go through the CPU's MMU with the component's own rights. */
export class AttachedDataspace implements Dataspace {
  readonly size: number;
  readonly #memory: GateMemory;
  readonly #base: number;

  constructor(memory: GateMemory, base: number, size: number) {
    this.#memory = memory;
    this.#base = base;
    this.size = size;
  }

  #at(offset: number, length: number): number {
    if (!Number.isInteger(offset) || offset < 0 || length < 0 || offset + length > this.size) {
      throw new RangeError(`offset ${offset}, length ${length} is outside the dataspace of ${this.size} bytes`);
    }
    return this.#base + offset;
  }

  read8(offset: number): number { return this.#memory.read8(this.#at(offset, 1)); }
  read32(offset: number): number { return this.#memory.read32(this.#at(offset, 4)); }
  write8(offset: number, value: number): void { this.#memory.write8(this.#at(offset, 1), value); }
  write32(offset: number, value: number): void { this.#memory.write32(this.#at(offset, 4), value); }
  read(offset: number, length: number): Uint8Array { return this.#memory.read(this.#at(offset, length), length); }
  write(offset: number, bytes: Uint8Array): void { this.#memory.write(this.#at(offset, bytes.length), bytes); }
}

/** User address of a VM's RAM in its VMM. */
const VM_RAM_AT = 0x20000000;
const USER_DATA: Rights = { user: true, write: true, execute: false, memory: 'cached' };

/** Puts a VM's RAM into a component's address space with NS = 1 in its descriptors. */
export function attachVmRam(kernel: Kernel, owner: ContextState, { ram }: VmState): void {
  kernel.spaces.of(owner).map(VM_RAM_AT, ram.base, ram.size, { ...USER_DATA, nonsecure: true });
}

/** A VM session over a capability of its owner; the VM's RAM is attached already. */
export function vmSession(kernel: Kernel, memory: GateMemory, owner: ContextState, capability: number): VmSession {
  const vm = (syscall: SyscallSpec): ContextState => kernel.context(kernel.syscalls.enter(owner, syscall, capability));
  const target = kernel.context(kernel.syscalls.object(owner, capability, 'vm'));
  const frame = target.frame | 0;
  return Object.freeze<VmSession>({
    // The state is a dataspace that the session shares with the kernel: no syscall.
    get: (register) => kernel.vms.get(target, register),
    set: (register, value) => { kernel.vms.set(target, register, value); },
    read: (into) => { memory.readPrivilegedWords(frame, into); },
    write: (words) => { memory.writePrivilegedWords(frame, words); },
    ram: Object.freeze(new AttachedDataspace(memory, VM_RAM_AT, target.vm!.ram.size)),
    ramBase: target.vm!.ram.base,
    reset: () => { kernel.vms.reset(vm(SYSCALLS.vmReset)); },
    run: () => { kernel.vms.run(vm(SYSCALLS.vmRun)); },
    pause: () => { kernel.vms.pause(vm(SYSCALLS.vmPause)); },
    inject: (interrupt): Outcome => kernel.vms.inject(vm(SYSCALLS.vmInject), interrupt),
    endInterrupt: (interrupt): Outcome => kernel.vms.endInterrupt(vm(SYSCALLS.vmInterruptEnd), interrupt),
    translate: (va, { write, user }) => {
      vm(SYSCALLS.vmTranslate);
      return kernel.modes.privileged(() => kernel.vms.translate(va, write, user));
    },
    call: (name, ...args) => kernelCall(kernel, vm(SYSCALLS.vmCall), name, args),
  });
}

export function logSession(kernel: Kernel, owner: ContextState): LogSession {
  return Object.freeze({
    write: (line: string) => {
      kernel.syscalls.enter(owner, SYSCALLS.log);
      kernel.ports.log(owner.name, line);
    },
  });
}

export function timerSession(kernel: Kernel, owner: ContextState, capability: number): TimerSession {
  return Object.freeze({
    nowUs: () => {
      kernel.syscalls.enter(owner, SYSCALLS.timerNow);
      return kernel.time.nowUs();
    },
    triggerOnceUs: (delayUs: number) => {
      const signal = kernel.syscalls.enter(owner, SYSCALLS.timerOnce, capability);
      if (!Number.isSafeInteger(delayUs) || delayUs < 0) throw new RangeError(`${delayUs} is no delay in microseconds`);
      kernel.time.setTimeout(owner.id, signal, delayUs);
    },
  });
}

export function irqSession(kernel: Kernel, owner: ContextState, capability: number): IrqSession {
  return Object.freeze({ acknowledge: () => { kernel.irqs.acknowledge(kernel.syscalls.enter(owner, SYSCALLS.irqAcknowledge, capability)); } });
}

/** RAM within a quota. Who asks for more throws, and so is stopped unless it catches that; nothing is given back, as components allocate when they start. */
export function ramSession(kernel: Kernel, memory: GateMemory, owner: ContextState): RamSession {
  return Object.freeze({
    get quota() { return owner.ramLeft; },
    get dataspaces() { return owner.dataspaces.map(({ va, bytes }) => Object.freeze(new AttachedDataspace(memory, va, bytes))); },
    alloc: (bytes: number): Dataspace => {
      kernel.syscalls.enter(owner, SYSCALLS.ramAlloc);
      const { va } = owner.dataspaces[allocateRam(kernel, owner, bytes)]!;
      return Object.freeze(new AttachedDataspace(memory, va, bytes));
    },
  });
}

/** A region: a dataspace at one more place. */
class AttachedRegion extends AttachedDataspace implements Region {
  readonly address: number;
  readonly writable: boolean;

  constructor(memory: GateMemory, address: number, size: number, writable: boolean) {
    super(memory, address, size);
    this.address = address;
    this.writable = writable;
  }
}

/** The region map of a component with a RAM session. */
export function regionMapSession(kernel: Kernel, memory: GateMemory, owner: ContextState): RegionMapSession {
  const region = ({ va, bytes, write }: { readonly va: number; readonly bytes: number; readonly write: boolean }): Region => Object.freeze(new AttachedRegion(memory, va, bytes, write));
  return Object.freeze({
    get regions() { return owner.regions.map(region); },
    attach: (dataspace: number, { at = 0, write = true }: { readonly at?: number; readonly write?: boolean } = {}): Region => {
      kernel.syscalls.enter(owner, SYSCALLS.regionAttach);
      const va = attachRegion(kernel, owner, dataspace, at, write);
      return region(owner.regions.find((candidate) => candidate.va === va)!);
    },
    detach: ({ address }: Region): void => {
      kernel.syscalls.enter(owner, SYSCALLS.regionDetach);
      detachRegion(kernel, owner, address);
    },
  });
}

/** Devices' registers, attached in the component's address space. */
export function ioMemSession(memory: GateMemory, attached: readonly { readonly va: number; readonly size: number }[]): IoMemSession {
  const ranges = attached.map(({ va, size }) => Object.freeze(new AttachedDataspace(memory, va, size)));
  const [registers] = ranges;
  if (registers === undefined) throw new Error('an IO_MEM session without a range');
  return Object.freeze({ registers, ranges: Object.freeze(ranges) });
}

/** The rights of a device's registers in a component. */
export const USER_DEVICE: Rights = { ...USER_DATA, memory: 'device' };

export function romSession(roms: ReadonlyMap<string, Uint8Array>): RomSession {
  return Object.freeze({
    rom: (name: string) => {
      const bytes = roms.get(name);
      if (bytes === undefined) throw new RangeError(`no ROM module ${name}`);
      return bytes.slice();
    },
  });
}

/** The host's storage, with the bounds checked before it sees them. */
export function storeSession(store: BackingStore): StoreSession {
  const check = (offset: number, length: number): void => {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + length > store.size) throw new RangeError(`offset ${offset}, length ${length} is outside the store of ${store.size} bytes`);
  };
  return Object.freeze({
    size: store.size, writable: store.writable,
    read: (offset: number, length: number) => {
      if (!Number.isSafeInteger(length) || length < 0) throw new RangeError(`${length} is no length`);
      check(offset, length);
      return store.read(offset, length);
    },
    write: (offset: number, bytes: Uint8Array) => {
      if (!store.writable) throw new RangeError('the store is read-only');
      check(offset, bytes.length);
      store.write(offset, bytes);
    },
  });
}

export function terminalSession(terminal: Terminal): TerminalSession {
  return Object.freeze({ write: (bytes: Uint8Array) => { terminal.write(bytes); }, read: (maximum: number) => terminal.take(maximum) });
}
