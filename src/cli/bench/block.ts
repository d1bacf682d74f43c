/** Bench rows of the VMM's devices: programs in the normal world that move bytes through its block and serial calls, to a disk in memory and a line that goes nowhere. */
import { MemoryStore, Terminal } from '../../secure/index.ts';
import { createScenarioSystem } from '../../secure/scenario.ts';
import { Machine, type Tier } from '../../soc/machine.ts';
import { secureSources } from '../assembled.ts';
import type { OurSample } from './bare.ts';
import type { BenchKernel, BenchProgram } from './kernels.ts';
import { stopwatch } from './measure.ts';

/** Bytes of the disk: as many as bench/kernels/block.s goes over. */
const DISK_BYTES = 32 << 20;

export const DEVICE_KERNELS: readonly BenchKernel[] = [
  { name: 'disk: read, 128 KiB a request', file: 'block.s', unit: 'MiB', iterations: 800, base: 8, symbols: { WRITE: 0 }, system: 'devices' },
  { name: 'disk: write, 128 KiB a request', file: 'block.s', unit: 'MiB', iterations: 800, base: 8, symbols: { WRITE: 1 }, system: 'devices' },
  { name: 'serial line: 1 KiB a call', file: 'serial.s', unit: 'KiB', iterations: 100_000, base: 1_000, symbols: { FUNCTION: 2, VALUE: 0x81000000, SIZE: 1024 }, system: 'devices' },
  { name: 'serial line: a byte a call', file: 'serial.s', unit: 'bytes', iterations: 100_000, base: 1_000, symbols: { FUNCTION: 0, VALUE: 0x41, SIZE: 0 }, system: 'devices' },
];

/** Runs a program in the normal world of a system with a disk and a serial line, until it switches the system off. */
export function runWithDevices(name: string, { loads, entry }: BenchProgram, tier: Tier): OurSample {
  const machine = new Machine({ tier });
  machine.applyHandover();
  const lines: string[] = [];
  const { system } = createScenarioSystem({
    machine, sources: secureSources(), label: 'normal', boot: { loads: loads.map((load) => ({ name, ...load })), entry, r0: 0, r1: 0, r2: 0 },
    host: { disks: [{ store: new MemoryStore({ size: DISK_BYTES }) }], terminal: new Terminal(() => undefined) },
    log: (who, line) => { lines.push(`${who} ${line}`); },
  });
  const read = stopwatch();
  // What stops its only CPU leaves the secure world's timer ticking for ever.
  const stopped = (): boolean => system.kernel.state.contexts.every(({ kind, ready }) => kind !== 'vm' || !ready);
  for (let slices = 0; system.run(100_000_000) === 'budget';) if (stopped() && ++slices > 1) break;
  const spent = read();
  if (system.halted?.status !== 0) throw new Error(`bench program ${name} did not end: ${lines.at(-1) ?? ''}`);
  return { ...spent, stats: machine.stats };
}
