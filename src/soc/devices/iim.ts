/**
 * IC identification module: fuses and silicon revision. Source: i.MX53 Multimedia Applications Processor Reference Manual, chapter "IC Identification Module".
 *
 * Each fuse byte is one word of a bank. Deviations: sensing and blowing fuses is not modelled (tags); shadow values are what the fuses hold.
 */
import { defineRegisters } from '../../registers/index.ts';
import type { SpecOf } from '../../registers/index.ts';
import { RegisterDevice } from '../device.ts';
import type { Log } from '../device.ts';

/** Bytes of each fuse bank. */
const ROWS = 32;
const byte = { VALUE: [7, 0, 'rw'] } as const;
const bank = (number: number) => ({ at: 0x800 + number * 0x400, count: ROWS, reserved: '31:8', fields: byte }) as const;

export const IIM_REGISTERS = defineRegisters('IIM', 1, {
  STAT: { at: 0x00, reserved: '31:8 6:2', fields: { BUSY: [7, 'ro'], PRGD: [1, 'w1c'], SNSD: [0, 'w1c'] } },
  STATM: { at: 0x04, reserved: '31:2', fields: { PRGD_M: [1, 'rw'], SNSD_M: [0, 'rw'] } },
  ERR: { at: 0x08, reserved: '31:8 0', fields: { ERRORS: [7, 1, 'w1c'] } },
  EMASK: { at: 0x0c, reserved: '31:8 0', fields: { MASKS: [7, 1, 'rw'] } },
  FCTL: { at: 0x10, reserved: '31:8', fields: { FUSE_CONTROL: [7, 0, 'tag'] } },
  UA: { at: 0x14, reserved: '31:6', fields: { A: [5, 0, 'rw'] } },
  LA: { at: 0x18, reserved: '31:8', fields: { A: [7, 0, 'rw'] } },
  SDAT: { at: 0x1c, reserved: '31:8', fields: { D: [7, 0, 'ro'] } },
  PREV: { at: 0x20, reserved: '31:8', fields: { PROD: [7, 0, 'ro'] } },
  SREV: { at: 0x24, reserved: '31:8', fields: { SREV: [7, 0, 'ro'] } },
  PREG_P: { at: 0x28, reserved: '31:8', fields: { PROG: [7, 0, 'tag'] } },
  SCS: { at: 0x2c, count: 4, reserved: '31:8', fields: { LOCK: [7, 'rw'], SCS: [6, 0, 'rw'] } },
  BANK0: bank(0), BANK1: bank(1), BANK2: bank(2), BANK3: bank(3), BANK4: bank(4),
});

/** SREV of silicon TO2.1 (0 is TO1.0, 2 is TO2.0). */
export const SREV_TO2_1 = 3;

/** Row of bank 1 at which the six bytes of the Ethernet address begin. */
const MAC_ROW = 9;

export interface IimFuses {
  /** Silicon revision, as SREV shows it. */
  readonly srev: number;
  /** Ethernet address: six bytes. */
  readonly mac: readonly number[];
}

export class Iim extends RegisterDevice<SpecOf<typeof IIM_REGISTERS>> {
  readonly #fuses: IimFuses;

  constructor(log: Log, fuses: IimFuses) {
    super('IIM', 0x4000, IIM_REGISTERS, log);
    this.#fuses = fuses;
    this.#showFuses();
  }

  protected override resetMore(): void {
    this.#showFuses();
  }

  #showFuses(): void {
    this.registers.set('SREV', this.#fuses.srev);
    this.#fuses.mac.forEach((value, place) => {
      this.registers.set('BANK1', value, MAC_ROW + place);
    });
  }
}
