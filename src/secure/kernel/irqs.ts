/**
 * Secure interrupts and whose they are: the doorbell and the timer are the kernel's own, any other may belong to a thread, which gets a signal for it.
 */
import type { Kernel } from './kernel.ts';
import type { ContextState } from './state.ts';
import { EPIT1_INTERRUPT } from './timer.ts';
import { DOORBELL_INTERRUPT } from './vm-hardware.ts';

export class Irqs {
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Behind the start gate: those of the kernel's. */
  start(): void {
    this.#kernel.interrupts.enable(EPIT1_INTERRUPT);
    this.#kernel.interrupts.enable(DOORBELL_INTERRUPT);
  }

  /** Answers every one that is pending. */
  handle(): void {
    const kernel = this.#kernel;
    const { interrupts } = kernel;
    for (let number = interrupts.pending(); number >= 0; number = interrupts.pending()) {
      kernel.charge(20);
      if (number === DOORBELL_INTERRUPT) {
        interrupts.end(number);
        for (const { context, reason } of kernel.state.kills.splice(0)) kernel.stop(kernel.context(context), reason);
        continue;
      }
      if (number === EPIT1_INTERRUPT) {
        kernel.time.fired();
        continue;
      }
      interrupts.disable(number);
      const irq = kernel.state.irqs.find((candidate) => candidate.number === number);
      if (irq === undefined) {
        kernel.log(`interrupt ${number} has no owner: disabled`);
      } else {
        irq.masked = true;
        kernel.signals.submit(irq.signal);
      }
    }
  }

  /** Gives an interrupt to a thread: its signal comes when the interrupt does, which then stays masked until it is acknowledged. */
  own(number: number, signal: number): void {
    const { state, board, interrupts } = this.#kernel;
    if (!board.secureInterrupts.includes(number)) throw new RangeError(`interrupt ${number} belongs to the normal world`);
    if (number === EPIT1_INTERRUPT || state.irqs.some((irq) => irq.number === number)) throw new RangeError(`interrupt ${number} has an owner`);
    state.irqs.push({ number, signal, masked: false });
    interrupts.enable(number);
  }

  /** Ends the handling of an interrupt by its owner: it may come again. */
  acknowledge(number: number): void {
    const irq = this.#kernel.state.irqs.find((candidate) => candidate.number === number);
    if (irq === undefined || !irq.masked) return;
    irq.masked = false;
    this.#kernel.modes.privileged(() => { this.#kernel.interrupts.enable(number); });
  }

  /** A thread starts anew: what it has not acknowledged may come again. */
  clear(thread: ContextState): void {
    const { state, interrupts } = this.#kernel;
    for (const irq of state.irqs) {
      if (state.signals[irq.signal]?.receiver !== thread.id || !irq.masked) continue;
      irq.masked = false;
      interrupts.enable(irq.number);
    }
  }
}
