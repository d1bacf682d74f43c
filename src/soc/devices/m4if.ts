/**
 * Multi-master multi-memory interface: the DRAM watermarks. Source: i.MX53 Multimedia Applications
 * Processor Reference Manual, chapter "Multi Master Multi Memory Interface (M4IF)"; the watermarks' offsets as public secure-world drivers (Genode's) use them.
 *
 * A region (start and end page, both inclusive) of each DRAM bank is closed to non-secure accesses while its enable bit is set; at most
 * 256 MiB of each bank (the end is clamped). A refusal sets a status bit, latches its address, and raises the interrupt if that is on.
 *
 * Deviations: non-secure writes to these registers are ignored and reported (the manual leaves it to the CSU, whose slave for the M4IF is
 * not known). Arbitration registers are stored.
 */
import { NONSECURE } from '../../cpu/bus-port.ts';
import type { BusAccess } from '../../cpu/bus-port.ts';
import { defineRegisters } from '../../registers/index.ts';
import type { SpecOf } from '../../registers/index.ts';
import type { MemoryUnit } from '../bus.ts';
import { RegisterDevice } from '../device.ts';
import type { IgnoredAccess, IrqLine, Log } from '../device.ts';

const word = { VALUE: [31, 0, 'rw'] } as const;

export const M4IF_REGISTERS = defineRegisters('M4IF', 1, {
  ARBITRATION: { at: 0x00, count: 0xec / 4, fields: word },
  WM_DDR0_START: { at: 0x0ec, reserved: '30:20', fields: { ENABLE: [31, 'rw'], ADDRESS: [19, 0, 'rw'] } },
  WM_DDR1_START: { at: 0x0f0, reserved: '30:20', fields: { ENABLE: [31, 'rw'], ADDRESS: [19, 0, 'rw'] } },
  RESERVED_F4: { at: 0x0f4, count: 6, fields: word },
  WM_DDR0_END: { at: 0x10c, reserved: '31:20', fields: { ADDRESS: [19, 0, 'rw'] } },
  WM_DDR1_END: { at: 0x110, reserved: '31:20', fields: { ADDRESS: [19, 0, 'rw'] } },
  WM_STATUS: { at: 0x114, reserved: '30:8 5:0', fields: { ENABLE: [31, 'rw'], DDR1: [7, 'w1c'], DDR0: [6, 'w1c'] } },
  WM_ADDRESS: { at: 0x118, fields: { ADDRESS: [31, 0, 'ro'] } },
});

const { WM_STATUS } = M4IF_REGISTERS.masks;
const BANK1_BASE = 0xb0000000;
const LARGEST_PAGES = 0x10000000 / 0x1000;
const RULES = ['M4IF watermark of DDR bank 0', 'M4IF watermark of DDR bank 1'] as const;

export interface M4ifPorts {
  readonly irq: IrqLine;
  readonly log: Log;
  /** Told that memory may have become reachable or unreachable. */
  readonly onProtectionChange: () => void;
  readonly onIgnored?: IgnoredAccess;
}

export class M4if extends RegisterDevice<SpecOf<typeof M4IF_REGISTERS>> implements MemoryUnit {
  readonly #ports: M4ifPorts;
  /** First and last page of each bank's closed region; an empty range if it is off. */
  readonly #first = Float64Array.of(1, 1);
  readonly #last = Float64Array.of(0, 0);

  constructor(ports: M4ifPorts) {
    super('M4IF', 0x1000, M4IF_REGISTERS, ports.log);
    this.#ports = ports;
    const watermark = {
      onWrite: (_old: number, _value: number): void => {
        this.#derive();
        ports.onProtectionChange();
      },
    };
    for (const register of ['WM_DDR0_START', 'WM_DDR1_START', 'WM_DDR0_END', 'WM_DDR1_END'] as const) this.registers.on(register, watermark);
    this.registers.on('WM_STATUS', { onWrite: () => { this.#drive(); } });
  }

  override write(offset: number, size: number, value: number, access: BusAccess): void {
    if ((access & NONSECURE) !== 0) this.#ports.onIgnored?.('M4IF registers are secure', offset, access);
    else super.write(offset, size, value, access);
  }

  allows(address: number, access: BusAccess): boolean {
    if ((access & NONSECURE) === 0) return true;
    const bank = address >= BANK1_BASE ? 1 : 0;
    const page = address >>> 12;
    return page < this.#first[bank]! || page > this.#last[bank]!;
  }

  ruleOf(address: number): string {
    return RULES[address >= BANK1_BASE ? 1 : 0];
  }

  violated(address: number): void {
    this.registers.set('WM_ADDRESS', address);
    this.registers.set('WM_STATUS', this.registers.get('WM_STATUS') | (address >= BANK1_BASE ? WM_STATUS.DDR1 : WM_STATUS.DDR0));
    this.#drive();
  }

  #derive(): void {
    this.#deriveBank(0, this.registers.get('WM_DDR0_START'), this.registers.get('WM_DDR0_END'));
    this.#deriveBank(1, this.registers.get('WM_DDR1_START'), this.registers.get('WM_DDR1_END'));
  }

  #deriveBank(bank: number, start: number, end: number): void {
    const enabled = start >>> 31 === 1;
    this.#first[bank] = enabled ? start & 0xfffff : 1;
    this.#last[bank] = enabled ? Math.min(end, (start & 0xfffff) + LARGEST_PAGES - 1) : 0;
  }

  #drive(): void {
    const status = this.registers.get('WM_STATUS');
    this.#ports.irq.set((status & WM_STATUS.ENABLE) !== 0 && (status & (WM_STATUS.DDR0 | WM_STATUS.DDR1)) !== 0);
  }

  protected override resetMore(): void {
    this.#derive();
    this.#drive();
    this.#ports.onProtectionChange();
  }

  protected override loadMore(): void {
    this.#derive();
    this.#drive();
    this.#ports.onProtectionChange();
  }
}
