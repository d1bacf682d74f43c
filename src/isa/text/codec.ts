/**
 * Operand codecs: each turns fields of an encoding into the text of an operand, and back. The assembler and the disassembler work from the same codecs.
 */
import { fieldWidth, type Pattern } from '../pattern.ts';
import type { InstructionSet } from '../operation.ts';
import { isUnknown, parseExpression, type Expression, type Value } from './expressions.ts';
import { type Cursor, describe, isProblem, problem, valueProblem, type Problem } from './lexer.ts';

/** Name of a place in the program for an address, such as `reset+0x8`. */
export type SymbolOf = (address: number) => string | undefined;

/** Where T32 code stands in an IT block: the condition that the block gives, or undefined outside of one. */
export type ItCondition = number | undefined;

/** What a codec prints from. */
export class FormatContext {
  readonly pattern: Pattern;
  readonly fields: Readonly<Record<string, number>>;
  readonly address: number;
  readonly it: ItCondition;
  readonly symbolOf: SymbolOf | undefined;
  /** Said behind the instruction, after `@`. */
  readonly comments: string[] = [];

  constructor(pattern: Pattern, fields: Readonly<Record<string, number>>, address: number, it: ItCondition, symbolOf: SymbolOf | undefined) {
    this.pattern = pattern;
    this.fields = fields;
    this.address = address;
    this.it = it;
    this.symbolOf = symbolOf;
  }

  get(letter: string): number {
    return this.fields[letter] ?? 0;
  }

  has(letter: string): boolean {
    return this.pattern.fields.has(letter);
  }

  width(letter: string): number {
    return widthOf(this.pattern, letter);
  }

  get set(): InstructionSet {
    return this.pattern.row.set;
  }

  /** What a read of the PC gives: the instruction's address plus 8 (A32) or 4 (T32). */
  get pc(): number {
    return this.address + (this.set === 'A32' ? 8 : 4);
  }

  /** An address as a branch target: `0x8010 <name+0x8>`. */
  target(address: number): string {
    const name = this.symbolOf?.(address >>> 0);
    return name === undefined ? hex(address) : `${hex(address)} <${name}>`;
  }
}

export function widthOf(pattern: Pattern, letter: string): number {
  const pieces = pattern.fields.get(letter);
  return pieces === undefined ? 0 : fieldWidth(pieces);
}

export function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

/** What a codec may ask of the program around it. */
export interface ParseScope {
  /** Address of the instruction. */
  readonly address: number;
  /** Whether a T32 instruction stands in an IT block. */
  readonly inIt: boolean;
  evaluate(expression: Expression): Value;
  /** A guess for a value that is not known yet; undefined when all must be known. */
  guess(expression: Expression): number | undefined;
  /** Which instruction set the code at a label is for, where the expression is nothing but a label. */
  stateOf(expression: Expression): InstructionSet | undefined;
  /** The value of an expression as data: functions in T32 have bit 0 set. */
  dataValue(expression: Expression): number | Problem;
}

/** What a codec parses into. */
export class ParseContext {
  readonly pattern: Pattern;
  readonly cursor: Cursor;
  readonly scope: ParseScope;
  readonly fields: Record<string, number> = {};

  constructor(pattern: Pattern, cursor: Cursor, scope: ParseScope) {
    this.pattern = pattern;
    this.cursor = cursor;
    this.scope = scope;
  }

  get(letter: string): number {
    return this.fields[letter] ?? 0;
  }

  has(letter: string): boolean {
    return this.pattern.fields.has(letter);
  }

  width(letter: string): number {
    return widthOf(this.pattern, letter);
  }

  get set(): InstructionSet {
    return this.pattern.row.set;
  }

  get pc(): number {
    return this.scope.address + (this.set === 'A32' ? 8 : 4);
  }

  /** Gives a field its value. A field that already has another one, or that the pattern has not, is a problem; so is a value too wide. */
  put(letter: string, value: number, column: number, what = 'operand'): Problem | undefined {
    const width = this.width(letter);
    if (width === 0) return value === 0 ? undefined : problem(column, `this form has no such ${what}`);
    if (value < 0 || value >= 2 ** width) return valueProblem(column, `${what} out of range for this encoding`);
    const old = this.fields[letter];
    if (old !== undefined && old !== value) return problem(column, `this ${what} must equal an earlier one`);
    this.fields[letter] = value;
    return undefined;
  }

  /** An integer at the cursor, with or without `#`; `:lower16:` and `:upper16:` take half of a word. */
  integer(): { value: number; column: number } | Problem {
    this.cursor.take('#');
    const { column } = this.cursor;
    if (this.cursor.take(':')) return this.#half(column);
    const expression = parseExpression(this.cursor);
    if (isProblem(expression)) return expression;
    return this.value(expression, column);
  }

  #half(column: number): { value: number; column: number } | Problem {
    const upper = this.cursor.takeWord('upper16');
    if (!upper && !this.cursor.takeWord('lower16')) return problem(column, ':lower16: or :upper16: expected');
    const colon = this.expect(':');
    if (colon !== undefined) return colon;
    const expression = parseExpression(this.cursor);
    if (isProblem(expression)) return expression;
    const value = this.scope.dataValue(expression);
    return typeof value === 'number' ? { value: upper ? (value | 0) >>> 16 : value & 0xffff, column } : value;
  }

  value(expression: Expression, column: number): { value: number; column: number } | Problem {
    const value = this.scope.evaluate(expression);
    if (typeof value === 'number') return { value, column };
    if (isProblem(value)) return value;
    const guess = isUnknown(value) ? this.scope.guess(expression) : undefined;
    return guess === undefined ? valueProblem(value.column, `undefined symbol '${value.unknown}'`) : { value: guess, column };
  }

  expect(text: string): Problem | undefined {
    return this.cursor.take(text) ? undefined : problem(this.cursor.column, `'${text}' expected, not ${describe(this.cursor.peek())}`);
  }
}

export interface Codec {
  /** The placeholder in templates. */
  readonly name: string;
  /** Letters of the fields that it prints and parses, of those that the pattern has. */
  readonly fields: string;
  format(c: FormatContext): string;
  /** Takes the operand's tokens and puts its fields, or says what is wrong. */
  parse(c: ParseContext): Problem | undefined;
}

/** Checks that a number is in a range and a multiple of `step`. */
export function checkRange(value: number, low: number, high: number, step: number, column: number, what = 'immediate'): Problem | undefined {
  if (value < low || value > high) {
    return valueProblem(column, `${what} ${value} out of range: ${low} to ${high}${step === 1 ? '' : `, a multiple of ${step}`}`);
  }
  if (value % step !== 0) return valueProblem(column, `${what} ${value} must be a multiple of ${step} (${low} to ${high})`);
  return undefined;
}
