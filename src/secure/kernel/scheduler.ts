/**
 * Who runs next: the highest priority among the ready, in turn. A context on anything but an interrupt leaves the queue until it is resumed; one that comes back before its
 * quantum is used up goes on with the rest of it, ahead of the others of its priority. (A VM's call to its VMM so costs no turn, and nobody gets more than a quantum of his own
 * time in a turn.)
 */
import type { ContextState, KernelState } from './state.ts';

export class Scheduler {
  readonly #state: KernelState;

  constructor(state: KernelState) {
    this.#state = state;
  }

  makeReady(context: ContextState): void {
    if (context.ready || context.stopped !== null) return;
    context.ready = true;
    if (context.quantum > 0) this.#state.queue.unshift(context.id);
    else this.#state.queue.push(context.id);
  }

  remove(context: ContextState): void {
    if (!context.ready) return;
    context.ready = false;
    const { queue } = this.#state;
    for (let at = queue.indexOf(context.id); at < queue.length - 1; at++) queue[at] = queue[at + 1]!;
    queue.pop();
  }

  /** The context that is to run; -1 where none is ready. */
  pick(): number {
    const { queue, contexts } = this.#state;
    let best = -1;
    for (const id of queue) if (best < 0 || contexts[id]!.priority > contexts[best]!.priority) best = id;
    return best;
  }

  /** Whether others of the same priority wait: only then does a quantum matter. */
  shares(id: number): boolean {
    const { queue, contexts } = this.#state;
    const { priority } = contexts[id]!;
    for (const other of queue) if (other !== id && contexts[other]!.priority === priority) return true;
    return false;
  }

  /** The quantum is used up: behind the others. */
  rotate(id: number): void {
    const { queue } = this.#state;
    const at = queue.indexOf(id);
    if (at < 0) return;
    queue.splice(at, 1);
    queue.push(id);
  }
}
