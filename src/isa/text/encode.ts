/**
 * From the text of one instruction to its word: the rows whose mnemonic fits are tried, narrow ones first; the first whose operands parse, whose word is neither
 * UNPREDICTABLE nor UNDEFINED, and whose word decodes to the same row, is taken.
 */
import type { Decoder } from '../decode.ts';
import type { Fields, InstructionSet } from '../operation.ts';
import { extractFields, insertField, isConditional, matches, type Pattern } from '../pattern.ts';
import { ParseContext, type ParseScope } from './codec.ts';
import { Cursor, problem, type Problem, type Token } from './lexer.ts';
import { matchMnemonic, type MnemonicMatch } from './mnemonic.ts';
import { CONDITIONS } from './registers.ts';
import type { SyntaxTables } from './tables.ts';
import { parseOperandTokens, type Template } from './syntax.ts';

export interface Encoded {
  /** For 32-bit T32, the first halfword on top. */
  readonly word: number;
  /** 2 or 4. */
  readonly length: number;
  readonly template: Template;
  readonly fields: Readonly<Record<string, number>>;
}

export interface InstructionText {
  readonly set: InstructionSet;
  /** As written, with its suffixes. */
  readonly mnemonic: Token;
  /** Operand tokens, with the end token. */
  readonly operands: readonly Token[];
  readonly scope: ParseScope;
  /** The condition of the surrounding IT block, for T32; undefined outside of one. */
  readonly it: number | undefined;
  /** Bytes that the encoding must have at least (an earlier pass needed them). */
  readonly least: number;
}

/** Splits `.n` and `.w` off a mnemonic; the rest in upper case. */
export function splitWidth(text: string): { name: string; width: 16 | 32 | undefined } {
  const match = /^([^.]+)\.([nw])(\..*)?$/i.exec(text);
  if (match === null) return { name: text.toUpperCase(), width: undefined };
  return { name: `${match[1]!}${match[3] ?? ''}`.toUpperCase(), width: match[2]!.toLowerCase() === 'n' ? 16 : 32 };
}

export function wordOf(pattern: Pattern, fields: Readonly<Record<string, number>>): number {
  let word = pattern.value | pattern.shouldValue;
  for (const [letter, value] of Object.entries(fields)) {
    const pieces = pattern.fields.get(letter);
    if (pieces !== undefined) word |= insertField(pieces, value);
  }
  return word | 0;
}

/** Why a word is not a good encoding of what was written, if it is not. */
function refusal(decoder: Decoder, template: Template, word: number, column: number): Problem | undefined {
  const { pattern, row } = template;
  if (!matches(pattern, word)) return problem(column, 'these operands have no encoding in this form');
  const fields = extractFields(pattern, word) as Fields;
  if (row.undefinedIf?.(fields) === true) return problem(column, 'these operands are UNDEFINED');
  const reason = row.unpredictable?.(fields);
  if (reason !== undefined) return { message: `UNPREDICTABLE: ${reason}`, column, value: true };
  const decoded = row.set === 'A32' ? decoder.decodeA32(word)
    : pattern.width === 16 ? decoder.decodeT32(word & 0xffff, 0) : decoder.decodeT32(word >>> 16, word & 0xffff);
  return decoded.row === row ? undefined : problem(column, `these operands encode ${decoded.row.name} instead`);
}

/** Other lists of operand tokens that mean the same: destination left out, or written although the encoding implies it. */
function otherReadings(template: Template, operands: readonly Token[]): (readonly Token[])[] {
  const found: (readonly Token[])[] = [];
  const commas = topLevelCommas(operands);
  const [first, second] = template.operands.filter((part) => part.kind === 'codec' || /\w/.test(part.text));
  const firstName = first?.kind === 'codec' ? first.codec.name : first?.text.trim() ?? '';
  const secondName = second?.kind === 'codec' ? second.codec.name : '';
  if (template.operandCount >= 3 && commas.length + 2 === template.operandCount && /^[RSDQV]d$/.test(firstName) && /^[RSDQV][nm]/.test(secondName)) {
    const comma = commas[0]!;
    found.push([...operands.slice(0, comma + 1), ...operands]);
  }
  if (commas.length >= 2 && commas.length === template.operandCount && /^(Rdn|Rdm|SP\b.*)$/i.test(firstName)) {
    const texts = (from: number, to: number): string => operands.slice(from, to).map(({ text }) => text.toLowerCase()).join(' ');
    const [one, two] = commas as [number, number];
    if (texts(0, one) === texts(one + 1, two)) found.push(operands.slice(one + 1));
    else if (COMMUTATIVE.has(template.row.name.split(' ')[0]!) && texts(0, one) === texts(two + 1, operands.length - 1)) {
      found.push([...operands.slice(0, two), operands.at(-1)!]);
    }
  }
  return found;
}

/** Two-register 16-bit forms whose operands may be exchanged. */
const COMMUTATIVE: ReadonlySet<string> = new Set(['AND', 'EOR', 'ORR', 'ADC', 'ADD', 'MUL']);

function topLevelCommas(tokens: readonly Token[]): number[] {
  const commas: number[] = [];
  let depth = 0;
  tokens.forEach(({ kind, text }, index) => {
    if (kind !== 'punctuation') return;
    if (text === '[' || text === '{' || text === '(') depth++;
    else if (text === ']' || text === '}' || text === ')') depth--;
    else if (text === ',' && depth === 0) commas.push(index);
  });
  return commas;
}

/** The problem to report of several: one about a value before one about syntax, then the one furthest to the right. */
function better(a: Problem | undefined, b: Problem): Problem {
  if (a === undefined) return b;
  if ((a.value === true) !== (b.value === true)) return a.value === true ? a : b;
  return b.column > a.column ? b : a;
}

function conditionName(condition: number): string {
  return CONDITIONS[condition] ?? 'al';
}

/** Whether some row of the set has this mnemonic. */
export function isMnemonic(tables: SyntaxTables, set: InstructionSet, mnemonic: string): boolean {
  const { name } = splitWidth(mnemonic);
  for (const template of tables.candidates(name)) {
    if (template.row.set !== set) continue;
    if (matchMnemonic(template, name, false).length > 0 || matchMnemonic(template, name, true).length > 0) return true;
  }
  return false;
}

/** Templates and mnemonic readings that may encode an instruction, narrow ones first; of one width, those that take the operands as written. */
function * attempts(tables: SyntaxTables, text: InstructionText, name: string, width: 16 | 32 | undefined):
Generator<{ readonly template: Template; readonly match: MnemonicMatch; readonly operands: readonly Token[] }> {
  const fitting: { readonly template: Template; readonly match: MnemonicMatch }[] = [];
  for (const template of tables.candidates(name)) {
    if (template.row.set !== text.set || template.missing.length > 0) continue;
    if (width !== undefined && text.set === 'T32' && template.pattern.width !== width) continue;
    for (const match of matchMnemonic(template, name, text.scope.inIt)) fitting.push({ template, match });
  }
  for (const bits of text.set === 'A32' ? [32] : [16, 32]) {
    const ofWidth = fitting.filter(({ template }) => template.pattern.width === bits);
    for (const fit of ofWidth) yield { ...fit, operands: text.operands };
    for (const fit of ofWidth) for (const operands of otherReadings(fit.template, text.operands)) yield { ...fit, operands };
  }
}

export function encodeInstruction(tables: SyntaxTables, decoder: Decoder, text: InstructionText): Encoded | Problem {
  const { set, scope, mnemonic } = text;
  const { name, width } = splitWidth(mnemonic.text);
  let worst: Problem | undefined;
  let narrower: Encoded | undefined;
  for (const { template, match, operands } of attempts(tables, text, name, width)) {
    const c = new ParseContext(template.pattern, new Cursor(operands), scope);
    Object.assign(c.fields, isConditional(template.row) ? { c: 14 } : {}, template.fixed, match.fields);
    const found = checkCondition(template, match.condition, text) ?? parseOperandTokens(template, c);
    if (found !== undefined) {
      worst = better(worst, found);
      continue;
    }
    const word = wordOf(template.pattern, c.fields);
    const refused = refusal(decoder, template, word, mnemonic.column);
    if (refused !== undefined) {
      worst = better(worst, refused);
      continue;
    }
    const encoded: Encoded = { word, length: template.pattern.width / 8, template, fields: c.fields };
    if (encoded.length >= text.least) return encoded;
    narrower ??= encoded;
  }
  if (narrower !== undefined) return narrower;
  if (worst !== undefined) return worst;
  const other: InstructionSet = set === 'A32' ? 'T32' : 'A32';
  return problem(mnemonic.column, isMnemonic(tables, set, mnemonic.text)
    ? width === undefined ? `'${mnemonic.text}' ${scope.inIt ? 'inside' : 'outside'} an IT block has no encoding` : `'${mnemonic.text}' has no ${width}-bit encoding`
    : isMnemonic(tables, other, mnemonic.text) ? `'${mnemonic.text}' is not an instruction of ${set}` : `unknown instruction '${mnemonic.text}'`);
}

/** T32 has no conditions of its own but in branches: they must be what the IT block gives. */
function checkCondition(template: Template, condition: number, { set, it, mnemonic }: InstructionText): Problem | undefined {
  if (template.row.conditional === true) {
    if (condition === 14) return problem(mnemonic.column, 'a conditional branch needs a condition');
    return it === undefined ? undefined : problem(mnemonic.column, 'a conditional branch must not stand in an IT block');
  }
  if (set === 'A32') return condition === 14 || isConditional(template.row) ? undefined : problem(mnemonic.column, `'${mnemonic.text}' cannot be conditional in A32`);
  if (it === undefined) {
    return condition === 14 ? undefined : problem(mnemonic.column, `'${mnemonic.text}' needs an IT block before it (it ${conditionName(condition)})`);
  }
  if (!template.mnemonic.some(({ kind }) => kind === 'c')) {
    return /^(BKPT|UDF)/.test(template.row.name) ? undefined : problem(mnemonic.column, `'${mnemonic.text}' must not stand in an IT block`);
  }
  return condition === it ? undefined
    : problem(mnemonic.column, `the IT block gives this instruction the condition ${conditionName(it)}, it has ${conditionName(condition)}`);
}
