/**
 * `Ops` for the region tier, VFP and Advanced SIMD: what speaks against generated code is in a local; registers are in memory, and for the rest of a block their values
 * in locals, too.
 */
import type { FloatWidth } from '../../isa/vector-ops.ts';
import { OP } from '../../wasm/index.ts';
import { MODE_USR, STATE } from '../layout.ts';
import { worldOf } from '../threaded/system-context.ts';
import type { ImmToken, Node } from '../threaded/wasm-ops.ts';
import {
  CPACR_VFP, CPACR_VFP_PRIVILEGED, FPEXC_EN, NSACR_VFP, REFUSE_FPSCR, REFUSE_INEXACT, REFUSE_NEON, type RegisterKind,
} from '../threaded/wasm-vfp-ops.ts';
import { RegionFlagOps } from './region-flag-ops.ts';

const at = (word: number): number => word * 4;

export abstract class RegionVectorOps extends RegionFlagOps {
  /** What is known of extension registers and FPSCR. */
  readonly #vectors: Readonly<Record<RegisterKind, (Node | undefined)[]>> = { word: [], single: [], double: [], vector: [], quad: [] };
  #vectorsKnown = false;
  #fpscr: Node | undefined;
  /** Local of what speaks against generated code; -1 where nobody asks. */
  #refusals = -1;

  // ---- what speaks against generated code

  /** Code: finds anew what speaks against generated code (wasm-vfp-ops.ts). */
  readRefusals(): void {
    const { f } = this;
    const { mode, nonsecure } = this.context;
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
    if (this.facts !== undefined) this.facts.vector = true;
    if (this.#refusals < 0) this.#refusals = this.f.local();
    this.f.get(this.#refusals).i32(bits).op(OP.i32_and);
  }

  protected override vfpAccessChanged(): void {
    super.vfpAccessChanged();
    if (this.control.vector) this.readRefusals();
  }

  /** Checks that hold: until the refusals are read anew. */
  get vectorChecks(): number { return this.checked; }
  set vectorChecks(checks: number) { this.checked = checks; }

  // ---- registers and FPSCR

  override forEachExtension(width: FloatWidth, first: ImmToken, count: ImmToken, each: (r: ImmToken, offset: Node) => void): void {
    for (let i = 0; i < count.slot; i++) each({ slot: (first.slot + i) & 31 }, this.constant(i * width / 8));
  }

  override forgetRegisters(): void {
    super.forgetRegisters();
    this.forgetVectors();
  }

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
    this.effect();
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
    this.force(value);
    if (value.local >= 0) this.wasRead(kind, r, value);
  }

  override readFPSCR(): Node { return this.#fpscr ?? super.readFPSCR(); }

  override writeFPSCR(value: Node): void {
    super.writeFPSCR(value);
    this.f.get(this.#refusals).i32(~REFUSE_FPSCR).op(OP.i32_and);
    this.f.i32(0).load(at(STATE.fpscr)).i32(REFUSE_INEXACT).op(OP.i32_xor).i32(REFUSE_FPSCR).op(OP.i32_and).op(OP.i32_or).set(this.#refusals);
  }

  protected override fpscrWritten(value: Node | undefined): void {
    this.#fpscr = value !== undefined && value.local >= 0 ? value : undefined;
    this.#vectorsKnown = true;
  }
}
