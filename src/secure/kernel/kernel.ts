/**
 * The microkernel: contexts that run, signals that wake them, interrupts, time, and the few privileged services that sessions build on. Everything here runs behind
 * the kernel gates, in secure SVC with core's page table.
 */
import { type Core, MODE_SVC, STATE } from '../../cpu/index.ts';
import { collectLines } from '../components/lines.ts';
import { CoreTables, CP15, mmioAddresses, tableWindow } from '../bootstrap/bootstrap.ts';
import type { SecureBoard } from '../bootstrap/imx53-qsb.ts';
import { L1_BYTES, L2_BYTES, PageTable, type Rights } from '../bootstrap/page-tables.ts';
import type { Outcome, SignalEvent, Translation } from '../component.ts';
import { FRAME_STRIDE, PHYSICAL, THREAD, VIRTUAL, VM, VM_BYTES, type VmRegister } from '../layout.ts';
import { coprocessorKey } from '../../isa/index.ts';
import { Interrupts } from './interrupts.ts';
import { KernelHalt, mmuIsOff } from './mmu-off.ts';
import type { GateMemory } from './memory.ts';
import { allocateRam, attachRegion, detachRegion } from './regions.ts';
import { Scheduler } from './scheduler.ts';
import type { KernelCall, KernelCallContext, KernelSmc } from './smc-level.ts';
import type { Capability, ContextState, KernelState, SignalState, VmState } from './state.ts';
import { CapabilityViolation, ERROR_ARGUMENT, SYSCALL_NAMES, SYSCALL_OBJECTS, SYSCALLS, type SyscallSpec } from './syscalls.ts';
import { DOORBELL_INTERRUPT, VmHardware } from './vm-hardware.ts';
import { Vms } from './vms.ts';
import { EPIT1_INTERRUPT, KernelTimer, ticksOfUs, usOfTicks } from './timer.ts';
import { ThreadContext, VmContext, type Context } from './contexts.ts';

/** Time that a context may run while others of its priority wait, in microseconds. */
const QUANTUM_US = 10_000;
/** Instructions that a handler's syscalls may be charged: a tenth of a second, and thousands of times what any handler here takes. */
export const LONGEST_HANDLER = 100_000_000;
const TTBR_ATTRIBUTES = 0;
/** Where a component's dataspaces are attached from on. */
export const FIRST_ATTACHMENT = 0x10000000;
const ATTACHMENTS_END = 0x20000000;

/** Address space that a dataspace of `size` bytes takes. */
export function attachmentBytes(size: number): number { return Math.ceil(size / (1 << 20)) * (1 << 20); }

/** What cannot be had is an error of its argument to who asks by number. */
function orArgumentError(work: () => number): number {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return ERROR_ARGUMENT;
  }
}

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
  readonly scheduler: Scheduler;
  readonly timer: KernelTimer;
  readonly interrupts: Interrupts;
  readonly board: SecureBoard;
  readonly symbols: ReadonlyMap<string, number>;
  readonly ports: KernelPorts;
  readonly smcs: KernelSmc[] = [];
  readonly calls: KernelCall[] = [];
  /** The kernel switched its MMU off: ends the system. `va`: where the CPU fetches next. */
  onMmuOff: ((va: number) => void) | undefined;
  /** Count at which a handler that still makes syscalls is given up. */
  handlerEnd = Infinity;
  /** Counts of SMCs by r0, for the table of calls. */
  onSmc: ((registers: readonly number[], level: 'kernel' | 'vmm') => void) | undefined;
  readonly vms: Vms;
  readonly #contexts: Context[] = [];
  readonly #s: Int32Array;
  /** The code behind a gate goes on at one of these addresses. */
  readonly exits: Readonly<Record<Exit, number>>;
  /** What a signal's receiver was told last, by signal: told again, it is no new object. */
  readonly #events: SignalEvent[] = [];

  constructor(core: Core, memory: GateMemory, state: KernelState, board: SecureBoard, symbols: ReadonlyMap<string, number>, ports: KernelPorts) {
    this.core = core;
    this.memory = memory;
    this.state = state;
    this.board = board;
    this.symbols = symbols;
    this.ports = ports;
    this.scheduler = new Scheduler(state);
    const mmio = mmioAddresses(board.coreMmio);
    this.timer = new KernelTimer(memory, state, mmio.get('EPIT1')!);
    this.interrupts = new Interrupts(memory, mmio.get('TZIC')!);
    this.vms = new Vms(this, new VmHardware(memory, board, mmio));
    this.#s = core.memory.i32;
    this.exits = { vm_exit: this.symbol('vm_exit'), vm_switch: this.symbol('vm_switch'), thread_exit: this.symbol('thread_exit') };
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
    this.timer.start();
    this.interrupts.enable(EPIT1_INTERRUPT);
    this.interrupts.enable(DOORBELL_INTERRUPT);
    create();
    this.leave();
  }

  /** Behind the kernel gate: what ran has met an exception. */
  enter(): void {
    const { current } = this.state;
    if (current >= 0) this.#contexts[current]!.exception();
    else this.handleInterrupts();
    this.leave();
  }

  /** Picks who runs next and sets the registers for its exit. */
  leave(): void {
    const { state } = this;
    const s = this.#s;
    if (state.restarting.length > 0) for (const id of state.restarting.splice(0)) this.ports.restart(this.context(id));
    const next = state.halted === null ? this.scheduler.pick() : -1;
    if (next !== state.current && state.current >= 0 && state.quantumEnd >= 0) {
      // Whoever comes back has what is left of its quantum, and with it its place.
      this.context(state.current).quantum = Math.max(0, state.quantumEnd - this.timer.now());
      state.quantumEnd = -1;
    }
    state.current = next;
    if (next < 0) {
      s[STATE.r + 1] = this.symbol('idle_exit');
      this.#armTimer();
      return;
    }
    if (this.scheduler.shares(next)) {
      if (state.quantumEnd < 0) {
        const { quantum } = this.context(next);
        state.quantumEnd = this.timer.now() + (quantum > 0 ? quantum : ticksOfUs(QUANTUM_US));
        this.#armTimer();
      }
    } else {
      state.quantumEnd = -1;
    }
    this.#contexts[next]!.proceed();
  }

  /** Sets the registers for the code behind the gate: one of `exits` follows. */
  exitTo(routine: number, frame: number, argument: number): void {
    const s = this.#s;
    s[STATE.r] = frame;
    s[STATE.r + 1] = routine;
    s[STATE.r + 2] = argument;
  }

  // ---- interrupts and time

  handleInterrupts(): void {
    for (let number = this.interrupts.pending(); number >= 0; number = this.interrupts.pending()) {
      this.charge(20);
      if (number === DOORBELL_INTERRUPT) {
        this.interrupts.end(number);
        for (const { context, reason } of this.state.kills.splice(0)) this.stop(this.context(context), reason);
        continue;
      }
      if (number === EPIT1_INTERRUPT) {
        this.timer.acknowledge();
        this.#timerFired();
        continue;
      }
      this.interrupts.disable(number);
      const irq = this.state.irqs.find((candidate) => candidate.number === number);
      if (irq === undefined) {
        this.log(`interrupt ${number} has no owner: disabled`);
      } else {
        irq.masked = true;
        this.submit(irq.signal);
      }
    }
  }

  #timerFired(): void {
    const { state } = this;
    const now = this.timer.now();
    for (const timeout of state.timeouts.filter(({ tick }) => tick <= now)) this.submit(timeout.signal);
    state.timeouts = state.timeouts.filter(({ tick }) => tick > now);
    if (state.quantumEnd >= 0 && state.quantumEnd <= now) {
      if (state.current >= 0) {
        this.context(state.current).quantum = 0;
        this.scheduler.rotate(state.current);
      }
      state.quantumEnd = -1;
    }
    this.#armTimer();
  }

  #armTimer(): void {
    const { state } = this;
    let next = state.quantumEnd >= 0 ? state.quantumEnd : Infinity;
    for (const { tick } of state.timeouts) next = Math.min(next, tick);
    if (next < Infinity) this.timer.arm(next);
  }

  // ---- contexts and signals

  context(id: number): ContextState {
    const context = this.state.contexts[id];
    if (context === undefined) throw new Error(`no context ${id}`);
    return context;
  }

  /** Maps physical memory into a component's address space, at the next free address. */
  attachMemory(thread: ContextState, pa: number, size: number, rights: Rights): number {
    const va = thread.nextAttach;
    if (va + size > ATTACHMENTS_END) throw new RangeError(`${thread.name} has no room to attach ${size} bytes`);
    // A megabyte each: second-level tables stay of one kind, and a dataspace's neighbours are holes.
    thread.nextAttach += attachmentBytes(size);
    this.space(thread.table).map(va, pa, size, rights);
    return va;
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

  createSignal(name: string, receiver: number): SignalState {
    const signal = { id: this.state.signals.length, name, receiver, pending: 0 };
    this.state.signals.push(signal);
    return signal;
  }

  submit(id: number): void {
    const signal = this.state.signals[id]!;
    signal.pending++;
    this.#wake(this.context(signal.receiver));
  }

  #wake(thread: ContextState): void {
    if (!thread.waiting) return;
    thread.waiting = false;
    this.takeSignal(thread);
    this.scheduler.makeReady(thread);
  }

  /** Gives a thread its oldest kind of pending signal. Returns whether there was one. */
  takeSignal(thread: ContextState): boolean {
    for (const signal of this.state.signals) {
      if (signal.receiver !== thread.id || signal.pending === 0) continue;
      thread.delivered = this.#event(signal);
      signal.pending = 0;
      return true;
    }
    return false;
  }

  #event({ id, name, pending }: SignalState): SignalEvent {
    const last = this.#events[id];
    if (last !== undefined && last.count === pending && last.name === name) return last;
    return this.#events[id] = { name, count: pending };
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
    for (const signal of state.signals) if (signal.receiver === thread.id) signal.pending = 0;
    state.timeouts = state.timeouts.filter(({ context }) => context !== thread.id);
    for (const irq of state.irqs) {
      if (state.signals[irq.signal]?.receiver !== thread.id || !irq.masked) continue;
      irq.masked = false;
      this.interrupts.enable(irq.number);
    }
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

  // ---- address spaces

  allocatePhysical(bytes: number): number {
    const { state } = this;
    const pa = state.nextSession;
    const size = Math.ceil(bytes / 4096) * 4096;
    // A board that protects none of it has it all the same.
    const { base, size: protectedSize } = this.board.protectedRam;
    if (pa + size > base + (protectedSize === 0 ? PHYSICAL.secureRamSize : protectedSize)) throw new RangeError('secure RAM is used up');
    state.nextSession += size;
    return pa;
  }

  /** A page table for a component: its own lower half, the kernel's upper half. */
  createSpace(): PageTable {
    const { state } = this;
    state.nextTable = Math.ceil(state.nextTable / L1_BYTES) * L1_BYTES;
    const pa = state.nextTable;
    state.nextTable += L1_BYTES;
    const shift = VIRTUAL.pageTables - PHYSICAL.pageTables;
    this.memory.fill(pa + shift, L1_BYTES, 0);
    const table = this.space(pa);
    // Core's first level is copied word by word: both are reached at virtual addresses.
    const core = tableWindow(PHYSICAL.coreTable);
    for (let entry = 0x800; entry < 0x1000; entry++) this.memory.write32(pa + shift + entry * 4, this.memory.read32(core + entry * 4));
    return table;
  }

  /** The page table with its first level at `pa`. */
  space(pa: number): PageTable {
    const { state } = this;
    const shift = VIRTUAL.pageTables - PHYSICAL.pageTables;
    return new PageTable(this.memory, {
      allocateL2: () => {
        const table = state.nextTable;
        if (table + L2_BYTES > PHYSICAL.pageTables + (1 << 20)) throw new RangeError('no room for another page table');
        state.nextTable += L2_BYTES;
        return table;
      },
      virtual: (at) => at + shift,
    }, pa);
  }

  /** Runs privileged work for a component's handler: in secure SVC with core's table, as a syscall would. */
  privileged<T>(work: () => T): T {
    if (this.#s[STATE.mode] === MODE_SVC) return work();
    return this.#inSpace(PHYSICAL.coreTable | TTBR_ATTRIBUTES, () => this.#supervisor(work));
  }

  /** Runs work of one component on behalf of another: in its own address space. */
  inSpaceOf<T>(thread: ContextState, work: () => T): T { return this.#inSpace(thread.table, work); }

  /** In secure SVC, with the page table of who runs: enough for what is mapped in the kernel's half of every table. */
  #supervisor<T>(work: () => T): T {
    const { core } = this;
    const mode = this.#s[STATE.mode]!;
    if (mode === MODE_SVC) return work();
    core.switchMode(MODE_SVC);
    core.mmu.select();
    try {
      return work();
    } finally {
      core.switchMode(mode);
      core.mmu.select();
    }
  }

  #inSpace<T>(table: number, work: () => T): T {
    const { core } = this;
    const s = this.#s;
    const before = s[STATE.TTBR0]!;
    s[STATE.TTBR0] = table;
    core.mmu.registersChanged();
    try {
      return work();
    } finally {
      s[STATE.TTBR0] = before;
      core.mmu.registersChanged();
    }
  }

  // ---- what threads ask for

  /** The object behind a capability. A thread that names one that it does not own is stopped. */
  object(thread: ContextState, capability: number, kind: Capability['kind']): number {
    const found = thread.capabilities[capability];
    if (found?.kind !== kind) {
      // At once, and not by the exception alone: a handler that catches it is stopped all the same.
      const reason = `it used capability ${capability} as a ${kind}, which it does not own`;
      this.privileged(() => { this.stop(thread, reason); });
      throw new CapabilityViolation(reason);
    }
    return found.id;
  }

  grant(thread: ContextState, capability: Capability): number {
    return thread.capabilities.push(capability) - 1;
  }

  /** Charges a syscall and checks its capability; returns the object's number, or -1 for syscalls without one. */
  enterSyscall(thread: ContextState, { number, charge }: SyscallSpec, capability = -1): number {
    this.charge(charge);
    if (thread.stopped !== null) throw new CapabilityViolation('it has been stopped');
    if (this.core.count > this.handlerEnd) {
      const reason = `its handler has not returned after ${LONGEST_HANDLER} instructions of syscalls`;
      this.privileged(() => { this.stop(thread, reason); });
      throw new CapabilityViolation(reason);
    }
    const kind = SYSCALL_OBJECTS[number];
    return kind === undefined ? -1 : this.object(thread, capability, kind);
  }

  /** A syscall by number with 32-bit arguments: from ARM code, or a component's raw call. Returns the result for r0. `wait` is the thread's own. */
  invoke(thread: ContextState, number: number, args: readonly number[]): number {
    const name = SYSCALL_NAMES[number];
    if (name === undefined) return ERROR_ARGUMENT;
    const id = this.enterSyscall(thread, SYSCALLS[name], args[0] ?? -1);
    switch (name) {
      case 'wait': return ERROR_ARGUMENT;
      case 'yield': this.scheduler.rotate(thread.id); return 0;
      case 'log':
        for (const line of collectLines(thread, String.fromCharCode((args[0] ?? 0) & 0x7f))) this.ports.log(thread.name, line);
        return 0;
      case 'timerNow': return this.nowUs() | 0;
      case 'timerOnce': this.setTimeout(thread.id, id, (args[1] ?? 0) >>> 0); return 0;
      case 'vmRun': this.vms.run(this.context(id)); return 0;
      case 'vmPause': this.vms.pause(this.context(id)); return 0;
      case 'vmInject': return this.vms.inject(this.context(id), args[1] ?? -1).ok ? 0 : ERROR_ARGUMENT;
      case 'vmTranslate': {
        const rights = args[2] ?? 0;
        const translation = this.privileged(() => this.translate(args[1] ?? 0, (rights & 1) !== 0, (rights & 2) !== 0));
        return translation.ok ? translation.pa | 0 : ERROR_ARGUMENT;
      }
      case 'vmCall': return ERROR_ARGUMENT; // calls are by name: only sessions have names
      case 'irqAcknowledge': this.acknowledge(id); return 0;
      case 'exit': this.stop(thread, 'it asked to', false); return 0;
      case 'signal': this.submit(id); return 0;
      case 'vmReset': this.vms.reset(this.context(id)); return 0;
      case 'vmInterruptEnd': return this.vms.endInterrupt(this.context(id), args[1] ?? -1).ok ? 0 : ERROR_ARGUMENT;
      case 'ramAlloc': return orArgumentError(() => allocateRam(this, thread, (args[0] ?? 0) >>> 0));
      case 'regionAttach': return orArgumentError(() => attachRegion(this, thread, (args[0] ?? 0) >>> 0, (args[1] ?? 0) >>> 0, (args[2] ?? 0) !== 0));
      case 'regionDetach': return orArgumentError(() => {
        detachRegion(this, thread, (args[0] ?? 0) >>> 0);
        return 0;
      });
    }
  }

  /** Ends the handling of an interrupt by its owner: it may come again. */
  acknowledge(number: number): void {
    const irq = this.state.irqs.find((candidate) => candidate.number === number);
    if (irq === undefined || !irq.masked) return;
    irq.masked = false;
    this.privileged(() => { this.interrupts.enable(number); });
  }

  /** Gives an interrupt to a thread: its signal comes when the interrupt does, which then stays masked until it is acknowledged. */
  ownInterrupt(number: number, signal: number): void {
    if (!this.board.secureInterrupts.includes(number)) throw new RangeError(`interrupt ${number} belongs to the normal world`);
    if (number === EPIT1_INTERRUPT || this.state.irqs.some((irq) => irq.number === number)) throw new RangeError(`interrupt ${number} has an owner`);
    this.state.irqs.push({ number, signal, masked: false });
    this.interrupts.enable(number);
  }

  nowUs(): number { return usOfTicks(this.#supervisor(() => this.timer.now())); }

  setTimeout(context: number, signal: number, delayUs: number): void {
    this.privileged(() => {
      const { state } = this;
      state.timeouts = state.timeouts.filter((timeout) => timeout.signal !== signal);
      state.timeouts.push({ context, signal, tick: this.timer.now() + ticksOfUs(delayUs) });
      this.#armTimer();
    });
  }

  vmGet(vm: ContextState, register: VmRegister): number { return this.memory.readPrivileged32(vm.frame + VM[register]); }
  vmSet(vm: ContextState, register: VmRegister, value: number): void { this.memory.writePrivileged32(vm.frame + VM[register], value); }

  /** The CPU's own VA-to-PA operations for the other world: ATS12NSOPR, PW, UR, UW (c7, c8, 4-7). */
  translate(va: number, write: boolean, user: boolean): Translation {
    const { cp15 } = this.core;
    cp15.write(coprocessorKey(15, 0, 7, 8, 4 + (write ? 1 : 0) + (user ? 2 : 0)), va >>> 0);
    const par = cp15.read(CP15.PAR);
    if ((par & 1) !== 0) return { ok: false, status: ((par >>> 1) & 0x1f) | ((par >>> 6) & 1) << 5 };
    // PAR.SS: a supersection gives bits 31-24 only.
    const pa = (par & 2) !== 0 ? ((par & 0xff000000) | (va & 0xffffff)) >>> 0 : ((par & 0xfffff000) | (va & 0xfff)) >>> 0;
    return { ok: true, pa };
  }

  isVmRam(vm: ContextState, pa: number, length: number): boolean {
    const { base, size } = vm.vm!.ram;
    return length >= 0 && pa >= base && pa + length <= base + size;
  }

  /** Maps physical pages into core's window area. Throws RangeError where they do not fit. */
  mapWindow(pa: number, length: number, rights: Rights): number {
    const { state } = this;
    const from = (pa & ~0xfff) >>> 0;
    const size = Math.ceil((pa + length - from) / 4096) * 4096;
    // Each window has megabytes of its own: a second-level table holds addresses of one world only.
    const va = state.nextWindow;
    const step = Math.ceil(size / (1 << 20)) * (1 << 20);
    if (va + step > VIRTUAL.windows + 0x10000000) throw new RangeError(`no room for a window of 0x${size.toString(16)} bytes: the area at 0x${VIRTUAL.windows.toString(16)} holds 256 MiB`);
    state.nextWindow += step;
    this.#coreTable().map(va, from, size, rights);
    return va + (pa - from);
  }

  unmapWindow(va: number, length: number): void {
    const { state } = this;
    const from = (va & ~0xfff) >>> 0;
    const size = Math.ceil((va + length - from) / 4096) * 4096;
    this.#coreTable().unmap(from, size);
    const base = (from & ~((1 << 20) - 1)) >>> 0;
    const step = Math.ceil((from + size - base) / (1 << 20)) * (1 << 20);
    if (base + step === state.nextWindow) state.nextWindow = base; // the last one: its addresses are free again
  }

  #coreTables: CoreTables | undefined;

  #coreTable(): PageTable {
    this.#coreTables ??= new CoreTables(tableWindow(0));
    return new PageTable(this.memory, {
      allocateL2: () => this.#allocateCoreL2(),
      virtual: (pa) => tableWindow(pa),
    }, PHYSICAL.coreTable);
  }

  /** Core's second-level tables that bootstrap made lie at the front; windows take theirs from the back. */
  #allocateCoreL2(): number {
    const first = tableWindow(PHYSICAL.coreTable);
    for (let table = PHYSICAL.stub - L2_BYTES; table > PHYSICAL.coreTables2; table -= L2_BYTES) {
      let used = false;
      for (let entry = 0; entry < 0x1000 && !used; entry++) used = ((this.memory.read32(first + entry * 4) ^ (table | 1)) & 0xfffffc03) === 0;
      if (!used) return table;
    }
    throw new RangeError('core has no room for another second-level table');
  }

  /** What privileged code on behalf of a VM sees. */
  callContext(vm: ContextState, who: string): KernelCallContext {
    return {
      get: (register) => this.memory.read32(vm.frame + VM[register]),
      set: (register, value) => { this.memory.write32(vm.frame + VM[register], value); },
      translate: (va, { write, user }) => this.translate(va, write, user),
      vm: vm.name, vmRam: vm.vm!.ram,
      isVmRam: (pa, length) => this.isVmRam(vm, pa, length),
      map: (pa, length, { nonsecure, write }) => this.mapWindow(pa, length, { user: false, write, execute: false, nonsecure, memory: 'cached' }),
      unmap: (va, length) => { this.unmapWindow(va, length); },
      read32: (va) => this.memory.read32(va),
      write32: (va, value) => { this.memory.write32(va, value); },
      read8: (va) => this.memory.read8(va),
      write8: (va, value) => { this.memory.write8(va, value); },
      readCp15: (register) => this.core.cp15.read(CP15[register]) >>> 0,
      writeCp15: (register, value) => {
        this.core.cp15.write(CP15[register], value >>> 0);
        if (!mmuIsOff(this.core)) return;
        this.onMmuOff?.((this.#s[STATE.r + 15]! + 4) >>> 0); // behind the gate that is being passed
        throw new KernelHalt('the kernel switched its MMU off');
      },
      log: (line) => { this.ports.log(who, line); },
    };
  }

  /** A kernel call by name, for a component that was given it. */
  call(vm: ContextState, name: string, args: readonly number[]): Outcome<number> {
    const call = this.calls.find((candidate) => candidate.name === name);
    if (call === undefined) return { ok: false, error: `no kernel call ${name}` };
    if (args.length !== call.args.length) return { ok: false, error: `kernel call ${name} takes ${call.args.length} arguments (${call.args.join(', ')})` };
    this.charge(call.charge);
    return { ok: true, value: this.privileged(() => call.handle(this.callContext(vm, name), args)) };
  }

  /** Frame word of a thread. */
  threadGet(thread: ContextState, register: keyof typeof THREAD): number { return this.memory.read32(thread.frame + THREAD[register]); }
}

/** Bytes of a VM's state, for the dataspace that shares it. */
export const VM_STATE_BYTES = VM_BYTES;
