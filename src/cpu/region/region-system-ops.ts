/**
 * `Ops` for the region tier, system instructions: the mode and world that code is made for, registers of other banks, changes of translation and the world switch.
 */
import { type FunctionBuilder, OP } from '../../wasm/index.ts';
import { bankOf, BANK_USER, MODE_FIQ, PAGE_SIZE, STATE, TLB_ADDEND, TLB_FETCH } from '../layout.ts';
import { contextWord, type SystemContext } from '../threaded/system-context.ts';
import type { ImmToken, Node, RegToken } from '../threaded/wasm-ops.ts';
import type { Facts } from './facts.ts';
import type { RegionControl, RegionShape } from './region-control.ts';
import { RegionMemoryOps } from './region-memory-ops.ts';

const at = (word: number): number => word * 4;

export abstract class RegionSystemOps extends RegionMemoryOps {
  /** Mode and world of the current instruction. */
  #context: SystemContext;

  protected constructor(f: FunctionBuilder, { thumb, context }: RegionShape, control: RegionControl, facts: Facts | undefined) {
    super(f, thumb, control, facts);
    this.#context = context;
  }

  protected override systemContext(): SystemContext { return this.#context; }

  /** What follows is of this mode and world. */
  protected useContext(context: SystemContext): void { this.#context = context; }

  protected override registerOf(operand: ImmToken): number { return operand.slot; }

  // ---- the User mode's registers

  /** The word of a register of User mode that is not the current mode's; undefined where they share it. */
  #userWord(register: number): number | undefined {
    const { mode } = this.#context;
    if (register >= 13 && register < 15 && bankOf(mode) !== BANK_USER) return STATE.banked + BANK_USER * 3 + register - 13;
    return mode === MODE_FIQ && register >= 8 && register < 13 ? STATE.r8user + register - 8 : undefined;
  }

  override readUser(r: RegToken): Node {
    if (this.facts !== undefined) this.facts.listIsUser = true;
    const word = this.#userWord(r.slot);
    return word === undefined ? this.read(r) : this.readState(word);
  }

  override writeUser(r: RegToken, value: Node): void {
    if (this.facts !== undefined) {
      this.facts.listIsUser = true;
      this.effect();
    }
    const word = this.#userWord(r.slot);
    if (word === undefined) this.write(r, value);
    else this.writeState(word, value);
  }

  // ---- changes of table, mode and world

  // The rest of the region goes on under another table only where that leads to the same code.
  protected override leaveUnlessMapped(table: Node): void {
    const { f } = this;
    if (this.facts !== undefined) this.facts.translation = true;
    const next = this.nextAddress().value;
    const entry = (next >>> 8) & 0xfff0;
    this.push(table);
    f.load(entry + at(TLB_FETCH)).i32(next & ~(PAGE_SIZE - 1)).op(OP.i32_ne);
    this.push(table);
    f.load(entry + at(TLB_ADDEND)).i32(this.control.addend).op(OP.i32_ne).op(OP.i32_or);
    this.leaveIf();
  }

  protected override goOn(mode: number, nonsecure: boolean): void {
    const { mode: from, nonsecure: fromNonsecure } = this.#context;
    if (mode === from && nonsecure === fromNonsecure) return;
    this.#context = { mode, nonsecure };
    if (this.facts !== undefined) {
      this.facts.contextAfter = this.#context;
      this.facts.translation = true;
    }
    this.vfpAccessChanged();
  }

  // A monitor that writes SCR changes to the other world: code for that follows. Where it does not, the evaluate tier looks.
  protected override writeSCR(value: Node): void {
    const { mode, nonsecure } = this.#context;
    this.force(value);
    this.push(this.ne(this.and(value, this.constant(1)), this.constant(nonsecure ? 0 : 1)));
    this.leaveIf();
    this.writeState(STATE.SCR, value);
    this.writeState(STATE.context, this.constant(contextWord(mode, !nonsecure, this.thumb)));
    this.goOn(mode, !nonsecure);
  }
}
