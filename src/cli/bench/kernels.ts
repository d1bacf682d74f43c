/**
 * The bench's bare-metal kernels: assembly of our own in bench/kernels, assembled for a machine's RAM and an iteration count.
 */
import { readFileSync } from 'node:fs';
import { packagePath } from '../../host/index.ts';
import { allRows, createAssembler, type Assembler } from '../../isa/index.ts';

export interface BenchKernel {
  readonly name: string;
  readonly file: string;
  /** What one iteration is, for the report. */
  readonly unit: string;
  /** Iterations of a measured run; a run of `base` is subtracted, so that start-up does not count. */
  readonly iterations: number;
  readonly base: number;
  readonly symbols?: Readonly<Record<string, number>>;
  /** Runs in the normal world of a whole system, whose VMM answers its SMCs: nothing to compare with. */
  readonly system?: true;
}

export const KERNELS: readonly BenchKernel[] = [
  { name: 'integer work', file: 'integer.s', unit: 'rounds', iterations: 30_000, base: 300 },
  { name: 'loop, 8 instructions with 3 accesses', file: 'loop.s', unit: 'loops', iterations: 60_000_000, base: 500_000 },
  { name: 'pointer walk, 8 KiB', file: 'walk.s', unit: 'nodes', iterations: 60_000_000, base: 500_000, symbols: { NODES: 128 } },
  { name: 'pointer walk, 256 KiB', file: 'walk.s', unit: 'nodes', iterations: 60_000_000, base: 500_000, symbols: { NODES: 4096 } },
  { name: 'pointer walk, 4 MiB', file: 'walk.s', unit: 'nodes', iterations: 40_000_000, base: 500_000, symbols: { NODES: 65536 } },
  { name: 'copy by load and store multiple', file: 'copy.s', unit: '64 KiB', iterations: 10_000, base: 100 },
  { name: 'DACR toggled around an access', file: 'dacr.s', unit: 'loops', iterations: 1_000_000, base: 10_000 },
  { name: 'world switch and back', file: 'world-switch.s', unit: 'round trips', iterations: 1_000_000, base: 10_000 },
  { name: 'SMC to an unprivileged handler and back', file: 'smc.s', unit: 'calls', iterations: 200_000, base: 2_000, system: true },
];

let assembler: Assembler | undefined;

/** Assembles a kernel for RAM at `base`. Throws with the assembler's messages. */
export function assembleKernel(kernel: BenchKernel, base: number, iterations: number): Uint8Array {
  assembler ??= createAssembler(allRows);
  const read = (name: string): string => readFileSync(packagePath(`bench/kernels/${name}`), 'utf8');
  const result = assembler.assemble(read(kernel.file), {
    file: kernel.file, origin: base, symbols: { BASE: base, ITERATIONS: iterations, ...kernel.symbols }, readInclude: read,
  });
  if (!result.ok) throw new Error(result.errors.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'));
  return result.sections[0]!.bytes;
}
