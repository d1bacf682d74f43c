/** For tests: a CPU on nothing but RAM from address 0, with both tiers. */
import { createDecoder, type Decoder } from '../isa/decode.ts';
import { allRows } from '../isa/rows/index.ts';
import { BUS_DECODE, BUS_OK, type BusPort } from './bus-port.ts';
import { Core } from './core.ts';
import { Evaluator } from './evaluate/evaluator.ts';
import { layoutMachine, STATE } from './layout.ts';
import { createLinearMemory, type LinearMemory } from './memory.ts';
import { Regions } from './region/index.ts';
import { ThreadedTier } from './threaded/threaded.ts';

export type TierName = 'evaluate' | 'threaded' | 'region';
export const TIERS: readonly TierName[] = ['evaluate', 'threaded', 'region'];

export interface FlatMachine {
  readonly core: Core;
  readonly memory: LinearMemory;
  readonly evaluator: Evaluator;
  readonly threaded: ThreadedTier;
  /** Made when the region tier first runs; from then on the threaded tier has its regions too. */
  readonly regions: () => Regions;
  /** Linear-memory offset of physical address 0. */
  readonly ram: number;
  readonly size: number;
  load(address: number, words: readonly number[] | Uint8Array): void;
  run(tier: TierName, limit: number): number;
  register(number: number): number;
}

let shared: Decoder | undefined;
export function sharedDecoder(): Decoder {
  return shared ??= createDecoder(allRows);
}

export interface FlatMachineOptions {
  readonly recordBytes?: number;
  /** The region tier's: 0 compiles code at its first execution. */
  readonly threshold?: number;
}

export function createFlatMachine(size = 1 << 20, { recordBytes = 2 << 20, threshold = 0 }: FlatMachineOptions = {}): FlatMachine {
  const layout = layoutMachine([{ base: 0, size }], recordBytes);
  const memory = createLinearMemory(layout);
  const ram = layout.memories[0]!.offset;
  const bus: BusPort = {
    page: (pa) => (pa < size ? ram + (pa & ~0xfff) : -1),
    check: (pa, bytes) => (pa + bytes <= size ? BUS_OK : BUS_DECODE),
    read: () => { throw new Error('read of a device'); },
    write: () => { throw new Error('write to a device'); },
  };
  const core = new Core(memory, bus);
  core.reset();
  const evaluator = new Evaluator(core, sharedDecoder());
  const threaded = new ThreadedTier(core, evaluator);
  let regions: Regions | undefined;
  const withRegions = (): Regions => regions ??= new Regions(core, threaded, evaluator.decoder, { threshold });
  return {
    core, memory, evaluator, threaded, ram, size,
    regions: withRegions,
    load(address, words) {
      if (words instanceof Uint8Array) memory.u8.set(words, ram + address);
      else words.forEach((word, i) => { memory.i32[(ram + address + i * 4) >> 2] = word | 0; });
    },
    run: (tier, limit) => {
      if (tier === 'evaluate') return evaluator.run(limit);
      if (tier === 'region') withRegions();
      return threaded.run(limit);
    },
    register: (number) => memory.i32[STATE.r + number]!,
  };
}
