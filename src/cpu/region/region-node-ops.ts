/**
 * `Ops` for the region tier, nodes: a node is computed where it is first used, and kept in a temporary only where it is used again. Temporaries are locals that a
 * region's blocks share.
 */
import { type FunctionBuilder, F32, F64, I32, I64, OP, V128, type ValueType } from '../../wasm/index.ts';
import { WasmExceptionOps } from '../threaded/wasm-exception-ops.ts';
import { Node } from '../threaded/wasm-ops.ts';
import type { Facts } from './facts.ts';
import type { RegionControl } from './region-control.ts';

/** A node for what is in a local; `value`: the register whose local it is. */
export const leaf = (local: number, value = -1): Node => {
  const node = new Node(I32, OP.local_get, value);
  node.local = local;
  return node;
};

export abstract class RegionNodeOps extends WasmExceptionOps {
  /** Where it is noted what a body does (facts.ts); undefined where its code is wanted. */
  protected readonly facts: Facts | undefined;
  /** Where control flow instructions are handed to. */
  protected readonly control: RegionControl;

  /** Temporaries that may be used again, by type. */
  readonly #free = new Map<ValueType, number[]>([[I32, []], [I64, []], [F32, []], [F64, []], [V128, []]]);
  /** Temporaries of the current block: local, then type. */
  #temporaries: number[] = [];
  readonly #trail: Node[] = [];
  readonly #trailLocals: number[] = [];

  protected constructor(f: FunctionBuilder, thumb: boolean, control: RegionControl, facts: Facts | undefined) {
    super(f, thumb);
    this.facts = facts;
    this.control = control;
  }

  /** Forgets which node holds a register: after its local was set otherwise. */
  abstract forgetRegisters(): void;

  /** Notes that the body touches memory or state besides registers and flags, or may leave. */
  protected effect(): void { if (this.facts !== undefined) this.facts.effects = true; }

  // ---- nodes

  #place(node: Node, local: number): void {
    this.#trail.push(node);
    this.#trailLocals.push(node.local);
    node.local = local;
  }

  /** Forgets where nodes are that were computed since the mark. */
  unwind(mark: number): void {
    const trail = this.#trail;
    for (let i = trail.length - 1; i >= mark; i--) trail[i]!.local = this.#trailLocals[i]!;
    trail.length = mark;
    this.#trailLocals.length = mark;
  }

  mark(): number { return this.#trail.length; }

  protected override node(opcode: number, a: Node, b?: Node, c?: Node, type: ValueType = I32): Node {
    if (a.opcode === OP.i32_const && type === I32 && (b === undefined || b.opcode === OP.i32_const) && c === undefined) {
      const value = fold(opcode, a.value, b?.value ?? 0);
      if (value !== undefined) return this.constant(value);
    }
    if (b !== undefined && b.opcode === OP.i32_const && b.value === 0) {
      switch (opcode) {
        case OP.i32_add: case OP.i32_sub: case OP.i32_or: case OP.i32_xor: case OP.i32_shl: case OP.i32_shr_u: case OP.i32_shr_s: return a;
        default:
      }
    }
    return new Node(type, opcode, 0, a, b, c);
  }

  override push(node: Node): void {
    const { f } = this;
    if (this.pushKnown(node)) return;
    const { a, b, c } = node;
    if (a !== undefined) {
      a.uses--;
      this.push(a);
    }
    if (b !== undefined) {
      b.uses--;
      this.push(b);
    }
    if (c !== undefined) {
      c.uses--;
      this.push(c);
    }
    f.op(node.opcode);
    if (node.uses > 0) {
      const local = this.temporary(node.type);
      f.tee(local);
      this.#place(node, local);
    }
  }

  protected override fromStack(type: ValueType = I32): Node {
    const node = new Node(type, OP.local_get, -1);
    node.local = this.temporary(type);
    this.f.set(node.local);
    return node;
  }

  /** A node that needs nothing but a local or constant from now on. */
  protected force(node: Node): Node {
    if (node.local >= 0 || node.opcode === OP.i32_const) return node;
    node.uses++;
    this.push(node);
    node.uses--;
    if (node.local < 0) {
      const local = this.temporary(node.type);
      this.f.tee(local);
      this.#place(node, local);
    }
    this.f.op(OP.drop);
    return node;
  }

  /** Puts a node's value, which is in a local that is about to change, into a temporary. */
  protected copy(node: Node): void {
    const copy = this.temporary(I32);
    this.f.get(node.local).set(copy);
    this.#place(node, copy);
  }

  protected override conditional(emit: () => void): void {
    const mark = this.mark();
    emit();
    this.unwind(mark);
  }

  // ---- blocks: temporaries live as long as the block, those of its flags as long as what follows it alone

  protected temporary(type: ValueType): number {
    const local = this.#free.get(type)!.pop() ?? this.f.local(type);
    this.#temporaries.push(local, type);
    return local;
  }

  beginBlock(): number[] {
    const outer = this.#temporaries;
    this.#temporaries = [];
    this.forgetRegisters();
    return outer;
  }

  /** Gives back the block's temporaries but those that are held. */
  protected releaseTemporaries(isHeld: (local: number) => boolean): void {
    const all = this.#temporaries;
    const held: number[] = [];
    for (let i = 0; i < all.length; i += 2) {
      const local = all[i]!;
      if (isHeld(local)) held.push(local, all[i + 1]!);
      else this.#free.get(all[i + 1] as ValueType)!.push(local);
    }
    this.#temporaries = held;
  }

  endBlock(outer: number[]): void {
    const all = this.#temporaries;
    for (let i = 0; i < all.length; i += 2) this.#free.get(all[i + 1] as ValueType)!.push(all[i]!);
    this.#temporaries = outer;
  }
}

function fold(opcode: number, a: number, b: number): number | undefined {
  switch (opcode) {
    case OP.i32_add: return a + b;
    case OP.i32_sub: return a - b;
    case OP.i32_and: return a & b;
    case OP.i32_or: return a | b;
    case OP.i32_xor: return a ^ b;
    case OP.i32_shl: return a << b;
    case OP.i32_shr_u: return a >>> b;
    case OP.i32_shr_s: return a >> b;
    default: return undefined;
  }
}
