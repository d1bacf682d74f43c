/**
 * Gates: where ARM code hands over to TypeScript. A gate is a UDF with a known comment field; it is legal only in secure state, at a physical
 * address that the loader registered, with the registered word still there. Anywhere else it is the undefined instruction that it looks like.
 *
 * A gate charges a fixed number of instructions, so that timers and interrupts meet secure work; pending interrupts are taken at the instruction behind it.
 */
import { type Core, MODE_USR, PAGE_SIZE, STATE, TLB_ADDEND, TLB_ENTRIES, TLB_ENTRY_BYTES, TLB_FETCH } from '../../cpu/index.ts';
import { GuestFault } from './memory.ts';
import { KernelHalt } from './mmu-off.ts';

export interface GateSpec {
  /** Comment field of the UDF. */
  readonly number: number;
  readonly name: string;
  /** Instructions that passing the gate takes, besides the UDF itself. */
  readonly charge: number;
  /** Whether it may be passed in user mode. */
  readonly user: boolean;
  readonly enter: () => void;
}

/** A gate's word that was loaded; `index`: of the word in linear memory. */
interface Site { readonly index: number; readonly word: number; readonly gate: GateSpec }

/** Places in the table for each gate: few meet in one. */
const SPARSE = 4;

export class Gates {
  readonly #core: Core;
  /** By the word's index. */
  readonly #registered = new Map<number, Site>();
  /** The same as an open hash table: each gate that is passed is looked up here. */
  #sites: (Site | undefined)[] = [undefined];
  readonly #byNumber = new Map<number, GateSpec>();
  /** The gate that is being passed, for reports. */
  current: GateSpec | undefined;

  constructor(core: Core) {
    this.#core = core;
    core.hooks.undefinedInstruction = (comment) => this.#pass(comment);
  }

  define(gate: GateSpec): void {
    this.#byNumber.set(gate.number, gate);
  }

  /** The A32 encoding of UDF with a gate's number. */
  static word(number: number): number {
    return (0xe7f000f0 | (number & 0xfff0) << 4 | (number & 15)) | 0;
  }

  /** Registers every gate word in a piece of code that was loaded at `offset` of linear memory. */
  registerCode(offset: number, bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + 4 <= bytes.length; at += 4) {
      const word = view.getInt32(at, true);
      for (const gate of this.#byNumber.values()) if (word === Gates.word(gate.number)) this.#register({ index: (offset + at) >> 2, word, gate });
    }
  }

  #register(site: Site): void {
    this.#registered.set(site.index, site);
    let size = this.#sites.length;
    while (size < this.#registered.size * SPARSE) size *= 2;
    this.#sites = new Array<Site | undefined>(size).fill(undefined);
    for (const each of this.#registered.values()) this.#sites[this.#slot(each.index)] = each;
  }

  /** Where the word's gate stands in `#sites`, or would stand. */
  #slot(index: number): number {
    const sites = this.#sites;
    const mask = sites.length - 1;
    let slot = index & mask;
    for (let site = sites[slot]; site !== undefined && site.index !== index; site = sites[slot]) slot = (slot + 1) & mask;
    return slot;
  }

  #pass(comment: number): boolean {
    const core = this.#core;
    const s = core.memory.i32;
    if (!core.isSecure()) return false;
    const pc = s[STATE.r + 15]!;
    const entry = (s[STATE.tlb]! + ((pc >>> 12) & (TLB_ENTRIES - 1)) * TLB_ENTRY_BYTES) >> 2;
    if (s[entry + TLB_FETCH] !== (pc & ~(PAGE_SIZE - 1))) return false;
    const index = (pc + s[entry + TLB_ADDEND]!) >> 2;
    const site = this.#sites[this.#slot(index)];
    if (site === undefined || site.gate.number !== comment || s[index] !== site.word) return false;
    const { gate } = site;
    if (!gate.user && s[STATE.mode] === MODE_USR) return false;
    core.count += gate.charge;
    const outer = this.current;
    this.current = gate;
    try {
      gate.enter();
    } catch (error) {
      if (error instanceof KernelHalt) return true;
      if (!(error instanceof GuestFault)) throw error;
      core.dataAbort(error.va, error.status, error.domain, error.write);
    } finally {
      this.current = outer;
    }
    return true;
  }
}
