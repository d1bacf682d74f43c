/**
 * Our engine tiers as drivers, on a machine with RAM where QEMU's cubieboard and virt boards have it, RAM for the secure world where virt has it, and the
 * interrupt controller of the cubieboard as far as cases use it: one source, always pending, masked or not, IRQ or both.
 */
import { BUS_DECODE, BUS_OK, Census, NONSECURE, type BusPort, Core, createLinearMemory, Evaluator, layoutMachine, Regions, STATE, ThreadedTier } from '../../src/cpu/index.ts';
import { sharedDecoder } from '../../src/cpu/flat-machine.testing.ts';
import { CASES } from './known-cases.ts';
import { type CpuDriver, type Image, type Outcome, PLACES, readOutcome } from './driver.ts';
import type { Figures } from './tier-shares.ts';

const RAM = 0x40000000;
const RAM_BYTES = 0x2000000;
const SECURE_BYTES = 0x100000;
const PIC_PAGE = 0x01c20000;
const PIC_PENDING = PLACES.PIC + 0x10;
const PIC_SELECT = PLACES.PIC + 0x30;
const PIC_MASK = PLACES.PIC + 0x50;
const SOURCE = 1 << 22;
const PAGE = 0x1000;
const LIMIT = 3_000_000;
/** Semihosting's SVC, with which an image ends. */
const SEMIHOSTING = 0x123456;

export type TierName = 'evaluate' | 'threaded' | 'region';

function run(image: Image, tier: TierName, driver: TierDriver): Outcome {
  const layout = layoutMachine([{ base: RAM, size: RAM_BYTES }, { base: PLACES.SECURE_RAM, size: SECURE_BYTES }], 4 << 20);
  const memory = createLinearMemory(layout);
  const [ram, secure] = layout.memories;
  let mask = -1;
  let select = 0;
  const check = (pa: number, access: number): number => {
    const page = (pa & -PAGE) >>> 0;
    // The normal world of virt has nothing there.
    if (page >= PLACES.SECURE_RAM && page < PLACES.SECURE_RAM + SECURE_BYTES) return (access & NONSECURE) === 0 ? BUS_OK : BUS_DECODE;
    return (page >= RAM && page < RAM + RAM_BYTES) || page === PIC_PAGE ? BUS_OK : BUS_DECODE;
  };
  const bus: BusPort = {
    page: (pa, access) => {
      const page = (pa & -PAGE) >>> 0;
      if (page === PIC_PAGE || check(pa, access) !== BUS_OK) return -1;
      return page >= RAM ? ram!.offset + page - RAM : secure!.offset + page - PLACES.SECURE_RAM;
    },
    check: (pa, size, access) => Math.max(check(pa, access), check(pa + size - 1, access)),
    read: (pa) => (pa === PIC_PENDING ? SOURCE : pa === PIC_SELECT ? select : pa === PIC_MASK ? mask : 0) >>> 0,
    write: (pa, _size, value) => {
      if (pa === PIC_MASK) mask = value;
      else if (pa === PIC_SELECT) select = value;
      core.setIrqLine((mask & SOURCE) === 0);
      core.setFiqLine((~mask & select & SOURCE) !== 0);
    },
  };
  const core = new Core(memory, bus);
  core.impreciseAborts = CASES[image.name]?.imprecise === true;
  core.reset();
  const evaluator = new Evaluator(core, sharedDecoder());
  const threaded = new ThreadedTier(core, evaluator);
  const regions = tier === 'region' ? new Regions(core, threaded, evaluator.decoder, { threshold: 0 }) : undefined;
  if (tier !== 'evaluate') evaluator.census = driver.census;
  let ended = false;
  core.hooks.supervisorCall = (imm) => {
    if (imm !== SEMIHOSTING) return false;
    ended = true;
    core.requestStop();
    return true;
  };
  memory.u8.set(image.bytes, ram!.offset + PLACES.TEXT - RAM);
  memory.u32[STATE.r + 15] = PLACES.TEXT;
  const limit = LIMIT;
  while (!ended && core.count < limit) {
    const left = limit - core.count;
    if ((tier === 'evaluate' ? evaluator.run(left) : threaded.run(left)) === 0 && !ended) break; // waits for what never comes
  }
  driver.instructions += core.count;
  driver.evaluated += tier === 'evaluate' ? core.count : threaded.evaluated;
  driver.inRegions += regions?.executed ?? 0;
  const at = ram!.offset + PLACES.RESULTS - RAM;
  return readOutcome(image, memory.u8.slice(at, at + PLACES.RESULT_BYTES));
}

/** A tier, and what it executed in all images. */
export class TierDriver implements CpuDriver {
  readonly name: TierName;
  readonly unavailable = undefined;
  readonly census = new Census();
  instructions = 0;
  evaluated = 0;
  inRegions = 0;

  constructor(name: TierName) { this.name = name; }

  run(image: Image): Outcome { return run(image, this.name, this); }

  get figures(): Figures {
    return { instructions: this.instructions, evaluated: this.evaluated, inRegions: this.inRegions, census: this.census.lines };
  }
}

export const TIER_DRIVERS: readonly TierDriver[] = (['evaluate', 'threaded', 'region'] as const).map((tier) => new TierDriver(tier));
