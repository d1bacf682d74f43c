/**
 * `Ops` for the region tier, registers: R0-R14 are WebAssembly locals. An instruction's register writes are kept back until its end, so that what leaves in its
 * middle (a TLB miss, a refusal) leaves the state as it was before.
 */
import { OP } from '../../wasm/index.ts';
import type { ImmToken, Node, RegToken } from '../threaded/wasm-ops.ts';
import { leaf, RegionNodeOps } from './region-node-ops.ts';

/** Slots above those of R0-R14, for operands whose register is not known (facts.ts). */
export const UNKNOWN_SLOT = 16;
export const LIST_SLOT = 32;
const SLOTS = 33;

export const REGISTERS: readonly RegToken[] = Array.from({ length: 16 }, (_, slot) => ({ slot, pc: slot === 15 }));

export abstract class RegionRegisterOps extends RegionNodeOps {
  /** Local of each register. */
  readonly #registers = new Int32Array(SLOTS).fill(this.facts === undefined ? -1 : 0);
  readonly #current: (Node | undefined)[] = new Array<Node | undefined>(SLOTS).fill(undefined);
  readonly #pendingSlots: number[] = [];
  readonly #pendingNodes: Node[] = [];

  // ---- locals

  /** Gives a register a local. */
  useRegister(r: number): number {
    if (this.#registers[r]! < 0) this.#registers[r] = this.f.local();
    return this.#registers[r]!;
  }

  registerLocal(r: number): number { return this.#registers[r]!; }

  override forgetRegisters(): void { this.#current.fill(undefined); }

  /** Copies a register's value that the flags still need, before the register changes. */
  abstract saveForFlags(r: number): void;

  /** Copies the node's value, before the register changes, if it stands there. */
  protected save(node: Node, r: number): void {
    if (node.opcode === OP.local_get && node.value === r && node.local === this.#registers[r]) this.copy(node);
  }

  #registerNode(slot: number): Node { return this.#current[slot] ??= leaf(this.#registers[slot]!, slot); }

  // ---- writes of the current instruction

  #pend(slot: number, value: Node): void {
    const i = this.#pendingSlots.indexOf(slot);
    if (i >= 0) this.#pendingNodes[i] = value;
    else {
      this.#pendingSlots.push(slot);
      this.#pendingNodes.push(value);
    }
  }

  /** Ends the instruction: its register writes happen. */
  commit(): void {
    const slots = this.#pendingSlots;
    const nodes = this.#pendingNodes;
    if (slots.length === 0) return;
    for (const slot of slots) this.saveForFlags(slot);
    for (const node of nodes) this.push(node);
    for (let i = slots.length - 1; i >= 0; i--) {
      this.f.set(this.#registers[slots[i]!]!);
      this.#current[slots[i]!] = undefined;
    }
    slots.length = 0;
    nodes.length = 0;
  }

  /** Forgets the instruction's register writes: it is to be executed otherwise. */
  abandon(): void {
    this.#pendingSlots.length = 0;
    this.#pendingNodes.length = 0;
  }

  /** Makes the pending writes happen only where the condition holds. */
  makeConditional(condition: Node): void {
    const held = this.#pendingNodes.length > 1 ? this.force(condition) : condition;
    for (let i = 0; i < this.#pendingNodes.length; i++) {
      this.#pendingNodes[i] = this.select(held, this.#pendingNodes[i]!, this.#registerNode(this.#pendingSlots[i]!));
    }
  }

  // ---- operands

  /** What the current instruction reads of R15. */
  protected abstract pcValue(): number;

  override imm(operand: ImmToken): Node { return this.constant(operand.slot); }

  override read(r: RegToken): Node {
    if (r.pc) return this.constant(this.pcValue());
    const { slot } = r;
    if (this.facts !== undefined) {
      if (slot === LIST_SLOT) this.facts.listRead = true;
      else this.facts.reads |= 1 << (slot - UNKNOWN_SLOT);
    }
    const i = this.#pendingSlots.indexOf(slot);
    return i >= 0 ? this.#pendingNodes[i]! : this.#registerNode(slot);
  }

  override write(r: RegToken, value: Node): void {
    const { slot } = r;
    if (this.facts !== undefined) {
      if (slot === LIST_SLOT) this.facts.listWritten = true;
      else this.facts.writes |= 1 << (slot - UNKNOWN_SLOT);
    }
    this.#pend(slot, value);
  }

  override writeLR(value: Node): void {
    if (this.facts !== undefined) this.facts.linked = true;
    this.#pend(14, value);
  }

  protected override readFixed(register: number): Node {
    if (this.facts !== undefined) this.facts.fixedRead |= 1 << register;
    return this.read(REGISTERS[register]!);
  }

  protected override writeFixed(register: number, value: Node): void {
    if (this.facts !== undefined) this.facts.fixedWritten |= 1 << register;
    this.#pend(register, value);
  }

  override forEachReg(list: ImmToken, each: (r: RegToken, offset: Node) => void): void {
    if (this.facts !== undefined) {
      each({ slot: LIST_SLOT, pc: false }, this.constant(0));
      return;
    }
    let offset = 0;
    for (let r = 0; r < 15; r++) {
      if ((list.slot >> r & 1) === 0) continue;
      each(REGISTERS[r]!, this.constant(offset));
      offset += 4;
    }
  }
}
