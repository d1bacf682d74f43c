/** The secure world with a normal world of the tests' own: a machine, a system, and what they said. */
import { readFileSync } from 'node:fs';
import { allRows, createAssembler } from '../../src/isa/index.ts';
import { buildMini, MINI_SOURCES, placeMini, type MiniImage } from '../../src/normal/index.ts';
import { PHYSICAL, System, type ComponentRow, type KernelCall, type KernelSmc, type SecureBoard } from '../../src/secure/index.ts';
import { createSmcTable, createVmm, kernelSmcs, packBoot, type NormalBoot, type Smc, type SmcTable, type VmmOptions } from '../../src/secure/vmm/index.ts';
import { Machine, type MachineOptions, type Tier } from '../../src/soc/index.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** Whether the sizes of the full check are wanted rather than those of every run. */
export const FULL = process.env.WORLDSWITCH_FULL === '1';

/** Where a program of the tests is loaded and entered. */
export const PROGRAM = PHYSICAL.normalRam + 0x8000;

export interface World {
  readonly system: System;
  readonly machine: Machine;
  readonly table: SmcTable;
  /** Lines of the secure world's log, as `who line`. */
  readonly log: string[];
  /** What UART1 sent. */
  output(): string;
}

export interface WorldOptions {
  readonly boot: NormalBoot;
  readonly board?: SecureBoard;
  readonly tier?: Tier;
  readonly own?: readonly Smc[];
  readonly kernelSmcs?: readonly KernelSmc[];
  readonly kernelCalls?: readonly KernelCall[];
  readonly components?: readonly ComponentRow[];
  /** Whether the VMM that the product has is there; default yes. */
  readonly vmm?: boolean;
  readonly unknownSmc?: VmmOptions['unknownSmc'];
  readonly frequencyHz?: number;
  /** Bytes of each DRAM bank; less makes snapshots quicker. */
  readonly dramBankBytes?: number;
  readonly onRefusal?: MachineOptions['onRefusal'];
  readonly onLog?: (who: string, line: string) => void;
  readonly onHandler?: (name: string | undefined) => void;
  /** A byte of any UART. */
  readonly onByte?: (uart: number, byte: number) => void;
  /** What the VMM component is replaced by. */
  readonly wrapVmm?: (vmm: VmmComponent) => VmmComponent;
}

export type VmmComponent = ReturnType<typeof createVmm>;

const sources = { entry: read('src/secure/kernel/entry.s'), vector: read('src/secure/monitor/vector.s') };

export function createWorld({ boot, board, tier = 'threaded', own = [], kernelSmcs: raw = [], kernelCalls = [], components = [], vmm = true, unknownSmc = 'not-supported', frequencyHz, dramBankBytes, onRefusal, onLog, onByte, onHandler, wrapVmm = (vmmItself) => vmmItself }: WorldOptions): World {
  const log: string[] = [];
  let output = '';
  const machine = new Machine({
    tier, ...(frequencyHz === undefined ? {} : { frequencyHz }), ...(dramBankBytes === undefined ? {} : { dramBankBytes }), ...(onRefusal === undefined ? {} : { onRefusal }),
    onTransmit: (uart, byte) => {
      if (uart === 1) output += String.fromCharCode(byte);
      onByte?.(uart, byte);
    },
  });
  machine.applyHandover();
  const table = createSmcTable(own);
  const system = new System({
    machine, sources, ...(board === undefined ? {} : { board }),
    configuration: {
      vms: [{ name: 'normal' }],
      components: [
        ...(vmm ? [{ component: wrapVmm(createVmm({ smcs: table, unknownSmc })), priority: 2, sessions: { vm: 'normal', rom: true } } satisfies ComponentRow] : []),
        ...components,
      ],
    },
    ...(onHandler === undefined ? {} : { onHandler }),
    roms: new Map([['boot', packBoot(boot)]]), kernelSmcs: [...kernelSmcs(table, 'normal'), ...raw], kernelCalls, smcTable: table,
    log: (who, line) => {
      log.push(`${who} ${line}`);
      onLog?.(who, line);
    },
  });
  return { system, machine, table, log, output: () => output };
}

/** Runs until the system halts or stands still, or its count of instructions has reached `limit`. */
export function runTo({ system, machine }: World, limit: number): string {
  while (machine.core.count < limit) {
    const end = system.run(Math.min(1_000_000, limit - machine.core.count));
    if (end !== 'budget') return end;
  }
  return 'budget';
}

/** Assembles a normal-world program for PROGRAM. */
export function assemble(text: string, symbols: Readonly<Record<string, number>> = {}): { readonly bytes: Uint8Array; readonly symbols: ReadonlyMap<string, number> } {
  const result = createAssembler(allRows).assemble(text, { file: 'program.s', origin: PROGRAM, symbols });
  if (!result.ok) throw new Error(result.errors.map(({ line, message }) => `program.s:${line}: ${message}`).join('\n'));
  const [section] = result.sections;
  if (section === undefined || result.sections.length !== 1) throw new Error('a program has one section');
  return { bytes: section.bytes, symbols: new Map([...result.symbols].map(([name, symbol]) => [name, symbol.value])) };
}

export function programBoot(bytes: Uint8Array, more: NormalBoot['loads'] = []): NormalBoot {
  return { loads: [{ name: 'program', address: PROGRAM, bytes }, ...more], entry: PROGRAM, r0: 0, r1: 0, r2: 0 };
}

function miniImage(): MiniImage {
  const result = buildMini(Object.fromEntries(MINI_SOURCES.map((name) => [name, read(`guest/mini/${name}`)])));
  if (!result.ok) throw new Error(result.errors.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'));
  return result.image;
}
let image: MiniImage | undefined;

/** The embedded guest with a command line. */
export function miniBoot(command: string): NormalBoot {
  image ??= miniImage();
  const placed = placeMini({ image, ram: [{ base: PHYSICAL.normalRam, size: PHYSICAL.normalRamSize }], command });
  if (!placed.ok) throw new Error(placed.error);
  return placed.boot;
}

export const words = (...values: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(values, (value) => value >>> 0).buffer);
export const hex = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;

/** A word of physical memory. */
export function wordAt(machine: Pick<Machine, 'bytes'>, address: number): number {
  const bytes = machine.bytes(address, 4);
  if (bytes === undefined) throw new RangeError(`no memory at ${hex(address)}`);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}
