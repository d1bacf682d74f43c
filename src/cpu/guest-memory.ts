/**
 * A guest's memory by virtual address, as its own loads and stores would reach it, without any of their side effects: no fault is taken, no
 * table or device register is read, nothing is cached. For those who act for the guest from outside: semihosting, debuggers, reports.
 *
 * Only plain memory answers. A range that a load or store could not reach as a whole, or that is not plain memory, is refused before
 * anything is moved.
 */
import { BUS_DECODE, NONSECURE, PRIVILEGED, WRITE, type BusPort } from './bus-port.ts';
import type { Core } from './core.ts';
import { MODE_USR, PAGE_SIZE, STATE } from './layout.ts';
import { FAULT_NONE } from './mmu/faults.ts';
import { MAY_READ, MAY_WRITE, Walker } from './mmu/walk.ts';

/** What a translation is asked for. */
export interface GuestView {
  /** 0 secure, 1 non-secure; default: the current world. */
  readonly world?: 0 | 1;
  /** Default: whether the current mode is privileged. */
  readonly privileged?: boolean;
}

export class GuestMemory {
  readonly #core: Core;
  readonly #bus: BusPort;
  readonly #walker: Walker;

  constructor(core: Core) {
    this.#core = core;
    const { bus } = core;
    this.#bus = bus;
    // A walk that met descriptors outside of plain memory would read a device: here it fails instead.
    this.#walker = new Walker(core.memory, {
      page: (pa, access) => bus.page(pa, access),
      check: () => BUS_DECODE,
      read: () => 0,
      write: () => undefined,
    });
  }

  /** Offset in linear memory of the byte at `va` for reading or writing; -1 where there is none. Holds to the end of its 4 KiB page. */
  translate(va: number, write: boolean, view: GuestView = {}): number {
    const pa = this.physical(va, write ? MAY_WRITE : MAY_READ, view);
    if (pa < 0) return -1;
    const access = (write ? WRITE : 0) | (this.#privileged(view) ? PRIVILEGED : 0) | (this.#walker.nonsecure ? NONSECURE : 0);
    const page = this.#bus.page(pa, access);
    return page < 0 ? -1 : page + (pa & (PAGE_SIZE - 1));
  }

  /** Physical address of `va` where the tables allow what `wanted` asks (MAY_*), else -1. Whether something answers there is the bus's matter. */
  physical(va: number, wanted = MAY_READ, view: GuestView = {}): number {
    const world = view.world ?? this.#core.mmu.world();
    const walker = this.#walker;
    walker.walk(va, world);
    if (walker.fault !== FAULT_NONE || (walker.permissions(this.#privileged(view), world) & wanted) !== wanted) return -1;
    return walker.pa;
  }

  #privileged(view: GuestView): boolean {
    return view.privileged ?? this.#core.memory.i32[STATE.mode] !== MODE_USR;
  }

  /** Whether all of a range can be read (or written). A range past the end of the address space cannot. */
  reaches(va: number, length: number, write: boolean, view: GuestView = {}): boolean {
    const start = va >>> 0;
    if (start + length > 2 ** 32) return false;
    for (let page = start - (start & (PAGE_SIZE - 1)); page < start + length; page += PAGE_SIZE) {
      if (this.translate(Math.max(page, start), write, view) < 0) return false;
    }
    return true;
  }

  /** Copies memory at `va` to `target`. False where it cannot be read as a whole; `target` is then as it was. */
  read(va: number, target: Uint8Array, view: GuestView = {}): boolean {
    if (!this.reaches(va, target.length, false, view)) return false;
    const { u8 } = this.#core.memory;
    for (let done = 0; done < target.length;) {
      const at = (va >>> 0) + done;
      const length = Math.min(target.length - done, PAGE_SIZE - (at & (PAGE_SIZE - 1)));
      const from = this.translate(at, false, view);
      target.set(u8.subarray(from, from + length), done);
      done += length;
    }
    return true;
  }

  /** Copies bytes to memory at `va`. False where it cannot be written as a whole; memory is then as it was. */
  write(va: number, bytes: Uint8Array, view: GuestView = {}): boolean {
    if (!this.reaches(va, bytes.length, true, view)) return false;
    const { mmu, memory } = this.#core;
    for (let done = 0; done < bytes.length;) {
      const at = (va >>> 0) + done;
      const length = Math.min(bytes.length - done, PAGE_SIZE - (at & (PAGE_SIZE - 1)));
      const to = this.translate(at, true, view);
      memory.u8.set(bytes.subarray(done, done + length), to);
      mmu.stored(to, length);
      done += length;
    }
    return true;
  }

  /** The word (uint32) at `va`, of any alignment, in the byte order of CPSR.E; undefined where it cannot be read. */
  readWord(va: number, view: GuestView = {}): number | undefined {
    const bytes = new Uint8Array(4);
    if (!this.read(va, bytes, view)) return undefined;
    const [a, b, c, d] = bytes as unknown as [number, number, number, number];
    return (this.#bigEndian() ? a << 24 | b << 16 | c << 8 | d : d << 24 | c << 16 | b << 8 | a) >>> 0;
  }

  /** Writes a word in the byte order of CPSR.E. */
  writeWord(va: number, value: number, view: GuestView = {}): boolean {
    const bytes = Uint8Array.of(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24);
    if (this.#bigEndian()) bytes.reverse();
    return this.write(va, bytes, view);
  }

  /** The bytes from `va` to the next NUL, which is left out; undefined where memory ends first, or `maximum` bytes hold no NUL. */
  readString(va: number, maximum: number, view: GuestView = {}): Uint8Array | undefined {
    const { u8 } = this.#core.memory;
    const start = va >>> 0;
    const parts: Uint8Array[] = [];
    let length = 0;
    while (length <= maximum) {
      const at = start + length;
      const from = at < 2 ** 32 ? this.translate(at, false, view) : -1;
      if (from < 0) return undefined;
      const rest = u8.subarray(from, from + PAGE_SIZE - (at & (PAGE_SIZE - 1)));
      const end = rest.indexOf(0);
      parts.push(end < 0 ? rest : rest.subarray(0, end));
      length += end < 0 ? rest.length : end;
      if (end < 0) continue;
      if (length > maximum) return undefined;
      const out = new Uint8Array(length);
      let done = 0;
      for (const part of parts) {
        out.set(part, done);
        done += part.length;
      }
      return out;
    }
    return undefined;
  }

  #bigEndian(): boolean {
    return this.#core.memory.i32[STATE.bigEndian] !== 0;
  }
}
