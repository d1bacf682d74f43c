/**
 * Clock rates as fractions, and counters that follow them exactly.
 *
 * A tick counter is a function of the instruction count alone: floor(instructions * rate / CPU frequency), in integer arithmetic, so
 * that reading it early or late gives the same answer. Deviation: a change of rate starts a new tick (a fraction of a tick is lost).
 */
import type { Clock } from './events.ts';

/** A clock rate of `num / den` Hz. */
export interface Rate { readonly num: number; readonly den: number }

/** A clock that does not run. */
export const STOPPED: Rate = { num: 0, den: 1 };

/** A rate of a whole number of Hz. */
export function hertz(value: number): Rate {
  return { num: value, den: 1 };
}

/** Largest factor that `mulDiv` takes. */
const LIMIT = 2 ** 30;

function gcd(a: number, b: number): number {
  let x = a;
  let y = b;
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

/** A rate times `num / den`, in lowest terms. All products must stay below 2^53. */
export function scale(rate: Rate, num: number, den: number): Rate {
  const first = gcd(rate.num, den);
  const second = gcd(num, rate.den);
  const top = (rate.num / first) * (num / second);
  const bottom = (rate.den / second) * (den / first);
  if (!Number.isSafeInteger(top) || !Number.isSafeInteger(bottom)) throw new RangeError(`rate ${top}/${bottom} Hz is out of range`);
  return top === 0 ? STOPPED : { num: top, den: bottom };
}

/** A rate in whole Hz, rounded down. */
export function inHertz(rate: Rate): number {
  return Math.floor(rate.num / rate.den);
}

/** floor(a * b / c) exactly, for a below c and b, c at most 2^30. */
function mulDiv(a: number, b: number, c: number): number {
  const high = Math.floor(a / 8192) * b;
  const rest = (high % c) * 8192 + (a % 8192) * b;
  return Math.floor(high / c) * 8192 + Math.floor(rest / c);
}

export type TickerState = { readonly start: number; readonly base: number; readonly num: number; readonly den: number };

/** Counts the ticks of one clock; never wraps. */
export class Ticker {
  readonly #clock: Clock;
  /** Instruction count at which the present rate began, and the ticks counted by then. */
  #start = 0;
  #base = 0;
  /** Ticks for each instruction, as a fraction in lowest terms. */
  #num = 0;
  #den = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether ticks are being counted. */
  get running(): boolean {
    return this.#num !== 0;
  }

  /** Goes on counting at another rate. A rate whose exact fraction would be too large is rounded to whole Hz. */
  setRate(rate: Rate): void {
    const divisor = gcd(rate.num, this.#clock.frequencyHz);
    let num = rate.num / divisor;
    let den = rate.den * (this.#clock.frequencyHz / divisor);
    if (num > LIMIT || den > LIMIT) {
      const whole = Math.round(rate.num / rate.den);
      const common = gcd(whole, this.#clock.frequencyHz);
      num = whole / common;
      den = this.#clock.frequencyHz / common;
    }
    if (num === 0) den = 1;
    if (num === this.#num && den === this.#den) return;
    this.#base = this.ticks;
    this.#start = this.#clock.now;
    this.#num = num;
    this.#den = den;
  }

  /** Starts a new tick now, as writing a prescaler does. */
  restart(): void {
    this.#base = this.ticks;
    this.#start = this.#clock.now;
  }

  /** Ticks until now. */
  get ticks(): number {
    if (this.#num === 0) return this.#base;
    const elapsed = this.#clock.now - this.#start;
    return this.#base + Math.floor(elapsed / this.#den) * this.#num + mulDiv(elapsed % this.#den, this.#num, this.#den);
  }

  /** The first instruction count at which `ticks` is at least the given value; Infinity if the clock stands. */
  timeOf(ticks: number): number {
    const wanted = ticks - this.#base;
    if (wanted <= 0) return this.#start;
    if (this.#num === 0) return Infinity;
    const rest = wanted % this.#num;
    const whole = Math.floor(wanted / this.#num) * this.#den;
    return this.#start + whole + (rest === 0 ? 0 : mulDiv(rest, this.#den, this.#num) + (exact(rest, this.#den, this.#num) ? 0 : 1));
  }

  reset(): void {
    this.#start = this.#clock.now;
    this.#base = 0;
    this.#num = 0;
    this.#den = 1;
  }

  save(): TickerState {
    return { start: this.#start, base: this.#base, num: this.#num, den: this.#den };
  }

  load(state: TickerState): void {
    this.#start = state.start;
    this.#base = state.base;
    this.#num = state.num;
    this.#den = state.den;
  }
}

/** Whether c divides a * b (a below c; b, c at most 2^30). */
function exact(a: number, b: number, c: number): boolean {
  const high = Math.floor(a / 8192) * b;
  return ((high % c) * 8192 + (a % 8192) * b) % c === 0;
}
