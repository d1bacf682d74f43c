/** For tests: a program run in slices of random length in the region tier and the evaluate tier, compared after each slice. */
import assert from 'node:assert/strict';
import { createFlatMachine, type FlatMachine, type FlatMachineOptions } from '../flat-machine.testing.ts';
import { STATE } from '../layout.ts';

/** A repeatable source of random numbers (xorshift32). */
export class Random {
  #state: number;

  constructor(seed: number) { this.#state = (seed ^ 0x9e3779b9) >>> 0 || 1; }

  /** Any 32 bits, unsigned. */
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

export interface CpuView { readonly registers: readonly number[]; readonly cpsr: number; readonly exclusive: number }

export function viewOf(machine: FlatMachine): CpuView {
  return {
    registers: Array.from({ length: 16 }, (_, r) => machine.register(r) >>> 0),
    cpsr: machine.core.cpsr,
    exclusive: machine.memory.i32[STATE.exclusive]!,
  };
}

/**
 * Runs both to `total` instructions in slices of 1 to `slice`, and compares registers, CPSR and count after each, memory and the invariants at the end.
 * Returns the machine of the region tier, which `options` are for.
 */
export function lockstep(prepare: (machine: FlatMachine) => void, random: Random, total: number, slice: number, label: string, options?: FlatMachineOptions): FlatMachine {
  const region = createFlatMachine(undefined, options);
  const evaluate = createFlatMachine();
  prepare(region);
  prepare(evaluate);
  while (evaluate.core.count < total) {
    const limit = 1 + random.below(slice);
    const before = evaluate.core.count;
    evaluate.run('evaluate', limit);
    region.run('region', limit);
    assert.equal(region.core.count, evaluate.core.count, `${label}: count after ${limit} from ${before}`);
    assert.deepEqual(viewOf(region), viewOf(evaluate), `${label}: state after ${limit} from ${before}`);
  }
  const memory = (machine: FlatMachine): Uint8Array => machine.memory.u8.subarray(machine.ram, machine.ram + machine.size);
  const got = memory(region);
  memory(evaluate).forEach((byte, i) => { if (got[i] !== byte) assert.fail(`${label}: memory differs at ${i.toString(16)}: ${got[i]} instead of ${byte}`); });
  region.core.mmu.assertInvariants();
  region.threaded.blocks.assertInvariants();
  region.regions().assertInvariants();
  return region;
}
