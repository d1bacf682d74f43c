/**
 * Init: starts components from a configuration. Each gets a thread, a page table, the sessions that its row names, and nothing else.
 */
import { allRows, createAssembler } from '../../isa/index.ts';
import type { Component, Env, Plain } from '../component.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type GateMemory, GuestFault } from '../kernel/memory.ts';
import { freeRam } from '../kernel/regions.ts';
import { attachmentBytes, FIRST_ATTACHMENT } from '../kernel/spaces.ts';
import type { Capability, ContextState } from '../kernel/state.ts';
import { SYSCALLS } from '../kernel/syscalls.ts';
import { PHYSICAL, THREAD, VIRTUAL } from '../layout.ts';
import type { HostPorts } from './host-ports.ts';
import { attachVmRam, ioMemSession, irqSession, logSession, ramSession, regionMapSession, romSession, storeSession, terminalSession, timerSession, USER_DEVICE, vmSession } from './sessions.ts';

/** A component that is ARM code: assembly text that runs in secure user mode from the stub's address on; syscalls by SVC. */
export interface ArmComponent { readonly name: string; readonly code: string }

export interface IoMemRange { readonly base: number; readonly size: number }

export interface ComponentRow {
  readonly component: Component | ArmComponent;
  /** Higher runs first. VMs run at 0. */
  readonly priority: number;
  readonly sessions?: {
    readonly timer?: true;
    /** Name of the VM. */
    readonly vm?: string;
    readonly rom?: true;
    /** Quota in bytes. */
    readonly ram?: number;
    /** Number of a secure interrupt. */
    readonly irq?: number;
    /** Physical ranges of devices. */
    readonly ioMem?: IoMemRange | readonly IoMemRange[];
    /** Name of a store of the host's. */
    readonly store?: string;
    /** Name of a terminal of the host's. */
    readonly terminal?: string;
  };
  /** Services of other components, by the name under which they are reached. */
  readonly routes?: Readonly<Record<string, string>>;
  /** Components that it may send its signal to; itself too, to be called again later. */
  readonly notifies?: readonly string[];
  /** Whether init starts it anew where it was stopped by a fault: at most so many times in any such time; left out: not at all. What ends by its own wish stays ended. */
  readonly restart?: RestartLimit;
}

export interface RestartLimit {
  readonly times: number;
  /** Microseconds of virtual time. */
  readonly withinUs: number;
}

export interface VmRow {
  readonly name: string;
  /** Whole MiB; default: the normal world's RAM as the layout has it. */
  readonly ram?: { readonly base: number; readonly size: number };
  /** Halves of CSU registers that are closed while it runs, besides the board's secure ones. */
  readonly closedSlaves?: readonly string[];
  /** Interrupts that it may have; default: all that are not secure. */
  readonly interrupts?: readonly number[];
}

export interface SystemConfiguration {
  readonly vms: readonly VmRow[];
  readonly components: readonly ComponentRow[];
}

export const DEFAULT_RAM = { base: PHYSICAL.normalRam, size: PHYSICAL.normalRamSize } as const;

/** User mode, IRQ masked: an interrupt of the normal world waits until that runs. */
const USER_MODE = 0x90;

function isArm(component: Component | ArmComponent): component is ArmComponent {
  return 'code' in component;
}

/**
 * The host's structuredClone: every JavaScript host has it, but the core floors compile without its type. It takes a microsecond even of a number: what is no object is its own copy, and of bytes only those
 * that are seen are copied.
 */
function copyOf(value: Plain): Plain {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' || value === undefined) return value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  return (globalThis as unknown as { structuredClone: (value: Plain) => Plain }).structuredClone(value);
}

interface Running {
  readonly context: ContextState;
  readonly row: ComponentRow;
  readonly env: Env;
  /** Its handlers; undefined for ARM code. */
  readonly on: Component['on'] | undefined;
  /** How it is called where handlers are watched. */
  readonly label: string;
}

export class Init {
  readonly #kernel: Kernel;
  readonly #memory: GateMemory;
  readonly #configuration: SystemConfiguration;
  readonly #roms: ReadonlyMap<string, Uint8Array>;
  readonly #ports: HostPorts;
  /** Registers gates in a page of code (physical address). */
  readonly #registerCode: (pa: number, bytes: Uint8Array) => void;
  /** By context. */
  readonly #running: (Running | undefined)[] = [];

  constructor(kernel: Kernel, memory: GateMemory, configuration: SystemConfiguration, roms: ReadonlyMap<string, Uint8Array>, ports: HostPorts, registerCode: (pa: number, bytes: Uint8Array) => void) {
    this.#kernel = kernel;
    this.#memory = memory;
    this.#configuration = configuration;
    this.#roms = roms;
    this.#ports = ports;
    this.#registerCode = registerCode;
  }

  /** Creates VMs and components. Runs in the kernel, behind the start gate. */
  create(): void {
    const kernel = this.#kernel;
    for (const { name, ram = DEFAULT_RAM, closedSlaves = [], interrupts = null } of this.#configuration.vms) {
      kernel.createContext('vm', name, 0, PHYSICAL.coreTable, { ram, closedSlaves: [...closedSlaves], interrupts: interrupts === null ? null : [...interrupts], tzic: null, fresh: true, ended: null });
    }
    for (const row of this.#configuration.components) {
      const space = kernel.spaces.create();
      const code = isArm(row.component) ? this.#assemble(row.component) : undefined;
      const page = code === undefined ? PHYSICAL.stub : kernel.spaces.allocatePhysical(4096);
      if (code !== undefined) this.#loadCode(page, code);
      space.map(VIRTUAL.stub, page, 4096, { user: true, write: false, execute: true, memory: 'cached' });
      const stack = kernel.spaces.allocatePhysical(4096);
      space.map(VIRTUAL.stub + 0x1000, stack, 4096, { user: true, write: true, execute: false, memory: 'cached' });
      const thread = kernel.createContext('thread', row.component.name, row.priority, space.pa);
      this.#setStart(thread);
      if (!isArm(row.component)) thread.component = row.component.initial();
      this.#attach(thread, row, true);
      kernel.scheduler.makeReady(thread);
    }
  }

  #setStart(thread: ContextState): void {
    this.#memory.write32(thread.frame + THREAD.ip, VIRTUAL.stub);
    this.#memory.write32(thread.frame + THREAD.cpsr, USER_MODE);
    this.#memory.write32(thread.frame + THREAD.sp, VIRTUAL.stub + 0x2000);
  }

  /** A component was stopped: whether it is to be started anew, by its row's limit. */
  stopped(context: ContextState): boolean {
    const limit = this.#running[context.id]?.row.restart;
    if (limit === undefined) return false;
    const now = this.#kernel.time.nowUs();
    context.restarts = context.restarts.filter((at) => now - at < limit.withinUs);
    if (context.restarts.length < limit.times) return true;
    this.#kernel.log(`component "${context.name}" is not started again: ${limit.times} time(s) within ${limit.withinUs} us is its limit`);
    return false;
  }

  /** Starts a stopped component anew, in the context that it had: first state, no signals, its RAM zero; capabilities and mappings stay. */
  restart(context: ContextState): void {
    const running = this.#running[context.id];
    if (running === undefined) return;
    const kernel = this.#kernel;
    const { row } = running;
    kernel.resetThread(context);
    this.#setStart(context);
    freeRam(kernel, context);
    context.ramLeft = row.sessions?.ram ?? 0;
    if (!isArm(row.component)) context.component = row.component.initial();
    this.#attach(context, row, false);
    context.restarts.push(kernel.time.nowUs());
    kernel.log(`component "${context.name}" is started again (${context.restarts.length} of ${row.restart!.times} within ${row.restart!.withinUs} us)`);
    kernel.scheduler.makeReady(context);
  }

  /** Finds the components of restored state again. */
  reattach(): void {
    this.#running.length = 0;
    for (const context of this.#kernel.state.contexts) {
      this.#kernel.attach(context);
      const row = this.#configuration.components.find(({ component }) => component.name === context.name);
      if (context.kind === 'thread' && row !== undefined) this.#attach(context, row, false);
    }
  }

  #attach(context: ContextState, row: ComponentRow, fresh: boolean): void {
    const kernel = this.#kernel;
    const { sessions = {}, routes = {} } = row;
    const signal = (name: string) => kernel.state.signals.find((s) => s.name === name && s.receiver === context.id) ?? kernel.signals.create(name, context.id);
    const memory = this.#memory;
    /** Number of the context's capability of a kind: granted on the first start, found again after a restore. */
    const capability = (kind: Capability['kind'], id: () => number): number => {
      const at = context.capabilities.findIndex((candidate) => candidate.kind === kind);
      return at >= 0 ? at : kernel.syscalls.grant(context, { kind, id: id() });
    };
    const env: { -readonly [Name in keyof Env]?: Env[Name] } = { log: logSession(kernel, context) };
    if (sessions.rom === true) env.rom = romSession(this.#roms);
    if (sessions.timer === true) env.timer = timerSession(kernel, context, capability('timer', () => signal('timer').id));
    if (sessions.vm !== undefined) {
      const target = kernel.state.contexts.find(({ kind, name }) => kind === 'vm' && name === sessions.vm);
      if (target === undefined) throw new Error(`component ${row.component.name}: no VM ${sessions.vm}`);
      target.signal = signal('vm').id;
      if (fresh) attachVmRam(kernel, context, target.vm!);
      env.vm = vmSession(kernel, memory, context, capability('vm', () => target.id));
    }
    if (sessions.ram !== undefined) {
      if (fresh) context.ramLeft = sessions.ram;
      env.ram = ramSession(kernel, memory, context);
      env.regions = regionMapSession(kernel, memory, context);
    }
    const { irq } = sessions;
    if (irq !== undefined) {
      const { id } = signal('irq');
      env.irq = irqSession(kernel, context, capability('irq', () => irq));
      if (fresh) kernel.irqs.own(irq, id);
    }
    if (sessions.ioMem !== undefined) {
      // The first attachments of a component that has some: their addresses are known without being kept.
      let next: number = FIRST_ATTACHMENT;
      env.ioMem = ioMemSession(memory, ('base' in sessions.ioMem ? [sessions.ioMem] : sessions.ioMem).map(({ base, size }) => {
        const va = next;
        next += attachmentBytes(size);
        if (fresh && kernel.spaces.attach(context, base, size, USER_DEVICE) !== va) throw new Error(`component ${row.component.name}: a device is not its first attachment`);
        return { va, size };
      }));
    }
    const port = <T>(ports: ReadonlyMap<string, T>, what: string, name: string): T => {
      const found = ports.get(name);
      if (found === undefined) throw new RangeError(`component ${row.component.name}: the host has no ${what} ${name}`);
      return found;
    };
    if (sessions.store !== undefined) env.store = storeSession(port(this.#ports.stores, 'store', sessions.store));
    if (sessions.terminal !== undefined) env.terminal = terminalSession(port(this.#ports.terminals, 'terminal', sessions.terminal));
    const { notifies = [] } = row;
    if (notifies.length > 0) {
      env.notify = (target) => {
        if (!notifies.includes(target)) throw new RangeError(`it may not signal ${target}`);
        kernel.signals.submit(kernel.syscalls.enter(context, SYSCALLS.signal, this.#signalTo(context, target)));
      };
    }
    env.syscall = (number, ...args) => kernel.syscalls.invoke(context, number, args);
    const peers = new Map(Object.entries(routes).map(([service, provider]) => [service, (method: string, args: readonly Plain[]) => this.#callPeer(provider, method, args)] as const));
    env.peer = (service) => {
      const call = peers.get(service);
      if (call === undefined) throw new RangeError(`no route to service ${service}`);
      return Object.freeze({ call: (method: string, ...args: readonly Plain[]) => call(method, args) });
    };
    const on = isArm(row.component) ? undefined : row.component.on;
    this.#running[context.id] = { context, row, env: Object.freeze(env as Env), on, label: `component ${context.name}` };
  }

  /** Number of a context's capability for its signal to a component: granted when it first uses it. */
  #signalTo(context: ContextState, target: string): number {
    const kernel = this.#kernel;
    const receiver = kernel.state.contexts.find(({ kind, name }) => kind === 'thread' && name === target);
    if (receiver === undefined) throw new RangeError(`no component ${target} to signal`);
    const { id } = kernel.state.signals.find((s) => s.name === context.name && s.receiver === receiver.id) ?? kernel.signals.create(context.name, receiver.id);
    const at = context.capabilities.findIndex((candidate) => candidate.kind === 'signal' && candidate.id === id);
    return at >= 0 ? at : kernel.syscalls.grant(context, { kind: 'signal', id });
  }

  #callPeer(provider: string, method: string, args: readonly Plain[]): Plain {
    for (const running of this.#running) {
      if (running?.on === undefined || running.row.component.name !== provider || running.context.stopped !== null) continue;
      const { context, env, on: { call } } = running;
      if (call === undefined) break;
      try {
        // Copies both ways: components share no objects.
        return copyOf(this.#kernel.modes.inSpaceOf(context, () => call(context.component, env, method, args.map(copyOf))));
      } catch (error) {
        if (!(error instanceof GuestFault)) throw error;
        this.#kernel.modes.privileged(() => { this.#kernel.stop(context, `data abort in its method ${method}: ${error.message}`); });
        break;
      }
    }
    throw new Error(`service ${provider} does not answer`);
  }

  /** Behind the component gate: the running thread's handlers are told what its wait delivered. A handler that throws stops its component. */
  dispatch(): void {
    const kernel = this.#kernel;
    const running = this.#running[kernel.state.current];
    if (running?.on === undefined) return;
    const { context, env, on, label } = running;
    const event = context.delivered;
    context.delivered = null;
    if (event === null || context.stopped !== null) return;
    kernel.syscalls.handlerBegins();
    kernel.ports.handler(label);
    try {
      if (event.name === 'start') on.start?.(context.component, env);
      else on.signal?.(context.component, env, event);
    } catch (error) {
      if (error instanceof GuestFault || (error instanceof Error && error.name === 'KernelHalt')) throw error;
      kernel.modes.privileged(() => { kernel.stop(context, `its handler threw: ${error instanceof Error ? error.message : String(error)}`); });
    } finally {
      kernel.syscalls.handlerEnded();
      kernel.ports.handler(undefined);
    }
  }

  #assemble(component: ArmComponent): Uint8Array {
    const result = createAssembler(allRows).assemble(component.code, { file: component.name, origin: VIRTUAL.stub });
    if (!result.ok) throw new Error(result.errors.map(({ line, message }) => `${component.name}:${line}: ${message}`).join('\n'));
    const bytes = result.sections[0]?.bytes ?? new Uint8Array();
    if (bytes.length > 4096) throw new RangeError(`component ${component.name} has ${bytes.length} bytes of code, more than its page`);
    return bytes;
  }

  /** Copies code to a physical page through a window, as the kernel has no mapping of session memory. */
  #loadCode(pa: number, bytes: Uint8Array): void {
    const kernel = this.#kernel;
    const va = kernel.spaces.mapWindow(pa, 4096, { user: false, write: true, execute: false, memory: 'cached' });
    this.#memory.write(va, bytes);
    kernel.spaces.unmapWindow(va, 4096);
    this.#registerCode(pa, bytes);
  }

}
