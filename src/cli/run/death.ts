/**
 * When a guest can do nothing any more: its exceptions go where no handler is, or it stands in an empty loop that nothing can interrupt.
 */
import { CPSR_F, CPSR_I, type Core, type ExceptionKind, GuestMemory, SCR_EA, STATE, VECTOR_OFFSET } from '../../cpu/index.ts';
import { MODE_NAMES } from './mode-names.ts';
import type { Place, TakenException } from './plan.ts';

const SCTLR_V = 1 << 13;
/** STATE.waiting of WFI; WFE has 2. */
const WAITING_FOR_INTERRUPT = 1;
/** Exceptions that each come from the vector of the one before: so many in a row are a loop. */
const CHAIN = 64;
const ROM_RUN = 'it ran in the boot ROM, which holds no code here';
/** Instructions of an empty loop. */
const LONGEST_LOOP = 8;

/** Where the CPU stands. */
export function placeOf(core: Core): Place {
  const { i32 } = core.memory;
  return {
    pc: i32[STATE.r + 15]! >>> 0,
    mode: MODE_NAMES[i32[STATE.mode]!] ?? `0x${i32[STATE.mode]!.toString(16)}`,
    world: core.mmu.world() === 0 ? 'secure' : 'non-secure',
    thumb: i32[STATE.thumb] !== 0,
  };
}

export interface DeathWatchOptions {
  readonly core: Core;
  /** Physical vector tables that hold no handlers. */
  readonly emptyVectors: readonly number[];
  /** A range of physical memory that holds no code. */
  readonly noCode: { readonly base: number; readonly size: number };
  /** Called from inside the exception that cannot be handled; the machine is to stop. */
  readonly onDead: () => void;
}

/** Watches the exceptions of a core. */
export class DeathWatch {
  /** The registers at which the normal world was last seen to wait, and since when. */
  #waitingAt = '';
  #waitingSince = 0;
  /** Why the guest is dead, once it is. */
  why: string | undefined;
  readonly #options: DeathWatchOptions;
  readonly #memory: GuestMemory;
  #last: ExceptionKind | undefined;
  #lastPc = 0;
  /** By world: what the guest ran into may be followed by many exceptions of the other one. */
  readonly #lastOf: (TakenException | undefined)[] = [];
  #lastCount = -1;
  #chain = 0;
  /** The first exception of a chain: the one to tell of. */
  #first: TakenException | undefined;

  constructor(options: DeathWatchOptions) {
    this.#options = options;
    this.#memory = new GuestMemory(options.core);
    options.core.hooks.exception = (kind, pc, external) => { this.#exception(kind, pc, external); };
    options.core.hooks.calls = 'changed';
  }

  #exception(kind: ExceptionKind, pc: number, external: boolean): void {
    const { core } = this.#options;
    const chained = this.#last !== undefined && core.count - this.#lastCount <= 1 && (pc & 0x1f) === VECTOR_OFFSET[this.#last];
    if (!chained) {
      this.#chain = 0;
    } else {
      if (this.#chain === 0) this.#first = this.#describe(this.#last!, this.#lastPc);
      if (++this.#chain === CHAIN) this.#die('its exceptions go to a vector that raises an exception');
    }
    if (kind !== 'irq' && kind !== 'fiq') this.#lastOf[core.mmu.world()] = this.#describe(kind, pc);
    this.#last = kind;
    this.#lastPc = pc;
    this.#lastCount = core.count;
    const base = this.#vectorBase(kind, external);
    // These tables are mapped at their own addresses or not at all: a walk is needed only where the address is one of them.
    if (base !== undefined && this.#options.emptyVectors.includes(base) && this.#memory.physical(base, 0, { privileged: true }) === base) {
      this.#first = this.#describe(kind, pc);
      const { noCode } = this.#options;
      // Words of zero are instructions that do nothing: what jumps there comes out at the end.
      const through = kind === 'prefetch-abort' && pc === noCode.base + noCode.size;
      this.#die(through ? ROM_RUN : `no handler is installed at its vector 0x${(base + VECTOR_OFFSET[kind]).toString(16).padStart(8, '0')}`);
    }
  }

  #die(why: string): void {
    this.why ??= why;
    this.#options.onDead();
  }

  /** Base of the table that an exception goes through; undefined for interrupts, which SCR may route elsewhere. */
  #vectorBase(kind: ExceptionKind, external: boolean): number | undefined {
    const { i32 } = this.#options.core.memory;
    if (kind === 'irq' || kind === 'fiq') return undefined;
    if (kind === 'smc' || (external && (i32[STATE.SCR]! & SCR_EA) !== 0)) return i32[STATE.MVBAR]! >>> 0;
    const world = this.#options.core.mmu.world();
    return (i32[STATE.SCTLR + world]! & SCTLR_V) !== 0 ? 0xffff0000 : i32[STATE.VBAR + world]! >>> 0;
  }

  #describe(kind: ExceptionKind, pc: number): TakenException {
    const { core } = this.#options;
    const { i32 } = core.memory;
    const world = core.mmu.world();
    if (kind === 'data-abort') return { kind, pc, status: i32[STATE.DFSR + world]! >>> 0, address: i32[STATE.DFAR + world]! >>> 0 };
    if (kind === 'prefetch-abort') return { kind, pc, status: i32[STATE.IFSR + world]! >>> 0, address: i32[STATE.IFAR + world]! >>> 0 };
    return { kind, pc };
  }

  /** The exception that the guest died of, if it died of one. */
  get exception(): TakenException | undefined {
    return this.#first;
  }

  /**
   * Looks at the CPU between two runs. Returns why it can do nothing any more. `interruptible`: an unmasked interrupt may still come.
   */
  look(interruptible: boolean): string | undefined {
    if (this.why !== undefined) return this.why;
    const { core, noCode } = this.#options;
    const { i32 } = core.memory;
    const pc = i32[STATE.r + 15]! >>> 0;
    const physical = this.#memory.physical(pc, 0);
    if (physical >= noCode.base && physical < noCode.base + noCode.size) {
      this.#first = this.#lastOf[core.mmu.world()];
      return ROM_RUN;
    }
    // A secure interrupt, which the normal world cannot mask, does not help the normal world out of a loop.
    const wanted = core.mmu.world() === 0 ? CPSR_I | CPSR_F : CPSR_I;
    const masked = (i32[STATE.masks]! & wanted) === wanted;
    if (!masked && interruptible) return undefined;
    if (!this.#emptyLoop(pc)) return undefined;
    return `it loops in place with ${masked ? 'interrupts masked' : 'no interrupt to come'}`;
  }

  /**
   * As `look`, of a normal world that stands in WFI with no interrupt of its own enabled: interrupts of the secure world wake the CPU, so that it only seems to go on. It is
   * dead where no register has changed for `patience` instructions of virtual time.
   */
  lookForWait(patience: number): string | undefined {
    const { core } = this.#options;
    const { i32 } = core.memory;
    if (i32[STATE.waiting] !== WAITING_FOR_INTERRUPT || core.mmu.world() === 0) return undefined;
    const registers = i32.subarray(STATE.r, STATE.r + 16).join();
    if (registers !== this.#waitingAt) {
      this.#waitingAt = registers;
      this.#waitingSince = core.count;
    }
    return core.count - this.#waitingSince < patience ? undefined : 'it waits for an interrupt (WFI), and has enabled none';
  }

  /** Whether the code at `pc` leads back to it over nothing but branches and instructions that do nothing. */
  #emptyLoop(pc: number): boolean {
    const thumb = this.#options.core.memory.i32[STATE.thumb] !== 0;
    let at = pc;
    for (let step = 0; step < LONGEST_LOOP; step++) {
      const target = thumb ? this.#emptyT32(at) : this.#emptyA32(at);
      if (target === undefined) return false;
      at = target;
      if (at === pc) return true;
    }
    return false;
  }

  /** Where an A32 instruction that does nothing, or branches always, leads; undefined for any other. */
  #emptyA32(at: number): number | undefined {
    const word = this.#memory.readWord(at);
    if (word === undefined) return undefined;
    if ((word & 0xff000000) >>> 0 === 0xea000000) return (at + 8 + (word << 8 >> 6)) >>> 0; // B
    if (word === 0xe1a00000 || word === 0xe320f000 || word === 0xe320f001) return at + 4; // MOV r0, r0; NOP; YIELD
    return undefined;
  }

  #emptyT32(at: number): number | undefined {
    const bytes = new Uint8Array(2);
    if (!this.#memory.read(at, bytes)) return undefined;
    const half = bytes[0]! | bytes[1]! << 8;
    if ((half & 0xf800) === 0xe000) return (at + 4 + (half << 21 >> 20)) >>> 0; // B
    if (half === 0xbf00 || half === 0xbf10 || half === 0x46c0) return at + 2; // NOP; YIELD; MOV r8, r8
    return undefined;
  }
}
