/**
 * A scenario: what somebody adds to the system without touching it, and the system that the command builds from it. Components, in the order of their priority:
 * timer, the scenario's own, a VMM for each VM, log.
 */
import type { Machine } from '../soc/machine.ts';
import { checkCoreMmio } from './bootstrap/bootstrap.ts';
import { QSB_SECURE, type SecureBoard } from './bootstrap/imx53-qsb.ts';
import type { Plain } from './component.ts';
import { createLog, createTimer } from './components/index.ts';
import { type ComponentRow, DEFAULT_RAM, type RestartLimit, type VmRow } from './core/init.ts';
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
  /** Of the VM that the command's guest runs in: its RAM, what is closed for it, its interrupts, and whether its VMM is started again when it fails, the guest with it. */
  readonly guest?: ScenarioPlace;
  /** VMs beside it. */
  readonly vms?: readonly ScenarioVm[];
}

export interface ScenarioPlace extends Omit<VmRow, 'name'> {
  readonly restart?: RestartLimit;
}

export interface ScenarioVm extends ScenarioPlace {
  readonly name: string;
  readonly ram: { readonly base: number; readonly size: number };
  /** What it starts with, or a command line for the embedded guest. */
  readonly boot: NormalBoot | { readonly mini: string };
  readonly smcs?: readonly Smc[];
  readonly devices?: readonly EmulatedDevice[];
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
  /** Places the embedded guest, for scenarios with a VM for it. */
  readonly mini?: (ram: { readonly base: number; readonly size: number }, command: string) => NormalBoot;
  readonly log: (who: string, line: string) => void;
}

export interface ScenarioSystem {
  readonly system: System;
  readonly table: SmcTable;
  readonly board: SecureBoard;
  readonly components: readonly ComponentRow[];
  /** Tables of the VMs beside the first, by name. */
  readonly tables: ReadonlyMap<string, SmcTable>;
}

const PRIORITY = { log: 1, vmm: 2, timer: 8 } as const;
export const VMM_NAME = 'vmm';

/** Name of the VMM of a VM beside the first. */
export const vmmNameOf = (vm: string): string => `${VMM_NAME}-${vm}`;

/** Puts a system together. Throws where the scenario's parts do not fit each other. */
export function createScenarioSystem({ machine, sources, label, boot, scenario = {}, host = {}, seed, mini, log }: ScenarioSystemOptions): ScenarioSystem {
  const { board = QSB_SECURE, settings = {} } = scenario;
  checkCoreMmio(board.coreMmio);
  const parts = tzParts(host, VMM_NAME);
  const table = createSmcTable(scenario.smcs, { tz: parts.tz, ...(seed === undefined ? {} : { seed }) });
  const { unknownSmc } = settings;
  const { devices = [], guest = {}, vms = [] } = scenario;
  const emulated = [...devices, ...vms.flatMap((vm) => vm.devices ?? [])][0];
  if (emulated !== undefined && machine.core.impreciseAborts) throw new TypeError(`device ${emulated.name} cannot be emulated: aborts are imprecise, as on the board (aborts: precise makes them synchronous)`);
  const decoder = machine.evaluator.decoder;
  const common = { decoder, ...(unknownSmc === undefined ? {} : { unknownSmc }) };
  const tables = new Map(vms.map(({ name, smcs }) => [name, createSmcTable(smcs)]));
  const inMonitor = monitorSmcs(table);
  const monitored = vms.flatMap(({ smcs = [] }) => smcs).find(({ level }) => level === 'monitor');
  if (monitored !== undefined) throw new TypeError(`SMC ${monitored.name}: the monitor answers every VM alike; define it for the first`);
  const components: ComponentRow[] = [
    { component: createLog(), priority: PRIORITY.log },
    { component: createTimer(), priority: PRIORITY.timer, sessions: { timer: true } },
    ...parts.components,
    ...scenario.components ?? [],
    {
      component: createVmm({ ...common, name: VMM_NAME, smcs: table, label, devices, blocks: parts.tz.blocks ?? [] }),
      priority: PRIORITY.vmm, sessions: { vm: label, rom: true, ...ioMemOf(devices) }, routes: parts.routes, ...restartOf(guest),
    },
    ...vms.map((vm): ComponentRow => ({
      component: createVmm({ ...common, name: vmmNameOf(vm.name), smcs: tables.get(vm.name)!, label: vm.name, devices: vm.devices ?? [], bootModule: `boot-${vm.name}` }),
      priority: PRIORITY.vmm, sessions: { vm: vm.name, rom: true, ...ioMemOf(vm.devices ?? []) }, ...restartOf(vm),
    })),
  ];
  const names = components.map(({ component }) => component.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new TypeError(`two components are named ${twice}`);
  const system = new System({
    machine, sources, board, log,
    configuration: { vms: [vmRow(label, guest), ...vms.map((vm) => vmRow(vm.name, vm))], components },
    roms: new Map([['boot', packBoot(boot)], ...vms.map((vm) => [`boot-${vm.name}`, packBoot('mini' in vm.boot ? placed(mini, vm.ram, vm.boot.mini) : vm.boot)] as const)]),
    kernelSmcs: [...kernelSmcs(table, label), ...vms.flatMap(({ name }) => kernelSmcs(tables.get(name)!, name)), ...scenario.kernelSmcs ?? []],
    kernelCalls: scenario.kernelCalls ?? [], smcTable: vms.length === 0 ? table : several(table, tables),
    routines: [...scenario.routines ?? [], ...inMonitor.routines], monitorSmcs: inMonitor.smcs,
    stores: parts.stores, terminals: parts.terminals,
  });
  return { system, table, board, components, tables };
}

function vmRow(name: string, { ram = DEFAULT_RAM, closedSlaves, interrupts }: ScenarioPlace): VmRow {
  return { name, ram, ...(closedSlaves === undefined ? {} : { closedSlaves }), ...(interrupts === undefined ? {} : { interrupts }) };
}

function restartOf({ restart }: ScenarioPlace): Pick<ComponentRow, 'restart'> {
  return restart === undefined ? {} : { restart };
}

/** The registers that a VMM's devices pass through to. */
function ioMemOf(devices: readonly EmulatedDevice[]): Pick<NonNullable<ComponentRow['sessions']>, 'ioMem'> {
  const ioMem = devices.filter(({ passThrough }) => passThrough).map(({ real, size }) => ({ base: real, size }));
  return ioMem.length === 0 ? {} : { ioMem };
}

function placed(mini: ScenarioSystemOptions['mini'], ram: { readonly base: number; readonly size: number }, command: string): NormalBoot {
  if (mini === undefined) throw new TypeError('nobody places the embedded guest of this scenario');
  return mini(ram, command);
}

/** The tables of all VMs as one, for snapshots. */
function several(first: SmcTable, others: ReadonlyMap<string, SmcTable>): Pick<SmcTable, 'save' | 'load'> {
  return {
    save: () => ({ first: first.save(), others: Object.fromEntries([...others].map(([name, table]) => [name, table.save()])) }),
    load: (saved) => {
      const { first: own, others: more } = saved as { readonly first: Plain; readonly others: { readonly [name: string]: Plain } };
      first.load(own);
      for (const [name, table] of others) table.load(more[name]!);
    },
  };
}
