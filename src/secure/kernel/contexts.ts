/**
 * What can run: threads and VMs. Both have the two verbs `exception` (it stopped; look why) and `proceed` (let it go on), and the scheduler does not know which it runs.
 */
import { STATE } from '../../cpu/index.ts';
import { EXCEPTION, THREAD, VM } from '../layout.ts';
import type { Kernel } from './kernel.ts';
import { callContext } from './kernel-calls.ts';
import { GuestFault } from './memory.ts';
import { KernelHalt } from './mmu-off.ts';
import type { ContextState } from './state.ts';
import { CapabilityViolation, SYSCALLS } from './syscalls.ts';

export interface Context {
  exception(): void;
  proceed(): void;
}

const FPEXC_EN = 1 << 30;
/** SCR while a VM runs: non-secure; FIQs and external aborts go to the monitor, IRQs stay. */
export const SCR_VM = 0x0d;
/** User, FIQ, IRQ, supervisor, abort, undefined, system. */
const NORMAL_MODES: ReadonlySet<number> = new Set([0x10, 0x11, 0x12, 0x13, 0x17, 0x1b, 0x1f]);
/** CPSR.A and F: with SCR.AW and FW clear the normal world cannot set them itself. */
const CPSR_AF = 1 << 8 | 1 << 6;
const LAST_INTERRUPT = 127;
const EXCEPTION_NAMES: Readonly<Record<number, string>> = {
  [EXCEPTION.undefined]: 'undefined instruction', [EXCEPTION.prefetchAbort]: 'prefetch abort', [EXCEPTION.dataAbort]: 'data abort',
};

export class ThreadContext implements Context {
  readonly #kernel: Kernel;
  readonly #state: ContextState;
  /** Address of its frame, int32. */
  readonly #frame: number;

  constructor(kernel: Kernel, state: ContextState) {
    this.#kernel = kernel;
    this.#state = state;
    this.#frame = state.frame | 0;
  }

  exception(): void {
    const kernel = this.#kernel;
    const thread = this.#state;
    // It was stopped while it ran, by its own doing: what it did last counts no more.
    if (thread.stopped !== null) return;
    const exception = this.#get(THREAD.exception);
    switch (exception) {
      case EXCEPTION.supervisorCall: return this.#syscall();
      case EXCEPTION.irq: case EXCEPTION.fiq: return kernel.irqs.handle();
      case EXCEPTION.undefined:
        // The first use of VFP since another context's: the registers change hands, and the instruction runs again.
        if (kernel.state.vfpOwner !== thread.id) return kernel.switchVfp(thread);
        break;
    }
    const { cp15 } = kernel.core;
    const ip = this.#get(THREAD.ip) >>> 0;
    const where = exception === EXCEPTION.dataAbort ? `, DFAR 0x${cp15.read(DFAR).toString(16)}, DFSR 0x${cp15.read(DFSR).toString(16)}` : '';
    kernel.stop(thread, `${EXCEPTION_NAMES[exception] ?? `exception ${exception}`} at 0x${ip.toString(16)} in secure user mode${where}`);
  }

  /** A word of its frame, int32. */
  #get(offset: number): number { return this.#kernel.memory.load32(this.#frame + offset); }

  #syscall(): void {
    const kernel = this.#kernel;
    const thread = this.#state;
    const number = this.#get(THREAD.r0);
    if (number !== SYSCALLS.wait.number) {
      const args = [this.#get(THREAD.r1), this.#get(THREAD.r2), this.#get(THREAD.r3), this.#get(THREAD.r4)];
      try {
        const result = kernel.syscalls.invoke(thread, number, args);
        kernel.memory.write32(thread.frame + THREAD.r0, result >>> 0);
      } catch (error) {
        if (!(error instanceof CapabilityViolation)) throw error;
        kernel.stop(thread, error.message);
      }
      return;
    }
    kernel.charge(SYSCALLS.wait.charge);
    if (!thread.started) {
      thread.started = true;
      thread.delivered = { name: 'start', count: 1 };
    } else if (!kernel.signals.take(thread)) {
      thread.waiting = true;
      kernel.scheduler.remove(thread);
    }
  }

  proceed(): void {
    const kernel = this.#kernel;
    kernel.vms.openMemoryOf(this.#state);
    const s = kernel.core.memory.i32;
    s[STATE.fpexc] = kernel.state.vfpOwner === this.#state.id ? FPEXC_EN : 0;
    kernel.exitTo(kernel.exits.thread_exit, this.#frame, this.#state.table);
  }
}

const DFSR = 15 << 16 | 5 << 8;
const DFAR = 15 << 16 | 6 << 8;

export class VmContext implements Context {
  readonly #kernel: Kernel;
  readonly #state: ContextState;
  /** Address of its state, int32. */
  readonly #frame: number;

  constructor(kernel: Kernel, state: ContextState) {
    this.#kernel = kernel;
    this.#state = state;
    this.#frame = state.frame | 0;
  }

  /** A word of its state, int32. */
  #get(offset: number): number { return this.#kernel.memory.load32(this.#frame + offset); }

  exception(): void {
    const kernel = this.#kernel;
    switch (this.#get(VM.exception)) {
      case EXCEPTION.irq: case EXCEPTION.fiq: return kernel.irqs.handle();
      case EXCEPTION.supervisorCall:
        if (this.#kernelSmc()) return;
        break;
    }
    // For the VMM: the VM leaves the scheduler until it is resumed.
    kernel.scheduler.remove(this.#state);
    if (this.#state.signal < 0) kernel.stop(this.#state, 'it met an exception and has no VMM');
    else kernel.signals.submit(this.#state.signal);
  }

  /** Every SMC comes by here before user level. Returns whether it was answered. */
  #kernelSmc(): boolean {
    const kernel = this.#kernel;
    if (kernel.smcs.length === 0) return false;
    const r0 = this.#get(VM.r0) >>> 0;
    const r1 = this.#get(VM.r1) >>> 0;
    const smc = kernel.smcs.find((candidate) => (candidate.vm === undefined || candidate.vm === this.#state.name) && candidate.matches(r0, r1));
    if (smc === undefined) return false;
    const registers = Array.from({ length: 8 }, (_, i) => this.#get(VM.r0 + i * 4) >>> 0);
    kernel.charge(smc.charge);
    let results: readonly number[] | undefined;
    kernel.ports.handler(`kernel-level SMC ${smc.name}`);
    try {
      results = smc.handle(callContext(kernel, this.#state, smc.name), registers);
    } catch (error) {
      if (error instanceof GuestFault || error instanceof KernelHalt) throw error;
      const reason = `the kernel-level SMC ${smc.name} threw: ${error instanceof Error ? error.message : String(error)}`;
      kernel.log(reason);
      kernel.halt(reason, 1);
      return true;
    } finally {
      kernel.ports.handler(undefined);
    }
    if (results === undefined) return false;
    results.forEach((value, i) => { kernel.memory.write32(this.#frame + VM.r0 + i * 4, value >>> 0); });
    return true;
  }

  /** The state comes from a component: what would leave the normal world, or keep the kernel's interrupts away, is not taken from it. */
  proceed(): void {
    const kernel = this.#kernel;
    const cpsr = this.#get(VM.cpsr);
    if (!NORMAL_MODES.has(cpsr & 31)) {
      kernel.stop(this.#state, `its cpsr 0x${(cpsr >>> 0).toString(16)} has a mode that the normal world does not have`);
      kernel.leave();
      return;
    }
    if ((cpsr & CPSR_AF) !== 0) kernel.memory.write32(this.#frame + VM.cpsr, cpsr & ~CPSR_AF);
    const from = kernel.vms.load(this.#state);
    const injection = this.#get(VM.irq_injection) >>> 0;
    if (injection !== 0) {
      kernel.memory.write32(this.#frame + VM.irq_injection, 0);
      if (injection > LAST_INTERRUPT) kernel.log(`injection of interrupt ${injection} into VM "${this.#state.name}" refused: there is none`);
      else if (kernel.interrupts.isSecure(injection)) kernel.log(`injection of secure interrupt ${injection} into VM "${this.#state.name}" refused`);
      else kernel.interrupts.raise(injection);
    }
    kernel.switchVfp(this.#state);
    kernel.vms.exitTo(this.#state, SCR_VM, from);
  }
}
