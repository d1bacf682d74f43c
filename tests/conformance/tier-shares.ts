/** How much of a run each tier executed, and why the evaluate tier had what it had. */
import type { CensusLine } from '../../src/cpu/index.ts';
import type { Machine } from '../../src/soc/machine.ts';

/** What a forced tier may leave to others, of its (steady) instructions. */
export const ELSEWHERE_LIMIT = 0.02;

export interface Figures {
  readonly instructions: number;
  readonly evaluated: number;
  readonly inRegions: number;
  readonly census: readonly CensusLine[];
}

export function figuresOf(machine: Machine): Figures {
  return { ...machine.stats, census: machine.census };
}

/** What `long` did more than `short`. */
export function minus(long: Figures, short: Figures): Figures {
  const before = (line: CensusLine): number => short.census.find(({ cause, instruction }) => cause === line.cause && instruction === line.instruction)?.count ?? 0;
  return {
    instructions: long.instructions - short.instructions,
    evaluated: long.evaluated - short.evaluated,
    inRegions: long.inRegions - short.inRegions,
    census: long.census.map((line) => ({ ...line, count: line.count - before(line) })).filter(({ count }) => count > 0).sort((a, b) => b.count - a.count),
  };
}

/** The share of the instructions that the forced tier did not execute itself. */
export function shareElsewhere({ instructions, evaluated, inRegions }: Figures, tier: 'threaded' | 'region'): number {
  return (tier === 'region' ? instructions - inRegions : evaluated) / instructions;
}

/** The causes in words, the most frequent first: `: 1,234 instruction MCR, ...`. */
export function told({ instructions, evaluated, inRegions, census }: Figures, lines = 6): string {
  const threaded = instructions - evaluated - inRegions;
  const parts = census.slice(0, lines).map(({ cause, instruction, count }) => `${count} ${cause} ${instruction}`);
  const rest = census.slice(lines).reduce((sum, { count }) => sum + count, 0);
  if (rest > 0) parts.push(`${rest} others`);
  if (inRegions > 0 && threaded > 0) parts.push(`${threaded} in the threaded tier`);
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}
