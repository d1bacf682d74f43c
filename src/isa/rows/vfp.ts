/** All VFP rows, A32 and T32. */
import type { Row } from '../operation.ts';
import { vfpArithmeticRows } from './vfp-arithmetic.ts';
import { vfpTransferRows } from './vfp-transfer.ts';

export const vfpRows: readonly Row[] = [...vfpTransferRows, ...vfpArithmeticRows];
