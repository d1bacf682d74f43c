/** For tests: random programs, run in slices of random length in the region tier and the evaluate tier, compared after each. */
import assert from 'node:assert/strict';
import { createFlatMachine, type FlatMachine } from '../flat-machine.testing.ts';
import { STATE } from '../layout.ts';

export class Random {
  #state: number;
  constructor(seed: number) { this.#state = (seed ^ 0x9e3779b9) >>> 0 || 1; }
  next(): number {
    let s = this.#state;
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    this.#state = s >>> 0;
    return this.#state;
  }
  below(n: number): number { return Math.floor(this.next() / 2 ** 32 * n); }
  chance(percent: number): boolean { return this.below(100) < percent; }
  pick<T>(from: readonly T[]): T { return from[this.below(from.length)]!; }
}

export interface LockstepState { readonly registers: readonly number[]; readonly cpsr: number; readonly exclusive: number }

export function stateOf(machine: FlatMachine): LockstepState {
  return {
    registers: Array.from({ length: 16 }, (_, r) => machine.register(r) >>> 0),
    cpsr: machine.core.cpsr,
    exclusive: machine.memory.i32[STATE.exclusive]!,
  };
}

/** Runs both to `total` instructions in slices of at most `slice`, comparing registers, CPSR and count after each and memory at the end. */
export function lockstep(prepare: (machine: FlatMachine) => void, random: Random, total: number, slice: number, label: string): FlatMachine {
  const region = createFlatMachine();
  const evaluate = createFlatMachine();
  prepare(region);
  prepare(evaluate);
  if (!process.env["NOREGION"]) region.regions();
  while (evaluate.core.count < total) {
    const limit = 1 + random.below(slice);
    const before = evaluate.core.count;
    evaluate.run('evaluate', limit);
    region.run(process.env["NOREGION"] ? "threaded" : "region", limit);
    assert.equal(region.core.count, evaluate.core.count, `${label}: count after ${limit} from ${before}`);
    assert.deepEqual(stateOf(region), stateOf(evaluate), `${label}: state after ${limit} from ${before}`);
  }
  const bytes = (m: FlatMachine): Uint8Array => m.memory.u8.subarray(m.ram, m.ram + m.size);
  const a = bytes(region);
  const b = bytes(evaluate);
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) assert.fail(`${label}: memory differs at ${i.toString(16)}: ${a[i]} instead of ${b[i]}`);
  region.core.mmu.assertInvariants();
  region.threaded.blocks.assertInvariants();
  region.regions().assertInvariants();
  return region;
}
