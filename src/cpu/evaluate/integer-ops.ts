/**
 * `Ops` on numbers: integer arithmetic, registers, memory, control flow and system instructions. A body runs at once; an abort or
 * exception is taken inside the probe or `raise`, which then report that the instruction has ended.
 */
import type { Concrete } from '../../isa/concrete.ts';
import { advanceIT } from '../../isa/it-state.ts';
import { EvaluateVectorOps } from '../../isa/vector/index.ts';
import { ALIGNED, ATOMIC, coprocessorKey, STORE, UNPRIVILEGED, type Exception, type Hint, type IntegerOps, type SystemOps } from '../../isa/ops.ts';
import { BUS_OK, BUS_REFUSED, NONSECURE, PRIVILEGED, WRITE } from '../bus-port.ts';
import type { Core } from '../core.ts';
import { CPSR_A, CPSR_F, CPSR_I, MODE_USR, PAGE_SIZE, STATE, TLB_ADDEND, TLB_ENTRIES, TLB_ENTRY_BYTES, TLB_READ, TLB_WRITE } from '../layout.ts';
import { FAULT_ALIGNMENT, FAULT_DEBUG, FAULT_EXTERNAL, FAULT_NONE, FAULT_PERMISSION_PAGE, FAULT_PERMISSION_SECTION, FSR_EXT } from '../mmu/faults.ts';
import { MAY_READ, MAY_WRITE, SCTLR_A } from '../mmu/walk.ts';

const ABORTED = -1;
const PLACES = 4;
const SLOTS = 32;
const DEVICE = -1;
/** The bus refused it, and the abort is imprecise: loads give zero, stores are lost. */
const REFUSED = -2;

function mulHighU(a: number, b: number): number {
  const al = a & 0xffff;
  const ah = a >>> 16;
  const bl = b & 0xffff;
  const bh = b >>> 16;
  const t = ah * bl + ((al * bl) >>> 16);
  const u = al * bh + (t & 0xffff);
  return (ah * bh + Math.floor(t / 0x10000) + Math.floor(u / 0x10000)) | 0;
}

export abstract class EvaluateIntegerOps extends EvaluateVectorOps implements Concrete<IntegerOps & SystemOps> {
  protected readonly core: Core;
  protected readonly s: Int32Array;
  readonly #u8: Uint8Array;
  readonly #i32: Int32Array;
  readonly #view: DataView;
  readonly #flags: number;

  /** Set by whatever ends the instruction before its normal end: abort, exception, branch. */
  protected done = false;
  /** Set by what writes R15: the evaluator does not advance it. */
  branched = false;
  /** Set by what writes ITSTATE. */
  itWritten = false;
  /** Address and length of the current instruction; its set. */
  pc = 0;
  length = 4;
  thumb = false;

  readonly #low = new Int32Array(SLOTS);
  readonly #high = new Int32Array(SLOTS);
  #slot = 0;

  // A probed place: linear-memory offset (or DEVICE and physical address) of up to two parts.
  readonly #host = new Float64Array(PLACES);
  readonly #host2 = new Float64Array(PLACES);
  readonly #pa = new Float64Array(PLACES);
  readonly #pa2 = new Float64Array(PLACES);
  /** Bytes in the first part. */
  readonly #split = new Int32Array(PLACES);
  readonly #busAccess = new Int32Array(PLACES);
  #place = 0;
  // Result of resolving one page.
  #partHost = 0;
  #partPa = 0;

  constructor(core: Core) {
    super(core.memory.i32, STATE.d, STATE.fpscr);
    this.core = core;
    this.s = core.memory.i32;
    this.#i32 = core.memory.i32;
    this.#u8 = core.memory.u8;
    this.#view = core.memory.view;
    this.#flags = core.memory.layout.pageFlags;
  }

  /** Prepares for a body. */
  begin(pc: number, length: number, thumb: boolean): void {
    this.pc = pc;
    this.length = length;
    this.thumb = thumb;
    this.done = false;
    this.branched = false;
    this.itWritten = false;
    this.#slot = 0;
    this.#place = 0;
  }

  // ---- values
  constant(value: number): number { return value | 0; }
  imm(operand: number): number { return operand | 0; }
  add(a: number, b: number): number { return (a + b) | 0; }
  sub(a: number, b: number): number { return (a - b) | 0; }
  mul(a: number, b: number): number { return Math.imul(a, b); }
  and(a: number, b: number): number { return a & b; }
  or(a: number, b: number): number { return a | b; }
  xor(a: number, b: number): number { return a ^ b; }
  not(a: number): number { return ~a; }
  shl(a: number, amount: number): number { return a << amount; }
  shrU(a: number, amount: number): number { return (a >>> amount) | 0; }
  shrS(a: number, amount: number): number { return a >> amount; }
  rotr(a: number, amount: number): number { return (a >>> amount) | (a << (32 - (amount & 31))); }
  clz(a: number): number { return Math.clz32(a); }
  sext8(a: number): number { return (a << 24) >> 24; }
  sext16(a: number): number { return (a << 16) >> 16; }
  eq(a: number, b: number): boolean { return a === b; }
  ne(a: number, b: number): boolean { return a !== b; }
  ltU(a: number, b: number): boolean { return a >>> 0 < b >>> 0; }
  ltS(a: number, b: number): boolean { return a < b; }
  bothTrue(a: boolean, b: boolean): boolean { return a && b; }
  eitherTrue(a: boolean, b: boolean): boolean { return a || b; }
  notTrue(a: boolean): boolean { return !a; }
  fromBool(a: boolean): number { return a ? 1 : 0; }
  select(condition: boolean, ifTrue: number, ifFalse: number): number { return condition ? ifTrue : ifFalse; }

  #pair(low: number, high: number): number {
    const slot = this.#slot++ & (SLOTS - 1);
    this.#low[slot] = low;
    this.#high[slot] = high;
    return slot;
  }

  pair(low: number, high: number): number { return this.#pair(low, high); }
  low(a: number): number { return this.#low[a]!; }
  high(a: number): number { return this.#high[a]!; }
  mulWideU(a: number, b: number): number { return this.#pair(Math.imul(a, b), mulHighU(a, b)); }
  mulWideS(a: number, b: number): number {
    return this.#pair(Math.imul(a, b), (mulHighU(a, b) - (a < 0 ? b : 0) - (b < 0 ? a : 0)) | 0);
  }
  add64(a: number, b: number): number {
    const low = (this.#low[a]! + this.#low[b]!) | 0;
    const carry = low >>> 0 < this.#low[a]! >>> 0 ? 1 : 0;
    return this.#pair(low, (this.#high[a]! + this.#high[b]! + carry) | 0);
  }
  sub64(a: number, b: number): number {
    const borrow = this.#low[a]! >>> 0 < this.#low[b]! >>> 0 ? 1 : 0;
    return this.#pair((this.#low[a]! - this.#low[b]!) | 0, (this.#high[a]! - this.#high[b]! - borrow) | 0);
  }

  // ---- registers and flags
  isPC(r: number): boolean { return r === 15; }
  read(r: number): number { return r === 15 ? (this.pc + (this.thumb ? 4 : 8)) | 0 : this.s[STATE.r + r]!; }
  write(r: number, value: number): void { this.s[STATE.r + r] = value; }
  writeLR(value: number): void { this.s[STATE.r + 14] = value; }
  nextAddress(): number { return (this.pc + this.length) | 0; }
  inIT(): boolean { return this.s[STATE.it] !== 0; }
  setNZ(result: number): void {
    this.s[STATE.nf] = result;
    this.s[STATE.zf] = result;
  }
  setC(carry: number): void { this.s[STATE.cf] = carry; }
  setV(overflow: number): void { this.s[STATE.vf] = overflow; }
  setFlagsAdd(x: number, y: number, result: number): void {
    const s = this.s;
    s[STATE.nf] = result;
    s[STATE.zf] = result;
    s[STATE.cf] = result >>> 0 < x >>> 0 ? 1 : 0;
    s[STATE.vf] = (x ^ result) & (y ^ result);
  }
  setFlagsSub(x: number, y: number, result: number): void {
    const s = this.s;
    s[STATE.nf] = result;
    s[STATE.zf] = result;
    s[STATE.cf] = x >>> 0 >= y >>> 0 ? 1 : 0;
    s[STATE.vf] = (x ^ y) & (x ^ result);
  }
  carry(): number { return this.s[STATE.cf]!; }
  orQ(saturated: boolean): void { if (saturated) this.s[STATE.qf] = 1; }
  readGE(): number { return this.s[STATE.ge]!; }
  writeGE(bits: number): void { this.s[STATE.ge] = bits & 15; }

  // ---- memory
  probe(address: number, bytes: number, unit: 1 | 2 | 4 | 8, access: number): number {
    const { core, s } = this;
    const va = address >>> 0;
    const user = (access & UNPRIVILEGED) !== 0;
    const table = user ? s[STATE.tlbUser]! : s[STATE.tlb]!;
    const privileged = !user && s[STATE.mode] !== MODE_USR;
    const atomic = (access & ATOMIC) !== 0;
    const write = atomic || (access & STORE) !== 0;
    const unaligned = (va & (unit - 1)) !== 0;
    if (unaligned && ((access & ALIGNED) !== 0 || (s[STATE.SCTLR + core.mmu.world()]! & SCTLR_A) !== 0)) return this.#abort(va, FAULT_ALIGNMENT, write && !atomic);
    const place = this.#place++ & (PLACES - 1);
    const split = Math.min(bytes, PAGE_SIZE - (va & (PAGE_SIZE - 1)));
    this.#split[place] = split;
    // SWP reads first (A8.8.229): what stops the read is reported as a read.
    if (atomic && !this.#resolve(va, split, unit, table, privileged, false, unaligned)) return ABORTED;
    if (!this.#resolve(va, split, unit, table, privileged, write, unaligned)) return ABORTED;
    this.#host[place] = this.#partHost;
    this.#pa[place] = this.#partPa;
    this.#busAccess[place] = this.#access;
    if (split < bytes) {
      if (!this.#resolve((va + split) >>> 0, bytes - split, unit, table, privileged, write, unaligned)) return ABORTED;
      this.#host2[place] = this.#partHost;
      this.#pa2[place] = this.#partPa;
      // Both parts are one access to the bus: a split access to two devices is judged by the first part's attributes.
    }
    return place;
  }

  /** As `probe`, for an alignment of any power of two that is required. */
  override probeAligned(address: number, bytes: number, alignment: number, access: number): number {
    if ((address & (alignment - 1)) !== 0) return this.#abort(address >>> 0, FAULT_ALIGNMENT, (access & STORE) !== 0);
    return this.probe(address, bytes, alignment >= 8 ? 8 : alignment as 1 | 2 | 4, access);
  }

  protected override dataIsBigEndian(): boolean { return this.s[STATE.bigEndian] !== 0; }

  #access = 0;

  /** One page's part of a probe: leaves offset and physical address, or takes the abort. */
  #resolve(va: number, bytes: number, unit: number, table: number, privileged: boolean, write: boolean, unaligned: boolean): boolean {
    const { mmu, bus } = this.core;
    const i32 = this.#i32;
    const entry = (table + ((va >>> 12) & (TLB_ENTRIES - 1)) * TLB_ENTRY_BYTES) >> 2;
    const page = va & ~(PAGE_SIZE - 1);
    const word = entry + (write ? TLB_WRITE : TLB_READ);
    if (i32[word] !== page) {
      const allowed = mmu.refill(table, va, privileged);
      if (i32[word] !== page) {
        const { walker } = mmu;
        if (walker.fault !== FAULT_NONE) {
          this.#abort(va, walker.fault | walker.faultExt, write);
          return false;
        }
        if ((allowed & (write ? MAY_WRITE : MAY_READ)) === 0) {
          this.#abort(va, walker.level === 1 ? FAULT_PERMISSION_SECTION : FAULT_PERMISSION_PAGE, write);
          return false;
        }
        // A device, a refusal, nothing, or memory whose stores are watched.
        const access = (walker.nonsecure ? NONSECURE : 0) | (privileged ? PRIVILEGED : 0) | (write ? WRITE : 0);
        this.#access = access;
        this.#partPa = walker.pa;
        const host = bus.page(walker.pa, access);
        if (unaligned && walker.memoryType !== 0) {
          this.#abort(va, FAULT_ALIGNMENT, write);
          return false;
        }
        if (host >= 0) {
          this.#partHost = host + (va & (PAGE_SIZE - 1));
          return true;
        }
        this.#partHost = DEVICE;
        const size = Math.min(unit, 4);
        for (let offset = 0; offset < bytes; offset += size) {
          const fault = bus.check((walker.pa + offset) >>> 0, Math.min(size, bytes - offset), access);
          if (fault !== BUS_OK) {
            if (this.core.impreciseAborts) {
              this.core.asynchronousAbort(fault === BUS_REFUSED);
              this.#partHost = REFUSED;
              return true;
            }
            this.#abort((va + offset) >>> 0, FAULT_EXTERNAL | (fault === BUS_REFUSED ? FSR_EXT : 0), write);
            return false;
          }
        }
        return true;
      }
    }
    if (unaligned && !mmu.isNormal(table, va)) {
      this.#abort(va, FAULT_ALIGNMENT, write);
      return false;
    }
    this.#partHost = (va + i32[entry + TLB_ADDEND]!) >>> 0;
    this.#partPa = 0;
    return true;
  }

  #abort(va: number, status: number, write: boolean): number {
    const domain = this.core.mmu.walker.domain;
    // Only domain, permission and second-level faults leave a valid domain; an alignment fault leaves none (B3.13.3).
    this.core.dataAbort(va, status, status === FAULT_ALIGNMENT ? 0 : domain, write);
    this.done = true;
    this.branched = true;
    this.itWritten = true;
    return ABORTED;
  }

  aborted(at: number): boolean { return at === ABORTED; }

  override load(at: number, offset: number, size: 1 | 2 | 4): number {
    const value = this.#loadLittle(at, offset, size);
    return this.s[STATE.bigEndian] === 0 ? value : swap(value, size);
  }

  #loadLittle(at: number, offset: number, size: number): number {
    const split = this.#split[at]!;
    if (offset + size <= split) return this.#loadPart(this.#host[at]!, this.#pa[at]!, this.#busAccess[at]!, offset, size);
    if (offset >= split) return this.#loadPart(this.#host2[at]!, this.#pa2[at]!, this.#busAccess[at]!, offset - split, size);
    let value = 0;
    for (let i = 0; i < size; i++) {
      const byte = offset + i < split
        ? this.#loadPart(this.#host[at]!, this.#pa[at]!, this.#busAccess[at]!, offset + i, 1)
        : this.#loadPart(this.#host2[at]!, this.#pa2[at]!, this.#busAccess[at]!, offset + i - split, 1);
      value |= byte << (8 * i);
    }
    return value;
  }

  #loadPart(host: number, pa: number, access: number, offset: number, size: number): number {
    if (host < 0) return host === DEVICE ? this.core.bus.read((pa + offset) >>> 0, size, access) | 0 : 0;
    const from = host + offset;
    switch (size) {
      case 1: return this.#u8[from]!;
      case 2: return this.#view.getUint16(from, true);
      default: return (from & 3) === 0 ? this.#i32[from >> 2]! : this.#view.getInt32(from, true);
    }
  }

  override store(at: number, offset: number, size: 1 | 2 | 4, value: number): void {
    const little = this.s[STATE.bigEndian] === 0 ? value : swap(value, size);
    const split = this.#split[at]!;
    if (offset + size <= split) this.#storePart(this.#host[at]!, this.#pa[at]!, this.#busAccess[at]!, offset, size, little);
    else if (offset >= split) this.#storePart(this.#host2[at]!, this.#pa2[at]!, this.#busAccess[at]!, offset - split, size, little);
    else {
      for (let i = 0; i < size; i++) {
        const byte = (little >>> (8 * i)) & 0xff;
        if (offset + i < split) this.#storePart(this.#host[at]!, this.#pa[at]!, this.#busAccess[at]!, offset + i, 1, byte);
        else this.#storePart(this.#host2[at]!, this.#pa2[at]!, this.#busAccess[at]!, offset + i - split, 1, byte);
      }
    }
  }

  #storePart(host: number, pa: number, access: number, offset: number, size: number, value: number): void {
    if (host < 0) {
      if (host === DEVICE) this.core.bus.write((pa + offset) >>> 0, size, value >>> 0, access);
      return;
    }
    const to = host + offset;
    switch (size) {
      case 1: this.#u8[to] = value; break;
      case 2: this.#view.setUint16(to, value, true); break;
      default: if ((to & 3) === 0) this.#i32[to >> 2] = value; else this.#view.setInt32(to, value, true);
    }
    if (this.#u8[this.#flags + (to >>> 12)] !== 0 || this.#u8[this.#flags + ((to + size - 1) >>> 12)] !== 0) this.core.mmu.stored(to, size);
  }

  forEachReg(list: number, each: (r: number, offset: number) => void): void {
    let offset = 0;
    for (let r = 0; r < 15; r++) {
      if ((list >> r & 1) === 0) continue;
      each(r, offset);
      offset += 4;
    }
  }
  readUser(r: number): number { return this.core.readUser(r); }
  writeUser(r: number, value: number): void { this.core.writeUser(r, value); }

  /** The tag of a place: where it is in linear memory, or its physical address in a device, told apart by bit 0 (accesses are aligned; bytes lose it, which widens the tag). */
  #exclusiveTag(at: number): number {
    return this.#host[at]! < 0 ? this.#pa[at]! | 1 : this.#host[at]! & ~1;
  }
  markExclusive(at: number, size: number): void {
    this.s[STATE.exclusive] = 1;
    this.s[STATE.exclusiveTag] = this.#exclusiveTag(at);
    this.s[STATE.exclusiveSize] = size;
  }
  passExclusive(at: number, size: number): boolean {
    const s = this.s;
    const pass = s[STATE.exclusive] !== 0 && s[STATE.exclusiveTag] === (this.#exclusiveTag(at) | 0) && s[STATE.exclusiveSize] === size;
    s[STATE.exclusive] = 0;
    return pass;
  }
  clearExclusive(): void { this.s[STATE.exclusive] = 0; }
  when(condition: boolean, then: () => void): void { if (condition) then(); }

  // ---- control flow
  #goto(target: number): void {
    this.s[STATE.r + 15] = target;
    this.branched = true;
  }
  #pcValue(): number { return (this.pc + (this.thumb ? 4 : 8)) | 0; }
  branch(offset: number): void { this.#goto((this.#pcValue() + offset) | 0); }
  branchExchange(offset: number): void {
    const target = ((this.#pcValue() & ~3) + offset) | 0;
    this.s[STATE.thumb] = this.thumb ? 0 : 1;
    this.core.contextChanged = true;
    this.#goto(target);
  }
  branchIf(condition: boolean, offset: number): void { if (condition) this.branch(offset); }
  branchWritePC(target: number): void { this.#goto(this.thumb ? target & ~1 : target & ~3); }
  bxWritePC(target: number): void {
    const thumb = target & 1;
    if (thumb !== this.s[STATE.thumb]) {
      this.s[STATE.thumb] = thumb;
      this.core.contextChanged = true;
    }
    this.#goto(thumb !== 0 ? target & ~1 : target & ~3);
  }
  loadWritePC(target: number): void { this.bxWritePC(target); }
  aluWritePC(target: number): void { if (this.thumb) this.branchWritePC(target); else this.bxWritePC(target); }

  // ---- system
  raise(exception: Exception, imm = 0): void {
    const { core, s } = this;
    this.done = true;
    switch (exception) {
      case 'supervisor-call':
        if (imm !== 0 && core.hooks.supervisorCall?.(imm, this.thumb) === true) {
          this.done = false;
          return;
        }
        this.#advanceIT();
        core.takeException('svc', this.nextAddress());
        break;
      case 'secure-monitor-call':
        if (s[STATE.mode] === MODE_USR) {
          core.takeException('undefined', this.nextUndefined());
          break;
        }
        this.#advanceIT();
        core.takeException('smc', this.nextAddress());
        break;
      case 'breakpoint':
        core.prefetchAbort(this.pc, FAULT_DEBUG);
        break;
      case 'undefined':
        if (core.hooks.undefinedInstruction?.(imm) === true) {
          // Answered by a gate: it may have moved the PC.
          this.done = false;
          if (s[STATE.r + 15] !== this.pc) this.branched = true;
          return;
        }
        core.takeException('undefined', this.nextUndefined());
        break;
    }
    this.branched = true;
    this.itWritten = true;
  }

  /** LR of an Undefined Instruction exception: the instruction's address + 4, or + 2 in T32. */
  nextUndefined(): number { return (this.pc + (this.thumb ? 2 : 4)) | 0; }

  #advanceIT(): void {
    const it = this.s[STATE.it]!;
    this.s[STATE.it] = advanceIT(it);
  }

  /** ITAdvance (A2.5.2), after an instruction that did not write ITSTATE. */
  advanceIT(): void { this.#advanceIT(); }

  readCPSR(): number { return this.core.psr() & 0xf8ff03df; } // IT, J, T read as zero
  writeCPSR(value: number, mask: number): void { this.core.writeCPSRByInstr(value, mask, false); }
  readSPSR(): number { return this.core.savedPsr(); }
  writeSPSR(value: number, mask: number): void { this.core.writeSPSR(value, mask); }
  exceptionReturn(psr: number, target: number): void {
    this.core.exceptionReturn(psr, target);
    this.itWritten = true;
    this.branched = true;
  }
  changeState(enable: number, masks: number, mode: number): void {
    const { core, s } = this;
    if (s[STATE.mode] === MODE_USR) return;
    const bits = (masks & 4 ? CPSR_A : 0) | (masks & 2 ? CPSR_I : 0) | (masks & 1 ? CPSR_F : 0);
    let psr = core.psr();
    if (enable === 1) psr &= ~bits;
    else if (enable === 0) psr |= bits;
    if (mode >= 0) psr = (psr & ~31) | mode;
    core.writeCPSRByInstr(psr, 3, false);
  }
  setEndian(big: boolean): void {
    this.s[STATE.bigEndian] = big ? 1 : 0;
    this.core.contextChanged = true;
  }
  readBankedSP(mode: number): number { return this.core.readBanked(mode, 13); }
  writeBankedSP(mode: number, value: number): void { this.core.writeBanked(mode, 13, value); }
  isUser(): boolean { return this.core.isUser(); }
  isUserOrSystem(): boolean { return this.core.isUserOrSystem(); }
  ended(): boolean { return this.done; }

  readCoprocessor(register: number): number {
    if (!this.core.cp15.allows(register, false)) {
      this.raise('undefined', 0);
      return 0;
    }
    return this.core.cp15.read(register) | 0;
  }
  writeCoprocessor(register: number, value: number): void {
    if (!this.core.cp15.allows(register, true)) this.raise('undefined', 0);
    else {
      this.core.cp15.write(register, value >>> 0);
      // A VA-to-PA operation whose table walk met an external abort aborts like a load from that address (B3.12.5).
      const abort = isTranslationOperation(register) ? this.core.cp15.walkAbort : FAULT_NONE;
      if (abort !== FAULT_NONE) this.#abort(value >>> 0, abort, false);
    }
  }

  hint(hint: Hint): void {
    const { core, s } = this;
    switch (hint) {
      case 'wfi':
        if (!core.wakes()) s[STATE.waiting] = 1;
        core.attention = true;
        break;
      case 'wfe':
        if (s[STATE.eventRegister] !== 0) s[STATE.eventRegister] = 0;
        else if (!core.wakes()) s[STATE.waiting] = 2;
        core.attention = true;
        break;
      case 'sev': s[STATE.eventRegister] = 1; break;
      case 'clrex': s[STATE.exclusive] = 0; break;
      default: // barriers and preloads: everything is in order already, and there is no cache in fast mode
    }
  }

  startIT(itstate: number): void {
    this.s[STATE.it] = itstate;
    this.itWritten = true;
  }
}

/** CP15 c7, c8: the VA-to-PA operations. */
function isTranslationOperation(register: number): boolean {
  return (register & ~7) === coprocessorKey(15, 0, 7, 8, 0);
}

function swap(value: number, size: number): number {
  if (size === 1) return value;
  if (size === 2) return ((value >>> 8) & 0xff) | ((value & 0xff) << 8);
  return (value >>> 24) | ((value >>> 8) & 0xff00) | ((value & 0xff00) << 8) | (value << 24);
}
