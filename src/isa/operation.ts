/**
 * Operations and rows: how an encoding is declared (once), and what a decoded instruction is.
 *
 * An *operation* has a body. A *row* is one encoding of an operation: its bit pattern, its assembler syntax, its place in the ARM ARM
 * (DDI 0406C), and a `decode` that says which field is which. The decoder, disassembler, assembler, random-instruction generator and the support
 * table in the docs all come from the rows.
 */
import type { Imm, Reg, RegList } from './ops.ts';
import type { Ops } from './all-ops.ts';

/** Shape values: plain, and part of the handler's key. */
export type Shape = Readonly<Record<string, number | string | boolean>>;

/** What an operand is; the token that a body gets for it is `TokenOf` it. */
export type OperandKind = 'reg' | 'imm' | 'list';
export type OperandKinds = Readonly<Record<string, OperandKind>>;
export type TokenOf<K extends OperandKind> = K extends 'reg' ? Reg : K extends 'imm' ? Imm : RegList;
export type Tokens<K extends OperandKinds> = { readonly [Name in keyof K]: TokenOf<K[Name]> };
/** Operand values as decoded: numbers (register number, int32 constant, 16-bit list). */
export type OperandValues<K extends OperandKinds> = { readonly [Name in keyof K]: number };

export type Body<S extends Shape, K extends OperandKinds> = (o: Ops, shape: S, x: Tokens<K>) => void;

export interface Operation<S extends Shape = Shape, K extends OperandKinds = OperandKinds> {
  readonly name: string;
  readonly operands: K;
  readonly body: Body<S, K>;
}

/** Declares an operation. The type parameters are inferred from the body and the operand kinds. */
export function operation<S extends Shape, const K extends OperandKinds>(name: string, operands: K, body: Body<S, K>): Operation<S, K> {
  return { name, operands, body };
}

type Letter =
  | 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h' | 'i' | 'j' | 'k' | 'l' | 'm' | 'n' | 'o' | 'p' | 'q' | 'r' | 's' | 't' | 'u' | 'v' | 'w' | 'x' | 'y' | 'z'
  | 'A' | 'B' | 'C' | 'D' | 'E' | 'F' | 'G' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M' | 'N' | 'O' | 'P' | 'Q' | 'R' | 'S' | 'T' | 'U' | 'V' | 'W' | 'X' | 'Y' | 'Z';
/** The value of each letter of a row's bit pattern (bits of one letter joined, most significant first); letters that do not occur are 0. */
export type Fields = { readonly [L in Letter]: number };

export type InstructionSet = 'A32' | 'T32';

export interface RowSpec<S extends Shape, K extends OperandKinds> {
  /** The manual's name of the instruction and form, e.g. 'ADC (immediate)'. */
  readonly name: string;
  /**
   * 32 or 16 characters, most significant bit first; spaces are ignored. `0` and `1` are fixed; `-` is should-be-zero and `+` should-be-one (ignored by the decoder,
   * honoured by the assembler and the generator); any letter is a field. An A32 pattern that starts with `cccc` is conditional, and does not match c = 15.
   * A 32-bit T32 pattern has the first halfword first.
   */
  readonly bits: string;
  /** UAL syntax template; its language is described in text/syntax.ts. */
  readonly syntax: string;
  /** Section and encoding in DDI 0406C, e.g. 'A8.8.1 A1'. */
  readonly ref: string;
  /** Conditions on fields without which the pattern does not match: 'n!=15', 'd==13'. They count as specificity. */
  readonly where?: readonly string[];
  /** T32 conditional branch: the condition is in field c. */
  readonly conditional?: true;
  /** T32: executes in an IT block whatever the block's condition (BKPT). */
  readonly unconditional?: true;
  /** Reason why these field values are UNPREDICTABLE, or undefined where they are not. Such words are decoded all the same (docs/unpredictable.md), but the assembler and generator avoid them. */
  readonly unpredictable?: (f: Fields) => string | undefined;
  /** Field values that the manual makes UNDEFINED within the pattern. */
  readonly undefinedIf?: (f: Fields) => boolean;
  readonly decode: (f: Fields) => { readonly shape: S; readonly x: OperandValues<K> };
}

/** A row with its operation; rows of all operations stand in one list. */
export interface Row extends RowSpec<Shape, OperandKinds> {
  readonly set: InstructionSet;
  readonly operation: Operation;
}

function makeRow<S extends Shape, K extends OperandKinds>(set: InstructionSet, operation: Operation<S, K>, spec: RowSpec<S, K>): Row {
  // The pair of operation and decode was checked together by the types of this call; the list forgets them.
  return { ...spec, set, operation } as unknown as Row;
}

export function a32<const S extends Shape, K extends OperandKinds>(operation: Operation<S, K>, spec: RowSpec<S, K>): Row {
  return makeRow('A32', operation, spec);
}

export function t32<const S extends Shape, K extends OperandKinds>(operation: Operation<S, K>, spec: RowSpec<S, K>): Row {
  return makeRow('T32', operation, spec);
}

/** A decoded instruction. Depends on nothing but the instruction word and set, so it can be cached by them. */
export interface Instruction {
  readonly row: Row;
  readonly operation: Operation;
  readonly shape: Shape;
  readonly x: Readonly<Record<string, number>>;
  /** 0-14; for T32 outside conditional branches always 14 (IT decides at run time), or 15 where IT does not decide. */
  readonly condition: number;
  /** 2 or 4 bytes. */
  readonly length: number;
  readonly word: number;
  /** Interned number of (instruction set, operation, shape, which registers are the PC): the handler's identity. */
  readonly handler: number;
}
