/** docs/containment.md, made from what the rows gave. `npm run docs:containment` writes it; `-- --linux` with what Linux gives, which otherwise stays. */
import { readFileSync, writeFileSync } from 'node:fs';
import { runContainment, type ContainmentResult } from './containment.ts';
import { hex } from './harness.ts';
import { HOLES } from './holes.ts';

export const CONTAINMENT_DOC = new URL('../../docs/containment.md', import.meta.url);

/** Refusals of calls by the words that they are reported with. */
const RULES: Readonly<Record<string, string>> = {
  'which is not RAM of the normal world': 'helpers: each page must be RAM of the normal world', 'are not RAM of the normal world': 'type pa: must be RAM of the normal world',
  'run over the end of the address space': 'helpers: no wrapping', 'is not within 0 to': 'helpers: at most 1 MiB', 'secure interrupt': 'secure interrupts are not injected',
};

/** Results by row from one of the two guests; the other one's stand as the page has them. */
export type Column = ReadonlyMap<string, string>;

const COLUMNS = 7;
const PROGRAM = 4;
const LINUX = 5;

/** What a row's line begins with: rule, master, access and address. */
export function keyOf({ row, access }: Pick<ContainmentResult, 'row' | 'access'>): string {
  return `${RULES[row.rule] ?? row.rule} | ${row.master} | ${row.access} (${access}) | ${row.address < 128 ? String(row.address) : hex(row.address)}`;
}

function cells(page: string, column: number): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of page.split('\n')) {
    const parts = line.split(' | ');
    if (parts.length === COLUMNS) found.set(parts.slice(0, PROGRAM).join(' | ').replace(/^\| /, ''), parts[column]!);
  }
  return found;
}

/** The column of Linux in a page; empty for one that has none yet. */
export const linuxColumn = (page: string): Column => cells(page, LINUX);

function table(results: readonly ContainmentResult[], linux: Column): string[] {
  return [
    '| rule | master | access | address | from a program | from Linux | succeeds with |',
    '|---|---|---|---|---|---|---|',
    ...results.map((entry) => `| ${keyOf(entry)} | ${entry.result} | ${linux.get(keyOf(entry)) ?? '?'} | ${entry.control} |`),
  ];
}

export function renderContainment(results: readonly ContainmentResult[], linux: Column): string {
  const groups = [...new Set(results.map(({ row }) => row.group))];
  return `${[
    '# Containment',
    '',
    'What the normal world may not do on the i.MX53 Quick Start Board with this project\'s partition (`src/secure/bootstrap/imx53-qsb.ts`). The tests make each access, and this page is made from what',
    'came of it (`npm run docs:containment`). A row stands here only if, from either guest,',
    '',
    '- the refusal was reported by the rule that the row names, with the master and the address that it names;',
    '- nothing was read (the destination is unchanged) and nothing was written (the register, or all of secure RAM but the frames of contexts and core\'s window tables, is as before);',
    '- the secure world answers a call afterwards;',
    '- the same access succeeds with that rule switched off (last column).',
    '',
    'Both guests try: a program of our own in the normal world (`npm run test:containment`, three engine tiers), and Debian\'s Linux (`npm run test:secure`), where a process uses busybox\'s `devmem` and',
    'gets its SIGBUS, and the kernel uses a module of ours, `guest/linux/worldswitch_probe.c`: a test aid that nothing loads by itself (`insmod /lib/worldswitch_probe.ko`; its header has its commands). A kernel\'s own',
    'access that is refused would be its oops; the module asks to go on behind it. In Linux\'s column `-` says why it does not make a row\'s access.',
    '',
    'CPU is the normal world\'s own accesses, SDMA channel 0 of the DMA engine as the normal world programs it, VMM and kernel work on behalf of a call.',
    ...groups.flatMap((group) => ['', `## ${group}`, '', ...table(results.filter(({ row }) => row.group === group), linux)]),
    '',
    '## Known holes of the board\'s partition',
    '',
    'The kernel\'s timer shares a CSU slave with the timer that the normal world\'s Linux needs, and what feeds and resets the chip is the normal world\'s too. None of this gives secure memory away; it takes the secure',
    'world its time, its clock or its devices. The scenario `protected` (`--scenario protected`) closes CSL04 and the CCM, and its VMM emulates what Linux needs of them.',
    '',
    '| what | access | address | what follows |',
    '|---|---|---|---|',
    ...HOLES.map(({ name, access, operation, consequence }) => `| ${name} | ${access} | ${hex(operation.address)} | ${consequence} |`),
    '',
    'Not modelled, and so not shown: ESDCTL (the DRAM controller) has no known slave of the CSU and is open; the masters other than CPU and SDMA do nothing in this model.',
  ].join('\n')}\n`;
}

/** Linux's column from what it printed, and from why it does not make the other rows' accesses. */
export async function linuxResults(results: readonly ContainmentResult[]): Promise<Column> {
  const [{ debianGuest }, { notFromLinux, runLinuxContainment }] = await Promise.all([import('../../src/host/index.ts'), import('./linux-containment.ts')]);
  const debian = await debianGuest();
  if (!debian.ok) throw new Error(debian.error.message);
  const ran = new Map((await runLinuxContainment(debian.guest)).map(({ row, result }) => [`${row.group} ${row.access}`, result]));
  return new Map(results.map((entry) => {
    const { row } = entry;
    const result = ran.get(`${row.group} ${row.access}`) ?? `- (${notFromLinux(row) ?? 'missing'})`;
    return [keyOf(entry), result];
  }));
}

if (process.argv[1] !== undefined && import.meta.url.endsWith(process.argv[1].replace(/^.*\//, '/')) && process.argv.includes('--write')) {
  const results = runContainment('threaded');
  const linux = process.argv.includes('--linux') ? await linuxResults(results) : linuxColumn(readFileSync(CONTAINMENT_DOC, 'utf8'));
  writeFileSync(CONTAINMENT_DOC, renderContainment(results, linux));
}
