/** What two runs are compared by. */
import { type CpuState, saveCpu } from '../../src/cpu/index.ts';
import type { FuzzMachine } from './machine.ts';

export type Tier = 'evaluate' | 'threaded' | 'region';

/** Names and values of all that differs between two values of plain data. */
function differences(path: string, a: unknown, b: unknown, out: string[]): void {
  if (a === b) return;
  if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      differences(path === '' ? key : `${path}.${key}`, (a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], out);
    }
    return;
  }
  const text = (value: unknown): string => (typeof value === 'number' ? `0x${value.toString(16)}` : String(value));
  out.push(`${path}: ${text(a)} and ${text(b)}`);
}

/** How the states of two machines differ; empty if software cannot tell them apart. */
export function compareMachines(a: FuzzMachine, b: FuzzMachine): string[] {
  const out: string[] = [];
  const left: CpuState = saveCpu(a.core);
  const right: CpuState = saveCpu(b.core);
  differences('', left, right, out);
  differences('device', a.device, b.device, out);
  if (Buffer.compare(a.ram, b.ram) !== 0) {
    for (let at = 0; at < a.ram.length && out.length < 20; at++) {
      if (a.ram[at] !== b.ram[at]) out.push(`RAM 0x${at.toString(16)}: 0x${a.ram[at]!.toString(16)} and 0x${b.ram[at]!.toString(16)}`);
    }
  }
  return out;
}
