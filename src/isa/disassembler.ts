/** The disassembler: a decoded instruction as UAL text, from the same rows as the decoder. */
import type { Instruction, Row } from './operation.ts';
import type { ItCondition, SymbolOf } from './text/codec.ts';
import { SyntaxTables } from './text/tables.ts';

export type { ItCondition, SymbolOf } from './text/codec.ts';

export interface DisassembleOptions {
  /** Names addresses: `reset+0x8`. */
  readonly symbolOf?: SymbolOf;
  /** The condition that an IT block gives to this T32 instruction. */
  readonly it?: ItCondition;
}

export interface Disassembler {
  /**
   * The text of an instruction at an address; branch targets are absolute, as `0x8010 <name>`. What has no row is `.inst`.
   */
  disassemble(instruction: Instruction, address: number, options?: DisassembleOptions): string;
}

export function createDisassembler(rows: readonly Row[], tables: SyntaxTables = new SyntaxTables(rows)): Disassembler {
  return {
    disassemble: ({ row, word }, address, { symbolOf, it } = {}) => tables.format(row, word, address, it, symbolOf),
  };
}
