/**
 * What the VMM loads into the normal world, and the ROM module that carries it to the VMM.
 *
 * Module format: little-endian words: magic, entry, r0, r1, r2, number of loads; then for each load its address, length and length of its name, the name (ASCII)
 * and the bytes, each padded to a word.
 */
import type { Outcome } from '../component.ts';
import { decodeUtf8, hex32 } from './text.ts';

export interface NormalLoad {
  /** What it is, for messages: `zImage`, `device tree` ... */
  readonly name: string;
  /** Physical. */
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** Loads and the first registers; the CPU starts in A32, SVC mode, interrupts masked, MMU off. */
export interface NormalBoot {
  readonly loads: readonly NormalLoad[];
  readonly entry: number;
  readonly r0: number;
  readonly r1: number;
  readonly r2: number;
}

const MAGIC = 0x574e5357;
const HEADER_WORDS = 6;
const LOAD_WORDS = 3;

function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text.replace(/[^ -~]/g, '?'), (character) => character.charCodeAt(0));
}

const padded = (length: number): number => (length + 3) & ~3;

export function packBoot(boot: NormalBoot): Uint8Array {
  const names = boot.loads.map(({ name }) => asciiBytes(name));
  const size = boot.loads.reduce((sum, { bytes }, i) => sum + LOAD_WORDS * 4 + padded(names[i]!.length) + padded(bytes.length), HEADER_WORDS * 4);
  const out = new Uint8Array(size);
  const view = new DataView(out.buffer);
  let at = 0;
  const words = (...values: number[]): void => {
    for (const value of values) {
      view.setUint32(at, value, true);
      at += 4;
    }
  };
  const block = (bytes: Uint8Array): void => {
    out.set(bytes, at);
    at += padded(bytes.length);
  };
  words(MAGIC, boot.entry, boot.r0, boot.r1, boot.r2, boot.loads.length);
  for (const [i, { address, bytes }] of boot.loads.entries()) {
    words(address, bytes.length, names[i]!.length);
    block(names[i]!);
    block(bytes);
  }
  return out;
}

/** Reads a module; the bytes of its loads are views into it. */
export function unpackBoot(module: Uint8Array): Outcome<NormalBoot> {
  const view = new DataView(module.buffer, module.byteOffset, module.byteLength);
  const failure = (error: string): { ok: false; error: string } => ({ ok: false, error });
  if (module.length < HEADER_WORDS * 4 || view.getUint32(0, true) !== MAGIC) return failure('not a boot module');
  const [entry, r0, r1, r2, count] = [4, 8, 12, 16, 20].map((at) => view.getUint32(at, true)) as [number, number, number, number, number];
  const loads: NormalLoad[] = [];
  let at = HEADER_WORDS * 4;
  for (let i = 0; i < count; i++) {
    if (at + LOAD_WORDS * 4 > module.length) return failure(`the boot module ends before load ${i}`);
    const address = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    const nameLength = view.getUint32(at + 8, true);
    const nameAt = at + LOAD_WORDS * 4;
    const bytesAt = nameAt + Math.ceil(nameLength / 4) * 4;
    if (bytesAt + length > module.length) return failure(`the boot module ends within load ${i} (${length} bytes for ${hex32(address)})`);
    loads.push({ name: decodeUtf8(module.subarray(nameAt, nameAt + nameLength)), address, bytes: module.subarray(bytesAt, bytesAt + length) });
    at = bytesAt + Math.ceil(length / 4) * 4;
  }
  return { ok: true, value: { loads, entry, r0, r1, r2 } };
}

/** Checks that all loads and the entry lie in RAM and no two overlap; the error names the load. */
export function checkBoot(boot: NormalBoot, ramBase: number, ramSize: number): Outcome {
  const inRam = (address: number, length: number): boolean => address >= ramBase && address + length <= ramBase + ramSize;
  const sorted = [...boot.loads].sort((a, b) => a.address - b.address);
  for (const [i, { name, address, bytes }] of sorted.entries()) {
    if (!inRam(address, bytes.length)) return { ok: false, error: `${name}, ${bytes.length} bytes at ${hex32(address)}, does not lie in the normal world's RAM (${hex32(ramBase)} to ${hex32(ramBase + ramSize - 1)})` };
    const next = sorted[i + 1];
    if (next !== undefined && address + bytes.length > next.address) return { ok: false, error: `${name} at ${hex32(address)} runs into ${next.name} at ${hex32(next.address)}` };
  }
  if (!inRam(boot.entry, 4)) return { ok: false, error: `the entry ${hex32(boot.entry)} does not lie in the normal world's RAM` };
  return { ok: true, value: undefined };
}
