/**
 * The kernel's timer: EPIT1 (i.MX53 reference manual, chapter "Enhanced Periodic Interrupt Timer"), free-running, one compare interrupt for the nearest
 * of timeouts and quantum. Ticks are the peripheral clock's.
 */
import type { GateMemory } from './memory.ts';
import type { KernelState } from './state.ts';

const CR = 0x00;
const SR = 0x04;
const CMPR = 0x0c;
const CNR = 0x10;
/** EN, ENMOD, OCIEN, IOVW, WAITEN, CLKSRC = peripheral clock. */
const CR_RUN = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 17 | 1 << 19 | 1 << 24;
export const TICKS_PER_SECOND = 66_666_667;
export const EPIT1_INTERRUPT = 40;
/** A compare value this far ahead is never missed while it is being set. */
const SOONEST = 16;
/** Look at the counter at least this often, so that its wrapping is noticed. */
const LATEST = 0x40000000;

export class KernelTimer {
  readonly #memory: GateMemory;
  readonly #state: KernelState;
  readonly #base: number;

  constructor(memory: GateMemory, state: KernelState, base: number) {
    this.#memory = memory;
    this.#state = state;
    this.#base = base;
  }

  start(): void {
    this.#memory.write32(this.#base + CR, CR_RUN);
    this.#state.counter = this.#memory.read32(this.#base + CNR);
  }

  /** Ticks since start. */
  now(): number {
    const counter = this.#memory.read32(this.#base + CNR);
    this.#state.ticks += (this.#state.counter - counter) >>> 0;
    this.#state.counter = counter;
    return this.#state.ticks;
  }

  acknowledge(): void {
    this.#memory.write32(this.#base + SR, 1);
  }

  /** Arms the compare interrupt for a tick; sooner than it can be set, it comes as soon as it can. */
  arm(tick: number): void {
    const now = this.now();
    const ahead = Math.min(Math.max(tick - now, SOONEST), LATEST);
    this.#memory.write32(this.#base + CMPR, (this.#state.counter - ahead) >>> 0);
  }
}

export function ticksOfUs(us: number): number {
  return Math.ceil(us * (TICKS_PER_SECOND / 1_000_000));
}

export function usOfTicks(ticks: number): number {
  return Math.floor(ticks / (TICKS_PER_SECOND / 1_000_000));
}
