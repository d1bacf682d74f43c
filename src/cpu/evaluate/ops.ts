/** The evaluate tier's `Ops` as one class. */
import { EvaluateIntegerOps } from './integer-ops.ts';

export class EvaluateOps extends EvaluateIntegerOps {}
