/**
 * Central security unit: which worlds and privileges may reach which slave, and which world DMA masters belong to.
 * Source: i.MX53 Multimedia Applications Processor Reference Manual, chapter "Central Security Unit (CSU)", which leaves the registers to the chip's security
 * reference manual; their layout is the one that public secure-world drivers for the chip (Genode's) program.
 *
 * CSLn holds slave a in bits 0-7 (lock 8) and slave b in bits 16-23 (lock 24). Within a slave's eight bits: 0 secure user read, 1 secure
 * privileged read, 2 non-secure user read, 3 non-secure privileged read, and 4-7 the same for writes (0x33 secure only, 0xff open).
 * Deviations: HP (masters' privilege), alarms and interrupts are tags; DMA masters are privileged. SA has no field for SATA: it follows PATA's.
 */
import { NONSECURE, PRIVILEGED, WRITE } from '../../cpu/bus-port.ts';
import type { BusAccess } from '../../cpu/bus-port.ts';
import { defineRegisters } from '../../registers/index.ts';
import type { SpecOf } from '../../registers/index.ts';
import { masterNumber } from '../access.ts';
import type { MasterName } from '../access.ts';
import type { MasterUnit, SlaveUnit } from '../bus.ts';
import { RegisterDevice } from '../device.ts';
import type { Log } from '../device.ts';

const CSLS = 32;

export const CSU_REGISTERS = defineRegisters('CSU', 1, {
  CSL: {
    at: 0x000, count: CSLS, reset: new Array<number>(CSLS).fill(0x00330033), reserved: '31:25 15:9',
    fields: { LOCK_B: [24, 'rw'], SLAVE_B: [23, 16, 'rw'], LOCK_A: [8, 'rw'], SLAVE_A: [7, 0, 'rw'] },
  },
  HP: { at: 0x200, count: 2, fields: { HP: [31, 0, 'tag'] } },
  SA: {
    at: 0x218, reserved: '31:30',
    fields: {
      ESDHC2: [29, 28, 'rw'], ESDHC1: [27, 26, 'rw'], DAP: [25, 24, 'rw'], FEC: [23, 22, 'rw'], ESDHC4: [21, 20, 'rw'], RTIC: [19, 18, 'rw'], UNUSED8: [17, 16, 'rw'],
      MLB: [15, 14, 'rw'], UNUSED6: [13, 12, 'rw'], PATA: [11, 10, 'rw'], USB: [9, 8, 'rw'], GPU: [7, 6, 'rw'], SDMA: [5, 4, 'rw'], CPU: [3, 2, 'rw'],
      ESDHC3: [1, 0, 'rw'],
    },
  },
  ALARM_MASK: { at: 0x230, fields: { MASK: [31, 0, 'tag'] } },
  HPCONTROL: { at: 0x358, count: 2, fields: { HPC: [31, 0, 'tag'] } },
  IRQCTRL: { at: 0x368, fields: { IRQ: [31, 0, 'tag'] } },
});

/** Lowest bit of each master's field in SA. */
const SA_BIT: { readonly [M in MasterName]?: number } = {
  eSDHC3: 0, SDMA: 4, GPU: 6, USB: 8, SATA: 10, MLB: 14, RTIC: 18, eSDHC4: 20, FEC: 22, DAP: 24, eSDHC1: 26, eSDHC2: 28,
};

/** Index of the slave that is the CSU itself: secure privileged accesses only, whatever the CSLs say. */
export const CSU_ITSELF = 2 * CSLS;

/** Index of a slave by its name: '04a' is the low half of CSL04. */
export function slaveIndex(name: string): number {
  const match = /^(\d\d)([ab])$/.exec(name);
  const number = Number(match?.[1]);
  if (match === null || number >= CSLS) throw new RangeError(`${name} names no CSL half`);
  return number * 2 + (match[2] === 'b' ? 1 : 0);
}

export class Csu extends RegisterDevice<SpecOf<typeof CSU_REGISTERS>> implements SlaveUnit, MasterUnit {
  readonly #rules: readonly string[];
  /** SA bit of each master number, or -1. */
  readonly #saBit = new Int8Array(16).fill(-1);

  /** `slaveNames` gives the blocks behind each slave index, for reports. */
  constructor(log: Log, slaveNames: (index: number) => string) {
    super('CSU', 0x4000, CSU_REGISTERS, log);
    this.#rules = Array.from({ length: CSU_ITSELF + 1 }, (_, index) => (index === CSU_ITSELF ? 'CSU registers are secure and privileged'
      : `CSU CSL${String(index >> 1).padStart(2, '0')} ${index % 2 === 0 ? 'low' : 'high'} (${slaveNames(index)})`));
    for (const [master, bit] of Object.entries(SA_BIT)) this.#saBit[masterNumber(master as MasterName)] = bit;
    this.registers.on('CSL', { onWrite: (old, value, _written, index) => { this.registers.set('CSL', lockedCsl(old, value), index); } });
    this.registers.on('SA', { onWrite: (old, value) => { this.registers.set('SA', lockedSa(old, value)); } });
  }

  allows(index: number, access: BusAccess): boolean {
    if (index === CSU_ITSELF) return (access & (NONSECURE | PRIVILEGED)) === PRIVILEGED;
    const rights = this.registers.get('CSL', index >> 1) >>> ((index & 1) * 16);
    const bit = ((access & WRITE) !== 0 ? 4 : 0) + ((access & NONSECURE) !== 0 ? 2 : 0) + ((access & PRIVILEGED) !== 0 ? 1 : 0);
    return (rights >>> bit & 1) === 1;
  }

  ruleOf(index: number): string {
    return this.#rules[index] ?? 'CSU';
  }

  attributes(master: number): BusAccess {
    const bit = this.#saBit[master]!;
    const nonSecure = bit >= 0 && (this.registers.get('SA') >>> bit & 1) === 1;
    return PRIVILEGED | (nonSecure ? NONSECURE : 0);
  }
}

/** A half whose lock bit was set keeps its rights and its lock. */
function lockedCsl(old: number, value: number): number {
  const keepA = (old & 0x100) !== 0 ? 0x1ff : 0;
  const keepB = (old & 0x1000000) !== 0 ? 0x1ff0000 : 0;
  const keep = keepA | keepB;
  return (value & ~keep) | (old & keep);
}

/** The upper bit of each pair locks the pair. */
function lockedSa(old: number, value: number): number {
  const locks = old & 0xaaaaaaaa;
  const keep = locks | locks >>> 1;
  return (value & ~keep) | (old & keep);
}
