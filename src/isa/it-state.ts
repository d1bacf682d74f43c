import { ifThen } from './bodies/system.ts';
import type { Instruction } from './operation.ts';

/** ITAdvance() (A2.5.2). */
export function advanceIT(it: number): number { return (it & 7) === 0 ? 0 : (it & 0xe0) | ((it << 1) & 0x1f); }

/** ITSTATE behind an instruction that has `it`. */
export function itBehind({ operation, x }: Instruction, it: number): number { return operation.name === ifThen.name ? x.imm! : advanceIT(it); }
