/**
 * `worldswitch bench`: each kernel on our machine and, when asked, on QEMU in the same run, alternating; the median of several; start-up subtracted on both sides by a
 * second run with few iterations.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STATE } from '../../cpu/index.ts';
import { readPackageFile } from '../../host/index.ts';
import { PHYSICAL, System } from '../../secure/index.ts';
import { createSmcTable, createVmm, packBoot } from '../../secure/vmm/index.ts';
import { Machine, type Tier } from '../../soc/machine.ts';
import { assembleKernel, type BenchKernel, KERNELS } from './kernels.ts';

export interface BenchOptions {
  readonly tier: Tier;
  readonly qemu: boolean;
  readonly rounds: number;
  /** Only kernels whose name contains this. */
  readonly only?: string;
  readonly progress: (line: string) => void;
}

export interface BenchRow {
  readonly name: string;
  readonly unit: string;
  /** Iterations a second, medians. */
  readonly ours: number;
  readonly qemu?: number;
  readonly ratio?: number;
  /** Instructions a second, in millions. */
  readonly mips: number;
  /** Share of the instructions that the evaluate tier executed. */
  readonly evaluated: number;
}

const OUR_RAM = 0x70000000;
const QEMU_RAM = 0x40000000;
export const QEMU_COMMAND = ['qemu-system-arm', '-M', 'cubieboard', '-cpu', 'cortex-a8', '-m', '512', '-nographic', '-monitor', 'none', '-serial', 'none', '-semihosting-config', 'enable=on,target=native'];

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

interface Sample { readonly seconds: number; readonly instructions: number; readonly evaluated: number }

/** Runs a kernel to its semihosting exit on a new machine. */
function runOurs(kernel: BenchKernel, iterations: number, tier: Tier): Sample {
  const machine = new Machine({ tier });
  const bytes = assembleKernel(kernel, OUR_RAM, iterations);
  machine.loadBytes(OUR_RAM, bytes);
  machine.memory.i32[STATE.r + 15] = OUR_RAM;
  let done = false;
  machine.core.hooks.supervisorCall = (imm) => {
    if (imm !== 0x123456) return false;
    done = true;
    machine.stop();
    return true;
  };
  const from = performance.now();
  while (!done && machine.run(1e9) === 'budget') { /* goes on */ }
  const seconds = (performance.now() - from) / 1000;
  if (!done) throw new Error(`bench kernel ${kernel.name} did not end`);
  const { instructions, evaluated } = machine.stats;
  return { seconds, instructions, evaluated };
}

/** Runs a kernel in the normal world of a system with the standard VMM, until it switches the system off. */
function runSystem(kernel: BenchKernel, iterations: number, tier: Tier): Sample {
  const machine = new Machine({ tier });
  machine.applyHandover();
  const address = PHYSICAL.normalRam + 0x8000;
  const boot = packBoot({ loads: [{ name: kernel.name, address, bytes: assembleKernel(kernel, address, iterations) }], entry: address, r0: 0, r1: 0, r2: 0 });
  const text = (path: string): string => Buffer.from(readPackageFile(path)).toString('utf8');
  const system = new System({
    machine, sources: { entry: text('src/secure/kernel/entry.s'), vector: text('src/secure/monitor/vector.s') },
    configuration: { vms: [{ name: 'normal' }], components: [{ component: createVmm({ smcs: createSmcTable() }), priority: 5, sessions: { vm: 'normal', rom: true } }] },
    roms: new Map([['boot', boot]]),
  });
  const from = performance.now();
  while (system.run(1e9) === 'budget') { /* goes on */ }
  const seconds = (performance.now() - from) / 1000;
  if (system.halted?.status !== 0) throw new Error(`bench kernel ${kernel.name}: ${system.halted?.reason ?? 'it did not end'}`);
  const { instructions, evaluated } = machine.stats;
  return { seconds, instructions, evaluated };
}

function runQemu(kernel: BenchKernel, iterations: number, folder: string): number {
  const file = join(folder, 'kernel.bin');
  writeFileSync(file, assembleKernel(kernel, QEMU_RAM, iterations));
  const [command, ...args] = QEMU_COMMAND;
  const from = performance.now();
  const run = spawnSync(command!, [...args, '-device', `loader,file=${file},addr=0x${QEMU_RAM.toString(16)},cpu-num=0`], { stdio: 'ignore', timeout: 120_000 });
  if (run.error !== undefined) throw run.error;
  if (run.status !== 0) throw new Error(`qemu-system-arm ended with ${run.status ?? run.signal} on kernel ${kernel.name}`);
  return (performance.now() - from) / 1000;
}

/** Whether QEMU can be run at all. */
export function hasQemu(): boolean {
  return spawnSync(QEMU_COMMAND[0]!, ['--version'], { stdio: 'ignore' }).status === 0;
}

export function runBench(options: BenchOptions): BenchRow[] {
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-bench-'));
  try {
    return KERNELS.filter(({ name }) => options.only === undefined || name.includes(options.only)).map((kernel) => {
      const ours: number[] = [];
      const theirs: number[] = [];
      let mips = 0;
      let evaluated = 0;
      const span = kernel.iterations - kernel.base;
      for (let round = 0; round < options.rounds; round++) {
        options.progress(`${kernel.name}: round ${round + 1} of ${options.rounds}`);
        const run = kernel.system === true ? runSystem : runOurs;
        const short = run(kernel, kernel.base, options.tier);
        const long = run(kernel, kernel.iterations, options.tier);
        ours.push(span / (long.seconds - short.seconds));
        mips = (long.instructions - short.instructions) / (long.seconds - short.seconds) / 1e6;
        evaluated = (long.evaluated - short.evaluated) / (long.instructions - short.instructions);
        if (options.qemu && kernel.system !== true) {
          const start = runQemu(kernel, kernel.base, folder);
          theirs.push(span / Math.max(runQemu(kernel, kernel.iterations, folder) - start, 1e-3));
        }
      }
      const our = median(ours);
      const row = { name: kernel.name, unit: kernel.unit, ours: our, mips, evaluated };
      return theirs.length > 0 ? { ...row, qemu: median(theirs), ratio: our / median(theirs) } : row;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The rows as a table for people. */
export function benchTable(rows: readonly BenchRow[], qemu: boolean): string {
  const number = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 1 : 0 });
  const header = ['kernel', 'a second', 'ours', ...(qemu ? ['QEMU', 'ratio'] : []), 'MIPS', 'evaluated'];
  const lines = rows.map(({ name, unit, ours, qemu: theirs, ratio, mips, evaluated }) => [
    name, unit, number(ours), ...(qemu ? [theirs === undefined ? '-' : number(theirs), ratio === undefined ? '-' : ratio.toFixed(2)] : []), number(mips), `${(evaluated * 100).toFixed(1)} %`,
  ]);
  const widths = header.map((title, i) => Math.max(title.length, ...lines.map((line) => line[i]!.length)));
  return [header, ...lines].map((line) => line.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')).join('\n');
}
