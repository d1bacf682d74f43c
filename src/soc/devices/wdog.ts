/**
 * Watchdog. Source: i.MX53 Multimedia Applications Processor Reference Manual, chapter "Watchdog Timer".
 *
 * A time-out, or SRS written as 0, asks the machine for a reset through `onReset`. The pre-time-out interrupt works. Deviations: time
 * goes on in WAIT, STOP and debug modes (WDW, WDZST, WDBG are stored); WDA is stored.
 */
import { defineRegisters } from '../../registers/index.ts';
import type { SpecOf } from '../../registers/index.ts';
import { RegisterDevice } from '../device.ts';
import type { IrqLine, Log, Plain } from '../device.ts';
import type { Clock, EventId } from '../events.ts';

export const WDOG_REGISTERS = defineRegisters('WDOG', 1, {
  WCR: {
    at: 0x0, width: 16, reset: 0x0030,
    fields: { WT: [15, 8, 'rw'], WDW: [7, 'rw'], RESERVED6: [6, 'rw'], WDA: [5, 'rw'], SRS: [4, 'rw'], WRE: [3, 'rw'], WDE: [2, 'rw'], WDBG: [1, 'rw'], WDZST: [0, 'rw'] },
  },
  WSR: { at: 0x2, width: 16, fields: { WSR: [15, 0, 'rw'] } },
  WRSR: { at: 0x4, width: 16, reset: 0x0010, reserved: '15:5 3:2', fields: { POR: [4, 'ro'], TOUT: [1, 'ro'], SFTW: [0, 'ro'] } },
  WICR: { at: 0x6, width: 16, reset: 0x0004, reserved: '13:8', fields: { WIE: [15, 'rw'], WTIS: [14, 'w1c'], WICT: [7, 0, 'rw'] } },
  WMCR: { at: 0x8, width: 16, reset: 0x0001, reserved: '15:1', fields: { PDE: [0, 'rw'] } },
});

const { WCR, WRSR, WICR } = WDOG_REGISTERS.masks;
/** Bits that can be set once and never cleared but by reset. */
const STICKY = WCR.WDE;

export type ResetCause = 'software' | 'timeout';

export interface WdogPorts {
  readonly clock: Clock;
  readonly irq: IrqLine;
  readonly log: Log;
  /** Asks the machine to reset the board. The machine resets every device; `WRSR` then shows the cause. */
  readonly onReset: (watchdog: string, cause: ResetCause) => void;
}

type MoreState = { readonly half: boolean; readonly deadline: number };

export class Wdog extends RegisterDevice<SpecOf<typeof WDOG_REGISTERS>> {
  readonly #ports: WdogPorts;
  readonly #timeout: EventId;
  readonly #warning: EventId;
  /** Whether 0x5555 was the last word of the service sequence. */
  #half = false;
  /** Instruction count of the time-out. */
  #deadline = 0;
  /** Cause of the reset that is under way; shown by WRSR after it. */
  #cause: ResetCause | undefined;

  constructor(name: string, ports: WdogPorts) {
    super(name, 0x4000, WDOG_REGISTERS, ports.log);
    this.#ports = ports;
    this.#timeout = ports.clock.register(`${name} time-out`, () => {
      this.#requestReset('timeout');
    });
    this.#warning = ports.clock.register(`${name} warning`, () => {
      this.registers.set('WICR', this.registers.get('WICR') | WICR.WTIS);
      this.#drive();
    });
    this.registers.on('WCR', { onWrite: (old, value) => { this.#writeControl(old, value); } });
    this.registers.on('WSR', { onWrite: (_old, value) => { this.#service(value); } });
    this.registers.on('WICR', {
      onWrite: () => {
        this.#plan();
        this.#drive();
      },
    });
  }

  #halfSeconds(count: number): number {
    return count * Math.floor(this.#ports.clock.frequencyHz / 2);
  }

  #writeControl(old: number, value: number): void {
    this.registers.set('WCR', value | (old & STICKY) | WCR.SRS);
    if ((value & WCR.SRS) === 0) {
      this.#requestReset('software');
      return;
    }
    if ((value & WCR.WDE) !== 0 && (old & WCR.WDE) === 0) this.#reload();
  }

  #service(word: number): void {
    if (word === 0xaaaa && this.#half) this.#reload();
    this.#half = word === 0x5555;
  }

  /** Loads the counter from WT: the time-out is (WT + 1) half seconds away. */
  #reload(): void {
    this.#deadline = this.#ports.clock.now + this.#halfSeconds(this.registers.field('WCR', 'WT') + 1);
    this.#plan();
  }

  #plan(): void {
    const { clock } = this.#ports;
    const enabled = this.registers.field('WCR', 'WDE') === 1;
    clock.schedule(this.#timeout, enabled ? this.#deadline : Infinity);
    const warning = this.#deadline - this.#halfSeconds(this.registers.field('WICR', 'WICT'));
    clock.schedule(this.#warning, enabled && warning > clock.now ? warning : Infinity);
  }

  #drive(): void {
    this.#ports.irq.set(this.registers.field('WICR', 'WIE') === 1 && this.registers.field('WICR', 'WTIS') === 1);
  }

  #requestReset(cause: ResetCause): void {
    this.#cause = cause;
    this.#ports.onReset(this.name, cause);
  }

  protected override resetMore(): void {
    if (this.#cause !== undefined) this.registers.set('WRSR', this.#cause === 'timeout' ? WRSR.TOUT : WRSR.SFTW);
    this.#cause = undefined;
    this.#half = false;
    this.#deadline = 0;
    this.#plan();
    this.#drive();
  }

  protected override saveMore(): Plain {
    return { half: this.#half, deadline: this.#deadline } satisfies MoreState;
  }

  protected override loadMore(more: Plain): void {
    const { half, deadline } = more as MoreState;
    this.#half = half;
    this.#deadline = deadline;
    this.#drive();
  }
}
