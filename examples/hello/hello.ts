/**
 * An SMC of one's own: the normal world passes the address and length of a text, the secure world logs it and returns how long it was.
 *
 *     npx worldswitch boot --guest mini --scenario examples/hello/hello.ts --run 'smc 6 @"it works" 8'
 */
import { smc } from 'worldswitch';

export default smc({ number: 6, name: 'hello', args: { text: 'va', length: 'u32' }, result: 'u32' }, ({ vm, args }) => {
  // Checked: only RAM of the normal world, each page translated by the CPU with the caller's rights. A refusal ends the call with a status.
  const text = vm.readString(args.text, Math.min(args.length, 80));
  vm.log(`hello from the normal world: ${text}`);
  return text.length;
});
