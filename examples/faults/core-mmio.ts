/**
 * A static mapping of core's, made by bootstrap: a row more in the board's `coreMmio`. The kernel reads the first MiB of the normal world's RAM through it.
 *
 * Bootstrap's mappings have NS = 0 in their descriptors: the access is a secure one, which the memory controller lets through to either world's memory. Where the
 * normal world caches the same memory, a mapping with NS = 1 is the one to take (vm.kernel.map), as a line is found by address and NS.
 *
 *     npx worldswitch boot --guest mini --scenario examples/faults/core-mmio.ts --run 'write 0x80050000 0x11223344; smc 9 0x80050000'
 */
import { PHYSICAL, QSB_SECURE, smc, VIRTUAL, type SecureBoard } from 'worldswitch';

const board: SecureBoard = { ...QSB_SECURE, coreMmio: [...QSB_SECURE.coreMmio, { name: 'NORMAL', base: PHYSICAL.normalRam, size: 0x100000 }] };
/** Rows follow one another in core's virtual memory. */
const window = VIRTUAL.mmio + QSB_SECURE.coreMmio.reduce((sum, { size }) => sum + size, 0);

const read = smc({ number: 9, name: 'read-static', args: { pa: 'pa' }, result: 'u32', level: 'kernel' }, ({ vm, args }) => {
  const offset = args.pa - PHYSICAL.normalRam;
  if (offset >= 0x100000 || offset % 4 !== 0) return vm.refuse(`0x${args.pa.toString(16)} is no word of the first MiB`);
  return vm.kernel.read32(window + offset);
});

export default { smcs: [read], board };
