/** What the tests of devices share: a lone device's ports, and a board with little memory. */
import type { BusAccess } from '../cpu/bus-port.ts';
import { NONSECURE, PRIVILEGED } from '../cpu/bus-port.ts';
import { createImx53Qsb } from './boards/imx53-qsb.ts';
import type { Device, IrqLine } from './device.ts';
import { EventQueue } from './events.ts';

export const SECURE: BusAccess = PRIVILEGED;
export const NORMAL: BusAccess = PRIVILEGED | NONSECURE;

/** An interrupt line that remembers its level. */
export class TestLine implements IrqLine {
  level = false;
  set(level: boolean): void {
    this.level = level;
  }
}

/** Word accesses to one device, and time. */
export class Rig<D extends Device> {
  readonly device: D;
  readonly events: EventQueue;

  constructor(device: D, events: EventQueue) {
    this.device = device;
    this.events = events;
  }

  read(offset: number, access: BusAccess = SECURE, size = 4): number {
    return this.device.read(offset, size, access);
  }

  write(offset: number, value: number, access: BusAccess = SECURE, size = 4): void {
    this.device.write(offset, size, value, access);
  }

  /** Lets time pass to an instruction count, firing events at their exact counts. */
  runTo(count: number): void {
    while (this.events.nextDeadline <= count) {
      this.events.now = this.events.nextDeadline;
      this.events.run();
    }
    this.events.now = count;
  }
}

const MIB = 1 << 20;

/** A board with 2 MiB at the start of each DRAM bank, and records of what it tells its machine. */
export function testBoard(tzicStrict = false) {
  const events = new EventQueue();
  const memory = new ArrayBuffer(5 * MIB);
  const log: string[] = [];
  const refusals: { rule: string; address: number; access: BusAccess }[] = [];
  const sent: { uart: number; byte: number; access: BusAccess }[] = [];
  const dmaWrites: number[] = [];
  const resets: string[] = [];
  const lines = { irq: false, fiq: false };
  const counts = { protection: 0 };
  const { chip, pmic } = createImx53Qsb({
    memory, clock: events, tzicStrict,
    dram: [{ base: 0x70000000, size: 2 * MIB, offset: 0 }, { base: 0xb0000000, size: 2 * MIB, offset: 2 * MIB }],
    iram: { offset: 4 * MIB },
    log: (line) => { log.push(line); },
    cpuLines: (irq, fiq) => { Object.assign(lines, { irq, fiq }); },
    onRefusal: (rule, address, access) => { refusals.push({ rule, address, access }); },
    onProtectionChange: () => { counts.protection++; },
    onDmaWrite: (address) => { dmaWrites.push(address); },
    onReset: (watchdog, cause) => { resets.push(`${watchdog} ${cause}`); },
    onTransmit: (uart, byte, access) => { sent.push({ uart, byte, access }); },
  });
  const { bus } = chip;
  return {
    events, memory, chip, pmic, bus, log, refusals, sent, dmaWrites, resets, lines, counts,
    read: (pa: number, access: BusAccess = SECURE): number => bus.read(pa, 4, access),
    write: (pa: number, value: number, access: BusAccess = SECURE): void => { bus.write(pa, 4, value, access); },
    runTo: (count: number): void => {
      while (events.nextDeadline <= count) {
        events.now = events.nextDeadline;
        events.run();
      }
      events.now = count;
    },
  };
}
