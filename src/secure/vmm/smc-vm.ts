/** The views of a VM that SMC handlers get: in the VMM over its VM session, in the kernel over the kernel's context of a call. */
import type { Env, Outcome, VmSession } from '../component.ts';
import type { KernelCallContext, KernelSmc as KernelSmcEntry } from '../kernel/smc-level.ts';
import type { MonitorRoutine, MonitorSmcEntry } from '../kernel/routines.ts';
import { GuestMemory, SmcRefusal, type CallerRights, type GuestMemorySession } from './guest-memory.ts';
import { describeArguments, type KernelSmcVm, type SmcVm, type VmmSmcVm, type VmRequest } from './smc.ts';
import { smcKey, type SmcTable } from './smc-table.ts';
import { printable } from './text.ts';

export interface SmcVmOptions {
  readonly label: string;
  readonly rights: CallerRights;
  readonly log: (line: string) => void;
}

function createSmcVm({ label, rights, log }: SmcVmOptions, session: GuestMemorySession): SmcVm {
  const memory = new GuestMemory(session, rights);
  return {
    label,
    readBytes: (va, length) => memory.readBytes(va, length),
    readString: (va, maximum) => memory.readString(va, maximum),
    writeBytes: (va, bytes) => { memory.writeBytes(va, bytes); },
    translate: (va, options) => memory.translate(va, options?.write ?? false),
    readPhysical: (pa, length) => memory.readPhysical(pa, length),
    writePhysical: (pa, bytes) => { memory.writePhysical(pa, bytes); },
    log: (line) => { log(printable(line)); },
    refuse: (reason, status): never => { throw new SmcRefusal(reason, status); },
  };
}

/** The view of a handler in the VMM; `onRequest` takes what the VM is to do next. */
export function createVmmSmcVm(options: SmcVmOptions, session: VmSession, peer: Env['peer'], onRequest: (what: VmRequest) => void): VmmSmcVm {
  const done = (outcome: Outcome): void => { if (!outcome.ok) throw new SmcRefusal(outcome.error); };
  return {
    service: peer,
    raise: (interrupt) => { done(session.inject(interrupt)); },
    endInterrupt: (interrupt) => { done(session.endInterrupt(interrupt)); },
    ...createSmcVm(options, session),
    request: onRequest,
    call: (name, ...args) => {
      const outcome = session.call(name, ...args);
      if (!outcome.ok) throw new SmcRefusal(`${name}: ${outcome.error}`);
      return outcome.value;
    },
  };
}

/** The view of a handler in the kernel. Core maps no normal-world memory, so each access maps its page for as long as it takes, with NS = 1. */
export function createKernelSmcVm(options: SmcVmOptions, kernel: KernelCallContext): KernelSmcVm {
  const session: GuestMemorySession = {
    ramBase: kernel.vmRam.base,
    translate: (va, how) => kernel.translate(va, how),
    ram: {
      size: kernel.vmRam.size,
      read: (offset, length) => mapped(kernel, offset, length, false, (va) => Uint8Array.from({ length }, (_, i) => kernel.read8(va + i))),
      write: (offset, bytes) => { mapped(kernel, offset, bytes.length, true, (va) => { bytes.forEach((byte, i) => { kernel.write8(va + i, byte); }); }); },
      read8: (offset) => mapped(kernel, offset, 1, false, (va) => kernel.read8(va)),
      read32: (offset) => mapped(kernel, offset, 4, false, (va) => kernel.read32(va)),
      write8: (offset, value) => { mapped(kernel, offset, 1, true, (va) => { kernel.write8(va, value); }); },
      write32: (offset, value) => { mapped(kernel, offset, 4, true, (va) => { kernel.write32(va, value); }); },
    },
  };
  return { ...createSmcVm(options, session), kernel };
}

const PAGE = 4096;

function mapped<T>(kernel: KernelCallContext, offset: number, length: number, write: boolean, use: (va: number) => T): T {
  const first = Math.floor(offset / PAGE) * PAGE;
  const size = Math.max(PAGE, Math.ceil((offset + length) / PAGE) * PAGE - first);
  const window = kernel.map(kernel.vmRam.base + first, size, { nonsecure: true, write });
  try {
    return use(window + offset - first);
  } finally {
    kernel.unmap(window, size);
  }
}

/** The table's kernel-level SMCs as the kernel's VM exception path takes them. */
export function kernelSmcs(table: SmcTable, label: string): KernelSmcEntry[] {
  return table.all().flatMap((smc) => (smc.level !== 'kernel' ? [] : [{
    name: smc.name, vm: label,
    charge: smc.charge,
    matches: (r0: number, r1: number) => table.find(r0, r1) === smc,
    handle: (context: KernelCallContext, registers: readonly number[]) => {
      const log = (line: string): void => { context.log(`[${label}] ${line}`); };
      const reply = smc.invoke(registers, createKernelSmcVm({ label, rights: smc.rights, log }, context), table.stateOf(smc));
      table.record(smc, registers, reply);
      if (reply.refusal !== undefined) log(printable(`SMC ${smcKey(smc)} ${smc.name}(${describeArguments(smc, registers)}) refused: ${reply.refusal}`));
      return reply.results;
    },
  }]));
}

/** The table's SMCs of level `monitor`, and the routines that stand in their definitions. */
export function monitorSmcs(table: SmcTable): { readonly smcs: MonitorSmcEntry[]; readonly routines: MonitorRoutine[] } {
  const own = table.all().filter((smc) => smc.level === 'monitor');
  return {
    smcs: own.map(({ number, routine }) => ({ number, routine })),
    routines: own.flatMap(({ routine, code, args }) => (code === undefined ? [] : [{ name: routine, args: Object.keys(args), code }])),
  };
}
