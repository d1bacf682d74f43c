/**
 * The syscall table: what threads may ask of the kernel. ARM threads call by SVC with the number in r0 and arguments from r1 on; a component's sessions call the same
 * entries from inside a handler, with the same checks and charges.
 */
import type { Capability } from './state.ts';

export interface SyscallSpec {
  readonly number: number;
  readonly name: string;
  readonly params: readonly { readonly name: string; readonly type: 'u32' | 'capability'; readonly unit?: string }[];
  readonly errors: readonly { readonly value: number; readonly name: string; readonly when: string }[];
  /** Instructions charged. */
  readonly charge: number;
}

export const ERROR_CAPABILITY = -1;
export const ERROR_ARGUMENT = -2;
const BAD_CAPABILITY = { value: ERROR_CAPABILITY, name: 'invalid capability', when: 'the caller does not own the capability, or it is of another kind: the caller is stopped' };
const BAD_ARGUMENT = { value: ERROR_ARGUMENT, name: 'invalid argument', when: 'a value is outside its range' };

export const SYSCALLS = {
  wait: { number: 0, name: 'wait', params: [], errors: [], charge: 40 },
  yield: { number: 1, name: 'yield', params: [], errors: [], charge: 20 },
  log: { number: 2, name: 'log', params: [{ name: 'character', type: 'u32' }], errors: [], charge: 30 },
  timerNow: { number: 3, name: 'timer-now', params: [], errors: [], charge: 20 },
  timerOnce: { number: 4, name: 'timer-once', params: [{ name: 'timer', type: 'capability' }, { name: 'delay', type: 'u32', unit: 'us' }], errors: [BAD_CAPABILITY, BAD_ARGUMENT], charge: 60 },
  vmRun: { number: 5, name: 'vm-run', params: [{ name: 'vm', type: 'capability' }], errors: [BAD_CAPABILITY], charge: 40 },
  vmPause: { number: 6, name: 'vm-pause', params: [{ name: 'vm', type: 'capability' }], errors: [BAD_CAPABILITY], charge: 40 },
  vmInject: { number: 7, name: 'vm-inject', params: [{ name: 'vm', type: 'capability' }, { name: 'interrupt', type: 'u32' }], errors: [BAD_CAPABILITY, BAD_ARGUMENT], charge: 40 },
  vmTranslate: { number: 8, name: 'vm-translate', params: [{ name: 'vm', type: 'capability' }, { name: 'va', type: 'u32' }, { name: 'rights', type: 'u32' }], errors: [BAD_CAPABILITY], charge: 60 },
  vmCall: { number: 9, name: 'vm-call', params: [{ name: 'vm', type: 'capability' }, { name: 'call', type: 'u32' }], errors: [BAD_CAPABILITY, BAD_ARGUMENT], charge: 40 },
  irqAcknowledge: { number: 10, name: 'irq-acknowledge', params: [{ name: 'irq', type: 'capability' }], errors: [BAD_CAPABILITY], charge: 40 },
  exit: { number: 11, name: 'exit', params: [], errors: [], charge: 40 },
  signal: { number: 12, name: 'signal', params: [{ name: 'signal', type: 'capability' }], errors: [BAD_CAPABILITY], charge: 40 },
  vmInterruptEnd: { number: 13, name: 'vm-interrupt-end', params: [{ name: 'vm', type: 'capability' }, { name: 'interrupt', type: 'u32' }], errors: [BAD_CAPABILITY, BAD_ARGUMENT], charge: 40 },
  ramAlloc: { number: 14, name: 'ram-alloc', params: [{ name: 'size', type: 'u32', unit: 'bytes' }], errors: [BAD_ARGUMENT], charge: 100 },
  regionAttach: { number: 15, name: 'region-attach', params: [{ name: 'dataspace', type: 'u32' }, { name: 'address', type: 'u32' }, { name: 'write', type: 'u32' }], errors: [BAD_ARGUMENT], charge: 100 },
  regionDetach: { number: 16, name: 'region-detach', params: [{ name: 'address', type: 'u32' }], errors: [BAD_ARGUMENT], charge: 100 },
  vmReset: { number: 17, name: 'vm-reset', params: [{ name: 'vm', type: 'capability' }], errors: [BAD_CAPABILITY], charge: 60 },
} as const satisfies Record<string, SyscallSpec>;

export type SyscallName = keyof typeof SYSCALLS;

export const SYSCALL_LIST: readonly SyscallSpec[] = Object.values(SYSCALLS);

/** Names by number, and the kind of the capability that a syscall names first; a capability's parameter has the name of its kind. */
export const SYSCALL_NAMES: readonly SyscallName[] = (Object.keys(SYSCALLS) as SyscallName[]).sort((a, b) => SYSCALLS[a].number - SYSCALLS[b].number);
export const SYSCALL_OBJECTS: readonly (Capability['kind'] | undefined)[] = SYSCALL_NAMES.map((name) => {
  const [object]: SyscallSpec['params'] = SYSCALLS[name].params;
  return object?.type === 'capability' ? object.name as Capability['kind'] : undefined;
});

/** A thread named a capability that it does not own. It is stopped. */
export class CapabilityViolation extends Error {
  override readonly name = 'CapabilityViolation';
}
