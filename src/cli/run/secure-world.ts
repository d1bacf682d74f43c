/**
 * The secure world of a run: built from a plan and a scenario, watched for its end, and counted.
 *
 * Handlers of components and SMCs are told to a watch as they begin and end: TypeScript that never returns cannot be preempted by anything in this thread.
 */
import { type Core, STATE } from '../../cpu/index.ts';
import { placeMini } from '../../normal/index.ts';
import { diskInterrupts, PHYSICAL, QSB_SECURE, VIRTUAL, type ComponentRow, type KernelCall, type KernelSmc, type SecureBoard, type System, type TzHost } from '../../secure/index.ts';
import type { ContextState } from '../../secure/kernel/state.ts';
import { createScenarioSystem, VMM_NAME, type Scenario } from '../../secure/scenario.ts';
import { prepareAtags, prepareLinux, type NormalBoot, type SecurePartition, type Smc, type SmcTable } from '../../secure/vmm/index.ts';
import type { Machine } from '../../soc/index.ts';
import { miniImage, secureSources } from '../assembled.ts';
import { RefusedInput } from '../errors.ts';
import { placeOf, shortPath } from '../scenario/place.ts';
import { hex } from '../values.ts';
import { openHost } from './tz-host.ts';
import type { NormalWorld, RunEnding, SecureFigures, SecurePlan } from './plan.ts';

/** Told of what has to return by itself. */
export interface HandlerWatch {
  /** The number of something by its name, for `enter`. */
  name(name: string): number;
  enter(handler: number): number;
  leave(outer: number): void;
}

export interface SecureWorldOptions {
  readonly machine: Machine;
  readonly plan: SecurePlan;
  readonly scenario: Scenario | undefined;
  readonly watch: HandlerWatch;
  readonly log: (who: string, line: string) => void;
}

const SCR_FIQ = 1 << 2;
const UNKNOWN_HINT = ' (--scenario FILE adds an answer to its call; --unknown-smc not-supported refuses such calls and goes on)';

export class SecureWorld {
  readonly system: System;
  readonly table: SmcTable;
  readonly #core: Core;
  #fiqs = 0;

  constructor({ machine, plan, scenario, watch, log }: SecureWorldOptions) {
    const board = scenario?.board ?? QSB_SECURE;
    const host = openHost(plan);
    const boot = place(plan.boot, { ...board, emulated: (scenario?.devices ?? []).map(({ base }) => base) }, host.disks?.length ?? 0, scenario?.guest?.ram);
    const settings = { ...scenario?.settings, ...(plan.unknownSmc === undefined ? {} : { unknownSmc: plan.unknownSmc }) };
    try {
      const built = createScenarioSystem({
        machine, label: plan.label, boot, log, host, ...(plan.seed === undefined ? {} : { seed: plan.seed }), scenario: watched({ ...scenario, settings }, watch), sources: secureSources(),
        mini: (ram, command) => place({ kind: 'mini', command, marks: false }, board, 0, ram),
      });
      this.system = built.system;
      this.table = built.table;
      for (const [who, line] of describeStart(board, built.components, host)) log(who, line);
    } catch (error) {
      if (plan.scenario === undefined || !(error instanceof Error)) throw error;
      throw new RefusedInput('scenario', error.message.startsWith(plan.scenario.file) ? error.message : `${plan.scenario.file}: ${error.message}`);
    }
    this.#core = machine.core;
    this.#count(machine.core);
  }

  #count(core: Core): void {
    const { hooks } = core;
    const inner = hooks.exception;
    const s = core.memory.i32;
    hooks.exception = (kind, pc, external) => {
      if (kind === 'fiq' && !core.isSecure() && (s[STATE.SCR]! & SCR_FIQ) !== 0) this.#fiqs++;
      inner?.(kind, pc, external);
    };
  }

  #vmm(): { readonly status: string; readonly aborts: number; readonly emulated: number } | undefined {
    const context = this.system.kernel.state.contexts.find(({ kind, name }) => kind === 'thread' && name === VMM_NAME);
    return (context?.component ?? undefined) as { readonly status: string; readonly aborts: number; readonly emulated: number } | undefined;
  }

  /** How the run has ended, if it has: looked at between two slices. */
  ending(running: boolean): RunEnding | undefined {
    const { halted, kernel } = this.system;
    if (halted !== undefined) return { kind: 'halted', reason: halted.reason, status: halted.status, running };
    // While another VM runs, so does the system; what ended is that of the command's guest.
    const ends = kernel.state.contexts.filter(({ kind }) => kind === 'vm').map((vm) => this.#endOf(vm));
    return ends.every((end) => end !== undefined) ? ends[0] : undefined;
  }

  #endOf(vm: ContextState): RunEnding | undefined {
    if (vm.ready) return undefined;
    const { state } = this.system.kernel;
    const vmm = state.contexts.find(({ kind, capabilities }) => kind === 'thread' && capabilities.some((capability) => capability.kind === 'vm' && capability.id === vm.id));
    // It is about to be started again.
    if (vmm !== undefined && state.restarting.includes(vmm.id)) return undefined;
    const stopped = vm.stopped !== null ? vm : vmm !== undefined && vmm.stopped !== null ? vmm : undefined;
    if (stopped !== undefined) return { kind: 'vm-stopped', why: `${stopped.kind === 'vm' ? 'it' : `its component ${stopped.name}`} was stopped: ${stopped.stopped!}` };
    if (vmm?.waiting !== true) return undefined;
    const { status } = vmm.component as unknown as { readonly status: string };
    if (status === 'paused') return { kind: 'vm-stopped', why: `VM "${vm.name}" was dumped and is paused${this.table.unknownCalls > 0 ? UNKNOWN_HINT : ''}` };
    if (status === 'off') return { kind: 'vm-stopped', why: `VM "${vm.name}" ${vm.vm!.ended ?? 'turned its only CPU off'}` };
    return undefined;
  }

  get figures(): SecureFigures {
    const vmm = this.#vmm();
    const smc = this.#core.memory.u32[STATE.smcs]!;
    const abort = (vmm?.aborts ?? 0) + (vmm?.emulated ?? 0);
    return {
      worldSwitches: smc + this.#fiqs + abort,
      exits: { smc, fiq: this.#fiqs, abort },
      smcs: this.table.rows().filter(({ calls }) => calls > 0).map(({ key, name, level, calls, refusals }) => ({ key, name, level, calls, refusals })),
      unknownSmcs: this.table.unknownCalls,
    };
  }
}

const RAM = { base: PHYSICAL.normalRam, size: PHYSICAL.normalRamSize } as const;

function place(world: NormalWorld, partition: SecurePartition, disks: number, ram: { readonly base: number; readonly size: number } = RAM): NormalBoot {
  if (world.kind === 'mini') {
    const placed = placeMini({
      image: miniImage(ram.base), ram: [ram],
      ...(world.command === undefined ? {} : { command: world.command }), ...(world.marks === undefined ? {} : { marks: world.marks }),
    });
    if (!placed.ok) throw new RefusedInput(placed.image, placed.error);
    return { ...placed.boot, loads: placed.boot.loads.map((load) => ({ ...load, name: 'mini' })) };
  }
  const { kernel, dtb, initrd, append } = world;
  const prepared = dtb === undefined ? prepareAtags({ kernel, append, ram, ...(initrd === undefined ? {} : { initrd }) }) : prepareLinux({ kernel, dtb, append, partition, ram, diskInterrupts: diskInterrupts(disks), ...(initrd === undefined ? {} : { initrd }) });
  if (!prepared.ok) throw new RefusedInput(prepared.image, prepared.error);
  return prepared.boot;
}

/** What bootstrap and init are about to do, as lines of their own. */
function describeStart(board: SecureBoard, components: readonly ComponentRow[], { disks = [] }: TzHost): [string, string][] {
  const { base, size } = board.protectedRam;
  return [
    ['bootstrap', `kernel image ${hex(PHYSICAL.image)} -> ${hex(VIRTUAL.image)}, core_mmio: ${board.coreMmio.map(({ name }) => name).join(' ')}`],
    ['bootstrap', `CSU ${board.secureSlaves.length} slaves secure, M4IF watermark ${hex(base)}-${hex(base + size - 1)}, ${board.secureInterrupts.length} secure interrupts`],
    ['init', components.map(({ component: { name }, sessions }) => {
      const disk = sessions?.store === undefined ? undefined : disks[Number(sessions.store.slice('disk'.length))];
      if (disk !== undefined) return `${name} "${sessions!.store!}" (${sizeOf(disk.store.size)}${disk.readOnly === true ? ', read-only' : ''})`;
      return sessions?.vm === undefined ? name : `${name} "${sessions.vm}"`;
    }).join(', ')],
  ];
}

function sizeOf(bytes: number): string {
  return bytes >= 1 << 20 ? `${Number((bytes / (1 << 20)).toFixed(1))} MiB` : `${Number((bytes / 1024).toFixed(1))} KiB`;
}

/** Errors that are the emulated CPU's matter, not the handler's. */
const NOT_THE_HANDLERS = new Set(['GuestFault', 'KernelHalt']);

/** The scenario with all its handlers watched, and what they throw told with its place. */
function watched(scenario: Scenario, watch: HandlerWatch): Scenario {
  const around = <A extends readonly unknown[], R>(number: number, work: (...args: A) => R) => (...args: A): R => {
    const outer = watch.enter(number);
    try {
      return work(...args);
    } catch (error) {
      const place = placeOf(error);
      if (error instanceof Error && !NOT_THE_HANDLERS.has(error.name) && place !== undefined && !error.message.includes(place)) error.message += ` (${place})`;
      throw error;
    } finally {
      watch.leave(outer);
    }
  };
  const smc = (row: Smc): Smc => {
    const number = watch.name(`the handler of SMC ${row.name}${row.source === undefined ? '' : ` (${shortPath(row.source.file)}:${row.source.line})`} in ${row.level === 'kernel' ? 'the kernel' : `component ${VMM_NAME}`}`);
    switch (row.level) {
      case 'vmm': return { ...row, invoke: around(number, row.invoke) };
      case 'kernel': return { ...row, invoke: around(number, row.invoke) };
      case 'monitor': return row;
    }
  };
  const component = (row: ComponentRow): ComponentRow => {
    const { component: inner } = row;
    if ('code' in inner) return row;
    const { on } = inner;
    const number = watch.name(`a handler of component ${inner.name}`);
    return {
      ...row,
      component: {
        name: inner.name, initial: () => inner.initial(),
        on: {
          ...(on.start === undefined ? {} : { start: around(number, on.start.bind(on)) }),
          ...(on.signal === undefined ? {} : { signal: around(number, on.signal.bind(on)) }),
          ...(on.call === undefined ? {} : { call: around(number, on.call.bind(on)) }),
        },
      },
    };
  };
  const { smcs = [], components = [], kernelCalls = [], kernelSmcs = [] } = scenario;
  return {
    ...scenario,
    smcs: smcs.map(smc),
    components: components.map(component),
    kernelSmcs: kernelSmcs.map((row): KernelSmc => ({
      name: row.name, charge: row.charge, matches: (r0, r1) => row.matches(r0, r1), handle: around(watch.name(`the kernel's handler ${row.name}`), row.handle.bind(row)),
    })),
    kernelCalls: kernelCalls.map((row): KernelCall => ({ name: row.name, args: row.args, charge: row.charge, handle: around(watch.name(`kernel call ${row.name}`), row.handle.bind(row)) })),
  };
}
