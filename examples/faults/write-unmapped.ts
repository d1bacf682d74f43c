/**
 * The kernel writes to a physical address of the normal world as if it were a virtual one. Core does not map it: a data abort, and the kernel's end.
 *
 *     npx worldswitch boot --guest mini --scenario examples/faults/write-unmapped.ts --run 'smc 5 0x80100000'
 */
import { smc } from 'worldswitch';

export default smc({ number: 5, name: 'write-unmapped', args: { va: 'va' }, result: 'status', level: 'kernel' }, ({ vm, args }) => {
  const pa = vm.translate(args.va, { write: true });
  vm.log(`writing to PA 0x${pa.toString(16)}`);
  vm.kernel.write32(pa, 0x12345678);
  return 0;
});
