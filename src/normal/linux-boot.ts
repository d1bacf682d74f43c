/**
 * Where a boot loader puts an ARM Linux kernel, its device tree and its initial RAM disk, and what it hands over in registers.
 *
 * Source: Linux, "Booting ARM Linux" (32-bit): r0 = 0, r1 = machine type (all ones with a device tree), r2 = the device tree's physical address, MMU off; device
 * tree and RAM disk above what the kernel unpacks. Devicetree Specification v0.4, sections 3.4 (memory) and 3.6 (chosen).
 *
 * A kernel from before device trees gets a tagged list instead (atags.ts), and its machine's number in r1; a device tree that somebody appended to the zImage stays with it.
 *
 * In the device tree only the memory node's reg and, in /chosen, bootargs and linux,initrd-start and -end change.
 */
import { ATAGS_OFFSET, writeAtags } from './atags.ts';
import { hex } from './bytes.ts';
import { addNode, cells, readFdt, strings, toCells, toStrings, writeFdt } from './fdt.ts';
import type { Fdt, FdtNode } from './fdt.ts';
import { readZImage } from './zimage.ts';

/** A range of physical memory that the normal world may use as RAM; uint32 address, size in bytes. */
export interface RamBank {
  readonly base: number;
  readonly size: number;
}

export interface LinuxImages {
  /** A zImage. */
  readonly kernel: Uint8Array;
  /** Left out where `atags` is given. */
  readonly dtb?: Uint8Array;
  /** A tagged list for a kernel without device trees, instead of a tree. */
  readonly atags?: { readonly machineType: number };
  readonly initrd?: Uint8Array;
  /** The kernel's command line; without it the device tree keeps the one that it has. */
  readonly append?: string;
  /** The first bank takes all that is loaded. */
  readonly ram: readonly RamBank[];
}

/** `name` says what it is, for messages. */
export interface Load {
  readonly name: 'kernel' | 'device tree' | 'ATAGs' | 'initrd';
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** What to write into memory, and the core registers at the kernel's first instruction (A32, SVC mode, IRQ and FIQ masked, MMU off). */
export interface LinuxBoot {
  readonly loads: readonly Load[];
  readonly entry: number;
  readonly r0: number;
  readonly r1: number;
  readonly r2: number;
}

/** `error` is one line; `image` says which input it is about. */
export type LinuxBootResult =
  | { readonly ok: true; readonly boot: LinuxBoot }
  | { readonly ok: false; readonly image: 'kernel' | 'dtb' | 'initrd' | 'append' | 'ram'; readonly error: string };

const MIB = 1 << 20;
const KERNEL_OFFSET = 0x8000;
/** Far above what a kernel unpacks, and below where a small lowmem ends. */
const DTB_OFFSET = 128 * MIB;
/** The kernel maps 2 MiB from the section that holds the blob; one is kept for it. */
const DTB_SPACE = MIB;
/** COMMAND_LINE_SIZE of 32-bit ARM, with the final NUL. */
const COMMAND_LINE_SIZE = 1024;
const NO_MACHINE_TYPE = 0xffffffff;

const failure = (image: 'kernel' | 'dtb' | 'initrd' | 'append' | 'ram', error: string): LinuxBootResult => ({ ok: false, image, error });

/** Places a kernel with what belongs to it. Refuses images that are broken, do not fit in the first bank, or would be overwritten. */
export function placeLinux({ kernel, dtb, atags, initrd, append, ram }: LinuxImages): LinuxBootResult {
  const bank = ram[0];
  if (bank === undefined) return failure('ram', 'no RAM bank for the kernel');
  const zimage = readZImage(kernel);
  if (!zimage.ok) return failure('kernel', zimage.error);
  if ((dtb === undefined) === (atags === undefined)) return failure('dtb', 'either a device tree or ATAGs: one of both');
  if (append !== undefined) {
    const odd = /[^\x20-\x7e\t]/.exec(append);
    if (odd !== null) return failure('append', `character ${JSON.stringify(odd[0])} at ${odd.index} cannot stand in a kernel command line`);
    if (append.length >= COMMAND_LINE_SIZE) return failure('append', `${append.length} characters; the kernel takes ${COMMAND_LINE_SIZE - 1}`);
  }

  const bankEnd = bank.base + bank.size;
  const entry = bank.base + KERNEL_OFFSET;
  const dtbAddress = bank.base + Math.min(DTB_OFFSET, Math.floor(bank.size / 2 / MIB) * MIB);
  const initrdAddress = dtbAddress + DTB_SPACE;
  // What follows in the file counts where it may be a device tree that the kernel is to find.
  const kernelBytes = atags === undefined ? kernel.subarray(0, zimage.zimage.size) : kernel;
  const kernelEnd = Math.max(entry + kernelBytes.length, bank.base + zimage.zimage.footprint);
  if (zimage.zimage.start !== 0 && zimage.zimage.start !== entry) return failure('kernel', `the zImage is linked for ${hex(zimage.zimage.start)}; only a position-independent one can be loaded (at ${hex(entry)})`);
  if (kernelEnd > dtbAddress) return failure('kernel', `it would unpack up to ${hex(kernelEnd)}, over the device tree at ${hex(dtbAddress)} (bank of ${bank.size / MIB} MiB at ${hex(bank.base)})`);
  if (initrd !== undefined && initrdAddress + initrd.length > bankEnd) return failure('initrd', `${initrd.length} bytes at ${hex(initrdAddress)} pass the end of RAM at ${hex(bankEnd)}`);

  const loads: Load[] = [{ name: 'kernel', address: entry, bytes: kernelBytes }];
  const initrdLoad: Load[] = initrd === undefined ? [] : [{ name: 'initrd', address: initrdAddress, bytes: initrd }];
  if (dtb === undefined) {
    const list = writeAtags({ ram, ...(append === undefined ? {} : { append }), ...(initrd === undefined ? {} : { initrd: { start: initrdAddress, size: initrd.length } }) });
    const address = bank.base + ATAGS_OFFSET;
    loads.push({ name: 'ATAGs', address, bytes: list }, ...initrdLoad);
    return { ok: true, boot: { loads, entry, r0: 0, r1: atags!.machineType, r2: address } };
  }
  const tree = readFdt(dtb);
  if (!tree.ok) return failure('dtb', tree.error);
  const problem = patch(tree.fdt, ram, append, initrd === undefined ? undefined : { start: initrdAddress, end: initrdAddress + initrd.length });
  if (problem !== undefined) return failure(problem.image, problem.error);
  const blob = writeFdt(tree.fdt);
  if (blob.length > DTB_SPACE || dtbAddress + blob.length > bankEnd) return failure('dtb', `${blob.length} bytes; there is room for ${Math.min(DTB_SPACE, bankEnd - dtbAddress)}`);

  loads.push({ name: 'device tree', address: dtbAddress, bytes: blob }, ...initrdLoad);
  return { ok: true, boot: { loads, entry, r0: 0, r1: NO_MACHINE_TYPE, r2: dtbAddress } };
}

function patch(fdt: Fdt, ram: readonly RamBank[], append: string | undefined, initrd: { start: number; end: number } | undefined):
  { image: 'dtb' | 'ram'; error: string } | undefined {
  const { root } = fdt;
  const addressCells = cellCount(root, '#address-cells', 2);
  const sizeCells = cellCount(root, '#size-cells', 1);
  if (addressCells === undefined || sizeCells === undefined) return { image: 'dtb', error: 'the root\'s #address-cells or #size-cells is neither 1 nor 2' };
  const reg: number[] = [];
  for (const { base, size } of ram) {
    if (base + size > 2 ** 32 || (base & (MIB - 1)) !== 0 || size <= 0 || (size % MIB) !== 0) return { image: 'ram', error: `the RAM bank at ${hex(base)} of ${hex(size)} bytes is not of whole MiB in 32 bits` };
    reg.push(...wide(base, addressCells), ...wide(size, sizeCells));
  }
  const memories = root.children.filter((node) => toStrings(node.properties.get('device_type') ?? new Uint8Array(0))?.[0] === 'memory');
  if (memories.length > 1) return { image: 'dtb', error: `${memories.length} memory nodes (${memories.map((node) => node.name).join(', ')}); one is expected` };
  const memory = memories[0] ?? newMemoryNode(root, ram[0]!.base);
  memory.properties.set('reg', cells(reg));

  const chosen = root.children.find((node) => node.name === 'chosen') ?? addNode(root, 'chosen');
  if (append !== undefined) chosen.properties.set('bootargs', strings(append));
  if (initrd === undefined) {
    chosen.properties.delete('linux,initrd-start');
    chosen.properties.delete('linux,initrd-end');
  } else {
    chosen.properties.set('linux,initrd-start', cells([initrd.start]));
    chosen.properties.set('linux,initrd-end', cells([initrd.end]));
  }
  return undefined;
}

function newMemoryNode(root: FdtNode, base: number): FdtNode {
  const node = addNode(root, `memory@${base.toString(16)}`);
  node.properties.set('device_type', strings('memory'));
  return node;
}

function cellCount(root: FdtNode, property: string, fallback: number): number | undefined {
  const value = root.properties.get(property);
  const count = value === undefined ? fallback : toCells(value)?.[0];
  return count === 1 || count === 2 ? count : undefined;
}

function wide(value: number, count: number): number[] {
  return count === 1 ? [value] : [0, value];
}
