/**
 * `Ops` for the region tier: operands are constants, registers R0-R14 and the flags are WebAssembly locals of one function.
 *
 * An instruction's register writes are kept back until its end, so that what leaves in its middle (a TLB miss, a refusal) leaves the state as it was before.
 * N and Z are the nodes of results. C and V are kept as what they came from, the operands of a subtraction or addition, and computed where they are read
 * or, for code outside the region, at the exits. Where control flow merges they are in locals: as values, or as operands with their kind.
 */
import { ALIGNED, ATOMIC, STORE, UNPRIVILEGED } from '../../isa/ops.ts';
import type { FloatWidth } from '../../isa/vector-ops.ts';
import { type FunctionBuilder, F32, F64, I32, I64, OP, V128, type ValueType } from '../../wasm/index.ts';
import { EvaluateOps } from '../evaluate/ops.ts';
import {
  bankOf, BANK_USER, MODE_FIQ, MODE_USR, PAGE_CACHE_WORDS, PAGE_SIZE, STATE, TLB_ADDEND, TLB_FETCH, TLB_READ, TLB_WRITE, tableSlot,
} from '../layout.ts';
import { probeInfo } from '../mmu/probe-info.ts';
import { LOOK_UP, PROBE } from '../threaded/services.ts';
import { contextWord, type SystemContext, worldOf } from '../threaded/system-context.ts';
import { WasmExceptionOps } from '../threaded/wasm-exception-ops.ts';
import { type ImmToken, Node, type PlaceToken, type RegToken, Unsupported } from '../threaded/wasm-ops.ts';
import {
  CPACR_VFP, CPACR_VFP_PRIVILEGED, FPEXC_EN, NSACR_VFP, REFUSE_FPSCR, REFUSE_INEXACT, REFUSE_NEON, type RegisterKind,
} from '../threaded/wasm-vfp-ops.ts';
import type { Facts } from './facts.ts';

/** Parameters of a region's function: a record and the instructions left. */
export const RECORD = 0;
export const BUDGET = 1;

/** A base register whose accesses nearly always meet the page of the last one: their rare way is a call, which is less code than a look into the table. */
const STACK_POINTER = 13;

/** Kinds of exit, in local `kind`; local `argument` says more. */
export const LEAVE_NEXT = 0;
export const LEAVE_JUMP = 1;
export const LEAVE_STEP = 2;
export const LEAVE_EXCHANGE = 3;
/** To code of another context, which STATE.context has already. */
export const LEAVE_SYSTEM = 4;

/** Where C and V stand. */
const CV_NODES = 0;
const CV_SUB = 1;
const CV_ADD = 2;
/** In locals, by their kind at run time. */
const CV_LOCALS = 3;
/** Bits of the kind at run time: N and Z are as C and V are; these are in memory, where they came from. */
const NZ_TOO = 4;
const IN_MEMORY = 8;

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

export interface RegionShape {
  readonly thumb: boolean;
  /** Mode and world at the entry. */
  readonly context: SystemContext;
}

/** Slots above those of R0-R14, for operands whose register is not known (facts.ts). */
export const UNKNOWN_SLOT = 16;
export const LIST_SLOT = 32;
const SLOTS = 33;

const leaf = (local: number, value = -1): Node => {
  const node = new Node(I32, OP.local_get, value);
  node.local = local;
  return node;
};

const at = (word: number): number => word * 4;

export class RegionOps extends WasmExceptionOps {
  #context: SystemContext;
  readonly #facts: Facts | undefined;
  /** Local of each register. */
  readonly #registers = new Int32Array(SLOTS).fill(-1);
  readonly #current: (Node | undefined)[] = new Array<Node | undefined>(SLOTS).fill(undefined);
  readonly #pendingSlots: number[] = [];
  readonly #pendingNodes: Node[] = [];

  readonly nf: number;
  readonly zf: number;
  readonly cf: number;
  readonly vf: number;
  /** How C and V are kept (CV_SUB, CV_ADD with cx and cy, and then perhaps N and Z: NZ_TOO; 0: in cf and vf). */
  readonly ck: number;
  readonly cx: number;
  readonly cy: number;
  readonly #scratch: number;
  readonly kind: number;
  readonly argument: number;
  readonly #nLeaf: Node;
  readonly #zLeaf: Node;
  readonly #cLeaf: Node;
  readonly #vLeaf: Node;
  #flags: FlagState;

  /** Temporaries that may be used again, by type. */
  readonly #free = new Map<ValueType, number[]>([[I32, []], [I64, []], [F32, []], [F64, []], [V128, []]]);
  /** Temporaries of the current block: local, then type. */
  #temporaries: number[] = [];
  readonly #trail: Node[] = [];
  readonly #trailLocals: number[] = [];

  /** What is known of extension registers and FPSCR. */
  readonly #vectors: Readonly<Record<RegisterKind, (Node | undefined)[]>> = { word: [], single: [], double: [], vector: [], quad: [] };
  #vectorsKnown = false;
  #fpscr: Node | undefined;
  /** Local of what speaks against generated code; -1 where nobody asks. */
  #refusals = -1;

  /** The exit's label, as the builder's depth; whether it stores the flags. */
  exitDepth = 0;
  flagsDirty = true;
  // The current instruction.
  #pc = 0;
  #length = 4;
  #inIT = false;
  #it = 0;
  /** Instructions of the block that were paid for and have not been executed, this one included. */
  #refund = 0;
  /** Where control flow instructions are handed to. */
  readonly #control: RegionControl;

  constructor(f: FunctionBuilder, shape: RegionShape, control: RegionControl, facts?: Facts) {
    super(f, shape.thumb);
    this.#context = shape.context;
    this.#facts = facts;
    this.#control = control;
    this.nf = f.local();
    this.zf = f.local();
    this.cf = f.local();
    this.vf = f.local();
    this.ck = f.local();
    this.cx = f.local();
    this.cy = f.local();
    this.#scratch = f.local();
    this.kind = f.local();
    this.argument = f.local();
    this.#nLeaf = leaf(this.nf);
    this.#zLeaf = leaf(this.zf);
    this.#cLeaf = leaf(this.cf);
    this.#vLeaf = leaf(this.vf);
    this.#flags = this.valuesInLocals();
    if (facts !== undefined) this.#registers.fill(0);
  }

  // What regions leave to the evaluate tier (VFP, NEON, most of the system).
  static {
    for (let from = EvaluateOps.prototype as object; from !== Object.prototype; from = Object.getPrototypeOf(from) as object) {
      for (const name of Object.getOwnPropertyNames(from)) {
        if (name in this.prototype) continue;
        Object.defineProperty(this.prototype, name, { value: () => { throw new Unsupported(name); } });
      }
    }
  }

  // ---- instructions

  begin(pc: number, length: number, it: number, refund: number, context: SystemContext): void {
    this.#context = context;
    this.#pc = pc;
    this.#length = length;
    this.#it = it;
    this.#inIT = it !== 0;
    this.#refund = refund;
  }

  /** Gives a register a local. */
  useRegister(r: number): number {
    if (this.#registers[r]! < 0) this.#registers[r] = this.f.local();
    return this.#registers[r]!;
  }

  registerLocal(r: number): number { return this.#registers[r]!; }

  /** Forgets which node holds a register: after its local was set otherwise. */
  forgetRegisters(): void {
    this.#current.fill(undefined);
    this.forgetVectors();
  }

  /** Copies a register's value that the flags still need, before the register changes. */
  saveForFlags(r: number): void {
    const { n, z, x, y, c, v } = this.#flags;
    if (n !== undefined) this.#save(n, r);
    if (z !== undefined) this.#save(z, r);
    if (x !== undefined) this.#save(x, r);
    if (y !== undefined) this.#save(y, r);
    if (c !== undefined) this.#save(c, r);
    if (v !== undefined) this.#save(v, r);
  }

  #save(node: Node, r: number): void {
    if (node.opcode !== OP.local_get || node.value !== r || node.local !== this.#registers[r]) return;
    const copy = this.#temporary(I32);
    this.f.get(node.local).set(copy);
    this.#place(node, copy);
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
    const held = this.#pendingNodes.length > 1 ? this.#force(condition) : condition;
    for (let i = 0; i < this.#pendingNodes.length; i++) {
      this.#pendingNodes[i] = this.select(held, this.#pendingNodes[i]!, this.#registerNode(this.#pendingSlots[i]!));
    }
  }

  // ---- nodes

  #temporary(type: ValueType): number {
    const local = this.#free.get(type)!.pop() ?? this.f.local(type);
    this.#temporaries.push(local, type);
    return local;
  }

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
    if (node.local >= 0) {
      f.get(node.local);
      return;
    }
    if (node.opcode === OP.i32_const) {
      f.i32(node.value);
      return;
    }
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
      const local = this.#temporary(node.type);
      f.tee(local);
      this.#place(node, local);
    }
  }

  protected override fromStack(type: ValueType = I32): Node {
    const node = new Node(type, OP.local_get, -1);
    node.local = this.#temporary(type);
    this.f.set(node.local);
    return node;
  }

  /** A node that needs nothing but a local or constant from now on. */
  #force(node: Node): Node {
    if (node.local >= 0 || node.opcode === OP.i32_const) return node;
    node.uses++;
    this.push(node);
    node.uses--;
    if (node.local < 0) {
      const local = this.#temporary(node.type);
      this.f.tee(local);
      this.#place(node, local);
    }
    this.f.op(OP.drop);
    return node;
  }

  protected override conditional(emit: () => void): void {
    const mark = this.mark();
    emit();
    this.unwind(mark);
  }

  // ---- blocks: temporaries live as long as the block, those of its flags as long as what follows it alone

  beginBlock(): number[] {
    const outer = this.#temporaries;
    this.#temporaries = [];
    this.forgetRegisters();
    return outer;
  }

  /** After the block's last instruction: gives back all temporaries but those that the flags are in. */
  releaseAtBlockEnd(): void {
    const { n, z, x, y, c, v } = this.#flags;
    const all = this.#temporaries;
    const held: number[] = [];
    for (let i = 0; i < all.length; i += 2) {
      const local = all[i]!;
      if (n?.local === local || z?.local === local || x?.local === local || y?.local === local || c?.local === local || v?.local === local) held.push(local, all[i + 1]!);
      else this.#free.get(all[i + 1] as ValueType)!.push(local);
    }
    this.#temporaries = held;
  }

  endBlock(outer: number[]): void {
    const all = this.#temporaries;
    for (let i = 0; i < all.length; i += 2) this.#free.get(all[i + 1] as ValueType)!.push(all[i]!);
    this.#temporaries = outer;
  }

  // ---- registers

  #registerNode(slot: number): Node { return this.#current[slot] ??= leaf(this.#registers[slot]!, slot); }

  override imm(operand: ImmToken): Node { return this.constant(operand.slot); }

  override forEachExtension(width: FloatWidth, first: ImmToken, count: ImmToken, each: (r: ImmToken, offset: Node) => void): void {
    for (let i = 0; i < count.slot; i++) each({ slot: (first.slot + i) & 31 }, this.constant(i * width / 8));
  }

  // ---- VFP and Advanced SIMD: what speaks against generated code is in a local; registers are in memory, and for the rest of a block their values in locals, too

  /** Code: finds anew what speaks against generated code (wasm-vfp-ops.ts). */
  readRefusals(): void {
    const { f } = this;
    const { mode, nonsecure } = this.#context;
    if (this.#refusals < 0) this.#refusals = f.local();
    const rights = mode === MODE_USR ? CPACR_VFP : CPACR_VFP_PRIVILEGED;
    const differs = (word: number, mask: number): void => { f.i32(0).load(at(word)).i32(mask).op(OP.i32_and).i32(mask).op(OP.i32_ne).op(OP.i32_or); };
    f.i32(0);
    f.i32(0).load(at(STATE.fpscr)).i32(REFUSE_INEXACT).op(OP.i32_xor).i32(REFUSE_FPSCR).op(OP.i32_and);
    f.i32(0).load(at(STATE.CPACR)).i32(REFUSE_NEON).op(OP.i32_and).op(OP.i32_or);
    differs(STATE.CPACR, rights);
    differs(STATE.fpexc, FPEXC_EN);
    if (worldOf(mode, nonsecure) !== 0) differs(STATE.NSACR, NSACR_VFP);
    // By way of memory: a host's compiler would compute it anew wherever it is used.
    f.store(at(STATE.vfpRefusals)).i32(0).load(at(STATE.vfpRefusals)).set(this.#refusals);
  }

  protected override pushRefusals(bits: number): void {
    if (this.#facts !== undefined) this.#facts.vector = true;
    if (this.#refusals < 0) this.#refusals = this.f.local();
    this.f.get(this.#refusals).i32(bits).op(OP.i32_and);
  }

  override writeFPSCR(value: Node): void {
    super.writeFPSCR(value);
    this.f.get(this.#refusals).i32(~REFUSE_FPSCR).op(OP.i32_and);
    this.f.i32(0).load(at(STATE.fpscr)).i32(REFUSE_INEXACT).op(OP.i32_xor).i32(REFUSE_FPSCR).op(OP.i32_and).op(OP.i32_or).set(this.#refusals);
  }

  /** Checks that hold: until the refusals are read anew. */
  get vectorChecks(): number { return this.checked; }
  set vectorChecks(checks: number) { this.checked = checks; }

  /** Forgets the values of extension registers and of FPSCR. */
  forgetVectors(): void {
    if (!this.#vectorsKnown) return;
    this.#vectorsKnown = false;
    for (const list of Object.values(this.#vectors)) list.fill(undefined);
    this.#fpscr = undefined;
  }

  protected override known(kind: RegisterKind, r: ImmToken): Node | undefined { return this.#vectors[kind][this.number(r).value]; }

  protected override wasRead(kind: RegisterKind, r: ImmToken, value: Node): void {
    this.#vectors[kind][this.number(r).value] = value;
    this.#vectorsKnown = true;
  }

  protected override isWritten(kind: RegisterKind, r: ImmToken, value: Node | undefined): void {
    this.#effect();
    const n = this.number(r).value;
    const { word, single, double, vector, quad } = this.#vectors;
    const narrow = kind === 'word' || kind === 'single';
    const first = narrow ? n >> 1 : n;
    for (let d = first; d < first + (kind === 'quad' ? 2 : 1); d++) {
      double[d] = undefined;
      vector[d] = undefined;
      quad[d & ~1] = undefined;
      for (const s of narrow ? [n] : [d * 2, d * 2 + 1]) {
        word[s] = undefined;
        single[s] = undefined;
      }
    }
    // A core register's local changes with the register.
    if (value === undefined || (value.opcode === OP.local_get && value.value >= 0)) return;
    this.#force(value);
    if (value.local >= 0) this.wasRead(kind, r, value);
  }

  override readFPSCR(): Node { return this.#fpscr ?? super.readFPSCR(); }

  protected override fpscrWritten(value: Node | undefined): void {
    this.#fpscr = value !== undefined && value.local >= 0 ? value : undefined;
    this.#vectorsKnown = true;
  }

  protected override stored(): void { this.#effect(); }

  override read(r: RegToken): Node {
    if (r.pc) return this.constant(this.#pc + (this.thumb ? 4 : 8));
    const { slot } = r;
    if (this.#facts !== undefined) {
      if (slot === LIST_SLOT) this.#facts.listRead = true;
      else this.#facts.reads |= 1 << (slot - UNKNOWN_SLOT);
    }
    const i = this.#pendingSlots.indexOf(slot);
    return i >= 0 ? this.#pendingNodes[i]! : this.#registerNode(slot);
  }

  override write(r: RegToken, value: Node): void {
    const { slot } = r;
    if (this.#facts !== undefined) {
      if (slot === LIST_SLOT) this.#facts.listWritten = true;
      else this.#facts.writes |= 1 << (slot - UNKNOWN_SLOT);
    }
    this.#pend(slot, value);
  }

  #pend(slot: number, value: Node): void {
    const i = this.#pendingSlots.indexOf(slot);
    if (i >= 0) this.#pendingNodes[i] = value;
    else {
      this.#pendingSlots.push(slot);
      this.#pendingNodes.push(value);
    }
  }

  override writeLR(value: Node): void {
    if (this.#facts !== undefined) this.#facts.linked = true;
    this.#pend(14, value);
  }

  override nextAddress(): Node { return this.constant(this.#pc + this.#length); }
  inIT(): boolean { return this.#inIT; }

  override forEachReg(list: ImmToken, each: (r: RegToken, offset: Node) => void): void {
    if (this.#facts !== undefined) {
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

  // ---- flags

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

  #wrote(): void { if (this.#facts !== undefined) this.#facts.flagsWritten = true; }

  override setNZ(result: Node): void {
    this.#wrote();
    if (this.#facts !== undefined) this.#facts.signKilled = true;
    this.#force(result);
    this.#flags = { ...this.#flags, n: result, z: result, paired: false };
  }

  #setOperands(kind: number, x: Node, y: Node, result: Node, opcode: number): void {
    this.#wrote();
    if (this.#facts !== undefined) {
      this.#facts.carryKilled = true;
      this.#facts.signKilled = true;
    }
    this.#force(x);
    this.#force(y);
    if (result.opcode === opcode && result.a === x && result.b === y) result.uses++;
    else this.#force(result);
    this.#flags = { n: result, z: result, kind, x, y, paired: true, c: undefined, v: undefined };
  }

  override setFlagsSub(x: Node, y: Node, result: Node): void { this.#setOperands(CV_SUB, x, y, result, OP.i32_sub); }
  override setFlagsAdd(x: Node, y: Node, result: Node): void { this.#setOperands(CV_ADD, x, y, result, OP.i32_add); }

  override setC(carry: Node): void {
    this.#wrote();
    const v = this.#overflow();
    this.#force(v);
    this.#force(carry);
    this.#flags = { ...this.#flags, kind: CV_NODES, x: undefined, y: undefined, paired: false, c: carry, v };
  }

  override setV(overflow: Node): void {
    this.#wrote();
    const c = this.#carry();
    this.#force(c);
    this.#force(overflow);
    this.#flags = { ...this.#flags, kind: CV_NODES, x: undefined, y: undefined, paired: false, c, v: overflow };
  }

  #readsCarry(): void { if (this.#facts !== undefined && !this.#facts.carryKilled) this.#facts.carryRead = true; }

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
    if (this.#flags.kind !== CV_LOCALS) return this.#flags;
    if (n !== undefined && n !== this.#nLeaf) this.f.get(this.ck).i32(~NZ_TOO).op(OP.i32_and).set(this.ck);
    this.valuesFromKind();
    this.#flags = { ...this.#flags, n: n ?? this.#nLeaf, z: z ?? this.#zLeaf, kind: CV_NODES, c: this.#cLeaf, v: this.#vLeaf };
    return this.#flags;
  }

  /** N and Z as nodes. */
  #sign(): { n: Node; z: Node } {
    if (this.#facts !== undefined && !this.#facts.signKilled) this.#facts.signRead = true;
    if (this.#flags.n === undefined) this.#known();
    return { n: this.#flags.n!, z: this.#flags.z! };
  }

  /** Code: makes cf and vf, and where it says so nf and zf, right by ck, and ck 0. */
  valuesFromKind(): void {
    const { f } = this;
    const load = (word: number, local: number): void => { f.i32(0).load(at(word)).set(local); };
    f.get(this.ck).if();
    f.get(this.ck).i32(IN_MEMORY).op(OP.i32_and).if();
    load(STATE.cf, this.cf);
    load(STATE.vf, this.vf);
    f.get(this.ck).i32(NZ_TOO).op(OP.i32_and).if();
    load(STATE.nf, this.nf);
    load(STATE.zf, this.zf);
    f.end();
    f.else();
    this.#valuesFromOperands();
    f.end();
    f.i32(0).set(this.ck);
    f.end();
  }

  #valuesFromOperands(): void {
    const { f } = this;
    const result = this.#scratch;
    f.get(this.ck).i32(CV_SUB).op(OP.i32_and).if();
    f.get(this.cx).get(this.cy).op(OP.i32_ge_u).set(this.cf);
    f.get(this.cx).get(this.cy).op(OP.i32_sub).set(result);
    f.get(this.cx).get(this.cy).op(OP.i32_xor).get(this.cx).get(result).op(OP.i32_xor).op(OP.i32_and).set(this.vf);
    f.else();
    f.get(this.cx).get(this.cy).op(OP.i32_add).tee(result).get(this.cx).op(OP.i32_lt_u).set(this.cf);
    f.get(result).get(this.cx).op(OP.i32_xor).get(result).get(this.cy).op(OP.i32_xor).op(OP.i32_and).set(this.vf);
    f.end();
    f.get(this.ck).i32(NZ_TOO).op(OP.i32_and).if();
    f.get(result).tee(this.nf).set(this.zf);
    f.end();
  }

  /** Code: the flags from their locals into memory, where they are not there. */
  storeFlags(): void {
    const { f } = this;
    const store = (word: number, local: number): void => { f.i32(0).get(local).store(at(word)); };
    f.get(this.ck).i32(IN_MEMORY).op(OP.i32_and).op(OP.i32_eqz).if();
    f.get(this.ck).if();
    this.#valuesFromOperands();
    f.end();
    store(STATE.cf, this.cf);
    store(STATE.vf, this.vf);
    f.end();
    f.get(this.ck).i32(IN_MEMORY | NZ_TOO).op(OP.i32_and).i32(IN_MEMORY | NZ_TOO).op(OP.i32_ne).if();
    store(STATE.nf, this.nf);
    store(STATE.zf, this.zf);
    f.end();
  }

  /** Code: the flags are in memory. The state of the emitter stays. */
  leaveFlagsInMemory(): void { this.f.i32(IN_MEMORY | NZ_TOO).set(this.ck); }

  /** Code: the flags into their locals, as values where wanted, otherwise as they came with their kind. The state of the emitter stays. */
  materialise(nz = false, values = false): void {
    const { f } = this;
    const { n, z, kind, x, y, c, v, paired } = this.#flags;
    if (n === undefined || z === undefined) {
      if (nz || values) this.valuesFromKind();
      return;
    }
    if (paired && !nz && !values) {
      this.push(x!);
      f.set(this.cx);
      this.push(y!);
      f.set(this.cy);
      f.i32(kind | NZ_TOO).set(this.ck);
      return;
    }
    if (n !== this.#nLeaf && kind === CV_LOCALS) f.get(this.ck).i32(~NZ_TOO).op(OP.i32_and).set(this.ck);
    if (n !== this.#nLeaf) {
      this.push(n);
      if (n === z) f.tee(this.nf).set(this.zf);
      else f.set(this.nf);
    }
    if (z !== n && z !== this.#zLeaf) {
      this.push(z);
      f.set(this.zf);
    }
    if (kind === CV_LOCALS) {
      if (values) this.valuesFromKind();
      return;
    }
    if (kind !== CV_NODES && !values) {
      this.push(x!);
      f.set(this.cx);
      this.push(y!);
      f.set(this.cy);
      f.i32(kind).set(this.ck);
      return;
    }
    const carry = kind === CV_NODES ? c! : this.#carry();
    const overflow = kind === CV_NODES ? v! : this.#overflow();
    if (carry !== this.#cLeaf) {
      this.push(carry);
      f.set(this.cf);
    }
    if (overflow !== this.#vLeaf) {
      this.push(overflow);
      f.set(this.vf);
    }
    f.i32(0).set(this.ck);
  }

  /** Code: the flags into their locals, where the exit stores them. */
  materialiseForExit(): void { if (this.flagsDirty) this.materialise(); }

  override carry(): Node { return this.#carry(); }

  protected override readFlag(word: number): Node {
    switch (word) {
      case STATE.nf: return this.#sign().n;
      case STATE.zf: return this.#sign().z;
      case STATE.cf: return this.#carry();
      default: return this.#overflow();
    }
  }

  protected override writeFlag(word: number, value: Node): void {
    this.#wrote();
    switch (word) {
      case STATE.nf:
        this.#sign();
        this.#force(value);
        this.#flags = { ...this.#flags, n: value, paired: false };
        break;
      case STATE.zf:
        this.#sign();
        this.#force(value);
        this.#flags = { ...this.#flags, z: value, paired: false };
        break;
      case STATE.cf: this.setC(value); break;
      default: this.setV(value);
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

  // ---- memory

  protected override writeState(word: number, value: Node): void {
    this.#effect();
    super.writeState(word, value);
  }

  #effect(): void { if (this.#facts !== undefined) this.#facts.effects = true; }

  /** The evaluate tier executes this instruction: nothing of it has happened. */
  protected override leave(): void {
    this.materialiseForExit();
    this.exit(LEAVE_STEP, this.#pc, this.#refund, this.#it);
  }

  /** Code: to the common exit. The flags are in their locals. */
  exit(kind: number, argument: number, refund: number, it = 0): void {
    const { f } = this;
    if (this.exitDepth < 0) throw new Error('an exit where none was foreseen');
    if (refund !== 0) f.get(BUDGET).i32(refund).op(OP.i32_add).set(BUDGET);
    if (it !== 0) f.i32(0).i32(it).store(at(STATE.it));
    f.i32(argument).set(this.argument);
    f.i32(kind).set(this.kind);
    f.br(f.depth - this.exitDepth);
  }

  override probe(address: Node, bytes: number | ImmToken, unit: 1 | 2 | 4 | 8, access: number): PlaceToken {
    this.#effect();
    if ((access & ATOMIC) !== 0) throw new Unsupported('atomic');
    const size = typeof bytes === 'number' ? bytes : bytes.slot;
    if (address.opcode === OP.i32_const && access === 0 && this.#facts === undefined && (address.value & (unit - 1)) === 0) {
      const host = this.#control.constantData(address.value, size);
      if (host >= 0) return { host: new Node(I32, OP.i32_const, host) };
    }
    const { f } = this;
    const base = baseRegister(address);
    const va = this.#force(address);
    const last = size === unit ? va : this.add(va, this.constant(size - unit));
    const store = (access & STORE) !== 0;
    const unprivileged = (access & UNPRIVILEGED) !== 0;
    const cached = this.#pageCache() + (store ? 32 : 0) + base * 2;
    const info = probeInfo(store, unit, size, (access & ALIGNED) !== 0, unprivileged);
    const host = new Node(I32, OP.local_get, -1);
    host.local = this.#temporary(I32);
    const mask = 0xfffff000 | (unit - 1);
    if (unprivileged) {
      this.push(va);
      f.i32(8).op(OP.i32_shr_u).i32(0xfff0).op(OP.i32_and).i32(0).load(at(STATE.tlbUser)).op(OP.i32_add).tee(host.local);
      f.load(at(store ? TLB_WRITE : TLB_READ));
      this.push(last);
      f.i32(mask).op(OP.i32_and).op(OP.i32_ne);
    } else {
      // Doubles at odd words are rare: they take the longer way.
      const byEight = size === 8 && unit === 4;
      f.i32(0).load(at(cached));
      this.push(va);
      f.i32(byEight ? mask | 7 : mask).op(OP.i32_and);
      if (size === unit || byEight) {
        f.op(OP.i32_ne);
      } else {
        f.op(OP.i32_xor);
        this.push(va);
        this.push(last);
        f.op(OP.i32_xor).i32(0xfffff000).op(OP.i32_and).op(OP.i32_or);
      }
    }
    f.expect(false).if();
    this.conditional(() => {
      const looksHere = !unprivileged && base !== STACK_POINTER;
      if (looksHere) {
        this.push(va);
        f.i32(8).op(OP.i32_shr_u).i32(0xfff0).op(OP.i32_and).i32(0).load(at(STATE.tlb)).op(OP.i32_add).tee(host.local);
        f.load(at(store ? TLB_WRITE : TLB_READ));
        this.push(last);
        f.i32(mask).op(OP.i32_and).op(OP.i32_eq).expect(true).if();
        f.i32(0);
        this.push(va);
        f.i32(0xfffff000).op(OP.i32_and).store(at(cached));
        f.i32(0).get(host.local).load(at(TLB_ADDEND)).tee(host.local).store(at(cached + 1));
        f.get(host.local);
        this.push(va);
        f.op(OP.i32_add).set(host.local);
        f.else();
      }
      this.push(va);
      if (looksHere || unprivileged) f.i32(info).call(PROBE);
      else f.i32(at(cached)).i32(info).call(LOOK_UP);
      f.tee(host.local).i32(0).op(OP.i32_lt_s).expect(false).if();
      this.conditional(() => { this.leave(); });
      f.end();
      if (looksHere) f.end();
    });
    f.else();
    if (unprivileged) f.get(host.local).load(at(TLB_ADDEND));
    else f.i32(0).load(at(cached + 1));
    this.push(va);
    f.op(OP.i32_add).set(host.local);
    f.end();
    return { host };
  }

  #pageCache(): number {
    const { mode, nonsecure } = this.#context;
    return STATE.pageCache + PAGE_CACHE_WORDS * tableSlot(worldOf(mode, nonsecure), mode !== MODE_USR);
  }

  override load(place: PlaceToken, offset: Node, size: 1 | 2 | 4): Node {
    if (place.host.opcode === OP.i32_const) return this.constant(this.#control.constantLoad(place.host.value + offset.value, size));
    return super.load(place, offset, size);
  }

  override store(place: PlaceToken, offset: Node, size: 1 | 2 | 4, value: Node): void {
    this.#effect();
    super.store(place, offset, size, value);
  }

  override store64(place: PlaceToken, offset: Node, value: Node): void {
    this.#effect();
    super.store64(place, offset, value);
  }

  override when(condition: Node, then: () => void): void {
    this.#effect();
    super.when(condition, then);
  }

  // ---- system

  protected override leaveIf(): void {
    this.#effect();
    this.f.expect(false).if();
    this.conditional(() => { this.leave(); });
    this.f.end();
  }

  protected override systemContext(): SystemContext { return this.#context; }
  protected override registerOf(operand: ImmToken): number { return operand.slot; }

  protected override readFixed(register: number): Node {
    if (this.#facts !== undefined) this.#facts.fixedRead |= 1 << register;
    return this.read(REGISTERS[register]!);
  }

  protected override writeFixed(register: number, value: Node): void {
    if (this.#facts !== undefined) this.#facts.fixedWritten |= 1 << register;
    this.#pend(register, value);
  }

  /** The word of a register of User mode that is not the current mode's; undefined where they share it. */
  #userWord(register: number): number | undefined {
    const { mode } = this.#context;
    if (register >= 13 && register < 15 && bankOf(mode) !== BANK_USER) return STATE.banked + BANK_USER * 3 + register - 13;
    return mode === MODE_FIQ && register >= 8 && register < 13 ? STATE.r8user + register - 8 : undefined;
  }

  override readUser(r: RegToken): Node {
    if (this.#facts !== undefined) this.#facts.listIsUser = true;
    const word = this.#userWord(r.slot);
    return word === undefined ? this.read(r) : this.readState(word);
  }

  override writeUser(r: RegToken, value: Node): void {
    if (this.#facts !== undefined) {
      this.#facts.listIsUser = true;
      this.#effect();
    }
    const word = this.#userWord(r.slot);
    if (word === undefined) this.write(r, value);
    else this.writeState(word, value);
  }

  // The rest of the region goes on under another table only where that leads to the same code.
  protected override leaveUnlessMapped(table: Node): void {
    const { f } = this;
    if (this.#facts !== undefined) this.#facts.translation = true;
    const next = this.#pc + this.#length;
    const entry = (next >>> 8) & 0xfff0;
    this.push(table);
    f.load(entry + at(TLB_FETCH)).i32(next & ~(PAGE_SIZE - 1)).op(OP.i32_ne);
    this.push(table);
    f.load(entry + at(TLB_ADDEND)).i32(this.#control.addend).op(OP.i32_ne).op(OP.i32_or);
    this.leaveIf();
  }

  protected override goOn(mode: number, nonsecure: boolean): void {
    const { mode: from, nonsecure: fromNonsecure } = this.#context;
    if (mode === from && nonsecure === fromNonsecure) return;
    this.#context = { mode, nonsecure };
    if (this.#facts !== undefined) {
      this.#facts.contextAfter = this.#context;
      this.#facts.translation = true;
    }
    this.vfpAccessChanged();
  }

  protected override vfpAccessChanged(): void {
    super.vfpAccessChanged();
    if (this.#control.vector) this.readRefusals();
  }

  // A monitor that writes SCR changes to the other world: code for that follows. Where it does not, the evaluate tier looks.
  protected override writeSCR(value: Node): void {
    const { mode, nonsecure } = this.#context;
    this.#force(value);
    this.push(this.ne(this.and(value, this.constant(1)), this.constant(nonsecure ? 0 : 1)));
    this.leaveIf();
    this.writeState(STATE.SCR, value);
    this.writeState(STATE.context, this.constant(contextWord(mode, !nonsecure, this.thumb)));
    this.goOn(mode, !nonsecure);
  }

  protected override leaveTo(target: Node): void {
    if (this.#facts !== undefined) {
      this.#facts.end = 'system';
      return;
    }
    this.#force(target);
    this.commit();
    this.#control.indirect(target, 'system');
  }

  protected override returnByHost(): void { this.leave(); }

  // ---- control flow

  override branch(offset: ImmToken): void {
    if (this.#facts !== undefined) {
      this.#facts.end = 'direct';
      this.#facts.offset = offset.slot;
    }
    this.commit();
  }

  override branchIf(condition: Node, offset: ImmToken): void {
    if (this.#facts !== undefined) {
      this.#facts.end = 'directIf';
      this.#facts.offset = offset.slot;
      return;
    }
    this.#control.branchCondition = condition;
  }

  override branchExchange(offset: ImmToken): void {
    if (this.#facts !== undefined) {
      this.#facts.end = 'exchange';
      return;
    }
    const target = this.constant(((this.#pc + (this.thumb ? 4 : 8)) & ~3) + offset.slot);
    this.commit();
    this.#control.indirect(target, 'exchange');
  }

  override branchWritePC(target: Node): void { this.#indirect(this.and(target, this.constant(this.thumb ? ~1 : ~3)), 'same'); }
  override bxWritePC(target: Node): void { this.#indirect(target, 'either'); }

  #indirect(target: Node, set: 'same' | 'either'): void {
    if (this.#facts !== undefined) {
      this.#facts.end = 'indirect';
      return;
    }
    this.#force(target);
    // The target's node may stand in a register that the commit changes.
    if (target.opcode === OP.local_get && target.value >= 0 && target.local === this.#registers[target.value]) {
      const copy = this.#temporary(I32);
      this.f.get(target.local).set(copy);
      this.#place(target, copy);
    }
    this.commit();
    this.#control.indirect(target, set);
  }
}

/** The register that an address comes from, or 15. */
function baseRegister(address: Node): number {
  let node: Node | undefined = address;
  while (node !== undefined) {
    if (node.opcode === OP.local_get) return node.value >= 0 && node.value < 15 ? node.value : 15;
    if (node.opcode !== OP.i32_add && node.opcode !== OP.i32_sub) return 15;
    node = node.a;
  }
  return 15;
}

export const REGISTERS: readonly RegToken[] = Array.from({ length: 16 }, (_, slot) => ({ slot, pc: slot === 15 }));

/** What a body's end and its constant data need from the emitter. */
export interface RegionControl {
  /** Linear-memory offset of data at a constant address that may be taken as constant while the region lasts; -1 where it may not. */
  constantData(va: number, bytes: number): number;
  constantLoad(host: number, size: number): number;
  /** CBZ, CBNZ: the condition. */
  branchCondition: Node | undefined;
  /** A computed branch; `set`: the same instruction set, the other one, or as bit 0 says; or to code of the context in STATE.context. */
  indirect(target: Node, set: 'same' | 'exchange' | 'either' | 'system'): void;
  /** Linear-memory offset of the region's code minus its virtual address. */
  readonly addend: number;
  /** Whether the region has VFP or Advanced SIMD instructions. */
  readonly vector: boolean;
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
