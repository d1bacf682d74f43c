/**
 * The flags in locals of a region's function: as values, as operands of the subtraction or addition that they came from, or not yet read from memory, with a kind that is
 * known when the code runs. Here is the code that goes by the kind; what is known where code is made is in region-flag-ops.ts.
 */
import { type FunctionBuilder, OP } from '../../wasm/index.ts';
import { STATE } from '../layout.ts';

/** Where C and V stand. */
export const CV_NODES = 0;
export const CV_SUB = 1;
export const CV_ADD = 2;
/** In locals, by their kind at run time. */
export const CV_LOCALS = 3;
/** Bits of the kind at run time: N and Z are as C and V are; these are in memory, where they came from. */
export const NZ_TOO = 4;
const IN_MEMORY = 8;

const at = (word: number): number => word * 4;

export class FlagLocals {
  readonly #f: FunctionBuilder;
  readonly nf: number;
  readonly zf: number;
  readonly cf: number;
  readonly vf: number;
  /** How C and V are kept (CV_SUB, CV_ADD with cx and cy, and then perhaps N and Z: NZ_TOO; 0: in cf and vf). */
  readonly ck: number;
  readonly cx: number;
  readonly cy: number;
  readonly #scratch: number;

  constructor(f: FunctionBuilder) {
    this.#f = f;
    this.nf = f.local();
    this.zf = f.local();
    this.cf = f.local();
    this.vf = f.local();
    this.ck = f.local();
    this.cx = f.local();
    this.cy = f.local();
    this.#scratch = f.local();
  }

  /** Code: makes cf and vf, and where it says so nf and zf, right by ck, and ck 0. */
  valuesFromKind(): void {
    const f = this.#f;
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
    const f = this.#f;
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
    const f = this.#f;
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

  /** Code: the flags from memory, as values. */
  loadFlags(): void {
    const f = this.#f;
    const load = (word: number, local: number): void => { f.i32(0).load(at(word)).set(local); };
    load(STATE.nf, this.nf);
    load(STATE.zf, this.zf);
    load(STATE.cf, this.cf);
    load(STATE.vf, this.vf);
    f.i32(0).set(this.ck);
  }

  /** Code: the flags are in memory. The state of the emitter stays. */
  leaveFlagsInMemory(): void { this.#f.i32(IN_MEMORY | NZ_TOO).set(this.ck); }
}
