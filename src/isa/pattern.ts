/**
 * Bit patterns of rows: parsed once, matched by mask and value, and checked against each other when a decoder is made.
 */
import type { Fields, Row } from './operation.ts';

/** A run of pattern bits that a field takes: `shift` is its lowest bit in the word. */
export interface Piece { readonly shift: number; readonly width: number }

export interface Pattern {
  readonly row: Row;
  /** 16 or 32. */
  readonly width: number;
  /** Bits that decide whether the row matches. */
  readonly mask: number;
  readonly value: number;
  /** Should-be bits: what the assembler and the generator put there. */
  readonly shouldMask: number;
  readonly shouldValue: number;
  /** Each field's pieces, most significant first. */
  readonly fields: ReadonlyMap<string, readonly Piece[]>;
  /** The `!=` conditions, each as bits that must not have a value; `==` ones are part of mask and value. */
  readonly unequal: readonly { readonly mask: number; readonly value: number }[];
}

function bitCount(value: number): number {
  let count = 0;
  for (let rest = value >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) count++;
  return count;
}

export function fieldWidth(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { width }) => sum + width, 0);
}

export function extractField(pieces: readonly Piece[], word: number): number {
  let value = 0;
  for (const { shift, width } of pieces) value = (value << width) | ((word >>> shift) & ((1 << width) - 1));
  return value;
}

/** The bits of a word that give a field a value. */
export function insertField(pieces: readonly Piece[], value: number): number {
  let word = 0;
  let rest = value;
  for (let i = pieces.length - 1; i >= 0; i--) {
    const { shift, width } = pieces[i]!;
    word |= (rest & ((1 << width) - 1)) << shift;
    rest >>>= width;
  }
  return word;
}

function piecesMask(pieces: readonly Piece[]): number {
  return insertField(pieces, -1);
}

export function parsePattern(row: Row): Pattern {
  const bits = row.bits.replaceAll(' ', '');
  const width = bits.length;
  if (width !== 16 && width !== 32) throw new Error(`row ${row.set} ${row.name}: ${width} bits`);
  let mask = 0;
  let value = 0;
  let shouldMask = 0;
  let shouldValue = 0;
  const fields = new Map<string, Piece[]>();
  for (let i = 0; i < width; i++) {
    const at = width - 1 - i;
    const letter = bits[i]!;
    if (letter === '0' || letter === '1') {
      mask |= 1 << at;
      if (letter === '1') value |= 1 << at;
    } else if (letter === '-' || letter === '+') {
      shouldMask |= 1 << at;
      if (letter === '+') shouldValue |= 1 << at;
    } else if ((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z')) {
      const pieces = fields.get(letter) ?? [];
      const last = pieces.at(-1);
      if (last !== undefined && last.shift === at + 1) pieces[pieces.length - 1] = { shift: at, width: last.width + 1 };
      else pieces.push({ shift: at, width: 1 });
      fields.set(letter, pieces);
    } else {
      throw new Error(`row ${row.set} ${row.name}: '${letter}' in the pattern`);
    }
  }
  const unequal: { mask: number; value: number }[] = [];
  const conditions = [...(row.where ?? [])];
  if (isConditional(row)) conditions.push('c!=15');
  for (const condition of conditions) {
    const match = /^([a-zA-Z])(!=|==)(\d+)$/.exec(condition);
    const pieces = match === null ? undefined : fields.get(match[1]!);
    if (match === null || pieces === undefined) throw new Error(`row ${row.set} ${row.name}: condition '${condition}'`);
    if (match[2] === '!=') {
      unequal.push({ mask: piecesMask(pieces), value: insertField(pieces, Number(match[3])) });
    } else {
      mask |= piecesMask(pieces);
      value |= insertField(pieces, Number(match[3]));
    }
  }
  return { row, width, mask, value, shouldMask, shouldValue, fields, unequal };
}

/** Whether the row's top four bits are the A32 condition. */
export function isConditional(row: Row): boolean {
  return row.set === 'A32' && row.bits.startsWith('cccc');
}

export function matches(pattern: Pattern, word: number): boolean {
  if ((word & pattern.mask) !== pattern.value) return false;
  for (const { mask, value } of pattern.unequal) if ((word & mask) === value) return false;
  return true;
}

/** More specific patterns are tried first. */
export function specificity(pattern: Pattern): number {
  return bitCount(pattern.mask) * 100 + pattern.unequal.length;
}

/** Whether a word can match both, judged by fixed bits and by conditions on bits that the other one fixes. */
function overlap(a: Pattern, b: Pattern): boolean {
  if (((a.value ^ b.value) & a.mask & b.mask) !== 0) return false;
  const excluded = (p: Pattern, q: Pattern): boolean => p.unequal.some(({ mask, value }) => (q.mask & mask) === mask && (q.value & mask) === value);
  return !excluded(a, b) && !excluded(b, a);
}

function nested(inner: Pattern, outer: Pattern): boolean {
  if ((inner.mask & outer.mask) !== outer.mask) return false;
  return inner.mask !== outer.mask || inner.unequal.length !== outer.unequal.length;
}

/** Names each pair of rows that overlap without being nested, or without rows that cover just what they share. */
export function conflicts(patterns: readonly Pattern[]): string[] {
  const found: string[] = [];
  // All pairs are looked at each time a program starts: first by numbers alone.
  const values = Int32Array.from(patterns, ({ value }) => value);
  const masks = Int32Array.from(patterns, ({ mask }) => mask);
  for (let i = 0; i < patterns.length; i++) {
    for (let j = i + 1; j < patterns.length; j++) {
      if (((values[i]! ^ values[j]!) & masks[i]! & masks[j]!) !== 0) continue;
      const a = patterns[i]!;
      const b = patterns[j]!;
      if (!overlap(a, b) || nested(a, b) || nested(b, a)) continue;
      const mask = a.mask | b.mask;
      const value = a.value | b.value;
      if (patterns.some((c) => c.mask === mask && c.value === value)) continue;
      found.push(`${a.row.set} ${a.row.name} (${a.row.bits}) and ${b.row.name} (${b.row.bits})`);
    }
  }
  return found;
}

/** Reads the fields of one pattern's words, all into the same object: each read replaces what the last one found. */
export class FieldReader {
  // A literal, since V8 makes a slow dictionary of an object that gets as many properties one by one.
  readonly #fields: Record<string, number> & Fields = {
    a: 0, b: 0, c: 0, d: 0, e: 0, f: 0, g: 0, h: 0, i: 0, j: 0, k: 0, l: 0, m: 0, n: 0, o: 0, p: 0, q: 0, r: 0, s: 0, t: 0, u: 0, v: 0, w: 0, x: 0, y: 0, z: 0,
    A: 0, B: 0, C: 0, D: 0, E: 0, F: 0, G: 0, H: 0, I: 0, J: 0, K: 0, L: 0, M: 0, N: 0, O: 0, P: 0, Q: 0, R: 0, S: 0, T: 0, U: 0, V: 0, W: 0, X: 0, Y: 0, Z: 0,
  };
  readonly #letters: readonly { readonly letter: string; readonly pieces: readonly Piece[] }[];

  constructor(pattern: Pattern) { this.#letters = Array.from(pattern.fields, ([letter, pieces]) => ({ letter, pieces })); }

  read(word: number): Fields {
    for (const { letter, pieces } of this.#letters) this.#fields[letter] = extractField(pieces, word);
    return this.#fields;
  }
}

export function extractFields(pattern: Pattern, word: number): Fields { return new FieldReader(pattern).read(word); }
