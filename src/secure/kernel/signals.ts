/**
 * Signals: what wakes a thread that waits. One that is submitted again before its receiver was told is told once, with how often it came.
 */
import type { SignalEvent } from '../component.ts';
import type { Scheduler } from './scheduler.ts';
import type { ContextState, KernelState, SignalState } from './state.ts';

export class Signals {
  readonly #state: KernelState;
  readonly #scheduler: Scheduler;
  /** What a signal's receiver was told last, by signal: told again, it is no new object. */
  readonly #events: SignalEvent[] = [];

  constructor(state: KernelState, scheduler: Scheduler) {
    this.#state = state;
    this.#scheduler = scheduler;
  }

  create(name: string, receiver: number): SignalState {
    const signal = { id: this.#state.signals.length, name, receiver, pending: 0 };
    this.#state.signals.push(signal);
    return signal;
  }

  submit(id: number): void {
    const signal = this.#state.signals[id]!;
    signal.pending++;
    this.#wake(this.#state.contexts[signal.receiver]!);
  }

  #wake(thread: ContextState): void {
    if (!thread.waiting) return;
    thread.waiting = false;
    this.take(thread);
    this.#scheduler.makeReady(thread);
  }

  /** Gives a thread its oldest kind of pending signal. Returns whether there was one. */
  take(thread: ContextState): boolean {
    for (const signal of this.#state.signals) {
      if (signal.receiver !== thread.id || signal.pending === 0) continue;
      thread.delivered = this.#event(signal);
      signal.pending = 0;
      return true;
    }
    return false;
  }

  /** A thread starts anew: what it was not told is gone. */
  clear(thread: ContextState): void {
    for (const signal of this.#state.signals) if (signal.receiver === thread.id) signal.pending = 0;
  }

  #event({ id, name, pending }: SignalState): SignalEvent {
    const last = this.#events[id];
    if (last !== undefined && last.count === pending && last.name === name) return last;
    return this.#events[id] = { name, count: pending };
  }
}
