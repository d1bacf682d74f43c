/**
 * Which registers of a region are in locals, and which of those differ from the CPU state in memory: what an exit must store, and what must be loaded at the
 * entry and behind a call. Masks have a bit for each of R0-R14 and FLAGS.
 */
import type { Step } from './discover.ts';
import type { Flow } from './flow.ts';

export const FLAGS = 1 << 15;

export interface Sync {
  /** For each block and each of its steps, and behind the last: written since memory was last right, on some way. */
  readonly dirty: readonly Int32Array[];
  /** The same: wanted in locals. */
  readonly live: readonly Int32Array[];
}

/** Steps behind which memory is right and locals are not. */
function isSync(step: Step): boolean { return !step.facts.supported; }

export function analyseSync({ blocks, taken, falls }: Flow): Sync {
  const n = blocks.length;
  const dirty = blocks.map(({ steps }) => new Int32Array(steps.length + 1));
  const live = blocks.map(({ steps }) => new Int32Array(steps.length + 1));
  for (let changed = true; changed;) {
    changed = false;
    for (let b = 0; b < n; b++) {
      const { steps, end } = blocks[b]!;
      const at = dirty[b]!;
      let mask = at[0]!;
      for (let i = 0; i < steps.length; i++) {
        at[i] = mask;
        mask = isSync(steps[i]!) ? 0 : mask | steps[i]!.writes;
      }
      at[steps.length] = mask;
      const flow = (to: number, value: number): void => {
        if (to < 0 || (dirty[to]![0]! | value) === dirty[to]![0]!) return;
        dirty[to]![0]! |= value;
        changed = true;
      };
      flow(taken[b]!, mask);
      // Behind a call memory is right, unless it was conditional and not made.
      flow(falls[b]!, end === 'call' && steps.at(-1)!.condition >= 14 ? 0 : mask);
    }
  }
  for (let changed = true; changed;) {
    changed = false;
    for (let b = n - 1; b >= 0; b--) {
      const { steps, end } = blocks[b]!;
      const at = live[b]!;
      let mask = dirty[b]![steps.length]!;
      if (taken[b]! >= 0) mask |= live[taken[b]!]![0]!;
      if (falls[b]! >= 0 && (end !== 'call' || steps.at(-1)!.condition < 14)) mask |= live[falls[b]!]![0]!;
      const before = at[0]!;
      at[steps.length] = mask;
      for (let i = steps.length - 1; i >= 0; i--) {
        const { reads, writes, condition } = steps[i]!;
        mask = isSync(steps[i]!) ? 0 : (condition >= 14 ? mask & ~writes : mask) | reads;
        mask |= dirty[b]![i]!;
        at[i] = mask;
      }
      if (at[0] !== before) changed = true;
    }
  }
  return { dirty, live };
}
