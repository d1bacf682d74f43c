/**
 * Control flow of a region: reverse postorder, dominators (Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm), loops, merges, the longest way to
 * the next check of the budget, and where C and V are wanted as values.
 */
import { type BasicBlock, type Frame, placeOf, sameContext, type Step } from './discover.ts';

export const OUTSIDE = -1;

export interface Flow {
  /** Blocks in reverse postorder; all numbers below are positions in it. */
  readonly blocks: readonly BasicBlock[];
  /** Successors, or OUTSIDE. An edge into a loop by the side leaves the region, so that what remains is reducible. */
  readonly taken: Int32Array;
  readonly falls: Int32Array;
  readonly isLoop: Uint8Array;
  /** Reached by more than one forward edge. */
  readonly isMerge: Uint8Array;
  /** Merge blocks that a block dominates immediately, in order. */
  readonly merges: readonly (readonly number[])[];
  /** The budget is checked at its start. */
  readonly checks: Uint8Array;
  /** Instructions to the next check at most. */
  readonly cost: Int32Array;
  /** C and V, N and Z are read before they are set anew. */
  readonly carryLive: Uint8Array;
  readonly signLive: Uint8Array;
}

export function analyse(found: readonly BasicBlock[]): Flow {
  const index = new Map<number, number>();
  found.forEach(({ va, frame }, i) => index.set(placeOf(va, frame), i));
  const at = (va: number, frame: Frame, { after }: BasicBlock): number => {
    const i = index.get(placeOf(va, frame));
    return i === undefined || !sameContext(found[i]!.steps[0]!.context, after) ? OUTSIDE : i;
  };
  const successors = (block: BasicBlock): [number, number] => [
    block.end === 'branch' || block.end === 'return' ? at(block.target, block.targetFrame, block) : OUTSIDE,
    block.falls && block.nextIT === 0 ? at(block.next, block.frame, block) : OUTSIDE,
  ];
  const edges = found.map(successors);
  const order = postorder(edges).reverse();
  const position = new Int32Array(found.length).fill(OUTSIDE);
  order.forEach((at, i) => { position[at] = i; });
  const n = order.length;
  const blocks = order.map((at) => found[at]!);
  const taken = new Int32Array(n);
  const falls = new Int32Array(n);
  order.forEach((at, i) => {
    const [t, f] = edges[at]!;
    taken[i] = t < 0 ? OUTSIDE : position[t]!;
    falls[i] = f < 0 ? OUTSIDE : position[f]!;
  });
  const idom = dominators(taken, falls);
  const isLoop = new Uint8Array(n);
  const forward = new Int32Array(n);
  const only = new Int32Array(n);
  const visit = (to: Int32Array, from: number): void => {
    const target = to[from]!;
    if (target < 0) return;
    if (target > from) {
      forward[target]!++;
      only[target] = from;
    } else if (dominates(idom, target, from)) {
      isLoop[target] = 1;
    } else {
      to[from] = OUTSIDE;
    }
  };
  for (let i = 0; i < n; i++) {
    visit(taken, i);
    visit(falls, i);
  }
  const isMerge = new Uint8Array(n);
  const merges: number[][] = blocks.map(() => []);
  for (let i = 1; i < n; i++) {
    if (forward[i] === 1 && idom[i] === only[i]) continue;
    isMerge[i] = 1;
    merges[idom[i]!]!.push(i);
  }
  const checks = new Uint8Array(isLoop);
  for (let i = 0; i < n; i++) if (blocks[i]!.end === 'call' && falls[i]! >= 0) checks[falls[i]!] = 1;
  const cost = new Int32Array(n);
  for (let i = n - 1; i >= 0; i--) {
    const after = (to: number): number => (to > i && checks[to] === 0 ? cost[to]! : 0);
    cost[i] = blocks[i]!.steps.length + Math.max(after(taken[i]!), after(falls[i]!));
  }
  return { blocks, taken, falls, isLoop, isMerge, merges, checks, cost, carryLive: live(blocks, taken, falls, readsCarry, ({ facts }) => facts.carryKilled),
    signLive: live(blocks, taken, falls, readsSign, ({ facts }) => facts.signKilled),
  };
}

function postorder(edges: readonly (readonly [number, number])[]): number[] {
  const order: number[] = [];
  const seen = new Uint8Array(edges.length);
  const stack: number[] = [0];
  const next: number[] = [0];
  seen[0] = 1;
  while (stack.length > 0) {
    const top = stack.length - 1;
    const at = stack[top]!;
    if (next[top]! < 2) {
      const to = edges[at]![next[top]!++]!;
      if (to >= 0 && seen[to] === 0) {
        seen[to] = 1;
        stack.push(to);
        next.push(0);
      }
    } else {
      order.push(at);
      stack.pop();
      next.pop();
    }
  }
  return order;
}

function dominators(taken: Int32Array, falls: Int32Array): Int32Array {
  const n = taken.length;
  const predecessors: number[][] = Array.from({ length: n }, () => []);
  for (let i = 0; i < n; i++) {
    if (taken[i]! >= 0) predecessors[taken[i]!]!.push(i);
    if (falls[i]! >= 0) predecessors[falls[i]!]!.push(i);
  }
  const idom = new Int32Array(n).fill(-1);
  idom[0] = 0;
  for (let changed = true; changed;) {
    changed = false;
    for (let i = 1; i < n; i++) {
      let best = -1;
      for (const p of predecessors[i]!) {
        if (idom[p]! < 0) continue;
        if (best < 0) {
          best = p;
          continue;
        }
        let a = p;
        while (a !== best) {
          while (a > best) a = idom[a]!;
          while (best > a) best = idom[best]!;
        }
      }
      if (idom[i] !== best) {
        idom[i] = best;
        changed = true;
      }
    }
  }
  return idom;
}

function dominates(idom: Int32Array, a: number, b: number): boolean {
  let at = b;
  while (at > a) at = idom[at]!;
  return at === a;
}

/** Conditions (their pairs' numbers, as a mask) that look at C or V, and at N or Z. */
const CARRY_CONDITIONS = 1 << 1 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6;
const SIGN_CONDITIONS = 1 << 0 | 1 << 2 | 1 << 4 | 1 << 5 | 1 << 6;

function readsCarry({ facts, condition }: Step): boolean {
  return (condition < 14 && (CARRY_CONDITIONS >> (condition >> 1) & 1) !== 0) || facts.carryRead;
}

function readsSign({ facts, condition }: Step): boolean {
  return (condition < 14 && (SIGN_CONDITIONS >> (condition >> 1) & 1) !== 0) || facts.signRead;
}

function live(
  blocks: readonly BasicBlock[], taken: Int32Array, falls: Int32Array, reads: (step: Step) => boolean, kills: (step: Step) => boolean,
): Uint8Array {
  const n = blocks.length;
  const found = new Uint8Array(n);
  const passes = new Uint8Array(n);
  blocks.forEach(({ steps, end }, i) => {
    passes[i] = 1;
    for (const step of steps) {
      if (reads(step)) {
        found[i] = 1;
        passes[i] = 0;
        return;
      }
      if (!step.facts.supported || (kills(step) && step.condition >= 14)) {
        passes[i] = 0;
        return;
      }
    }
    if (end === 'call') passes[i] = 0;
  });
  for (let changed = true; changed;) {
    changed = false;
    for (let i = n - 1; i >= 0; i--) {
      if (passes[i] === 0 || found[i] !== 0) continue;
      if ((taken[i]! >= 0 && found[taken[i]!] !== 0) || (falls[i]! >= 0 && found[falls[i]!] !== 0)) {
        found[i] = 1;
        changed = true;
      }
    }
  }
  return found;
}
