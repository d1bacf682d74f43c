/**
 * docs/instructions.md, made of the rows: `npm run docs:instructions`.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { allRows, type Row } from '../../src/isa/index.ts';
import { rowExclusion } from '../peers/excluded.ts';

export const INSTRUCTIONS_FILE = fileURLToPath(new URL('../../docs/instructions.md', import.meta.url));

const INTRODUCTION = `# The instruction set

Generated from the rows in \`src/isa/rows\` by \`npm run docs:instructions\`; a test keeps it up to date. Every row is decoded, disassembled, assembled and executed, in every tier.

- *encoding*: most significant bit first, for 32-bit T32 the first halfword first. \`c\` condition (A32 only: not 1111), \`-\` should be zero, \`+\` should be one, other letters are
  fields; after it the constraints under which the row matches.
- *section*: of the ARM ARM (DDI 0406C), and the encoding's name there.
- *status*: *qemu-arm*: random words of the row are compared with \`qemu-arm -cpu cortex-a8\` (\`npm run test:peers\`). Instructions whose effect is only
  visible in privileged modes are also in the images of \`npm run test:conformance\`. *UNDEFINED for some fields* and *UNPREDICTABLE for some fields*: the row knows which
  ([unpredictable.md](unpredictable.md) says what happens then).

A word that no row matches is UNDEFINED. Not in the Cortex-A8, and so UNDEFINED: integer divide, half-precision conversion, fused multiply-add (VFPv4), PLDW, Virtualization Extensions, LPAE's
64-bit CP15 registers.
`;

const GROUPS: readonly (readonly [title: string, contains: (row: Row, width: number) => boolean])[] = [
  ['A32', (row) => row.set === 'A32'],
  ['T32, 16-bit', (row, width) => row.set === 'T32' && width === 16],
  ['T32, 32-bit', (row, width) => row.set === 'T32' && width === 32],
];

function status(row: Row): string {
  const reason = rowExclusion(row);
  return [
    reason === undefined ? 'qemu-arm' : `not compared with qemu-arm: ${reason}`,
    ...(row.undefinedIf === undefined ? [] : ['UNDEFINED for some fields']),
    ...(row.unpredictable === undefined ? [] : ['UNPREDICTABLE for some fields']),
  ].join('; ');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').trim();
}

/** The page's text. */
export function instructionsPage(): string {
  const width = (row: Row): number => row.bits.replaceAll(' ', '').length;
  const parts = [INTRODUCTION];
  for (const [title, contains] of GROUPS) {
    const rows = allRows.filter((row) => contains(row, width(row)));
    parts.push(`\n## ${title} (${rows.length} rows)\n\n| row | encoding | section | status |\n|---|---|---|---|\n`);
    for (const row of rows) {
      const where = row.where === undefined || row.where.length === 0 ? '' : ` ${row.where.join(', ')}`;
      parts.push(`| ${cell(row.name)} | \`${row.bits.replaceAll(' ', '')}\`${where} | ${cell(row.ref)} | ${cell(status(row))} |\n`);
    }
  }
  return parts.join('');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(INSTRUCTIONS_FILE, instructionsPage());
