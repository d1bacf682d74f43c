/**
 * Memory as code behind a gate reaches it: through the CPU's MMU, in the CPU's current mode and world, by virtual address. Kernel code so uses core's page
 * table, a component's handler its own. What the tables or the bus refuse is a `GuestFault`, which the gate's boundary turns into the architectural abort.
 */
import {
  BUS_OK, BUS_REFUSED, type Core, FAULT_ALIGNMENT, FAULT_EXTERNAL, FAULT_NONE, FAULT_PERMISSION_PAGE, FAULT_PERMISSION_SECTION, FSR_EXT, MODE_USR, NONSECURE, PAGE_SIZE, PRIVILEGED,
  STATE, TLB_ADDEND, TLB_ENTRIES, TLB_ENTRY_BYTES, TLB_READ, TLB_WRITE, WRITE,
} from '../../cpu/index.ts';

/** MAY_READ and MAY_WRITE of a walk's permissions. */
const MAY_READ = 1;
const MAY_WRITE = 2;
const DEVICE = -1;
/** What of an address must equal a tag for a word: the page, and bits that are zero in both. */
const ALIGNED_PAGE = ~(PAGE_SIZE - 1) | 3;

/** An access behind a gate that the MMU or the bus refuses. Caught at the gate's boundary and nowhere else. */
export class GuestFault extends Error {
  override readonly name = 'GuestFault';
  readonly va: number;
  readonly status: number;
  readonly domain: number;
  readonly write: boolean;

  constructor(va: number, status: number, domain: number, write: boolean) {
    super(`${write ? 'write to' : 'read of'} 0x${va.toString(16)}: fault status 0x${status.toString(16)}`);
    this.va = va;
    this.status = status;
    this.domain = domain;
    this.write = write;
  }
}

export class GateMemory {
  readonly #core: Core;
  readonly #i32: Int32Array;
  readonly #u8: Uint8Array;
  #pa = 0;
  #access = 0;

  constructor(core: Core) {
    this.#core = core;
    this.#i32 = core.memory.i32;
    this.#u8 = core.memory.u8;
  }

  /** Linear-memory offset of `va`, or DEVICE with physical address and attributes noted. */
  #resolve(va: number, write: boolean, size: number): number {
    const i32 = this.#i32;
    return this.#find(va, write, size, i32[STATE.tlb]!, i32[STATE.mode] !== MODE_USR);
  }

  #find(va: number, write: boolean, size: number, table: number, privileged: boolean): number {
    const i32 = this.#i32;
    const page = va & ~(PAGE_SIZE - 1);
    const entry = (table + ((va >>> 12) & (TLB_ENTRIES - 1)) * TLB_ENTRY_BYTES) >> 2;
    const word = entry + (write ? TLB_WRITE : TLB_READ);
    if ((va & (size - 1)) !== 0) throw new GuestFault(va >>> 0, FAULT_ALIGNMENT, 0, write);
    if (i32[word] === page) return (va + i32[entry + TLB_ADDEND]!) >>> 0;
    const { mmu, bus } = this.#core;
    const allowed = mmu.refill(table, va, privileged);
    if (i32[word] === page) return (va + i32[entry + TLB_ADDEND]!) >>> 0;
    const { walker } = mmu;
    if (walker.fault !== FAULT_NONE) throw new GuestFault(va >>> 0, walker.fault | walker.faultExt, walker.domain, write);
    if ((allowed & (write ? MAY_WRITE : MAY_READ)) === 0) {
      throw new GuestFault(va >>> 0, walker.level === 1 ? FAULT_PERMISSION_SECTION : FAULT_PERMISSION_PAGE, walker.domain, write);
    }
    const access = (walker.nonsecure ? NONSECURE : 0) | (privileged ? PRIVILEGED : 0) | (write ? WRITE : 0);
    const { pa } = walker;
    const host = bus.page(pa, access);
    if (host >= 0) return host + (va & (PAGE_SIZE - 1));
    const fault = bus.check(pa, size, access);
    if (fault !== BUS_OK) throw new GuestFault(va >>> 0, FAULT_EXTERNAL | (fault === BUS_REFUSED ? FSR_EXT : 0), walker.domain, write);
    this.#pa = pa;
    this.#access = access;
    return DEVICE;
  }

  /** Word index of the aligned word at `va` where the table has it for the access (TLB_READ, TLB_WRITE), or -1. A page that may be stored to so is not watched. */
  #known(va: number, table: number, access: number): number {
    const i32 = this.#i32;
    const entry = (table + ((va >>> 8) & 0xfff0)) >> 2;
    return i32[entry + access] === (va & ALIGNED_PAGE) ? ((va + i32[entry + TLB_ADDEND]!) | 0) >>> 2 : -1;
  }

  /** uint32. */
  read32(va: number): number { return this.load32(va) >>> 0; }

  /** As `read32`, int32: half of all uint32 values would be numbers on the heap. */
  load32(va: number): number {
    const word = this.#known(va | 0, this.#i32[STATE.tlb]!, TLB_READ);
    if (word >= 0) return this.#i32[word]!;
    return this.#wordAt(this.#resolve(va, false, 4));
  }

  /** As `read32`, with the rights of privileged code whatever the mode: for what the kernel's half of every table maps. */
  readPrivileged32(va: number): number {
    const table = this.#core.mmu.privilegedTable();
    const word = this.#known(va | 0, table, TLB_READ);
    if (word >= 0) return this.#i32[word]! >>> 0;
    return this.#wordAt(this.#find(va, false, 4, table, true)) >>> 0;
  }

  /** As many words from `va` on as `into` has room for, in one page, as `readPrivileged32` reads them. */
  readPrivilegedWords(va: number, into: Uint32Array): void {
    const i32 = this.#i32;
    const word = this.#known(va | 0, this.#core.mmu.privilegedTable(), TLB_READ);
    if (word >= 0) for (let i = 0; i < into.length; i++) into[i] = i32[word + i]!;
    else for (let i = 0; i < into.length; i++) into[i] = this.readPrivileged32(va + i * 4);
  }

  writePrivilegedWords(va: number, words: readonly number[]): void {
    for (let i = 0; i < words.length; i++) this.writePrivileged32(va + i * 4, words[i]!);
  }

  /** int32, at what `#find` gave. */
  #wordAt(at: number): number {
    return at === DEVICE ? this.#core.bus.read(this.#pa, 4, this.#access) | 0 : this.#i32[at >> 2]!;
  }

  writePrivileged32(va: number, value: number): void {
    const table = this.#core.mmu.privilegedTable();
    const word = this.#known(va | 0, table, TLB_WRITE);
    if (word >= 0) {
      this.#i32[word] = value;
      return;
    }
    const at = this.#find(va, true, 4, table, true);
    if (at === DEVICE) {
      this.#core.bus.write(this.#pa, 4, value >>> 0, this.#access);
    } else {
      this.#i32[at >> 2] = value;
      this.#core.mmu.stored(at, 4);
    }
  }

  read8(va: number): number {
    const at = this.#resolve(va, false, 1);
    return at === DEVICE ? this.#core.bus.read(this.#pa, 1, this.#access) : this.#u8[at]!;
  }

  write32(va: number, value: number): void {
    const word = this.#known(va | 0, this.#i32[STATE.tlb]!, TLB_WRITE);
    if (word >= 0) {
      this.#i32[word] = value;
      return;
    }
    const at = this.#resolve(va, true, 4);
    if (at === DEVICE) {
      this.#core.bus.write(this.#pa, 4, value >>> 0, this.#access);
    } else {
      this.#i32[at >> 2] = value;
      this.#core.mmu.stored(at, 4);
    }
  }

  write8(va: number, value: number): void {
    const at = this.#resolve(va, true, 1);
    if (at === DEVICE) {
      this.#core.bus.write(this.#pa, 1, value & 0xff, this.#access);
    } else {
      this.#u8[at] = value;
      this.#core.mmu.stored(at, 1);
    }
  }

  /** Copies out of plain memory or, byte by byte, of a device. */
  read(va: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const at = va + done;
      const from = this.#resolve(at, false, 1);
      if (from === DEVICE) {
        out[done++] = this.#core.bus.read(this.#pa, 1, this.#access);
        continue;
      }
      const run = Math.min(length - done, PAGE_SIZE - (at & (PAGE_SIZE - 1)));
      out.set(this.#u8.subarray(from, from + run), done);
      done += run;
    }
    return out;
  }

  write(va: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const at = va + done;
      const to = this.#resolve(at, true, 1);
      if (to === DEVICE) {
        this.#core.bus.write(this.#pa, 1, bytes[done++]!, this.#access);
        continue;
      }
      const run = Math.min(bytes.length - done, PAGE_SIZE - (at & (PAGE_SIZE - 1)));
      this.#u8.set(bytes.subarray(done, done + run), to);
      this.#core.mmu.stored(to, run);
      done += run;
    }
  }

  fill(va: number, length: number, value: number): void {
    for (let done = 0; done < length;) {
      const at = va + done;
      const to = this.#resolve(at, true, 1);
      if (to === DEVICE) throw new GuestFault(at, FAULT_EXTERNAL, 0, true);
      const run = Math.min(length - done, PAGE_SIZE - (at & (PAGE_SIZE - 1)));
      this.#u8.fill(value, to, to + run);
      this.#core.mmu.stored(to, run);
      done += run;
    }
  }
}
