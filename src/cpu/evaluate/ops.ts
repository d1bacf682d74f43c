/**
 * The evaluate tier's `Ops` as one class: integer, vector, and what VFP and Advanced SIMD ask of the CPU (DDI 0406C, B1.11; DDI 0344, chapter 13).
 */
import type { Concrete } from '../../isa/concrete.ts';
import type { Ops } from '../../isa/all-ops.ts';
import type { VfpAccess, VfpSystemRegister } from '../../isa/vector-ops.ts';
import { MODE_USR, STATE } from '../layout.ts';
import { EvaluateIntegerOps } from './integer-ops.ts';

/** Cortex-A8 r2p5: ARM, VFPv3, hardware. */
const FPSID = 0x410330c2;
const MVFR0 = 0x11110222;
const MVFR1 = 0x00011111;
const FPEXC_EN = 1 << 30;
const CPACR_ASEDIS = 1 << 31;
/** NSACR.cp10 and cp11. */
const NSACR_VFP = 3 << 10;

export class EvaluateOps extends EvaluateIntegerOps implements Concrete<Ops> {
  override vfpEnabled(access: VfpAccess): boolean {
    if (this.#allowed(access)) return true;
    this.raise('undefined');
    return false;
  }

  #allowed(access: VfpAccess): boolean {
    const { s, core } = this;
    const user = s[STATE.mode] === MODE_USR;
    if (!core.isSecure() && (s[STATE.NSACR]! & NSACR_VFP) !== NSACR_VFP) return false;
    const cpacr = s[STATE.CPACR]!;
    const rights = (cpacr >>> 20) & 15;
    // cp10 and cp11 must be set alike; where they are not, the stricter one is obeyed (UNPREDICTABLE).
    if (user ? rights !== 15 : (rights & 5) !== 5) return false;
    if (access === 'neon' && (cpacr & CPACR_ASEDIS) !== 0) return false;
    if (access === 'system') return !user;
    return (s[STATE.fpexc]! & FPEXC_EN) !== 0;
  }

  override readVfpSystem(register: VfpSystemRegister): number {
    switch (register) {
      case 'FPSID': return FPSID;
      case 'MVFR0': return MVFR0;
      case 'MVFR1': return MVFR1;
      case 'FPEXC': return this.s[STATE.fpexc]!;
    }
  }

  override writeVfpSystem(register: VfpSystemRegister, value: number): void {
    if (register !== 'FPEXC') return;
    // Only EN is implemented: the Cortex-A8 has no subarchitecture state (EX reads as zero).
    this.s[STATE.fpexc] = value & FPEXC_EN;
    this.core.contextChanged = true;
  }

  protected override fpscrWritten(): void { this.core.contextChanged = true; }

  override writeNZCV(value: number): void { this.core.setFlags(value); }
}
