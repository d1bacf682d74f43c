/** Each row's reference names a section of DDI 0406C that is about it, in one form: `A8.8.1 A1`, several joined by commas. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Row } from '../../src/isa/index.ts';
import { allRows } from '../../src/isa/rows/index.ts';
import { A8_8, B9_3, sectionTitle } from './manual-sections.ts';

/** A section of the instruction lists with the encoding, or a range of them; or a section on encodings, which has none. */
const PART = /^(?:(A8\.8\.\d+|B9\.3\.\d+)(?:-(\d+))? ([AT])(\d)|A(?:5|6|9)\.\d+\.\d+)$/;

/** Mnemonics that a title stands for. */
function mnemonics(title: string): string[] {
  return title.replace(/\(.*/, '').split(/[,/ ]+/).filter((word) => /^[A-Z]/.test(word)).map((word) => word.replace(/^(LDM|STM)(IA|IB|DA|DB|FD|FA|ED|EA)$/, '$1'));
}

/** What a row's mnemonic is called in a title. */
function titled(row: Row): string[] {
  const mnemonic = /^[A-Z0-9]+/.exec(row.name)?.[0] ?? '';
  return [
    mnemonic, mnemonic.replace(/^(PKH)(BT|TB)$/, '$1'), mnemonic.replace(/^(ADD|SUB|MOV)W$/, '$1'), mnemonic.replace(/^(SM.*)[XR]$/, '$1'),
    mnemonic.replace(/^F(LDM|STM)(IA|DB)X$/, 'V$1').replace(/^V(LDM|STM)(IA|DB)$/, 'V$1'), mnemonic.replace(/^(RFE|SRS|LDM|STM)(DB|IA)$/, '$1'),
  ];
}

const about = (row: Row, title: string): boolean => mnemonics(title).some((mnemonic) => titled(row).includes(mnemonic) || (row.name.includes(',') && row.name.includes(mnemonic)));

/** What a title says in brackets, and the row's name must or must not bear. */
function contradicts({ set, name }: Row, title: string): string | undefined {
  if (/Thumb\)/.test(title) && set !== 'T32') return 'is of T32';
  if (/ARM\)/.test(title) && set !== 'A32') return 'is of A32';
  const shifted = name.includes('(register-shifted register)');
  if (title.includes('(register-shifted register)') !== shifted && !/^(MOV|V)/.test(name)) return 'has, or has not, a shift by register';
  if (/\(literal\)/.test(title) !== /literal/.test(name) && /^(LDR|PLD)/.test(name) && !/unprivileged|^LDREX|^LDR\w*T/.test(name)) return 'is, or is not, literal';
  if (/\((register)\b/.test(title) && /\(immediate/.test(name)) return 'is of registers';
  if (/\(immediate\b/.test(title) && /\(register/.test(name)) return 'is of an immediate';
  if (/\(floating-point/.test(title) && !/\.F/.test(name)) return 'is of floating-point';
  if (/\(integer/.test(title) && /\.F/.test(name)) return 'is of integers';
  if (/one lane/.test(title) !== /one lane/.test(name) || /all lanes/.test(title) !== /all lanes/.test(name)) return 'is of other lanes';
  if (/by scalar/.test(title) && !/by scalar/.test(name)) return 'is of scalars';
  return undefined;
}

function problem(row: Row): string | undefined {
  for (const part of row.ref.split(', ')) {
    const match = PART.exec(part);
    if (match === null) return `"${part}" is not a reference`;
    const [, section, last, set] = match;
    if (section === undefined) continue;
    if (set !== row.set[0]) return `encoding of another instruction set: ${part}`;
    const first = Number(section.slice(5));
    for (let n = first; n <= Number(last ?? first); n++) {
      const title = sectionTitle(`${section.slice(0, 5)}${n}`);
      if (title === undefined) return `no section ${section.slice(0, 5)}${n}`;
      if (!about(row, title)) return `${section} is "${title}"`;
      const why = contradicts(row, title);
      if (why !== undefined) return `${section} "${title}" ${why}`;
    }
  }
  return undefined;
}

test('the lists are whole', () => {
  // What other projects cite, so that a line lost or doubled shows: the last of each list, and some between.
  assert.equal(A8_8.length, 426);
  assert.equal(B9_3.length, 22);
  for (const [section, title] of [['A8.8.63', 'LDR (immediate, ARM)'], ['A8.8.126', 'PLD, PLDW (immediate)'], ['A8.8.247', 'UDF'], ['A8.8.333', 'VLDR'], ['B9.3.13', 'RFE']] as const) {
    assert.equal(sectionTitle(section), title);
  }
  const sorted = A8_8.map((title) => mnemonics(title)[0]!).filter((mnemonic) => mnemonic !== 'F');
  assert.deepEqual(sorted.filter((mnemonic, i) => i > 0 && mnemonic.split('/')[0]! < sorted[i - 1]!.split('/')[0]!), []);
});

test('every row names the section that describes it', () => {
  const wrong = allRows.flatMap((row) => {
    const what = problem(row);
    return what === undefined ? [] : [`${row.set} ${row.name} [${row.ref}]: ${what}`];
  });
  assert.deepEqual(wrong, []);
});
