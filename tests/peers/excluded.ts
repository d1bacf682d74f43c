/** Rows, or fields of them, that this test leaves out, each with its reason. */
import type { Fields, Row } from '../../src/isa/index.ts';

interface Exclusion {
  readonly rows: RegExp;
  readonly when?: (f: Fields) => boolean;
  readonly reason: string;
}

const EXCLUSIONS: readonly Exclusion[] = [
  { rows: /^SVC$/, reason: 'is a call of the peer\'s emulated Linux; the conformance images execute it' },
];

/** Why a word of the row is left out, or undefined where it is not. */
export function exclusion(row: Row, fields: Fields): string | undefined {
  return EXCLUSIONS.find(({ rows, when }) => rows.test(row.name) && (when === undefined || when(fields)))?.reason;
}

/** Why the whole row is left out. */
export function rowExclusion(row: Row): string | undefined {
  return EXCLUSIONS.find(({ rows, when }) => rows.test(row.name) && when === undefined)?.reason;
}
