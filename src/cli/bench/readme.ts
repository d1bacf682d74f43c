/** The README's numbers: a table made of a bench's result, between two marks. */
import type { BenchResult } from './bench.ts';

const BEGIN = '<!-- bench -->';
const END = '<!-- /bench -->';

/** What `bench --json` tells. */
export interface BenchJson extends BenchResult {
  readonly rounds: number;
  readonly load: number;
  readonly qemu?: string;
}

/** Rows that the README has, in its words. */
const ROWS: readonly (readonly [row: string, words: string])[] = [
  ['world switch and back', 'world switches through the monitor alone, and back, a second'],
  ['SMC to an unprivileged handler and back', 'SMCs through kernel and VMM, and back, a second'],
  ['Linux: kernel start to /init', 'Debian\'s kernel from its start to /init'],
  ['Linux: system calls', 'system calls in Linux, a second'],
  ['CoreMark, bare', 'CoreMark, bare metal, iterations a second'],
  ['CoreMark in Linux', 'CoreMark in Linux, iterations a second'],
  ['integer work', 'integer work of our own, rounds a second'],
  ['start-up: the embedded guest at its prompt', 'the embedded guest at its prompt'],
  ['start-up: boot --help', '`worldswitch boot --help`'],
];

const number = (value: number): string => Math.round(value).toLocaleString('en-US');

/** The README with its block made anew. Throws where it has none. */
export function readmeBlock(readme: string, { rows, memory, qemu }: BenchJson): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the README has no block from ${BEGIN} to ${END}`);
  const lines = ROWS.flatMap(([name, words]) => {
    const row = rows.find((candidate) => candidate.name === name);
    // JSON has null for what was too little to measure.
    if (row === undefined || typeof row.ours !== 'number' || Number.isNaN(row.ours)) return [];
    const value = row.unit === 's' ? `${row.ours.toFixed(row.ours < 1 ? 2 : 1)} s` : number(row.ours);
    return [`| ${words} | ${value} | ${typeof row.ratio !== 'number' || Number.isNaN(row.ratio) ? '' : `${row.ratio < 1 ? row.ratio.toFixed(2) : row.ratio.toFixed(1)} times`} |`];
  });
  if (lines.length === 0) throw new Error('the bench\'s result has none of the README\'s rows');
  const block = [
    BEGIN, `| | here | ${qemu === undefined ? '' : 'as fast as QEMU'} |`, '|---|---|---|', ...lines, '',
    ...(memory === undefined ? [] : [`Linux, booted and at work: ${Math.round(memory.resident / 1e6)} MB resident, of which ${Math.round(memory.touched / 1e6)} MB are the guest's own.`]),
    END,
  ];
  return readme.slice(0, begin) + block.join('\n') + readme.slice(end + END.length);
}
