/**
 * In which mode and with whose page table TypeScript behind a gate works: a component's handler in user mode with its own table, what it asks the kernel for in secure SVC
 * with core's.
 */
import { type Core, MODE_SVC, STATE } from '../../cpu/index.ts';
import { PHYSICAL } from '../layout.ts';
import type { ContextState } from './state.ts';

const TTBR_ATTRIBUTES = 0;

export class Modes {
  readonly #core: Core;
  readonly #s: Int32Array;

  constructor(core: Core) {
    this.#core = core;
    this.#s = core.memory.i32;
  }

  /** Runs privileged work for a component's handler: in secure SVC with core's table, as a syscall would. */
  privileged<T>(work: () => T): T {
    if (this.#s[STATE.mode] === MODE_SVC) return work();
    return this.#inSpace(PHYSICAL.coreTable | TTBR_ATTRIBUTES, () => this.supervisor(work));
  }

  /** Runs work of one component on behalf of another: in its own address space. */
  inSpaceOf<T>(thread: ContextState, work: () => T): T { return this.#inSpace(thread.table, work); }

  /** In secure SVC, with the page table of who runs: enough for what is mapped in the kernel's half of every table. */
  supervisor<T>(work: () => T): T {
    const core = this.#core;
    const mode = this.#s[STATE.mode]!;
    if (mode === MODE_SVC) return work();
    core.switchMode(MODE_SVC);
    core.mmu.select();
    try {
      return work();
    } finally {
      core.switchMode(mode);
      core.mmu.select();
    }
  }

  #inSpace<T>(table: number, work: () => T): T {
    const core = this.#core;
    const s = this.#s;
    const before = s[STATE.TTBR0]!;
    s[STATE.TTBR0] = table;
    core.mmu.registersChanged();
    try {
      return work();
    } finally {
      s[STATE.TTBR0] = before;
      core.mmu.registersChanged();
    }
  }
}
