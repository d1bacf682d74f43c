/**
 * A system: the secure world put together on a machine. Loads the image, registers the gates, starts the CPU at reset; from then on everything runs on the emulated CPU.
 */
import { Evaluator, MODE_MON, STATE } from '../cpu/index.ts';
import type { Machine, RunEnd } from '../soc/machine.ts';
import type { Snapshot } from '../soc/snapshot.ts';
import { bootstrap } from './bootstrap/bootstrap.ts';
import { QSB_SECURE, type SecureBoard } from './bootstrap/imx53-qsb.ts';
import type { Plain } from './component.ts';
import { type BackingStore, type HostPorts, restorePorts, savePorts, type Terminal } from './core/host-ports.ts';
import { DEFAULT_RAM, Init, type SystemConfiguration } from './core/init.ts';
import { buildImage, withSmcTarget, type SecureImage, type SecureSources } from './image.ts';
import { Gates } from './kernel/gates.ts';
import { Kernel } from './kernel/kernel.ts';
import { GateMemory, GuestFault } from './kernel/memory.ts';
import { KernelHalt, mmuIsOff, mmuOffReport } from './kernel/mmu-off.ts';
import { faultName, ownerOf, panicReport } from './kernel/report.ts';
import { assembleRoutines, routineCalls, type MonitorRoutine, type MonitorSmcEntry, type RoutinePage } from './kernel/routines.ts';
import type { KernelCall, KernelSmc } from './kernel/smc-level.ts';
import { initialKernelState, type KernelState } from './kernel/state.ts';
import { checkVms, DOORBELL_INTERRUPT } from './kernel/vm-hardware.ts';
import { GATE, MONITOR_COUNT, PHYSICAL, VIRTUAL } from './layout.ts';
import type { SmcTable } from './vmm/smc-table.ts';

export interface SystemOptions {
  readonly machine: Machine;
  readonly sources: SecureSources;
  readonly configuration: SystemConfiguration;
  /** ROM modules by name. */
  readonly roms?: ReadonlyMap<string, Uint8Array>;
  /** Storage for block components, by the name that their rows use. */
  readonly stores?: ReadonlyMap<string, BackingStore>;
  readonly terminals?: ReadonlyMap<string, Terminal>;
  readonly board?: SecureBoard;
  /** SMCs that are answered in the kernel, before user level. */
  readonly kernelSmcs?: readonly KernelSmc[];
  /** Kernel calls that components may make by name. */
  readonly kernelCalls?: readonly KernelCall[];
  /** Assembly that runs in monitor mode; components call it as they do kernel calls. */
  readonly routines?: readonly MonitorRoutine[];
  /** SMCs that a routine answers in monitor mode, without the kernel. */
  readonly monitorSmcs?: readonly MonitorSmcEntry[];
  /** The table that the VMM and the kernel answer from: its counts and states are part of snapshots. */
  readonly smcTable?: Pick<SmcTable, 'save' | 'load'> & Partial<Pick<SmcTable, 'attachMonitor'>>;
  /**
   * Told whose handler begins, and `undefined` when it has ended. TypeScript that loops without a syscall holds its thread: a host that wants to end that runs the system in a thread of its own,
   * notes the name where another thread sees it, and asks there whether it changes.
   */
  readonly onHandler?: (name: string | undefined) => void;
  /** One line of the secure world's log. */
  readonly log?: (who: string, line: string) => void;
}

/** Instructions between two looks at routines that answer SMCs in monitor mode, and how often such a look steps on. */
const MONITOR_LOOK = 1_000_000;
const MONITOR_SAMPLES = 400;

type MonitorWatch = RoutinePage & { readonly die: (lines: readonly string[]) => void; readonly describe: (pa: number) => string | undefined };

const hexOf = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;

export type SystemEnd = RunEnd | 'halted';

export interface SystemSnapshot {
  readonly version: 1;
  readonly machine: Snapshot;
  readonly kernel: KernelState;
  /** Counts and states of the SMC table; null for a system without one. */
  readonly smcs: Plain;
  /** Stores and terminals, by kind and name. */
  readonly ports: { readonly [name: string]: Plain };
}

export class System {
  readonly machine: Machine;
  readonly kernel: Kernel;
  readonly image: SecureImage;
  readonly #init: Init;
  readonly #monitor: MonitorWatch | undefined;
  readonly #smcTable: SystemOptions['smcTable'];
  readonly #ports: HostPorts;

  constructor(options: SystemOptions) {
    const { machine } = options;
    const { core } = machine;
    const board = options.board ?? QSB_SECURE;
    this.machine = machine;
    checkVms(board, options.configuration.vms.map((row) => ({ ...row, ram: row.ram ?? DEFAULT_RAM })));
    this.#smcTable = options.smcTable;
    this.#ports = { stores: options.stores ?? new Map(), terminals: options.terminals ?? new Map() };
    const { routines = [], monitorSmcs = [] } = options;
    const image = buildImage(options.sources);
    this.image = monitorSmcs.length === 0 ? image : withSmcTarget(image, VIRTUAL.routines);
    const memory = new GateMemory(core);
    const gates = new Gates(core);
    const state = initialKernelState({
      nextFrame: VIRTUAL.heap, nextTable: PHYSICAL.pageTables, nextSession: PHYSICAL.sessions, nextWindow: VIRTUAL.windows,
    });
    const log = options.log ?? (() => undefined);
    this.kernel = new Kernel(core, memory, state, board, this.image.symbols, { log, dispatch: () => { this.#init.dispatch(); }, stopped: (context) => this.#init.stopped(context), restart: (context) => { this.#init.restart(context); }, halted: () => { machine.stop(); }, handler: options.onHandler ?? (() => undefined) });
    this.kernel.smcs.push(...options.kernelSmcs ?? []);
    this.kernel.calls.push(...systemCalls(this.kernel), ...options.kernelCalls ?? []);
    const describe = (pa: number): string | undefined => machine.chip.bus.blockOf(pa)?.name;
    const die = (lines: readonly string[]): void => {
      // One death is reported: what follows from it is not another.
      if (this.halted !== undefined) return;
      for (const line of lines) log('kernel', line);
      this.kernel.halt(lines[0]!, 1);
    };
    this.kernel.onMmuOff = (va) => { die(mmuOffReport(core, va, 'svc', describe)); };
    const page = routines.length + monitorSmcs.length === 0 ? undefined : assembleRoutines(routines, monitorSmcs, this.kernel.symbol('smc_saved'));
    this.#monitor = monitorSmcs.length === 0 || page === undefined ? undefined : { ...page, die, describe };
    this.#smcTable?.attachMonitor?.((number) => this.#monitorCount(monitorSmcs.findIndex((smc) => smc.number === number)));
    if (page !== undefined) {
      const { step } = stepper(machine);
      this.kernel.calls.push(...routineCalls(routines, page, { core, step, halted: () => this.halted !== undefined, halt: die, describe }));
    }
    // What a configuration asks for may not fit: memory, address space, tables.
    const started = (work: () => void): void => {
      try {
        work();
      } catch (error) {
        if (error instanceof GuestFault) {
          // No vector stands yet that could take it.
          die([`DATA ABORT in bootstrap, ${error.write ? 'writing' : 'reading'} ${hexOf(error.va)}: ${faultName(error.status)}. As a physical address this is ${ownerOf(error.va, describe)}.`]);
          throw new KernelHalt(error.message);
        }
        if (!(error instanceof RangeError)) throw error;
        die([error.message]);
      }
    };
    const at = (name: string): number => this.kernel.symbol(name);
    const register = (pa: number, bytes: Uint8Array): void => { gates.registerCode(machine.offsetOf(pa, bytes.length), bytes); };
    this.#init = new Init(this.kernel, memory, options.configuration, options.roms ?? new Map(), this.#ports, register);

    gates.define({ number: GATE.bootstrap, name: 'bootstrap', charge: 5000, user: false, enter: () => { started(() => { bootstrap(core, memory, board, at('kernel_start'), page !== undefined); }); } });
    gates.define({ number: GATE.start, name: 'start', charge: 2000, user: false, enter: () => { started(() => { this.kernel.start(() => { this.#init.create(); }); }); } });
    gates.define({ number: GATE.kernel, name: 'kernel entry', charge: 60, user: false, enter: () => { this.kernel.enter(); } });
    gates.define({ number: GATE.component, name: 'component', charge: 40, user: true, enter: () => { this.#init.dispatch(); } });
    gates.define({
      number: GATE.panic, name: 'panic', charge: 0, user: false,
      enter: () => { die(panicReport(core, describe, board)); },
    });
    for (const { pa, bytes } of [...this.image.segments, ...page === undefined ? [] : [page]]) {
      if (!machine.loadBytes(pa, bytes)) throw new Error(`no memory at 0x${pa.toString(16)} for the secure image`);
      register(pa, bytes);
    }
    machine.memory.i32[STATE.r + 15] = PHYSICAL.image;
  }

  /** Why the whole system stopped, and the status to end with; undefined while it runs. */
  get halted(): { readonly reason: string; readonly status: number } | undefined {
    return this.kernel.state.halted ?? undefined;
  }

  /** Stops a component as its own fault would, at the instruction that is next: the kernel's doorbell is rung. Between two runs only. */
  kill(name: string, reason = 'killed from outside'): void {
    const context = this.kernel.state.contexts.find((candidate) => candidate.kind === 'thread' && candidate.name === name);
    if (context === undefined) throw new RangeError(`no component ${name}`);
    this.kernel.state.kills.push({ context: context.id, reason });
    this.machine.chip.tzic.trigger(DOORBELL_INTERRUPT, true);
  }

  /** Runs up to `budget` instructions of virtual time. */
  run(budget: number): SystemEnd {
    const { core } = this.machine;
    const end = core.count + budget;
    while (core.count < end) {
      if (this.halted !== undefined) return 'halted';
      const left = end - core.count;
      const why = this.machine.run(this.#monitor === undefined ? left : Math.min(left, MONITOR_LOOK));
      if (this.halted !== undefined) return 'halted';
      if (why !== 'budget') return why;
      if (this.#monitor !== undefined) this.#lookAtRoutine(this.#monitor, end);
    }
    return this.halted === undefined ? 'budget' : 'halted';
  }

  /** A routine answers an SMC on the CPU itself, with interrupts masked: one that does not return, or goes on without the MMU, is noticed here. */
  #lookAtRoutine({ va, bytes, die, describe }: MonitorWatch, end: number): void {
    const { core } = this.machine;
    const s = core.memory.i32;
    const inside = (): boolean => s[STATE.mode] === MODE_MON && ((s[STATE.r + 15]! - va) >>> 0) < bytes.length;
    for (let i = 0; i < MONITOR_SAMPLES; i++) {
      // No exception leads anywhere then, so the CPU is at the same abort again and again.
      if (core.isSecure() && mmuIsOff(core) && this.kernel.state.contexts.length > 0) return die(mmuOffReport(core, va, 'monitor', describe));
      // Steps of many lengths: a guest that calls again and again is seen outside of the page by one of them.
      if (!inside() || core.count >= end || this.machine.run(Math.min(end - core.count, 997 + i * 31)) !== 'budget') return;
    }
    die([`a routine that answers an SMC in monitor mode has not returned after ${MONITOR_LOOK} instructions, at ${hexOf(s[STATE.r + 15]!)}`]);
  }

  #monitorCount(index: number): { calls: number; registers: number[]; result: number } | undefined {
    const bytes = index < 0 ? undefined : this.machine.bytes(PHYSICAL.monitorCounts + index * MONITOR_COUNT.bytes, MONITOR_COUNT.bytes);
    if (bytes === undefined) return undefined;
    const word = (at: number): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
    return { calls: word(MONITOR_COUNT.calls), registers: Array.from({ length: 8 }, (_, i) => word(MONITOR_COUNT.registers + i * 4)), result: word(MONITOR_COUNT.result) };
  }

  save(): SystemSnapshot {
    return { version: 1, machine: this.machine.save(), kernel: this.#saveKernel(), smcs: this.#smcTable?.save() ?? null, ports: savePorts(this.#ports) };
  }

  #saveKernel(): KernelState {
    for (const { name, component } of this.kernel.state.contexts) {
      try {
        structuredCloneOf(component);
      } catch (error) {
        throw new Error(`the state of component ${name} is not plain data: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return structuredCloneOf(this.kernel.state);
  }

  load(snapshot: SystemSnapshot): void {
    if (snapshot.version !== 1) throw new Error('this is no snapshot of a system of this version');
    const restore = restorePorts(this.#ports, snapshot.ports);
    this.machine.load(snapshot.machine);
    restore();
    Object.assign(this.kernel.state, structuredCloneOf(snapshot.kernel));
    this.#init.reattach();
    this.#smcTable?.load(snapshot.smcs);
  }
}

/** The host's structuredClone: every JavaScript host has it, but the core floors compile without its type. */
function structuredCloneOf<T>(value: T): T {
  return (globalThis as unknown as { structuredClone: (value: T) => T }).structuredClone(value);
}

/** Steps the CPU inside of a gate: an evaluator of its own, as the machine's is in the middle of an instruction. */
function stepper(machine: Machine): { readonly step: () => void } {
  const evaluator = new Evaluator(machine.core, machine.evaluator.decoder);
  return { step: () => { evaluator.step(); } };
}

/** What every VM session may ask for. */
function systemCalls(kernel: Kernel): KernelCall[] {
  return [
    { name: 'system-off', args: [], charge: 10, handle: ({ vm }) => { kernel.vms.end(kernel.vms.byName(vm), 'switched the system off'); return 0; } },
    { name: 'system-reset', args: [], charge: 10, handle: ({ vm }) => { kernel.vms.end(kernel.vms.byName(vm), 'reset the system'); return 0; } },
  ];
}
