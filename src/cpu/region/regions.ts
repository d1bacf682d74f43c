/**
 * The region tier: compiles hot code (see emit.ts) and puts it in the place of its entry's block in the threaded tier, which runs everything else.
 */
import type { Decoder } from '../../isa/decode.ts';
import type { FunctionBuilder } from '../../wasm/index.ts';
import type { Core } from '../core.ts';
import { PAGE_SIZE, STATE } from '../layout.ts';
import type { Blocks, Watched } from '../threaded/blocks.ts';
import type { HotCode } from '../threaded/hot.ts';
import { type Block, counterOf, HANDLER_COUNT, HANDLER_NEXT, NO_BLOCK, RECORD_BYTES, RECORD_COUNT, RECORD_HANDLER, RECORD_HOME } from '../threaded/record.ts';
import type { ThreadedTier } from '../threaded/threaded.ts';
import { type CodePage, type Discovered, Discoverer } from './discover.ts';
import { Emitter } from './emit.ts';
import { FactsTable } from './facts.ts';
import type { RegionShape } from './region-control.ts';

const EXIT_RECORDS = 600;
/** Regions that are compiled together, where none is urgent: one that was hot so many times. */
const BATCH = 16;
const URGENT = 2;
/**
 * A block within a region becomes one's entry, too, only after so many times the entries of others: it may never be entered again but by that region. So does
 * code whose region was stored to within SOON instructions of its making; each more such change doubles what it waits for, up to MOST_CHANGES.
 */
const PATIENCE = 4;
const SOON = 50_000_000;
const MOST_CHANGES = 16;

export interface RegionOptions {
  /** Entries of a block until its code is compiled; 0: at its first execution. */
  readonly threshold: number;
  /** Regions that may exist; the oldest make room. */
  readonly maximum?: number;
  /** Whether instructions executed in regions are counted (`executed`), which costs some of the time of calls. Default: yes. */
  readonly counts?: boolean;
}

class Region implements Watched {
  readonly entry: Block;
  readonly ranges: readonly number[];
  /** Where its basic blocks begin, without those of functions that it made a part of itself. */
  readonly starts: readonly number[];
  readonly index: number;
  /** The CPU's count of instructions when it was made. */
  readonly since: number;
  readonly instructions: number;
  readonly #changed: (region: Region) => void;

  constructor(entry: Block, { ranges, starts, instructions }: Emitted, index: number, since: number, changed: (region: Region) => void) {
    this.entry = entry;
    this.ranges = ranges;
    this.starts = starts;
    this.index = index;
    this.instructions = instructions;
    this.since = since;
    this.#changed = changed;
  }

  dropped(): void { this.#changed(this); }
}

/** What a region's function is called in the host's profiles: its address and its block's context. */
export function regionName(va: number, context: number): string { return `region ${(va >>> 0).toString(16)} ${context.toString(16)}`; }

interface Waiting { readonly times: number; readonly pages: readonly CodePage[]; readonly sections: boolean }

interface Candidate { readonly block: Block; readonly found: Discovered; readonly shape: RegionShape }

interface Emitted {
  readonly block: Block;
  readonly f: FunctionBuilder;
  readonly ranges: readonly number[];
  readonly starts: readonly number[];
  readonly instructions: number;
}

export class Regions implements HotCode {
  readonly threshold: number;
  readonly #core: Core;
  readonly #threaded: ThreadedTier;
  readonly #blocks: Blocks;
  readonly #i32: Int32Array;
  readonly #discoverer: Discoverer;
  readonly #maximum: number;
  readonly #counts: boolean;
  /** By the block where they are entered, in the order of their making. */
  readonly #regions = new Map<Block, Region>();
  /** Hot, with how many times they were, the pages that they may go on into as these were translated last, and whether they lay in a section. */
  readonly #waiting = new Map<Block, Waiting>();
  /** Whose regions met neighbours of their pages elsewhere: these are made within their pages from then on. */
  readonly #narrow = new Set<Block>();
  /** How many regions have a basic block at an offset. */
  readonly #within = new Map<number, number>();
  /** How often, one time after the other, a region that began at an offset was stored to soon. */
  readonly #changes = new Map<number, number>();
  /** Hot once already, but had to wait. */
  readonly #postponed = new Set<Block>();
  #executed = 0;
  #lastCount = 0;
  /** Regions made, and guest instructions in them, since the start. */
  made = 0;
  /** The CPU's count of instructions when the last were made. */
  lastMade = 0;
  translated = 0;

  constructor(core: Core, threaded: ThreadedTier, decoder: Decoder, { threshold, maximum = 4096, counts = true }: RegionOptions) {
    this.#core = core;
    this.#threaded = threaded;
    this.#blocks = threaded.blocks;
    this.#i32 = core.memory.i32;
    this.threshold = threshold;
    this.#maximum = maximum;
    this.#counts = counts;
    const { blocks } = threaded;
    // What was executed often enough for a region to be made has its blocks, as far as it was executed.
    this.#discoverer = new Discoverer(core.memory, decoder, new FactsTable(), (host, va, context) => threshold === 0 || blocks.find(host, va, context) !== NO_BLOCK);
    threaded.useHotCode(this);
  }

  get size(): number { return this.#regions.size; }

  /** Reads generated code's count of instructions, which wraps: to be called at least every 2^31 instructions. */
  harvest(): void {
    const now = this.#i32[STATE.regionCount]!;
    this.#executed += (now - this.#lastCount) | 0;
    this.#lastCount = now;
  }

  /** Instructions executed in regions so far. */
  get executed(): number {
    this.harvest();
    return this.#executed;
  }

  /** A hot block waits for others, and is counted on; all that wait are compiled together. */
  hot(block: Block): void {
    if (this.#regions.has(block)) return;
    const times = (this.#waiting.get(block)?.times ?? 0) + 1;
    this.#waiting.set(block, { times, pages: this.#pagesAround(block), sections: this.#liesInSection(block) });
    this.#setCount(block, this.threshold);
    if (times < URGENT && this.threshold > 0 && this.#waiting.size < BATCH) return;
    this.#compile(this.#waiting);
    this.#waiting.clear();
  }

  cleared(): void {
    this.#waiting.clear();
    this.#narrow.clear();
    this.#postponed.clear();
    this.#changes.clear();
  }

  displaced(block: Block): void {
    this.#narrow.add(block);
    const region = this.#regions.get(block);
    if (region !== undefined) this.#drop(region);
  }

  #setCount(block: Block, count: number): void { this.#i32[(counterOf(block) + RECORD_COUNT) >> 2] = count; }

  #liesInSection(block: Block): boolean { return this.#core.mmu.liesInSection(this.#blocks.va(block)); }

  #ownPage(block: Block): CodePage {
    const va = this.#blocks.va(block);
    return { page: va & ~(PAGE_SIZE - 1), addend: this.#blocks.host(block) - va };
  }

  /** A block's page and, where they can be fetched from as things stand, its neighbours. */
  #pagesAround(block: Block): readonly CodePage[] {
    const pages = [this.#ownPage(block)];
    if (this.#narrow.has(block)) return pages;
    const { page } = pages[0]!;
    for (const neighbour of [(page + PAGE_SIZE) | 0, (page - PAGE_SIZE) | 0]) {
      const at = this.#threaded.codeAt(neighbour);
      if (at >= 0) pages.push({ page: neighbour, addend: at - neighbour });
    }
    return pages;
  }

  /** Compiles the code of blocks together, hot or not, each within its page. */
  compile(blocks: Iterable<Block>): void {
    this.#compile([...blocks].map((block) => [block, { times: 0, pages: [this.#ownPage(block)], sections: this.#liesInSection(block) }]));
  }

  #compile(hot: Iterable<readonly [Block, Waiting]>): void {
    const emitted: Emitted[] = [];
    const blocks = this.#blocks;
    const candidates: Candidate[] = [];
    for (const [each, { pages, sections }] of hot) {
      if (blocks.isLost(each) || this.#regions.has(each) || !blocks.isCounted(each)) continue;
      this.#setCount(each, 0x7fffffff);
      const context = blocks.context(each);
      const va = blocks.va(each);
      const shape: RegionShape = { thumb: (context & 1) !== 0, context: { mode: (context >> 3) & 31, nonsecure: (context & 4) !== 0 }, sections };
      const found = this.#discoverer.discover(va, pages, shape);
      if (found.blocks.length > 0 && found.blocks[0]!.va === va) candidates.push({ block: each, found, shape });
    }
    // What a function returns to is as hot as the function, of whose region it is a part.
    candidates.sort((a, b) => b.found.instructions - a.found.instructions);
    for (const { block, found, shape } of candidates) {
      const patience = this.#patience(blocks.host(block));
      if (patience > 0 && !this.#postponed.has(block)) {
        this.#postponed.add(block);
        this.#setCount(block, this.threshold * patience);
        continue;
      }
      const one = this.#emit(block, found, shape);
      if (one === undefined) continue;
      emitted.push(one);
      this.#cover(one.starts, 1);
    }
    if (emitted.length > 0) this.#install(emitted);
  }

  /** For how many times the entries of others code at an offset is to wait. */
  #patience(host: number): number {
    const changes = this.#changes.get(host) ?? 0;
    return this.threshold > 0 && (changes > 0 || this.#within.has(host)) ? Math.max(PATIENCE, 2 ** Math.min(changes, MOST_CHANGES)) : 0;
  }

  #cover(starts: readonly number[], by: 1 | -1): void {
    for (const at of starts) {
      const regions = (this.#within.get(at) ?? 0) + by;
      if (regions === 0) this.#within.delete(at);
      else this.#within.set(at, regions);
    }
  }

  #emit(block: Block, found: Discovered, shape: RegionShape): Emitted | undefined {
    const threaded = this.#threaded;
    const first = threaded.allocateRecords(EXIT_RECORDS);
    if (first === 0) return undefined;
    let next = first;
    const emitter = new Emitter(found, shape, {
      memory: this.#core.memory,
      counts: this.#counts,
      exitRecord: (target, it, home) => {
        const record = next;
        next += RECORD_BYTES;
        threaded.writeRecord(record, HANDLER_NEXT, target, it << 16);
        this.#i32[(record + RECORD_HOME) >> 2] = home + 1;
        return record;
      },
    });
    const f = emitter.emit(counterOf(block) + RECORD_BYTES, this.#blocks.cost(block));
    threaded.releaseRecords(next);
    return { block, f, ranges: emitter.ranges, starts: emitter.starts, instructions: found.instructions };
  }

  #install(emitted: readonly Emitted[]): void {
    const { handlers, blocks } = this.#threaded;
    this.lastMade = this.#core.count;
    const compiled = handlers.compile(emitted.map(({ f, block }) => ({ body: f, name: regionName(blocks.va(block), blocks.context(block)) })));
    emitted.forEach((one, i) => {
      const { block, instructions } = one;
      if (this.#regions.size >= this.#maximum) {
        const [oldest] = this.#regions.values();
        this.#drop(oldest!);
      }
      const region = new Region(block, one, handlers.install(compiled[i]), this.#core.count, (lost) => { this.#storedTo(lost); });
      this.#regions.set(block, region);
      this.#i32[(counterOf(block) + RECORD_HANDLER) >> 2] = region.index;
      blocks.watch(region);
      blocks.linkToRegion(block);
      this.made++;
      this.translated += instructions;
    });
  }

  #storedTo(region: Region): void {
    const host = this.#blocks.host(region.entry);
    if (this.#core.count - region.since < SOON) this.#changes.set(host, (this.#changes.get(host) ?? 0) + 1);
    else this.#changes.delete(host);
    this.#drop(region);
  }

  #drop(region: Region): void {
    const { entry } = region;
    if (this.#regions.get(entry) !== region) return;
    this.#regions.delete(entry);
    this.#i32[(counterOf(entry) + RECORD_HANDLER) >> 2] = HANDLER_COUNT;
    this.#setCount(entry, this.threshold);
    this.#blocks.unwatch(region);
    this.#cover(region.starts, -1);
    this.#threaded.handlers.remove(region.index);
  }

  /** States what must hold of the regions at any time; tests call it. Throws naming what does not. */
  assertInvariants(): void {
    const blocks = this.#blocks;
    for (const [block, region] of this.#regions) {
      const va = blocks.va(block);
      const name = `region at ${(va >>> 0).toString(16)}`;
      if (region.entry !== block) throw new Error(`${name} is not its block's`);
      if (this.#i32[(counterOf(block) + RECORD_HANDLER) >> 2] !== region.index) throw new Error(`${name} is not reached by its records`);
      if (this.#threaded.handlers.table.get(region.index) === null) throw new Error(`${name} has no function`);
      if (blocks.find(blocks.host(block), va, blocks.context(block)) !== block) throw new Error(`${name} has no block`);
      if (!blocks.watches(region)) throw new Error(`${name} is not watched`);
    }
    const within = new Map<number, number>();
    for (const { starts } of this.#regions.values()) for (const at of starts) within.set(at, (within.get(at) ?? 0) + 1);
    if (within.size !== this.#within.size || [...within].some(([at, count]) => this.#within.get(at) !== count)) throw new Error('what lies within regions is not known');
    for (const block of this.#waiting.keys()) if (!blocks.isCounted(block)) throw new Error('a block waits that cannot be compiled');
  }
}
