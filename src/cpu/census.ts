/**
 * What the evaluate tier executes on behalf of the others, counted by cause and by instruction. Only where it is asked for: without one nothing is counted but
 * the sum.
 */
import type { Instruction } from '../isa/operation.ts';

/** Why the evaluate tier has an instruction. */
export const CAUSES = [
  /** Generated code has nothing for it (or not in this shape, mode or context). */
  'instruction',
  /** Data is big-endian (CPSR.E). */
  'big-endian',
  /** Generated code has it and gave it up here: a device, an access across pages or unaligned, a page that is watched, an abort, a float that is not exact; or it is not compiled yet. */
  'given up',
  /** It cannot be fetched from plain memory. */
  'fetch',
  /** The rest of the budget is shorter than its block. */
  'budget',
  /** The first instruction of an exception's handler, where another one may be due at once. */
  'exception',
] as const;
export type Cause = (typeof CAUSES)[number];

export interface CensusLine {
  readonly cause: Cause;
  /** Name of its row. */
  readonly instruction: string;
  readonly count: number;
}

export class Census {
  readonly #counts: readonly Map<string, number>[] = CAUSES.map(() => new Map<string, number>());
  /** The cause of what is executed next. */
  #cause = 0;

  because(cause: Cause): void { this.#cause = CAUSES.indexOf(cause); }

  /** Undefined: nothing could be fetched. */
  note(instruction: Instruction | undefined): void {
    const counts = this.#counts[this.#cause]!;
    const name = instruction === undefined ? 'prefetch abort' : instruction.row?.name ?? 'no row';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }

  /** The most frequent first. */
  get lines(): CensusLine[] {
    return CAUSES.flatMap((cause, i) => [...this.#counts[i]!].map(([instruction, count]) => ({ cause, instruction, count }))).sort((a, b) => b.count - a.count);
  }
}
