/**
 * The kernel's state: plain data, apart from all behaviour, so that a snapshot of it is a copy.
 */
import type { Plain } from '../component.ts';

/** An object of the kernel that a context was given. */
export interface Capability { readonly kind: 'vm' | 'irq' | 'timer' | 'signal'; /** Context of a VM, number of an interrupt, signal of a timer, or a signal to another context. */ readonly id: number }

/** The interrupt controller as a VM left it; words by source, uint32. */
export interface TzicState { enabled: number[]; software: number[]; wakeup: number[]; priority: number[]; mask: number; nsen: number }

/** What a context that is a VM has besides. */
export interface VmState {
  readonly ram: { readonly base: number; readonly size: number };
  /** Halves of CSU registers that are closed while it runs, besides those that are secure anyway. */
  readonly closedSlaves: readonly string[];
  /** Interrupts that it may have; null: all that are not secure. */
  readonly interrupts: readonly number[] | null;
  /** While another VM has the hardware; null: as at reset. */
  tzic: TzicState | null;
  /** Its frame has all of its registers, those too that stay in the CPU from one run to the next. */
  fresh: boolean;
  /** It switched itself off or asked for a reset, and nobody started it anew. */
  ended: string | null;
}

export interface ContextState {
  readonly id: number;
  readonly kind: 'thread' | 'vm';
  readonly name: string;
  /** Higher runs first. */
  priority: number;
  /** In the ready queue: it may run. */
  ready: boolean;
  /** Ticks of its quantum that are left, while others of its priority wait; 0: it is used up, and the next turn has a whole one. */
  quantum: number;
  /** Virtual address of its frame, in the kernel's heap. */
  readonly frame: number;
  /** Its first-level table (TTBR0). */
  readonly table: number;
  /** A thread that waits for a signal. */
  waiting: boolean;
  /** What a thread's handlers are to be told: set when its wait ends. */
  delivered: { readonly name: string; readonly count: number } | null;
  /** What it may name in syscalls, by number. */
  capabilities: Capability[];
  /** Bytes of RAM that its RAM session may still give out. */
  ramLeft: number;
  /** What its RAM session gave out: virtual address and size. */
  dataspaces: { va: number; bytes: number; pa: number }[];
  /** What its region map holds besides. */
  regions: { va: number; bytes: number; write: boolean }[];
  /** Next free address of its attached dataspaces. */
  nextAttach: number;
  /** Signal that a VM's exceptions submit; -1 for none. */
  signal: number;
  /** `start` has been delivered. */
  started: boolean;
  /** Why it runs no more; null while it may. */
  stopped: string | null;
  /** D0-D31 and FPSCR while they are not in the CPU; 65 words. */
  vfp: number[] | null;
  /** Characters of a line of the log that it has not ended yet. */
  line: string;
  /** A component's own state. */
  component: Plain;
  /** Of a VM; null for a thread. */
  readonly vm: VmState | null;
  /** Microseconds at which it was restarted, as far back as its limit looks. */
  restarts: number[];
  /** What its RAM session gave out before it was restarted: to be given out again. Addresses and whole pages. */
  freed: { va: number; bytes: number; pa: number }[];
}

export interface SignalState {
  readonly id: number;
  readonly name: string;
  readonly receiver: number;
  pending: number;
}

export interface IrqState { readonly number: number; readonly signal: number; masked: boolean }

export interface KernelState {
  contexts: ContextState[];
  signals: SignalState[];
  irqs: IrqState[];
  /** Context that runs, or -1: idle. */
  current: number;
  /** Whose VFP registers are in the CPU; -1 for none. */
  vfpOwner: number;
  /** Round-robin order of each priority. */
  queue: number[];
  /** Timeouts by context: tick at which its `timer` signal is due. */
  timeouts: { context: number; signal: number; tick: number }[];
  /** Ticks of the kernel's timer since start, as far as they were looked at; and the counter then. */
  ticks: number;
  counter: number;
  /** Tick at which the running context's quantum ends, or -1. */
  quantumEnd: number;
  /** Bump allocators: the next free physical address of each area. */
  nextFrame: number;
  nextTable: number;
  nextSession: number;
  nextWindow: number;
  /** VM whose registers are in the CPU and that the hardware is given to; -1 for none. */
  vmLoaded: number;
  /** VM whose RAM non-secure accesses reach; -1 before the first. */
  vmMemory: number;
  /** Components that are to be started anew when the kernel leaves. */
  restarting: number[];
  /** Components that the host wants stopped: the kernel's doorbell was rung for them. */
  kills: { context: number; reason: string }[];
  /** Why the whole system stopped; null while it runs. */
  halted: { reason: string; status: number } | null;
}

export function initialKernelState(next: Pick<KernelState, 'nextFrame' | 'nextTable' | 'nextSession' | 'nextWindow'>): KernelState {
  return {
    contexts: [], signals: [], irqs: [], current: -1, vfpOwner: -1, queue: [], timeouts: [], ticks: 0, counter: 0xffffffff, quantumEnd: -1, vmLoaded: -1, vmMemory: -1, restarting: [], kills: [], halted: null, ...next,
  };
}
