/**
 * Where threads enter the kernel by a syscall: it is charged, its capability must be the caller's, and one by number is carried out. A component's sessions pass the same
 * checks and go on by themselves.
 */
import { collectLines } from '../components/lines.ts';
import type { Kernel } from './kernel.ts';
import { allocateRam, attachRegion, detachRegion } from './regions.ts';
import type { Capability, ContextState } from './state.ts';
import { CapabilityViolation, ERROR_ARGUMENT, SYSCALL_NAMES, SYSCALL_OBJECTS, SYSCALLS, type SyscallSpec } from './syscalls.ts';

/** Instructions that a handler's syscalls may be charged: a tenth of a second, and thousands of times what any handler here takes. */
const LONGEST_HANDLER = 100_000_000;

/** What cannot be had is an error of its argument to who asks by number. */
function orArgumentError(work: () => number): number {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return ERROR_ARGUMENT;
  }
}

export class SyscallEntries {
  readonly #kernel: Kernel;
  /** Count at which a handler that still makes syscalls is given up. */
  #handlerEnd = Infinity;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** A component's handler begins: its syscalls are limited until it has ended. */
  handlerBegins(): void { this.#handlerEnd = this.#kernel.core.count + LONGEST_HANDLER; }
  handlerEnded(): void { this.#handlerEnd = Infinity; }

  grant(thread: ContextState, capability: Capability): number {
    return thread.capabilities.push(capability) - 1;
  }

  /** The object behind a capability. A thread that names one that it does not own is stopped. */
  object(thread: ContextState, capability: number, kind: Capability['kind']): number {
    const found = thread.capabilities[capability];
    if (found?.kind !== kind) {
      // At once, and not by the exception alone: a handler that catches it is stopped all the same.
      const reason = `it used capability ${capability} as a ${kind}, which it does not own`;
      this.#kernel.modes.privileged(() => { this.#kernel.stop(thread, reason); });
      throw new CapabilityViolation(reason);
    }
    return found.id;
  }

  /** Charges a syscall and checks its capability; returns the object's number, or -1 for syscalls without one. */
  enter(thread: ContextState, { number, charge }: SyscallSpec, capability = -1): number {
    const kernel = this.#kernel;
    kernel.charge(charge);
    if (thread.stopped !== null) throw new CapabilityViolation('it has been stopped');
    if (kernel.core.count > this.#handlerEnd) {
      const reason = `its handler has not returned after ${LONGEST_HANDLER} instructions of syscalls`;
      kernel.modes.privileged(() => { kernel.stop(thread, reason); });
      throw new CapabilityViolation(reason);
    }
    const kind = SYSCALL_OBJECTS[number];
    return kind === undefined ? -1 : this.object(thread, capability, kind);
  }

  /** A syscall by number with 32-bit arguments: from ARM code, or a component's raw call. Returns the result for r0. `wait` is the thread's own. */
  invoke(thread: ContextState, number: number, args: readonly number[]): number {
    const kernel = this.#kernel;
    const name = SYSCALL_NAMES[number];
    if (name === undefined) return ERROR_ARGUMENT;
    const id = this.enter(thread, SYSCALLS[name], args[0] ?? -1);
    switch (name) {
      case 'wait': return ERROR_ARGUMENT;
      case 'yield': kernel.scheduler.rotate(thread.id); return 0;
      case 'log':
        for (const line of collectLines(thread, String.fromCharCode((args[0] ?? 0) & 0x7f))) kernel.ports.log(thread.name, line);
        return 0;
      case 'timerNow': return kernel.time.nowUs() | 0;
      case 'timerOnce': kernel.time.setTimeout(thread.id, id, (args[1] ?? 0) >>> 0); return 0;
      case 'vmRun': kernel.vms.run(kernel.context(id)); return 0;
      case 'vmPause': kernel.vms.pause(kernel.context(id)); return 0;
      case 'vmInject': return kernel.vms.inject(kernel.context(id), args[1] ?? -1).ok ? 0 : ERROR_ARGUMENT;
      case 'vmTranslate': {
        const rights = args[2] ?? 0;
        const translation = kernel.modes.privileged(() => kernel.vms.translate(args[1] ?? 0, (rights & 1) !== 0, (rights & 2) !== 0));
        return translation.ok ? translation.pa | 0 : ERROR_ARGUMENT;
      }
      case 'vmCall': return ERROR_ARGUMENT; // calls are by name: only sessions have names
      case 'irqAcknowledge': kernel.irqs.acknowledge(id); return 0;
      case 'exit': kernel.stop(thread, 'it asked to', false); return 0;
      case 'signal': kernel.signals.submit(id); return 0;
      case 'vmReset': kernel.vms.reset(kernel.context(id)); return 0;
      case 'vmInterruptEnd': return kernel.vms.endInterrupt(kernel.context(id), args[1] ?? -1).ok ? 0 : ERROR_ARGUMENT;
      case 'ramAlloc': return orArgumentError(() => allocateRam(kernel, thread, (args[0] ?? 0) >>> 0));
      case 'regionAttach': return orArgumentError(() => attachRegion(kernel, thread, (args[0] ?? 0) >>> 0, (args[1] ?? 0) >>> 0, (args[2] ?? 0) !== 0));
      case 'regionDetach': return orArgumentError(() => {
        detachRegion(kernel, thread, (args[0] ?? 0) >>> 0);
        return 0;
      });
    }
  }
}
