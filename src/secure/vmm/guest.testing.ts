/** The embedded guest beside the real secure world, for tests: a machine, a system, a VMM, and what they said. */
import { readFileSync } from 'node:fs';
import { buildMini, MINI_SOURCES, placeMini, RunFilter, type MiniImage } from '../../normal/index.ts';
import { Machine, type Tier } from '../../soc/index.ts';
import { createTimer } from '../components/index.ts';
import { PHYSICAL } from '../layout.ts';
import { System, type ComponentRow, type KernelCall } from '../index.ts';
import { createSmcTable, createVmm, kernelSmcs, packBoot, type Smc, type SmcTable, type VmmOptions } from './index.ts';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

function mini(): MiniImage {
  const result = buildMini(Object.fromEntries(MINI_SOURCES.map((name) => [name, read(`guest/mini/${name}`)])));
  if (!result.ok) throw new Error(result.errors.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'));
  return result.image;
}
const image = mini();

export interface GuestRun {
  readonly system: System;
  readonly table: SmcTable;
  /** Lines of the secure world's log. */
  readonly log: readonly string[];
  /** What the command printed on the guest's console. */
  readonly output: string;
  /** The command's status; undefined where it did not end. */
  readonly status: number | undefined;
  /** Accesses that a protection unit refused: `rule address`. */
  readonly refusals: readonly string[];
}

export interface GuestRunOptions {
  readonly own?: readonly Smc[];
  readonly tier?: Tier;
  readonly unknownSmc?: VmmOptions['unknownSmc'];
  readonly kernelCalls?: readonly KernelCall[];
  readonly components?: readonly ComponentRow[];
  /** Instructions a second of virtual time: fewer make quanta shorter. */
  readonly frequencyHz?: number;
  /** Instructions. */
  readonly limit?: number;
}

/** Runs a command line of the embedded guest until the system halts, stands still, or the limit is reached. */
export function runGuest(command: string, { own = [], tier = 'auto', unknownSmc = 'dump', kernelCalls = [], components = [], frequencyHz, limit = 30_000_000 }: GuestRunOptions = {}): GuestRun {
  const placed = placeMini({ image, ram: [{ base: PHYSICAL.normalRam, size: PHYSICAL.normalRamSize }], command });
  if (!placed.ok) throw new Error(placed.error);
  let output = '';
  let status: number | undefined;
  const filter = new RunFilter({
    output: (bytes) => { output += Buffer.from(bytes).toString('utf8'); }, log: () => undefined, status: (value) => { status = value; },
  });
  const log: string[] = [];
  const refusals: string[] = [];
  const machine = new Machine({
    tier, ...(frequencyHz === undefined ? {} : { frequencyHz }),
    onTransmit: (uart, byte) => { if (uart === 1) filter.push(Uint8Array.of(byte)); },
    onRefusal: (rule, address) => { refusals.push(`${rule} 0x${address.toString(16)}`); },
  });
  machine.applyHandover();
  const table = createSmcTable(own);
  const system = new System({
    machine, sources: { entry: read('src/secure/kernel/entry.s'), vector: read('src/secure/monitor/vector.s') },
    configuration: {
      vms: [{ name: 'mini' }],
      components: [
        { component: createTimer(), priority: 3, sessions: { timer: true } },
        { component: createVmm({ smcs: table, label: 'mini', unknownSmc }), priority: 2, sessions: { vm: 'mini', rom: true } },
        ...components,
      ],
    },
    roms: new Map([['boot', packBoot(placed.boot)]]), kernelSmcs: kernelSmcs(table, 'mini'), kernelCalls,
    log: (who, line) => { log.push(`${who} ${line}`); },
  });
  while (machine.core.count < limit && status === undefined) if (system.run(200_000) !== 'budget') break;
  // After the end mark the guest still switches off.
  if (status !== undefined) system.run(1_000_000);
  return { system, table, log, output, status, refusals };
}
