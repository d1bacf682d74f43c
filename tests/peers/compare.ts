/** What differs between two outcomes, in words. */
import { type Case, CPSR_COMPARED, type Outcome, SIGBUS, SIGNAL_NAMES, SIGSEGV } from './case.ts';
import { AT_CPSR, AT_D, AT_FPSCR, CODE_A32, CODE_SIZE, CODE_T32, WINDOW } from './layout.ts';

export const hex = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;

export interface Difference {
  /** 'signal', 'fault address', 'R5', 'CPSR', 'D3 low', 'FPSCR', 'memory'. */
  readonly what: string;
  readonly ours: number;
  readonly theirs: number;
}

export function wordName(index: number): string {
  if (index < 16) return `R${index}`;
  if (index === AT_CPSR) return 'CPSR';
  if (index === AT_FPSCR) return 'FPSCR';
  return `D${(index - AT_D) >> 1} ${((index - AT_D) & 1) === 0 ? 'low' : 'high'}`;
}

/** Whether the outcome is an abort of data: its signal, not at a branch's target. */
export function isDataAbort(outcome: Outcome, address: number): boolean {
  return outcome.signal === SIGBUS || (outcome.signal === SIGSEGV && (outcome.state[15]! >>> 0) === address);
}

export function differences(c: Case, ours: Outcome, theirs: Outcome): Difference[] {
  if (theirs.signal === 0) return [{ what: 'signal', ours: ours.signal, theirs: 0 }];
  const found: Difference[] = [];
  if (ours.signal !== theirs.signal) found.push({ what: 'signal', ours: ours.signal, theirs: theirs.signal });
  if (isDataAbort(ours, c.address) && ours.signal === theirs.signal && ours.faultAddress !== theirs.faultAddress) {
    found.push({ what: 'fault address', ours: ours.faultAddress, theirs: theirs.faultAddress });
  }
  for (let i = 0; i < ours.state.length; i++) {
    const mask = i === AT_CPSR ? CPSR_COMPARED : -1;
    if (((ours.state[i]! ^ theirs.state[i]!) & mask) !== 0) found.push({ what: wordName(i), ours: ours.state[i]! & mask, theirs: theirs.state[i]! & mask });
  }
  const a = new Map<number, number>();
  const b = new Map<number, number>();
  for (let i = 0; i < ours.changes.length; i += 2) a.set(ours.changes[i]!, ours.changes[i + 1]!);
  for (let i = 0; i < theirs.changes.length; i += 2) b.set(theirs.changes[i]!, theirs.changes[i + 1]!);
  for (const offset of new Set([...a.keys(), ...b.keys()])) {
    if (a.get(offset) !== b.get(offset)) found.push({ what: `memory ${hex(WINDOW + offset)}`, ours: a.get(offset) ?? NaN, theirs: b.get(offset) ?? NaN });
  }
  return found;
}

export function describe({ what, ours, theirs }: Difference, names: readonly [string, string]): string {
  const text = (value: number): string => what === 'signal' ? SIGNAL_NAMES[value] ?? 'none (did not end, or crashed)' : Number.isNaN(value) ? 'unchanged' : hex(value);
  return `${what}: ${names[0]} ${text(ours)}, ${names[1]} ${text(theirs)}`;
}

export function regionOf(address: number): string {
  const at = address >>> 0;
  if (at >= CODE_A32 && at < CODE_A32 + CODE_SIZE) return 'A32 code';
  if (at >= CODE_T32 && at < CODE_T32 + CODE_SIZE) return 'T32 code';
  return 'unmapped';
}
