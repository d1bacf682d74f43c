/** Every row's template is complete: each placeholder has a codec, and each field of the pattern is written by some part. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allRows } from '../rows/index.ts';
import { aliasedRows, aliasesOf } from './aliases.ts';
import { parseTemplate, undetermined } from './syntax.ts';

const printable = allRows.filter(({ syntax }) => syntax !== '.inst');

test('every placeholder has a codec', () => {
  const missing = printable.flatMap((row) => {
    const names = [parseTemplate(row), ...aliasesOf(row).map((a) => parseTemplate(row, a.syntax, a.fixed))].flatMap((t) => t.missing);
    return names.length === 0 ? [] : [`${row.set} ${row.name}: ${names.join(', ')} in '${row.syntax}'`];
  });
  assert.deepEqual(missing, []);
});

/** Fields that valid encodings have at zero, by row. */
const ZERO: ReadonlyMap<string, string> = new Map([
  ['CPS (mode)', 'AIF'], ['CPS (masks)', 'k'],
  ...['LDRD', 'STRD'].flatMap((name) => ['immediate', 'register'].map((form): [string, string] => [`${name} (${form}, post-indexed)`, 'W'])),
]);

test('every field is written by its template', () => {
  const left = printable.flatMap((row) => {
    const letters = undetermined(parseTemplate(row)).filter((letter) => !(ZERO.get(row.name) ?? '').includes(letter));
    return letters.length === 0 ? [] : [`${row.set} ${row.name}: ${letters.join('')} (${row.bits}) '${row.syntax}'`];
  });
  assert.deepEqual(left, []);
});

test('every alias names a row', () => {
  const names = new Set(allRows.map(({ set, name }) => `${set} ${name}`));
  assert.deepEqual(aliasedRows().filter(({ set, row }) => !names.has(`${set} ${row}`)).map(({ set, row }) => `${set} ${row}`), []);
});
