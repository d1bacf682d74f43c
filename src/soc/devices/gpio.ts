/**
 * General purpose input and output, 32 pins. Source: i.MX53 Multimedia Applications Processor Reference Manual, chapter "General Purpose Input/Output".
 *
 * Pins that nothing drives read as one (pull-ups). A level-sensitive interrupt condition that still holds sets its ISR bit again.
 */
import { defineRegisters } from '../../registers/index.ts';
import type { SpecOf } from '../../registers/index.ts';
import { RegisterDevice } from '../device.ts';
import type { IrqLine, Log, Plain } from '../device.ts';

export const GPIO_REGISTERS = defineRegisters('GPIO', 1, {
  DR: { at: 0x00, fields: { DR: [31, 0, 'rw'] } },
  GDIR: { at: 0x04, fields: { GDIR: [31, 0, 'rw'] } },
  PSR: { at: 0x08, fields: { PSR: [31, 0, 'ro'] } },
  ICR: { at: 0x0c, count: 2, fields: { ICR: [31, 0, 'rw'] } },
  IMR: { at: 0x14, fields: { IMR: [31, 0, 'rw'] } },
  ISR: { at: 0x18, fields: { ISR: [31, 0, 'w1c'] } },
  EDGE_SEL: { at: 0x1c, fields: { GPIO_EDGE_SEL: [31, 0, 'rw'] } },
});

const LOW_LEVEL = 0;
const HIGH_LEVEL = 1;
const RISING = 2;

export interface GpioPorts {
  /** Pins 0-15 and pins 16-31. */
  readonly irqLow: IrqLine;
  readonly irqHigh: IrqLine;
  readonly log: Log;
  /** Told of the levels of driven pins: `driven` masks the outputs. */
  readonly onOutput?: (levels: number, driven: number) => void;
}

type MoreState = { readonly inputs: number; readonly pins: number };

export class Gpio extends RegisterDevice<SpecOf<typeof GPIO_REGISTERS>> {
  readonly #ports: GpioPorts;
  /** Levels that the board puts on the pins. */
  #inputs = -1;
  /** Levels of the pins, as last seen by the edge detectors. */
  #pins = -1;

  constructor(name: string, ports: GpioPorts) {
    super(name, 0x4000, GPIO_REGISTERS, ports.log);
    this.#ports = ports;
    const { registers } = this;
    const output = {
      onWrite: (): void => {
        this.#update();
        ports.onOutput?.(registers.get('DR'), registers.get('GDIR'));
      },
    };
    const update = { onWrite: () => { this.#update(); } };
    registers.on('DR', { ...output, onRead: (value) => (value & registers.get('GDIR')) | (this.#pins & ~registers.get('GDIR')) });
    registers.on('GDIR', output);
    registers.on('PSR', { onRead: () => this.#pins });
    for (const register of ['ICR', 'IMR', 'ISR', 'EDGE_SEL'] as const) registers.on(register, update);
  }

  /** Puts a level on a pin from outside. */
  setInput(pin: number, level: boolean): void {
    this.#inputs = level ? this.#inputs | 1 << pin : this.#inputs & ~(1 << pin);
    this.#update();
  }

  /** Level of a pin. */
  level(pin: number): boolean {
    return (this.#pins >>> pin & 1) === 1;
  }

  #update(): void {
    const { registers } = this;
    const direction = registers.get('GDIR');
    const pins = (registers.get('DR') & direction) | (this.#inputs & ~direction);
    const changed = pins ^ this.#pins;
    this.#pins = pins;
    const anyEdge = registers.get('EDGE_SEL');
    let status = registers.get('ISR') | (changed & anyEdge);
    for (let pin = 0; pin < 32; pin++) {
      const bit = 1 << pin;
      if ((anyEdge & bit) !== 0) continue;
      const condition = registers.get('ICR', pin >>> 4) >>> (pin & 15) * 2 & 3;
      const high = (pins & bit) !== 0;
      const met = condition === LOW_LEVEL ? !high : condition === HIGH_LEVEL ? high : (changed & bit) !== 0 && high === (condition === RISING);
      if (met) status |= bit;
    }
    registers.set('ISR', status);
    const pending = status & registers.get('IMR');
    this.#ports.irqLow.set((pending & 0xffff) !== 0);
    this.#ports.irqHigh.set(pending >>> 16 !== 0);
  }

  /** The board's levels stay: they are not the chip's. */
  protected override resetMore(): void {
    this.#pins = this.#inputs;
    this.#update();
  }

  protected override saveMore(): Plain {
    return { inputs: this.#inputs, pins: this.#pins } satisfies MoreState;
  }

  protected override loadMore(more: Plain): void {
    const { inputs, pins } = more as MoreState;
    this.#inputs = inputs;
    this.#pins = pins;
    this.#update();
  }
}
