/**
 * The system control coprocessor CP15, and CP14's ThumbEE, baseline debug and trivial Jazelle registers, of one Cortex-A8 r2p5
 * (DDI 0344, chapter 3; DDI 0406C, B3.15-B3.17, B4). The registers are data in system-registers.ts and operations.ts; here is what an
 * access to them does.
 *
 * Worlds: MRC and MCR reach the copies of banked registers that SCR.NS names, in monitor mode too. What is permitted, what translates and
 * where an address translation leaves its result go by the security state, which in monitor mode is secure whatever SCR.NS says.
 *
 * Refused by name: the preload engine (c11, UNDEFINED) and the FCSE (ignored); both are logged once.
 */
import { RegisterFile, type RegisterHooks, type RegisterName } from '../../registers/index.ts';
import { CPSR_A, CPSR_F, CPSR_I, MODE_MON, MODE_USR, STATE } from '../layout.ts';
import type { LinearMemory } from '../memory.ts';
import { FAULT_NONE, isExternal } from '../mmu/faults.ts';
import type { Mmu } from '../mmu/mmu.ts';
import { SCTLR_AFE, SCTLR_EE, SCTLR_M, SCTLR_TRE } from '../mmu/walk.ts';
import { translateToPar } from './address-translation.ts';
import {
  IF_NSACR_CL, IF_NSACR_TL, IF_PMUSERENR, IF_TEECR, LOCATIONS, RULES, locationOf, nameOfKey, requesterOf, type Cp15Rows,
} from './encoding.ts';
import { CCSIDR_BY_CSSELR, OPERATIONS, OPERATION_ROWS } from './operations.ts';
import { Pmu } from './pmu.ts';
import { SYSTEM_BASE, SYSTEM_REGISTERS, SYSTEM_ROWS } from './system-registers.ts';

/** What CP15 needs of the CPU around it. */
export interface Cp15Host {
  readonly memory: LinearMemory;
  readonly mmu: Mmu;
  /** Retired instructions, a safe integer. */
  now(): number;
  /** A register that changes translation was written: regimes must be selected anew and blocks left. */
  translationChanged(): void;
  /** SCR, SCTLR, CPACR, NSACR, VBAR...: anything else that compiled code depends on changed. */
  contextChanged(): void;
  /** Interrupt-pending state, or the count of the next PMU overflow, may have changed. */
  interruptsChanged(): void;
  log(line: string): void;
}

/** What a location is, in PLACE's upper half: how its element is found, and what goes before an access. */
const BY_WORLD = 1 << 16;
const BY_PMSELR = 1 << 17;
const IS_PMU = 1 << 18;
const IS_OPERATION = 1 << 19;
const SLOT = 0xffff;

/** By location: slot and flags, or -1; and the access rule. Filled once, from the maps. */
const PLACE = new Int32Array(LOCATIONS).fill(-1);
const RULE = new Uint16Array(LOCATIONS);

function enter(rows: Cp15Rows, registers: typeof SYSTEM_REGISTERS.registers, flags: number): void {
  for (const { name, at, count, stride, slot } of registers) {
    const pmu = name.startsWith('PM') ? IS_PMU : 0;
    const banks = stride !== 0 || count === 1 ? 0 : pmu !== 0 ? BY_PMSELR : BY_WORLD;
    for (let element = 0; element < (banks !== 0 ? 1 : count); element++) {
      const location = at + element * stride;
      if (PLACE[location] !== -1) throw new Error(`two CP15 registers have the encoding of ${name}`);
      PLACE[location] = slot + element | flags | pmu | banks;
      RULE[location] = RULES[rows[name]!.access];
    }
  }
}
enter(SYSTEM_ROWS, SYSTEM_REGISTERS.registers, 0);
enter(OPERATION_ROWS, OPERATIONS.registers, IS_OPERATION);

const SCR_NS = 1;
const CPACR_CP10 = 0x00300000;
const CPACR_CP11 = 0x00c00000;
const NSACR_CP10 = 1 << 10;
const NSACR_CP11 = 1 << 11;
const NSACR_CL = 1 << 16;
const NSACR_TL = 1 << 17;
const PMU_COUNTERS = 4;
const CRN_PLE = 11;

export class Cp15 {
  readonly registers: RegisterFile<typeof SYSTEM_ROWS>;
  /**
   * Fault status (with ExT) of the external abort that ended the last address translation operation's walk, or FAULT_NONE. Such an abort
   * is a Data Abort with the operation's address in DFAR; whoever executes the MCR takes it.
   */
  walkAbort = FAULT_NONE;
  readonly #operations: RegisterFile<typeof OPERATION_ROWS>;
  readonly #host: Cp15Host;
  readonly #i32: Int32Array;
  readonly #pmu: Pmu;
  readonly #logged = new Set<string>();

  /** Registers keep the values that the CPU state holds; `reset` gives them their reset values. */
  constructor(host: Cp15Host) {
    const { memory } = host;
    this.#host = host;
    this.#i32 = memory.i32;
    const storage = memory.u32.subarray((memory.layout.state >>> 2), (memory.layout.state >>> 2) + STATE.words);
    this.registers = new RegisterFile(SYSTEM_REGISTERS, { storage, base: SYSTEM_BASE, log: (line) => host.log(line) });
    this.#operations = new RegisterFile(OPERATIONS);
    this.#pmu = new Pmu(this.registers, storage, () => host.now());
    this.#attachControl();
    this.#attachOperations();
    this.#attachPmu();
  }

  /** Gives every register its reset value; the PMU counts from the present instruction count on. Tells the host nothing. */
  reset(): void {
    this.registers.reset();
    this.#pmu.reset();
    this.walkAbort = FAULT_NONE;
  }

  /** Whether the access is defined for the current mode, world and settings; otherwise the instruction is UNDEFINED. */
  allows(key: number, write: boolean): boolean {
    const location = locationOf(key);
    if (location < 0 || PLACE[location]! < 0) {
      this.#logUnknown(key, write);
      return false;
    }
    const i32 = this.#i32;
    const mode = i32[STATE.mode]!;
    const user = mode === MODE_USR;
    const nonsecure = mode !== MODE_MON && (i32[STATE.SCR]! & SCR_NS) !== 0;
    const rule = RULE[location]!;
    if (rule < 0x100) return (rule >>> (requesterOf(user, nonsecure) + (write ? 4 : 0)) & 1) !== 0;
    return (rule >>> (this.#conditionalRequester(rule & 0xff00, user, nonsecure) + (write ? 4 : 0)) & 1) !== 0;
  }

  /** The requester whose rights apply once a rule's condition is seen. */
  #conditionalRequester(condition: number, user: boolean, nonsecure: boolean): number {
    const i32 = this.#i32;
    switch (condition) {
      case IF_PMUSERENR: return requesterOf(user && this.registers.get('PMUSERENR') === 0, nonsecure);
      case IF_TEECR: return requesterOf(user && i32[STATE.TEECR] !== 0, nonsecure);
      case IF_NSACR_CL: return requesterOf(user, nonsecure && (i32[STATE.NSACR]! & NSACR_CL) === 0);
      case IF_NSACR_TL: return requesterOf(user, nonsecure && (i32[STATE.NSACR]! & NSACR_TL) === 0);
      default: throw new Error(`unknown access condition ${condition}`);
    }
  }

  /** What MRC reads (uint32). The access must be allowed. */
  read(key: number): number {
    const place = PLACE[locationOf(key)]!;
    if ((place & IS_PMU) !== 0) this.#pmu.sync();
    if ((place & IS_OPERATION) !== 0) return this.#operations.read(place & SLOT);
    const slot = this.#slot(place);
    return slot < 0 ? 0 : this.registers.read(slot);
  }

  /** What MCR does. The access must be allowed. */
  write(key: number, value: number): void {
    const place = PLACE[locationOf(key)]!;
    if ((place & IS_PMU) !== 0) this.#pmu.sync();
    if ((place & IS_OPERATION) !== 0) {
      this.#operations.write(place & SLOT, value >>> 0);
    } else {
      const slot = this.#slot(place);
      if (slot >= 0) this.registers.write(slot, value >>> 0);
    }
    if ((place & IS_PMU) !== 0) this.#host.interruptsChanged();
  }

  /** Level of the performance monitor's interrupt line (true: asserted). */
  pmuInterrupt(): boolean {
    return this.#pmu.interrupt();
  }

  /** Count of retired instructions at which the performance monitor's interrupt becomes asserted by itself; Infinity if never. */
  nextPmuOverflow(): number {
    return this.#pmu.nextOverflow();
  }

  /** The slot of the current world's copy, or of the counter that PMSELR selects; -1 where it selects none. */
  #slot(place: number): number {
    const slot = place & SLOT;
    if ((place & BY_WORLD) !== 0) return slot + (this.#i32[STATE.SCR]! & SCR_NS);
    if ((place & BY_PMSELR) === 0) return slot;
    const selected = this.registers.get('PMSELR');
    return selected < PMU_COUNTERS ? slot + selected : -1;
  }

  #isNonsecure(): boolean {
    return this.#i32[STATE.mode] !== MODE_MON && (this.#i32[STATE.SCR]! & SCR_NS) !== 0;
  }

  #attachControl(): void {
    const file = this.registers;
    const host = this.#host;
    const onChange = (names: readonly RegisterName<typeof SYSTEM_ROWS>[], change: (changed: number) => void): void => {
      const hooks: RegisterHooks = { onWrite: (old, value) => { if (old !== value) change(old ^ value); } };
      for (const name of names) file.on(name, hooks);
    };
    onChange(['TTBR0', 'TTBR1', 'TTBCR', 'DACR', 'PRRR', 'NMRR'], () => host.translationChanged());
    onChange(['NSACR', 'VBAR', 'MVBAR', 'SDER', 'TEECR'], () => host.contextChanged());
    onChange(['SCTLR'], (changed) => {
      if ((changed & (SCTLR_M | SCTLR_AFE | SCTLR_TRE | SCTLR_EE)) !== 0) host.translationChanged();
      host.contextChanged();
    });
    onChange(['SCR'], (changed) => {
      if ((changed & SCR_NS) !== 0) host.translationChanged();
      host.contextChanged();
      host.interruptsChanged();
    });
    file.on('CPACR', {
      onRead: (value) => value & ~this.#cpacrHidden(),
      onWrite: (old, value) => {
        const hidden = this.#cpacrHidden();
        const kept = ((value & ~hidden) | (old & hidden)) >>> 0;
        file.set('CPACR', kept);
        if (kept !== old) host.contextChanged();
      },
    });
    file.on('FCSEIDR', { onWrite: (_old, _value, written) => { if (written !== 0) this.#logOnce('CP15: the FCSE is not modelled: FCSEIDR stays 0'); } });
  }

  /** Fields of CPACR that read as zero and ignore writes: in non-secure state, those of coprocessors that NSACR does not give it. */
  #cpacrHidden(): number {
    if (!this.#isNonsecure()) return 0;
    const nsacr = this.#i32[STATE.NSACR]!;
    return ((nsacr & NSACR_CP10) === 0 ? CPACR_CP10 : 0) | ((nsacr & NSACR_CP11) === 0 ? CPACR_CP11 : 0);
  }

  #attachOperations(): void {
    const i32 = this.#i32;
    this.#operations.on('ATS1C', { onWrite: (_old, _value, written, index) => this.#translate(written, this.#host.mmu.world(), index) });
    this.#operations.on('ATS12NSO', { onWrite: (_old, _value, written, index) => this.#translate(written, 1, index) });
    this.#operations.on('CCSIDR', { onRead: () => CCSIDR_BY_CSSELR[i32[STATE.CSSELR + (i32[STATE.SCR]! & SCR_NS)]!] ?? 0 });
    this.#operations.on('ISR', {
      onRead: () => (i32[STATE.asyncAbort] !== 0 ? CPSR_A : 0) | (i32[STATE.irqLine] !== 0 ? CPSR_I : 0) | (i32[STATE.fiqLine] !== 0 ? CPSR_F : 0),
    });
  }

  /** `kind` is opc2 as in ATS1CPR, ATS1CPW, ATS1CUR, ATS1CUW. The result goes to the PAR of the security state that asked. */
  #translate(va: number, world: number, kind: number): void {
    const { mmu, memory } = this.#host;
    const par = translateToPar(mmu.walker, memory, va, world, (kind & 2) === 0, (kind & 1) !== 0);
    this.registers.set('PAR', par, this.#isNonsecure() ? 1 : 0);
    const { fault, faultExt } = mmu.walker;
    this.walkAbort = isExternal(fault) ? fault | faultExt : FAULT_NONE;
  }

  #attachPmu(): void {
    const file = this.registers;
    const operations = this.#operations;
    const pmu = this.#pmu;
    file.on('PMCR', { onWrite: (_old, value) => pmu.control(value) });
    file.on('PMCNTENSET', { onWrite: (_old, _value, written) => pmu.enable('PMCNTENSET', written, true) });
    file.on('PMINTENSET', { onWrite: (_old, _value, written) => pmu.enable('PMINTENSET', written, true) });
    operations.on('PMCNTENCLR', {
      onRead: () => file.get('PMCNTENSET'), onWrite: (_old, _value, written) => pmu.enable('PMCNTENSET', written, false),
    });
    operations.on('PMINTENCLR', {
      onRead: () => file.get('PMINTENSET'), onWrite: (_old, _value, written) => pmu.enable('PMINTENSET', written, false),
    });
    operations.on('PMSWINC', { onWrite: (_old, _value, written) => pmu.increment(written) });
  }

  #logUnknown(key: number, write: boolean): void {
    if ((key >>> 8 & 15) === CRN_PLE && key >>> 16 === 15) this.#logOnce('CP15: the preload engine (c11) is not modelled: UNDEFINED');
    else this.#logOnce(`CP15: ${write ? 'MCR' : 'MRC'} ${nameOfKey(key)} names no register: UNDEFINED`);
  }

  #logOnce(line: string): void {
    if (this.#logged.has(line)) return;
    this.#logged.add(line);
    this.#host.log(line);
  }
}
