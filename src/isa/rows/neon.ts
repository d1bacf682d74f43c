/** All Advanced SIMD rows, A32 and T32. */
import type { Row } from '../operation.ts';
import { neonMemoryRows } from './neon-memory.ts';
import { neonRegisterRows } from './neon-registers.ts';
import { neonShiftRows } from './neon-shifts.ts';

export const neonRows: readonly Row[] = [...neonRegisterRows, ...neonShiftRows, ...neonMemoryRows];
