/**
 * Recognises a Linux zImage for ARM, and reads what its header says about the memory that it will need.
 *
 * Source: Linux, "Booting ARM Linux" and the zImage's own header: magic 0x016f2818 at 0x24, start and end at 0x28 and 0x2c, byte-order word at 0x30, magic
 * 0x45454545 at 0x34 with the offset of a tagged table at 0x38 (tag 0x5a534c4b: where the inflated size stands, BSS size, text offset, heap).
 */
import { hex, latin1, view } from './bytes.ts';
import { isElf } from './elf.ts';

/** Sizes in bytes. */
export interface ZImage {
  /** Load address that the header asks for; 0 means anywhere. */
  readonly start: number;
  /** End of the image: what follows in the file (an appended device tree, say) does not count. */
  readonly size: number;
  /** How far above the base of RAM the kernel writes while it unpacks itself, with BSS and the copy of the zImage that does the unpacking. */
  readonly footprint: number;
  /** Whether `footprint` is the header's word; a kernel before Linux 4.15 says nothing and gets an estimate. */
  readonly exact: boolean;
}

/** `error` is one line without the file's name. */
export type ZImageResult = { readonly ok: true; readonly zimage: ZImage } | { readonly ok: false; readonly error: string };

const MAGIC = 0x016f2818;
const MAGIC_SWAPPED = 0x18286f01;
const TABLE_MAGIC = 0x45454545;
const TAG_KRNL_SIZE = 0x5a534c4b;
const HEADER_SIZE = 0x30;
/** Kernels unpack to at most five times the zImage's size with the compressors that they have. */
const ESTIMATED_RATIO = 5;
const UNPACKER_STACK = 0x1000;

const failure = (error: string): { ok: false; error: string } => ({ ok: false, error });

/** Checks and reads the header. Never throws. */
export function readZImage(bytes: Uint8Array): ZImageResult {
  const words = view(bytes);
  if (bytes.length < HEADER_SIZE) return failure(`not a zImage: ${bytes.length} bytes are too few`);
  const magic = words.getUint32(0x24, true);
  if (magic === MAGIC_SWAPPED) return failure('a big-endian zImage; little-endian is needed');
  if (magic !== MAGIC) return failure(`not an ARM zImage (no ${hex(MAGIC)} at 0x24)${resemblance(bytes, words)}`);
  const start = words.getUint32(0x28, true);
  const end = words.getUint32(0x2c, true);
  if (bytes.length >= HEADER_SIZE + 4 && words.getUint32(0x30, true) === 0x01020304) return failure('a big-endian zImage; little-endian is needed');
  if (end < start + HEADER_SIZE) return failure(`a broken zImage: it ends at ${hex(end)} and starts at ${hex(start)}`);
  const size = end - start;
  if (size > bytes.length) return failure(`a truncated zImage: the header says ${size} bytes, the file has ${bytes.length}`);
  const said = sizesFromTable(bytes, words, size);
  return {
    ok: true,
    zimage: { start, size, footprint: said ?? size * ESTIMATED_RATIO + size, exact: said !== undefined },
  };
}

/** The footprint by the tagged table: the kernel lies at the text offset; above it go BSS, and before that the zImage's relocated copy, heap and stack. */
function sizesFromTable(bytes: Uint8Array, words: DataView, size: number): number | undefined {
  if (size < 0x3c || words.getUint32(0x34, true) !== TABLE_MAGIC) return undefined;
  let at = words.getUint32(0x38, true);
  while (at + 8 <= size) {
    const length = words.getUint32(at, true);
    if (length === 0 || at + length * 4 > size) return undefined;
    if (words.getUint32(at + 4, true) === TAG_KRNL_SIZE && length >= 5) {
      const sizeAt = words.getUint32(at + 8, true);
      if (sizeAt + 4 > bytes.length) return undefined;
      const inflated = words.getUint32(sizeAt, true);
      const bss = words.getUint32(at + 12, true);
      const textOffset = words.getUint32(at + 16, true);
      const heap = length >= 6 ? words.getUint32(at + 20, true) : 0;
      return textOffset + inflated + Math.max(bss, size + heap + UNPACKER_STACK);
    }
    at += length * 4;
  }
  return undefined;
}

/** What the file is instead, where its first bytes tell. */
function resemblance(bytes: Uint8Array, words: DataView): string {
  if (isElf(bytes)) return '; this is an ELF file (vmlinux?)';
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return '; this is a gzip file';
  if (words.getUint32(0) === 0x27051956) return '; this is a U-Boot image (uImage): its first 64 bytes stand before the zImage';
  if (bytes.length >= 0x3c && latin1(bytes.subarray(0x38, 0x3c)) === 'ARM\x64') return '; this is a 64-bit ARM kernel';
  if (latin1(bytes.subarray(0, 8)) === '!<arch>\n') return '; this is an archive (a .deb?)';
  if (bytes[0] === 0xd0 && bytes[1] === 0x0d && bytes[2] === 0xfe && bytes[3] === 0xed) return '; this is a device tree blob';
  return '';
}
