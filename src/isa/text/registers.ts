/** Names of registers (UAL, and the synonyms of the procedure call standard). */
import type { Cursor } from './lexer.ts';

const CORE = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'r10', 'r11', 'r12', 'sp', 'lr', 'pc'] as const;

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...Array.from({ length: 16 }, (_, n) => [`r${n}`, n] as const),
  ...['a1', 'a2', 'a3', 'a4', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7', 'v8'].map((name, n) => [name, n] as const),
  ['sb', 9], ['sl', 10], ['fp', 11], ['ip', 12], ['sp', 13], ['lr', 14], ['pc', 15],
]);

export function registerName(number: number): string {
  return CORE[number & 15]!;
}

export function registerNumber(name: string): number | undefined {
  return NUMBERS.get(name.toLowerCase());
}

/** Takes a core register. */
export function takeRegister(cursor: Cursor): number | undefined {
  const token = cursor.peek();
  const number = token.kind === 'name' ? registerNumber(token.text) : undefined;
  if (number !== undefined) cursor.next();
  return number;
}

/** `s3`, `d17` or `q5` as class and number. */
export function extensionRegister(name: string): { readonly kind: 's' | 'd' | 'q'; readonly number: number } | undefined {
  const match = /^([sdq])(\d{1,2})$/i.exec(name);
  if (match === null) return undefined;
  const kind = match[1]!.toLowerCase() as 's' | 'd' | 'q';
  const number = Number(match[2]);
  return number < (kind === 'q' ? 16 : 32) ? { kind, number } : undefined;
}

/** Condition suffixes by number; 14 is written as nothing. */
export const CONDITIONS = ['eq', 'ne', 'cs', 'cc', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le'] as const;

const CONDITION_NUMBERS: ReadonlyMap<string, number> = new Map([
  ...CONDITIONS.map((name, n) => [name, n] as const), ['hs', 2], ['lo', 3], ['al', 14],
]);

export function conditionNumber(name: string): number | undefined {
  return CONDITION_NUMBERS.get(name.toLowerCase());
}
