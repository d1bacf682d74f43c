/** Values of flags, with one-line errors that name the flag. */
import type { Aborts, Tier } from '../soc/index.ts';
import { UsageError } from './errors.ts';

const SCALE: Readonly<Record<string, number>> = { '': 1, 'k': 1e3, 'K': 1e3, 'm': 1e6, 'M': 1e6, 'g': 1e9, 'G': 1e9 };

/** A count with k, M or G (powers of ten). */
export function countValue(flag: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kKmMgG]?)$/.exec(text);
  const value = match === null ? NaN : Math.round(Number(match[1]) * SCALE[match[2]!]!);
  if (!(value > 0 && Number.isSafeInteger(value))) throw new UsageError(`${flag} ${text}: a count above zero is needed (200000, 500k, 20M, 1.5G)`);
  return value;
}

/** A 32-bit address, decimal or with 0x. */
export function addressValue(flag: string, text: string): number {
  const value = /^(0[xX][0-9a-fA-F]+|\d+)$/.test(text) ? Number(text) : NaN;
  if (!(value <= 0xffffffff)) throw new UsageError(`${flag} ${text}: a 32-bit address is needed (0x70008000)`);
  return value;
}

export function tierValue(text: string): Tier {
  if (text === 'evaluate' || text === 'threaded' || text === 'region' || text === 'auto') return text;
  throw new UsageError(`--tier ${text}: there are evaluate, threaded, region and auto`);
}

export function abortsValue(text: string): Aborts {
  if (text === 'precise' || text === 'board') return text;
  throw new UsageError(`--aborts ${text}: there are precise and board`);
}

export function patternValue(flag: string, text: string): string {
  try {
    new RegExp(text);
  } catch (error) {
    throw new UsageError(`${flag} ${text}: ${(error as Error).message.replace(/^Invalid regular expression: /, 'no regular expression: ')}`);
  }
  return text;
}

export function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
