/**
 * I2C controller, as bus master. Source: i.MX53 Multimedia Applications Processor Reference Manual, chapter "Inter IC". The status bits IIF and IAL are cleared by writing 0.
 *
 * Deviations: a byte is transferred at once. Slave mode and loss of arbitration do not happen: no other master is on the board's buses.
 */
import { defineRegisters } from '../../registers/index.ts';
import type { SpecOf } from '../../registers/index.ts';
import { RegisterDevice } from '../device.ts';
import type { IrqLine, Log, Plain } from '../device.ts';

/** A chip on an I2C bus. */
export interface I2cSlave {
  /** Its 7-bit address. */
  readonly address: number;
  /** It was addressed, to be read or written. */
  start(read: boolean): void;
  /** Takes a byte; false is a NACK. */
  write(byte: number): boolean;
  read(): number;
  stop(): void;
  reset(): void;
  save(): Plain;
  load(state: Plain): void;
}

export const I2C_REGISTERS = defineRegisters('I2C', 1, {
  IADR: { at: 0x00, width: 16, reserved: '15:8 0', fields: { ADR: [7, 1, 'rw'] } },
  IFDR: { at: 0x04, width: 16, reserved: '15:6', fields: { IC: [5, 0, 'rw'] } },
  I2CR: {
    at: 0x08, width: 16, reserved: '15:8 1:0',
    fields: { IEN: [7, 'rw'], IIEN: [6, 'rw'], MSTA: [5, 'rw'], MTX: [4, 'rw'], TXAK: [3, 'rw'], RSTA: [2, 'wo'] },
  },
  I2SR: {
    at: 0x0c, width: 16, reset: 0x81, reserved: '15:8 3',
    fields: { ICF: [7, 'ro'], IAAS: [6, 'ro'], IBB: [5, 'ro'], IAL: [4, 'ro'], SRW: [2, 'ro'], IIF: [1, 'ro'], RXAK: [0, 'ro'] },
  },
  I2DR: { at: 0x10, width: 16, reserved: '15:8', fields: { DATA: [7, 0, 'rw'] } },
});

const { I2CR, I2SR } = I2C_REGISTERS.masks;

/** What the next byte on the bus is. */
const IDLE = 0;
const ADDRESS = 1;
const DATA = 2;

type MoreState = { readonly phase: number; readonly selected: number; readonly slaves: readonly Plain[] };

export class I2c extends RegisterDevice<SpecOf<typeof I2C_REGISTERS>> {
  readonly #irq: IrqLine;
  readonly #slaves: readonly I2cSlave[];
  #phase = IDLE;
  /** Number of the slave that answered to its address, or -1. */
  #selected = -1;

  constructor(name: string, ports: { readonly irq: IrqLine; readonly log: Log; readonly slaves: readonly I2cSlave[] }) {
    super(name, 0x4000, I2C_REGISTERS, ports.log);
    this.#irq = ports.irq;
    this.#slaves = ports.slaves;
    const { registers } = this;
    registers.on('I2CR', { onWrite: (old, value) => { this.#writeControl(old, value); } });
    registers.on('I2SR', {
      onWrite: (_old, _value, written, _index, _access, lanes) => {
        const cleared = lanes & ~written & (I2SR.IIF | I2SR.IAL);
        registers.set('I2SR', registers.get('I2SR') & ~cleared);
        this.#drive();
      },
    });
    registers.on('I2DR', { onRead: () => this.#readData(), onWrite: (_old, value) => { this.#writeData(value); } });
  }

  #writeControl(old: number, value: number): void {
    const { registers } = this;
    registers.set('I2CR', value & ~I2CR.RSTA);
    if ((value & I2CR.IEN) === 0) {
      this.#stop();
      registers.set('I2SR', 0x81);
    } else if ((value & I2CR.MSTA) === 0) {
      if ((old & I2CR.MSTA) !== 0) this.#stop();
    } else if ((old & I2CR.MSTA) === 0 || (value & I2CR.RSTA) !== 0) {
      this.#phase = ADDRESS;
      registers.set('I2SR', registers.get('I2SR') | I2SR.IBB);
    }
    this.#drive();
  }

  #stop(): void {
    this.#slaves[this.#selected]?.stop();
    this.#selected = -1;
    this.#phase = IDLE;
    this.registers.set('I2SR', this.registers.get('I2SR') & ~I2SR.IBB);
  }

  #writeData(byte: number): void {
    const control = this.registers.get('I2CR');
    if ((control & (I2CR.IEN | I2CR.MSTA | I2CR.MTX)) !== (I2CR.IEN | I2CR.MSTA | I2CR.MTX)) return;
    if (this.#phase === ADDRESS) {
      this.#selected = this.#slaves.findIndex((slave) => slave.address === byte >>> 1);
      this.#slaves[this.#selected]?.start((byte & 1) === 1);
      this.#phase = DATA;
      this.#transferred(this.#selected >= 0);
    } else {
      this.#transferred(this.#slaves[this.#selected]?.write(byte) ?? false);
    }
  }

  /** A read in master-receive mode gives the last byte and fetches the next. */
  #readData(): number {
    const byte = this.registers.get('I2DR');
    const control = this.registers.get('I2CR');
    if ((control & (I2CR.IEN | I2CR.MSTA | I2CR.MTX)) === (I2CR.IEN | I2CR.MSTA) && this.#phase === DATA) {
      this.registers.set('I2DR', this.#slaves[this.#selected]?.read() ?? 0xff);
      this.#transferred((control & I2CR.TXAK) === 0);
    }
    return byte;
  }

  #transferred(acknowledged: boolean): void {
    const { registers } = this;
    registers.set('I2SR', (registers.get('I2SR') & ~I2SR.RXAK) | I2SR.ICF | I2SR.IIF | (acknowledged ? 0 : I2SR.RXAK));
    this.#drive();
  }

  #drive(): void {
    this.#irq.set((this.registers.get('I2SR') & I2SR.IIF) !== 0 && (this.registers.get('I2CR') & I2CR.IIEN) !== 0);
  }

  protected override resetMore(): void {
    this.#phase = IDLE;
    this.#selected = -1;
    this.#drive();
  }

  protected override saveMore(): Plain {
    return { phase: this.#phase, selected: this.#selected, slaves: this.#slaves.map((slave) => slave.save()) } satisfies MoreState;
  }

  protected override loadMore(more: Plain): void {
    const { phase, selected, slaves } = more as MoreState;
    this.#phase = phase;
    this.#selected = selected;
    this.#slaves.forEach((slave, index) => {
      slave.load(slaves[index] ?? null);
    });
    this.#drive();
  }
}
