/** The SMCs that every system has. */
import { psciCalls } from './psci.ts';
import type { Smc } from './smc.ts';
import { SmcTable } from './smc-table.ts';
import { smcccCalls } from './smccc.ts';
import { trngCalls } from './trng.ts';
import { tzCalls, type TzDevices } from './tz.ts';

export interface StandardCalls {
  /** What stands behind the TrustZone VMM's device calls. */
  readonly tz?: TzDevices;
  /** 32 bytes for the random numbers; default DEFAULT_SEED. */
  readonly seed?: Uint8Array;
}

/** A table of the standard calls, the TrustZone VMM's devices, and `own`. Throws where two collide. */
export function createSmcTable(own: readonly Smc[] = [], { tz, seed }: StandardCalls = {}): SmcTable {
  return new SmcTable([...smcccCalls(), ...psciCalls(), ...trngCalls(seed), ...tzCalls(tz), ...own]);
}
