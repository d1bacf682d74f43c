/**
 * The VMM: an unprivileged component that loads the normal world, runs it, and answers for it.
 *
 * It sees the VM through its session only: registers, RAM, translations, run and pause. Whatever the guest puts into registers, the handlers here do not throw;
 * an exception of a handler that somebody adds stops this component, and the VM stays paused.
 *
 * Start state: that of reset (VM_RESET), but for ip (entry), cpsr (SVC, interrupts masked), and r0, r1, r2 of the boot module.
 */
import type { Component, Env, VmSession } from '../component.ts';
import { EXCEPTION, VM } from '../layout.ts';
import { canTake, describeAbort, faultOf, injectAbort, type AbortKind, type PendingAbort } from './abort.ts';
import { checkBoot, unpackBoot, type NormalBoot } from './boot-image.ts';
import { dumpVm, type DumpOptions } from './dump.ts';
import type { Decoder } from '../../isa/index.ts';
import { checkDevices, createDeviceVm, type EmulatedDevice } from './emulation/device.ts';
import { DeviceEmulator, lazyDecoder } from './emulation/emulate.ts';
import { decodeFunctionId } from './function-id.ts';
import { describeException } from './modes.ts';
import { copyState, describeArguments, type Smc, type SmcReply, type SmcState, type VmmSmcVm, type VmRequest } from './smc.ts';
import { createVmmSmcVm } from './smc-vm.ts';
import { smcKey, smcStateKey, type SmcTable } from './smc-table.ts';
import { SMCCC_STATUS } from './status.ts';
import { hex32, printable } from './text.ts';
import { openTzBlocks, TZ_BLOCK_STATE, tzBlockReplies, type TzBlock, type TzBlockState } from './tz-block.ts';

/** What happens on an SMC that no row of the table answers. `dump`: NOT_SUPPORTED where the number is SMCCC's, else the VM is dumped and stays paused. */
export type UnknownSmc = 'dump' | 'not-supported';

export interface VmmOptions {
  /** Name of the component. Default `vmm`. */
  readonly name?: string;
  /** Name of the VM. Default `normal`. */
  readonly label?: string;
  readonly smcs: SmcTable;
  readonly unknownSmc?: UnknownSmc;
  /** Name of the ROM module with the boot image. Default `boot`. */
  readonly bootModule?: string;
  readonly symbolOf?: DumpOptions['symbolOf'];
  /** Devices that are emulated; the VMM's IO_MEM session has the ranges of those that are passed through, in their order. */
  readonly devices?: readonly EmulatedDevice[];
  /** The instruction set's decoder, if there is one already. */
  readonly decoder?: Decoder;
  /** Block devices of the TrustZone VMM interface: those that the table was made with. */
  readonly blocks?: readonly TzBlock[];
}

export type VmmStatus = 'created' | 'running' | 'paused' | 'off';

export type VmmState = {
  status: VmmStatus;
  /** External aborts given back to the VM. */
  aborts: number;
  /** Accesses that were emulated. */
  emulated: number;
  /** State of emulated devices, by name. */
  devices: { [name: string]: SmcState };
  /** Imprecise aborts that wait for the VM to unmask them. */
  pending: PendingAbort[];
  /** State of SMCs that have one, by key. */
  smcs: { [key: string]: SmcState };
};

/** Kernel calls that end the system, by request. */
const KERNEL_CALLS = { 'system-off': 'system-off', 'system-reset': 'system-reset' } as const;
const START_CPSR = 0x93;
/** Each abort is logged up to this count, then the powers of two. */
const ABORTS_LOGGED = 16;
/** r0 to r8: of a device's call, r2 to r8 are arguments. */
const SMC_REGISTERS = 9;
/** Imprecise aborts that may wait; the architecture remembers one. */
const PENDING_LIMIT = 1;

export function createVmm({ name = 'vmm', label = 'normal', smcs, unknownSmc = 'dump', bootModule = 'boot', symbolOf, devices = [], decoder, blocks = [] }: VmmOptions): Component<VmmState> {
  checkDevices(devices);
  const vmm = new Vmm({ label, smcs, unknownSmc, bootModule, symbolOf, devices, decoder: lazyDecoder(decoder), blocks });
  return {
    name,
    initial: () => ({
      status: 'created', aborts: 0, emulated: 0, pending: [],
      devices: Object.fromEntries(devices.map(({ name: device, initialState }) => [device, copyState(initialState)])),
      smcs: Object.fromEntries(smcs.all().filter(beginsState).map((smc) => [smcStateKey(smc), copyState(smc.initialState)])),
    }),
    on: {
      start: (state, env) => { vmm.start(state, env); },
      signal: (state, env, event) => {
        if (event.name === 'vm') vmm.exception(state, env);
        else vmm.replies(state, env, event.name);
      },
    },
  };
}

interface Settings {
  readonly label: string;
  readonly smcs: SmcTable;
  readonly unknownSmc: UnknownSmc;
  readonly bootModule: string;
  readonly symbolOf: DumpOptions['symbolOf'] | undefined;
  readonly devices: readonly EmulatedDevice[];
  readonly decoder: () => Decoder;
  readonly blocks: readonly TzBlock[];
}

/** What an SMC's handler sees, and the name of the state that it has; undefined: it has none. */
interface Answer { readonly view: VmmSmcVm; readonly stateKey: string | undefined }

/** Behaviour only: all that changes is in the component's state. */
class Vmm {
  readonly #settings: Settings;
  /** A state's emulator is found again while the state is the same object. */
  readonly #emulators = new WeakMap<VmmState, DeviceEmulator>();
  /** What answering each SMC takes, made once for the sessions that the component has. */
  readonly #answers = new Map<Smc, Answer>();
  #answersOf: Env | undefined;
  /** The VM's state up to `exception`, as the last exception left it; and what of it is an SMC's. */
  readonly #words = new Uint32Array(VM.exception / 4 + 1);
  readonly #registers = this.#words.subarray(0, SMC_REGISTERS);
  /** What the SMC's handler that runs wants the VM to do next. */
  #requested: VmRequest | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  start(state: VmmState, env: Env): void {
    const vm = vmOf(env);
    if (env.rom === undefined) throw new Error('no ROM session is routed to the VMM');
    const { bootModule, label } = this.#settings;
    const module = unpackBoot(env.rom.rom(bootModule));
    if (!module.ok) throw new Error(`ROM module ${bootModule}: ${module.error}`);
    const boot = module.value;
    const checked = checkBoot(boot, vm.ramBase, vm.ram.size);
    if (!checked.ok) throw new Error(checked.error);
    for (const { address, bytes } of boot.loads) vm.ram.write(address - vm.ramBase, bytes);
    setStartState(vm, boot);
    const { blocks } = this.#settings;
    if (blocks.length > 0) openTzBlocks(blocks, blockState(state), env);
    // A guest before this one may have left replies where they were.
    for (const { interrupt } of blocks) vm.endInterrupt(interrupt);
    env.log.write(`${boot.loads.map(describeLoad).join(', ')}; SMC: SMCCC 1.2, PSCI 1.1, tz_vmm${ownCalls(this.#settings.smcs)}`);
    env.log.write(`VM "${label}" starts at ${hex32(boot.entry)}`);
    state.status = 'running';
    vm.run();
  }

  /** A device's component has replies for the guest. */
  replies(state: VmmState, env: Env, component: string): void {
    const vm = vmOf(env);
    tzBlockReplies(this.#settings.blocks, blockState(state), component, (interrupt) => {
      const outcome = vm.inject(interrupt);
      if (!outcome.ok) env.log.write(`interrupt of ${component}: ${outcome.error}`);
    });
  }

  exception(state: VmmState, env: Env): void {
    const vm = vmOf(env);
    if (state.status !== 'running') return;
    vm.read(this.#words);
    const number = this.#words[VM.exception / 4]!;
    switch (number) {
      case EXCEPTION.supervisorCall:
        this.#smc(state, env, vm);
        break;
      case EXCEPTION.prefetchAbort:
        this.#abort(state, env, vm, 'prefetch');
        break;
      case EXCEPTION.dataAbort:
        this.#abort(state, env, vm, 'data');
        break;
      default:
        this.#pause(state, env, vm, `unexpected ${describeException(number)}`);
    }
    if (state.status !== 'running') return;
    const waiting = state.pending[0];
    if (waiting !== undefined && canTake(vm, waiting)) {
      state.pending.shift();
      injectAbort(vm, waiting);
    }
    vm.run();
  }

  #abort(state: VmmState, env: Env, vm: VmSession, kind: AbortKind): void {
    const fault = faultOf(vm, kind);
    if (this.#settings.devices.length > 0 && this.#emulated(state, env, vm, fault)) return;
    state.aborts++;
    const taken = canTake(vm, fault);
    if (state.aborts <= ABORTS_LOGGED || (state.aborts & (state.aborts - 1)) === 0) {
      env.log.write(`[${this.#settings.label}] ${describeAbort(vm, fault)}; ${taken ? 'given back to the VM' : 'the VM masks it: it waits'}${state.aborts > ABORTS_LOGGED ? ` (abort ${state.aborts})` : ''}`);
    }
    if (taken) injectAbort(vm, fault);
    else if (state.pending.length < PENDING_LIMIT) state.pending.push(fault);
  }

  /** Offers an abort to the emulated devices. Returns whether the VM goes on behind the instruction. */
  #emulated(state: VmmState, env: Env, vm: VmSession, fault: PendingAbort): boolean {
    const { label, devices, decoder } = this.#settings;
    let emulator = this.#emulators.get(state);
    if (emulator === undefined) {
      const real = devices.filter(({ passThrough }) => passThrough);
      emulator = new DeviceEmulator(devices.map((device) => ({
        device, state: state.devices[device.name]!, registers: device.passThrough ? env.ioMem?.ranges[real.indexOf(device)] : undefined,
      })), decoder);
      this.#emulators.set(state, emulator);
    }
    const log = (line: string): void => { env.log.write(`[${label}] ${printable(line)}`); };
    const result = emulator.offer(vm, fault, createDeviceVm(label, log, (interrupt) => vm.inject(interrupt)));
    if (result.kind === 'emulated') state.emulated++;
    else if (result.kind === 'refused') log(`device ${result.device.name}: an access by the instruction at ${hex32(vm.get('ip'))} is refused: ${result.reason}`);
    return result.kind === 'emulated';
  }

  #smc(state: VmmState, env: Env, vm: VmSession): void {
    const registers = this.#registers;
    const { smcs, label } = this.#settings;
    const smc = smcs.find(registers[0]! | 0, registers[1]! | 0);
    if (smc === undefined) {
      this.#unknown(state, env, vm);
      return;
    }
    this.#requested = undefined;
    const reply = this.#invoke(smc, vm, env, state);
    const request = this.#requested as VmRequest | undefined;
    smcs.record(smc, registers, reply);
    vm.write(reply.results);
    if (reply.refusal !== undefined) {
      env.log.write(`[${label}] SMC ${smcKey(smc)} ${smc.name}(${describeArguments(smc, registers)}) refused: ${printable(reply.refusal)}`);
      return;
    }
    if (request !== undefined) this.#request(state, env, vm, request, `SMC ${smcKey(smc)} ${smc.name}`);
  }

  #invoke(smc: Smc, vm: VmSession, env: Env, state: VmmState): SmcReply {
    switch (smc.level) {
      case 'vmm': {
        const { view, stateKey } = this.#answer(smc, vm, env);
        return smc.invoke(this.#registers, view, stateKey === undefined ? undefined : state.smcs[stateKey]);
      }
      // Monitor and kernel answer their own before they signal.
      case 'monitor': case 'kernel': return { results: [SMCCC_STATUS.NOT_SUPPORTED >>> 0], refusal: `the ${smc.level} has no handler of this name` };
    }
  }

  #answer(smc: Smc, vm: VmSession, env: Env): Answer {
    if (env !== this.#answersOf) {
      this.#answers.clear();
      this.#answersOf = env;
    }
    let answer = this.#answers.get(smc);
    if (answer === undefined) {
      const { label } = this.#settings;
      const log = (line: string): void => { env.log.write(`[${label}] ${line}`); };
      const view = createVmmSmcVm({ label, rights: smc.rights, log }, vm, env.peer, (what) => { this.#requested = what; });
      answer = { view, stateKey: hasState(smc) ? smcStateKey(smc) : undefined };
      this.#answers.set(smc, answer);
    }
    return answer;
  }

  #unknown(state: VmmState, env: Env, vm: VmSession): void {
    const registers = this.#registers;
    const { smccc } = decodeFunctionId(registers[0]!);
    const supported = this.#settings.unknownSmc === 'dump' && !smccc;
    const reply: SmcReply = { results: supported ? [] : [SMCCC_STATUS.NOT_SUPPORTED >>> 0], refusal: 'unknown' };
    this.#settings.smcs.record(undefined, registers, reply);
    if (supported) this.#pause(state, env, vm, `unknown SMC ${smcKey({ number: registers[0]!, function: registers[1]! })}`);
    else vm.write(reply.results);
  }

  #request(state: VmmState, env: Env, vm: VmSession, what: VmRequest, who: string): void {
    const { label } = this.#settings;
    switch (what) {
      case 'pause':
        this.#pause(state, env, vm, who);
        break;
      case 'cpu-off':
        state.status = 'off';
        vm.pause();
        env.log.write(`VM "${label}" is off: ${who} turned its only CPU off`);
        break;
      case 'system-off': case 'system-reset': {
        state.status = 'off';
        vm.pause();
        env.log.write(`VM "${label}": ${what === 'system-off' ? 'power off' : 'reset'}, by ${who}`);
        const outcome = vm.call(KERNEL_CALLS[what]);
        if (!outcome.ok) env.log.write(`VM "${label}" stays off: ${outcome.error}`);
        break;
      }
    }
  }

  /** Dumps the VM and leaves it paused. */
  #pause(state: VmmState, env: Env, vm: VmSession, why: string): void {
    const { label, symbolOf } = this.#settings;
    state.status = 'paused';
    vm.pause();
    env.log.write(`VM "${label}" is paused: ${why}`);
    for (const line of dumpVm(vm, { label, ...(symbolOf === undefined ? {} : { symbolOf }) })) env.log.write(line);
  }
}

function vmOf(env: Env): VmSession {
  if (env.vm === undefined) throw new Error('no VM session is routed to the VMM');
  return env.vm;
}

function blockState(state: VmmState): TzBlockState {
  return state.smcs[TZ_BLOCK_STATE] as unknown as TzBlockState;
}

function setStartState(vm: VmSession, { entry, r0, r1, r2 }: NormalBoot): void {
  vm.reset();
  vm.set('ip', entry);
  vm.set('cpsr', START_CPSR);
  vm.set('r0', r0);
  vm.set('r1', r1);
  vm.set('r2', r2);
}

function beginsState({ initialState }: Smc): boolean { return Object.keys(initialState).length > 0; }

function hasState(smc: Smc): boolean { return smc.shares !== undefined || beginsState(smc); }

function describeLoad({ name, address, bytes }: NormalBoot['loads'][number]): string {
  const size = bytes.length >= 1 << 20 ? `${(bytes.length / (1 << 20)).toFixed(1)} MiB` : bytes.length >= 1024 ? `${(bytes.length / 1024).toFixed(1)} KiB` : `${bytes.length} bytes`;
  return `${name} ${size} at ${hex32(address)}`;
}

/** `, and hello (6)`: the calls that are not of the standard set. */
function ownCalls(table: SmcTable): string {
  const own = table.all().filter(({ number }) => !decodeFunctionId(number).smccc && number >= 4);
  return own.length === 0 ? '' : `, and ${own.map((smc) => `${smc.name} (${smcKey(smc)})`).join(', ')}`;
}

