/** Two VMs side by side, for tests: small RAM of their own in both DRAM banks, and what they said. The second one's console, UART1 to it, is UART2. */
import { readFileSync } from 'node:fs';
import { allRows, createAssembler } from '../../src/isa/index.ts';
import { buildMini, MINI_SOURCES, placeMini, type MiniImage } from '../../src/normal/index.ts';
import { QSB_SECURE, type ComponentRow, type System, type TzHost } from '../../src/secure/index.ts';
import { createScenarioSystem, VMM_NAME, vmmNameOf, type ScenarioVm } from '../../src/secure/scenario.ts';
import { TWO } from '../../src/secure/scenarios/two.ts';
import { type EmulatedDevice, type NormalBoot, type Smc, type SmcTable } from '../../src/secure/vmm/index.ts';
import { Machine, type MachineOptions, type Tier } from '../../src/soc/index.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
export const SOURCES = { entry: read('src/secure/kernel/entry.s'), vector: read('src/secure/monitor/vector.s') };

/** Whether the sizes of the full check are wanted rather than those of every run. */
export const FULL = process.env.WORLDSWITCH_FULL === '1';

const MIB = 1 << 20;
export const SECURE = { base: 0x70000000, size: 32 * MIB } as const;
/** RAM of the VMs. */
export const FIRST = { base: 0xb0000000, size: 4 * MIB } as const;
export const SECOND = { base: 0x72000000, size: 4 * MIB } as const;
export const SECOND_NAME = 'second';
export const SECOND_VMM = vmmNameOf(SECOND_NAME);
export const FIRST_VMM = VMM_NAME;

const images = new Map<number, MiniImage>();

/** The embedded guest in RAM, with a command line. */
export function mini(ram: { readonly base: number; readonly size: number }, command: string): NormalBoot {
  let image = images.get(ram.base);
  if (image === undefined) {
    const built = buildMini(Object.fromEntries(MINI_SOURCES.map((name) => [name, read(`guest/mini/${name}`)])), ram.base);
    if (!built.ok) throw new Error(built.errors.map(({ message }) => message).join('\n'));
    image = built.image;
    images.set(ram.base, image);
  }
  const placed = placeMini({ image, ram: [ram], command });
  if (!placed.ok) throw new Error(placed.error);
  return placed.boot;
}

const assembler = createAssembler(allRows);

/** A program of the test's own at RAM + 0x8000. */
export function program(ram: { readonly base: number }, text: string, symbols: Readonly<Record<string, number>> = {}): NormalBoot {
  const origin = ram.base + 0x8000;
  const result = assembler.assemble(`.syntax unified\n.arm\n${text}\n.ltorg\n`, { file: 'program.s', origin, symbols: { RAM: ram.base, ...symbols } });
  if (!result.ok) throw new Error(result.errors.map(({ line, message }) => `program.s:${line - 2}: ${message}`).join('\n'));
  return { loads: [{ name: 'program', address: origin, bytes: result.sections[0]!.bytes }], entry: origin, r0: 0, r1: 0, r2: 0 };
}

export interface TwoOptions {
  readonly first: NormalBoot | string;
  readonly second: NormalBoot | string;
  readonly tier?: Tier;
  readonly frequencyHz?: number;
  readonly restart?: ScenarioVm['restart'];
  /** Of the first VM. */
  readonly firstRestart?: ScenarioVm['restart'];
  readonly components?: readonly ComponentRow[];
  readonly firstSmcs?: readonly Smc[];
  readonly secondSmcs?: readonly Smc[];
  readonly secondDevices?: readonly EmulatedDevice[];
  /** Default: as the scenario `two` has them. */
  readonly secondPlace?: Partial<Pick<ScenarioVm, 'interrupts' | 'closedSlaves'>>;
  readonly host?: TzHost;
  readonly onRefusal?: MachineOptions['onRefusal'];
}

export interface TwoVms {
  readonly system: System;
  readonly machine: Machine;
  readonly table: SmcTable;
  readonly log: string[];
  first(): string;
  second(): string;
}

export function twoVms({ first, second, tier = 'threaded', frequencyHz, restart, firstRestart, components = [], firstSmcs = [], secondSmcs = [], secondDevices = [], secondPlace = {}, host, onRefusal }: TwoOptions): TwoVms {
  const said = ['', ''];
  const log: string[] = [];
  const machine = new Machine({
    tier, dramBankBytes: 40 * MIB, ...(frequencyHz === undefined ? {} : { frequencyHz }), ...(onRefusal === undefined ? {} : { onRefusal }),
    onTransmit: (uart, byte) => { if (uart <= 2) said[uart - 1] += String.fromCharCode(byte); },
  });
  machine.applyHandover();
  const [row] = TWO.vms!;
  const { restart: _, ...place } = row!;
  const { system, table } = createScenarioSystem({
    machine, sources: SOURCES, label: 'first', boot: typeof first === 'string' ? mini(FIRST, first) : first, mini,
    ...(host === undefined ? {} : { host }),
    scenario: {
      board: { ...QSB_SECURE, ...TWO.board!, protectedRam: SECURE }, smcs: firstSmcs, components,
      guest: { ram: FIRST, ...(firstRestart === undefined ? {} : { restart: firstRestart }) },
      vms: [{
        ...place, ...secondPlace, ram: SECOND, smcs: secondSmcs, devices: [...place.devices ?? [], ...secondDevices],
        boot: typeof second === 'string' ? { mini: second } : second, ...(restart === undefined ? {} : { restart }),
      }],
    },
    log: (who, line) => { log.push(`${who} ${line}`); },
  });
  return { system, machine, table, log, first: () => said[0]!, second: () => said[1]! };
}

/** Runs until a count of instructions, `done`, or the end of the system. */
export function run({ system, machine }: Pick<TwoVms, 'system' | 'machine'>, limit: number, done: () => boolean = () => false, slice = 100_000): string {
  while (machine.core.count < limit && !done()) {
    const end = system.run(Math.min(slice, limit - machine.core.count));
    if (end !== 'budget') return end;
  }
  return 'budget';
}

export function wordAt(machine: Machine, address: number): number {
  const bytes = machine.bytes(address, 4)!;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

export function contextOf({ system }: Pick<TwoVms, 'system'>, name: string) {
  const context = system.kernel.state.contexts.find((candidate) => candidate.name === name);
  if (context === undefined) throw new RangeError(`no context ${name}`);
  return context;
}

/** xorshift32. */
export function randoms(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

