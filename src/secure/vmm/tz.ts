/**
 * Device calls of Genode's TrustZone VMM, for guests that were built for it: r0 = device, r1 = function.
 *
 * Framebuffer and input take every function and do nothing. Serial collects characters into lines for the log. There is no block device: its count is 0, and
 * every other function of it is an error.
 */
import { collectLines } from '../components/lines.ts';
import { smc, type Smc } from './smc.ts';
import { TZ_ERROR } from './status.ts';

export const TZ_DEVICE = { framebuffer: 0, input: 1, serial: 2, block: 3 } as const;

export function tzCalls(): Smc[] {
  return [
    smc({ number: TZ_DEVICE.framebuffer, name: 'framebuffer' }, () => undefined),
    smc({ number: TZ_DEVICE.input, name: 'input' }, () => undefined),
    smc({ number: TZ_DEVICE.serial, function: 0, name: 'serial.send', args: { character: 'u32' }, state: { line: '' } }, ({ vm, args, state }) => {
      for (const line of collectLines(state, String.fromCharCode(args.character & 0xff))) vm.log(line);
    }),
    smc({ number: TZ_DEVICE.serial, name: 'serial', result: 'status' }, ({ vm, registers }) => vm.refuse(`serial has no function ${registers[1]! >>> 0}`, TZ_ERROR)),
    smc({ number: TZ_DEVICE.block, function: 0, name: 'block.count', result: 'u32' }, () => 0),
    smc({ number: TZ_DEVICE.block, name: 'block', result: 'status' }, ({ vm }) => vm.refuse('no block device', TZ_ERROR)),
  ];
}
