/**
 * The other side of monitor-ns.ts: the kernel, in secure SVC with SCR.NS = 0, reads secure RAM through a descriptor with NS = 1. The access is a non-secure one,
 * and the memory controller's watermark refuses it.
 *
 *     npx worldswitch boot --guest mini --scenario examples/faults/descriptor-ns.ts --run 'smc 8'
 */
import { PHYSICAL, smc } from 'worldswitch';

export default smc({ number: 8, name: 'peek', result: 'u32', level: 'kernel' }, ({ vm: { kernel } }) => {
  const window = kernel.map(PHYSICAL.image, 4096, { nonsecure: true, write: false });
  return kernel.read32(window);
});
