/** The table of SMCs as text: what `worldswitch smc` prints, and the table in docs/smc.md. */
import { type SmcRow, smcKey, type SmcTable } from './smc-table.ts';
import type { SmcSource } from './smc.ts';
import type { UnknownSmc } from './vmm.ts';

/** What answers a call that has no row. */
export function describeUnknown(unknownSmc: UnknownSmc): string {
  return unknownSmc === 'dump' ? 'NOT_SUPPORTED for numbers of SMCCC (bit 31 set, or from 0x02000000); else the VM is dumped and paused' : 'NOT_SUPPORTED';
}

function columns(lines: readonly (readonly string[])[]): string[] {
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  return lines.map((line) => line.map((cell, i) => (i === line.length - 1 ? cell : cell.padEnd(widths[i]!))).join('  ').trimEnd());
}

const place = (source: SmcSource | undefined, shorten: (file: string) => string): string => (source === undefined ? '' : `${shorten(source.file)}:${source.line}`);

/** Lines of a listing with counts and last values; `shorten` turns a handler's file into what is shown of it. */
export function listSmcs(table: SmcTable, unknownSmc: UnknownSmc, shorten: (file: string) => string): string[] {
  const rows = table.rows();
  const last = ({ lastArguments, lastResults }: SmcRow): string => (lastArguments === undefined ? '' : `(${lastArguments}) -> ${lastResults}`);
  return columns([
    ['number', 'name', 'level', 'owner', 'handler', 'calls', 'refused', 'last call'],
    ...rows.map((row) => [row.key, row.name, row.level, row.owner, place(row.source, shorten), String(row.calls), String(row.refusals), last(row)]),
    ['other', describeUnknown(unknownSmc), 'vmm', '', '', String(table.unknownCalls), '', ''],
  ].map((line, i) => (i === rows.length + 1 ? [line[0]!, '', line[2]!, '', '', line[5]!, '', line[1]!] : line)));
}

/** The rows as a Markdown table, without counts. */
export function smcMarkdown(table: SmcTable): string[] {
  return [
    '| r0 | name | arguments | result | level | owner |',
    '|---|---|---|---|---|---|',
    ...table.all().map((smc, i) => {
      const { parameters, owner } = table.rows()[i]!;
      const result = typeof smc.result === 'string' ? smc.result : Object.keys(smc.result).join(', ');
      return `| ${smcKey(smc)} | ${smc.name} | ${parameters.replaceAll('|', '\\|')} | ${result} | ${smc.level} | ${owner} |`;
    }),
  ];
}
