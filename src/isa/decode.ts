/**
 * The decoder, made from rows. Decoding depends on the word alone, so results are cached by word: self-modifying code needs no
 * invalidation here.
 */
import { Encoding, Forms } from './encoding.ts';
import { operation, type Instruction, type InstructionSet, type Row, type Shape } from './operation.ts';
import { conflicts, matches, parsePattern, specificity, type Pattern } from './pattern.ts';

/** What a word without a row decodes to. */
const undefinedOperation = operation('undefined', { word: 'imm' }, (o, _shape: Shape, x) => { o.raise('undefined', x.word); });

function undefinedRow(set: InstructionSet, width: number): Row {
  return {
    set, name: 'UNDEFINED', bits: 'x'.repeat(width), syntax: '.inst', ref: 'A5.1, A6.1',
    operation: undefinedOperation as unknown as Row['operation'],
    decode: (f) => ({ shape: {}, x: { word: f.x } }),
  };
}

/** Two runs of bits of a word, that tell most rows apart. */
interface IndexBits { readonly shift: number; readonly width: number; readonly shift2: number; readonly width2: number }

/** A way to the row of a word: candidates by their index bits, in lists that are made on first use. */
class Table {
  readonly #patterns: readonly Pattern[];
  readonly #forms: Forms;
  readonly #otherwise: Encoding;
  readonly #encodings = new Map<Pattern, Encoding>();
  readonly #bits: IndexBits;
  readonly #lists: (readonly Pattern[] | undefined)[];

  constructor(patterns: readonly Pattern[], forms: Forms, otherwise: Row, bits: IndexBits) {
    this.#patterns = [...patterns].sort((a, b) => specificity(b) - specificity(a));
    this.#forms = forms;
    this.#otherwise = new Encoding(parsePattern(otherwise), forms);
    this.#bits = bits;
    this.#lists = new Array<undefined>(1 << (bits.width + bits.width2)).fill(undefined);
  }

  decode(word: number): Instruction {
    const { shift, width, shift2, width2 } = this.#bits;
    const index = ((word >>> shift) & ((1 << width) - 1)) << width2 | ((word >>> shift2) & ((1 << width2) - 1));
    for (const pattern of this.#lists[index] ??= this.#candidates(word)) if (matches(pattern, word)) return this.#encoding(pattern).decode(word);
    return this.#otherwise.decode(word);
  }

  /** Those that match a word with the same index bits. */
  #candidates(word: number): readonly Pattern[] {
    const { shift, width, shift2, width2 } = this.#bits;
    const mask = ((1 << width) - 1) << shift | ((1 << width2) - 1) << shift2;
    return this.#patterns.filter((pattern) => ((pattern.value ^ word) & pattern.mask & mask) === 0);
  }

  #encoding(pattern: Pattern): Encoding {
    let encoding = this.#encodings.get(pattern);
    if (encoding === undefined) this.#encodings.set(pattern, encoding = new Encoding(pattern, this.#forms, this.#otherwise));
    return encoding;
  }
}

/** The logarithm of how many instructions of each kind are kept, for code that is decoded again and again. */
const CACHE_BITS = 14;

class WordCache {
  readonly #shift: number;
  readonly #words: Int32Array;
  readonly #instructions: (Instruction | undefined)[];

  constructor(bits: number) {
    this.#shift = 32 - bits;
    this.#words = new Int32Array(1 << bits);
    this.#instructions = new Array<Instruction | undefined>(1 << bits).fill(undefined);
  }

  #index(word: number): number { return Math.imul(word, 0x9e3779b1) >>> this.#shift; }

  get(word: number): Instruction | undefined {
    const index = this.#index(word);
    return this.#words[index] === word ? this.#instructions[index] : undefined;
  }

  set(word: number, instruction: Instruction): void {
    const index = this.#index(word);
    this.#words[index] = word;
    this.#instructions[index] = instruction;
  }
}

export class Decoder {
  readonly patterns: readonly Pattern[];
  readonly #a32: Table;
  readonly #t16: Table;
  readonly #t32: Table;
  readonly #a32Cache: WordCache;
  readonly #t16Cache: WordCache;
  readonly #t32Cache: WordCache;
  readonly #forms = new Forms();

  constructor(rows: readonly Row[], cacheBits: number) {
    this.#a32Cache = new WordCache(cacheBits);
    this.#t16Cache = new WordCache(cacheBits);
    this.#t32Cache = new WordCache(cacheBits);
    this.patterns = rows.map(parsePattern);
    const of = (set: InstructionSet, width: number): Pattern[] => this.patterns.filter((p) => p.row.set === set && p.width === width);
    const groups = [of('A32', 32), of('T32', 16), of('T32', 32)] as const;
    const found = groups.flatMap(conflicts);
    if (found.length > 0) throw new Error(`rows overlap: ${found.join('; ')}`);
    const forms = this.#forms;
    this.#a32 = new Table(groups[0], forms, undefinedRow('A32', 32), { shift: 20, width: 8, shift2: 4, width2: 4 });
    this.#t16 = new Table(groups[1], forms, undefinedRow('T32', 16), { shift: 6, width: 10, shift2: 0, width2: 0 });
    this.#t32 = new Table(groups[2], forms, undefinedRow('T32', 32), { shift: 20, width: 9, shift2: 4, width2: 4 });
  }

  /** Number of distinct handlers seen so far. */
  get handlerCount(): number { return this.#forms.count; }

  decodeA32(word: number): Instruction { return this.#decode(this.#a32, this.#a32Cache, word | 0); }

  /** `second` is ignored where `first` is a 16-bit instruction. */
  decodeT32(first: number, second: number): Instruction {
    return (first >>> 11) < 0x1d ? this.#decode(this.#t16, this.#t16Cache, first) : this.#decode(this.#t32, this.#t32Cache, first << 16 | second);
  }

  #decode(table: Table, cache: WordCache, word: number): Instruction {
    let instruction = cache.get(word);
    if (instruction === undefined) cache.set(word, instruction = table.decode(word));
    return instruction;
  }
}

/** `cacheBits`: the logarithm of how many instructions of each width are kept. */
export function createDecoder(rows: readonly Row[], cacheBits = CACHE_BITS): Decoder {
  return new Decoder(rows, cacheBits);
}
