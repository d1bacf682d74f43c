/** What the threaded tier asks of a tier above it that compiles hot code. */
import type { Block } from './record.ts';

export interface HotCode {
  /** Entries of a block until `hot` is called; 0 asks for `hot` at its first execution. */
  readonly threshold: number;
  /** A block's count came to zero (its HANDLER_COUNT record holds 0 then). The block may have a region afterwards, or a new count. */
  hot(block: Block): void;
  /** A page that the block's region goes on into is not where it was: the region cannot run here. */
  displaced(block: Block): void;
  /** There are no blocks any more: what was a block's number will be another's. */
  cleared(): void;
}
