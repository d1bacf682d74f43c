/** A bench's result as a table for people. */
import type { BenchResult, BenchRow } from './bench.ts';

const number = (value: number): string => Number.isNaN(value) ? '?' : value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 1 : 0 });
const percent = (share: number | undefined): string => (share === undefined ? '-' : `${(share * 100).toFixed(1)} %`);
const ratio = (value: number | undefined): string => (value === undefined ? '-' : Number.isNaN(value) ? '?' : value.toFixed(2));
const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

export function benchTable({ rows, notes, memory }: BenchResult, qemu: boolean): string {
  const header = ['', 'a second', 'ours', ...(qemu ? ['QEMU', 'ratio', 'by processor'] : []), 'MIPS', 'regions', 'evaluated'];
  const cells = (each: BenchRow): string[] => {
    const { name, unit, mips } = each;
    const value = (of: number | undefined): string => (of === undefined ? '-' : unit === 's' && !Number.isNaN(of) ? `${of.toFixed(of < 10 ? 3 : 1)} s` : number(of));
    return [
      name, unit === 's' ? '' : unit, value(each.ours), ...(qemu ? [value(each.qemu), ratio(each.ratio), ratio(each.ratioProcessor)] : []),
      mips === undefined ? '-' : number(mips), percent(each.inRegions), percent(each.evaluated),
    ];
  };
  const lines = [header, ...rows.map(cells)];
  const widths = header.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  return [
    ...lines.map((line) => line.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ').trimEnd()),
    ...(memory === undefined ? [] : [`Linux: at most ${megabytes(memory.resident)} resident, of which ${megabytes(memory.touched)} are the guest's own`]),
    ...rows.flatMap(({ name, againstThreaded }) => (againstThreaded === undefined ? [] : [`${name}: ${againstThreaded.toFixed(2)} times as fast as in the threaded tier alone, by processor time`])),
    ...notes,
    ...(rows.some(({ ours, qemu: theirs }) => Number.isNaN(ours) || Number.isNaN(theirs)) ? ['?: too little to be told from the noise; more rounds may help'] : []),
  ].join('\n');
}
