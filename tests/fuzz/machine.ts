/**
 * The machine that random programs run on: a CPU with 128 KiB of RAM, a page of it secure only, a device whose reads depend on what was done to it
 * before, a page that is refused, and nothing else.
 */
import { BUS_DECODE, BUS_OK, BUS_REFUSED, NONSECURE, type BusPort, Core, createLinearMemory, Evaluator, layoutMachine, type LinearMemory, Regions, ThreadedTier } from '../../src/cpu/index.ts';
import { sharedDecoder } from '../../src/cpu/flat-machine.testing.ts';
import type { Tier } from './outcome.ts';

export const RAM_BYTES = 0x20000;
export const SECURE_PAGE = 0x1f000;
export const DEVICE_PAGE = 0x00200000;
export const REFUSED_PAGE = 0x00300000;
const PAGE = 0x1000;

export class FuzzMachine {
  readonly tier: Tier;
  readonly memory: LinearMemory;
  readonly core: Core;
  readonly evaluator: Evaluator;
  readonly threaded: ThreadedTier;
  /** With every block's code compiled at its first execution. */
  readonly regions: Regions | undefined;
  readonly ram: Uint8Array;
  readonly ramOffset: number;
  /** What was done to the device, as a hash. */
  device = 0;

  constructor(tier: Tier) {
    this.tier = tier;
    const layout = layoutMachine([{ base: 0, size: RAM_BYTES }], 1 << 20);
    this.memory = createLinearMemory(layout);
    this.ramOffset = layout.memories[0]!.offset;
    this.ram = this.memory.u8.subarray(this.ramOffset, this.ramOffset + RAM_BYTES);
    this.core = new Core(this.memory, this.#bus());
    this.core.reset();
    this.evaluator = new Evaluator(this.core, sharedDecoder());
    this.threaded = new ThreadedTier(this.core, this.evaluator);
    this.regions = tier === 'region' ? new Regions(this.core, this.threaded, this.evaluator.decoder, { threshold: 0 }) : undefined;
  }

  #bus(): BusPort {
    const view = this.memory.view;
    const refusal = (pa: number, access: number): number => {
      const page = (pa & -PAGE) >>> 0;
      if (page === DEVICE_PAGE) return BUS_OK;
      if (page === REFUSED_PAGE || (page === SECURE_PAGE && (access & NONSECURE) !== 0)) return BUS_REFUSED;
      return page < RAM_BYTES ? BUS_OK : BUS_DECODE;
    };
    return {
      page: (pa, access) => ((pa >>> 0) < RAM_BYTES && refusal(pa, access) === BUS_OK ? this.ramOffset + (pa & -PAGE) : -1),
      check: (pa, size, access) => {
        const first = refusal(pa, access);
        return first !== BUS_OK ? first : refusal(pa + size - 1, access);
      },
      read: (pa, size) => {
        if (pa < RAM_BYTES) {
          const at = this.ramOffset + pa;
          return size === 4 ? view.getUint32(at, true) : size === 2 ? view.getUint16(at, true) : view.getUint8(at);
        }
        this.device = (Math.imul(this.device ^ pa ^ size << 28, 0x01000193) + this.core.count) | 0;
        return (size === 4 ? this.device : size === 2 ? this.device & 0xffff : this.device & 0xff) >>> 0;
      },
      write: (pa, size, value) => {
        if (pa < RAM_BYTES) throw new Error('a store to RAM went to the bus');
        this.device = (Math.imul(this.device ^ pa ^ size << 28 ^ value, 0x01000193) + this.core.count) | 0;
      },
    };
  }

  /** Runs up to `limit` instructions. Returns how many. */
  run(limit: number): number {
    return this.tier === 'evaluate' ? this.evaluator.run(limit) : this.threaded.run(limit);
  }

  /** Replaces RAM; `forget` drops translated code too, otherwise stores alone must do what is needed. */
  setRam(bytes: Uint8Array, forget: boolean): void {
    this.ram.set(bytes);
    this.core.mmu.stored(this.ramOffset, RAM_BYTES);
    if (forget) {
      this.threaded.clear();
      this.core.mmu.dropAll();
    }
  }

  assertInvariants(): void {
    this.core.mmu.assertInvariants();
    this.threaded.blocks.assertInvariants();
    this.regions?.assertInvariants();
  }
}
