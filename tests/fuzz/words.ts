/**
 * Random instruction words: drawn from the rows (fields at their edges or random), from the map of CP15, or entirely random.
 */
import { SYSTEM_REGISTERS } from '../../src/cpu/cp15/system-registers.ts';
import { OPERATIONS } from '../../src/cpu/cp15/operations.ts';
import type { Row } from '../../src/isa/operation.ts';
import { fieldWidth, insertField, parsePattern, type Pattern } from '../../src/isa/pattern.ts';
import { allRows } from '../../src/isa/rows/index.ts';
import type { Random } from '../peers/random.ts';

/** What a system is made of: rows that change modes, worlds, state, or access coprocessors are drawn this often. */
const SYSTEM_SHARE = 0.12;
const PURE_SHARE = 0.05;
const CP15_SHARE = 0.03;
/** Short branches, without which blocks would never end but by an exception. */
const BRANCH_SHARE = 0.07;
const VECTOR_SHARE = 0.15;
const SYSTEM = /CPS|MSR|MRS|SRS|RFE|SMC|SVC|SETEND|LDM.*(user|exception)|SUBS PC|exception return|^IT|BX|WFE|WFI|SEV|UDF|BKPT|CLREX|LDREX|STREX|LDR.*T\b|STR.*T\b/;

function cp15Encodings(): number[] {
  const words: number[] = [];
  for (const { at, count, stride } of [...SYSTEM_REGISTERS.registers, ...OPERATIONS.registers]) {
    for (let i = 0; i < (stride === 0 ? 1 : count); i++) {
      const location = at + i * stride;
      const coprocessor = 14 + (location >>> 14);
      words.push(0x0e000010 | (location >>> 11 & 7) << 21 | (location >>> 7 & 15) << 16 | coprocessor << 8 | (location & 7) << 5 | (location >>> 3 & 15));
    }
  }
  return words;
}

class Rows {
  readonly integer: readonly Pattern[];
  readonly vector: readonly Pattern[];
  readonly system: readonly Pattern[];

  constructor(rows: readonly Row[]) {
    const all = rows.map(parsePattern);
    this.vector = all.filter(({ row }) => /^V/.test(row.name));
    this.integer = all.filter(({ row }) => !/^V/.test(row.name));
    this.system = all.filter(({ row }) => SYSTEM.test(row.name));
  }
}

export class Words {
  readonly #random: Random;
  static readonly #a32 = new Rows(allRows.filter(({ set }) => set === 'A32'));
  static readonly #t32 = new Rows(allRows.filter(({ set }) => set === 'T32'));
  static readonly #cp15 = cp15Encodings();

  constructor(random: Random) {
    this.#random = random;
  }

  #fill(pattern: Pattern): number {
    const random = this.#random;
    let word = pattern.value | (random.word() & ~pattern.mask);
    if (random.chance(0.9)) word = (word & ~pattern.shouldMask) | pattern.shouldValue;
    for (const [letter, pieces] of pattern.fields) {
      const mask = insertField(pieces, -1);
      const free = mask & ~pattern.mask;
      if (letter === 'c' && fieldWidth(pieces) === 4 && pattern.row.set === 'A32') {
        if (random.chance(0.7)) word = (word & ~free) | (insertField(pieces, 14) & free);
        continue;
      }
      if (!random.chance(0.3)) continue;
      const value = random.pick([0, -1, 13, 15, 1, 14]);
      word = (word & ~free) | (insertField(pieces, value) & free);
    }
    return pattern.width === 16 ? word & 0xffff : word;
  }

  #draw(rows: Rows): Pattern {
    const random = this.#random;
    return random.pick(random.chance(SYSTEM_SHARE) ? rows.system : random.chance(VECTOR_SHARE) ? rows.vector : rows.integer);
  }

  #coprocessor(condition: number): number {
    const random = this.#random;
    return condition << 28 | random.pick(Words.#cp15) | random.below(2) << 20 | random.below(15) << 12;
  }

  a32(): number {
    const random = this.#random;
    if (random.chance(PURE_SHARE)) return random.word();
    if (random.chance(CP15_SHARE)) return this.#coprocessor(14);
    if (random.chance(BRANCH_SHARE)) return (random.chance(0.5) ? 14 : random.below(15)) << 28 | 0x0a000000 | random.below(2) << 24 | ((random.below(24) - 8) & 0xffffff);
    return this.#fill(this.#draw(Words.#a32));
  }

  /** One or two halfwords, the first in the upper half if two. */
  t32(): { readonly word: number; readonly halfwords: 1 | 2 } {
    const random = this.#random;
    if (random.chance(PURE_SHARE)) {
      const word = random.word();
      return (word >>> 27) >= 0x1d ? { word, halfwords: 2 } : { word: word >>> 16, halfwords: 1 };
    }
    if (random.chance(CP15_SHARE)) return { word: this.#coprocessor(14), halfwords: 2 };
    if (random.chance(BRANCH_SHARE)) {
      const offset = random.below(40) - 12;
      return { word: random.chance(0.5) ? 0xe000 | (offset & 0x7ff) : 0xd000 | random.below(14) << 8 | (offset & 0xff), halfwords: 1 };
    }
    const pattern = this.#draw(Words.#t32);
    return { word: this.#fill(pattern), halfwords: pattern.width === 16 ? 1 : 2 };
  }

  /** Fills code memory: A32 words, T32 halfwords, or both in runs. */
  fill(target: Uint16Array, set: 'A32' | 'T32'): void {
    let at = 0;
    while (at < target.length) {
      if (set === 'A32' && (at & 1) === 0) {
        const word = this.a32();
        target[at++] = word;
        target[at++] = word >>> 16;
        continue;
      }
      const { word, halfwords } = this.t32();
      if (halfwords === 2) target[at++] = word >>> 16;
      if (at < target.length) target[at++] = word;
    }
  }
}
