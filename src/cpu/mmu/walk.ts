/**
 * The translation table walk of the short-descriptor format (DDI 0406C, B3.5; permissions B3.7, domains B3.7.3, TEX remap B3.8.3).
 *
 * A walk's result is left in the walker's fields, so that walking allocates nothing.
 */
import { BUS_OK, BUS_REFUSED, NONSECURE, PRIVILEGED, type BusPort } from '../bus-port.ts';
import { STATE } from '../layout.ts';
import type { LinearMemory } from '../memory.ts';
import {
  FAULT_ACCESS_PAGE, FAULT_ACCESS_SECTION, FAULT_DOMAIN_PAGE, FAULT_DOMAIN_SECTION, FAULT_NONE, FAULT_TRANSLATION_PAGE, FAULT_TRANSLATION_SECTION,
  FAULT_WALK_EXTERNAL_1, FAULT_WALK_EXTERNAL_2, FSR_EXT,
} from './faults.ts';

export const SCTLR_M = 1 << 0;
export const SCTLR_A = 1 << 1;
export const SCTLR_C = 1 << 2;
export const SCTLR_I = 1 << 12;
export const SCTLR_V = 1 << 13;
export const SCTLR_EE = 1 << 25;
export const SCTLR_TRE = 1 << 28;
export const SCTLR_AFE = 1 << 29;
export const SCTLR_TE = 1 << 30;

/** Memory types, as alignment and the PAR need them. */
export const MEMORY_NORMAL = 0;
export const MEMORY_DEVICE = 1;
export const MEMORY_STRONGLY_ORDERED = 2;

/** Permissions of a translation, as flags. */
export const MAY_READ = 1;
export const MAY_WRITE = 2;
export const MAY_FETCH = 4;

export class Walker {
  readonly #memory: LinearMemory;
  readonly #bus: BusPort;

  /** FAULT_NONE, or why there is no translation. */
  fault = FAULT_NONE;
  /** FSR_EXT where an external abort came from a slave rather than from decoding. */
  faultExt = 0;
  domain = 0;
  /** Level of the descriptor that decided: 1 or 2; 0 with the MMU off. */
  level = 0;
  pa = 0;
  /** The output address space is the non-secure one. */
  nonsecure = false;
  /** AP[2:0], XN, TEX:C:B, S and nG of the descriptor. */
  ap = 0;
  xn = false;
  tex = 0;
  cb = 0;
  shareable = false;
  nonGlobal = false;
  supersection = false;
  memoryType = MEMORY_NORMAL;
  /** Physical addresses and values of the descriptors read; linear-memory offsets where they lie in memory, else -1. */
  address1 = 0;
  value1 = 0;
  host1 = -1;
  address2 = 0;
  value2 = 0;
  host2 = -1;
  /** Whether all descriptors came from memory, so that the result may be cached. */
  cacheable = true;
  #read = 0;
  #readHost = -1;

  constructor(memory: LinearMemory, bus: BusPort) {
    this.#memory = memory;
    this.#bus = bus;
  }

  /** Translates `va` by the tables of a world (0 secure, 1 non-secure). Permissions are `permissions`, afterwards. */
  walk(va: number, world: number): void {
    const { i32 } = this.#memory;
    const sctlr = i32[STATE.SCTLR + world]!;
    this.fault = FAULT_NONE;
    this.faultExt = 0;
    this.domain = 0;
    this.host1 = -1;
    this.host2 = -1;
    this.cacheable = true;
    this.supersection = false;
    if ((sctlr & SCTLR_M) === 0) {
      this.level = 0;
      this.pa = va >>> 0;
      this.nonsecure = world === 1;
      this.memoryType = MEMORY_STRONGLY_ORDERED;
      this.tex = 0;
      this.cb = 0;
      this.shareable = true;
      return;
    }
    const ttbcr = i32[STATE.TTBCR + world]!;
    const n = ttbcr & 7;
    let base: number;
    let index: number;
    let disabled: boolean;
    if (n !== 0 && (va >>> (32 - n)) !== 0) {
      base = i32[STATE.TTBR1 + world]! & 0xffffc000;
      index = va >>> 20;
      disabled = (ttbcr & 0x20) !== 0;
    } else {
      base = i32[STATE.TTBR0 + world]! & (0xffffffff << (14 - n));
      index = (va << n) >>> (n + 20);
      disabled = (ttbcr & 0x10) !== 0;
    }
    this.level = 1;
    this.address1 = (base | (index << 2)) >>> 0;
    if (disabled) {
      this.value1 = 0;
      this.fault = FAULT_TRANSLATION_SECTION;
      return;
    }
    if (!this.#readDescriptor(this.address1, world, sctlr)) {
      this.fault = FAULT_WALK_EXTERNAL_1;
      return;
    }
    const first = this.#read;
    this.value1 = first;
    this.host1 = this.#readHost;
    const dacr = i32[STATE.DACR + world]!;
    switch (first & 3) {
      case 1: {
        this.domain = (first >>> 5) & 15;
        this.level = 2;
        this.address2 = ((first & 0xfffffc00) | (((va >>> 12) & 0xff) << 2)) >>> 0;
        if (!this.#readDescriptor(this.address2, world, sctlr)) {
          this.fault = FAULT_WALK_EXTERNAL_2;
          return;
        }
        const second = this.#read;
        this.value2 = second;
        this.host2 = this.#readHost;
        if ((second & 3) === 0) {
          this.fault = FAULT_TRANSLATION_PAGE;
          return;
        }
        this.nonsecure = world === 1 || (first & 8) !== 0;
        this.ap = ((second >>> 4) & 3) | ((second >>> 7) & 4);
        this.shareable = (second & 0x400) !== 0;
        this.nonGlobal = (second & 0x800) !== 0;
        this.cb = (second >>> 2) & 3;
        if ((second & 2) !== 0) {
          this.xn = (second & 1) !== 0;
          this.tex = (second >>> 6) & 7;
          this.pa = ((second & 0xfffff000) | (va & 0xfff)) >>> 0;
        } else {
          this.xn = (second & 0x8000) !== 0;
          this.tex = (second >>> 12) & 7;
          this.pa = ((second & 0xffff0000) | (va & 0xffff)) >>> 0;
        }
        break;
      }
      case 2: {
        this.supersection = (first & 0x40000) !== 0;
        this.domain = this.supersection ? 0 : (first >>> 5) & 15;
        this.nonsecure = world === 1 || (first & 0x80000) !== 0;
        this.ap = ((first >>> 10) & 3) | ((first >>> 13) & 4);
        this.xn = (first & 0x10) !== 0;
        this.tex = (first >>> 12) & 7;
        this.cb = (first >>> 2) & 3;
        this.shareable = (first & 0x10000) !== 0;
        this.nonGlobal = (first & 0x20000) !== 0;
        if (this.supersection) {
          // Physical address bits 39-32 must be zero: the bus is 32 bits wide.
          if ((first & 0x00f001e0) !== 0) {
            this.fault = FAULT_WALK_EXTERNAL_1;
            return;
          }
          this.pa = ((first & 0xff000000) | (va & 0xffffff)) >>> 0;
        } else {
          this.pa = ((first & 0xfff00000) | (va & 0xfffff)) >>> 0;
        }
        break;
      }
      default:
        this.fault = FAULT_TRANSLATION_SECTION;
        return;
    }
    // Access flag before domain (B3.13.2): it faults whatever the domain says, even in a Manager domain.
    if ((sctlr & SCTLR_AFE) !== 0 && (this.ap & 1) === 0) {
      this.fault = this.level === 1 ? FAULT_ACCESS_SECTION : FAULT_ACCESS_PAGE;
      return;
    }
    if (((dacr >>> (this.domain * 2)) & 1) === 0) {
      this.fault = this.level === 1 ? FAULT_DOMAIN_SECTION : FAULT_DOMAIN_PAGE;
      return;
    }
    this.memoryType = this.#typeOf(sctlr, world);
  }

  /** What the translation just walked allows (MAY_*), for a privilege. Manager domains allow all. */
  permissions(privileged: boolean, world: number): number {
    const { i32 } = this.#memory;
    if (this.level === 0) return MAY_READ | MAY_WRITE | MAY_FETCH;
    if (((i32[STATE.DACR + world]! >>> (this.domain * 2)) & 3) === 3) return MAY_READ | MAY_WRITE | MAY_FETCH;
    let allowed: number;
    if ((i32[STATE.SCTLR + world]! & SCTLR_AFE) !== 0) {
      switch (this.ap >>> 1) {
        case 0: allowed = privileged ? MAY_READ | MAY_WRITE : 0; break;
        case 1: allowed = MAY_READ | MAY_WRITE; break;
        case 2: allowed = privileged ? MAY_READ : 0; break;
        default: allowed = MAY_READ;
      }
    } else {
      switch (this.ap) {
        case 1: allowed = privileged ? MAY_READ | MAY_WRITE : 0; break;
        case 2: allowed = privileged ? MAY_READ | MAY_WRITE : MAY_READ; break;
        case 3: allowed = MAY_READ | MAY_WRITE; break;
        case 5: allowed = privileged ? MAY_READ : 0; break;
        case 6: case 7: allowed = MAY_READ; break;
        default: allowed = 0;
      }
    }
    if ((allowed & MAY_READ) !== 0 && !this.xn) allowed |= MAY_FETCH;
    return allowed;
  }

  #readDescriptor(pa: number, world: number, sctlr: number): boolean {
    const access = PRIVILEGED | (world === 1 ? NONSECURE : 0);
    const page = this.#bus.page(pa, access);
    let value: number;
    if (page >= 0) {
      this.#readHost = page + (pa & 0xfff);
      value = this.#memory.i32[this.#readHost >> 2]!;
    } else {
      const fault = this.#bus.check(pa, 4, access);
      if (fault !== BUS_OK) {
        this.faultExt = fault === BUS_REFUSED ? FSR_EXT : 0;
        return false;
      }
      this.#readHost = -1;
      this.cacheable = false;
      value = this.#bus.read(pa, 4, access) | 0;
    }
    if ((sctlr & SCTLR_EE) !== 0) {
      value = (value >>> 24) | ((value >>> 8) & 0xff00) | ((value & 0xff00) << 8) | (value << 24);
    }
    this.#read = value;
    return true;
  }

  #typeOf(sctlr: number, world: number): number {
    if ((sctlr & SCTLR_TRE) !== 0) {
      const n = ((this.tex & 1) << 2) | this.cb;
      const type = (this.#memory.i32[STATE.PRRR + world]! >>> (n * 2)) & 3;
      return type === 0 ? MEMORY_STRONGLY_ORDERED : type === 1 ? MEMORY_DEVICE : MEMORY_NORMAL;
    }
    if ((this.tex & 4) !== 0) return MEMORY_NORMAL;
    switch (this.tex << 2 | this.cb) {
      case 0: return MEMORY_STRONGLY_ORDERED;
      case 1: case 8: return MEMORY_DEVICE;
      default: return MEMORY_NORMAL;
    }
  }
}
