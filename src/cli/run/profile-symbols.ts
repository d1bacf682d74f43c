/**
 * Names for the addresses of a profile: the secure world's and the embedded guest's own labels, an executable's symbols, and a file of the user's: a System.map, what a kernel
 * shows in /proc/kallsyms, or an ELF file.
 */
import { readUserFile, writeUserFile } from '../../host/index.ts';
import type { ElfImage, MiniImage } from '../../normal/index.ts';
import { UsageError } from '../errors.ts';
import { isUserCode, type GuestPlace } from './profile.ts';
import type { SymbolOf } from './profile-text.ts';

/** A table of names by address; a name lasts until the next one. */
class Names {
  readonly #addresses: readonly number[];
  readonly #names: readonly string[];
  readonly #end: number;

  constructor(symbols: readonly (readonly [address: number, name: string])[], end = Infinity) {
    const list = [...symbols].sort((a, b) => a[0] - b[0]);
    this.#addresses = list.map(([address]) => address);
    this.#names = list.map(([, name]) => name);
    this.#end = end;
  }

  at(address: number): string | undefined {
    if (address >= this.#end) return undefined;
    let best = -1;
    for (let low = 0, high = this.#addresses.length - 1; low <= high;) {
      const middle = (low + high) >> 1;
      if (this.#addresses[middle]! <= address) {
        best = middle;
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    const symbol = this.#names[best];
    return symbol === undefined || address === this.#addresses[best]! ? symbol : `${symbol}+0x${(address - this.#addresses[best]!).toString(16)}`;
  }
}

export interface SymbolSources {
  /** Where the profile goes. */
  readonly into: string;
  /** The user's file. */
  readonly file?: string;
  /** The executable that runs. */
  readonly elf?: ElfImage;
  /** There is no secure world of ours. */
  readonly bare?: boolean;
  /** The embedded guest runs. */
  readonly mini?: boolean;
}

/** Lines of System.map and /proc/kallsyms: address, type, name, and a module's in brackets. Mapping symbols ($a, $t, $d) name nothing. */
export function parseSystemMap(text: string): [number, string][] {
  const symbols: [number, string][] = [];
  for (const line of text.split('\n')) {
    const match = /^([0-9a-fA-F]{8}) [tTwW] (\S+)/.exec(line);
    if (match !== null && !match[2]!.startsWith('$')) symbols.push([parseInt(match[1]!, 16), match[2]!]);
  }
  return symbols;
}

function elfNames({ symbols, segments }: ElfImage): Names {
  const end = Math.max(...segments.map(({ vaddr, memsz }) => vaddr + memsz));
  return new Names(symbols.filter(({ kind }) => kind !== 'object').map(({ address, name }) => [address, name] as const), end);
}

function labels({ symbols }: MiniImage): Names {
  return new Names([...symbols].filter(([, { kind }]) => kind === 'label').map(([name, { value }]) => [value, name] as const));
}

async function userNames(file: string): Promise<Names> {
  const content = readUserFile(file);
  if (!content.ok) throw new UsageError(content.error);
  const { isElf, readElf } = await import('../../normal/elf.ts');
  if (isElf(content.bytes)) {
    const result = readElf(content.bytes);
    if (!result.ok) throw new UsageError(`${file}: ${result.error}`);
    return elfNames(result.image);
  }
  const symbols = parseSystemMap(Buffer.from(content.bytes).toString('latin1'));
  if (symbols.every(([address]) => address === 0)) throw new UsageError(`${file}: no symbols of a System.map, of /proc/kallsyms (as root), or of an ELF file`);
  return new Names(symbols);
}

/** Looks whether the profile can be written, and gives names to its addresses. Throws UsageError where a file of the user's cannot be used. */
export async function profileSymbols({ into, file, elf, bare, mini }: SymbolSources): Promise<SymbolOf> {
  const written = writeUserFile(into, '');
  if (!written.ok) throw new UsageError(written.error);
  const user = file === undefined ? undefined : await userNames(file);
  const { miniImage, secureSources } = await import('../assembled.ts');
  const own = elf !== undefined ? elfNames(elf) : mini === true ? labels(miniImage(bare === true ? 0x70000000 : 0x80000000)) : undefined;
  const named = (place: GuestPlace): string | undefined => user?.at(place.address) ?? own?.at(place.address);
  if (bare === true) return named;
  const { buildImage } = await import('../../secure/image.ts');
  const image = buildImage(secureSources());
  const pages = image.segments.map(({ va, bytes }) => ({ va, end: va + bytes.length }));
  const within = (address: number): boolean => pages.some(({ va, end }) => address >= va && address < end);
  const secure = new Names([...image.symbols].filter(([, address]) => within(address)).map(([name, address]) => [address, name] as const));
  return (place: GuestPlace): string | undefined => {
    if (place.world === 'secure') return within(place.address) ? secure.at(place.address) : undefined;
    return isUserCode(place) ? undefined : named(place);
  };
}
