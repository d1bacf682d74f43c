/**
 * General purpose timer. Source: i.MX53 Multimedia Applications Processor Reference Manual, chapter "General Purpose Timer".
 *
 * The counter follows its clock exactly; compare interrupts come at the first instruction at which the counter equals the compare value.
 * Deviations: no capture inputs and no compare outputs (tags). The clock runs in WAIT, DOZE and STOP alike.
 */
import { defineRegisters } from '../../registers/index.ts';
import type { SpecOf } from '../../registers/index.ts';
import { RegisterDevice } from '../device.ts';
import type { IrqLine, Log, Plain } from '../device.ts';
import type { Clock, EventId } from '../events.ts';
import { STOPPED, Ticker, scale } from '../ticks.ts';
import type { Rate, TickerState } from '../ticks.ts';

export const GPT_REGISTERS = defineRegisters('GPT', 1, {
  CR: {
    at: 0x00, reserved: '14:10',
    fields: {
      FO3: [31, 'wo'], FO2: [30, 'wo'], FO1: [29, 'wo'], OM3: [28, 26, 'tag'], OM2: [25, 23, 'tag'], OM1: [22, 20, 'tag'], IM2: [19, 18, 'tag'],
      IM1: [17, 16, 'tag'], SWR: [15, 'wo'], FRR: [9, 'rw'], CLKSRC: [8, 6, 'rw'], STOPEN: [5, 'rw'], DOZEEN: [4, 'rw'], WAITEN: [3, 'rw'],
      DBGEN: [2, 'rw'], ENMOD: [1, 'rw'], EN: [0, 'rw'],
    },
  },
  PR: { at: 0x04, reserved: '31:12', fields: { PRESCALER: [11, 0, 'rw'] } },
  SR: {
    at: 0x08, reserved: '31:6',
    fields: { ROV: [5, 'w1c'], IF2: [4, 'w1c'], IF1: [3, 'w1c'], OF3: [2, 'w1c'], OF2: [1, 'w1c'], OF1: [0, 'w1c'] },
  },
  IR: {
    at: 0x0c, reserved: '31:6',
    fields: { ROVIE: [5, 'rw'], IF2IE: [4, 'rw'], IF1IE: [3, 'rw'], OF3IE: [2, 'rw'], OF2IE: [1, 'rw'], OF1IE: [0, 'rw'] },
  },
  OCR: { at: 0x10, count: 3, reset: [0xffffffff, 0xffffffff, 0xffffffff], fields: { COMP: [31, 0, 'rw'] } },
  ICR: { at: 0x1c, count: 2, fields: { CAPT: [31, 0, 'ro'] } },
  CNT: { at: 0x24, fields: { COUNT: [31, 0, 'ro'] } },
});

const { CR, SR } = GPT_REGISTERS.masks;
const WRAP = 2 ** 32;
const NEVER = -1;
/** Bits of CR that a software reset keeps. */
const KEPT = CR.EN | CR.ENMOD | CR.STOPEN | CR.DOZEEN | CR.WAITEN | CR.DBGEN;

/** Rates of the clocks that a timer can choose from, now. A gated clock is STOPPED. */
export interface TimerRates {
  readonly ipg: () => Rate;
  /** `per_root`, the high-frequency clock. */
  readonly per: () => Rate;
  /** The 32 kHz clock. */
  readonly low: () => Rate;
}

export interface TimerPorts {
  readonly clock: Clock;
  readonly irq: IrqLine;
  readonly rates: TimerRates;
  readonly log: Log;
}

type MoreState = { readonly ticker: TickerState; readonly zero: number; readonly seen: number; readonly restart: number };

export class Gpt extends RegisterDevice<SpecOf<typeof GPT_REGISTERS>> {
  readonly #ports: TimerPorts;
  readonly #event: EventId;
  readonly #ticker: Ticker;
  /** Tick at which the counter was (or would have been) zero. */
  #zero = 0;
  /** Ticks up to which compare matches are accounted for (this tick included). */
  #seen = 0;
  /** Restart mode: the tick at which the counter goes back to zero, once the first compare has matched. */
  #restart = NEVER;
  /** The next tick at which something happens; earlier ones need no accounting. */
  #next = 0;

  constructor(name: string, ports: TimerPorts) {
    super(name, 0x4000, GPT_REGISTERS, ports.log);
    this.#ports = ports;
    this.#ticker = new Ticker(ports.clock);
    this.#event = ports.clock.register(`${name} compare`, () => {
      this.#sync();
    });
    const { registers } = this;
    registers.on('CR', { onWrite: (old, value) => { this.#writeControl(old, value); } });
    registers.on('PR', { onWrite: () => { this.clockChanged(); } });
    registers.on('SR', {
      onRead: () => {
        this.#sync();
        return registers.get('SR');
      },
      onWrite: (_old, _value, written) => {
        this.#sync();
        registers.set('SR', registers.get('SR') & ~written);
        this.#drive();
      },
    });
    registers.on('IR', { onWrite: () => { this.#sync(); } });
    registers.on('OCR', { onWrite: (old, value, _written, index) => { this.#writeCompare(old, value, index); } });
    registers.on('CNT', { onRead: () => this.#count() });
  }

  /** Takes the clocks' rates anew: CCM, PR or CLKSRC has changed. */
  clockChanged(): void {
    this.#sync();
    this.#ticker.setRate(this.#rate());
    this.#plan();
  }

  #rate(): Rate {
    const { registers } = this;
    if (registers.field('CR', 'EN') === 0) return STOPPED;
    const { ipg, per, low } = this.#ports.rates;
    const source = registers.field('CR', 'CLKSRC');
    const rate = source === 1 ? ipg() : source === 2 ? per() : source === 4 ? low() : STOPPED;
    return scale(rate, 1, registers.field('PR', 'PRESCALER') + 1);
  }

  #count(): number {
    const ticks = this.#ticker.ticks;
    if (ticks >= this.#next) this.#sync();
    return (ticks - this.#zero) % WRAP;
  }

  #setCount(value: number): void {
    this.#seen = this.#ticker.ticks;
    this.#zero = this.#seen - value;
    this.#restart = NEVER;
  }

  #writeControl(old: number, value: number): void {
    this.registers.set('CR', old);
    this.#sync();
    if ((value & CR.SWR) !== 0) {
      this.registers.reset();
      this.registers.set('CR', value & KEPT);
      this.#setCount(0);
    } else {
      this.registers.set('CR', value & ~(CR.FO1 | CR.FO2 | CR.FO3 | CR.SWR));
      if ((value & CR.EN) !== 0 && (old & CR.EN) === 0 && (value & CR.ENMOD) !== 0) this.#setCount(0);
    }
    this.clockChanged();
  }

  #writeCompare(old: number, value: number, index: number): void {
    this.registers.set('OCR', old, index);
    this.#sync();
    this.registers.set('OCR', value, index);
    // In restart mode a write to the first compare register restarts the counter.
    if (index === 0 && this.registers.field('CR', 'FRR') === 0) this.#setCount(0);
    if (this.#ticker.running && (this.#ticker.ticks - this.#zero) % WRAP === value) this.#raise(SR.OF1 << index);
    this.#plan();
  }

  /** First tick after `#seen` at which the counter equals `value`. */
  #matchTick(value: number): number {
    const past = (this.#seen - this.#zero) % WRAP;
    const distance = (value - past + WRAP) % WRAP;
    return this.#seen + (distance === 0 ? WRAP : distance);
  }

  /** Tick of the next thing to happen to the counter. */
  #nextTick(): number {
    if (this.#restart !== NEVER) return this.#restart;
    let next = this.#matchTick(0);
    for (let index = 0; index < 3; index++) next = Math.min(next, this.#matchTick(this.registers.get('OCR', index)));
    return next;
  }

  /** Accounts for every match until now. */
  #sync(): void {
    const now = this.#ticker.ticks;
    for (let tick = this.#nextTick(); tick <= now; tick = this.#nextTick()) {
      const restarted = tick === this.#restart;
      if (restarted) {
        this.#zero = tick;
        this.#restart = NEVER;
      }
      const count = (tick - this.#zero) % WRAP;
      this.#seen = tick;
      if (count === 0 && !restarted) this.#raise(SR.ROV);
      for (let index = 0; index < 3; index++) {
        if (count === this.registers.get('OCR', index)) this.#raise(SR.OF1 << index);
      }
      if (count === this.registers.get('OCR', 0) && this.registers.field('CR', 'FRR') === 0) this.#restart = tick + 1;
    }
    this.#seen = Math.max(this.#seen, now);
    this.#plan();
  }

  #raise(bits: number): void {
    this.registers.set('SR', this.registers.get('SR') | bits);
  }

  #plan(): void {
    this.#drive();
    this.#next = this.#nextTick();
    this.#ports.clock.schedule(this.#event, this.#ticker.running ? this.#ticker.timeOf(this.#next) : Infinity);
  }

  #drive(): void {
    this.#ports.irq.set((this.registers.get('SR') & this.registers.get('IR')) !== 0);
  }

  protected override resetMore(): void {
    this.#ticker.reset();
    this.#setCount(0);
    this.#plan();
  }

  protected override saveMore(): Plain {
    return { ticker: this.#ticker.save(), zero: this.#zero, seen: this.#seen, restart: this.#restart } satisfies MoreState;
  }

  protected override loadMore(more: Plain): void {
    const { ticker, zero, seen, restart } = more as MoreState;
    this.#ticker.load(ticker);
    this.#zero = zero;
    this.#seen = seen;
    this.#restart = restart;
    this.#plan();
  }
}
