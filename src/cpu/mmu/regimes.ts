/**
 * Translation regimes, and which tables are in force.
 *
 * A regime is everything that a translation depends on except the tables in memory: world, privilege, TTBRs, TTBCR, DACR and the control bits; with the MMU
 * off, world and privilege alone. Each live regime owns a table; CP15 writes choose a table, and flush nothing. What was chosen stands in STATE.tables as long
 * as no such register changes, and for other values of TTBR0 and DACR in STATE.regimes, where generated code looks too; STATE.tlb and STATE.tlbUser are the
 * tables of the world and mode in force.
 */
import { MODE_MON, MODE_USR, REGIME_ENTRIES, REGIME_HASH_DACR, REGIME_HASH_TTBR0, REGIME_WORDS, STATE, TLB_TABLES, tableSlot } from '../layout.ts';
import type { LinearMemory } from '../memory.ts';
import { ownPageCache } from './page-caches.ts';
import { tableId, tableOffset } from './tables.ts';
import { SCTLR_AFE, SCTLR_EE, SCTLR_M, SCTLR_TRE } from './walk.ts';

const KEY_WORDS = 8;
const INDEX_SIZE = 256;
/** What a world's translation depends on. */
const SEEN_WORDS = 7;

export class Regimes {
  readonly #memory: LinearMemory;
  readonly #clearTable: (id: number) => void;
  readonly #keys = new Int32Array(TLB_TABLES * KEY_WORDS);
  readonly #index = new Int16Array(INDEX_SIZE).fill(-1);
  /** Each regime's place in the index, before probing. */
  readonly #hashes = new Int32Array(TLB_TABLES);
  #count = 0;
  #nextVictim = 0;
  readonly #wanted = new Int32Array(KEY_WORDS);
  /** Each world's registers but TTBR0 and DACR, then these two, as they were when its tables were chosen. */
  readonly #seen = new Int32Array(2 * SEEN_WORDS);

  /** `clearTable` drops all entries of a table that another regime is to have, or that no regime has any more. */
  constructor(memory: LinearMemory, clearTable: (id: number) => void) {
    this.#memory = memory;
    this.#clearTable = clearTable;
  }

  /** The world whose CP15 copies and tables are in force: monitor mode is secure whatever SCR.NS says. */
  world(): number {
    const { i32 } = this.#memory;
    return i32[STATE.mode] === MODE_MON ? 0 : i32[STATE.SCR]! & 1;
  }

  /** Chooses the tables after a change of mode or world. */
  select(): void {
    const { i32 } = this.#memory;
    const world = this.world();
    const user = this.#table(world, false);
    i32[STATE.tlbUser] = user;
    i32[STATE.tlb] = i32[STATE.mode] === MODE_USR ? user : this.#table(world, true);
  }

  /** Offset of the table for privileged accesses of the world in force, whatever the mode. */
  privilegedTable(): number {
    const world = this.world();
    const chosen = this.#memory.i32[STATE.tables + world + 2]!;
    return chosen !== 0 ? chosen : this.#table(world, true);
  }

  /** To be called when a register that a translation depends on was written: the tables are chosen anew. */
  registersChanged(): void {
    for (let world = 0; world < 2; world++) this.#look(world);
    this.select();
  }

  /** Forgets the world's tables if its TTBR0 or DACR changed, and what was chosen for other values of them too if anything else did. */
  #look(world: number): void {
    const { i32 } = this.#memory;
    const seen = this.#seen;
    const at = world * SEEN_WORDS;
    const sctlr = i32[STATE.SCTLR + world]! & (SCTLR_M | SCTLR_AFE | SCTLR_TRE | SCTLR_EE);
    const ttbr0 = i32[STATE.TTBR0 + world]!;
    const ttbr1 = i32[STATE.TTBR1 + world]!;
    const ttbcr = i32[STATE.TTBCR + world]!;
    const dacr = i32[STATE.DACR + world]!;
    const prrr = i32[STATE.PRRR + world]!;
    const nmrr = i32[STATE.NMRR + world]!;
    const others = seen[at] !== sctlr || seen[at + 1] !== ttbr1 || seen[at + 2] !== ttbcr || seen[at + 3] !== prrr || seen[at + 4] !== nmrr;
    if (others) {
      const from = STATE.regimes + world * REGIME_WORDS;
      i32.fill(0, from, from + REGIME_WORDS);
    } else if (seen[at + 5] === ttbr0 && seen[at + 6] === dacr) {
      return;
    }
    seen[at] = sctlr;
    seen[at + 1] = ttbr1;
    seen[at + 2] = ttbcr;
    seen[at + 3] = prrr;
    seen[at + 4] = nmrr;
    seen[at + 5] = ttbr0;
    seen[at + 6] = dacr;
    i32[STATE.tables + tableSlot(world, false)] = 0;
    i32[STATE.tables + tableSlot(world, true)] = 0;
  }

  /** Offset of the table for a world and privilege: the one chosen before, as long as no register changed. */
  #table(world: number, privileged: boolean): number {
    const { i32 } = this.#memory;
    const slot = tableSlot(world, privileged);
    const chosen = i32[STATE.tables + slot]!;
    if (chosen !== 0) return chosen;
    const ttbr0 = i32[STATE.TTBR0 + world]!;
    const dacr = i32[STATE.DACR + world]!;
    const hash = (Math.imul(ttbr0, REGIME_HASH_TTBR0) + Math.imul(dacr, REGIME_HASH_DACR)) >>> (32 - Math.log2(REGIME_ENTRIES));
    const entry = STATE.regimes + world * REGIME_WORDS + hash * 4;
    const which = entry + (privileged ? 3 : 2);
    const known = i32[entry] === ttbr0 && i32[entry + 1] === dacr && i32[which] !== 0;
    const table = known ? i32[which]! : this.#regime(world, privileged ? 1 : 0);
    // A new regime may have made all others be forgotten: the key is looked at only now.
    if (i32[entry] !== ttbr0 || i32[entry + 1] !== dacr) {
      i32[entry] = ttbr0;
      i32[entry + 1] = dacr;
      i32[entry + 2] = 0;
      i32[entry + 3] = 0;
    }
    i32[which] = table;
    i32[STATE.tables + slot] = table;
    ownPageCache(i32, slot, table);
    return table;
  }

  #forgetTables(): void {
    const { i32 } = this.#memory;
    i32.fill(0, STATE.tables, STATE.tables + 4);
    i32.fill(0, STATE.regimes, STATE.regimes + 2 * REGIME_WORDS);
  }

  #regime(world: number, privileged: number): number {
    const { i32 } = this.#memory;
    const wanted = this.#wanted;
    const sctlr = i32[STATE.SCTLR + world]!;
    const on = sctlr & SCTLR_M;
    wanted[0] = world | privileged << 1 | on << 2 | 8;
    if (on !== 0) {
      wanted[1] = sctlr & (SCTLR_AFE | SCTLR_TRE | SCTLR_EE);
      wanted[2] = i32[STATE.TTBR0 + world]!;
      wanted[3] = i32[STATE.TTBR1 + world]!;
      wanted[4] = i32[STATE.TTBCR + world]!;
      wanted[5] = i32[STATE.DACR + world]!;
      wanted[6] = i32[STATE.PRRR + world]!;
      wanted[7] = i32[STATE.NMRR + world]!;
    } else {
      for (let i = 1; i < KEY_WORDS; i++) wanted[i] = 0;
    }
    return this.#findRegime();
  }

  #findRegime(): number {
    const wanted = this.#wanted;
    let hash = 0;
    for (let i = 0; i < KEY_WORDS; i++) hash = Math.imul(hash ^ wanted[i]!, 0x9e3779b1) ^ (hash >>> 15);
    hash = (hash ^ (hash >>> 13)) >>> 0;
    for (let probe = 0; probe < INDEX_SIZE; probe++) {
      const slot = (hash + probe) & (INDEX_SIZE - 1);
      const id = this.#index[slot]!;
      if (id < 0) return this.#newRegime(slot, hash);
      if (this.#sameRegime(id)) return tableOffset(this.#memory.layout, id);
    }
    throw new Error('regime index is full');
  }

  #sameRegime(id: number): boolean {
    for (let i = 0; i < KEY_WORDS; i++) if (this.#keys[id * KEY_WORDS + i] !== this.#wanted[i]) return false;
    return true;
  }

  #newRegime(slot: number, hash: number): number {
    let id: number;
    if (this.#count < TLB_TABLES) {
      id = this.#count++;
      this.#index[slot] = id;
    } else {
      // The oldest table that is not in force gives way. The index is made anew, as linear probing has no deletion.
      const { i32, layout } = this.#memory;
      do {
        id = this.#nextVictim;
        this.#nextVictim = (id + 1) % TLB_TABLES;
      } while (tableOffset(layout, id) === i32[STATE.tlb] || tableOffset(layout, id) === i32[STATE.tlbUser]);
      this.#clearTable(id);
      this.#hashes[id] = hash;
      this.#keys.set(this.#wanted, id * KEY_WORDS);
      this.#forgetTables();
      this.#rebuildIndex();
      return tableOffset(layout, id);
    }
    this.#hashes[id] = hash;
    this.#keys.set(this.#wanted, id * KEY_WORDS);
    return tableOffset(this.#memory.layout, id);
  }

  #rebuildIndex(): void {
    this.#index.fill(-1);
    for (let id = 0; id < this.#count; id++) {
      let slot = this.#hashes[id]! & (INDEX_SIZE - 1);
      while (this.#index[slot]! >= 0) slot = (slot + 1) & (INDEX_SIZE - 1);
      this.#index[slot] = id;
    }
  }

  /** Clears all tables, and forgets whose they were: `registersChanged` is to follow. */
  forget(): void {
    for (let id = 0; id < this.#count; id++) this.#clearTable(id);
    this.#count = 0;
    this.#nextVictim = 0;
    this.#index.fill(-1);
    this.#forgetTables();
  }

  /** For invariants: whether a table is that of a world and privilege (0 or 1) and, where the MMU is on in it, of these values of the registers. */
  isOf(table: number, world: number, privileged: number, ttbr0: number, dacr: number): boolean {
    const keys = this.#keys;
    const key = tableId(this.#memory.layout, table) * KEY_WORDS;
    const on = (keys[key]! & 4) !== 0;
    return (keys[key]! & 3) === (world | privileged << 1) && (!on || (keys[key + 2] === ttbr0 && keys[key + 5] === dacr));
  }
}
