/**
 * AHB to IP bridges with TrustZone support. Source: i.MX53 Multimedia Applications Processor Reference Manual, chapter "AIPSTZ".
 *
 * Each master has a 4-bit field in MPR (bit 2 trusted for reads, 1 trusted for writes, 0 not forced to user mode), the first in bits
 * 31:28; each peripheral of 16 KiB has one in OPACR (bit 2 supervisor only, 1 no writes, 0 no untrusted masters), the first in bits 31:28.
 * Deviations: the order of masters is that of this model (the CPU is master 0); buffered writes are stored; peripheral 32 is the SPBA.
 * The bridges' own registers answer to trusted masters in supervisor mode only: once no master is trusted, they stay as they are until reset.
 */
import { MASTER_SHIFT, PRIVILEGED, WRITE } from '../../cpu/bus-port.ts';
import type { BusAccess } from '../../cpu/bus-port.ts';
import { defineRegisters } from '../../registers/index.ts';
import type { SpecOf } from '../../registers/index.ts';
import type { SlaveUnit } from '../bus.ts';
import { RegisterDevice } from '../device.ts';
import type { Log } from '../device.ts';

const eight = {
  F0: [31, 28, 'rw'], F1: [27, 24, 'rw'], F2: [23, 20, 'rw'], F3: [19, 16, 'rw'], F4: [15, 12, 'rw'], F5: [11, 8, 'rw'], F6: [7, 4, 'rw'], F7: [3, 0, 'rw'],
} as const;

export const AIPSTZ_REGISTERS = defineRegisters('AIPSTZ', 1, {
  MPR: { at: 0x00, count: 2, reset: [0x77000000, 0], fields: eight },
  PACR: { at: 0x20, count: 4, reset: new Array<number>(4).fill(0x44444444), fields: eight },
  OPACR: { at: 0x40, count: 5, reset: [0x44444444, 0x44444444, 0x44444444, 0x44444444, 0x44000000], fields: eight },
});

/** Peripherals of one bridge: 32 of its own, the SPBA, and the bridge itself. */
export const AIPSTZ_PERIPHERALS = 34;
/** Index of the bridge's own registers. */
export const AIPSTZ_ITSELF = 33;

export class Aipstz extends RegisterDevice<SpecOf<typeof AIPSTZ_REGISTERS>> implements SlaveUnit {
  readonly #rules: readonly string[];

  constructor(name: string, log: Log) {
    super(name, 0x4000, AIPSTZ_REGISTERS, log);
    this.#rules = Array.from({ length: AIPSTZ_PERIPHERALS }, (_, index) =>
      (index === AIPSTZ_ITSELF ? `${name} registers are for trusted masters in supervisor mode` : `${name} OPACR${index >> 3} peripheral ${index}`));
  }

  allows(index: number, access: BusAccess): boolean {
    const master = access >>> MASTER_SHIFT & 15;
    const trust = this.registers.get('MPR', master >> 3) >>> (28 - (master & 7) * 4);
    const write = (access & WRITE) !== 0;
    if (index === AIPSTZ_ITSELF) return (access & PRIVILEGED) !== 0 && (trust & 1) !== 0 && (trust & (write ? 2 : 4)) !== 0;
    const rights = this.registers.get('OPACR', index >> 3) >>> (28 - (index & 7) * 4);
    if ((rights & 4) !== 0 && ((access & PRIVILEGED) === 0 || (trust & 1) === 0)) return false;
    if ((rights & 2) !== 0 && write) return false;
    return (rights & 1) === 0 || (trust & (write ? 2 : 4)) !== 0;
  }

  ruleOf(index: number): string {
    return this.#rules[index] ?? this.name;
  }
}

/** Both bridges as one unit: the second one's peripherals follow the first one's. */
export class AipstzPair implements SlaveUnit {
  readonly #first: Aipstz;
  readonly #second: Aipstz;

  constructor(first: Aipstz, second: Aipstz) {
    this.#first = first;
    this.#second = second;
  }

  allows(index: number, access: BusAccess): boolean {
    return index < AIPSTZ_PERIPHERALS ? this.#first.allows(index, access) : this.#second.allows(index - AIPSTZ_PERIPHERALS, access);
  }

  ruleOf(index: number): string {
    return index < AIPSTZ_PERIPHERALS ? this.#first.ruleOf(index) : this.#second.ruleOf(index - AIPSTZ_PERIPHERALS);
  }
}
