/**
 * Secure interrupts at the TZIC (i.MX53 reference manual, chapter "TrustZone Aware Interrupt Controller"): which is pending, enabling, masking, and raising one in
 * the normal world by software.
 */
import { TZIC, TZIC_WORDS } from '../registers.ts';
import type { GateMemory } from './memory.ts';

export class Interrupts {
  readonly #memory: GateMemory;
  readonly #tzic: number;

  constructor(memory: GateMemory, tzic: number) {
    this.#memory = memory;
    this.#tzic = tzic;
  }

  /** The lowest secure interrupt that is pending and enabled; -1 for none. */
  pending(): number {
    for (let word = 0; word < TZIC_WORDS; word++) {
      const bits = this.#memory.read32(this.#tzic + TZIC.HIPND + word * 4) & ~this.#memory.read32(this.#tzic + TZIC.INTSEC + word * 4);
      if (bits !== 0) return word * 32 + (31 - Math.clz32(bits & -bits));
    }
    return -1;
  }

  enable(number: number): void { this.#memory.write32(this.#tzic + TZIC.ENSET + (number >>> 5) * 4, 1 << (number & 31)); }
  disable(number: number): void { this.#memory.write32(this.#tzic + TZIC.ENCLEAR + (number >>> 5) * 4, 1 << (number & 31)); }

  isSecure(number: number): boolean {
    return (this.#memory.read32(this.#tzic + TZIC.INTSEC + (number >>> 5) * 4) >>> (number & 31) & 1) === 0;
  }

  /** Raises an interrupt by software; it stays pending until it is ended. */
  raise(number: number): void { this.#memory.write32(this.#tzic + TZIC.SWINT, number & 0x3ff); }
  end(number: number): void { this.#memory.write32(this.#tzic + TZIC.SWINT, (1 << 31) | (number & 0x3ff)); }
}
