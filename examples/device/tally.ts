/**
 * A device that does not exist: where the board has nothing, the normal world finds a register block that the VMM makes up. Its accesses abort, and the VMM carries
 * them out (docs/emulation.md).
 *
 *     npx worldswitch boot --guest mini --scenario examples/device/tally.ts --run 'read 0x60000000; write 0x60000004 20; write 0x60000004 22; read 0x60000008'
 */
import { device } from 'worldswitch';

/** `TALY`, little-endian. */
const ID = 0x594c4154;

export default device({
  name: 'tally', base: 0x60000000, size: 0x1000, state: { sum: 0 },
  // 0: identification, 4: reads as zero, 8: the sum of what was written to 4
  read: ({ offset, state }) => (offset === 0 ? ID : offset === 8 ? state.sum : 0),
  write: ({ offset, value, state, vm }) => {
    if (offset !== 4) vm.refuse(`register ${offset} is read only`);
    state.sum = (state.sum + value) >>> 0;
    vm.log(`tally: ${value} makes ${state.sum}`);
  },
});
