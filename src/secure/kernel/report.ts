/**
 * What the kernel says when it dies: the exception by name and in both numberings, the fault decoded, the walk that failed, what the address is, and where to add a mapping.
 */
import { type Core, STATE } from '../../cpu/index.ts';
import type { SecureBoard } from '../bootstrap/imx53-qsb.ts';
import { PHYSICAL } from '../layout.ts';

const hex = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;

const MODES: Readonly<Record<number, string>> = {
  0x10: 'user', 0x11: 'fiq', 0x12: 'irq', 0x13: 'svc', 0x16: 'monitor', 0x17: 'abort', 0x1b: 'undefined', 0x1f: 'system',
};

/** Exceptions by vector offset: name, number counting from 1 and from 0. */
const BY_OFFSET: Readonly<Record<number, string>> = {
  0x00: 'RESET', 0x04: 'UNDEFINED INSTRUCTION', 0x08: 'SUPERVISOR CALL', 0x0c: 'PREFETCH ABORT', 0x10: 'DATA ABORT', 0x14: 'RESERVED', 0x18: 'IRQ', 0x1c: 'FIQ',
};

/** Vector offset of the exception that a mode is entered by. */
const OFFSET_OF_MODE: Readonly<Record<number, number>> = { 0x1b: 0x04, 0x13: 0x08, 0x12: 0x18, 0x11: 0x1c };

/** A fault status as words (DDI 0406C, B3.13.3). */
export function faultName(fsr: number): string {
  const status = (fsr & 15) | ((fsr >>> 6) & 16);
  switch (status) {
    case 0x01: return 'alignment fault';
    case 0x02: return 'debug event';
    case 0x03: return 'access flag fault, section (level 1)';
    case 0x04: return 'instruction cache maintenance fault';
    case 0x05: return 'translation fault, section (level 1)';
    case 0x06: return 'access flag fault, page (level 2)';
    case 0x07: return 'translation fault, page (level 2)';
    case 0x08: return 'external abort';
    case 0x09: return 'domain fault, section (level 1)';
    case 0x0b: return 'domain fault, page (level 2)';
    case 0x0c: return 'external abort on a table walk (level 1)';
    case 0x0d: return 'permission fault, section (level 1)';
    case 0x0e: return 'external abort on a table walk (level 2)';
    case 0x0f: return 'permission fault, page (level 2)';
    case 0x16: return 'imprecise external abort';
    default: return `fault status 0x${status.toString(16)}`;
  }
}

/** Whose a physical address is. */
export function ownerOf(pa: number, describe: (pa: number) => string | undefined): string {
  if (pa >= PHYSICAL.normalRam && pa < PHYSICAL.normalRam + PHYSICAL.normalRamSize) return 'RAM of the normal world';
  if (pa >= PHYSICAL.secureRam && pa < PHYSICAL.secureRam + PHYSICAL.secureRamSize) return 'secure RAM';
  return describe(pa) ?? 'nothing that decodes';
}

/** The lines of a data abort's report, for an access that the kernel made with core's page table. `from`: the mode. */
export function dataAbortReport(core: Core, va: number, dfsr: number, describe: (pa: number) => string | undefined, board: SecureBoard, from = 'svc'): string[] {
  const write = (dfsr & (1 << 11)) !== 0;
  const { walker } = core.mmu;
  walker.walk(va, 0);
  const mapped = walker.fault === 0;
  const ttbr0 = core.memory.i32[STATE.TTBR0]!;
  const first = `walk: TTBR0 ${hex(ttbr0)} + 0x${(va >>> 20).toString(16)} × 4 → descriptor ${hex(walker.value1)} at ${hex(walker.address1)}`;
  const second = walker.level === 2 ? `, level 2 → descriptor ${hex(walker.value2)} at ${hex(walker.address2)}` : '';
  const pa = walker.pa >>> 0;
  return [
    `DATA ABORT in secure ${from}, ${write ? 'writing' : 'reading'} ${hex(va)}   (vector offset 0x10; number 5 of 1-7, 4 of 0-7)`,
    `DFSR ${hex(dfsr)}: ${faultName(dfsr)}; ${write ? 'write' : 'read'}. DFAR ${hex(va)}`,
    `${first}${second}${mapped ? '' : ' (no mapping)'}`,
    mapped
      ? `it leads to PA ${hex(pa)}, ${ownerOf(pa, describe)}, with NS = ${walker.nonsecure ? 1 : 0} in the descriptor: the access is ${walker.nonsecure ? 'a non-secure' : 'a secure'} one, whatever SCR.NS says`
      : `${hex(va)} as a physical address is ${ownerOf(va, describe)}. Core maps ${board.coreMmio.length} ranges: to reach another, give bootstrap a core_mmio entry `
      + '(src/secure/bootstrap/imx53-qsb.ts), or map a window in a kernel call. The kernel runs at VA 0x80000000 and above, not at PA.',
  ];
}

/** The report of whatever made the kernel or the monitor die: call it behind the panic gate. */
export function panicReport(core: Core, describe: (pa: number) => string | undefined, board: SecureBoard): string[] {
  const s = core.memory.i32;
  const mode = s[STATE.mode]!;
  const { spsr } = core;
  const from = MODES[spsr & 31] ?? `mode 0x${(spsr & 31).toString(16)}`;
  const lr = s[STATE.r + 14]!;
  if (mode === 0x17) {
    const dfsr = s[STATE.DFSR]!;
    const dfar = s[STATE.DFAR]! >>> 0;
    const data = dataAbortReport(core, dfar, dfsr, describe, board, from);
    // The vector does not tell which abort it was; the return address does: a data abort's points 8 behind, a prefetch abort's 4.
    if (s[STATE.IFAR]! === lr - 4 && s[STATE.IFSR]! !== 0 && s[STATE.DFAR]! === 0) {
      const ifar = s[STATE.IFAR]!;
      return [
        `PREFETCH ABORT in secure ${from} at ${hex(ifar)}   (vector offset 0x0c; number 4 of 1-7, 3 of 0-7)`,
        `IFSR ${hex(s[STATE.IFSR]!)}: ${faultName(s[STATE.IFSR]!)}. As a physical address this is ${ownerOf(ifar >>> 0, describe)}.`,
      ];
    }
    return data;
  }
  return [`${BY_OFFSET[OFFSET_OF_MODE[mode] ?? 0x00]!} in secure ${from}, return address ${hex(lr)}`];
}
