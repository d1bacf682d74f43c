/**
 * The assembler: UAL text to bytes, from the same rows as the decoder. Syntax and directives are those of GNU as (`.syntax unified`) as far as they go; what
 * differs: one statement a line, and every expression is resolved at once (there are no relocations).
 */
import { createDecoder, type Decoder } from './decode.ts';
import type { Row } from './operation.ts';
import { Program, type AssembleOptions, type AssembleResult } from './text/program.ts';
import { SyntaxTables } from './text/tables.ts';

export type { AssembleOptions, AssembleResult, Section } from './text/program.ts';
export type { AssemblyError } from './text/source.ts';
export type { AssemblySymbol } from './text/symbols.ts';
export type { LineEntry } from './text/sections.ts';

export interface Assembler {
  /** Never throws: what is wrong with the source is in the result, several errors at once. */
  assemble(source: string, options?: AssembleOptions): AssembleResult;
}

/** An assembler for the instructions that `rows` declare. */
export function createAssembler(rows: readonly Row[], decoder: Decoder = createDecoder(rows), tables: SyntaxTables = new SyntaxTables(rows)): Assembler {
  return { assemble: (source, options = {}) => new Program(tables, decoder, source, options).assemble() };
}
