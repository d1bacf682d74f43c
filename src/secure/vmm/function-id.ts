/**
 * What the number in r0 of an SMC means by itself.
 *
 * Source: SMC Calling Convention (ARM DEN0028), 1.2: sections 2.5 (function identifiers) and 6.2 (ranges of owners).
 */

export interface FunctionId {
  /** A fast call is atomic; a yielding one may be interrupted. Numbers outside SMCCC are neither. */
  readonly kind: 'fast' | 'yielding' | 'existing';
  /** Width of the arguments. */
  readonly bits: 32 | 64;
  /** Whose call it is, in SMCCC's words. */
  readonly owner: string;
  /** Whether the number lies in a range that SMCCC defines, so that an unknown one has the answer NOT_SUPPORTED. */
  readonly smccc: boolean;
}

const OWNERS: readonly string[] = [
  'Arm architecture', 'CPU service', 'SiP service', 'OEM service', 'standard secure service', 'standard hypervisor service', 'vendor hypervisor service',
];
const RESERVED_OWNER = 'reserved';
const FAST = 0x80000000;
const BITS64 = 0x40000000;

function ownerOf(number: number): string {
  const owner = number >>> 24 & 0x3f;
  const named = OWNERS[owner];
  if (named !== undefined) return named;
  if (owner === 48 || owner === 49) return 'trusted application';
  return owner >= 50 ? 'trusted OS' : RESERVED_OWNER;
}

/** Decodes r0. Numbers up to 0x01ffffff with bit 31 clear belong to interfaces older than SMCCC: the TrustZone VMM's devices, and calls of one's own. */
export function decodeFunctionId(number: number): FunctionId {
  if ((number & FAST) !== 0) return { kind: 'fast', bits: (number & BITS64) !== 0 ? 64 : 32, owner: ownerOf(number), smccc: true };
  if (number >>> 0 < 0x02000000) return { kind: 'existing', bits: 32, owner: 'existing interface', smccc: false };
  return { kind: 'yielding', bits: 32, owner: number >>> 0 < 0x20000000 ? 'trusted OS' : RESERVED_OWNER, smccc: true };
}
