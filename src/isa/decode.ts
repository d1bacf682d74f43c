/**
 * The decoder, made from rows. Decoding depends on the word alone, so results are cached by word: self-modifying code needs no
 * invalidation here.
 */
import { operation, type Instruction, type InstructionSet, type Row, type Shape } from './operation.ts';
import { conflicts, extractFields, isConditional, matches, parsePattern, specificity, type Pattern } from './pattern.ts';

/** What a word without a row decodes to. */
const undefinedOperation = operation('undefined', { word: 'imm' }, (o, _shape: Shape, x) => { o.raise('undefined', x.word); });

function undefinedRow(set: InstructionSet, bits: string): Row {
  return {
    set, name: 'UNDEFINED', bits, syntax: '.inst', ref: 'A5.1, A6.1',
    operation: undefinedOperation as unknown as Row['operation'],
    decode: (f) => ({ shape: {}, x: { word: f.x } }),
  };
}

/** Candidate rows by the bits that tell most of them apart; lists are made on first use. */
class Table {
  readonly #patterns: readonly Pattern[];
  readonly #indexBits: readonly { readonly shift: number; readonly width: number }[];
  readonly #lists: (readonly Pattern[] | undefined)[] = [];

  constructor(patterns: readonly Pattern[], indexBits: readonly { readonly shift: number; readonly width: number }[]) {
    this.#patterns = [...patterns].sort((a, b) => specificity(b) - specificity(a));
    this.#indexBits = indexBits;
  }

  find(word: number): Pattern | undefined {
    let index = 0;
    let mask = 0;
    for (const { shift, width } of this.#indexBits) {
      const bits = (1 << width) - 1;
      index = (index << width) | ((word >>> shift) & bits);
      mask |= bits << shift;
    }
    let list = this.#lists[index];
    if (list === undefined) {
      list = this.#patterns.filter((p) => ((p.value ^ word) & p.mask & mask) === 0);
      this.#lists[index] = list;
    }
    for (const pattern of list) if (matches(pattern, word)) return pattern;
    return undefined;
  }
}

const CACHE_SIZE = 1 << 14;

class WordCache {
  readonly #words = new Int32Array(CACHE_SIZE);
  readonly #instructions: (Instruction | undefined)[] = new Array<Instruction | undefined>(CACHE_SIZE).fill(undefined);

  static index(word: number): number {
    return (Math.imul(word, 0x9e3779b1) >>> 18) & (CACHE_SIZE - 1);
  }

  get(word: number): Instruction | undefined {
    const index = WordCache.index(word);
    return this.#words[index] === word ? this.#instructions[index] : undefined;
  }

  set(word: number, instruction: Instruction): void {
    const index = WordCache.index(word);
    this.#words[index] = word;
    this.#instructions[index] = instruction;
  }
}

export class Decoder {
  readonly patterns: readonly Pattern[];
  readonly #a32: Table;
  readonly #t16: Table;
  readonly #t32: Table;
  readonly #a32Cache = new WordCache();
  readonly #t16Cache = new WordCache();
  readonly #t32Cache = new WordCache();
  readonly #handlers = new Map<string, number>();
  readonly #undefinedA32 = parsePattern(undefinedRow('A32', 'x'.repeat(32)));
  readonly #undefinedT16 = parsePattern(undefinedRow('T32', 'x'.repeat(16)));
  readonly #undefinedT32 = parsePattern(undefinedRow('T32', 'x'.repeat(32)));

  constructor(rows: readonly Row[]) {
    this.patterns = rows.map(parsePattern);
    const of = (set: InstructionSet, width: number): Pattern[] => this.patterns.filter((p) => p.row.set === set && p.width === width);
    const groups = [of('A32', 32), of('T32', 16), of('T32', 32)] as const;
    const found = groups.flatMap(conflicts);
    if (found.length > 0) throw new Error(`rows overlap: ${found.join('; ')}`);
    this.#a32 = new Table(groups[0], [{ shift: 20, width: 8 }, { shift: 4, width: 4 }]);
    this.#t16 = new Table(groups[1], [{ shift: 6, width: 10 }]);
    this.#t32 = new Table(groups[2], [{ shift: 20, width: 9 }, { shift: 4, width: 4 }]);
  }

  /** Number of distinct handlers seen so far. */
  get handlerCount(): number {
    return this.#handlers.size;
  }

  decodeA32(word: number): Instruction {
    const cached = this.#a32Cache.get(word | 0);
    if (cached !== undefined) return cached;
    const instruction = this.#make(this.#a32.find(word) ?? this.#undefinedA32, this.#undefinedA32, word | 0, 4);
    this.#a32Cache.set(word | 0, instruction);
    return instruction;
  }

  /** `second` is ignored where `first` is a 16-bit instruction. */
  decodeT32(first: number, second: number): Instruction {
    if ((first >>> 11) < 0x1d) {
      const cached = this.#t16Cache.get(first);
      if (cached !== undefined) return cached;
      const instruction = this.#make(this.#t16.find(first) ?? this.#undefinedT16, this.#undefinedT16, first, 2);
      this.#t16Cache.set(first, instruction);
      return instruction;
    }
    const word = first << 16 | second;
    const cached = this.#t32Cache.get(word);
    if (cached !== undefined) return cached;
    const instruction = this.#make(this.#t32.find(word) ?? this.#undefinedT32, this.#undefinedT32, word, 4);
    this.#t32Cache.set(word, instruction);
    return instruction;
  }

  #make(found: Pattern, otherwise: Pattern, word: number, length: number): Instruction {
    let pattern = found;
    let fields = extractFields(pattern, word);
    if (pattern.row.undefinedIf?.(fields) === true) {
      pattern = otherwise;
      fields = extractFields(pattern, word);
    }
    const { row } = pattern;
    const { shape, x } = row.decode(fields);
    const { operation: op } = row;
    const parts: (string | number | boolean)[] = [row.set, op.name];
    for (const name in shape) parts.push(shape[name]!);
    let pcs = '';
    for (const name in op.operands) if (op.operands[name] === 'reg') pcs += x[name] === 15 ? 'p' : '-';
    const key = `${parts.join('|')}|${pcs}`;
    let handler = this.#handlers.get(key);
    if (handler === undefined) {
      handler = this.#handlers.size;
      this.#handlers.set(key, handler);
    }
    const condition = row.conditional === true || isConditional(row) ? fields.c
      : row.unconditional === true ? 15
      : row.set === 'A32' && row === this.#undefinedA32.row && (word >>> 28) !== 15 ? word >>> 28 : 14;
    return { row, operation: op, shape, x, condition, length, word, handler };
  }
}

export function createDecoder(rows: readonly Row[]): Decoder {
  return new Decoder(rows);
}
