/**
 * Enhanced periodic interrupt timer: a counter that counts down. Source: i.MX53 Multimedia Applications Processor Reference Manual, chapter "Enhanced Periodic Interrupt Timer".
 *
 * After zero the next tick shows the load register (set-and-forget, RLD = 1) or 0xffffffff (free-running). The compare flag rises at
 * the first instruction at which the counter equals CMPR. Deviations: no compare output (tag); the clock runs in every low-power mode.
 */
import { defineRegisters } from '../../registers/index.ts';
import type { SpecOf } from '../../registers/index.ts';
import { RegisterDevice } from '../device.ts';
import type { Plain } from '../device.ts';
import type { EventId } from '../events.ts';
import { STOPPED, Ticker, scale } from '../ticks.ts';
import type { Rate, TickerState } from '../ticks.ts';
import type { TimerPorts } from './gpt.ts';

export const EPIT_REGISTERS = defineRegisters('EPIT', 1, {
  CR: {
    at: 0x00, reserved: '31:26',
    fields: {
      CLKSRC: [25, 24, 'rw'], OM: [23, 22, 'tag'], STOPEN: [21, 'rw'], DOZEEN: [20, 'rw'], WAITEN: [19, 'rw'], DBGEN: [18, 'rw'], IOVW: [17, 'rw'],
      SWR: [16, 'wo'], PRESCALAR: [15, 4, 'rw'], RLD: [3, 'rw'], OCIEN: [2, 'rw'], ENMOD: [1, 'rw'], EN: [0, 'rw'],
    },
  },
  SR: { at: 0x04, reserved: '31:1', fields: { OCIF: [0, 'w1c'] } },
  LR: { at: 0x08, reset: 0xffffffff, fields: { LOAD: [31, 0, 'rw'] } },
  CMPR: { at: 0x0c, fields: { COMPARE: [31, 0, 'rw'] } },
  CNR: { at: 0x10, reset: 0xffffffff, fields: { COUNT: [31, 0, 'ro'] } },
});

const { CR, SR } = EPIT_REGISTERS.masks;
/** Bits of CR that a software reset keeps. */
const KEPT = CR.EN | CR.ENMOD | CR.STOPEN | CR.WAITEN | CR.DOZEEN | CR.DBGEN;
const TOP = 0xffffffff;

type MoreState = { readonly ticker: TickerState; readonly zero: number; readonly seen: number };

export class Epit extends RegisterDevice<SpecOf<typeof EPIT_REGISTERS>> {
  readonly #ports: TimerPorts;
  readonly #event: EventId;
  readonly #ticker: Ticker;
  /** Tick at which the counter is zero next (or is now). */
  #zero = TOP;
  /** Ticks up to which compare matches are accounted for (this tick included). */
  #seen = 0;

  constructor(name: string, ports: TimerPorts) {
    super(name, 0x4000, EPIT_REGISTERS, ports.log);
    this.#ports = ports;
    this.#ticker = new Ticker(ports.clock);
    this.#event = ports.clock.register(`${name} compare`, () => {
      this.#sync();
    });
    const { registers } = this;
    registers.on('CR', { onWrite: (old, value) => { this.#writeControl(old, value); } });
    registers.on('SR', {
      onRead: () => {
        this.#sync();
        return registers.get('SR');
      },
      onWrite: (_old, _value, written) => {
        this.#sync();
        registers.set('SR', registers.get('SR') & ~written);
        this.#plan();
      },
    });
    registers.on('LR', { onWrite: (old, value) => { this.#writeLoad(old, value); } });
    registers.on('CMPR', { onWrite: (old, value) => { this.#writeCompare(old, value); } });
    registers.on('CNR', {
      onRead: () => {
        this.#sync();
        return this.#count();
      },
    });
  }

  /** Takes the clocks' rates anew: CCM, the prescaler or CLKSRC has changed. */
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
    const rate = source === 1 ? ipg() : source === 2 ? per() : source === 3 ? low() : STOPPED;
    return scale(rate, 1, registers.field('CR', 'PRESCALAR') + 1);
  }

  /** The counter at the accounted tick; exact after `#sync`. */
  #count(): number {
    return this.#zero - this.#seen;
  }

  #setCount(value: number): void {
    this.#seen = this.#ticker.ticks;
    this.#zero = this.#seen + value;
  }

  get #reload(): number {
    return this.registers.field('CR', 'RLD') === 1 ? this.registers.get('LR') : TOP;
  }

  #writeControl(old: number, value: number): void {
    this.registers.set('CR', old);
    this.#sync();
    if ((value & CR.SWR) !== 0) {
      this.registers.reset();
      this.registers.set('CR', value & KEPT);
      this.#setCount(TOP);
    } else {
      this.registers.set('CR', value);
      if ((value & CR.EN) !== 0 && (old & CR.EN) === 0 && (value & CR.ENMOD) !== 0) this.#setCount(this.#reload);
    }
    this.clockChanged();
  }

  #writeLoad(old: number, value: number): void {
    this.registers.set('LR', old);
    this.#sync();
    this.registers.set('LR', value);
    if (this.registers.field('CR', 'IOVW') === 1) {
      this.#setCount(value);
      this.#matchNow();
    }
    this.#plan();
  }

  #writeCompare(old: number, value: number): void {
    this.registers.set('CMPR', old);
    this.#sync();
    this.registers.set('CMPR', value);
    this.#matchNow();
    this.#plan();
  }

  #matchNow(): void {
    if (this.#ticker.running && this.#count() === this.registers.get('CMPR')) this.registers.set('SR', SR.OCIF);
  }

  /** Tick of the next match, or of the next reload if that is nearer. */
  #nextTick(): number {
    const compare = this.registers.get('CMPR');
    return compare < this.#count() ? this.#zero - compare : this.#zero + 1;
  }

  /** Accounts for every match and reload until now. */
  #sync(): void {
    const now = this.#ticker.ticks;
    for (let tick = this.#nextTick(); tick <= now; tick = this.#nextTick()) {
      if (tick > this.#zero) this.#skipPeriods(tick, now);
      else this.#seen = tick;
      if (this.#count() === this.registers.get('CMPR')) this.registers.set('SR', SR.OCIF);
    }
    this.#seen = Math.max(this.#seen, now);
    this.#plan();
  }

  /** Reloads at `tick`, and passes over whole periods that end before `now`: they can only set the flag again. */
  #skipPeriods(tick: number, now: number): void {
    const period = this.#reload + 1;
    const whole = Math.floor((now - tick) / period);
    if (whole > 0 && this.registers.get('CMPR') < period) this.registers.set('SR', SR.OCIF);
    this.#seen = tick + whole * period;
    this.#zero = this.#seen + period - 1;
  }

  #plan(): void {
    const flagged = (this.registers.get('SR') & SR.OCIF) !== 0;
    const enabled = this.registers.field('CR', 'OCIEN') === 1;
    this.#ports.irq.set(flagged && enabled);
    // Only the rise of the interrupt needs an event; all else is accounted for when it is looked at.
    const wanted = enabled && !flagged && this.#ticker.running;
    this.#ports.clock.schedule(this.#event, wanted ? this.#ticker.timeOf(this.#nextTick()) : Infinity);
  }

  protected override resetMore(): void {
    this.#ticker.reset();
    this.#setCount(TOP);
    this.#plan();
  }

  protected override saveMore(): Plain {
    return { ticker: this.#ticker.save(), zero: this.#zero, seen: this.#seen } satisfies MoreState;
  }

  protected override loadMore(more: Plain): void {
    const { ticker, zero, seen } = more as MoreState;
    this.#ticker.load(ticker);
    this.#zero = zero;
    this.#seen = seen;
    this.#plan();
  }
}
