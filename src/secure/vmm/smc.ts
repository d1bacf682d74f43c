/**
 * An SMC as a definition with a handler: what a person writes to add one.
 *
 *     export const hello = smc({ number: 6, name: 'hello', args: { text: 'va', length: 'u32' }, result: 'u32' }, ({ vm, args }) => ...)
 *
 * Dispatch is on r0 (the instruction's immediate is ignored by the CPU). Arguments stand in r1, r2 ... in the definition's order; of a TrustZone VMM device call
 * (r0 = device, r1 = function) they stand in r2, r3 ... Results go to r0 (up to r3 for `words`); other registers keep their values.
 *
 * Arguments are checked before the handler runs. A refused one, or a refusal by one of the handler's own accesses, ends the call with `invalid` in r0. Any
 * other exception is the handler's own fault and stops the component that runs it.
 */
import type { PeerSession, Plain } from '../component.ts';
import type { KernelCallContext } from '../kernel/smc-level.ts';
import { decodeFunctionId } from './function-id.ts';
import { isRefusal, SmcRefusal } from './guest-memory.ts';
import { callerOf, type SmcSource } from './source.ts';
import { SMCCC_STATUS } from './status.ts';
import { hex32 } from './text.ts';

/** Where an SMC is answered: unprivileged in the VMM; in the kernel's VM exception path, before user level; by an assembly routine in monitor mode, without the kernel. */
export type SmcLevel = 'vmm' | 'kernel' | 'monitor';

/** Names and the numbers that stand for them. */
export type SmcEnum = { readonly [name: string]: number };

/** `va`: any address, for the handler to use through `vm`. `pa`: an address in the normal world's RAM. `bool`: 0 or 1. */
export type SmcArgumentType = 'u32' | 'i32' | 'bool' | 'va' | 'pa' | SmcEnum;

/** `status`: int32, negative is an error. `words`: up to four uint32, for r0 to r3. */
export type SmcResultType = 'u32' | 'i32' | 'bool' | 'status' | 'words' | 'none' | SmcEnum;

export type SmcArguments = { readonly [name: string]: SmcArgumentType };
export type SmcState = { [name: string]: Plain };

export type ArgumentValue<T extends SmcArgumentType> = T extends 'bool' ? boolean : T extends SmcEnum ? keyof T & string : number;
export type ResultValue<T extends SmcResultType> =
  T extends 'bool' ? boolean : T extends 'words' ? readonly number[] : T extends 'none' ? void : T extends SmcEnum ? keyof T & string : number;

/** What handlers of every level may do. Addresses and lengths in bytes; accesses reach RAM of the normal world only and are refused elsewhere. */
export interface SmcVm {
  /** The VM's name. */
  readonly label: string;
  readBytes(va: number, length: number): Uint8Array;
  /** Up to a NUL or `maximum` bytes, as UTF-8. */
  readString(va: number, maximum: number): string;
  writeBytes(va: number, bytes: Uint8Array): void;
  /** The physical address behind `va`, by the CPU's VA-to-PA operation with the caller's rights. */
  translate(va: number, options?: { readonly write?: boolean }): number;
  readPhysical(pa: number, length: number): Uint8Array;
  writePhysical(pa: number, bytes: Uint8Array): void;
  /** One line of the secure world's log, under the VM's name. */
  log(line: string): void;
  /** Ends the call with a status (int32; default: the definition's `invalid`). */
  refuse(reason: string, status?: number): never;
}

/** What the VM is to do after the call, instead of going on. */
export type VmRequest = 'pause' | 'cpu-off' | 'system-off' | 'system-reset';

/** A handler in the VMM. */
export interface VmmSmcVm extends SmcVm {
  /** A kernel call or monitor routine by name; a refusal ends the call. */
  call(name: string, ...args: readonly number[]): number;
  request(what: VmRequest): void;
  /** Another component's service, by the VMM's routes; it throws where there is none. */
  service(name: string): PeerSession;
  /** Raises an interrupt in the VM; pending until it is ended. */
  raise(interrupt: number): void;
  endInterrupt(interrupt: number): void;
}

/** A handler in the kernel's VM exception path: privileged, and so with more to break. */
export interface KernelSmcVm extends SmcVm {
  readonly kernel: KernelCallContext;
}

/** What a handler is called with: one object for all calls of its definition, which holds until it returns. Its arguments and registers are the call's own. */
export interface SmcContext<Vm, A extends SmcArguments, S extends SmcState> {
  readonly vm: Vm;
  readonly args: { readonly [N in keyof A]: ArgumentValue<A[N]> };
  /** What the definition's `state` began as: this SMC's own, kept between calls and in snapshots. */
  readonly state: S;
  /** r0 to r7 as they came; in the VMM also r8, which calls of a TrustZone VMM device have. */
  readonly registers: readonly number[];
}

export interface SmcDefinition<A extends SmcArguments, R extends SmcResultType, S extends SmcState> {
  /** r0. Up to 3 it names a TrustZone VMM device. */
  readonly number: number;
  /** r1 of a device's call; a device without it answers all functions. */
  readonly function?: number;
  readonly name: string;
  readonly args?: A;
  readonly result?: R;
  /** First state, plain data. */
  readonly state?: S;
  /** Name of a state that several SMCs in the VMM have together; the first of them gives what it begins as. Left out: its own alone. */
  readonly shares?: string;
  /** Status of a call whose arguments are refused. Default INVALID_PARAMETER (-3). */
  readonly invalid?: number;
  /** Instructions that a kernel-level handler is charged. Default 64. */
  readonly charge?: number;
  /** Rights by which `va` is translated. Default: those of the privileged code that executed the SMC. */
  readonly rights?: 'kernel' | 'user';
}

export type SmcHandler<Vm, A extends SmcArguments, R extends SmcResultType, S extends SmcState> = (context: SmcContext<Vm, A, S>) => ResultValue<R>;

/** Holds until the next call of the same definition. */
export interface SmcReply {
  /** uint32 for r0 up to r3. */
  readonly results: readonly number[];
  /** Why the call was refused. */
  readonly refusal?: string | undefined;
}

export type { SmcSource } from './source.ts';

interface SmcCommon {
  readonly number: number;
  readonly function: number | undefined;
  readonly name: string;
  readonly args: SmcArguments;
  readonly result: SmcResultType;
  readonly rights: 'kernel' | 'user';
  readonly initialState: SmcState;
  /** The name of the state that it shares with others. */
  readonly shares: string | undefined;
  /** Where the definition stands. */
  readonly source: SmcSource | undefined;
}

export interface VmmSmc extends SmcCommon {
  readonly level: 'vmm';
  /** `state` is left out for a definition that has none. */
  invoke(registers: ArrayLike<number>, vm: VmmSmcVm, state?: SmcState): SmcReply;
}

export interface KernelSmc extends SmcCommon {
  readonly level: 'kernel';
  readonly charge: number;
  invoke(registers: ArrayLike<number>, vm: KernelSmcVm, state?: SmcState): SmcReply;
}

/** It has no handler: its routine gets the arguments as they are, in r0 to r3. */
export interface MonitorSmc extends SmcCommon {
  readonly level: 'monitor';
  /** Name of the routine. */
  readonly routine: string;
  /** Its text, where the definition has it; otherwise it is one of the scenario's `routines`. */
  readonly code: string | undefined;
}

export type Smc = VmmSmc | KernelSmc | MonitorSmc;

/** Devices of the TrustZone VMM interface: r0 = 0 to 3. */
export const DEVICES = 4;
/** r0 to r7; r8 is an argument of device calls only. */
const ARGUMENT_REGISTERS = 8;
/** r0 to r3 of a routine. */
const MONITOR_ARGUMENTS = 4;
const DEFAULT_CHARGE = 64;

type NoState = { [name: string]: never };
type Values = Record<string, number | boolean | string>;
const NO_VALUES: Values = Object.freeze({});
const NO_REGISTERS: readonly number[] = Object.freeze([]);

/** The context of a definition's handler: one object for all of its calls. Registers, and a state where there is none, are made when they are asked for. */
class Call {
  vm: SmcVm | undefined;
  args: Values = NO_VALUES;
  #state: SmcState | undefined;
  #registers: ArrayLike<number> = NO_REGISTERS;

  begin(registers: ArrayLike<number>, vm: SmcVm, args: Values, state: SmcState | undefined): void {
    this.vm = vm;
    this.args = args;
    this.#state = state;
    this.#registers = registers;
  }

  /** A definition may outlive the machines that it was called on. */
  end(): void {
    this.vm = undefined;
    this.args = NO_VALUES;
    this.#state = undefined;
    this.#registers = NO_REGISTERS;
  }

  get state(): SmcState { return this.#state ??= {}; }
  get registers(): readonly number[] { return Array.from(this.#registers); }
}

/** Defines an SMC. Throws on a definition that cannot work. */
export function smc<const A extends SmcArguments = {}, const R extends SmcResultType = 'none', S extends SmcState = NoState>(
  definition: SmcDefinition<A, R, S> & { readonly level?: 'vmm' }, handler: SmcHandler<VmmSmcVm, A, R, S>): VmmSmc;
export function smc<const A extends SmcArguments = {}, const R extends SmcResultType = 'none', S extends SmcState = NoState>(
  definition: SmcDefinition<A, R, S> & { readonly level: 'kernel' }, handler: SmcHandler<KernelSmcVm, A, R, S>): KernelSmc;
export function smc<const A extends { readonly [name: string]: 'u32' | 'i32' | 'va' } = {}>(
  definition: SmcDefinition<A, 'u32' | 'i32' | 'status', NoState> & { readonly level: 'monitor' } & ({ readonly routine: string } | { readonly code: string })): MonitorSmc;
export function smc(
  definition: SmcDefinition<SmcArguments, SmcResultType, SmcState> & { readonly level?: SmcLevel; readonly routine?: string; readonly code?: string },
  handler?: (context: SmcContext<never, SmcArguments, SmcState>) => unknown,
): Smc {
  const { number, name, level = 'vmm', args = {}, result = 'none', invalid = SMCCC_STATUS.INVALID_PARAMETER } = definition;
  checkDefinition(definition, level);
  const firstArgument = number < DEVICES ? 2 : 1;
  const common: SmcCommon = {
    number, name, args, result, function: definition.function, rights: definition.rights ?? 'kernel',
    initialState: copyState(definition.state ?? {}), shares: definition.shares, source: callerOf(new Error().stack),
  };
  if (level === 'monitor') {
    const { routine, code } = definition;
    checkMonitor(definition);
    return { ...common, result: definition.result ?? 'u32', level, routine: routine ?? name, code };
  }
  if (handler === undefined) throw new TypeError(`SMC ${name}: no handler`);
  const call = new Call();
  const names = Object.keys(args);
  const values = (registers: ArrayLike<number>, vm: SmcVm): Values => {
    const made: Values = {};
    let register = firstArgument;
    for (const argument of names) made[argument] = argumentValue(argument, args[argument]!, registers[register++] ?? 0, vm);
    return made;
  };
  const one = [0];
  const reply: { results: readonly number[]; refusal: string | undefined } = { results: one, refusal: undefined };
  const invoke = (registers: ArrayLike<number>, vm: SmcVm, state?: SmcState): SmcReply => {
    reply.results = one;
    reply.refusal = undefined;
    try {
      call.begin(registers, vm, names.length === 0 ? NO_VALUES : values(registers, vm), state);
      const value = handler(call as unknown as SmcContext<never, SmcArguments, SmcState>);
      if (result === 'words') reply.results = resultWords(name, value);
      else one[0] = resultWord(name, result, value);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      one[0] = (error.status ?? invalid) >>> 0;
      reply.refusal = error.message;
    } finally {
      call.end();
    }
    return reply;
  };
  // Not by spreading: V8 gives each object that is copied so a hidden class of its own, and code that was optimized for one is thrown away at the next.
  return level === 'kernel' ? Object.assign(common, { level, charge: definition.charge ?? DEFAULT_CHARGE, invoke }) : Object.assign(common, { level, invoke });
}

/** A copy that shares nothing. */
export function copyState(state: SmcState): SmcState {
  return copyPlain(state) as SmcState;
}

function copyPlain(value: Plain): Plain {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return (value as readonly Plain[]).map(copyPlain);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copyPlain(part as Plain)]));
}

function checkDefinition(definition: SmcDefinition<SmcArguments, SmcResultType, SmcState>, level: SmcLevel): void {
  const { number, name, args = {}, function: call } = definition;
  const bad = (why: string): never => { throw new TypeError(`SMC ${name === '' ? hex32(number) : name}: ${why}`); };
  if (!Number.isInteger(number) || number < 0 || number > 0xffffffff) bad(`number ${number} is no 32-bit function identifier`);
  if (!/^[A-Za-z_][\w.-]*$/.test(name)) bad(`${JSON.stringify(name)} is no name (letters, digits, . _ -)`);
  if (decodeFunctionId(number).bits === 64) bad(`number ${hex32(number)} is a 64-bit call, which an ARMv7 caller cannot make`);
  if (number >= DEVICES && call !== undefined) bad(`only the devices 0 to ${DEVICES - 1} have functions`);
  if (call !== undefined && (!Number.isInteger(call) || call < 0 || call > 0xffffffff)) bad(`function ${call} does not fit r1`);
  const room = ARGUMENT_REGISTERS - (number < DEVICES && level === 'kernel' ? 2 : 1);
  if (Object.keys(args).length > room) bad(`${Object.keys(args).length} arguments; there are registers for ${room}`);
}

const UNCHECKED = ['u32', 'i32', 'va'];

/** What an assembly routine cannot do: nothing stands before it that would check. */
function checkMonitor({ number, name, args = {}, result = 'u32', invalid, rights, charge, state, routine, code }: SmcDefinition<SmcArguments, SmcResultType, SmcState> & { readonly routine?: string; readonly code?: string }): void {
  const bad = (why: string): never => { throw new TypeError(`SMC ${name}: ${why}`); };
  if (number < DEVICES) bad(`the devices 0 to ${DEVICES - 1} are not for level 'monitor'`);
  if ((routine === undefined) === (code === undefined)) bad('level \'monitor\' needs the name of its routine, or its code');
  if (Object.keys(args).length > MONITOR_ARGUMENTS) bad(`${Object.keys(args).length} arguments; a routine has registers for ${MONITOR_ARGUMENTS}`);
  for (const [argument, type] of Object.entries(args)) if (typeof type !== 'string' || !UNCHECKED.includes(type)) bad(`${argument}: in monitor mode nothing is checked before the routine: ${UNCHECKED.join(', ')}`);
  if (typeof result !== 'string' || !['u32', 'i32', 'status'].includes(result)) bad('a routine\'s result is a u32, i32 or status');
  if (invalid !== undefined || rights !== undefined || charge !== undefined || state !== undefined) bad('invalid, rights, charge and state are not for level \'monitor\'');
}

function argumentValue(name: string, type: SmcArgumentType, value: number, vm: SmcVm): number | boolean | string {
  switch (type) {
    case 'u32': case 'va': return value >>> 0;
    case 'i32': return value | 0;
    case 'pa': {
      const pa = value >>> 0;
      vm.readPhysical(pa, 1);
      return pa;
    }
    case 'bool':
      if (value !== 0 && value !== 1) throw new SmcRefusal(`${name} = ${hex32(value)} is neither 0 nor 1`);
      return value === 1;
    default: {
      for (const key of Object.keys(type)) if (type[key]! >>> 0 === value >>> 0) return key;
      throw new SmcRefusal(`${name} = ${hex32(value)} is none of ${Object.entries(type).map(([key, number]) => `${key} (${number})`).join(', ')}`);
    }
  }
}

// What the handler returned as register values; throws where it is not what the definition says, which is the handler's fault.

function badResult(name: string, value: unknown, what: string): never { throw new TypeError(`the handler of SMC ${name} returned ${String(value)}: ${what}`); }

function integer(name: string, value: unknown, part: unknown, low: number, high: number): number {
  return typeof part === 'number' && Number.isInteger(part) && part >= low && part <= high ? part >>> 0 : badResult(name, value, `not an integer from ${low} to ${high}`);
}

function resultWord(name: string, type: Exclude<SmcResultType, 'words'>, value: unknown): number {
  switch (type) {
    case 'none': return SMCCC_STATUS.SUCCESS;
    case 'bool': return typeof value === 'boolean' ? (value ? 1 : 0) : badResult(name, value, 'no boolean');
    case 'u32': return integer(name, value, value, 0, 0xffffffff);
    case 'i32': case 'status': return integer(name, value, value, -0x80000000, 0x7fffffff);
    default: {
      const number = typeof value === 'string' && Object.hasOwn(type, value) ? type[value] : undefined;
      return number === undefined ? badResult(name, value, 'none of its names') : number >>> 0;
    }
  }
}

function resultWords(name: string, value: unknown): readonly number[] {
  return Array.isArray(value) && value.length >= 1 && value.length <= 4 ? value.map((part) => integer(name, value, part, 0, 0xffffffff)) : badResult(name, value, 'no one to four words');
}

/** `va = 0xb6f2a000, length = 4096`: arguments as the definition types them. */
export function describeArguments({ number, args }: Smc, registers: ArrayLike<number>): string {
  const first = number < DEVICES ? 2 : 1;
  return Object.keys(args).map((name, i) => `${name} = ${describeValue(args[name]!, registers[first + i] ?? 0)}`).join(', ');
}

/** Results as the definition types them. */
export function describeResults({ result }: Smc, results: ArrayLike<number>): string {
  if (result === 'words') return Array.from(results, hex32).join(', ');
  return describeValue(result, results[0] ?? 0);
}

function describeValue(type: SmcArgumentType | SmcResultType, value: number): string {
  switch (type) {
    case 'va': case 'pa': return hex32(value);
    case 'i32': case 'status': return String(value | 0);
    case 'u32': case 'words': case 'none': return value >>> 0 > 0xffff ? hex32(value) : String(value >>> 0);
    case 'bool': return value === 1 ? 'true' : value === 0 ? 'false' : hex32(value);
    default: return Object.keys(type).find((key) => type[key]! >>> 0 === value >>> 0) ?? hex32(value);
  }
}
