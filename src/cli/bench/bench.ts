/**
 * `worldswitch bench`: each row on our machine and, when asked, on QEMU in the same run, alternating; the medians of several rounds; start-up subtracted on both sides.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachedDebianGuest } from '../../host/index.ts';
import type { MachineStats, Tier } from '../../soc/machine.ts';
import { OUR_RAM, type OurSample, QEMU_RAM, runBare, runInSystem, runQemu, SYSTEM_RAM } from './bare.ts';
import { DEVICE_KERNELS, runWithDevices } from './block.ts';
import { BARE_BASE, BARE_ITERATIONS, compileBare, compileLinux, type CoreMark, LINUX_ITERATIONS } from './coremark.ts';
import { type BenchKernel, canMake, KERNELS, makeKernel } from './kernels.ts';
import { benchArchive, BOOTED, type OurLinux, type OurMark, part, runOurLinux, runQemuLinux, SWITCHES, SYSCALLS, type Mark } from './linux.ts';
import { median, type Spent } from './measure.ts';
import { helpTime, promptTime } from './start-up.ts';

export interface BenchOptions {
  readonly tier: Tier;
  readonly qemu: boolean;
  readonly rounds: number;
  /** Only rows whose name contains this. */
  readonly only?: string;
  readonly coremark?: CoreMark;
  readonly progress: (line: string) => void;
}

export interface BenchRow {
  readonly name: string;
  /** What is counted a second; `s`: seconds are told. */
  readonly unit: string;
  /** Units a second, or seconds: medians. */
  readonly ours: number;
  readonly qemu?: number;
  /** How many times as fast as QEMU, by the clock and by processor time: medians of each. */
  readonly ratio?: number;
  readonly ratioProcessor?: number;
  /** Of our run: instructions a second, in millions; shares of the instructions that the region and the evaluate tier executed. */
  readonly mips?: number;
  readonly inRegions?: number;
  readonly evaluated?: number;
  /** Processor time in the threaded tier alone, divided by that of the row. */
  readonly againstThreaded?: number;
}

export interface BenchResult {
  readonly rows: readonly BenchRow[];
  /** What was left out, and why: a line each. */
  readonly notes: readonly string[];
  /** Of the process that ran Linux, in bytes. */
  readonly memory?: { readonly resident: number; readonly touched: number };
}

/** What one side took for a row: what counts, and what is subtracted for the start-up. */
interface Taken { readonly spent: Spent; readonly start?: Spent }

/** One round of a row. */
interface Round { readonly ours: Taken; readonly theirs?: Taken; readonly stats?: MachineStats }

/** Units that were done in a round by each side; left out: the time itself is the result. */
interface Counts { readonly ours: number; readonly theirs?: number }

/** A difference below this is no measurement: the work is lost in the noise. */
const LEAST_S = 2e-3;

function statsBetween(from: MachineStats, to: MachineStats): MachineStats {
  return {
    instructions: to.instructions - from.instructions, evaluated: to.evaluated - from.evaluated, inRegions: to.inRegions - from.inRegions, seconds: to.seconds - from.seconds,
  };
}

/** Median of what was spent less the median of what the start took; NaN where that is too little. */
function taken(rounds: readonly Taken[], of: keyof Spent): number {
  const value = median(rounds.map(({ spent }) => spent[of])) - median(rounds.map(({ start }) => start?.[of] ?? 0));
  return value < LEAST_S ? NaN : value;
}

function row(name: string, unit: string, counts: Counts | undefined, rounds: readonly Round[]): BenchRow {
  const ours = rounds.map((round) => round.ours);
  const theirs = rounds.flatMap((round) => (round.theirs === undefined ? [] : [round.theirs]));
  const ourCount = counts?.ours ?? 1;
  const theirCount = counts?.theirs ?? ourCount;
  const value = (count: number, seconds: number): number => (counts === undefined ? seconds : count / seconds);
  const ratio = (of: keyof Spent): number => (ourCount / taken(ours, of)) / (theirCount / taken(theirs, of));
  const seconds = taken(ours, 'seconds');
  const { stats } = rounds.at(-1)!;
  return {
    name, unit, ours: value(ourCount, seconds),
    ...(theirs.length === 0 ? {} : { qemu: value(theirCount, taken(theirs, 'seconds')), ratio: ratio('seconds'), ratioProcessor: ratio('processor') }),
    ...(stats === undefined ? {} : { mips: stats.instructions / seconds / 1e6, inRegions: stats.inRegions / stats.instructions, evaluated: stats.evaluated / stats.instructions }),
  };
}

/** Where tiers are compared, the median is of so many at least, either first in turn: the first run of a kernel in a process compiles our own code, which is no matter of the tier. */
const COLD_ROUNDS = 12;

function kernelRow(kernel: BenchKernel, { tier, qemu, rounds, progress }: BenchOptions, folder: string): BenchRow {
  const { name, unit, iterations, base } = kernel;
  // C programs warm up with an eighth of their rounds.
  const factor = kernel.defines === undefined ? 1 : 9 / 8;
  const peer = kernel.theirs ?? iterations;
  const ours = (number: number, by = tier): OurSample => {
    if (kernel.system === undefined) return runBare(name, makeKernel(kernel, OUR_RAM, number, folder), by);
    return (kernel.system === true ? runInSystem : runWithDevices)(name, makeKernel(kernel, SYSTEM_RAM, number, folder), by);
  };
  const theirs = (number: number): Spent => runQemu(makeKernel(kernel, QEMU_RAM, number, folder), folder);
  const done: Round[] = [];
  const threaded: Taken[] = [];
  const times = kernel.cold === true ? Math.max(rounds, COLD_ROUNDS) : rounds;
  for (let round = 0; round < times; round++) {
    progress(`${name}: round ${round + 1} of ${times}`);
    const inThreaded = (): void => { if (kernel.cold === true) threaded.push({ start: ours(base, 'threaded'), spent: ours(iterations, 'threaded') }); };
    if (round % 2 === 0) inThreaded();
    const short = ours(base);
    const long = ours(iterations);
    if (round % 2 !== 0) inThreaded();
    done.push({
      ours: { spent: long, start: short }, stats: statsBetween(short.stats, long.stats),
      ...(qemu && kernel.system === undefined && kernel.cold !== true ? { theirs: { start: theirs(base), spent: theirs(peer) } } : {}),
    });
  }
  const told = row(name, unit, { ours: (iterations - base) * factor, theirs: (peer - base) * factor }, done);
  return threaded.length === 0 ? told : { ...told, againstThreaded: taken(threaded, 'processor') / taken(done.map((each) => each.ours), 'processor') };
}

/** Real CoreMark without an operating system. A file that is run as it stands counts as one run, start-up and all. */
function coreMarkRow(mark: CoreMark, { tier, qemu, rounds, progress }: BenchOptions, folder: string): BenchRow {
  const done: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    progress(`${COREMARK_ROW}: round ${round + 1} of ${rounds}`);
    if (mark.kind === 'elf') {
      const ours = runBare('CoreMark', mark.program, tier);
      done.push({ ours: { spent: ours }, stats: ours.stats, ...(qemu ? { theirs: { spent: runQemu(mark.program, folder) } } : {}) });
      continue;
    }
    const [small, large] = [compileBare(mark.folder, BARE_BASE, folder), compileBare(mark.folder, BARE_ITERATIONS, folder)];
    const short = runBare('CoreMark', small, tier);
    const long = runBare('CoreMark', large, tier);
    done.push({
      ours: { spent: long, start: short }, stats: statsBetween(short.stats, long.stats),
      ...(qemu ? { theirs: { start: runQemu(small, folder), spent: runQemu(large, folder) } } : {}),
    });
  }
  return mark.kind === 'elf' ? row(COREMARK_ROW, 's', undefined, done) : row(COREMARK_ROW, 'iterations', { ours: BARE_ITERATIONS - BARE_BASE }, done);
}

async function startRows({ rounds, only, progress }: BenchOptions): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const [name, measure] of [['start-up: boot --help', helpTime], ['start-up: the embedded guest at its prompt', promptTime]] as const) {
    if (!wanted(name, only)) continue;
    const done: Round[] = [];
    for (let round = 0; round < rounds; round++) {
      progress(`${name}: round ${round + 1} of ${rounds}`);
      done.push({ ours: { spent: await measure() } });
    }
    rows.push(row(name, 's', undefined, done));
  }
  return rows;
}

const wanted = (name: string, only: string | undefined): boolean => only === undefined || name.includes(only);

interface LinuxRow { readonly name: string; readonly unit: string; readonly mark: string; readonly count?: number }

const LINUX_ROWS: readonly LinuxRow[] = [
  { name: 'Linux: kernel start to /init', unit: 's', mark: BOOTED },
  { name: 'Linux: system calls', unit: 'calls', mark: 'syscalls', count: SYSCALLS },
  { name: 'Linux: two processes and two pipes', unit: 'round trips', mark: 'switches', count: SWITCHES },
];
const COREMARK_ROW = 'CoreMark, bare';
const LINUX_COREMARK: LinuxRow = { name: 'CoreMark in Linux', unit: 'iterations', mark: 'program', count: LINUX_ITERATIONS };
const SAVE_ROW = 'snapshot of a booted Linux: save';
const LOAD_ROW = 'snapshot of a booted Linux: load';

function linuxPart<M extends Mark>(marks: readonly M[], { mark, name }: LinuxRow): { readonly spent: Spent; readonly from?: M; readonly to: M } {
  if (mark === BOOTED) return { spent: marks[0]!, to: marks[0]! };
  const found = part(marks, mark);
  if (found === undefined) throw new Error(`${name}: its marks are not on the console`);
  return found;
}

async function linuxRows({ tier, qemu, rounds, only, coremark, progress }: BenchOptions, folder: string, notes: string[]): Promise<Pick<BenchResult, 'rows' | 'memory'>> {
  const rowsThere = coremark?.kind === 'folder' ? [...LINUX_ROWS, LINUX_COREMARK] : LINUX_ROWS;
  const chosen = rowsThere.filter(({ name }) => wanted(name, only));
  const snapshots = [SAVE_ROW, LOAD_ROW].filter((name) => wanted(name, only));
  if (chosen.length + snapshots.length === 0) return { rows: [] };
  const debian = cachedDebianGuest();
  if (debian === undefined) {
    notes.push('Linux is left out: Debian\'s kernel has not been fetched (worldswitch boot does)');
    return { rows: [] };
  }
  const archive = benchArchive(coremark?.kind === 'folder' && chosen.includes(LINUX_COREMARK) ? compileLinux(coremark.folder, folder) : undefined);
  const runs: { ours: OurLinux; theirs?: readonly Mark[] }[] = [];
  for (let round = 0; round < rounds; round++) {
    progress(`Linux: round ${round + 1} of ${rounds}, ours`);
    const ours = runOurLinux(archive, tier, folder);
    if (qemu && chosen.length > 0) progress(`Linux: round ${round + 1} of ${rounds}, QEMU`);
    runs.push({ ours, ...(qemu && chosen.length > 0 ? { theirs: await runQemuLinux(archive, debian, folder) } : {}) });
  }
  const rows = chosen.map((each) => row(each.name, each.unit, each.count === undefined ? undefined : { ours: each.count }, runs.map(({ ours, theirs }): Round => {
    const { spent, from, to }: { spent: Spent; from?: OurMark; to: OurMark } = linuxPart(ours.marks, each);
    return {
      ours: { spent }, stats: from === undefined ? to.stats : statsBetween(from.stats, to.stats), ...(theirs === undefined ? {} : { theirs: { spent: linuxPart(theirs, each).spent } }),
    };
  })));
  if (snapshots.includes(SAVE_ROW)) rows.push(row(SAVE_ROW, 's', undefined, runs.map(({ ours }) => ({ ours: { spent: ours.save } }))));
  if (snapshots.includes(LOAD_ROW)) rows.push(row(LOAD_ROW, 's', undefined, runs.map(({ ours }) => ({ ours: { spent: ours.load } }))));
  return { rows, memory: { resident: Math.max(...runs.map(({ ours }) => ours.resident)), touched: Math.max(...runs.map(({ ours }) => ours.touched)) } };
}

export async function runBench(options: BenchOptions): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-bench-'));
  const notes: string[] = [];
  try {
    const rows: BenchRow[] = [];
    const kernels = [...KERNELS, ...DEVICE_KERNELS].filter(({ name }) => wanted(name, options.only));
    const makeable = kernels.filter(canMake);
    if (makeable.length < kernels.length) notes.push('the kernels in C are left out: they need arm-none-eabi-gcc');
    for (const kernel of makeable) rows.push(kernelRow(kernel, options, folder));
    if (options.coremark !== undefined && wanted(COREMARK_ROW, options.only)) rows.push(coreMarkRow(options.coremark, options, folder));
    rows.push(...await startRows(options));
    const linux = await linuxRows(options, folder, notes);
    return { rows: [...rows, ...linux.rows], notes, ...(linux.memory === undefined ? {} : { memory: linux.memory }) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
