/** ARMv7-A as data: rows, bodies, decoder. */
export * from './ops.ts';
export type { Ops } from './all-ops.ts';
export * from './operation.ts';
export { createDecoder, Decoder } from './decode.ts';
export { allRows } from './rows/index.ts';
export { createAssembler, type Assembler, type AssembleOptions, type AssembleResult, type AssemblyError, type LineEntry, type Section } from './assembler.ts';
