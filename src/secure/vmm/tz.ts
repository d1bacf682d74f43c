/**
 * Device calls of Genode's TrustZone VMM, for guests that were built for it: r0 = device, r1 = function. The block device stands in tz-block.ts.
 *
 * Framebuffer and input take every function and do nothing. Serial has function 0, a character to send; without a serial component, characters become lines of the log.
 * Functions 1 to 3 of serial are ours: 1 receive a character (-1: none), 2 send and 3 receive a buffer of the VM's RAM (r2 physical address, r3 size; gives how many bytes).
 */
import { collectLines } from '../components/lines.ts';
import type { Plain } from '../component.ts';
import { smc, type Smc, type VmmSmcVm } from './smc.ts';
import { TZ_ERROR } from './status.ts';
import { TZ_BLOCK_DEVICE, tzBlockCalls, type TzBlock } from './tz-block.ts';

export const TZ_DEVICE = { framebuffer: 0, input: 1, serial: 2, block: TZ_BLOCK_DEVICE } as const;

export interface TzDevices {
  readonly blocks?: readonly TzBlock[];
  /** The VMM's route to a serial component. */
  readonly serial?: string;
}

/** Bytes that one serial call moves at most. */
const SERIAL_BUFFER = 1 << 16;

export function tzCalls({ blocks = [], serial }: TzDevices = {}): Smc[] {
  const ask = (vm: VmmSmcVm, service: string, method: string, ...args: readonly Plain[]): Plain => {
    try {
      return vm.service(service).call(method, ...args);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'Error') throw error;
      return vm.refuse(`serial: ${error.message}`, TZ_ERROR);
    }
  };
  const send = (vm: VmmSmcVm, bytes: Uint8Array, state: { line: string }): void => {
    if (serial === undefined) for (const line of collectLines(state, bytes.reduce((text, byte) => text + String.fromCharCode(byte), ''))) vm.log(line);
    else ask(vm, serial, 'send', vm.label, bytes);
  };
  const receive = (vm: VmmSmcVm, maximum: number): Uint8Array => (serial === undefined ? new Uint8Array() : ask(vm, serial, 'receive', maximum) as Uint8Array);
  const checkSize = (vm: VmmSmcVm, size: number): void => {
    if (size > SERIAL_BUFFER) vm.refuse(`${size} bytes in one serial call; at most ${SERIAL_BUFFER}`);
  };
  const common = { number: TZ_DEVICE.serial, state: { line: '' }, shares: 'tz serial', invalid: TZ_ERROR } as const;
  return [
    smc({ number: TZ_DEVICE.framebuffer, name: 'framebuffer' }, () => undefined),
    smc({ number: TZ_DEVICE.input, name: 'input' }, () => undefined),
    smc({ ...common, function: 0, name: 'serial.send', args: { character: 'u32' } }, ({ vm, args, state }) => { send(vm, Uint8Array.of(args.character & 0xff), state); }),
    smc({ ...common, function: 1, name: 'serial.receive', result: 'status' }, ({ vm }) => receive(vm, 1)[0] ?? -1),
    smc({ ...common, function: 2, name: 'serial.write', args: { buffer: 'pa', size: 'u32' }, result: 'status' }, ({ vm, args, state }) => {
      checkSize(vm, args.size);
      send(vm, vm.readPhysical(args.buffer, args.size), state);
      return args.size;
    }),
    smc({ ...common, function: 3, name: 'serial.read', args: { buffer: 'pa', size: 'u32' }, result: 'status' }, ({ vm, args }) => {
      checkSize(vm, args.size);
      // All of the buffer is in RAM before a byte is taken from the line.
      vm.readPhysical(args.buffer, args.size);
      const bytes = receive(vm, args.size);
      vm.writePhysical(args.buffer, bytes);
      return bytes.length;
    }),
    smc({ ...common, name: 'serial', result: 'status' }, ({ vm, registers }) => vm.refuse(`serial has no function ${registers[1]! >>> 0}`)),
    ...tzBlockCalls(blocks),
  ];
}
