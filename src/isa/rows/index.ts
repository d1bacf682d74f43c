/** All rows of the instruction set. */
import type { Row } from '../operation.ts';
import { branchRows, coprocessorRows, exceptionRows, hintRows, preloadRows, statusRows, wideMoveRows } from './a32-branch-system.ts';
import { dataProcessingRows } from './a32-data-processing.ts';
import { exclusiveRows } from './a32-exclusive.ts';
import { loadStoreMultipleRows } from './a32-load-store-multiple.ts';
import { loadStoreRows } from './a32-load-store.ts';
import { mediaRows, multiplyRows } from './a32-multiply-media.ts';
import { neonRows } from './neon.ts';
import { thumb16Rows } from './t32-16.ts';
import { thumbBranchSystemRows } from './t32-branch-system.ts';
import { thumbDataProcessingRows } from './t32-data-processing.ts';
import { thumbLoadStoreRows } from './t32-load-store.ts';
import { vfpRows } from './vfp.ts';

export const allRows: readonly Row[] = [
  ...dataProcessingRows, ...wideMoveRows, ...loadStoreRows, ...loadStoreMultipleRows, ...exclusiveRows,
  ...multiplyRows, ...mediaRows,
  ...branchRows, ...statusRows, ...exceptionRows, ...hintRows, ...preloadRows, ...coprocessorRows,
  ...thumb16Rows, ...thumbDataProcessingRows, ...thumbLoadStoreRows, ...thumbBranchSystemRows,
  ...vfpRows, ...neonRows,
];
