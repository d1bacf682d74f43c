/**
 * The kernel's time: timeouts of threads, and the quantum of who runs while others of its priority wait. Both end at ticks of one timer, which is armed for the
 * nearest of them.
 */
import type { Kernel } from './kernel.ts';
import type { ContextState } from './state.ts';
import { type KernelTimer, ticksOfUs, usOfTicks } from './timer.ts';

/** Time that a context may run while others of its priority wait, in microseconds. */
const QUANTUM_US = 10_000;

export class Time {
  readonly #kernel: Kernel;
  readonly #timer: KernelTimer;

  constructor(kernel: Kernel, timer: KernelTimer) {
    this.#kernel = kernel;
    this.#timer = timer;
  }

  start(): void { this.#timer.start(); }

  nowUs(): number { return usOfTicks(this.#kernel.modes.supervisor(() => this.#timer.now())); }

  setTimeout(context: number, signal: number, delayUs: number): void {
    this.#kernel.modes.privileged(() => {
      const { state } = this.#kernel;
      state.timeouts = state.timeouts.filter((timeout) => timeout.signal !== signal);
      state.timeouts.push({ context, signal, tick: this.#timer.now() + ticksOfUs(delayUs) });
      this.arm();
    });
  }

  /** A thread starts anew: its timeouts are gone. */
  clear(thread: ContextState): void {
    const { state } = this.#kernel;
    state.timeouts = state.timeouts.filter(({ context }) => context !== thread.id);
  }

  /** Who runs gives way to another. */
  endTurn(): void {
    const { state } = this.#kernel;
    if (state.current < 0 || state.quantumEnd < 0) return;
    // Whoever comes back has what is left of its quantum, and with it its place.
    this.#kernel.context(state.current).quantum = Math.max(0, state.quantumEnd - this.#timer.now());
    state.quantumEnd = -1;
  }

  /** A context is about to run, or to go on: where it shares its priority, within a quantum. */
  beginTurn(next: number): void {
    const { state, scheduler } = this.#kernel;
    if (scheduler.shares(next)) {
      if (state.quantumEnd < 0) {
        const { quantum } = this.#kernel.context(next);
        state.quantumEnd = this.#timer.now() + (quantum > 0 ? quantum : ticksOfUs(QUANTUM_US));
        this.arm();
      }
    } else {
      state.quantumEnd = -1;
    }
  }

  /** The timer's interrupt. */
  fired(): void {
    this.#timer.acknowledge();
    const { state } = this.#kernel;
    const now = this.#timer.now();
    for (const timeout of state.timeouts.filter(({ tick }) => tick <= now)) this.#kernel.signals.submit(timeout.signal);
    state.timeouts = state.timeouts.filter(({ tick }) => tick > now);
    if (state.quantumEnd >= 0 && state.quantumEnd <= now) {
      if (state.current >= 0) {
        this.#kernel.context(state.current).quantum = 0;
        this.#kernel.scheduler.rotate(state.current);
      }
      state.quantumEnd = -1;
    }
    this.arm();
  }

  /** For the nearest of quantum and timeouts. */
  arm(): void {
    const { state } = this.#kernel;
    let next = state.quantumEnd >= 0 ? state.quantumEnd : Infinity;
    for (const { tick } of state.timeouts) next = Math.min(next, tick);
    if (next < Infinity) this.#timer.arm(next);
  }
}
