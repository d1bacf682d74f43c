/**
 * The language of the `syntax` templates in rows. A template is parsed once, when its row is loaded, and serves the assembler and the disassembler.
 *
 *     syntax   = mnemonic [ ' ' operands ]
 *
 * **Mnemonic** (no spaces): upper-case text, and parts:
 *  - `{S}`   sets flags: field S. In a row without a field S (16-bit T32) the instruction sets the flags outside an IT block and does not in one,
 *            and is written with S outside and without inside.
 *  - `{c}`   the condition: field c where the pattern has one; else (T32) what the IT block gives.
 *  - `.W` at its end says that a narrow form exists; it is written wherever one does.
 *  - `{xyz}` of IT: T or E for its second to fourth instruction, by the mask in field j.
 *  - `<letters:a|b|c>` one of several spellings, chosen by the value of the letters' fields joined (first letter most significant). A spelling may
 *            be empty; `-` stands for a value that has none; `a/b` gives synonyms of which the first is printed. Data types are written this way:
 *            `VADD{c}.<z:I8|I16|I32|I64> ...`.
 *            With no letters (`<:IA/>`) the spellings are all synonyms.
 *
 * **Operands**: text, in which the longest placeholder that fits at each point is taken:
 *  - the names of the codecs in `operands*.ts` (`Rd`, `#modimm`, `{, shift}`, `registers`, `label24`, `Vd`, `dlist`, ...);
 *  - `<letters:a|b|c>` as above;
 *  - `#<i>`, `#<ij*4>`, `#<i+1>`, `<o>`: an unsigned number made of the letters' fields joined, times and plus a constant, printed with or without `#`;
 *    `{, #<i*4>}` is left out when 0; `#+/-<i>` takes its sign from field U; `{, #+/-<i>}` is left out when +0. `imm12`, `imm8x4` ... in place of `<...>`
 *    stand for those of the letters i, j, k that the pattern has, times what follows `x`;
 *  - all else is itself, braces included. Spaces do not matter; case does not, a register's name stands for its synonyms too.
 *
 * A template says all of its encoding: each letter of the pattern is named by some part of it, or fixed by the row's `where`, or zero.
 * A row whose syntax is `.inst` has no spelling: its words print as `.inst 0x...`.
 */
import type { Codec } from './codec.ts';
import { FormatContext, ParseContext } from './codec.ts';
import { codecs } from './codecs.ts';
import { describe, isProblem, problem, tokenize, type Problem, type Token } from './lexer.ts';
import { registerNumber } from './registers.ts';
import { parsePattern, type Pattern } from '../pattern.ts';
import type { Row } from '../operation.ts';
import { choice, numberCodec, optionalNumber, optionalSigned, signedNumber } from './operands-number.ts';

/** One way to spell a part of the mnemonic, in upper case. */
export interface Spelling { readonly text: string; readonly value: number }

export type MnemonicPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'S' }
  | { readonly kind: 'c' }
  | { readonly kind: 'xyz' }
  | { readonly kind: 'choice'; readonly letters: string; readonly spellings: readonly Spelling[] };

export type OperandPart =
  | { readonly kind: 'literal'; readonly text: string; readonly tokens: readonly Token[] }
  | { readonly kind: 'codec'; readonly codec: Codec };

export interface Template {
  readonly pattern: Pattern;
  readonly row: Row;
  readonly mnemonic: readonly MnemonicPart[];
  readonly operands: readonly OperandPart[];
  /** Fields that this spelling fixes (aliases), besides those that it parses. */
  readonly fixed: Readonly<Record<string, number>>;
  /** What the template names but no codec has: such a template neither prints nor parses. */
  readonly missing: readonly string[];
  /** Number of commas at top level, plus one; 0 without operands. */
  readonly operandCount: number;
}

/** Names of codecs by their first character, the longest first. */
const NAMES: ReadonlyMap<string, readonly string[]> = [...codecs.keys()].sort((a, b) => b.length - a.length)
  .reduce((map, name) => map.set(name[0]!, [...map.get(name[0]!) ?? [], name]), new Map<string, readonly string[]>());

export function parseTemplate(row: Row, syntax = row.syntax, fixed: Readonly<Record<string, number>> = {}): Template {
  const space = syntax.indexOf(' ');
  const missing: string[] = syntax.startsWith('.inst') ? ['.inst'] : [];
  const mnemonic = parseMnemonic(space < 0 ? syntax : syntax.slice(0, space), missing);
  const operandText = space < 0 ? '' : syntax.slice(space + 1).trim();
  const pattern = parsePattern(row);
  const operands = parseOperands(operandText, pattern, missing);
  return { pattern, row, mnemonic, operands, fixed, missing, operandCount: countOperands(operandText) };
}

function parseMnemonic(text: string, missing: string[]): MnemonicPart[] {
  const parts: MnemonicPart[] = [];
  const plain = text.replace(/\.W$/, ''); // the width suffix is written and read by mnemonic.ts and encode.ts
  const pattern = /\{S\}|\{c\}|\{xyz\}|<(\w*):([^>]*)>|[A-Z0-9.]+|./gy;
  for (const [part, letters, spellings] of plain.matchAll(pattern)) {
    if (part === '{S}') parts.push({ kind: 'S' });
    else if (part === '{c}') parts.push({ kind: 'c' });
    else if (part === '{xyz}') parts.push({ kind: 'xyz' });
    else if (letters !== undefined) parts.push({ kind: 'choice', letters, spellings: parseSpellings(spellings!) });
    else if (/^[A-Z0-9.]+$/.test(part)) parts.push({ kind: 'text', text: part });
    else missing.push(`'${part}' in mnemonic ${text}`);
  }
  return parts;
}

export function parseSpellings(text: string): Spelling[] {
  return text.split('|').flatMap((alternative, value) =>
    alternative === '-' ? [] : alternative.split('/').map((spelling) => ({ text: spelling.toUpperCase(), value })));
}

/**
 * A number's placeholder at the start of some text: `<letters>` or `immN`, with what stands around it. `letters` of `immN` are those of i, j, k that the
 * pattern has.
 */
function numberPlaceholder(text: string, pattern: Pattern): { length: number; codec: Codec } | undefined {
  const match = /^(\{, ?)?(#?)(\+\/-)?(?:<(\w+)(?:[*x](\d+))?(?:\+(\d+))?>|imm\d*(?:[*x](\d+))?(?!\w))/.exec(text);
  if (match === null || (match[1] !== undefined && text[match[0].length] !== '}')) return undefined;
  const [whole, optional, hash, sign, named, times, plus, timesOfImm] = match;
  const letters = named ?? [...'ijk'].filter((letter) => pattern.fields.has(letter)).join('');
  const scale = Number(times ?? timesOfImm ?? 1);
  const codec = sign !== undefined
    ? optional === undefined ? signedNumber(letters, scale) : optionalSigned(letters, scale)
    : optional === undefined ? numberCodec(letters, scale, Number(plus ?? 0), hash === '#') : optionalNumber(letters, scale);
  return { length: whole.length + (optional === undefined ? 0 : 1), codec };
}

function parseOperands(text: string, pattern: Pattern, missing: string[]): OperandPart[] {
  const parts: OperandPart[] = [];
  let literal = '';
  const flush = (): void => {
    if (literal === '') return;
    const tokens = tokenize(` ${literal}`);
    if (isProblem(tokens)) missing.push(`'${literal}'`);
    else parts.push({ kind: 'literal', text: literal, tokens: tokens.slice(0, -1) });
    literal = '';
  };
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const spelled = /^<(\w*):([^>]*)>/.exec(rest);
    const wordBefore = at > 0 && /\w/.test(text[at - 1]!) && /^\w/.test(rest);
    const name = spelled !== null || wordBefore ? undefined
      : NAMES.get(rest[0]!)?.find((n) => rest.startsWith(n) && !(/\w$/.test(n) && /^\w/.test(rest.slice(n.length))));
    const number = spelled !== null || wordBefore || name !== undefined ? undefined : numberPlaceholder(rest, pattern);
    if (spelled !== null) {
      flush();
      parts.push({ kind: 'codec', codec: choice(spelled[1]!, parseSpellings(spelled[2]!)) });
      at += spelled[0].length;
    } else if (name !== undefined) {
      flush();
      parts.push({ kind: 'codec', codec: codecs.get(name)! });
      at += name.length;
    } else if (number !== undefined) {
      flush();
      parts.push({ kind: 'codec', codec: number.codec });
      at += number.length;
    } else {
      const word = /^\w+/.exec(rest)?.[0];
      if (word !== undefined && !isLiteralWord(word)) missing.push(word);
      literal += word ?? rest[0]!;
      at += (word ?? ' ').length;
    }
  }
  flush();
  return parts;
}

const LITERAL_WORDS: ReadonlySet<string> = new Set(['apsr_nzcv', 'fpscr', 'fpsid', 'fpexc', 'mvfr0', 'mvfr1', 'lsl', 'lsr', 'asr', 'ror', 'rrx']);

/** Whether a word of a template stands for itself. */
function isLiteralWord(word: string): boolean {
  return /^\d+$/.test(word) || LITERAL_WORDS.has(word.toLowerCase()) || registerNumber(word) !== undefined || /^[pcsd]\d+$/i.test(word);
}

function countOperands(text: string): number {
  if (text === '') return 0;
  let depth = 0;
  let count = 1;
  for (const character of text) {
    if ('[{<('.includes(character)) depth++;
    else if (']}>)'.includes(character)) depth--;
    else if (character === ',' && depth === 0) count++;
  }
  return count;
}

/** Letters of the pattern that neither the template nor the row's conditions determine. */
export function undetermined(template: Template): string[] {
  // The condition of A32 is `always` where the template has none.
  const named = new Set<string>(['c', ...Object.keys(template.fixed)]);
  for (const part of template.mnemonic) {
    if (part.kind === 'S') named.add('S');
    else if (part.kind === 'c') named.add('c');
    else if (part.kind === 'choice') for (const letter of part.letters) named.add(letter);
  }
  for (const part of template.operands) if (part.kind === 'codec') for (const letter of part.codec.fields) named.add(letter);
  for (const condition of template.row.where ?? []) if (condition.includes('==')) named.add(condition[0]!);
  return [...template.pattern.fields.keys()].filter((letter) => !named.has(letter));
}

/** Prints the operands. */
export function formatOperands(template: Template, c: FormatContext): string {
  return template.operands.map((part) => part.kind === 'literal' ? part.text.toLowerCase() : part.codec.format(c)).join('');
}

/** Parses the operands up to the end of the cursor's tokens. */
export function parseOperandTokens(template: Template, c: ParseContext): Problem | undefined {
  for (const part of template.operands) {
    if (part.kind === 'codec') {
      const found = part.codec.parse(c);
      if (found !== undefined) return found;
    } else {
      for (const expected of part.tokens) {
        const actual = c.cursor.peek();
        if (expected.text === '#' && actual.text !== '#') continue; // the hash may be left out
        if (!sameToken(expected, actual)) {
          return problem(actual.column, `'${expected.text.toLowerCase()}' expected, not ${describe(actual)}`);
        }
        c.cursor.next();
      }
    }
  }
  const rest = c.cursor.peek();
  return rest.kind === 'end' ? undefined : problem(rest.column, `unexpected ${describe(rest)}`);
}

function sameToken(expected: Token, actual: Token): boolean {
  if (actual.kind === 'end' || actual.kind === 'string') return false;
  if (expected.kind === 'number') return actual.kind === 'number' && actual.value === expected.value;
  const register = registerNumber(expected.text);
  if (register !== undefined) return registerNumber(actual.text) === register;
  return expected.text.toLowerCase() === actual.text.toLowerCase();
}
