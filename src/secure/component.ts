/**
 * What a component is, and what it sees.
 *
 * A component is plain state and synchronous handlers that run to completion. To the kernel it is an ARM thread in secure user mode with a page table of its own. It reaches
 * only what its sessions give it; nothing here holds the machine, the kernel, or memory as a whole. The boundary is one against bugs, not against
 * hostile TypeScript.
 */
import type { VmRegister } from './layout.ts';

/** Result of what can be refused. */
export type Outcome<T = void> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

/** Plain data: what structuredClone copies without loss of meaning. */
export type Plain = null | boolean | number | string | Uint8Array | readonly Plain[] | { readonly [name: string]: Plain } | { [name: string]: Plain } | Plain[];

/** What a component is told: a signal that it waited for. */
export interface SignalEvent {
  /** Name that the component gave to the signal's source (`vm`, `timer`, `irq` ...). */
  readonly name: string;
  /** How many signals of this source came since the last one was handled. */
  readonly count: number;
}

export interface Component<State extends Plain = Plain> {
  readonly name: string;
  initial(): State;
  readonly on: {
    /** Once, when the component has started. */
    start?(state: State, env: Env): void;
    /** A signal. */
    signal?(state: State, env: Env, event: SignalEvent): void;
    /** A call of another component through a session that this one provides. */
    call?(state: State, env: Env, method: string, args: readonly Plain[]): Plain;
  };
}

/** Sessions by the name that init's configuration routes them under. Frozen. */
export interface Env {
  readonly log: LogSession;
  readonly timer?: TimerSession;
  readonly vm?: VmSession;
  readonly rom?: RomSession;
  readonly ram?: RamSession;
  /** Where its RAM stands in its address space; with a RAM session. */
  readonly regions?: RegionMapSession;
  readonly irq?: IrqSession;
  readonly ioMem?: IoMemSession;
  readonly store?: StoreSession;
  readonly terminal?: TerminalSession;
  /** A syscall by number with 32-bit arguments, as ARM code makes it: what the sessions above are made of. A capability that is not owned stops the caller. */
  readonly syscall: (number: number, ...args: readonly number[]) => number;
  /** Sessions that other components provide. */
  readonly peer: (service: string) => PeerSession;
  /** Sends another component (or itself) the signal that has this component's name, where its row says that it may. */
  readonly notify?: (component: string) => void;
}

export interface LogSession {
  /** One line, without its end. It appears as `secure │ <component> <line>`. */
  write(line: string): void;
}

export interface TimerSession {
  /** Virtual microseconds since start. */
  nowUs(): number;
  /** One signal named `timer` after a delay; replaces an earlier one. */
  triggerOnceUs(delayUs: number): void;
}

/** A piece of memory that a session attached: reads and writes are checked against its bounds. Offsets and sizes in bytes; values are uint32. */
export interface Dataspace {
  readonly size: number;
  read8(offset: number): number;
  read32(offset: number): number;
  write8(offset: number, value: number): void;
  write32(offset: number, value: number): void;
  /** Copies out; throws RangeError outside the bounds, as all of these. */
  read(offset: number, length: number): Uint8Array;
  write(offset: number, bytes: Uint8Array): void;
}

export interface RomSession { rom(name: string): Uint8Array }
export interface RamSession {
  /** Bytes left. */
  readonly quota: number;
  /** Throws RangeError over the quota. */
  alloc(bytes: number): Dataspace;
  /** What was allocated so far, in order: a handler finds its memory here, also after a snapshot was taken back. */
  readonly dataspaces: readonly Dataspace[];
}
/** A dataspace at one more place of the component's address space. */
export interface Region extends Dataspace {
  readonly address: number;
  readonly writable: boolean;
}

export interface RegionMapSession {
  /** What was attached and not detached, in order. */
  readonly regions: readonly Region[];
  /**
   * Attaches a dataspace of the RAM session (by its place in `dataspaces`) once more: at the next free address or at `at`, a megabyte from 0x08000000 to 0x0fffffff; writable unless `write` is
   * false. Throws RangeError where that does not fit. A write to what is not writable is a data abort, which stops the component.
   */
  attach(dataspace: number, options?: { readonly at?: number; readonly write?: boolean }): Region;
  /** From now on an access to it is a data abort. */
  detach(region: Region): void;
}

export interface IrqSession { acknowledge(): void }
export interface IoMemSession {
  /** The first range. */
  readonly registers: Dataspace;
  /** All ranges, in the order of the configuration. */
  readonly ranges: readonly Dataspace[];
}
export interface PeerSession { call(method: string, ...args: readonly Plain[]): Plain }

/** Storage that the host gives: an image file, or memory. Offsets and sizes in bytes. What the host cannot do throws an Error; what lies outside, a RangeError. */
export interface StoreSession {
  readonly size: number;
  readonly writable: boolean;
  read(offset: number, length: number): Uint8Array;
  write(offset: number, bytes: Uint8Array): void;
}

/** A line to the outside: bytes as they are, both ways. */
export interface TerminalSession {
  write(bytes: Uint8Array): void;
  /** What has come in, up to `maximum` bytes. */
  read(maximum: number): Uint8Array;
}

/** Where a virtual address of the normal world leads, by the CPU's own VA-to-PA operation. */
export type Translation = { readonly ok: true; readonly pa: number } | { readonly ok: false; /** PAR's fault status */ readonly status: number };

export interface VmSession {
  /** The VM's state: valid while it is paused. */
  get(register: VmRegister): number;
  set(register: VmRegister, value: number): void;
  /** As many words of the state as there is room for, in the order of VM_REGISTERS: r0 to r12, sp, lr, ip, cpsr, exception ... */
  read(into: Uint32Array): void;
  /** Sets the first words of the state, in the same order; uint32. */
  write(words: readonly number[]): void;
  /** The normal world's RAM as a dataspace; offset 0 is `ramBase`. */
  readonly ram: Dataspace;
  readonly ramBase: number;
  /** As at reset, and paused. Only from here to the next run do all registers count that are set: later, system registers but the fault registers are the CPU's. */
  reset(): void;
  /** Lets the VM run; a signal `vm` comes when it met an exception that is not the kernel's. */
  run(): void;
  pause(): void;
  /** Raises an interrupt in the VM when it runs next; a secure one is refused. It stays pending until it is ended. */
  inject(interrupt: number): Outcome;
  endInterrupt(interrupt: number): Outcome;
  /** ATS12NSO... with the rights of the VM's user or kernel mode. */
  translate(va: number, options: { readonly write: boolean; readonly user: boolean }): Translation;
  /** Privileged work by name: a kernel call or a monitor routine that was registered when the system was built. */
  call(name: string, ...args: readonly number[]): Outcome<number>;
}
