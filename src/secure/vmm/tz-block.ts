/**
 * The block device of the TrustZone VMM interface (r0 = 3, r1 = function 0 to 11, r2 = device), over block components.
 *
 * The guest sets one buffer for all devices (10). A request (7) reserves room in the device's queue and gives a handle; submitting it (8) copies what is to be written out of
 * the buffer at once, so that nothing that the guest or a DMA master changes later is looked at again. When the component is done the device's interrupt is raised in the
 * VM, and stays so until the last reply has been collected (9): request handle, write flag, size, data.
 *
 * Deviations from the interface as the board's VMM has it: r8 of a submission is the handle that 7 gave, and no address; what is refused at submission frees its request;
 * the size of a reply is 0 where the disk failed.
 */
import type { Env, Plain } from '../component.ts';
import { MAXIMUM_TRANSFER } from './guest-memory.ts';
import { smc, type Smc, type SmcState, type VmmSmcVm } from './smc.ts';
import { TZ_ERROR } from './status.ts';
import { hex32 } from './text.ts';

/** A block device of the guest's. */
export interface TzBlock {
  /** The VMM's route to the component. Its signal has the component's name: `component`. */
  readonly service: string;
  readonly component: string;
  /** What the guest reads by function 11. */
  readonly name: string;
  /** Raised in the VM while replies wait. */
  readonly interrupt: number;
}

type Request = { handle: number; device: number; offset: number; size: number; guest: number; queued: boolean };
type Device = { blocks: number; blockSize: number; writable: boolean; started: boolean };

/** Shared by all functions. */
export type TzBlockState = {
  /** As the components described them when the VM started; null for one that did not answer. */
  devices: (Device | null)[];
  buffer: { base: number; size: number } | null;
  next: number;
  requests: Request[];
};

/** Name of the shared state. */
export const TZ_BLOCK_STATE = 'tz block';
export const TZ_BLOCK_DEVICE = 3;

/** Bytes of all requests of a device together, and how many there may be. */
const QUEUE_BYTES = MAXIMUM_TRANSFER;
const QUEUE_REQUESTS = 32;
/** Words in front of a reply's data: handle, write flag, size. */
const REPLY_HEADER = 12;
/** Where a request begins in the queue, in bytes. */
const GRANULE = 512;
const LONGEST_NAME = 64;

export const initialTzBlock = (): TzBlockState => ({ devices: [], buffer: null, next: 1, requests: [] });

/** At the start of the VM: asks the components what they are, and forgets what an earlier guest had under way. */
export function openTzBlocks(blocks: readonly TzBlock[], state: TzBlockState, env: Pick<Env, 'peer' | 'log'>): void {
  Object.assign(state, initialTzBlock());
  state.devices = blocks.map(({ service, name }) => {
    try {
      const info = env.peer(service).call('open') as unknown as Omit<Device, 'started'>;
      return { blocks: info.blocks, blockSize: info.blockSize, writable: info.writable, started: false };
    } catch (error) {
      if (!isUnanswered(error)) throw error;
      env.log.write(`block device ${name} is not there: ${error.message}`);
      return null;
    }
  });
}

/** A component has signalled: the interrupt of its device, if the guest wants it. */
export function tzBlockReplies(blocks: readonly TzBlock[], state: TzBlockState, component: string, raise: (interrupt: number) => void): void {
  blocks.forEach((block, i) => { if (block.component === component && state.devices[i]?.started === true) raise(block.interrupt); });
}

/** A component that has stopped, or was never there. A stopped VMM's own violation is another matter. */
function isUnanswered(error: unknown): error is Error {
  return error instanceof Error && error.name !== 'CapabilityViolation' && error.name !== 'KernelHalt' && error.name !== 'GuestFault';
}

export function tzBlockCalls(blocks: readonly TzBlock[]): Smc[] {
  const state: TzBlockState = initialTzBlock();
  const common = { number: TZ_BLOCK_DEVICE, state: state as unknown as SmcState, shares: TZ_BLOCK_STATE, invalid: TZ_ERROR } as const;
  const of = (shared: SmcState): TzBlockState => shared as unknown as TzBlockState;
  const device = (vm: VmmSmcVm, shared: SmcState, number: number): Device => of(shared).devices[number] ?? vm.refuse(`no block device ${number}`);
  const ask = (vm: VmmSmcVm, number: number, method: string, ...args: readonly Plain[]): Plain => {
    try {
      return vm.service(blocks[number]!.service).call(method, ...args);
    } catch (error) {
      if (!isUnanswered(error)) throw error;
      return vm.refuse(`block device ${number}: ${error.message}`);
    }
  };
  const bufferOf = (vm: VmmSmcVm, shared: SmcState, bytes: number): number => {
    const { buffer } = of(shared);
    if (buffer === null) return vm.refuse('no buffer is set');
    if (bytes > buffer.size) return vm.refuse(`${bytes} bytes do not fit in the buffer of ${buffer.size}`);
    return buffer.base;
  };
  /** Raises the interrupt while replies wait, or ends it. */
  const settle = (vm: VmmSmcVm, number: number, more: boolean): void => {
    const { interrupt } = blocks[number]!;
    if (more) vm.raise(interrupt);
    else vm.endInterrupt(interrupt);
  };

  return [
    smc({ ...common, function: 0, name: 'block.count', result: 'u32' }, () => blocks.length),
    smc({ ...common, function: 1, name: 'block.blocks', args: { device: 'u32' }, result: 'u32' }, ({ vm, args, state: shared }) => Math.min(device(vm, shared, args.device).blocks, 0xffffffff)),
    smc({ ...common, function: 2, name: 'block.size', args: { device: 'u32' }, result: 'u32' }, ({ vm, args, state: shared }) => device(vm, shared, args.device).blockSize),
    smc({ ...common, function: 3, name: 'block.writeable', args: { device: 'u32' }, result: 'u32' }, ({ vm, args, state: shared }) => (device(vm, shared, args.device).writable ? 1 : 0)),
    smc({ ...common, function: 4, name: 'block.queue', args: { device: 'u32' }, result: 'u32' }, ({ vm, args, state: shared }) => (device(vm, shared, args.device), QUEUE_BYTES)),
    smc({ ...common, function: 5, name: 'block.interrupt', args: { device: 'u32' }, result: 'u32' }, ({ vm, args, state: shared }) => (device(vm, shared, args.device), blocks[args.device]!.interrupt)),
    smc({ ...common, function: 6, name: 'block.start', args: { device: 'u32' }, result: 'status' }, ({ vm, args, state: shared }) => {
      device(vm, shared, args.device).started = true;
      if (ask(vm, args.device, 'replies') !== 0) settle(vm, args.device, true);
      return 0;
    }),
    smc({ ...common, function: 7, name: 'block.request', args: { device: 'u32', size: 'u32', request: 'u32' }, result: 'words' }, ({ args, state: shared }) => {
      const own = of(shared);
      const { size } = args;
      const offset = size === 0 || own.devices[args.device] == null ? -1 : freeRange(own.requests.filter((request) => request.device === args.device), size);
      if (offset < 0) return [0, 0];
      const handle = nextHandle(own);
      own.requests.push({ handle, device: args.device, offset, size, guest: args.request, queued: false });
      return [handle, offset];
    }),
    smc({
      ...common, function: 8, name: 'block.submit', result: 'status',
      args: { device: 'u32', offset: 'u32', size: 'u32', diskHigh: 'u32', diskLow: 'u32', write: 'bool', handle: 'u32' },
    }, ({ vm, args, state: shared }) => {
      const own = of(shared);
      const { size, write } = args;
      const disk = device(vm, shared, args.device);
      const at = own.requests.findIndex(({ handle, device: number, queued }) => handle === args.handle && number === args.device && !queued);
      const request = own.requests[at] ?? vm.refuse(`${hex32(args.handle)} is no open request of device ${args.device}`);
      own.requests.splice(at, 1);
      if (args.offset !== request.offset || size > request.size) return vm.refuse(`${size} bytes at ${args.offset} of the queue are not what request ${hex32(args.handle)} reserved (${request.size} at ${request.offset})`);
      const first = args.diskHigh * 2 ** 32 + args.diskLow;
      if (size === 0 || size % disk.blockSize !== 0 || first % disk.blockSize !== 0) return vm.refuse(`${size} bytes at ${first} are not whole blocks`);
      if (first + size > disk.blocks * disk.blockSize) return vm.refuse(`${size} bytes at ${first} run over the end of the disk`);
      if (write && !disk.writable) return vm.refuse('the disk is read-only');
      // The one copy: nothing of the request is in the guest's memory from here on.
      const data = write ? vm.readPhysical(bufferOf(vm, shared, size), size) : null;
      if (ask(vm, args.device, 'submit', request.handle, write, first, size, data) !== true) return vm.refuse('the disk does not take the request');
      own.requests.push({ ...request, size, queued: true });
      return 0;
    }),
    smc({ ...common, function: 9, name: 'block.collect', args: { device: 'u32' }, result: 'status' }, ({ vm, args, state: shared }) => {
      const own = of(shared);
      device(vm, shared, args.device);
      const next = ask(vm, args.device, 'next') as number;
      if (next < 0) {
        settle(vm, args.device, false);
        return 0;
      }
      // It must fit before it is taken.
      const base = bufferOf(vm, shared, REPLY_HEADER + next);
      const reply = ask(vm, args.device, 'collect') as { tag: number; write: boolean; size: number; data: Uint8Array | null; more: boolean };
      settle(vm, args.device, reply.more);
      const request = own.requests.findIndex(({ handle, queued }) => queued && handle === reply.tag);
      if (request < 0) return vm.refuse(`a reply to a request ${hex32(reply.tag)} that is not there`);
      const [{ guest }] = own.requests.splice(request, 1) as [Request];
      const data = reply.data ?? new Uint8Array();
      const bytes = new Uint8Array(REPLY_HEADER + data.length);
      new Uint32Array(bytes.buffer, 0, 3).set([guest, reply.write ? 1 : 0, reply.size]);
      bytes.set(data, REPLY_HEADER);
      vm.writePhysical(base, bytes);
      return 1;
    }),
    smc({ ...common, function: 10, name: 'block.buffer', args: { base: 'pa', size: 'u32' }, result: 'status' }, ({ vm, args, state: shared }) => {
      if (args.size <= REPLY_HEADER || args.size > REPLY_HEADER + QUEUE_BYTES) return vm.refuse(`a buffer of ${args.size} bytes: from ${REPLY_HEADER + 1} to ${REPLY_HEADER + QUEUE_BYTES} are possible`);
      // Both ends are in RAM, and so is all between them.
      vm.readPhysical(args.base + args.size - 1, 1);
      of(shared).buffer = { base: args.base, size: args.size };
      return 0;
    }),
    smc({ ...common, function: 11, name: 'block.name', args: { device: 'u32' }, result: 'status' }, ({ vm, args, state: shared }) => {
      device(vm, shared, args.device);
      const name = Uint8Array.from(blocks[args.device]!.name.slice(0, LONGEST_NAME), (character) => character.charCodeAt(0) & 0x7f);
      const bytes = new Uint8Array(name.length + 1);
      bytes.set(name);
      vm.writePhysical(bufferOf(vm, shared, bytes.length), bytes);
      return name.length;
    }),
    smc({ ...common, name: 'block', result: 'status' }, ({ vm, registers }) => vm.refuse(`block has no function ${registers[1]! >>> 0}`)),
  ];
}

/** A number that no request has: never 0. */
function nextHandle(state: TzBlockState): number {
  let handle: number;
  do {
    handle = state.next;
    state.next = handle >= 0x7fffffff ? 1 : handle + 1;
  } while (state.requests.some((request) => request.handle === handle));
  return handle;
}

/** The first place of a queue with room for `size` bytes; -1 where there is none. */
function freeRange(requests: readonly Request[], size: number): number {
  if (requests.length >= QUEUE_REQUESTS || size > QUEUE_BYTES) return -1;
  let at = 0;
  for (const request of [...requests].sort((a, b) => a.offset - b.offset)) {
    if (at + size <= request.offset) return at;
    at = request.offset + Math.ceil(request.size / GRANULE) * GRANULE;
  }
  return at + size <= QUEUE_BYTES ? at : -1;
}
