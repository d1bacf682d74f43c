/** All named operand codecs. */
import type { Codec } from './codec.ts';
import { addressCodecs } from './operands-address.ts';
import { extensionCodecs } from './operands-extension.ts';
import { vectorCodecs } from './operands-vector.ts';
import { systemCodecs } from './operands-system.ts';
import { integerCodecs } from './operands.ts';

export const codecs: ReadonlyMap<string, Codec> = new Map(
  [...integerCodecs, ...addressCodecs, ...systemCodecs, ...extensionCodecs, ...vectorCodecs].map((codec) => [codec.name, codec]));
