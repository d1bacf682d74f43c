/**
 * Our side: a CPU in User mode on the address space of layout.ts, in which a case runs until its first exception, as it does in the peer until its
 * first signal.
 */
import { createDecoder, type Decoder } from '../../src/isa/index.ts';
import { allRows } from '../../src/isa/rows/index.ts';
import { BUS_DECODE, BUS_OK, type BusPort } from '../../src/cpu/bus-port.ts';
import { Core } from '../../src/cpu/core.ts';
import { Evaluator } from '../../src/cpu/evaluate/evaluator.ts';
import { CPSR_I, layoutMachine, MODE_USR, STATE } from '../../src/cpu/layout.ts';
import { createLinearMemory, type LinearMemory } from '../../src/cpu/memory.ts';
import { FAULT_ALIGNMENT, FAULT_DEBUG } from '../../src/cpu/mmu/faults.ts';
import { Regions } from '../../src/cpu/region/index.ts';
import { type Block, NO_BLOCK } from '../../src/cpu/threaded/record.ts';
import { ThreadedTier } from '../../src/cpu/threaded/threaded.ts';
import { emptyState, type Outcome, SIGBUS, SIGILL, SIGSEGV, SIGTRAP } from './case.ts';
import { AT_CPSR, AT_D, AT_FPSCR, CODE_A32, CODE_SIZE, CODE_T32, THREAD_ID_RO, THREAD_ID_RW, WINDOW, WINDOW_SIZE } from './layout.ts';

export type Tier = 'evaluate' | 'threaded' | 'region';
export const TIERS: readonly Tier[] = ['evaluate', 'threaded', 'region'];

/** Translation tables: one first-level table, and a second-level one for each megabyte that is used. */
const TABLES = 0x80000000;
const TABLES_SIZE = 0x8000;
const SCTLR_M = 1;
const SCTLR_U = 1 << 22;
const PAGE = 0x1000;
/** A small page: Normal write-back memory (TEX 001, C, B); AP 011 read and write, AP 111 read-only. */
const SMALL_PAGE = 0x2 | 0x0c | 1 << 6;
const READ_WRITE = 0x030;
const READ_ONLY = 0x230;
const NEVER_EXECUTE = 1;
const FPEXC_EN = 1 << 30;
const CPACR_VFP_FULL = 15 << 20;
/** Room for the case's own instructions and a whole block of the threaded tier. */
const LIMIT = 100;
const RECORD_BYTES = 4 << 20;
/** A region's exits need records too. */
const REGION_RECORD_BYTES = 24 << 20;
/** More than any batch has. */
const MAX_REGIONS = 1 << 16;
const NEVER_HOT = 0x7fffffff;

export class PeerMachine {
  readonly decoder: Decoder;
  readonly core: Core;
  readonly #memory: LinearMemory;
  readonly #evaluator: Evaluator;
  readonly #threaded: ThreadedTier;
  readonly #regions: Regions | undefined;
  readonly #i32: Int32Array;
  readonly #memories: readonly { base: number; size: number; offset: number }[];
  readonly #window: number;
  readonly #pristine: Buffer;
  readonly #windowBytes: Buffer;

  #state: Int32Array = emptyState();
  #signal = 0;
  #faultAddress = 0;

  /** With the region tier, which then takes the place of the threaded one. */
  constructor(pristine: Int32Array, regions = false) {
    const layout = layoutMachine([
      { base: CODE_A32, size: CODE_SIZE }, { base: CODE_T32, size: CODE_SIZE }, { base: WINDOW, size: WINDOW_SIZE }, { base: TABLES, size: TABLES_SIZE },
    ], regions ? REGION_RECORD_BYTES : RECORD_BYTES);
    const memory = createLinearMemory(layout);
    this.#memory = memory;
    this.#i32 = memory.i32;
    this.#memories = layout.memories;
    const find = (pa: number) => layout.memories.find(({ base, size }) => pa >= base && pa < base + size);
    const bus: BusPort = {
      page: (pa) => {
        const region = find(pa);
        return region === undefined ? -1 : region.offset + ((pa - region.base) & ~(PAGE - 1));
      },
      check: (pa) => (find(pa) === undefined ? BUS_DECODE : BUS_OK),
      read: () => { throw new Error('all memory is pages'); },
      write: () => { throw new Error('all memory is pages'); },
    };
    this.core = new Core(memory, bus);
    this.decoder = createDecoder(allRows);
    this.#evaluator = new Evaluator(this.core, this.decoder);
    this.#threaded = new ThreadedTier(this.core, this.#evaluator);
    // Nothing becomes hot by itself: `compile` says what is compiled.
    if (regions) this.#regions = new Regions(this.core, this.#threaded, this.decoder, { threshold: NEVER_HOT, maximum: MAX_REGIONS });
    this.core.hooks.exception = (kind) => { this.#stopped(kind); };
    this.core.reset();

    this.#i32[STATE.CPACR] = CPACR_VFP_FULL;
    this.#i32[STATE.TPIDRURO] = THREAD_ID_RO;
    this.#i32[STATE.TTBR0] = TABLES;
    this.#i32[STATE.DACR] = 1;
    this.#i32[STATE.SCTLR] = this.#i32[STATE.SCTLR]! | SCTLR_M | SCTLR_U;
    this.#map(CODE_A32, CODE_SIZE, READ_ONLY, TABLES + 0x4000);
    this.#map(CODE_T32, CODE_SIZE, READ_ONLY, TABLES + 0x4400);
    this.#map(WINDOW, WINDOW_SIZE, READ_WRITE | NEVER_EXECUTE, TABLES + 0x4800);

    this.#window = this.offset(WINDOW);
    this.#windowBytes = Buffer.from(memory.wasm.buffer, this.#window, WINDOW_SIZE);
    this.#pristine = Buffer.from(pristine.buffer, pristine.byteOffset, WINDOW_SIZE);
    this.#pristine.copy(this.#windowBytes);
  }

  /** Linear-memory offset of a physical address. */
  offset(pa: number): number {
    const memory = this.#memories.find(({ base, size }) => pa >= base && pa < base + size);
    if (memory === undefined) throw new Error(`no memory at 0x${pa.toString(16)}`);
    return memory.offset + pa - memory.base;
  }

  #poke(pa: number, value: number): void {
    this.#i32[this.offset(pa) >> 2] = value;
  }

  #map(base: number, size: number, rights: number, table: number): void {
    this.#poke(TABLES + (base >>> 20) * 4, table | 1);
    for (let at = 0; at < size; at += PAGE) {
      const page = base + at;
      this.#poke(table + ((page >>> 12) & 0xff) * 4, page | SMALL_PAGE | rights);
    }
  }

  /** Replaces the code regions as a whole. */
  loadCode(a32: Int32Array, t32: Int32Array): void {
    this.#i32.set(a32, this.offset(CODE_A32) >> 2);
    this.#i32.set(t32, this.offset(CODE_T32) >> 2);
    this.#threaded.clear();
  }

  #stopped(kind: string): void {
    // The state as it is before the exception's entry, and only of the first: the vectors hold nothing.
    if (this.#signal !== 0) return;
    const s = this.#i32;
    const state = this.#state;
    for (let i = 0; i < 16; i++) state[i] = s[STATE.r + i]!;
    state[AT_CPSR] = this.core.cpsr;
    for (let i = 0; i < 64; i++) state[AT_D + i] = s[STATE.d + i]!;
    state[AT_FPSCR] = s[STATE.fpscr]!;
    switch (kind) {
      case 'undefined': this.#signal = SIGILL; break;
      case 'prefetch-abort': this.#signal = (s[STATE.IFSR]! & 0x40f) === FAULT_DEBUG ? SIGTRAP : SIGSEGV; break;
      case 'data-abort':
        this.#signal = (s[STATE.DFSR]! & 0x40f) === FAULT_ALIGNMENT ? SIGBUS : SIGSEGV;
        this.#faultAddress = s[STATE.DFAR]! >>> 0;
        break;
      default: this.#signal = -1;
    }
    this.core.requestStop();
  }

  #enter(state: Int32Array, interrupt: boolean): void {
    const { core } = this;
    const s = this.#i32;
    core.cpsr = (state[AT_CPSR]! & 0xff0ffe20) | MODE_USR | (interrupt ? CPSR_I : 0);
    for (let i = 0; i < 16; i++) s[STATE.r + i] = state[i]!;
    for (let i = 0; i < 64; i++) s[STATE.d + i] = state[AT_D + i]!;
    s[STATE.fpscr] = state[AT_FPSCR]!;
    s[STATE.fpexc] = FPEXC_EN;
    s[STATE.TPIDRURW] = THREAD_ID_RW;
    s[STATE.exclusive] = 0;
    s[STATE.eventRegister] = 1;
    s[STATE.waiting] = 0;
    core.setIrqLine(interrupt);
    core.stopRequested = false;
  }

  /**
   * Compiles the code at which the states start as regions, all in one module. Code that starts within an IT block, or of big-endian data, has none.
   * Returns how many there are.
   */
  compile(states: readonly Int32Array[]): number {
    const blocks = new Set<Block>();
    for (const state of states) {
      this.#enter(state, false);
      const block = this.#threaded.blockHere();
      if (block !== NO_BLOCK) blocks.add(block);
    }
    this.#regions!.compile(blocks);
    return this.#regions!.size;
  }

  /**
   * Runs from a state until the first exception. `interrupt` holds IRQ's line up with CPSR.I set, so that a WFI is not a wait; an event for WFE is always there.
   * Undefined where no exception came: the case loops.
   */
  run(tier: Tier, state: Int32Array, interrupt: boolean): Outcome | undefined {
    this.#enter(state, interrupt);
    this.#state = emptyState();
    this.#signal = 0;
    this.#faultAddress = 0;
    const evaluated = this.#threaded.evaluated;
    const inRegions = this.#regions?.executed ?? 0;
    const count = tier === 'evaluate' ? this.#evaluator.run(LIMIT) : this.#threaded.run(LIMIT);
    const changes = this.#windowChanges();
    if (this.#signal === 0) return undefined;
    return {
      signal: this.#signal, faultAddress: this.#faultAddress, state: this.#state, changes, count,
      evaluated: tier === 'evaluate' ? count : this.#threaded.evaluated - evaluated,
      inRegions: this.#regions === undefined ? 0 : this.#regions.executed - inRegions,
    };
  }

  /** What the case changed in the window, which is put right again. */
  #windowChanges(): readonly number[] {
    if (this.#windowBytes.equals(this.#pristine)) return [];
    const changes: number[] = [];
    for (let offset = 0; offset < WINDOW_SIZE; offset += 4) {
      const now = this.#i32[(this.#window + offset) >> 2]!;
      if (now !== this.#pristine.readInt32LE(offset)) changes.push(offset, now);
    }
    this.#pristine.copy(this.#windowBytes);
    return changes;
  }

  /** The memory that a case's own code is in was written. */
  codeWritten(address: number, bytes: number): void {
    this.core.mmu.stored(this.offset(address), bytes);
  }

  get words(): Int32Array { return this.#i32; }
  get halfwords(): Uint16Array { return this.#memory.u16; }
}
