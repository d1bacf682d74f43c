/**
 * The region tier: compiles hot code (see emit.ts) and puts it in the place of its entry's block in the threaded tier, which runs everything else.
 */
import type { Decoder } from '../../isa/decode.ts';
import { buildModule, type FunctionBuilder } from '../../wasm/index.ts';
import type { Core } from '../core.ts';
import { PAGE_SIZE, STATE } from '../layout.ts';
import type { Block, Watched } from '../threaded/blocks.ts';
import { HANDLER_TYPE, STEP_TYPE } from '../threaded/fixed-handlers.ts';
import type { HotCode } from '../threaded/hot.ts';
import { HANDLER_COUNT, HANDLER_NEXT, NO_LINK, RECORD_BYTES, RECORD_CALL, RECORD_FAR, RECORD_HANDLER, RECORD_HOME, RECORD_LINK, RECORD_OPERANDS } from '../threaded/record.ts';
import type { ThreadedTier } from '../threaded/threaded.ts';
import { type CodePage, type Discovered, Discoverer } from './discover.ts';
import { Emitter } from './emit.ts';
import { FactsTable } from './facts.ts';
import type { RegionShape } from './region-ops.ts';

const EXIT_RECORDS = 600;
/** Regions that are compiled together, where none is urgent. */
const BATCH = 16;

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
  readonly index: number;
  readonly instructions: number;
  readonly #drop: (region: Region) => void;

  constructor(entry: Block, ranges: readonly number[], index: number, instructions: number, drop: (region: Region) => void) {
    this.entry = entry;
    this.ranges = ranges;
    this.index = index;
    this.instructions = instructions;
    this.#drop = drop;
  }

  dropped(): void { this.#drop(this); }
}

/** What a region's function is called in the host's profiles: its address and its block's context. */
export function regionName(va: number, context: number): string { return `region ${(va >>> 0).toString(16)} ${context.toString(16)}`; }

function ownPage({ va, host }: Block): CodePage { return { page: va & ~(PAGE_SIZE - 1), addend: host - va }; }

interface Emitted { readonly block: Block; readonly f: FunctionBuilder; readonly ranges: readonly number[]; readonly instructions: number }

export class Regions implements HotCode {
  readonly threshold: number;
  readonly #core: Core;
  readonly #threaded: ThreadedTier;
  readonly #i32: Int32Array;
  readonly #discoverer: Discoverer;
  readonly #maximum: number;
  readonly #counts: boolean;
  /** In the order of their making. */
  readonly #regions = new Set<Region>();
  readonly #imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Hot once, with the pages that they may go on into as these were translated then. */
  readonly #waiting = new Map<Block, readonly CodePage[]>();
  /** Whose regions met neighbours of their pages elsewhere: these are made within their pages from then on. */
  readonly #narrow = new WeakSet<Block>();
  #executed = 0;
  #lastCount = 0;
  /** Regions made, and guest instructions in them, since the start. */
  made = 0;
  translated = 0;

  constructor(core: Core, threaded: ThreadedTier, decoder: Decoder, { threshold, maximum = 4096, counts = true }: RegionOptions) {
    this.#core = core;
    this.#threaded = threaded;
    this.#i32 = core.memory.i32;
    this.threshold = threshold;
    this.#maximum = maximum;
    this.#counts = counts;
    this.#discoverer = new Discoverer(core.memory, decoder, new FactsTable());
    this.#imports = {
      machine: {
        memory: core.memory.wasm,
        handlers: threaded.handlers.table,
        probe: threaded.handlers.probe,
      },
    };
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

  /** The first time a block is hot it waits for others; the second time all that wait are compiled. */
  hot(block: Block): void {
    if (block.region !== undefined) return;
    const again = this.#waiting.has(block);
    this.#waiting.set(block, this.#pagesAround(block));
    this.#i32[(block.head + RECORD_BYTES + RECORD_OPERANDS) >> 2] = this.threshold;
    if (!again && this.threshold > 0 && this.#waiting.size < BATCH) return;
    this.#compile(this.#waiting);
    this.#waiting.clear();
  }

  /** A block's page and, where they can be fetched from as things stand, its neighbours. */
  #pagesAround(block: Block): readonly CodePage[] {
    const pages: CodePage[] = [ownPage(block)];
    if (this.#narrow.has(block)) return pages;
    const { page } = pages[0]!;
    for (const neighbour of [(page + PAGE_SIZE) | 0, (page - PAGE_SIZE) | 0]) {
      const at = this.#threaded.codeAt(neighbour);
      if (at >= 0) pages.push({ page: neighbour, addend: at - neighbour });
    }
    return pages;
  }

  displaced(block: Block): void {
    this.#narrow.add(block);
    block.region?.dropped();
  }

  /** Compiles the code of blocks together, hot or not, each within its page. */
  compile(blocks: Iterable<Block>): void {
    this.#compile([...blocks].map((block) => [block, [ownPage(block)]]));
  }

  #compile(blocks: Iterable<readonly [Block, readonly CodePage[]]>): void {
    const emitted: Emitted[] = [];
    for (const [each, pages] of blocks) {
      if (each.lost || each.region !== undefined || each.head === each.record) continue;
      this.#i32[(each.head + RECORD_BYTES + RECORD_OPERANDS) >> 2] = 0x7fffffff;
      const { context } = each;
      const shape: RegionShape = { thumb: (context & 1) !== 0, context: { mode: (context >> 3) & 31, nonsecure: (context & 4) !== 0 } };
      const found = this.#discoverer.discover(each.va, pages, shape);
      if (found.blocks.length === 0 || found.blocks[0]!.va !== each.va) continue;
      const one = this.#emit(each, found, shape);
      if (one !== undefined) emitted.push(one);
    }
    if (emitted.length > 0) this.#install(emitted);
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
        this.#i32[(record + RECORD_CALL) >> 2] = 1;
        return record;
      },
    });
    const f = emitter.emit(block.record);
    threaded.releaseRecords(next);
    return { block, f, ranges: emitter.ranges, instructions: found.instructions };
  }

  #install(emitted: readonly Emitted[]): void {
    const { memory } = this.#core;
    const bytes = buildModule({
      types: [HANDLER_TYPE, STEP_TYPE],
      imports: [
        { kind: 'memory', module: 'machine', name: 'memory', pages: memory.wasm.buffer.byteLength / 65536 },
        { kind: 'table', module: 'machine', name: 'handlers', initial: 1 },
        { kind: 'function', module: 'machine', name: 'probe', type: 0 },
      ],
      functions: emitted.map(({ f, block }, i) => ({ type: 0, body: f, exportName: `r${i}`, name: regionName(block.va, block.context) })),
    });
    const { handlers, blocks } = this.#threaded;
    const instance = handlers.instantiate(bytes, this.#imports);
    emitted.forEach(({ block, ranges, instructions }, i) => {
      if (this.#regions.size >= this.#maximum) {
        const [oldest] = this.#regions;
        this.#drop(oldest!);
      }
      const region = new Region(block, ranges, handlers.install(instance.exports[`r${i}`]), instructions, (lost) => { this.#drop(lost); });
      this.#regions.add(region);
      block.region = region;
      this.#i32[(block.head + RECORD_BYTES + RECORD_HANDLER) >> 2] = region.index;
      blocks.watch(region);
      // Links that led past the counting records lead to the region from now on.
      for (const record of block.incoming) {
        const far = this.#i32[(record + RECORD_LINK) >> 2] === NO_LINK;
        this.#i32[(record + (far ? RECORD_FAR : RECORD_LINK)) >> 2] = block.head;
      }
      this.made++;
      this.translated += instructions;
    });
  }

  #drop(region: Region): void {
    if (!this.#regions.delete(region)) return;
    const { entry } = region;
    entry.region = undefined;
    this.#i32[(entry.head + RECORD_BYTES + RECORD_HANDLER) >> 2] = HANDLER_COUNT;
    this.#i32[(entry.head + RECORD_BYTES + RECORD_OPERANDS) >> 2] = this.threshold;
    this.#threaded.blocks.unwatch(region);
    this.#threaded.handlers.remove(region.index);
  }

  /** States what must hold of the regions at any time; tests call it. Throws naming what does not. */
  assertInvariants(): void {
    for (const region of this.#regions) {
      const { entry } = region;
      const name = `region at ${(entry.va >>> 0).toString(16)}`;
      if (entry.region !== region) throw new Error(`${name} is not its block's`);
      if (this.#i32[(entry.head + RECORD_BYTES + RECORD_HANDLER) >> 2] !== region.index) throw new Error(`${name} is not reached by its records`);
      if (this.#threaded.handlers.table.get(region.index) === null) throw new Error(`${name} has no function`);
      if (this.#threaded.blocks.find(entry.host, entry.va, entry.context) !== entry) throw new Error(`${name} has no block`);
      if (!this.#threaded.blocks.watches(region)) throw new Error(`${name} is not watched`);
    }
  }
}
