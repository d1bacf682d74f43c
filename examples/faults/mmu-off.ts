/**
 * The kernel switches its MMU off, so that virtual addresses are physical ones. It is linked at other addresses than it is loaded at: the next fetch is not its own
 * code any more.
 *
 *     npx worldswitch boot --guest mini --scenario examples/faults/mmu-off.ts --run 'smc 5 0x80100000'
 */
import { smc } from 'worldswitch';

const SCTLR_M = 1;

export default smc({ number: 5, name: 'mmu-off', args: { pa: 'pa' }, result: 'status', level: 'kernel' }, ({ vm, args }) => {
  const { kernel } = vm;
  kernel.writeCp15('SCTLR', kernel.readCp15('SCTLR') & ~SCTLR_M);
  kernel.write32(args.pa, 0x12345678);
  return 0;
});
