/**
 * The tagged list that boot loaders handed to ARM Linux before device trees. Source: Linux, "Booting ARM Linux", section 4a: a list of tags, each a word count with its
 * header, a number, and its words; it begins with ATAG_CORE and ends with ATAG_NONE, and lies in the first 16 KiB of RAM, by convention at 0x100.
 */
import { concat, utf8, view } from './bytes.ts';

const ATAG_CORE = 0x54410001;
const ATAG_MEM = 0x54410002;
const ATAG_CMDLINE = 0x54410009;
const ATAG_INITRD2 = 0x54420005;
/** ATAG_CORE: root device mounted as the command line says, pages of 4 KiB, no root device named. */
const CORE_FLAGS = 1;
const PAGE_SIZE = 4096;

/** Offset of the list from the base of RAM. */
export const ATAGS_OFFSET = 0x100;

export interface Atags {
  readonly ram: readonly { readonly base: number; readonly size: number }[];
  readonly append?: string;
  /** Physical address and size in bytes. */
  readonly initrd?: { readonly start: number; readonly size: number };
}

function words32(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  words.forEach((word, i) => { view(bytes).setUint32(i * 4, word, true); });
  return bytes;
}

export function writeAtags({ ram, append, initrd }: Atags): Uint8Array {
  const tag = (number: number, words: readonly number[]): Uint8Array => words32([words.length + 2, number, ...words]);
  const tags = [tag(ATAG_CORE, [CORE_FLAGS, PAGE_SIZE, 0]), ...ram.map(({ base, size }) => tag(ATAG_MEM, [size, base]))];
  if (initrd !== undefined) tags.push(tag(ATAG_INITRD2, [initrd.start, initrd.size]));
  if (append !== undefined) {
    const text = utf8(append);
    // With its NUL, in whole words.
    const words = new Uint8Array((text.length + 4) & ~3);
    words.set(text);
    tags.push(concat([words32([2 + words.length / 4, ATAG_CMDLINE]), words]));
  }
  return concat([...tags, words32([0, 0])]);
}
