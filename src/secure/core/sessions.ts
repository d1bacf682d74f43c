/**
 * Core's sessions: what a component's `Env` is made of. Each checks what it is asked and charges as the syscall that it stands for; none lets the machine, the kernel or
 * memory as a whole through.
 */
import type { Dataspace, Env, LogSession, Outcome, PeerSession, Plain, RomSession, TimerSession, VmSession } from '../component.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { GateMemory } from '../kernel/memory.ts';
import type { ContextState, SignalState } from '../kernel/state.ts';
import { PHYSICAL } from '../layout.ts';

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

/** User addresses at which sessions attach their dataspaces. */
const VM_RAM_AT = 0x20000000;

/** A VM session: the kernel object, and the VM's RAM in the component's address space with NS = 1 in its descriptors. */
export function createVmSession(kernel: Kernel, memory: GateMemory, vm: ContextState, owner: ContextState): VmSession {
  const space = kernel.space(owner.table);
  space.map(VM_RAM_AT, PHYSICAL.normalRam, PHYSICAL.normalRamSize, { user: true, write: true, execute: false, nonsecure: true, memory: 'cached' });
  return Object.freeze(vmSession(kernel, memory, vm));
}

/** The session's methods alone, for a component whose address space exists (after a restore). */
export function vmSession(kernel: Kernel, memory: GateMemory, vm: ContextState): VmSession {
  return {
    get: (register) => kernel.vmGet(vm, register),
    set: (register, value) => { kernel.vmSet(vm, register, value); },
    ram: new AttachedDataspace(memory, VM_RAM_AT, PHYSICAL.normalRamSize),
    ramBase: PHYSICAL.normalRam,
    run: () => {
      kernel.syscall('vmRun');
      kernel.runVm(vm);
    },
    pause: () => {
      kernel.syscall('vmPause');
      kernel.pauseVm(vm);
    },
    inject: (interrupt): Outcome => {
      kernel.syscall('vmInject');
      return kernel.inject(vm, interrupt);
    },
    translate: (va, { write, user }) => {
      kernel.syscall('vmTranslate');
      return kernel.privileged(() => kernel.translate(va, write, user));
    },
    call: (name, ...args) => {
      kernel.syscall('vmCall');
      return kernel.call(vm, name, args);
    },
  };
}

export function logSession(kernel: Kernel, name: string): LogSession {
  return Object.freeze({
    write: (line: string) => {
      kernel.syscall('log');
      kernel.ports.log(name, line);
    },
  });
}

export function timerSession(kernel: Kernel, thread: ContextState, signal: SignalState): TimerSession {
  return Object.freeze({
    nowUs: () => {
      kernel.syscall('timerNow');
      return kernel.nowUs();
    },
    triggerOnceUs: (delayUs: number) => {
      kernel.syscall('timerOnce');
      if (!Number.isSafeInteger(delayUs) || delayUs < 0) throw new RangeError(`${delayUs} is no delay in microseconds`);
      kernel.setTimeout(thread.id, signal.id, delayUs);
    },
  });
}

export function romSession(roms: ReadonlyMap<string, Uint8Array>): RomSession {
  return Object.freeze({
    rom: (name: string) => {
      const bytes = roms.get(name);
      if (bytes === undefined) throw new RangeError(`no ROM module ${name}`);
      return bytes.slice();
    },
  });
}

/** What one component is given. */
export function createEnv(sessions: Omit<Env, 'peer'>, peers: ReadonlyMap<string, (method: string, args: readonly Plain[]) => Plain>): Env {
  return Object.freeze({
    ...sessions,
    peer: (service: string): PeerSession => {
      const call = peers.get(service);
      if (call === undefined) throw new RangeError(`no route to service ${service}`);
      return Object.freeze({ call: (method: string, ...args: readonly Plain[]) => call(method, args) });
    },
  });
}
