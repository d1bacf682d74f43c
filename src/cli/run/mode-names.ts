import { MODE_ABT, MODE_FIQ, MODE_IRQ, MODE_MON, MODE_SVC, MODE_SYS, MODE_UND, MODE_USR } from '../../cpu/layout.ts';

/** What the manual calls a CPU mode, by its number in the PSR. */
export const MODE_NAMES: Readonly<Record<number, string>> = {
  [MODE_USR]: 'usr', [MODE_FIQ]: 'fiq', [MODE_IRQ]: 'irq', [MODE_SVC]: 'svc', [MODE_MON]: 'mon', [MODE_ABT]: 'abt', [MODE_UND]: 'und', [MODE_SYS]: 'sys',
};
