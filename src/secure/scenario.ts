/**
 * A scenario: what somebody adds to the system without touching it, and the system that the command builds from it. Components, in the order of their priority:
 * timer, the scenario's own, VMM, log.
 */
import type { Machine } from '../soc/machine.ts';
import { checkCoreMmio } from './bootstrap/bootstrap.ts';
import { QSB_SECURE, type SecureBoard } from './bootstrap/imx53-qsb.ts';
import { createLog, createTimer } from './components/index.ts';
import type { ComponentRow } from './core/init.ts';
import type { SecureSources } from './image.ts';
import type { MonitorRoutine } from './kernel/routines.ts';
import type { KernelCall, KernelSmc } from './kernel/smc-level.ts';
import { System } from './system.ts';
import { tzParts, type TzHost } from './tz-devices.ts';
import { createSmcTable, createVmm, type EmulatedDevice, kernelSmcs, monitorSmcs, packBoot, type NormalBoot, type Smc, type SmcTable, type UnknownSmc } from './vmm/index.ts';

/** A scenario's module has one of these, or one SMC alone, as its default export. */
export interface Scenario {
  /** SMCs of one's own, each at the level that it names. */
  readonly smcs?: readonly Smc[];
  /** SMCs for the kernel's VM exception path that match calls by themselves; they are not in the table. */
  readonly kernelSmcs?: readonly KernelSmc[];
  /** Privileged work that a handler in the VMM reaches by name. */
  readonly kernelCalls?: readonly KernelCall[];
  /** Assembly for monitor mode, reached in the same way. */
  readonly routines?: readonly MonitorRoutine[];
  readonly components?: readonly ComponentRow[];
  /** Devices that the VMM emulates where the bus refuses the normal world's accesses. They need refusals to be precise. */
  readonly devices?: readonly EmulatedDevice[];
  /** What the secure world keeps for itself; default QSB_SECURE. */
  readonly board?: SecureBoard;
  readonly settings?: ScenarioSettings;
}

export interface ScenarioSettings {
  readonly unknownSmc?: UnknownSmc;
}

export interface ScenarioSystemOptions {
  readonly machine: Machine;
  readonly sources: SecureSources;
  /** Name of the VM. */
  readonly label: string;
  readonly boot: NormalBoot;
  readonly scenario?: Scenario;
  /** Disks and the serial line. */
  readonly host?: TzHost;
  /** 32 bytes for the random numbers that the normal world is given. */
  readonly seed?: Uint8Array;
  readonly log: (who: string, line: string) => void;
}

export interface ScenarioSystem {
  readonly system: System;
  readonly table: SmcTable;
  readonly board: SecureBoard;
  readonly components: readonly ComponentRow[];
}

const PRIORITY = { log: 1, vmm: 2, timer: 8 } as const;
export const VMM_NAME = 'vmm';

/** Puts a system together for one VM. Throws where the scenario's parts do not fit each other. */
export function createScenarioSystem({ machine, sources, label, boot, scenario = {}, host = {}, seed, log }: ScenarioSystemOptions): ScenarioSystem {
  const { board = QSB_SECURE, settings = {} } = scenario;
  checkCoreMmio(board.coreMmio);
  const parts = tzParts(host, VMM_NAME);
  const table = createSmcTable(scenario.smcs, { tz: parts.tz, ...(seed === undefined ? {} : { seed }) });
  const { unknownSmc } = settings;
  const { devices = [] } = scenario;
  if (devices.length > 0 && machine.core.impreciseAborts) throw new TypeError(`device ${devices[0]!.name} cannot be emulated: aborts are imprecise, as on the board (aborts: precise makes them synchronous)`);
  const ioMem = devices.filter(({ passThrough }) => passThrough).map(({ base, size }) => ({ base, size }));
  const inMonitor = monitorSmcs(table);
  const components: ComponentRow[] = [
    { component: createLog(), priority: PRIORITY.log },
    { component: createTimer(), priority: PRIORITY.timer, sessions: { timer: true } },
    ...parts.components,
    ...scenario.components ?? [],
    {
      component: createVmm({ name: VMM_NAME, smcs: table, label, devices, decoder: machine.evaluator.decoder, blocks: parts.tz.blocks ?? [], ...(unknownSmc === undefined ? {} : { unknownSmc }) }),
      priority: PRIORITY.vmm, sessions: { vm: label, rom: true, ...(ioMem.length === 0 ? {} : { ioMem }) }, routes: parts.routes,
    },
  ];
  const names = components.map(({ component }) => component.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new TypeError(`two components are named ${twice}`);
  const system = new System({
    machine, sources, board, log,
    configuration: { vms: [{ name: label }], components },
    roms: new Map([['boot', packBoot(boot)]]),
    kernelSmcs: [...kernelSmcs(table, label), ...scenario.kernelSmcs ?? []],
    kernelCalls: scenario.kernelCalls ?? [], smcTable: table,
    routines: [...scenario.routines ?? [], ...inMonitor.routines], monitorSmcs: inMonitor.smcs,
    stores: parts.stores, terminals: parts.terminals,
  });
  return { system, table, board, components };
}
