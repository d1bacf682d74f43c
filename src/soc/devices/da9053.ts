/**
 * Dialog DA9053 power management chip on I2C, as far as its drivers read it at boot: 128 registers of a byte, events, and the interrupt pin.
 *
 * Source: DA9053 datasheet, register map page 0. Deviations: supplies follow their registers at once and change nothing; a manual
 * conversion of the ADC ends at once with a mid-scale result; the real-time clock stands.
 */
import type { Plain } from '../device.ts';
import type { I2cSlave } from './i2c.ts';

const REGISTERS = 128;
const EVENT_A = 5;
const EVENT_B = 6;
const EVENT_D = 8;
const MASK_A = 10;
const CONTROL_B = 15;
const ADC_MAN = 81;
const ADC_RES_L = 83;
const ADC_RES_H = 84;
/** CONTROL_B: each write is an address and a byte, instead of an address and a run of bytes. */
const WRITE_MODE = 0x20;
const MAN_CONV = 0x10;
const EVENT_B_ADC_EOM = 0x20;

/** Values after power-on that drivers look at; all others are zero. */
const RESET: readonly (readonly [register: number, value: number])[] = [
  [MASK_A, 0xff], [MASK_A + 1, 0xff], [MASK_A + 2, 0xff], [MASK_A + 3, 0xff],
  [CONTROL_B, WRITE_MODE],
  // BUCKCORE 1.25 V, BUCKPRO 1.30 V, BUCKMEM 1.50 V, BUCKPERI 2.50 V, all enabled (bit 6)
  [46, 0x5e], [47, 0x60], [48, 0x57], [49, 0x7f],
  // LDO1 1.3 V, LDO2 1.3 V, LDO3 3.3 V, LDO4 2.775 V, LDO5 1.3 V, LDO6 1.2 V, LDO7 2.75 V, LDO8 1.8 V, LDO9 1.5 V, LDO10 1.3 V, all enabled
  [50, 0x4e], [51, 0x5c], [52, 0x7f], [53, 0x6a], [54, 0x42], [55, 0x40], [56, 0x5f], [57, 0x4c], [58, 0x45], [59, 0x42],
  // Real-time clock: 2010-01-01 00:00:00
  [114, 0x01], [115, 0x01], [116, 0x0a],
];

type State = { readonly version: 1; readonly registers: readonly number[]; readonly pointer: number; readonly expectAddress: boolean };

export class Da9053 implements I2cSlave {
  readonly address = 0x48;
  readonly #registers = new Uint8Array(REGISTERS);
  readonly #onInterrupt: (asserted: boolean) => void;
  #pointer = 0;
  /** Whether the next byte written is a register address. */
  #expectAddress = true;

  /** `onInterrupt` drives the nIRQ pin (which is low while asserted). */
  constructor(onInterrupt: (asserted: boolean) => void) {
    this.#onInterrupt = onInterrupt;
    this.reset();
  }

  start(read: boolean): void {
    if (!read) this.#expectAddress = true;
  }

  write(byte: number): boolean {
    if (this.#expectAddress) {
      this.#pointer = byte & (REGISTERS - 1);
      this.#expectAddress = false;
      return true;
    }
    this.#store(this.#pointer, byte);
    if ((this.#registers[CONTROL_B]! & WRITE_MODE) !== 0) this.#expectAddress = true;
    else this.#advance();
    return true;
  }

  read(): number {
    const byte = this.#registers[this.#pointer]!;
    this.#advance();
    return byte;
  }

  stop(): void {
    this.#expectAddress = true;
  }

  #advance(): void {
    this.#pointer = (this.#pointer + 1) & (REGISTERS - 1);
  }

  #store(register: number, byte: number): void {
    if (register >= 1 && register <= 4) return; // the status registers are read only
    if (register >= EVENT_A && register <= EVENT_D) {
      this.#registers[register] = this.#registers[register]! & ~byte;
    } else if (register === ADC_MAN) {
      this.#registers[register] = byte & ~MAN_CONV;
      if ((byte & MAN_CONV) !== 0) this.#convert();
    } else {
      this.#registers[register] = byte;
    }
    this.#drive();
  }

  /** Ten bits: the upper eight, and the lower two. */
  #convert(): void {
    this.#registers[ADC_RES_H] = 0x80;
    this.#registers[ADC_RES_L] = 0;
    this.#registers[EVENT_B] = this.#registers[EVENT_B]! | EVENT_B_ADC_EOM;
  }

  #drive(): void {
    let pending = 0;
    for (let group = 0; group < 4; group++) pending |= this.#registers[EVENT_A + group]! & ~this.#registers[MASK_A + group]!;
    this.#onInterrupt(pending !== 0);
  }

  reset(): void {
    this.#registers.fill(0);
    for (const [register, value] of RESET) this.#registers[register] = value;
    this.#pointer = 0;
    this.#expectAddress = true;
    this.#drive();
  }

  save(): Plain {
    return { version: 1, registers: [...this.#registers], pointer: this.#pointer, expectAddress: this.#expectAddress } satisfies State;
  }

  load(state: Plain): void {
    const { registers, pointer, expectAddress, version } = state as State;
    if (version !== 1) throw new Error('saved state is not DA9053 version 1');
    this.#registers.set(registers);
    this.#pointer = pointer;
    this.#expectAddress = expectAddress;
    this.#drive();
  }
}
