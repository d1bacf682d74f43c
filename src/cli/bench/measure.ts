/**
 * Measuring: medians, the clock and the processor time of this process and of others.
 *
 * Processor time counts all threads of a process, in user and system mode. On a busy computer it says more than the clock.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { loadavg, cpus } from 'node:os';

/** Seconds by the clock, and of processor time. */
export interface Spent { readonly seconds: number; readonly processor: number }

/** Linux tells processor times of other processes in ticks of this length. */
const TICK_S = 0.01;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

export function minus(a: Spent, b: Spent): Spent {
  return { seconds: a.seconds - b.seconds, processor: a.processor - b.processor };
}

/** A clock of this process; `read` gives what was spent since. */
export function stopwatch(): () => Spent {
  const from = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { seconds: (performance.now() - from) / 1000, processor: (user + system) / 1e6 };
  };
}

/** Runs a program to its end. Throws where it cannot be run or does not end with status 0. */
export function spend(command: readonly string[], timeoutS = 120): Spent {
  const from = performance.now();
  // The shell's `times` tells on its second line what its children used.
  const run = spawnSync('/bin/sh', ['-c', '"$@" > /dev/null 2>&1 < /dev/null; status=$?; times; exit $status', 'sh', ...command], { encoding: 'utf8', timeout: timeoutS * 1000 });
  const seconds = (performance.now() - from) / 1000;
  if (run.error !== undefined) throw run.error;
  if (run.status !== 0) throw new Error(`${command[0]!} ended with ${run.status ?? run.signal}: ${command.join(' ')}`);
  const [user, system] = (run.stdout.trim().split('\n')[1] ?? '').trim().split(' ').map(shellSeconds);
  return { seconds, processor: (user ?? NaN) + (system ?? NaN) };
}

function shellSeconds(text: string): number {
  const match = /^(\d+)m([\d.]+)s$/.exec(text);
  return match === null ? NaN : Number(match[1]) * 60 + Number(match[2]);
}

/** Processor time of a process that is still there; NaN on a system without /proc. */
export function processorOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_S;
  } catch {
    return NaN;
  }
}

/** What else the computer is doing: runnable threads in the last minute, and how many there is room for. */
export function load(): { readonly average: number; readonly processors: number } {
  return { average: loadavg()[0]!, processors: cpus().length };
}
