/**
 * A reader for ELF32 little-endian ARM executables: what a loader of the bare board needs, and the symbols.
 *
 * Source: System V ABI, chapter 4 (object files) and 5 (program loading); ELF for the Arm Architecture (IHI 0044), sections 5.5 (symbols, mapping
 * symbols). Position-independent and dynamically linked files are refused: nothing on the bare board would relocate them.
 */
import { cString, hex, view } from './bytes.ts';

/** A PT_LOAD segment. `bytes` are its `filesz` bytes (a view of the file); the rest up to `memsz` is zero in memory. Addresses and sizes are uint32. */
export interface ElfSegment {
  readonly paddr: number;
  readonly vaddr: number;
  readonly filesz: number;
  readonly memsz: number;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
  readonly bytes: Uint8Array;
}

/** A named, defined symbol. `address` has bit 0 clear for a T32 function, and `thumb` set. */
export interface ElfSymbol {
  readonly name: string;
  readonly address: number;
  readonly size: number;
  readonly kind: 'function' | 'object' | 'label';
  readonly thumb: boolean;
  readonly global: boolean;
}

/** A mapping symbol ($a, $t, $d): from `address` on, the section holds A32, T32 or data. */
export interface ElfMapping {
  readonly address: number;
  readonly content: 'a32' | 't32' | 'data';
}

/** `entry` is as the header gives it: bit 0 set means that it starts in T32. Symbols and mappings are sorted by address. */
export interface ElfImage {
  readonly entry: number;
  readonly flags: number;
  readonly segments: readonly ElfSegment[];
  readonly symbols: readonly ElfSymbol[];
  readonly mappings: readonly ElfMapping[];
}

/** `error` is one line without the file's name, for the caller to put a name in front. */
export type ElfResult = { readonly ok: true; readonly image: ElfImage } | { readonly ok: false; readonly error: string };

const EHDR_SIZE = 52;
const PHDR_SIZE = 32;
const SHDR_SIZE = 40;
const SYM_SIZE = 16;
const EM_ARM = 40;
const PT_LOAD = 1;
const PT_INTERP = 3;
const SHT_SYMTAB = 2;
const SHT_STRTAB = 3;

const failure = (error: string): { ok: false; error: string } => ({ ok: false, error });

/** Whether the bytes start like any ELF file; `readElf` says whether it is one of ours. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/** Reads an ELF32 LE ARM executable; every offset is checked against the file. Never throws. */
export function readElf(bytes: Uint8Array): ElfResult {
  if (!isElf(bytes)) return failure('not an ELF file (no 7f 45 4c 46 at its start)');
  if (bytes.length < EHDR_SIZE) return failure(`truncated: ${bytes.length} bytes, an ELF32 header has ${EHDR_SIZE}`);
  if (bytes[4] !== 1) return failure(bytes[4] === 2 ? 'a 64-bit ELF file; ELF32 ARM is needed' : `ELF class ${bytes[4]} is not ELF32`);
  if (bytes[5] !== 1) return failure(bytes[5] === 2 ? 'a big-endian ELF file; little-endian ARM is needed' : `ELF data encoding ${bytes[5]} is not little-endian`);
  const words = view(bytes);
  const machine = words.getUint16(18, true);
  if (machine !== EM_ARM) return failure(`made for ELF machine ${machine}, not for ARM (${EM_ARM})`);
  if (bytes[6] !== 1 || words.getUint32(20, true) !== 1) return failure('unknown ELF version (1 is the only one)');
  const type = words.getUint16(16, true);
  if (type === 1) return failure('a relocatable object; link it first');
  if (type === 3) return failure('position independent or a shared object; link it at a fixed address (-no-pie -static)');
  if (type !== 2) return failure(`ELF type ${type} is not an executable`);
  const headerSize = words.getUint16(40, true);
  if (headerSize < EHDR_SIZE) return failure(`ELF header size ${headerSize} is below ${EHDR_SIZE}`);

  const segments = readSegments(bytes, words, headerSize);
  if (!segments.ok) return segments;
  const symbols = readSymbols(bytes, words);
  if (!symbols.ok) return symbols;
  return {
    ok: true,
    image: {
      entry: words.getUint32(24, true),
      flags: words.getUint32(36, true),
      segments: segments.segments,
      symbols: symbols.symbols,
      mappings: symbols.mappings,
    },
  };
}

function readSegments(bytes: Uint8Array, words: DataView, headerSize: number):
  { ok: true; segments: ElfSegment[] } | { ok: false; error: string } {
  const offset = words.getUint32(28, true);
  const entrySize = words.getUint16(42, true);
  const count = words.getUint16(44, true);
  if (count === 0) return failure('no program headers: nothing to load');
  if (entrySize !== PHDR_SIZE) return failure(`program header size ${entrySize} is not ${PHDR_SIZE}`);
  if (offset < headerSize) return failure(`program headers at ${hex(offset)} overlap the ELF header`);
  if (offset + count * PHDR_SIZE > bytes.length) return failure(`truncated: program headers at ${hex(offset)} pass the end of the file`);
  const segments: ElfSegment[] = [];
  for (let i = 0; i < count; i++) {
    const at = offset + i * PHDR_SIZE;
    const word = (field: number): number => words.getUint32(at + field, true);
    const kind = word(0);
    if (kind === PT_INTERP) return failure('dynamically linked; link it with -static');
    if (kind !== PT_LOAD) continue;
    const start = word(4);
    const vaddr = word(8);
    const paddr = word(12);
    const filesz = word(16);
    const memsz = word(20);
    const flags = word(24);
    const alignment = word(28);
    const name = `segment ${i} (${hex(vaddr)})`;
    if (filesz > memsz) return failure(`${name} has ${filesz} bytes in the file but only ${memsz} in memory`);
    if (start + filesz > bytes.length) return failure(`truncated: ${name} passes the end of the file`);
    if (paddr + memsz > 2 ** 32 || vaddr + memsz > 2 ** 32) return failure(`${name} passes the end of the 32-bit address space`);
    if ((alignment & (alignment - 1)) !== 0) return failure(`${name} has alignment ${alignment}, not a power of two`);
    if (memsz === 0) continue;
    for (const [j, other] of segments.entries()) {
      if (overlap(paddr, memsz, other.paddr, other.memsz)) return failure(`${name} overlaps loadable segment ${j} at physical address ${hex(Math.max(paddr, other.paddr))}`);
      if (overlap(vaddr, memsz, other.vaddr, other.memsz)) return failure(`${name} overlaps loadable segment ${j} at virtual address ${hex(Math.max(vaddr, other.vaddr))}`);
    }
    segments.push({
      paddr, vaddr, filesz, memsz,
      readable: (flags & 4) !== 0, writable: (flags & 2) !== 0, executable: (flags & 1) !== 0,
      bytes: bytes.subarray(start, start + filesz),
    });
  }
  if (segments.length === 0) return failure('no loadable segment');
  return { ok: true, segments };
}

function overlap(a: number, aSize: number, b: number, bSize: number): boolean {
  return a < b + bSize && b < a + aSize;
}

function readSymbols(bytes: Uint8Array, words: DataView):
  { ok: true; symbols: ElfSymbol[]; mappings: ElfMapping[] } | { ok: false; error: string } {
  const symbols: ElfSymbol[] = [];
  const mappings: ElfMapping[] = [];
  const table = words.getUint32(32, true);
  const entrySize = words.getUint16(46, true);
  const count = words.getUint16(48, true);
  if (table === 0 || count === 0) return { ok: true, symbols, mappings };
  if (entrySize !== SHDR_SIZE) return failure(`section header size ${entrySize} is not ${SHDR_SIZE}`);
  if (table + count * SHDR_SIZE > bytes.length) return failure(`truncated: section headers at ${hex(table)} pass the end of the file`);
  const section = (index: number, field: number): number => words.getUint32(table + index * SHDR_SIZE + field, true);
  for (let i = 0; i < count; i++) {
    if (section(i, 4) !== SHT_SYMTAB) continue;
    const start = section(i, 16);
    const size = section(i, 20);
    const strings = section(i, 24);
    if (start + size > bytes.length) return failure(`truncated: the symbol table (section ${i}) passes the end of the file`);
    if (section(i, 36) !== SYM_SIZE) return failure(`symbol size ${section(i, 36)} is not ${SYM_SIZE}`);
    if (strings >= count || section(strings, 4) !== SHT_STRTAB) return failure(`the symbol table (section ${i}) names no string table`);
    const stringsStart = section(strings, 16);
    const stringsEnd = stringsStart + section(strings, 20);
    if (stringsEnd > bytes.length) return failure(`truncated: the string table (section ${strings}) passes the end of the file`);
    for (let at = start; at + SYM_SIZE <= start + size; at += SYM_SIZE) {
      const nameOffset = words.getUint32(at, true);
      const sectionIndex = words.getUint16(at + 14, true);
      if (nameOffset === 0 || sectionIndex === 0) continue;
      const name = cString(bytes, stringsStart + nameOffset, stringsEnd);
      if (name === undefined) return failure(`a symbol's name is outside the string table (section ${strings})`);
      const value = words.getUint32(at + 4, true);
      const info = bytes[at + 12]!;
      const kind = SYMBOL_KINDS[info & 15];
      if (kind === undefined || name === '') continue;
      const mapping = kind === 'label' ? /^\$([atd])(\.|$)/.exec(name)?.[1] : undefined;
      if (mapping !== undefined) {
        mappings.push({ address: value, content: mapping === 'a' ? 'a32' : mapping === 't' ? 't32' : 'data' });
        continue;
      }
      const thumb = kind === 'function' && (value & 1) !== 0;
      symbols.push({
        name, address: thumb ? (value & ~1) >>> 0 : value, size: words.getUint32(at + 8, true), kind, thumb, global: info >> 4 !== 0,
      });
    }
  }
  symbols.sort((a, b) => a.address - b.address);
  mappings.sort((a, b) => a.address - b.address);
  return { ok: true, symbols, mappings };
}

/** STT_NOTYPE, STT_OBJECT and STT_FUNC; sections, files and the rest name nothing that a person looks for. */
const SYMBOL_KINDS: readonly (ElfSymbol['kind'] | undefined)[] = ['label', 'object', 'function'];
