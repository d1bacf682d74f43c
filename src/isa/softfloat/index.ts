/** IEEE 754 arithmetic on bit patterns, as the ARM ARM defines it. */
export * from './context.ts';
export * from './convert.ts';
export * from './estimate.ts';
export * from './f32.ts';
export * from './f64.ts';
