/**
 * The VMs of the kernel: which one has the CPU's normal world and the hardware behind it, whose RAM is open, how one begins and ends, what its registers and
 * addresses are, and interrupts that are given to one by software.
 */
import { STATE } from '../../cpu/index.ts';
import { coprocessorKey } from '../../isa/index.ts';
import { CP15 } from '../bootstrap/bootstrap.ts';
import type { Outcome, Translation } from '../component.ts';
import { VM, VM_BYTES, VM_RESET, type VmRegister } from '../layout.ts';
import type { Kernel } from './kernel.ts';
import type { ContextState } from './state.ts';
import { DOORBELL_INTERRUPT, setSoftware, type VmHardware } from './vm-hardware.ts';

/** Instructions that giving the hardware to a VM takes, besides those of the monitor; and opening its memory alone. */
const LOAD_CHARGE = 200;
const MEMORY_CHARGE = 20;

export class Vms {
  readonly #kernel: Kernel;
  readonly #hardware: VmHardware;

  constructor(kernel: Kernel, hardware: VmHardware) {
    this.#kernel = kernel;
    this.#hardware = hardware;
  }

  byName(name: string): ContextState {
    const vm = this.#kernel.state.contexts.find((context) => context.kind === 'vm' && context.name === name);
    if (vm === undefined) throw new Error(`no VM ${name}`);
    return vm;
  }

  /** A word of a VM's state, whatever the mode and the address space. */
  get(vm: ContextState, register: VmRegister): number { return this.#kernel.memory.readPrivileged32(vm.frame + VM[register]); }
  set(vm: ContextState, register: VmRegister, value: number): void { this.#kernel.memory.writePrivileged32(vm.frame + VM[register], value); }

  isRam(vm: ContextState, pa: number, length: number): boolean {
    const { base, size } = vm.vm!.ram;
    return length >= 0 && pa >= base && pa + length <= base + size;
  }

  /** The CPU's own VA-to-PA operations for the other world: ATS12NSOPR, PW, UR, UW (c7, c8, 4-7). */
  translate(va: number, write: boolean, user: boolean): Translation {
    const { cp15 } = this.#kernel.core;
    cp15.write(coprocessorKey(15, 0, 7, 8, 4 + (write ? 1 : 0) + (user ? 2 : 0)), va >>> 0);
    const par = cp15.read(CP15.PAR);
    if ((par & 1) !== 0) return { ok: false, status: ((par >>> 1) & 0x1f) | ((par >>> 6) & 1) << 5 };
    // PAR.SS: a supersection gives bits 31-24 only.
    const pa = (par & 2) !== 0 ? ((par & 0xff000000) | (va & 0xffffff)) >>> 0 : ((par & 0xfffff000) | (va & 0xfff)) >>> 0;
    return { ok: true, pa };
  }

  /** Gives the CPU's normal world and the hardware behind it to a VM. Returns the frame of the VM that had it, 0 where none had, -1 where it had it itself. */
  load(vm: ContextState): number {
    const { state } = this.#kernel;
    const { vmLoaded } = state;
    if (vmLoaded === vm.id && !vm.vm!.fresh) {
      this.#openMemory(vm);
      return -1;
    }
    const from = vmLoaded >= 0 && vmLoaded !== vm.id ? this.#kernel.context(vmLoaded) : undefined;
    this.#hardware.load(vm, from, state.contexts);
    state.vmMemory = vm.id;
    this.#kernel.charge(LOAD_CHARGE);
    vm.vm!.fresh = false;
    state.vmLoaded = vm.id;
    return from?.frame ?? 0;
  }

  /** Opens a VM's RAM, and no other's, to non-secure accesses: those of the VM, and those of its VMM, whose mapping has NS = 1 as the VM's cache lines have. */
  #openMemory(vm: ContextState): void {
    if (this.#kernel.state.vmMemory === vm.id) return;
    this.#hardware.openMemory(vm, this.#kernel.state.contexts);
    this.#kernel.state.vmMemory = vm.id;
    this.#kernel.charge(MEMORY_CHARGE);
  }

  /** Before a thread runs. */
  openMemoryOf(thread: ContextState): void {
    for (const { kind, id } of thread.capabilities) if (kind === 'vm') this.#openMemory(this.#kernel.context(id));
  }

  /** Sets the registers for the way to a VM; `from` is what `load` returned. */
  exitTo(vm: ContextState, scr: number, from: number): void {
    const { exits } = this.#kernel;
    this.#kernel.exitTo(from < 0 ? exits.vm_exit : exits.vm_switch, vm.frame | 0, scr);
    if (from >= 0) this.#kernel.core.memory.i32[STATE.r + 3] = from;
  }

  /** Makes a VM as it is at reset: what its VMM sets from here to its next run is where it begins. */
  reset(vm: ContextState): void {
    const { state } = this.#kernel;
    this.#kernel.scheduler.remove(vm);
    this.#kernel.modes.privileged(() => {
      this.#kernel.memory.fill(vm.frame, VM_BYTES, 0);
      for (const [name, value] of Object.entries(VM_RESET)) this.#kernel.memory.write32(vm.frame + VM[name as VmRegister], value);
    });
    // What the CPU holds of it is not worth saving.
    if (state.vmLoaded === vm.id) state.vmLoaded = -1;
    const own = vm.vm!;
    own.fresh = true;
    own.tzic = null;
    own.ended = null;
    vm.vfp = null;
    if (state.vfpOwner === vm.id) state.vfpOwner = -1;
    vm.quantum = 0;
  }

  /** A VM switched itself off, or asked to be reset. Where no VM is left that could run, the system ends. */
  end(vm: ContextState, how: string): void {
    vm.vm!.ended = how;
    this.#kernel.scheduler.remove(vm);
    const over = (context: ContextState): boolean => context.vm!.ended !== null || context.stopped !== null || this.#kernel.context(this.#kernel.state.signals[context.signal]?.receiver ?? context.id).stopped !== null;
    if (this.#kernel.state.contexts.every((context) => context.vm === null || over(context))) this.#kernel.halt(`the normal world ${how}`, 0);
  }

  run(vm: ContextState): void { this.#kernel.scheduler.makeReady(vm); }
  pause(vm: ContextState): void { this.#kernel.scheduler.remove(vm); }

  inject(vm: ContextState, interrupt: number): Outcome {
    const checked = this.#normalInterrupt(interrupt);
    if (!checked.ok) return checked;
    const earlier = this.get(vm, 'irq_injection');
    // The VM's state has room for one: an earlier one is raised now.
    if (earlier !== 0 && earlier !== interrupt && this.#normalInterrupt(earlier).ok) this.#setSoftware(vm, earlier, true);
    this.set(vm, 'irq_injection', interrupt);
    return { ok: true, value: undefined };
  }

  /** Takes an injected interrupt back: it is pending no more. */
  endInterrupt(vm: ContextState, interrupt: number): Outcome {
    const checked = this.#normalInterrupt(interrupt);
    if (!checked.ok) return checked;
    if (this.get(vm, 'irq_injection') === interrupt) this.set(vm, 'irq_injection', 0);
    this.#setSoftware(vm, interrupt, false);
    return { ok: true, value: undefined };
  }

  /** In the controller, or in what the VM finds there when it runs again. */
  #setSoftware(vm: ContextState, interrupt: number, level: boolean): void {
    if (vm.id !== this.#kernel.state.vmLoaded) setSoftware(vm.vm!, interrupt, level);
    else this.#kernel.modes.privileged(() => { if (level) this.#kernel.interrupts.raise(interrupt); else this.#kernel.interrupts.end(interrupt); });
  }

  #normalInterrupt(interrupt: number): Outcome {
    if (!Number.isInteger(interrupt) || interrupt <= 0 || interrupt > 127) return { ok: false, error: `interrupt ${interrupt} does not exist` };
    if (interrupt === DOORBELL_INTERRUPT || this.#kernel.board.secureInterrupts.includes(interrupt)) return { ok: false, error: `interrupt ${interrupt} is secure` };
    return { ok: true, value: undefined };
  }
}
