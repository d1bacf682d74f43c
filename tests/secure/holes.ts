/** What the board's partition leaves open, each shown by a test: the access succeeds, and what follows is as the table says. */
import type { Operation } from './probe.ts';

export interface Hole {
  readonly name: string;
  readonly access: string;
  readonly operation: Operation;
  readonly consequence: string;
}

const write = (address: number, value: number): Operation => ({ kind: 'write32', address, value });
const read = (address: number): Operation => ({ kind: 'read32', address });

export const HOLES: readonly Hole[] = [
  { name: 'EPIT1 (CSL04 low, with GPT and EPIT2)', access: 'write of CR', operation: write(0x53fac000, 0), consequence: 'the kernel\'s timer stands: no quanta and no timeouts; calls are answered' },
  { name: 'GPT (CSL04 low)', access: 'read of CNT', operation: read(0x53fa0024), consequence: 'intended: it is the timer of the normal world\'s Linux' },
  { name: 'CCM (CSL09 low)', access: 'write of CCGR2', operation: write(0x53fd4070, 0), consequence: 'the clock of EPIT1 is gated: as above. Linux is booted with clk_ignore_unused for this' },
  { name: 'SRC (CSL09 low)', access: 'read of SCR', operation: read(0x53fd0000), consequence: 'a write can reset the board' },
  { name: 'WDOG1 (no known slave)', access: 'read of WCR', operation: { kind: 'read16', address: 0x53f98000 }, consequence: 'a write can reset the board' },
  { name: 'UART1 (CSL07 high)', access: 'read of USR2', operation: read(0x53fbc098), consequence: 'intended: it is the normal world\'s console, and the secure world does not use it' },
  { name: 'IOMUXC (CSL05 low)', access: 'read of GPR0', operation: read(0x53fa8000), consequence: 'pins of secure GPIO and I2C can be given to other devices' },
];
