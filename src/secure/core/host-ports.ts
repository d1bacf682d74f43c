/**
 * What the host lends to components: storage, and lines to the outside. The secure world's floors know no file; a host's class (src/host/disk.ts) or the ones
 * here stand behind these interfaces.
 *
 * Their state is part of a system's snapshot. A store whose contents the snapshot only refers to, by a hash, refuses to go on where the contents have changed.
 */
import type { Plain } from '../component.ts';

/** A part of the host's that snapshots hold. */
export interface SavedPort {
  save(): Plain;
  /** Checks what `save` gave and throws an Error where it cannot be taken back; the result takes it back. */
  restore(saved: Plain): () => void;
}

/** Storage behind a block component. Offsets and lengths are within `size`; what the host cannot do throws an Error. */
export interface BackingStore extends SavedPort {
  /** In bytes. */
  readonly size: number;
  readonly writable: boolean;
  read(offset: number, length: number): Uint8Array;
  write(offset: number, bytes: Uint8Array): void;
}

/** What stands under a MemoryStore: contents that do not change. */
export interface StoreBase {
  /** Identifies the contents in snapshots, by a hash. */
  readonly reference: string;
  read(offset: number, length: number): Uint8Array;
}

export interface MemoryStoreOptions {
  /** In bytes. */
  readonly size: number;
  /** Default: zeros. */
  readonly base?: StoreBase;
  /** Default: true. */
  readonly writable?: boolean;
}

const PAGE = 4096;

interface SavedPages { readonly [name: string]: Plain; readonly kind: 'memory'; readonly size: number; readonly reference: string; readonly pages: readonly { readonly page: number; readonly bytes: Uint8Array }[] }

/** Storage in memory, alone or over contents that are only read. A snapshot holds the pages that were written. */
export class MemoryStore implements BackingStore {
  readonly size: number;
  readonly writable: boolean;
  readonly #base: StoreBase | undefined;
  #pages = new Map<number, Uint8Array>();

  constructor({ size, base, writable = true }: MemoryStoreOptions) {
    if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`${size} is no size of a store`);
    this.size = size;
    this.writable = writable;
    this.#base = base;
  }

  /** A store that holds a copy of `bytes`. */
  static of(bytes: Uint8Array, writable = true): MemoryStore {
    const store = new MemoryStore({ size: bytes.length, writable });
    for (let at = 0; at < bytes.length; at += PAGE) {
      const page = bytes.subarray(at, at + PAGE);
      if (page.some((byte) => byte !== 0)) store.write(at, page);
    }
    return store;
  }

  read(offset: number, length: number): Uint8Array {
    const out = this.#base === undefined ? new Uint8Array(length) : this.#base.read(offset, length).slice();
    this.#each(offset, length, (page, from, to, at) => {
      const bytes = this.#pages.get(page);
      if (bytes !== undefined) out.set(bytes.subarray(from, to), at);
    });
    return out;
  }

  write(offset: number, bytes: Uint8Array): void {
    this.#each(offset, bytes.length, (page, from, to, at) => {
      let own = this.#pages.get(page);
      if (own === undefined) {
        own = new Uint8Array(PAGE);
        if (this.#base !== undefined && to - from < PAGE) own.set(this.#base.read(page * PAGE, Math.min(PAGE, this.size - page * PAGE)));
        this.#pages.set(page, own);
      }
      own.set(bytes.subarray(at, at + to - from), from);
    });
  }

  #each(offset: number, length: number, piece: (page: number, from: number, to: number, at: number) => void): void {
    for (let at = 0; at < length;) {
      const from = (offset + at) % PAGE;
      const to = Math.min(PAGE, from + length - at);
      piece(Math.floor((offset + at) / PAGE), from, to, at);
      at += to - from;
    }
  }

  save(): Plain {
    const pages = [...this.#pages].sort(([a], [b]) => a - b).map(([page, bytes]) => ({ page, bytes: bytes.slice() }));
    return { kind: 'memory', size: this.size, reference: this.#base?.reference ?? '', pages } satisfies SavedPages;
  }

  restore(saved: Plain): () => void {
    const { kind, size, reference, pages } = (saved ?? {}) as unknown as Partial<SavedPages>;
    if (kind !== 'memory' || !Array.isArray(pages)) throw new Error('the snapshot does not hold this disk\'s contents');
    if (size !== this.size) throw new Error(`the snapshot is of a disk of ${size} bytes; this one has ${this.size}`);
    if (reference !== (this.#base?.reference ?? '')) throw new Error('the image under the disk is not the one that the snapshot was taken with');
    const list = pages as SavedPages['pages'];
    for (const { page, bytes } of list) {
      if (!Number.isSafeInteger(page) || page < 0 || page * PAGE >= this.size || !(bytes instanceof Uint8Array) || bytes.length !== PAGE) throw new Error(`the snapshot has a broken page ${page} of the disk`);
    }
    return () => { this.#pages = new Map(list.map(({ page, bytes }) => [page, bytes.slice()])); };
  }
}

/** Input that waits is refused above this, in bytes. */
const LONGEST_INPUT = 1 << 20;

/** A line to the outside. Input comes between two runs of the system, so that the same input at the same counts gives the same run. */
export class Terminal implements SavedPort {
  readonly #output: (bytes: Uint8Array) => void;
  #input = new Uint8Array();

  /** `output` is given what a component writes. */
  constructor(output: (bytes: Uint8Array) => void) {
    this.#output = output;
  }

  /** Bytes from outside. Returns false where too many wait already. */
  type(bytes: Uint8Array): boolean {
    if (this.#input.length + bytes.length > LONGEST_INPUT) return false;
    const all = new Uint8Array(this.#input.length + bytes.length);
    all.set(this.#input);
    all.set(bytes, this.#input.length);
    this.#input = all;
    return true;
  }

  write(bytes: Uint8Array): void { this.#output(bytes.slice()); }

  /** Bytes that wait. */
  get waiting(): number { return this.#input.length; }

  take(maximum: number): Uint8Array {
    const taken = this.#input.slice(0, Math.max(0, maximum));
    this.#input = this.#input.subarray(taken.length);
    return taken;
  }

  save(): Plain { return { kind: 'terminal', input: this.#input.slice() }; }

  restore(saved: Plain): () => void {
    const { kind, input } = (saved ?? {}) as { readonly kind?: unknown; readonly input?: unknown };
    if (kind !== 'terminal' || !(input instanceof Uint8Array)) throw new Error('the snapshot does not hold this line\'s input');
    return () => { this.#input = input.slice(); };
  }
}

/** By the names that component rows use. */
export interface HostPorts {
  readonly stores: ReadonlyMap<string, BackingStore>;
  readonly terminals: ReadonlyMap<string, Terminal>;
}

const kinds = ({ stores, terminals }: HostPorts): [string, SavedPort][] => [
  ...[...stores].map(([name, port]): [string, SavedPort] => [`store ${name}`, port]), ...[...terminals].map(([name, port]): [string, SavedPort] => [`terminal ${name}`, port]),
];

export function savePorts(ports: HostPorts): { [name: string]: Plain } {
  return Object.fromEntries(kinds(ports).map(([name, port]) => [name, port.save()]));
}

/** Checks all, and returns what takes all back. */
export function restorePorts(ports: HostPorts, saved: { readonly [name: string]: Plain }): () => void {
  const known = kinds(ports);
  const extra = Object.keys(saved).find((name) => !known.some(([own]) => own === name));
  if (extra !== undefined) throw new Error(`the snapshot has the ${extra}, which this system lacks`);
  const actions = known.map(([name, port]) => {
    const own = saved[name];
    if (own === undefined) throw new Error(`the snapshot lacks the ${name}`);
    try {
      return port.restore(own);
    } catch (error) {
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
  return () => { for (const action of actions) action(); };
}
