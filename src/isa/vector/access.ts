/** Who may use the extension registers (DDI 0406C, B1.11, CheckVFPEnabled and CheckAdvancedSIMDEnabled; B4.1.40 CPACR, B4.1.111 NSACR). */
import type { VfpAccess } from '../vector-ops.ts';

export interface VfpControl {
  readonly secure: boolean;
  readonly user: boolean;
  readonly NSACR: number;
  readonly CPACR: number;
  readonly FPEXC: number;
}

const FPEXC_EN = 1 << 30;
const CPACR_ASEDIS = 0x80000000;
const NSACR_NSASEDIS = 1 << 15;

/**
 * Whether the access is allowed; UNDEFINED where it is not. CPACR.cp10 decides (cp11 must be the same); value 2 is UNPREDICTABLE and refuses.
 */
export function vfpAccessAllowed({ secure, user, NSACR, CPACR, FPEXC }: VfpControl, access: VfpAccess): boolean {
  if (!secure) {
    if ((NSACR & (1 << 10)) === 0) return false;
    if (access === 'neon' && (NSACR & NSACR_NSASEDIS) !== 0) return false;
  }
  const cp10 = (CPACR >>> 20) & 3;
  if (cp10 === 0 || cp10 === 2 || (cp10 === 1 && user)) return false;
  if (access === 'system') return !user;
  if (access === 'neon' && (CPACR & CPACR_ASEDIS) !== 0) return false;
  return (FPEXC & FPEXC_EN) !== 0;
}

/** FPSID of the i.MX53's Cortex-A8: VFPv3 subarchitecture, part 0x30, variant 0xc, revision 2. */
export const FPSID = 0x410330c2;
/** D0-D31, all of VFPv3 with rounding modes and short vectors, no exception traps. */
export const MVFR0 = 0x11110222;
/** Advanced SIMD integer, single precision, loads and stores; NaN propagation, denormals. No half precision, no fused multiply. */
export const MVFR1 = 0x00011111;
/** Bits of FPEXC that exist: EN. EX is zero, since nothing is left to support code. */
export const FPEXC_MASK = FPEXC_EN;
