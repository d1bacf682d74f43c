/**
 * Places an ELF32 or raw image in the bare board's memory, for `exec`.
 *
 * Without a set-up, addresses are physical, as the CPU starts: segments go to their physical addresses. With `--flat` they go where the stub's map (flat.ts) shows their
 * virtual addresses.
 */
import { isElf, readElf, type ElfImage } from '../normal/elf.ts';
import { IRAM_SIZE, QSB_DRAM } from '../soc/boards/imx53-qsb-numbers.ts';
import type { HeapInfo } from '../soc/index.ts';
import { UsageError } from './errors.ts';
import { FLAT_LOW_SIZE, flatPhysical, flatSetup, IRAM_BASE } from './flat.ts';
import { hex } from './values.ts';

export interface ImageOptions {
  readonly flat: boolean;
  readonly load?: number;
  readonly entry?: number;
}

export interface PlacedImage {
  readonly loads: readonly { readonly address: number; readonly bytes: Uint8Array }[];
  readonly registers: Readonly<Record<number, number>>;
  readonly heap: HeapInfo;
  /** Of an ELF file. */
  readonly elf?: ElfImage;
}

interface Piece {
  /** As the program sees it. */
  readonly address: number;
  readonly physical: number;
  readonly bytes: Uint8Array;
  readonly size: number;
}

const MEMORIES = [
  ...QSB_DRAM.map(({ base, size }, bank) => ({ name: `RAM bank ${bank}`, base, size })),
  { name: 'internal RAM', base: IRAM_BASE, size: IRAM_SIZE },
];
const RAM_BASE = QSB_DRAM[0].base;
const RAW_LOAD = RAM_BASE + 0x8000;
const RAW_LOAD_FLAT = 0x8000;
const STACK_BYTES = 16 << 20;

/** Throws a UsageError that names `file` where the image is broken or lies outside of RAM. */
export function placeImage(file: string, bytes: Uint8Array, options: ImageOptions): PlacedImage {
  const wrong = (what: string): never => { throw new UsageError(`${file}: ${what}`); };
  let elf: ElfImage | undefined;
  let pieces: Piece[];
  let entry: number;
  if (isElf(bytes)) {
    const result = readElf(bytes);
    if (!result.ok) return wrong(result.error);
    if (options.load !== undefined) return wrong('an ELF file says itself where it belongs; --load is for raw images');
    elf = result.image;
    pieces = elf.segments.map(({ vaddr, paddr, memsz, bytes: content }) => ({
      address: options.flat ? vaddr : paddr, physical: options.flat ? flatPhysical(vaddr) : paddr, bytes: content, size: memsz,
    }));
    entry = options.entry ?? (options.flat ? elf.entry : physicalEntry(elf));
  } else {
    if (bytes.length === 0) return wrong('empty');
    const load = options.load ?? (options.flat ? RAW_LOAD_FLAT : RAW_LOAD);
    pieces = [{ address: load, physical: options.flat ? flatPhysical(load) : load, bytes, size: bytes.length }];
    entry = options.entry ?? load;
  }
  for (const piece of pieces) check(piece, options.flat, wrong);
  const start = (entry & ~1) >>> 0;
  const physicalStart = options.flat ? flatPhysical(start) : start;
  if (!pieces.some(({ physical, size }) => physicalStart >= physical && physicalStart < physical + size)) {
    return wrong(`the entry point ${hex(entry)} lies outside of what is loaded`);
  }
  if ((entry & 3) === 2) return wrong(`the entry point ${hex(entry)} is no A32 address (odd: T32)`);

  const loads = pieces.map(({ physical, bytes: content, size }) => ({ address: physical, bytes: padded(content, size) }));
  const heap = heapFor(pieces, options.flat);
  if (!options.flat) return { loads, registers: { 15: entry, 13: heap.stackBase }, heap, ...(elf === undefined ? {} : { elf }) };
  const setup = flatSetup({ entry, stack: heap.stackBase });
  for (const { address, bytes: content } of setup.loads) {
    for (const load of loads) {
      if (load.address < address + content.length && address < load.address + load.bytes.length) wrong(`it overlaps the set-up of --flat at ${hex(address)}`);
    }
  }
  return { loads: [...loads, ...setup.loads], registers: { 15: setup.entry }, heap, ...(elf === undefined ? {} : { elf }) };
}

/** The header's entry is a virtual address; before there is an MMU the CPU starts at the physical one. */
function physicalEntry({ entry, segments }: ElfImage): number {
  const home = segments.find(({ vaddr, memsz }) => entry >= vaddr && entry < vaddr + memsz);
  return home === undefined ? entry : entry - home.vaddr + home.paddr;
}

function check({ address, physical, size }: Piece, flat: boolean, wrong: (what: string) => never): void {
  const memory = MEMORIES.find(({ base, size: room }) => physical >= base && physical + size <= base + room);
  const split = flat && address < FLAT_LOW_SIZE && address + size > FLAT_LOW_SIZE;
  if (memory !== undefined && !split) return;
  const there = MEMORIES.map(({ name, base, size: room }) => `${name} ${hex(base)}-${hex(base + room - 1)}`).join(', ');
  const hint = !flat && address < FLAT_LOW_SIZE ? '; --flat shows RAM at 0' : '';
  wrong(`${size} bytes at ${hex(address)} lie outside of RAM (${there}${flat ? `; 0x00000000-${hex(FLAT_LOW_SIZE - 1)} shows RAM bank 0` : ''})${hint}`);
}

function padded(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length === size) return bytes;
  const out = new Uint8Array(size);
  out.set(bytes);
  return out;
}

/** The heap above the image in the RAM that holds the image's end, and the stack at that RAM's top. */
function heapFor(pieces: readonly Piece[], flat: boolean): HeapInfo {
  const regions = [...(flat ? [{ base: 0, size: FLAT_LOW_SIZE }] : []), ...QSB_DRAM];
  const ends = pieces.map(({ address, size }) => address + size);
  for (const { base, size } of regions) {
    const top = Math.max(...ends.filter((end) => end > base && end <= base + size));
    if (top === -Infinity) continue;
    const heapBase = Math.ceil(top / 4096) * 4096;
    const stackLimit = Math.max(heapBase, base + size - STACK_BYTES);
    return { heapBase, heapLimit: stackLimit, stackBase: base + size, stackLimit };
  }
  return { heapBase: 0, heapLimit: 0, stackBase: 0, stackLimit: 0 };
}
