/**
 * Makes blocks: decodes code in linear memory and writes its records. Records, those of regions included, are taken from one run of memory, in order; all are
 * given back together.
 */
import { changeState } from '../../isa/bodies/system.ts';
import type { Decoder } from '../../isa/decode.ts';
import { advanceIT, itBehind } from '../../isa/it-state.ts';
import type { Instruction } from '../../isa/operation.ts';
import { PAGE_SIZE } from '../layout.ts';
import type { LinearMemory } from '../memory.ts';
import type { Blocks } from './blocks.ts';
import type { Handler, Handlers } from './handlers.ts';
import {
  type Block, BLOCK_COST, counterOf, HANDLER_CONDITION, HANDLER_COUNT, HANDLER_EVALUATE, HANDLER_NEXT, RECORD_BYTES, RECORD_COUNT, RECORD_HANDLER, RECORD_OPERANDS, RECORD_PC, RECORD_REST,
} from './record.ts';

/** SCR.NS in a block's context. */
const CONTEXT_NONSECURE = 1 << 2;
const MAX_BLOCK = 64;
/** Room that a block can need at most: entry, counting, condition and instruction for each, fall through. */
const MAX_BLOCK_BYTES = (MAX_BLOCK * 2 + 3) * RECORD_BYTES;

export class Translator {
  readonly #decoder: Decoder;
  readonly #handlers: Handlers;
  readonly #blocks: Blocks;
  readonly #i32: Int32Array;
  readonly #u16: Uint16Array;
  readonly #start: number;
  readonly #end: number;
  #next: number;
  /** What blocks are to be counted down from, where they are counted. */
  threshold = 0;

  constructor(memory: LinearMemory, decoder: Decoder, handlers: Handlers, blocks: Blocks) {
    this.#decoder = decoder;
    this.#handlers = handlers;
    this.#blocks = blocks;
    this.#i32 = memory.i32;
    this.#u16 = memory.u16;
    this.#start = memory.layout.records;
    this.#end = this.#start + memory.layout.recordBytes;
    this.#next = this.#start;
  }

  /** Whether a block of any length can be made. */
  get hasRoom(): boolean { return this.#next + MAX_BLOCK_BYTES <= this.#end; }

  /** Gives all records back. */
  clear(): void { this.#next = this.#start; }

  /** Room for `count` records; 0 where there is none. */
  allocate(count: number): number {
    const first = this.#next;
    if (first + count * RECORD_BYTES > this.#end) return 0;
    this.#next += count * RECORD_BYTES;
    return first;
  }

  /** Gives back the records from `end` on of the last allocation. */
  release(end: number): void { this.#next = end; }

  write(record: number, handler: number, pc: number, rest: number): void {
    const s = this.#i32;
    // A call of fill() takes longer than all of this.
    for (let word = (record + RECORD_OPERANDS) >> 2; word < (record + RECORD_BYTES) >> 2; word++) s[word] = 0;
    s[(record + RECORD_HANDLER) >> 2] = handler;
    s[(record + RECORD_PC) >> 2] = pc;
    s[(record + RECORD_REST) >> 2] = rest;
  }

  /** Makes the block of the code at `host`; there must be room. */
  translate(host: number, va: number, context: number): Block {
    const thumb = (context & 1) !== 0;
    const bigEndian = (context & 2) !== 0;
    let mode = (context >> 3) & 31;
    const block = this.#next;
    const counter = counterOf(block);
    const counts = this.#blocks.countsIn(context);
    const first = counts ? counter + RECORD_BYTES : counter;
    const pageEnd = (host & ~(PAGE_SIZE - 1)) + PAGE_SIZE;
    let record = first;
    let at = host;
    let it = context >>> 8;
    let count = 0;
    let closed = false;
    while (!closed && count < MAX_BLOCK && at < pageEnd) {
      const pc = (va + at - host) | 0;
      const instruction = this.#decodeAt(at, thumb, pageEnd);
      // One that crosses the page is fetched before its condition is looked at: the evaluate tier does both.
      const condition = instruction === undefined ? 14 : thumb && it !== 0 && instruction.condition !== 15 ? it >> 4 : instruction.condition;
      const length = instruction?.length ?? 4;
      let handler: Handler | undefined;
      let conditional = condition < 14;
      if (instruction !== undefined && !bigEndian) {
        const fused = conditional ? this.#handlers.ofConditionalBranch(instruction, it !== 0, condition) : undefined;
        handler = fused ?? this.#handlers.of(instruction, it !== 0, mode, (context & CONTEXT_NONSECURE) !== 0);
        if (fused !== undefined) conditional = false;
        // Whether a conditional CPS (in an IT block: UNPREDICTABLE) changes the mode is known only when it runs.
        if (conditional && instruction.operation.name === changeState.name) handler = undefined;
      }
      if (conditional) {
        this.write(record, HANDLER_CONDITION + condition, pc, it << 16);
        record += RECORD_BYTES;
      }
      this.write(record, handler?.index ?? HANDLER_EVALUATE, pc, it << 16);
      if (instruction !== undefined && handler !== undefined && handler.index !== HANDLER_EVALUATE) this.#writeOperands(record, instruction, handler);
      record += RECORD_BYTES;
      at += length;
      count++;
      if (handler?.closes === true) closed = true;
      // CPS: what follows is of the new mode, which the handler puts into STATE.context.
      mode = handler?.modeAfter ?? mode;
      it = instruction === undefined ? advanceIT(it) : itBehind(instruction, it);
    }
    this.#countRest(first, record);
    this.write(record, HANDLER_NEXT, (va + at - host) | 0, it << 16);
    this.#next = record + RECORD_BYTES;
    if (counts) {
      this.write(counter, HANDLER_COUNT, va, 0);
      this.#u16[(counter + BLOCK_COST) >> 1] = count;
      this.#i32[(counter + RECORD_COUNT) >> 2] = this.threshold;
    }
    this.#blocks.add(block, host, va, context, count, at - host);
    return block;
  }

  /** Writes into each instruction's record, from `first` on, how many instructions stand between it and `end`. */
  #countRest(first: number, end: number): void {
    const s = this.#i32;
    let rest = 0;
    for (let record = end - RECORD_BYTES; record >= first; record -= RECORD_BYTES) {
      const handler = s[(record + RECORD_HANDLER) >> 2]!;
      if (handler >= HANDLER_CONDITION && handler < HANDLER_CONDITION + 14) continue;
      const word = (record + RECORD_REST) >> 2;
      s[word] = s[word]! | rest++;
    }
  }

  /** Decodes from linear memory; undefined for a 32-bit T32 instruction that crosses the page. */
  #decodeAt(at: number, thumb: boolean, pageEnd: number): Instruction | undefined {
    if (!thumb) return this.#decoder.decodeA32(this.#i32[at >> 2]!);
    const first = this.#u16[at >> 1]!;
    if ((first >>> 11) < 0x1d) return this.#decoder.decodeT32(first, 0);
    return at + 2 < pageEnd ? this.#decoder.decodeT32(first, this.#u16[(at + 2) >> 1]!) : undefined;
  }

  #writeOperands(record: number, { x }: Instruction, { operands }: Handler): void {
    let word = (record + RECORD_OPERANDS) >> 2;
    for (const { name, shift } of operands) this.#i32[word++] = x[name]! << shift;
  }
}
