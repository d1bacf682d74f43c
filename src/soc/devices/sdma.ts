/**
 * Smart DMA: its registers, and channel 0's ROM commands. Source: i.MX53 Multimedia Applications Processor Reference Manual, chapter "Smart Direct Memory Access".
 *
 * Starting channel 0 runs the boot script: it walks the buffer descriptors of channel 0 and copies between ARM memory (as bus master
 * SDMA, in the world that the CSU gives it) and SDMA's own memory. Commands: C0_SETDM 1, C0_GETDM 2 (32-bit words), C0_SETPM 4, C0_GETPM 8
 * (16-bit words), and set/get context (channel << 3 | 7 or 3).
 *
 * Deviations: channel 0 takes no time; other channels' scripts do not run (their start is logged); SDMA's ROM reads as zero.
 */
import { defineRegisters } from '../../registers/index.ts';
import type { SpecOf } from '../../registers/index.ts';
import { RegisterDevice } from '../device.ts';
import type { DmaPort, IrqLine, Log, Plain } from '../device.ts';

const CHANNELS = 32;
const EVENTS = 48;

const channels = { CHANNELS: [31, 0, 'rw'] } as const;
const word = { VALUE: [31, 0, 'rw'] } as const;

export const SDMA_REGISTERS = defineRegisters('SDMA', 1, {
  MC0PTR: { at: 0x000, fields: { MC0PTR: [31, 0, 'rw'] } },
  INTR: { at: 0x004, fields: { HI: [31, 0, 'w1c'] } },
  STOP_STAT: { at: 0x008, fields: { HE: [31, 0, 'w1c'] } },
  HSTART: { at: 0x00c, fields: { HSTART: [31, 0, 'ro'] } },
  EVTOVR: { at: 0x010, fields: channels },
  DSPOVR: { at: 0x014, reset: 0xffffffff, fields: channels },
  HOSTOVR: { at: 0x018, fields: channels },
  EVTPEND: { at: 0x01c, fields: { EP: [31, 0, 'w1c'] } },
  RESET: { at: 0x024, reserved: '31:2', fields: { RESCHED: [1, 'wo'], RESET: [0, 'wo'] } },
  EVTERR: { at: 0x028, fields: { CHNERR: [31, 0, 'ro'] } },
  INTRMASK: { at: 0x02c, fields: { HIMASK: [31, 0, 'rw'] } },
  PSW: { at: 0x030, reserved: '31:16', fields: { NCP: [15, 13, 'ro'], NCR: [12, 8, 'ro'], CCP: [7, 4, 'ro'], CCR: [3, 0, 'ro'] } },
  EVTERRDBG: { at: 0x034, fields: { CHNERR: [31, 0, 'ro'] } },
  CONFIG: {
    at: 0x038, reset: 0x3, reserved: '31:13 10:5 3:2',
    fields: { DSPDMA: [12, 'rw'], RTDOBS: [11, 'tag'], ACR: [4, 'rw'], CSM: [1, 0, 'rw'] },
  },
  ONCE_ENB: { at: 0x040, reserved: '31:1', fields: { ENB: [0, 'tag'] } },
  ONCE_DATA: { at: 0x044, fields: word },
  ONCE_INSTR: { at: 0x048, reserved: '31:16', fields: { INSTR: [15, 0, 'rw'] } },
  ONCE_STAT: { at: 0x04c, reset: 0xe000, reserved: '31:16', fields: { STATUS: [15, 0, 'ro'] } },
  ONCE_CMD: { at: 0x050, reserved: '31:4', fields: { CMD: [3, 0, 'tag'] } },
  ILLINSTADDR: { at: 0x058, reset: 0x1, reserved: '31:14', fields: { ADDRESS: [13, 0, 'rw'] } },
  CHN0ADDR: { at: 0x05c, reset: 0x50, reserved: '31:15', fields: { SMSZ: [14, 'rw'], CHN0ADDR: [13, 0, 'rw'] } },
  EVT_MIRROR: { at: 0x060, count: 2, fields: { EVENTS: [31, 0, 'ro'] } },
  XTRIG_CONF: { at: 0x070, count: 2, fields: { CONF: [31, 0, 'tag'] } },
  CHNPRI: { at: 0x100, count: CHANNELS, reserved: '31:3', fields: { CHNPRI: [2, 0, 'rw'] } },
  CHNENBL: { at: 0x200, count: EVENTS, fields: { ENBL: [31, 0, 'rw'] } },
});

/** SDMA's RAM: 2048 words, at data address 0x800 and at program address 0x1000 (in 16-bit words). */
const RAM_WORDS = 2048;
const DATA_BASE = 0x800;
const PROGRAM_BASE = 0x1000;
/** Words of one channel's context, at the beginning of the RAM. */
const CONTEXT_WORDS = 32;

/** Bits of a buffer descriptor's first word: count in 15:0, status in 23:16, command in 31:24. */
const DONE = 1 << 16;
const WRAP = 1 << 17;
const CONT = 1 << 18;
const INTR = 1 << 19;
const ERROR = 1 << 20;
const DESCRIPTOR_BYTES = 12;
/** More descriptors in one run than any sane list has: the list is circular. */
const LONGEST_RUN = 4096;

type MoreState = { readonly ram: readonly number[] };

export interface SdmaPorts {
  readonly irq: IrqLine;
  readonly dma: DmaPort;
  readonly log: Log;
}

export class Sdma extends RegisterDevice<SpecOf<typeof SDMA_REGISTERS>> {
  readonly #ports: SdmaPorts;
  readonly #ram = new Uint32Array(RAM_WORDS);
  readonly #halves = new Uint16Array(this.#ram.buffer);
  #startsLogged = 0;

  constructor(ports: SdmaPorts) {
    super('SDMA', 0x4000, SDMA_REGISTERS, ports.log);
    this.#ports = ports;
    this.registers.on('INTR', { onWrite: () => { this.#drive(); } });
    this.registers.on('INTRMASK', { onWrite: () => { this.#drive(); } });
    this.registers.on('HSTART', { onWrite: (_old, _value, written) => { this.#start(written); } });
    this.registers.on('RESET', { onWrite: (_old, _value, written) => { if ((written & 1) !== 0) this.reset(); } });
  }

  #start(written: number): void {
    if ((written & 1) !== 0) this.#runChannel0();
    const others = written & ~1;
    if (others === 0) return;
    this.registers.set('STOP_STAT', this.registers.get('STOP_STAT') | others);
    if ((others & ~this.#startsLogged) !== 0) this.log(`start of channels 0x${(others >>> 0).toString(16)}: scripts other than channel 0's are not modelled`);
    this.#startsLogged |= others;
  }

  /** Walks channel 0's descriptors until one is not marked as ready, is the last, or fails. */
  #runChannel0(): void {
    const { dma } = this.#ports;
    const control = this.registers.get('MC0PTR');
    let descriptor = dma.read(control, 4);
    const first = dma.read(control + 4, 4);
    if (descriptor < 0 || first < 0) {
      this.log(`channel 0: the control block at 0x${control.toString(16)} cannot be read`);
      return;
    }
    for (let run = 0; run < LONGEST_RUN; run++) {
      const mode = dma.read(descriptor, 4);
      if (mode < 0 || (mode & DONE) === 0) break;
      const ok = this.#command(mode, dma.read(descriptor + 4, 4), dma.read(descriptor + 8, 4));
      dma.write(descriptor, 4, (mode & ~DONE) | (ok ? 0 : ERROR));
      descriptor = (mode & WRAP) !== 0 ? first : descriptor + DESCRIPTOR_BYTES;
      dma.write(control, 4, descriptor);
      if ((mode & INTR) !== 0) {
        this.registers.set('INTR', this.registers.get('INTR') | 1);
        this.#drive();
      }
      if (!ok || (mode & CONT) === 0) break;
    }
  }

  /** Runs one command. `address` is in ARM memory, `local` in SDMA's. */
  #command(mode: number, address: number, local: number): boolean {
    if (address < 0 || local < 0) return false;
    const count = mode & 0xffff;
    const command = mode >>> 24;
    const context = 2 * CONTEXT_WORDS * (command >>> 3);
    switch (command) {
      case 1: return this.#load(address, (local - DATA_BASE) * 2, count * 2);
      case 2: return this.#dump(address, (local - DATA_BASE) * 2, count * 2);
      case 4: return this.#load(address, local - PROGRAM_BASE, count);
      case 8: return this.#dump(address, local - PROGRAM_BASE, count);
      default:
        if ((command & 7) === 7) return this.#load(address, context, count * 2);
        if ((command & 7) === 3) return this.#dump(address, context, count * 2);
        this.log(`channel 0: unknown command ${command}`);
        return false;
    }
  }

  /** Copies `count` halfwords from ARM memory to SDMA's; `half` counts halfwords from the start of the RAM. */
  #load(address: number, half: number, count: number): boolean {
    for (let place = 0; place < count; place++) {
      const value = this.#ports.dma.read(address + place * 2, 2);
      if (value < 0) return false;
      if (half + place >= 0 && half + place < this.#halves.length) this.#halves[half + place] = value;
    }
    return true;
  }

  #dump(address: number, half: number, count: number): boolean {
    for (let place = 0; place < count; place++) {
      const value = half + place >= 0 ? (this.#halves[half + place] ?? 0) : 0;
      if (!this.#ports.dma.write(address + place * 2, 2, value)) return false;
    }
    return true;
  }

  #drive(): void {
    this.#ports.irq.set(this.registers.get('INTR') !== 0);
  }

  /** The RAM keeps its content. */
  protected override resetMore(): void {
    this.#drive();
  }

  protected override saveMore(): Plain {
    return { ram: [...this.#ram] } satisfies MoreState;
  }

  protected override loadMore(more: Plain): void {
    this.#ram.set((more as MoreState).ram);
    this.#drive();
  }
}
