/**
 * The microkernel: the way in and out of it, the contexts that run, and whose VFP registers are in the CPU. What it does for contexts stands in its parts: syscalls, signals
 * that wake them, time, interrupts, address spaces, VMs. Everything here runs behind the kernel gates, in secure SVC with core's page table.
 */
import { type Core, STATE } from '../../cpu/index.ts';
import { mmioAddresses, tableWindow } from '../bootstrap/bootstrap.ts';
import type { SecureBoard } from '../bootstrap/imx53-qsb.ts';
import { FRAME_STRIDE, PHYSICAL } from '../layout.ts';
import { ThreadContext, VmContext, type Context } from './contexts.ts';
import { Interrupts } from './interrupts.ts';
import { Irqs } from './irqs.ts';
import type { GateMemory } from './memory.ts';
import { Modes } from './modes.ts';
import { Scheduler } from './scheduler.ts';
import { Signals } from './signals.ts';
import type { KernelCall, KernelSmc } from './smc-level.ts';
import { AddressSpaces, FIRST_ATTACHMENT } from './spaces.ts';
import type { ContextState, KernelState, VmState } from './state.ts';
import { SyscallEntries } from './syscall-entries.ts';
import { Time } from './time.ts';
import { KernelTimer } from './timer.ts';
import { VmHardware } from './vm-hardware.ts';
import { Vms } from './vms.ts';

/** What the kernel needs of the world outside it. */
export interface KernelPorts {
  /** One line of the secure world's log: who says it, and what. */
  readonly log: (who: string, line: string) => void;
  /** A thread with a component's handlers is at its gate. */
  readonly dispatch: (context: ContextState) => void;
  /** The whole system ended. */
  readonly halted: () => void;
  /** A context ended by its own fault, or was ended. Returns whether it is to be started anew. */
  readonly stopped: (context: ContextState) => boolean;
  /** Starts a context anew that `stopped` said so of: nothing of it runs. */
  readonly restart: (context: ContextState) => void;
  /** TypeScript begins to work for a component or an SMC of this name; undefined: it has returned. */
  readonly handler: (name: string | undefined) => void;
}

/** Where the monitor's code goes on behind a gate. */
type Exit = 'vm_exit' | 'vm_switch' | 'thread_exit';

export class Kernel {
  readonly core: Core;
  readonly memory: GateMemory;
  readonly state: KernelState;
  readonly board: SecureBoard;
  readonly symbols: ReadonlyMap<string, number>;
  readonly ports: KernelPorts;
  readonly modes: Modes;
  readonly spaces: AddressSpaces;
  readonly scheduler: Scheduler;
  readonly signals: Signals;
  readonly interrupts: Interrupts;
  readonly time: Time;
  readonly irqs: Irqs;
  readonly vms: Vms;
  readonly syscalls: SyscallEntries;
  readonly smcs: KernelSmc[] = [];
  readonly calls: KernelCall[] = [];
  /** The kernel switched its MMU off: ends the system. `va`: where the CPU fetches next. */
  onMmuOff: ((va: number) => void) | undefined;
  /** The code behind a gate goes on at one of these addresses: int32, as V8 makes an object of a greater number for each call that it does not inline. */
  readonly exits: Readonly<Record<Exit, number>>;
  readonly #contexts: Context[] = [];
  readonly #s: Int32Array;

  constructor(core: Core, memory: GateMemory, state: KernelState, board: SecureBoard, symbols: ReadonlyMap<string, number>, ports: KernelPorts) {
    this.core = core;
    this.memory = memory;
    this.state = state;
    this.board = board;
    this.symbols = symbols;
    this.ports = ports;
    this.modes = new Modes(core);
    this.spaces = new AddressSpaces(memory, state, board);
    this.scheduler = new Scheduler(state);
    this.signals = new Signals(state, this.scheduler);
    const mmio = mmioAddresses(board.coreMmio);
    this.interrupts = new Interrupts(memory, mmio.get('TZIC')!);
    this.time = new Time(this, new KernelTimer(memory, state, mmio.get('EPIT1')!));
    this.irqs = new Irqs(this);
    this.vms = new Vms(this, new VmHardware(memory, board, mmio));
    this.syscalls = new SyscallEntries(this);
    this.#s = core.memory.i32;
    this.exits = { vm_exit: this.symbol('vm_exit') | 0, vm_switch: this.symbol('vm_switch') | 0, thread_exit: this.symbol('thread_exit') | 0 };
  }

  symbol(name: string): number {
    const value = this.symbols.get(name);
    if (value === undefined) throw new Error(`the secure image has no symbol ${name}`);
    return value;
  }

  charge(instructions: number): void { this.core.count += instructions; }

  log(line: string): void { this.ports.log('kernel', line); }

  // ---- gates

  /** Behind the start gate: the kernel begins to run at its virtual addresses. */
  start(create: () => void): void {
    this.memory.write32(tableWindow(PHYSICAL.coreTable) + (PHYSICAL.image >>> 20) * 4, 0); // the identity mapping has done its work
    this.time.start();
    this.irqs.start();
    create();
    this.leave();
  }

  /** Behind the kernel gate: what ran has met an exception. */
  enter(): void {
    const { current } = this.state;
    if (current >= 0) this.#contexts[current]!.exception();
    else this.irqs.handle();
    this.leave();
  }

  /** Picks who runs next and sets the registers for its exit. */
  leave(): void {
    const { state } = this;
    if (state.restarting.length > 0) for (const id of state.restarting.splice(0)) this.ports.restart(this.context(id));
    const next = state.halted === null ? this.scheduler.pick() : -1;
    if (next !== state.current) this.time.endTurn();
    state.current = next;
    if (next < 0) {
      this.#s[STATE.r + 1] = this.symbol('idle_exit');
      this.time.arm();
      return;
    }
    this.time.beginTurn(next);
    this.#contexts[next]!.proceed();
  }

  /** Sets the registers for the code behind the gate: one of `exits` follows. */
  exitTo(routine: number, frame: number, argument: number): void {
    const s = this.#s;
    s[STATE.r] = frame;
    s[STATE.r + 1] = routine;
    s[STATE.r + 2] = argument;
  }

  // ---- contexts

  context(id: number): ContextState {
    const context = this.state.contexts[id];
    if (context === undefined) throw new Error(`no context ${id}`);
    return context;
  }

  /** Makes the behaviour of a context whose state is (or was restored) in the kernel's state. */
  attach(state: ContextState): void {
    this.#contexts[state.id] = state.kind === 'vm' ? new VmContext(this, state) : new ThreadContext(this, state);
  }

  createContext(kind: 'thread' | 'vm', name: string, priority: number, table: number, vm: VmState | null = null): ContextState {
    const { state } = this;
    const frame = state.nextFrame;
    state.nextFrame += FRAME_STRIDE;
    this.memory.fill(frame, FRAME_STRIDE, 0);
    const context: ContextState = {
      id: state.contexts.length, kind, name, priority, ready: false, quantum: 0, frame, table, waiting: false, delivered: null, capabilities: [], ramLeft: 0, dataspaces: [], regions: [], nextAttach: FIRST_ATTACHMENT, signal: -1, started: false, stopped: null, vfp: null, component: null, line: '', vm, restarts: [], freed: [],
    };
    state.contexts.push(context);
    this.attach(context);
    return context;
  }

  /** Ends a context: it runs no more, the others do not notice. */
  stop(context: ContextState, reason: string, restartable = true): void {
    if (context.stopped !== null) return;
    context.stopped = reason;
    this.scheduler.remove(context);
    context.waiting = false;
    this.log(`${context.kind} "${context.name}" stopped: ${reason}`);
    // A VM whose VMM is gone stands.
    for (const { kind, id } of context.capabilities) if (kind === 'vm') this.scheduler.remove(this.context(id));
    if (this.ports.stopped(context) && restartable) this.state.restarting.push(context.id);
  }

  /** Makes a stopped thread's state as it is before its first instruction; its memory stays attached. */
  resetThread(thread: ContextState): void {
    const { state } = this;
    this.memory.fill(thread.frame, FRAME_STRIDE, 0);
    Object.assign(thread, { stopped: null, started: false, delivered: null, waiting: false, quantum: 0, line: '', vfp: null });
    if (state.vfpOwner === thread.id) state.vfpOwner = -1;
    this.signals.clear(thread);
    this.time.clear(thread);
    this.irqs.clear(thread);
  }

  /** Ends the whole system: the run stops with a status. */
  halt(reason: string, status: number): void {
    this.state.halted ??= { reason, status };
    this.ports.halted();
  }

  // ---- VFP: the registers stay with whom they are until another one uses them

  /** Gives the VFP registers to a context. */
  switchVfp(to: ContextState): void {
    const { state } = this;
    if (state.vfpOwner === to.id) return;
    const s = this.#s;
    if (state.vfpOwner >= 0) {
      this.context(state.vfpOwner).vfp = [...s.subarray(STATE.d, STATE.d + 64), s[STATE.fpscr]!];
      this.charge(70);
    }
    const saved = to.vfp ?? new Array<number>(65).fill(0);
    s.set(saved.slice(0, 64), STATE.d);
    s[STATE.fpscr] = saved[64]!;
    to.vfp = null;
    state.vfpOwner = to.id;
    this.core.contextChanged = true;
    this.charge(70);
  }
}
