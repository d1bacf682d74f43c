/**
 * The bench's bare-metal kernels: sources of our own in bench/kernels, made into programs for a machine's RAM and an iteration count. Those in assembly need nothing; those in C
 * need a cross compiler.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagePath } from '../../host/index.ts';
import { allRows, createAssembler, type Assembler } from '../../isa/index.ts';
import { readElf } from '../../normal/index.ts';
import { TRAP_KERNEL } from './trap.ts';

export interface BenchKernel {
  readonly name: string;
  readonly file: string;
  /** What one iteration is, for the report. */
  readonly unit: string;
  /** Iterations of a measured run; a run of `base` is subtracted, so that start-up does not count. */
  readonly iterations: number;
  readonly base: number;
  /** Of a peer that is much slower: iterations of its measured run. */
  readonly theirs?: number;
  readonly symbols?: Readonly<Record<string, number>>;
  /** Runs in the normal world of a whole system, whose VMM answers its SMCs (`devices`: and has a disk and a serial line): nothing to compare with. */
  readonly system?: true | 'devices';
  /** Measures what looking out for hot code costs: compared with the threaded tier alone, and with nothing else. */
  readonly cold?: true;
  /** Of C sources: what is defined for the compiler. */
  readonly defines?: Readonly<Record<string, string | number>>;
}

export const KERNELS: readonly BenchKernel[] = [
  { name: 'integer work', file: 'integer.s', unit: 'rounds', iterations: 30_000, base: 300 },
  { name: 'loop, 8 instructions with 3 accesses', file: 'loop.s', unit: 'loops', iterations: 60_000_000, base: 500_000 },
  { name: 'pointer walk, 8 KiB', file: 'walk.s', unit: 'nodes', iterations: 60_000_000, base: 500_000, symbols: { NODES: 128 } },
  { name: 'pointer walk, 256 KiB', file: 'walk.s', unit: 'nodes', iterations: 60_000_000, base: 500_000, symbols: { NODES: 4096 } },
  { name: 'pointer walk, 4 MiB', file: 'walk.s', unit: 'nodes', iterations: 40_000_000, base: 500_000, symbols: { NODES: 65536 } },
  { name: 'copy by load and store multiple', file: 'copy.s', unit: '64 KiB', iterations: 10_000, base: 100 },
  { name: 'copy by VLD1 and VST1', file: 'vcopy.s', unit: '64 KiB', iterations: 60_000, base: 600 },
  { name: 'VFP, double precision', file: 'vfp.s', unit: 'rounds', iterations: 200_000, base: 2_000 },
  { name: 'NEON, bytes and 16-bit lanes', file: 'neon.s', unit: '4 KiB', iterations: 60_000, base: 600 },
  { name: 'code that never gets hot', file: 'cold.s', unit: 'passes', iterations: 900, base: 0, symbols: { BLOCKS: 6000 }, cold: true },
  { name: 'DACR toggled around an access', file: 'dacr.s', unit: 'loops', iterations: 4_000_000, base: 10_000 },
  { name: 'ping-pong over 200 ASIDs', file: 'asids.s', unit: 'switches', iterations: 200_000, base: 2_000 },
  { name: 'world switch and back', file: 'world-switch.s', unit: 'round trips', iterations: 2_000_000, base: 10_000, theirs: 200_000 },
  { name: 'SMC to an unprivileged handler and back', file: 'smc.s', unit: 'calls', iterations: 200_000, base: 2_000, system: true },
  TRAP_KERNEL,
  ...([
    ['list', 12_000], ['matrix', 6_000], ['state', 120_000], ['crc', 40_000], ['copy', 6_000], ['sort', 1_500], ['walk', 12_000], ['calls', 10_000],
  ] as const).map(([name, iterations]) => ({
    name: `C: ${name}`, file: 'kernels.c', unit: 'rounds', iterations, base: Math.ceil(iterations / 50), defines: { KERNEL: `kernel_${name}` },
  })),
];

export const COMPILER = 'arm-none-eabi-gcc';
export const COMPILER_FLAGS = ['-O2', '-mcpu=cortex-a8', '-marm', '-mfpu=vfpv3', '-mfloat-abi=softfp', '-ffreestanding', '-nostdlib', '-static', '-Wl,--build-id=none', '-Wl,--no-warn-rwx-segments'] as const;

/** Whether a kernel can be made into a program here. */
export function canMake(kernel: BenchKernel): boolean {
  return kernel.defines === undefined || spawnSync(COMPILER, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** A program in memory, and as a peer's loader takes it. */
export interface BenchProgram {
  readonly loads: readonly { readonly address: number; readonly bytes: Uint8Array }[];
  readonly entry: number;
  /** The bytes of an ELF file; undefined where the only load is the program. */
  readonly elf?: Uint8Array;
}

let assembler: Assembler | undefined;

/** Assembles a file of bench/. Throws with the assembler's messages. */
export function assembleBench(folder: string, file: string, origin: number, symbols: Readonly<Record<string, number>>): Uint8Array {
  assembler ??= createAssembler(allRows);
  const read = (name: string): string => readFileSync(packagePath(`bench/${folder}/${name}`), 'utf8');
  const result = assembler.assemble(read(file), { file, origin, symbols, readInclude: read });
  if (!result.ok) throw new Error(result.errors.map(({ file: where, line, message }) => `${where}:${line}: ${message}`).join('\n'));
  return result.sections[0]!.bytes;
}

/** A program of a kernel for RAM at `base`; `folder` takes a compiler's output. Throws with the tool's messages. */
export function makeKernel(kernel: BenchKernel, base: number, iterations: number, folder: string): BenchProgram {
  const { file, symbols, defines } = kernel;
  if (defines === undefined) return { loads: [{ address: base, bytes: assembleBench('kernels', file, base, { BASE: base, ITERATIONS: iterations, ...symbols }) }], entry: base };
  const out = join(folder, 'kernel.elf');
  const source = (name: string): string => packagePath(`bench/kernels/${name}`);
  const run = spawnSync(COMPILER, [
    ...COMPILER_FLAGS, '-T', source('link.ld'), '-o', out,
    ...Object.entries({ ...defines, ROUNDS: iterations }).map(([name, value]) => `-D${name}=${value}`), source('start.s'), source(file), '-lgcc',
  ], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`${COMPILER}: ${run.stderr.trim()}`);
  return elfProgram(readFileSync(out), out);
}

/** A program of an ELF file's bytes. Throws where they are none. */
export function elfProgram(elf: Uint8Array, name: string): BenchProgram {
  const result = readElf(elf);
  if (!result.ok) throw new Error(`${name}: ${result.error}`);
  const { segments, entry } = result.image;
  return { loads: segments.map(({ paddr, bytes }) => ({ address: paddr, bytes })), entry, elf };
}
