/**
 * `Ops` for the region tier: operands are constants, registers R0-R14 and the flags are WebAssembly locals of one function.
 *
 * The class is a chain, from the bottom: nodes and temporaries (region-node-ops.ts), registers (region-register-ops.ts), flags (region-flag-ops.ts), VFP and Advanced
 * SIMD (region-vector-ops.ts), memory (region-memory-ops.ts), system instructions (region-system-ops.ts). Here are the current instruction, how it leaves the region,
 * and branches.
 */
import { type FunctionBuilder, OP } from '../../wasm/index.ts';
import { EvaluateOps } from '../evaluate/ops.ts';
import { STATE } from '../layout.ts';
import type { SystemContext } from '../threaded/system-context.ts';
import { type ImmToken, type Node, Unsupported } from '../threaded/wasm-ops.ts';
import type { Facts } from './facts.ts';
import { BUDGET, LEAVE_STEP, type RegionControl, type RegionShape } from './region-control.ts';
import { RegionSystemOps } from './region-system-ops.ts';

const at = (word: number): number => word * 4;

export class RegionOps extends RegionSystemOps {
  /** Locals: the exit's kind, and what it says more. */
  readonly kind: number;
  readonly argument: number;
  /** The exit's label, as the builder's depth. */
  exitDepth = 0;
  // The current instruction.
  #pc = 0;
  #length = 4;
  #inIT = false;
  #it = 0;
  /** Instructions of the block that were paid for and have not been executed, this one included. */
  #refund = 0;

  constructor(f: FunctionBuilder, shape: RegionShape, control: RegionControl, facts?: Facts) {
    super(f, shape, control, facts);
    this.kind = f.local();
    this.argument = f.local();
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

  // ---- the current instruction

  begin(pc: number, length: number, it: number, refund: number, context: SystemContext): void {
    this.useContext(context);
    this.#pc = pc;
    this.#length = length;
    this.#it = it;
    this.#inIT = it !== 0;
    this.#refund = refund;
  }

  protected override pcValue(): number { return this.#pc + (this.thumb ? 4 : 8); }
  override nextAddress(): Node { return this.constant(this.#pc + this.#length); }
  inIT(): boolean { return this.#inIT; }

  // ---- exits

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

  /** Emits code that never comes back: what it does to the emitter's state is forgotten. */
  aside(emit: () => void): void {
    const mark = this.mark();
    const { flags, vectorChecks } = this;
    emit();
    this.unwind(mark);
    this.flags = flags;
    this.vectorChecks = vectorChecks;
  }

  /** The evaluate tier executes this instruction: nothing of it has happened. */
  protected override leave(): void {
    this.materialiseForExit();
    this.exit(LEAVE_STEP, this.#pc, this.#refund, this.#it);
  }

  protected override leaveIf(): void {
    this.effect();
    this.f.expect(false).if();
    this.conditional(() => { this.leave(); });
    this.f.end();
  }

  override when(condition: Node, then: () => void): void {
    this.effect();
    super.when(condition, then);
  }

  // ---- branches

  override branch(offset: ImmToken): void {
    if (this.facts !== undefined) {
      this.facts.end = 'direct';
      this.facts.offset = offset.slot;
    }
    this.commit();
  }

  override branchIf(condition: Node, offset: ImmToken): void {
    if (this.facts !== undefined) {
      this.facts.end = 'directIf';
      this.facts.offset = offset.slot;
      return;
    }
    this.control.branchCondition = condition;
  }

  override branchExchange(offset: ImmToken): void {
    if (this.facts !== undefined) {
      this.facts.end = 'exchange';
      return;
    }
    const target = this.constant((this.pcValue() & ~3) + offset.slot);
    this.commit();
    this.control.indirect(target, 'exchange');
  }

  override branchWritePC(target: Node): void { this.#indirect(this.and(target, this.constant(this.thumb ? ~1 : ~3)), 'same'); }
  override bxWritePC(target: Node): void { this.#indirect(target, 'either'); }

  #indirect(target: Node, set: 'same' | 'either'): void {
    if (this.facts !== undefined) {
      this.facts.end = 'indirect';
      return;
    }
    this.force(target);
    // The target's node may stand in a register that the commit changes.
    if (target.value >= 0) this.save(target, target.value);
    this.commit();
    this.control.indirect(target, set);
  }

  protected override leaveTo(target: Node): void {
    if (this.facts !== undefined) {
      this.facts.end = 'system';
      return;
    }
    this.force(target);
    this.commit();
    this.control.indirect(target, 'system');
  }

  protected override returnByHost(): void { this.leave(); }
}
