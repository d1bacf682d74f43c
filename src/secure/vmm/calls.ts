/** The SMCs that every system has. */
import { psciCalls } from './psci.ts';
import type { Smc } from './smc.ts';
import { SmcTable } from './smc-table.ts';
import { smcccCalls } from './smccc.ts';
import { tzCalls } from './tz.ts';

/** A table of the standard calls, the TrustZone VMM's devices, and `own`. Throws where two collide. */
export function createSmcTable(own: readonly Smc[] = []): SmcTable {
  return new SmcTable([...smcccCalls(), ...psciCalls(), ...tzCalls(), ...own]);
}
