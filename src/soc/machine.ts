/**
 * A whole machine: CPU, bus, devices and time in one linear memory. `run` is synchronous and starts nothing in the background.
 *
 * Time is the CPU's count of retired instructions; waiting (WFI) jumps to the next event. The outside world enters only between calls of `run`, or
 * through ports that the caller injects.
 */
import { allRows, createDecoder } from '../isa/index.ts';
import {
  type BusPort, Census, type CensusLine, Core, createLinearMemory, Evaluator, EXIT_BUDGET, EXIT_EVALUATED, EXIT_EXCEPTION_RETURN, EXIT_HOT, EXIT_JUMP, EXIT_STEP, layoutMachine, NONSECURE, Regions,
  STATE, ThreadedTier, type LinearMemory,
} from '../cpu/index.ts';
import { applyHandover, bootRom, createImx53Qsb } from './boards/imx53-qsb.ts';
import { IRAM_SIZE, QSB_DRAM, ROM_SIZE } from './boards/imx53-qsb-numbers.ts';
import { EventQueue } from './events.ts';
import type { Imx53 } from './imx53.ts';
import { loadMachine, saveMachine, type Snapshot } from './snapshot.ts';

const IRAM_BASE = 0xf8000000;
/** ACTLR at hand-over: L2EN, L1NEON, IBE. */
const HANDOVER_ACTLR = 1 << 1 | 1 << 5 | 1 << 6;

/** The bus as the CPU uses it: each device access sees the exact count. */
function timed(bus: BusPort, events: EventQueue, count: () => number): BusPort {
  return {
    page: (pa, access) => bus.page(pa, access),
    check: (pa, size, access) => bus.check(pa, size, access),
    read: (pa, size, access) => {
      events.now = count();
      return bus.read(pa, size, access);
    },
    write: (pa, size, value, access) => {
      events.now = count();
      bus.write(pa, size, value, access);
    },
  };
}

/** The engine tiers; `auto` chooses by what is hot. */
export type Tier = 'evaluate' | 'threaded' | 'region' | 'auto';

/** `precise`: a refused data access is a synchronous external abort with DFAR. `board`: an imprecise one, as the Cortex-A8 has it. */
export type Aborts = 'precise' | 'board';

/** In tier `auto`, entries of a block until its code becomes a region. */
const HOT = 1000;
/** The logarithm of how many decoded instructions are kept where code is decoded to be translated: what is kept longer than that outlives V8's young generation. */
const FEW_DECODED = 9;
/**
 * Instructions that are run at once at most: the regions' count of them must not wrap unseen. And at least, where nothing happens before: a region that is a loop
 * runs on in V8's first, slow code for it until it is entered again, so there are many entries soon after regions were made.
 */
const MAX_SLICE = 2 ** 30;
const MIN_SLICE = 2 ** 20;
const SLICE_OF_TIME_SINCE = 1 / 4;
const PAGE_WORDS = 1024;

export interface MachineOptions {
  readonly tier?: Tier;
  /** Nominal instructions a second of virtual time. */
  readonly frequencyHz?: number;
  /** Count what the evaluate tier executes for the others by cause and instruction (`Machine.census`). */
  readonly census?: boolean;
  /** Bytes of DRAM in each of the board's two banks (a multiple of 4 KiB); default: as on the board. */
  readonly dramBankBytes?: number;
  /** Non-secure reads of the TZIC's INTSEC give zero (see docs/deviations.md). */
  readonly tzicStrict?: boolean;
  /** How the CPU is told of a data access that the bus refuses (see docs/deviations.md): default `precise`. */
  readonly aborts?: Aborts;
  /** What a UART transmits: its number from 1, the byte, and whether the access was a secure one. */
  readonly onTransmit?: (uart: number, byte: number, secure: boolean) => void;
  /** UART `uart` would take a byte that it refused before. */
  readonly onReceiveReady?: (uart: number) => void;
  /** What the machine has to say of itself: holes met, named refusals. One line. */
  readonly log?: (line: string) => void;
  /** An access that a protection unit refused. */
  readonly onRefusal?: (rule: string, address: number, access: number) => void;
}

/** Why `run` returned. */
export type RunEnd =
  /** The budget is spent. */
  | 'budget'
  /** `stop` was called. */
  | 'stopped'
  /** The CPU waits for an interrupt and no event is due: only input from outside can go on. */
  | 'idle'
  /** The board was reset by the guest (watchdog, SRC); the CPU stands at its reset vector. */
  | 'reset';

export interface MachineStats {
  /** Instructions executed, and how many of them by the evaluate tier. */
  readonly instructions: number;
  readonly evaluated: number;
  /** How many of them in regions. */
  readonly inRegions: number;
  /** Virtual time, in seconds, waiting included. */
  readonly seconds: number;
}

/** Causes for which generated code comes back to TypeScript. */
export interface EngineExits {
  /** An instruction that it leaves to the evaluate tier, where what follows is not what the block expects. */
  readonly evaluated: number;
  /** A jump whose target is not linked, not in the jump cache, or not translated. */
  readonly jump: number;
  /** The budget is spent: an event is due, or a slice ends. */
  readonly budget: number;
  /** A block has become hot. */
  readonly hot: number;
  /** An exception return that generated code does not do itself. */
  readonly exceptionReturn: number;
}

export class Machine {
  readonly memory: LinearMemory;
  readonly core: Core;
  readonly chip: Imx53;
  readonly events: EventQueue;
  readonly evaluator: Evaluator;
  readonly threaded: ThreadedTier;
  /** In the tiers `region` (from the first execution) and `auto` (what is hot). */
  readonly regions: Regions | undefined;
  readonly tier: Tier;
  readonly #pmuOverflow: number;
  #stopped = false;
  #resetWanted = false;
  #waited = 0;

  constructor(options: MachineOptions = {}) {
    this.tier = options.tier ?? 'auto';
    this.events = new EventQueue(options.frequencyHz);
    const banks = QSB_DRAM.map(({ base, size }) => ({ base, size: options.dramBankBytes ?? size }));
    const layout = layoutMachine([...banks, { base: IRAM_BASE, size: IRAM_SIZE }, { base: 0, size: ROM_SIZE }]);
    const [dram0, dram1, iram, rom] = layout.memories;
    this.memory = createLinearMemory(layout);
    this.memory.u8.set(bootRom(), rom!.offset);
    const log = options.log ?? (() => undefined);
    // The chip drives the CPU's lines from its first reset on, before there is a CPU.
    let core: Core | undefined;
    this.chip = createImx53Qsb({
      memory: this.memory.wasm.buffer,
      dram: [dram0!, dram1!],
      iram: iram!,
      rom: rom!,
      clock: this.events,
      log,
      cpuLines: (irq, fiq) => {
        core?.setIrqLine(irq);
        core?.setFiqLine(fiq);
      },
      onTransmit: (uart, byte, access) => { options.onTransmit?.(uart, byte, (access & NONSECURE) === 0); },
      onReceiveReady: (uart) => { options.onReceiveReady?.(uart); },
      onRefusal: (rule, address, access) => { options.onRefusal?.(rule, address, access); },
      onDmaWrite: (address, size) => { core?.mmu.stored(this.offsetOf(address, size), size); },
      onProtectionChange: () => { core?.mmu.dropAll(); },
      onReset: () => {
        this.#resetWanted = true;
        core?.requestStop();
      },
      tzicStrict: options.tzicStrict ?? false,
    }).chip;
    core = new Core(this.memory, timed(this.chip.bus, this.events, () => this.core.count));
    this.core = core;
    this.core.impreciseAborts = options.aborts === 'board';
    this.core.hooks.log = log;
    this.evaluator = new Evaluator(this.core, createDecoder(allRows, this.tier === 'evaluate' ? undefined : FEW_DECODED));
    if (options.census === true && this.tier !== 'evaluate') this.evaluator.census = new Census();
    this.threaded = new ThreadedTier(this.core, this.evaluator);
    if (this.tier === 'region' || this.tier === 'auto') {
      this.regions = new Regions(this.core, this.threaded, this.evaluator.decoder, { threshold: this.tier === 'region' ? 0 : HOT });
    }
    const pmuOverflow = this.events.register('PMU overflow', () => { this.#updatePmu(); });
    this.#pmuOverflow = pmuOverflow;
    this.core.hooks.interruptsChanged = () => { this.#updatePmu(); };
    this.events.onNearer = () => { this.core.requestStop(); };
    this.reset();
  }

  /** The PMU's line to the TZIC, and when its next counter overflows. */
  #updatePmu(): void {
    const { cp15 } = this.core;
    this.chip.pmuIrq.set(cp15.pmuInterrupt());
    this.events.schedule(this.#pmuOverflow, cp15.nextPmuOverflow());
  }

  /** Power-on reset of CPU and board; memory keeps its contents. */
  reset(): void {
    this.chip.reset();
    this.core.reset();
    this.threaded.clear();
  }

  /** Leaves the chip as the board's boot loader does when it enters an operating system. */
  applyHandover(): void {
    applyHandover(this.chip);
    const s = this.memory.i32;
    s[STATE.ACTLR] = s[STATE.ACTLR]! | HANDOVER_ACTLR;
  }

  /** Offset in linear memory of a physical range, or -1 where it is not plain memory. */
  offsetOf(address: number, length: number): number {
    for (const { base, size, offset } of this.memory.layout.memories) {
      if (address >= base && address + length <= base + size) return offset + address - base;
    }
    return -1;
  }

  /** Makes `run` return after the current instruction. */
  stop(): void {
    this.#stopped = true;
    this.core.requestStop();
  }

  /** Runs up to `budget` instructions of virtual time. */
  run(budget: number): RunEnd {
    const end = this.#run(budget);
    this.events.now = this.core.count;
    return end;
  }

  #run(budget: number): RunEnd {
    const { core, events } = this;
    const end = core.count + budget;
    this.#stopped = false;
    while (core.count < end) {
      this.regions?.harvest();
      events.now = core.count;
      events.run();
      core.stopRequested = false;
      if (this.#resetWanted) {
        this.#resetWanted = false;
        this.reset();
        return 'reset';
      }
      if (this.#stopped) return 'stopped';
      const until = Math.min(end, events.nextDeadline, core.count + this.#slice());
      if (until > core.count) {
        if (this.tier === 'evaluate') this.evaluator.run(until - core.count);
        else this.threaded.run(until - core.count);
      }
      if (this.#stopped || this.#resetWanted || this.memory.i32[STATE.waiting] === 0 || core.wakes()) continue;
      if (events.nextDeadline === Infinity) return 'idle';
      const next = Math.min(end, events.nextDeadline);
      if (next > core.count) {
        this.#waited += next - core.count;
        core.count = next;
      }
    }
    return 'budget';
  }

  #slice(): number {
    if (this.regions === undefined) return MAX_SLICE;
    const since = (this.core.count - this.regions.lastMade) * SLICE_OF_TIME_SINCE;
    return Math.min(Math.max(Math.floor(since), MIN_SLICE), MAX_SLICE);
  }

  /** Copies bytes to physical memory. Returns false where the range is not plain memory. */
  loadBytes(address: number, bytes: Uint8Array): boolean {
    const offset = this.offsetOf(address, bytes.length);
    if (offset < 0) return false;
    this.memory.u8.set(bytes, offset);
    this.core.mmu.stored(offset, bytes.length);
    return true;
  }

  /** The bytes of physical memory at `address`, a view; undefined where the range is not plain memory. */
  bytes(address: number, length: number): Uint8Array | undefined {
    const offset = this.offsetOf(address, length);
    return offset < 0 ? undefined : this.memory.u8.subarray(offset, offset + length);
  }

  /** The whole state as plain data, between two calls of `run`. */
  save(): Snapshot {
    return saveMachine(this, { waited: this.#waited, resetWanted: this.#resetWanted });
  }

  /** Takes a snapshot back, whatever tier it was made in. Throws, and leaves the machine as it was, where the snapshot does not fit. */
  load(snapshot: Snapshot): void {
    const { waited, resetWanted } = loadMachine(this, snapshot);
    this.#waited = waited;
    this.#resetWanted = resetWanted;
    this.threaded.clear();
  }

  /** How often generated code came back to TypeScript, by cause. */
  get exits(): EngineExits {
    const { exits } = this.threaded;
    return { evaluated: exits[EXIT_EVALUATED]! + exits[EXIT_STEP]!, jump: exits[EXIT_JUMP]!, budget: exits[EXIT_BUDGET]!, hot: exits[EXIT_HOT]!, exceptionReturn: exits[EXIT_EXCEPTION_RETURN]! };
  }

  get stats(): MachineStats {
    const instructions = this.core.count - this.#waited;
    return {
      instructions,
      evaluated: this.tier === 'evaluate' ? instructions : this.threaded.evaluated,
      inRegions: this.regions?.executed ?? 0,
      seconds: this.core.count / this.events.frequencyHz,
    };
  }

  /** WebAssembly modules generated so far, and their bytes. */
  get generated(): { readonly modules: number; readonly bytes: number } {
    const { modules, moduleBytes } = this.threaded.handlers;
    return { modules, bytes: moduleBytes };
  }

  /** Bytes of the board's memories in pages that hold anything but zeros. */
  touchedBytes(): number {
    let pages = 0;
    for (const { offset, size } of this.memory.layout.memories) {
      const words = this.memory.i32.subarray(offset >> 2, (offset + size) >> 2);
      for (let from = 0; from < words.length; from += PAGE_WORDS) {
        for (let i = from; i < from + PAGE_WORDS; i++) {
          if (words[i] !== 0) {
            pages++;
            break;
          }
        }
      }
    }
    return pages * PAGE_WORDS * 4;
  }

  /** Where `MachineOptions.census` asks for it: what the evaluate tier executed for the others, the most frequent first. */
  get census(): readonly CensusLine[] { return this.evaluator.census?.lines ?? []; }
}
