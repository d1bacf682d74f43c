/** The view of a VM that SMC handlers get, over a VM session. */
import type { VmSession } from '../component.ts';
import { GuestMemory, SmcRefusal, type CallerRights } from './guest-memory.ts';
import type { SmcVm, VmmSmcVm, VmRequest } from './smc.ts';

export interface SmcVmOptions {
  readonly label: string;
  readonly session: Pick<VmSession, 'ram' | 'ramBase' | 'translate' | 'call'>;
  readonly rights: CallerRights;
  readonly log: (line: string) => void;
}

/** Makes the handlers' view; the kernel level builds its own upon it. */
export function createSmcVm({ label, session, rights, log }: SmcVmOptions): SmcVm {
  const memory = new GuestMemory(session, rights);
  return {
    label,
    readBytes: (va, length) => memory.readBytes(va, length),
    readString: (va, maximum) => memory.readString(va, maximum),
    writeBytes: (va, bytes) => { memory.writeBytes(va, bytes); },
    translate: (va, options) => memory.translate(va, options?.write ?? false),
    readPhysical: (pa, length) => memory.readPhysical(pa, length),
    writePhysical: (pa, bytes) => { memory.writePhysical(pa, bytes); },
    log,
    refuse: (reason, status): never => { throw new SmcRefusal(reason, status); },
    call: (name, ...args) => {
      const outcome = session.call(name, ...args);
      if (!outcome.ok) throw new SmcRefusal(`${name}: ${outcome.error}`);
      return outcome.value;
    },
  };
}

/** The view of a handler in the VMM, which may also ask what the VM is to do next. */
export function createVmmSmcVm(options: SmcVmOptions, onRequest: (what: VmRequest) => void): VmmSmcVm {
  return { ...createSmcVm(options), request: onRequest };
}
