/**
 * The system instructions that generated code does itself, shared by the threaded and the region tier: barriers, CPSR's flags and masks, the thread ID
 * registers. What a mode, a world or a pending interrupt makes complicated is left to the evaluate tier.
 */
import { coprocessorKey, type Hint } from '../../isa/ops.ts';
import { OP } from '../../wasm/index.ts';
import { CPSR_A, CPSR_F, CPSR_I, MODE_USR, STATE } from '../layout.ts';
import { type ImmToken, type Node, Unsupported } from './wasm-ops.ts';
import { WasmVectorOps } from './wasm-vector-ops.ts';

export const TPIDRURO = coprocessorKey(15, 0, 13, 0, 3);
export const TPIDRPRW = coprocessorKey(15, 0, 13, 0, 4);

export abstract class WasmSystemOps extends WasmVectorOps {
  protected abstract leaveIfMode(mode: number): void;
  protected abstract leaveIfNonsecure(): void;

  ended(): boolean { return false; }

  hint(hint: Hint): void {
    switch (hint) {
      case 'wfi': case 'wfe': case 'sev': throw new Unsupported(hint);
      case 'clrex': this.clearExclusive(); break;
      default: // barriers and preloads do nothing here
    }
  }

  /** IT: the translator has given the instructions that follow their conditions. */
  startIT(): void { /* nothing at run time */ }

  /** One of the words nf, zf, cf, vf. */
  protected readFlag(word: number): Node { return this.readState(word); }
  protected writeFlag(word: number, value: Node): void { this.writeState(word, value); }

  readCPSR(): Node {
    const read = (word: number): Node => this.readState(word);
    const at = (value: Node, shift: number): Node => this.shl(value, this.constant(shift));
    const parts = [
      this.and(this.readFlag(STATE.nf), this.constant(0x80000000 | 0)),
      at(this.eq(this.readFlag(STATE.zf), this.constant(0)), 30),
      at(this.readFlag(STATE.cf), 29),
      at(this.shrU(this.readFlag(STATE.vf), this.constant(31)), 28),
      at(read(STATE.qf), 27), at(read(STATE.ge), 16), at(read(STATE.bigEndian), 9),
      read(STATE.masks), read(STATE.mode),
    ];
    return parts.reduce((a, b) => this.or(a, b));
  }

  /** Where an interrupt is pending, the evaluate tier executes what might unmask it. */
  #leaveIfPending(): void {
    const { f } = this;
    f.i32(0).load(STATE.irqLine * 4).i32(0).load(STATE.fiqLine * 4).op(OP.i32_or).i32(0).load(STATE.asyncAbort * 4).op(OP.i32_or);
    this.leaveIf();
  }

  changeState(enable: number, masks: number, mode: number): void {
    if (mode >= 0 || enable < 0) throw new Unsupported('CPS to a mode');
    this.leaveIfMode(MODE_USR);
    if ((masks & 5) !== 0) this.leaveIfNonsecure(); // A and F belong to the secure world unless SCR lends them
    if (enable === 1) this.#leaveIfPending();
    const bits = (masks & 4 ? CPSR_A : 0) | (masks & 2 ? CPSR_I : 0) | (masks & 1 ? CPSR_F : 0);
    const old = this.readState(STATE.masks);
    this.writeState(STATE.masks, enable === 1 ? this.and(old, this.constant(~bits)) : this.or(old, this.constant(bits)));
  }

  writeCPSR(value: Node, mask: number): void {
    if ((mask & 2) !== 0) throw new Unsupported('MSR to CPSR_x');
    if ((mask & 1) !== 0) {
      this.leaveIfMode(MODE_USR);
      this.leaveIfNonsecure();
      this.#leaveIfPending();
      this.push(this.and(value, this.constant(31)));
      this.push(this.readState(STATE.mode));
      this.f.op(OP.i32_ne);
      this.leaveIf();
      const bits = CPSR_I | CPSR_F;
      this.writeState(STATE.masks, this.or(this.and(this.readState(STATE.masks), this.constant(~bits)), this.and(value, this.constant(bits))));
    }
    if ((mask & 4) !== 0) this.writeGE(this.shrU(value, this.constant(16)));
    if ((mask & 8) !== 0) {
      this.writeNZCV(value);
      this.writeState(STATE.qf, this.and(this.shrU(value, this.constant(27)), this.constant(1)));
    }
  }

  override writeNZCV(value: Node): void {
    const bit = (shift: number): Node => this.and(this.shrU(value, this.constant(shift)), this.constant(1));
    this.writeFlag(STATE.nf, value);
    this.writeFlag(STATE.zf, this.xor(bit(30), this.constant(1)));
    this.writeFlag(STATE.cf, bit(29));
    this.writeFlag(STATE.vf, this.shl(value, this.constant(3)));
  }

  /** The thread ID registers, which kernels and C libraries read all the time. */
  abstract readCoprocessor(register: ImmToken): Node;
}
