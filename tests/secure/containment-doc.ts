/** docs/containment.md, made from what the rows gave. `npm run docs:containment` writes it. */
import { writeFileSync } from 'node:fs';
import { runContainment, type ContainmentResult } from './containment.ts';
import { hex } from './harness.ts';
import { HOLES } from './holes.ts';

export const CONTAINMENT_DOC = new URL('../../docs/containment.md', import.meta.url);

/** Refusals of calls by the words that they are reported with. */
const RULES: Readonly<Record<string, string>> = {
  'which is not RAM of the normal world': 'helpers: each page must be RAM of the normal world', 'are not RAM of the normal world': 'type pa: must be RAM of the normal world',
  'run over the end of the address space': 'helpers: no wrapping', 'is not within 0 to': 'helpers: at most 1 MiB', 'secure interrupt': 'secure interrupts are not injected',
};

function table(results: readonly ContainmentResult[]): string[] {
  return [
    '| rule | master | access | address | result | succeeds with |',
    '|---|---|---|---|---|---|',
    ...results.map(({ row, access, result, control }) => `| ${RULES[row.rule] ?? row.rule} | ${row.master} | ${row.access} (${access}) | ${row.address < 128 ? String(row.address) : hex(row.address)} | ${result} | ${control} |`),
  ];
}

export function renderContainment(results: readonly ContainmentResult[]): string {
  const groups = [...new Set(results.map(({ row }) => row.group))];
  return `${[
    '# Containment',
    '',
    'What the normal world may not do on the i.MX53 Quick Start Board with this project\'s partition (`src/secure/bootstrap/imx53-qsb.ts`). `npm run test:containment` makes each access from a',
    'program in the normal world, in three engine tiers, and this page is made from what came of it (`npm run docs:containment`). A row stands here only if',
    '',
    '- the refusal was reported by the rule that the row names, with the master and the address that it names;',
    '- nothing was read (the destination is unchanged) and nothing was written (the register, or all of secure RAM but the frames of contexts and core\'s window tables, is as before);',
    '- the secure world answers a call afterwards;',
    '- the same access succeeds with that rule switched off (last column).',
    '',
    'CPU is the normal world\'s own accesses, SDMA channel 0 of the DMA engine as the normal world programs it, VMM and kernel work on behalf of a call.',
    ...groups.flatMap((group) => ['', `## ${group}`, '', ...table(results.filter(({ row }) => row.group === group))]),
    '',
    '## Known holes of the board\'s partition',
    '',
    'The kernel\'s timer shares a CSU slave with the timer that the normal world\'s Linux needs, and what feeds and resets the chip is the normal world\'s too. None of this gives secure memory away; it takes the secure',
    'world its time, its clock or its devices. A stricter partition would close CSL04 and CSL09 and emulate what Linux needs of them.',
    '',
    '| what | access | address | what follows |',
    '|---|---|---|---|',
    ...HOLES.map(({ name, access, operation, consequence }) => `| ${name} | ${access} | ${hex(operation.address)} | ${consequence} |`),
    '',
    'Not modelled, and so not shown: ESDCTL (the DRAM controller) has no known slave of the CSU and is open; the masters other than CPU and SDMA do nothing in this model.',
  ].join('\n')}\n`;
}

if (process.argv[1] !== undefined && import.meta.url.endsWith(process.argv[1].replace(/^.*\//, '/')) && process.argv.includes('--write')) {
  writeFileSync(CONTAINMENT_DOC, renderContainment(runContainment('threaded')));
}
