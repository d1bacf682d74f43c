/**
 * Privileged work on behalf of a VM, as `smc-level.ts` describes it: what its code works with, and how a component's kernel call gets to it.
 */
import { STATE } from '../../cpu/index.ts';
import { CP15 } from '../bootstrap/bootstrap.ts';
import type { Outcome } from '../component.ts';
import { VM } from '../layout.ts';
import type { Kernel } from './kernel.ts';
import { KernelHalt, mmuIsOff } from './mmu-off.ts';
import type { KernelCallContext } from './smc-level.ts';
import type { ContextState } from './state.ts';

/** What privileged code on behalf of a VM sees. */
export function callContext(kernel: Kernel, vm: ContextState, who: string): KernelCallContext {
  return {
    get: (register) => kernel.memory.read32(vm.frame + VM[register]),
    set: (register, value) => { kernel.memory.write32(vm.frame + VM[register], value); },
    translate: (va, { write, user }) => kernel.vms.translate(va, write, user),
    vm: vm.name, vmRam: vm.vm!.ram,
    isVmRam: (pa, length) => kernel.vms.isRam(vm, pa, length),
    map: (pa, length, { nonsecure, write }) => kernel.spaces.mapWindow(pa, length, { user: false, write, execute: false, nonsecure, memory: 'cached' }),
    unmap: (va, length) => { kernel.spaces.unmapWindow(va, length); },
    read32: (va) => kernel.memory.read32(va),
    write32: (va, value) => { kernel.memory.write32(va, value); },
    read8: (va) => kernel.memory.read8(va),
    write8: (va, value) => { kernel.memory.write8(va, value); },
    readCp15: (register) => kernel.core.cp15.read(CP15[register]) >>> 0,
    writeCp15: (register, value) => {
      kernel.core.cp15.write(CP15[register], value >>> 0);
      if (!mmuIsOff(kernel.core)) return;
      kernel.onMmuOff?.((kernel.core.memory.i32[STATE.r + 15]! + 4) >>> 0); // behind the gate that is being passed
      throw new KernelHalt('the kernel switched its MMU off');
    },
    log: (line) => { kernel.ports.log(who, line); },
  };
}

/** A kernel call by name, for a component that was given it. */
export function kernelCall(kernel: Kernel, vm: ContextState, name: string, args: readonly number[]): Outcome<number> {
  const call = kernel.calls.find((candidate) => candidate.name === name);
  if (call === undefined) return { ok: false, error: `no kernel call ${name}` };
  if (args.length !== call.args.length) return { ok: false, error: `kernel call ${name} takes ${call.args.length} arguments (${call.args.join(', ')})` };
  kernel.charge(call.charge);
  return { ok: true, value: kernel.modes.privileged(() => call.handle(callContext(kernel, vm, name), args)) };
}
