/** Advanced SIMD and VFP as functions of lanes, and VectorOps on numbers. */
export * from './evaluate-scalar.ts';
export * from './evaluate-vector.ts';
export * from './lanes.ts';
export * from './lanes64.ts';
export * from './types.ts';
