import type { IntegerOps, SystemOps } from './ops.ts';
import type { VectorOps } from './vector-ops.ts';

/** Everything a body may use. */
export interface Ops extends IntegerOps, SystemOps, VectorOps {}
