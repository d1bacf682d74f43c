/**
 * `Ops` for the region tier, flags: what is known of them where code is made. N and Z are the nodes of results. C and V are kept as what they came from, the operands
 * of a subtraction or addition, and computed where they are read or, for code outside the region, at the exits. Where control flow merges they are in locals: as values,
 * or as operands with their kind (flag-locals.ts).
 */
import { OP } from '../../wasm/index.ts';
import { STATE } from '../layout.ts';
import type { Node } from '../threaded/wasm-ops.ts';
import { CV_ADD, CV_LOCALS, CV_NODES, CV_SUB, FlagLocals, NZ_TOO } from './flag-locals.ts';
import { leaf } from './region-node-ops.ts';
import { RegionRegisterOps } from './region-register-ops.ts';

interface FlagState {
  /** Undefined: as the kind at run time says, as C and V are. */
  readonly n: Node | undefined;
  readonly z: Node | undefined;
  readonly kind: number;
  /** Operands of the subtraction or addition that C and V came from. */
  readonly x: Node | undefined;
  readonly y: Node | undefined;
  /** N and Z are of the same operands. */
  readonly paired: boolean;
  readonly c: Node | undefined;
  readonly v: Node | undefined;
}

export abstract class RegionFlagOps extends RegionRegisterOps {
  readonly flagLocals = new FlagLocals(this.f);
  readonly #nLeaf = leaf(this.flagLocals.nf);
  readonly #zLeaf = leaf(this.flagLocals.zf);
  readonly #cLeaf = leaf(this.flagLocals.cf);
  readonly #vLeaf = leaf(this.flagLocals.vf);
  #flags: FlagState = this.valuesInLocals();
  /** Whether exits store the flags. */
  flagsDirty = true;

  get flags(): FlagState { return this.#flags; }
  set flags(state: FlagState) { this.#flags = state; }

  /** All four flags are in their locals. */
  valuesInLocals(): FlagState {
    return { n: this.#nLeaf, z: this.#zLeaf, kind: CV_NODES, x: undefined, y: undefined, paired: false, c: this.#cLeaf, v: this.#vLeaf };
  }

  /** As local `ck` says; but N and Z, or all flags, are in their locals where they are to be as values. */
  inLocals(nz: boolean, all: boolean): FlagState {
    if (all) return this.valuesInLocals();
    return {
      n: nz ? this.#nLeaf : undefined, z: nz ? this.#zLeaf : undefined, kind: CV_LOCALS, x: undefined, y: undefined, paired: false, c: undefined, v: undefined,
    };
  }

  override saveForFlags(r: number): void {
    const { n, z, x, y, c, v } = this.#flags;
    if (n !== undefined) this.save(n, r);
    if (z !== undefined) this.save(z, r);
    if (x !== undefined) this.save(x, r);
    if (y !== undefined) this.save(y, r);
    if (c !== undefined) this.save(c, r);
    if (v !== undefined) this.save(v, r);
  }

  /** After the block's last instruction: gives back all temporaries but those that the flags are in. */
  releaseAtBlockEnd(): void {
    const { n, z, x, y, c, v } = this.#flags;
    this.releaseTemporaries((local) => n?.local === local || z?.local === local || x?.local === local || y?.local === local || c?.local === local || v?.local === local);
  }

  // ---- writes

  #wrote(): void { if (this.facts !== undefined) this.facts.flagsWritten = true; }

  override setNZ(result: Node): void {
    this.#wrote();
    if (this.facts !== undefined) this.facts.signKilled = true;
    this.force(result);
    this.#flags = { ...this.#flags, n: result, z: result, paired: false };
  }

  #setOperands(kind: number, x: Node, y: Node, result: Node, opcode: number): void {
    this.#wrote();
    if (this.facts !== undefined) {
      this.facts.carryKilled = true;
      this.facts.signKilled = true;
    }
    this.force(x);
    this.force(y);
    if (result.opcode === opcode && result.a === x && result.b === y) result.uses++;
    else this.force(result);
    this.#flags = { n: result, z: result, kind, x, y, paired: true, c: undefined, v: undefined };
  }

  override setFlagsSub(x: Node, y: Node, result: Node): void { this.#setOperands(CV_SUB, x, y, result, OP.i32_sub); }
  override setFlagsAdd(x: Node, y: Node, result: Node): void { this.#setOperands(CV_ADD, x, y, result, OP.i32_add); }

  override setC(carry: Node): void {
    this.#wrote();
    const v = this.#overflow();
    this.force(v);
    this.force(carry);
    this.#flags = { ...this.#flags, kind: CV_NODES, x: undefined, y: undefined, paired: false, c: carry, v };
  }

  override setV(overflow: Node): void {
    this.#wrote();
    const c = this.#carry();
    this.force(c);
    this.force(overflow);
    this.#flags = { ...this.#flags, kind: CV_NODES, x: undefined, y: undefined, paired: false, c, v: overflow };
  }

  protected override writeFlag(word: number, value: Node): void {
    this.#wrote();
    switch (word) {
      case STATE.nf:
        this.#sign();
        this.force(value);
        this.#flags = { ...this.#flags, n: value, paired: false };
        break;
      case STATE.zf:
        this.#sign();
        this.force(value);
        this.#flags = { ...this.#flags, z: value, paired: false };
        break;
      case STATE.cf: this.setC(value); break;
      default: this.setV(value);
    }
  }

  // ---- reads

  #readsCarry(): void { if (this.facts !== undefined && !this.facts.carryKilled) this.facts.carryRead = true; }

  /** C as 0 or 1. */
  #carry(): Node {
    this.#readsCarry();
    const { kind, x, y, c } = this.#known();
    if (kind === CV_SUB) return this.node(OP.i32_ge_u, x!, y!);
    if (kind === CV_ADD) return this.ltU(this.add(x!, y!), x!);
    return c!;
  }

  /** V in bit 31. */
  #overflow(): Node {
    this.#readsCarry();
    const { kind, x, y, v } = this.#known();
    if (kind === CV_NODES) return v!;
    const result = kind === CV_SUB ? this.sub(x!, y!) : this.add(x!, y!);
    return this.and(this.xor(x!, kind === CV_SUB ? y! : result), this.xor(kind === CV_SUB ? x! : y!, result));
  }

  /** Computes C and V from their locals where only the kind at run time says how. */
  #known(): FlagState {
    const { n, z } = this.#flags;
    const { ck } = this.flagLocals;
    if (this.#flags.kind !== CV_LOCALS) return this.#flags;
    if (n !== undefined && n !== this.#nLeaf) this.f.get(ck).i32(~NZ_TOO).op(OP.i32_and).set(ck);
    this.flagLocals.valuesFromKind();
    this.#flags = { ...this.#flags, n: n ?? this.#nLeaf, z: z ?? this.#zLeaf, kind: CV_NODES, c: this.#cLeaf, v: this.#vLeaf };
    return this.#flags;
  }

  /** N and Z as nodes. */
  #sign(): { n: Node; z: Node } {
    if (this.facts !== undefined && !this.facts.signKilled) this.facts.signRead = true;
    if (this.#flags.n === undefined) this.#known();
    return { n: this.#flags.n!, z: this.#flags.z! };
  }

  override carry(): Node { return this.#carry(); }

  protected override readFlag(word: number): Node {
    switch (word) {
      case STATE.nf: return this.#sign().n;
      case STATE.zf: return this.#sign().z;
      case STATE.cf: return this.#carry();
      default: return this.#overflow();
    }
  }

  /** Whether a condition (0-13) holds. */
  condition(condition: number): Node {
    const pair = condition >> 1;
    if (pair >= 3) this.#known();
    const { n, z } = pair === 1 || pair === 3 ? { n: this.#nLeaf, z: this.#zLeaf } : this.#sign();
    const { kind, x, y } = this.#flags;
    const paired = this.#flags.paired && kind === CV_SUB;
    const zero = this.constant(0);
    const not = (condition & 1) !== 0;
    const compare = (opcode: number, opposite: number, a: Node, b: Node): Node => this.node(not ? opposite : opcode, a, b);
    const either = (holds: Node): Node => (not ? this.notTrue(holds) : holds);
    switch (pair) {
      case 0: return paired && z.local < 0 ? compare(OP.i32_eq, OP.i32_ne, x!, y!) : compare(OP.i32_eq, OP.i32_ne, z, zero);
      case 1: return kind === CV_SUB ? compare(OP.i32_ge_u, OP.i32_lt_u, x!, y!) : either(this.#carry());
      case 2: return compare(OP.i32_lt_s, OP.i32_ge_s, n, zero);
      case 3: return compare(OP.i32_lt_s, OP.i32_ge_s, this.#overflow(), zero);
      case 4: return paired ? compare(OP.i32_gt_u, OP.i32_le_u, x!, y!) : either(this.and(this.#carry(), this.ne(z, zero)));
      case 5: return paired ? compare(OP.i32_ge_s, OP.i32_lt_s, x!, y!) : compare(OP.i32_ge_s, OP.i32_lt_s, this.xor(n, this.#overflow()), zero);
      default: return paired ? compare(OP.i32_gt_s, OP.i32_le_s, x!, y!)
        : either(this.and(this.node(OP.i32_ge_s, this.xor(n, this.#overflow()), zero), this.ne(z, zero)));
    }
  }

  // ---- into locals

  /** Code: the flags into their locals, as values where wanted, otherwise as they came with their kind. The state of the emitter stays. */
  materialise(nz = false, values = false): void {
    const { f } = this;
    const { nf, zf, cf, vf, ck, cx, cy } = this.flagLocals;
    const { n, z, kind, x, y, c, v, paired } = this.#flags;
    if (n === undefined || z === undefined) {
      if (nz || values) this.flagLocals.valuesFromKind();
      return;
    }
    if (paired && !nz && !values) {
      this.push(x!);
      f.set(cx);
      this.push(y!);
      f.set(cy);
      f.i32(kind | NZ_TOO).set(ck);
      return;
    }
    if (n !== this.#nLeaf && kind === CV_LOCALS) f.get(ck).i32(~NZ_TOO).op(OP.i32_and).set(ck);
    if (n !== this.#nLeaf) {
      this.push(n);
      if (n === z) f.tee(nf).set(zf);
      else f.set(nf);
    }
    if (z !== n && z !== this.#zLeaf) {
      this.push(z);
      f.set(zf);
    }
    if (kind === CV_LOCALS) {
      if (values) this.flagLocals.valuesFromKind();
      return;
    }
    if (kind !== CV_NODES && !values) {
      this.push(x!);
      f.set(cx);
      this.push(y!);
      f.set(cy);
      f.i32(kind).set(ck);
      return;
    }
    const carry = kind === CV_NODES ? c! : this.#carry();
    const overflow = kind === CV_NODES ? v! : this.#overflow();
    if (carry !== this.#cLeaf) {
      this.push(carry);
      f.set(cf);
    }
    if (overflow !== this.#vLeaf) {
      this.push(overflow);
      f.set(vf);
    }
    f.i32(0).set(ck);
  }

  /** Code: the flags into their locals, where the exit stores them. */
  materialiseForExit(): void { if (this.flagsDirty) this.materialise(); }
}
