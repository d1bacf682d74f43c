/**
 * TrustZone interrupt controller, 128 sources. Source: i.MX53 Multimedia Applications Processor Reference Manual, chapter "TrustZone Interrupt Controller".
 *
 * A source with INTSEC = 1 is non-secure and drives the CPU's IRQ (if INTCTRL.NSEN); one with INTSEC = 0 is secure and drives FIQ (if
 * INTCTRL.EN). A lower priority value is more urgent, and a source passes if its priority is below PRIOMASK.
 *
 * Non-secure accesses never abort. They see and change non-secure sources only; what they try on secure ones is ignored and reported.
 * PRIORITY and PRIOMASK have the view of ARM's GIC architecture: a non-secure value v stands for 0x80 | v >> 1, and a mask that the secure
 * side holds below 0x80 reads as zero and ignores non-secure writes.
 *
 * Deviation (on unless `strict`): a non-secure read of INTSEC shows the true bits, since an unmodified Linux ANDs HIPND with it. Strict
 * gives zero. WAKEUP is stored only.
 */
import { NONSECURE } from '../../cpu/bus-port.ts';
import type { BusAccess } from '../../cpu/bus-port.ts';
import { defineRegisters } from '../../registers/index.ts';
import type { SpecOf } from '../../registers/index.ts';
import { RegisterDevice } from '../device.ts';
import type { IgnoredAccess, IrqLine, Log, Plain } from '../device.ts';

export const TZIC_SOURCES = 128;
const WORDS = TZIC_SOURCES / 32;

export const TZIC_REGISTERS = defineRegisters('TZIC', 1, {
  INTCTRL: { at: 0x000, reserved: '30:17 15:1', fields: { NSENMASK: [31, 'wo'], NSEN: [16, 'rw'], EN: [0, 'rw'] } },
  INTTYPE: { at: 0x004, reset: 0x403, reserved: '31:11 9:8', fields: { DOM: [10, 'ro'], CPUS: [7, 5, 'ro'], ITLINES: [4, 0, 'ro'] } },
  IMPID: { at: 0x008, fields: { ID: [31, 0, 'ro'] } },
  PRIOMASK: { at: 0x00c, reserved: '31:8', fields: { MASK: [7, 0, 'rw'] } },
  SYNCCTRL: { at: 0x010, reserved: '31:2', fields: { SYNCMODE: [1, 0, 'rw'] } },
  DSMINT: { at: 0x014, reserved: '31:1', fields: { DSM: [0, 'rw'] } },
  INTSEC: { at: 0x080, count: WORDS, fields: { SECURE: [31, 0, 'rw'] } },
  ENSET: { at: 0x100, count: WORDS, fields: { INTENSET: [31, 0, 'ro'] } },
  ENCLEAR: { at: 0x180, count: WORDS, fields: { INTENCLEAR: [31, 0, 'ro'] } },
  SRCSET: { at: 0x200, count: WORDS, fields: { SRCSET: [31, 0, 'ro'] } },
  SRCCLEAR: { at: 0x280, count: WORDS, fields: { SRCCLEAR: [31, 0, 'ro'] } },
  PRIORITY: { at: 0x400, count: TZIC_SOURCES / 4, fields: { PRIO3: [31, 24, 'rw'], PRIO2: [23, 16, 'rw'], PRIO1: [15, 8, 'rw'], PRIO0: [7, 0, 'rw'] } },
  PND: { at: 0xd00, count: WORDS, fields: { PND: [31, 0, 'ro'] } },
  HIPND: { at: 0xd80, count: WORDS, fields: { HIPND: [31, 0, 'ro'] } },
  WAKEUP: { at: 0xe00, count: WORDS, fields: { WAKEUP: [31, 0, 'rw'] } },
  SWINT: { at: 0xf00, reserved: '30:10', fields: { INTNEG: [31, 'wo'], INTID: [9, 0, 'wo'] } },
  ID: { at: 0xfd0, count: 12, reserved: '31:8', fields: { ID: [7, 0, 'ro'] } },
});

const { INTCTRL } = TZIC_REGISTERS.masks;

export interface TzicPorts {
  readonly log: Log;
  /** Told of the lines to the CPU when one changes, and after a load. */
  readonly onLines: (irq: boolean, fiq: boolean) => void;
  /** Told of non-secure accesses that were ignored. */
  readonly onIgnored?: IgnoredAccess;
  /** Non-secure reads of INTSEC give zero, as the board (probably) does. */
  readonly strict?: boolean;
}

type MoreState = { readonly lines: readonly number[]; readonly enabled: readonly number[]; readonly software: readonly number[] };

export class Tzic extends RegisterDevice<SpecOf<typeof TZIC_REGISTERS>> {
  readonly #ports: TzicPorts;
  /** Levels of the interrupt lines. */
  readonly #lines = new Int32Array(WORDS);
  readonly #enabled = new Int32Array(WORDS);
  /** Sources raised by SRCSET or SWINT. */
  readonly #software = new Int32Array(WORDS);
  #irq = false;
  #fiq = false;

  constructor(ports: TzicPorts) {
    super('TZIC', 0x4000, TZIC_REGISTERS, ports.log);
    this.#ports = ports;
    const { registers } = this;
    registers.on('INTCTRL', { onWrite: (old, value, written, _index, access) => { this.#writeControl(old, value, written, access); } });
    registers.on('PRIOMASK', {
      onRead: (value, _index, access) => ((access & NONSECURE) === 0 ? value : priorityView(value)),
      onWrite: (old, value, written, _index, access) => { this.#writePrioMask(old, value, written, access); },
    });
    registers.on('INTSEC', {
      onRead: (value, _index, access) => ((access & NONSECURE) !== 0 && this.#ports.strict === true ? 0 : value),
      onWrite: (old, value, _written, index, access) => {
        if ((access & NONSECURE) !== 0) {
          if (value !== old) ports.onIgnored?.('TZIC INTSEC', 0x80 + index * 4, access);
          registers.set('INTSEC', old, index);
        }
        this.#update();
      },
    });
    registers.on('ENSET', {
      onRead: (_value, index, access) => this.#visible(this.#enabled[index]!, index, access),
      onWrite: (_old, _value, written, index, access) => { this.#change(this.#enabled, 'ENSET', index, written, true, access); },
    });
    registers.on('ENCLEAR', {
      onRead: (_value, index, access) => this.#visible(this.#enabled[index]!, index, access),
      onWrite: (_old, _value, written, index, access) => { this.#change(this.#enabled, 'ENCLEAR', index, written, false, access); },
    });
    registers.on('SRCSET', {
      onRead: (_value, index, access) => this.#visible(this.#lines[index]! | this.#software[index]!, index, access),
      onWrite: (_old, _value, written, index, access) => { this.#change(this.#software, 'SRCSET', index, written, true, access); },
    });
    registers.on('SRCCLEAR', {
      onRead: (_value, index, access) => this.#visible(this.#lines[index]! | this.#software[index]!, index, access),
      onWrite: (_old, _value, written, index, access) => { this.#change(this.#software, 'SRCCLEAR', index, written, false, access); },
    });
    registers.on('PRIORITY', {
      onRead: (value, index, access) => ((access & NONSECURE) === 0 ? value : this.#priorityWordView(value, index)),
      onWrite: (old, _value, written, index, access, lanes) => { this.#writePriority(old, written, index, access, lanes); },
    });
    registers.on('PND', { onRead: (_value, index, access) => this.#visible(this.#pending(index), index, access) });
    registers.on('HIPND', { onRead: (_value, index, access) => this.#highestPending(index, access) });
    registers.on('WAKEUP', {
      onRead: (value, index, access) => this.#visible(value, index, access),
      onWrite: (old, value, _written, index, access) => { this.#writeWakeup(old, value, index, access); },
    });
    registers.on('SWINT', { onWrite: (_old, _value, written, _index, access) => { this.#softwareInterrupt(written, access); } });
  }

  /** The line of an interrupt source. */
  line(source: number): IrqLine {
    if (source < 0 || source >= TZIC_SOURCES) throw new RangeError(`TZIC has no source ${source}`);
    const word = source >>> 5;
    const bit = 1 << (source & 31);
    return {
      set: (level) => {
        const old = this.#lines[word]!;
        const now = level ? old | bit : old & ~bit;
        if (now === old) return;
        this.#lines[word] = now;
        this.#update();
      },
    };
  }

  /** Whether any source of the normal world is enabled. */
  get anyNonSecureEnabled(): boolean {
    return this.#enabled.some((bits, word) => (bits & this.registers.get('INTSEC', word)) !== 0);
  }

  /** Whether a source is non-secure (INTSEC). */
  isNonSecure(source: number): boolean {
    return (this.registers.get('INTSEC', source >>> 5) >>> (source & 31) & 1) === 1;
  }

  /** Raises or ends an interrupt by its software source, as SWINT does from the secure side. */
  trigger(source: number, level: boolean): void {
    const bit = 1 << (source & 31);
    this.#software[source >>> 5] = level ? this.#software[source >>> 5]! | bit : this.#software[source >>> 5]! & ~bit;
    this.#update();
  }

  /** Priority of a source: 0 is the most urgent. */
  #priority(source: number): number {
    return this.registers.get('PRIORITY', source >>> 2) >>> ((source & 3) * 8) & 0xff;
  }

  #pending(word: number): number {
    return (this.#lines[word]! | this.#software[word]!) & this.#enabled[word]!;
  }

  #visible(bits: number, word: number, access: BusAccess): number {
    return (access & NONSECURE) === 0 ? bits : bits & this.registers.get('INTSEC', word);
  }

  #change(bits: Int32Array, register: string, word: number, written: number, level: boolean, access: BusAccess): void {
    const allowed = this.#visible(-1, word, access);
    // Only an attempt that would have changed something secure is worth a report.
    const refused = written & ~allowed & (level ? ~bits[word]! : bits[word]!);
    if (refused !== 0) this.#ports.onIgnored?.(`TZIC ${register} of secure sources`, offsetOf(register, word), access);
    bits[word] = level ? bits[word]! | (written & allowed) : bits[word]! & ~(written & allowed);
    this.#update();
  }

  #writeControl(old: number, value: number, written: number, access: BusAccess): void {
    let control = value;
    if ((written & INTCTRL.NSENMASK) === 0) control = (control & ~INTCTRL.NSEN) | (old & INTCTRL.NSEN);
    if ((access & NONSECURE) !== 0) {
      if (((control ^ old) & INTCTRL.EN) !== 0) this.#ports.onIgnored?.('TZIC INTCTRL.EN', 0, access);
      control = (control & ~INTCTRL.EN) | (old & INTCTRL.EN);
    }
    this.registers.set('INTCTRL', control & (INTCTRL.NSEN | INTCTRL.EN));
    this.#update();
  }

  #writePrioMask(old: number, value: number, written: number, access: BusAccess): void {
    if ((access & NONSECURE) !== 0) {
      if (old < 0x80) this.#ports.onIgnored?.('TZIC PRIOMASK', 0x0c, access);
      this.registers.set('PRIOMASK', old < 0x80 ? old : 0x80 | (written & 0xff) >>> 1);
    } else {
      this.registers.set('PRIOMASK', value);
    }
    this.#update();
  }

  #priorityWordView(value: number, index: number): number {
    let view = 0;
    for (let lane = 0; lane < 4; lane++) {
      if (this.isNonSecure(index * 4 + lane)) view |= priorityView(value >>> lane * 8 & 0xff) << lane * 8;
    }
    return view;
  }

  #writePriority(old: number, written: number, index: number, access: BusAccess, lanes: number): void {
    if ((access & NONSECURE) !== 0) {
      let word = old;
      let ignored = false;
      for (let lane = 0; lane < 4; lane++) {
        if ((lanes >>> lane * 8 & 0xff) === 0) continue;
        if (this.isNonSecure(index * 4 + lane)) {
          word = (word & ~(0xff << lane * 8)) | (0x80 | (written >>> lane * 8 & 0xff) >>> 1) << lane * 8;
        } else {
          ignored = true;
        }
      }
      if (ignored) this.#ports.onIgnored?.('TZIC PRIORITY of a secure source', 0x400 + index * 4, access);
      this.registers.set('PRIORITY', word, index);
    }
    this.#update();
  }

  #writeWakeup(old: number, value: number, word: number, access: BusAccess): void {
    const allowed = this.#visible(-1, word, access);
    if (((value ^ old) & ~allowed) !== 0) this.#ports.onIgnored?.('TZIC WAKEUP of secure sources', 0xe00 + word * 4, access);
    this.registers.set('WAKEUP', (old & ~allowed) | (value & allowed), word);
  }

  #softwareInterrupt(written: number, access: BusAccess): void {
    const source = written & 0x3ff;
    if (source >= TZIC_SOURCES) return;
    this.#change(this.#software, 'SWINT', source >>> 5, 1 << (source & 31), written >>> 31 === 0, access);
  }

  /** The most urgent priority among the sources `bits` of a word, if that is more urgent than `best`. */
  #mostUrgent(word: number, bits: number, best: number): number {
    let urgent = best;
    for (let rest = bits; rest !== 0; rest &= rest - 1) {
      urgent = Math.min(urgent, this.#priority(word * 32 + 31 - Math.clz32(rest & -rest)));
    }
    return urgent;
  }

  #highestPending(word: number, access: BusAccess): number {
    const mask = this.registers.get('PRIOMASK');
    let best = mask;
    for (let other = 0; other < WORDS; other++) best = this.#mostUrgent(other, this.#visible(this.#pending(other), other, access), best);
    if (best >= mask) return 0;
    let result = 0;
    for (let rest = this.#visible(this.#pending(word), word, access); rest !== 0; rest &= rest - 1) {
      const bit = rest & -rest;
      if (this.#priority(word * 32 + 31 - Math.clz32(bit)) === best) result |= bit;
    }
    return result;
  }

  #update(): void {
    const control = this.registers.get('INTCTRL');
    const mask = this.registers.get('PRIOMASK');
    let irq = false;
    let fiq = false;
    for (let word = 0; word < WORDS; word++) {
      const pending = this.#pending(word);
      if (pending === 0) continue;
      const nonSecure = this.registers.get('INTSEC', word);
      irq ||= this.#mostUrgent(word, pending & nonSecure, mask) < mask;
      fiq ||= this.#mostUrgent(word, pending & ~nonSecure, mask) < mask;
    }
    irq &&= (control & INTCTRL.NSEN) !== 0;
    fiq &&= (control & INTCTRL.EN) !== 0;
    if (irq === this.#irq && fiq === this.#fiq) return;
    this.#irq = irq;
    this.#fiq = fiq;
    this.#ports.onLines(irq, fiq);
  }

  /** The lines keep their levels: their devices drive them. */
  protected override resetMore(): void {
    this.#enabled.fill(0);
    this.#software.fill(0);
    this.#update();
  }

  protected override saveMore(): Plain {
    return { lines: [...this.#lines], enabled: [...this.#enabled], software: [...this.#software] } satisfies MoreState;
  }

  protected override loadMore(more: Plain): void {
    const state = more as MoreState;
    this.#lines.set(state.lines);
    this.#enabled.set(state.enabled);
    this.#software.set(state.software);
    this.#update();
    this.#ports.onLines(this.#irq, this.#fiq);
  }
}

/** What a non-secure read sees of a priority: the upper half of the range, spread over the whole. */
function priorityView(value: number): number {
  return value < 0x80 ? 0 : value << 1 & 0xff;
}

function offsetOf(register: string, word: number): number {
  const info = TZIC_REGISTERS.registers.find(({ name }) => name === register);
  return (info?.at ?? 0) + (register === 'SWINT' ? 0 : word * 4);
}
