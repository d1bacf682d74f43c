/** All named operand codecs. */
import type { Codec } from './codec.ts';
import { addressCodecs } from './operands-address.ts';
import { extensionCodecs } from './operands-extension.ts';
import { vectorCodecs } from './operands-vector.ts';
import { systemCodecs } from './operands-system.ts';
import { constantCodecs } from './operands-constant.ts';
import { numberCodecs } from './operands-number.ts';
import { registerCodecs } from './operands-register.ts';
import { shiftCodecs } from './operands-shift.ts';

export const codecs: ReadonlyMap<string, Codec> = new Map(
  [
    ...registerCodecs, ...numberCodecs, ...constantCodecs, ...shiftCodecs, ...addressCodecs, ...systemCodecs, ...extensionCodecs, ...vectorCodecs,
  ].map((codec) => [codec.name, codec]));
