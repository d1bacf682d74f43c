/**
 * What follows when the kernel switches its own MMU off: it is linked at other addresses than it is loaded at, so the next fetch reads whatever lies at the
 * physical address of the same number. On this board that is the normal world's RAM, which a Cortex-A8 (no SCR.SIF) would execute in secure state. The run stops
 * at that fetch, with a report.
 */
import { BUS_OK, type Core, FETCH, PRIVILEGED, STATE } from '../../cpu/index.ts';
import { ownerOf } from './report.ts';

const SCTLR_M = 1;
const hex = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;

/** Unwinds privileged work in a kernel that has been halted. Caught at the gate's boundary. */
export class KernelHalt extends Error {
  override readonly name = 'KernelHalt';
}

/** Whether the secure world's MMU is off. */
export function mmuIsOff(core: Core): boolean {
  return (core.memory.i32[STATE.SCTLR]! & SCTLR_M) === 0;
}

/** The report; `va` is where the CPU fetches next. */
export function mmuOffReport(core: Core, va: number, mode: string, describe: (pa: number) => string | undefined): string[] {
  const s = core.memory.i32;
  const { walker } = core.mmu;
  const sctlr = s[STATE.SCTLR]!;
  s[STATE.SCTLR] = sctlr | SCTLR_M;
  walker.walk(va, 0);
  s[STATE.SCTLR] = sctlr;
  const before = walker.fault !== 0 ? 'no mapping'
    : `PA ${hex(walker.pa)}, ${ownerOf(walker.pa >>> 0, describe)} (TTBR0 ${hex(s[STATE.TTBR0]!)}, descriptor ${hex(walker.level === 2 ? walker.value2 : walker.value1)} at ${hex(walker.level === 2 ? walker.address2 : walker.address1)})`;
  const access = FETCH | PRIVILEGED;
  const readable = core.bus.check(va >>> 0, 4, access) === BUS_OK;
  const word = (): number => {
    const host = core.bus.page(va & ~0xfff, access);
    return host >= 0 ? s[(host + (va & 0xfff)) >> 2]! : core.bus.read(va >>> 0, 4, access);
  };
  return [
    `MMU OFF in secure ${mode}: the next fetch, at ${hex(va)}, reads physical address ${hex(va)}: ${ownerOf(va >>> 0, describe)}`,
    readable ? `the word there, ${hex(word())}, would be executed in secure ${mode}: a Cortex-A8 has no SCR.SIF to refuse it` : 'nothing decodes there: it would be a prefetch abort, whose vector cannot be fetched either',
    `a moment ago the page table led to ${before}`,
    'the kernel is linked at VA 0x80000000 and above, and loaded elsewhere: only code that runs where PA = VA can switch the MMU off and go on. To reach a physical address, map it '
    + '(core_mmio in src/secure/bootstrap/imx53-qsb.ts, or a window in a kernel call).',
  ];
}
