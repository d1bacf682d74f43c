/** Rows, or fields of them, that this test leaves out, each with its reason. */
import type { Fields, Instruction, InstructionSet, Row } from '../../src/isa/index.ts';

interface Exclusion {
  readonly rows: RegExp;
  readonly when?: (f: Fields) => boolean;
  readonly reason: string;
}

const EXCLUSIONS: readonly Exclusion[] = [
  { rows: /^SVC$/, reason: 'is a call of the peer\'s emulated Linux; the conformance images execute it' },
];

/** Why a word of the row is left out, or undefined where it is not. */
export function exclusion(row: Row, fields: Fields): string | undefined {
  return EXCLUSIONS.find(({ rows, when }) => rows.test(row.name) && (when === undefined || when(fields)))?.reason;
}

/** Why the whole row is left out. */
export function rowExclusion(row: Row): string | undefined {
  return EXCLUSIONS.find(({ rows, when }) => rows.test(row.name) && when === undefined)?.reason;
}

/**
 * What makes an instruction UNPREDICTABLE in User mode, which a row cannot know; the peer may then do anything, such as loop.
 */
export function unpredictableInUserMode({ shape, x }: Instruction): string | undefined {
  return shape.S === true && x.d === 15 && shape.alu !== undefined ? 'S with the PC as Rd in User mode (B9.3.20)' : undefined;
}

/** Why a word without a row is not given to the peer: its Linux does something of its own with it. */
export function unallocatedExclusion(set: InstructionSet, width: number, word: number): string | undefined {
  if (set === 'A32' && (word >>> 26 & 3) === 3 && ((word >>> 8 & 15) === 1 || (word >>> 8 & 15) === 2)) return 'the peer emulates the FPA, coprocessors 1 and 2';
  if (set === 'A32' ? (word & 0x0ff000f0) === 0x01000070 : width === 16 && word >>> 6 === 0xba80 >>> 6) return 'HLT of ARMv8 calls the peer by semihosting';
  return undefined;
}
