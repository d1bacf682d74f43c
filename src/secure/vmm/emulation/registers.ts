/** The core registers of a paused VM as its current mode sees them: R0-R14 by bank (DDI 0406C, B1.3.2). */
import type { VmRegister } from '../../layout.ts';
import { MODE_MASK } from '../modes.ts';

const BANK_OF_MODE: Readonly<Record<number, '' | 'fiq' | 'irq' | 'svc' | 'abt' | 'und'>> = { 0x10: '', 0x11: 'fiq', 0x12: 'irq', 0x13: 'svc', 0x17: 'abt', 0x1b: 'und', 0x1f: '' };

/** User mode's view, which LDM and STM with ^ have too. */
export const USER_REGISTERS: readonly VmRegister[] = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'r10', 'r11', 'r12', 'sp', 'lr'];

const VIEWS = new Map<number, readonly VmRegister[]>(Object.entries(BANK_OF_MODE).map(([mode, bank]) => [Number(mode), USER_REGISTERS.map((name, r): VmRegister => {
  if (bank === '') return name;
  if (r >= 13) return `${bank}_${name as 'sp' | 'lr'}`;
  return bank === 'fiq' && r >= 8 ? `fiq_${name as 'r8' | 'r9' | 'r10' | 'r11' | 'r12'}` : name;
})]));

/** Names of R0-R14 in the mode of a CPSR; undefined where it has no mode of the normal world. */
export function registersOfMode(cpsr: number): readonly VmRegister[] | undefined {
  return VIEWS.get(cpsr & MODE_MASK);
}
