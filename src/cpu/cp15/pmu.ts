/**
 * The performance monitor's counters (DDI 0406C, C12; DDI 0344, 3.2.44-3.2.53).
 *
 * One instruction counts as one cycle, so the cycle counter, CPU_CYCLES and INST_RETIRED follow the count of retired instructions
 * exactly; events other than those and SW_INCR do not occur. Non-invasive debug counts as permitted in both worlds: PMCR.DP has no
 * effect. Counters are brought up to date when something looks at them; between two looks nothing runs here.
 */
import type { RegisterFile } from '../../registers/index.ts';
import { PMU_DIVIDER, PMU_SINCE, type SYSTEM_ROWS } from './system-registers.ts';

const COUNTERS = 4;
const CYCLE_COUNTER = 0x80000000;
/** All counters that exist, as PMCNTENSET, PMINTENSET and PMOVSR number them. */
const ALL = CYCLE_COUNTER | 0xf;

const PMCR_E = 1 << 0;
const PMCR_P = 1 << 1;
const PMCR_C = 1 << 2;
const PMCR_D = 1 << 3;

const EVENT_SW_INCR = 0x00;
const EVENT_INST_RETIRED = 0x08;
const EVENT_CPU_CYCLES = 0x11;

const WRAP = 2 ** 32;
const DIVISOR = 64;

export class Pmu {
  readonly #file: RegisterFile<typeof SYSTEM_ROWS>;
  readonly #words: Uint32Array;
  readonly #now: () => number;

  /** `words` is the CPU state; `now` gives retired instructions. */
  constructor(file: RegisterFile<typeof SYSTEM_ROWS>, words: Uint32Array, now: () => number) {
    this.#file = file;
    this.#words = words;
    this.#now = now;
  }

  reset(): void {
    this.#words[PMU_DIVIDER] = 0;
    this.#setSince(this.#now());
  }

  get #since(): number {
    return this.#words[PMU_SINCE + 1]! * WRAP + this.#words[PMU_SINCE]!;
  }

  #setSince(now: number): void {
    this.#words[PMU_SINCE] = now % WRAP;
    this.#words[PMU_SINCE + 1] = Math.floor(now / WRAP);
  }

  #counts(counter: number): boolean {
    const event = this.#file.get('PMXEVTYPER', counter);
    return event === EVENT_INST_RETIRED || event === EVENT_CPU_CYCLES;
  }

  /** Brings the counters up to now. To be called before any of the PMU's registers is read or written. A clock that was set back counts nothing. */
  sync(): void {
    const now = this.#now();
    const elapsed = now - this.#since;
    if (elapsed === 0) return;
    this.#setSince(now);
    if (elapsed < 0) return;
    const file = this.#file;
    const pmcr = file.get('PMCR');
    if ((pmcr & PMCR_E) === 0) return;
    const enabled = file.get('PMCNTENSET');
    if ((enabled & CYCLE_COUNTER) !== 0) {
      let ticks = elapsed;
      if ((pmcr & PMCR_D) !== 0) {
        const total = this.#words[PMU_DIVIDER]! + elapsed;
        this.#words[PMU_DIVIDER] = total % DIVISOR;
        ticks = Math.floor(total / DIVISOR);
      }
      const sum = file.get('PMCCNTR') + ticks;
      if (sum >= WRAP) this.#overflow(CYCLE_COUNTER);
      file.set('PMCCNTR', sum % WRAP);
    }
    for (let counter = 0; counter < COUNTERS; counter++) {
      if ((enabled >>> counter & 1) !== 0 && this.#counts(counter)) this.#add(counter, elapsed);
    }
  }

  #add(counter: number, ticks: number): void {
    const sum = this.#file.get('PMXEVCNTR', counter) + ticks;
    if (sum >= WRAP) this.#overflow(1 << counter);
    this.#file.set('PMXEVCNTR', sum % WRAP, counter);
  }

  #overflow(flag: number): void {
    this.#file.set('PMOVSR', this.#file.get('PMOVSR') | flag);
  }

  /** PMCR was written: its reset bits act and are not kept. */
  control(value: number): void {
    const file = this.#file;
    if ((value & PMCR_P) !== 0) for (let counter = 0; counter < COUNTERS; counter++) file.set('PMXEVCNTR', 0, counter);
    if ((value & PMCR_C) !== 0) {
      file.set('PMCCNTR', 0);
      this.#words[PMU_DIVIDER] = 0;
    }
    file.set('PMCR', value & ~(PMCR_P | PMCR_C));
  }

  /** PMCNTENSET, PMCNTENCLR, PMINTENSET and PMINTENCLR: sets or clears the bits of existing counters. */
  enable(register: 'PMCNTENSET' | 'PMINTENSET', bits: number, on: boolean): void {
    const old = this.#file.get(register);
    this.#file.set(register, on ? old | (bits & ALL) : old & ~bits);
  }

  /** PMSWINC: counts in each named counter that counts software increments. */
  increment(counters: number): void {
    const file = this.#file;
    if ((file.get('PMCR') & PMCR_E) === 0) return;
    const chosen = counters & file.get('PMCNTENSET');
    for (let counter = 0; counter < COUNTERS; counter++) {
      if ((chosen >>> counter & 1) !== 0 && file.get('PMXEVTYPER', counter) === EVENT_SW_INCR) this.#add(counter, 1);
    }
  }

  /** Level of nPMUIRQ (true: asserted). PMCR.E gates it. */
  interrupt(): boolean {
    this.sync();
    const file = this.#file;
    return (file.get('PMCR') & PMCR_E) !== 0 && (file.get('PMOVSR') & file.get('PMINTENSET')) !== 0;
  }

  /** Count of retired instructions at which the interrupt becomes asserted if nothing is written until then; Infinity if never. */
  nextOverflow(): number {
    this.sync();
    const file = this.#file;
    const pmcr = file.get('PMCR');
    if ((pmcr & PMCR_E) === 0) return Infinity;
    const waiting = file.get('PMCNTENSET') & file.get('PMINTENSET') & ~file.get('PMOVSR');
    let distance = Infinity;
    if ((waiting & CYCLE_COUNTER) !== 0) {
      const ticks = WRAP - file.get('PMCCNTR');
      distance = (pmcr & PMCR_D) !== 0 ? ticks * DIVISOR - this.#words[PMU_DIVIDER]! : ticks;
    }
    for (let counter = 0; counter < COUNTERS; counter++) {
      if ((waiting >>> counter & 1) !== 0 && this.#counts(counter)) distance = Math.min(distance, WRAP - file.get('PMXEVCNTR', counter));
    }
    return this.#since + distance;
  }
}
