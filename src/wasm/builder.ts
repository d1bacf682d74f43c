/**
 * A WebAssembly module builder: functions as bytes, sections around them. Knows nothing of ARM.
 *
 * Locals are allocated by type and may be given back, so that a function's locals stay few; `finish` asserts that every block was closed.
 */
import { FUNCREF, I32, OP, type ValueType } from './opcodes.ts';

/** A growing byte buffer with LEB128 numbers. */
export class Bytes {
  #bytes: Uint8Array;
  length = 0;

  /** `capacity`: bytes that are likely to do. */
  constructor(capacity = 256) { this.#bytes = new Uint8Array(capacity); }

  #room(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + more));
    larger.set(this.#bytes.subarray(0, this.length));
    this.#bytes = larger;
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.length++] = value;
  }

  unsigned(value: number): void {
    let rest = value >>> 0;
    this.#room(5);
    while (rest > 0x7f) {
      this.#bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.length++] = rest;
  }

  signed(value: number): void {
    let rest = value | 0;
    this.#room(5);
    for (;;) {
      const low = rest & 0x7f;
      rest >>= 7;
      if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) {
        this.#bytes[this.length++] = low;
        return;
      }
      this.#bytes[this.length++] = low | 0x80;
    }
  }

  /** Signed LEB128 of a 64-bit constant given as a bigint. */
  signed64(value: bigint): void {
    let rest = value;
    for (;;) {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      if ((rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)) {
        this.byte(low);
        return;
      }
      this.byte(low | 0x80);
    }
  }

  name(text: string): void {
    this.unsigned(text.length);
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i));
  }

  append(other: Bytes): void {
    this.#room(other.length);
    this.#bytes.set(other.#bytes.subarray(0, other.length), this.length);
    this.length += other.length;
  }

  take(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }
}

export interface FunctionType { readonly params: readonly ValueType[]; readonly results: readonly ValueType[] }

/** Code of one function. Methods append instructions. */
export class FunctionBuilder {
  readonly code: Bytes;
  readonly type: FunctionType;
  readonly #params: number;
  readonly #locals: ValueType[] = [];
  readonly #free = new Map<ValueType, number[]>();
  #depth = 0;

  constructor(type: FunctionType, capacity?: number) {
    this.code = new Bytes(capacity);
    this.type = type;
    this.#params = type.params.length;
  }

  local(type: ValueType = I32): number {
    const reused = this.#free.get(type)?.pop();
    if (reused !== undefined) return reused;
    this.#locals.push(type);
    return this.#params + this.#locals.length - 1;
  }

  giveBack(local: number): void {
    const type = this.#locals[local - this.#params];
    if (type === undefined) throw new Error(`local ${local} is not one of this function's`);
    const list = this.#free.get(type);
    if (list === undefined) this.#free.set(type, [local]);
    else if (list.includes(local)) throw new Error(`local ${local} given back twice`);
    else list.push(local);
  }

  /** Blocks that are open: a label opened as the n-th is reached by `br(depth - n)`. */
  get depth(): number { return this.#depth; }

  /** Pairs of an offset in the code and 1 or 0: hints of `expect`. */
  readonly hints: number[] = [];

  /** Says whether the branch (`if`, `brIf`) that comes next is usually taken. Hosts that know the branch hinting proposal use it. */
  expect(taken: boolean): this {
    this.hints.push(this.code.length, taken ? 1 : 0);
    return this;
  }

  /** Takes back all code behind a point where `depth` blocks were open and `length` bytes written. Locals stay. */
  rollBack(length: number, depth: number): void {
    this.code.length = length;
    this.#depth = depth;
    while (this.hints.length > 0 && this.hints.at(-2)! >= length) this.hints.length -= 2;
  }

  /** An instruction without operands of its own; one above 0xff has its prefix byte above its number. */
  op(opcode: number): this {
    if (opcode > 0xff) {
      this.code.byte(opcode >>> 8);
      this.code.unsigned(opcode & 0xff);
    } else {
      this.code.byte(opcode);
    }
    return this;
  }
  byte(value: number): this { this.code.byte(value); return this; }
  /** What an instruction has as its immediate bytes: lanes, vector and floating-point constants. */
  bytes(values: readonly number[]): this {
    for (const value of values) this.code.byte(value);
    return this;
  }
  i32(value: number): this { this.code.byte(OP.i32_const); this.code.signed(value); return this; }
  i64(value: bigint): this { this.code.byte(OP.i64_const); this.code.signed64(value); return this; }
  get(local: number): this { this.code.byte(OP.local_get); this.code.unsigned(local); return this; }
  set(local: number): this { this.code.byte(OP.local_set); this.code.unsigned(local); return this; }
  tee(local: number): this { this.code.byte(OP.local_tee); this.code.unsigned(local); return this; }
  /** A load or store; alignment is given as the access's natural log2 or less. */
  memory(opcode: number, offset: number, alignLog2 = 0): this {
    this.op(opcode);
    this.code.unsigned(alignLog2);
    this.code.unsigned(offset);
    return this;
  }
  load(offset: number): this { return this.memory(OP.i32_load, offset, 2); }
  store(offset: number): this { return this.memory(OP.i32_store, offset, 2); }
  call(index: number): this { this.code.byte(OP.call); this.code.unsigned(index); return this; }
  returnCall(index: number): this { this.code.byte(OP.return_call); this.code.unsigned(index); return this; }
  callIndirect(type: number, table = 0): this {
    this.code.byte(OP.call_indirect);
    this.code.unsigned(type);
    this.code.unsigned(table);
    return this;
  }
  returnCallIndirect(type: number, table = 0): this {
    this.code.byte(OP.return_call_indirect);
    this.code.unsigned(type);
    this.code.unsigned(table);
    return this;
  }
  block(result = 0x40): this { return this.#open(OP.block, result); }
  loop(result = 0x40): this { return this.#open(OP.loop, result); }
  if(result = 0x40): this { return this.#open(OP.if, result); }
  else(): this { return this.op(OP.else); }
  end(): this {
    if (this.#depth-- === 0) throw new Error('end without a block');
    return this.op(OP.end);
  }
  br(depth: number): this { this.code.byte(OP.br); this.code.unsigned(depth); return this; }
  brIf(depth: number): this { this.code.byte(OP.br_if); this.code.unsigned(depth); return this; }

  #open(opcode: number, result: number): this {
    this.#depth++;
    this.code.byte(opcode);
    this.code.byte(result);
    return this;
  }

  /** Bytes before the code in what `finish` returned. */
  localsLength = 0;

  /** The function's body with its locals, as the code section wants it. */
  finish(): Bytes {
    if (this.#depth !== 0) throw new Error(`${this.#depth} blocks are open at the end of a function`);
    const body = new Bytes();
    const runs: [number, ValueType][] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last !== undefined && last[1] === type) last[0]++;
      else runs.push([1, type]);
    }
    body.unsigned(runs.length);
    for (const [count, type] of runs) {
      body.unsigned(count);
      body.byte(type);
    }
    this.localsLength = body.length;
    body.append(this.code);
    body.byte(OP.end);
    return body;
  }
}

export type Import =
  | { readonly kind: 'function'; readonly module: string; readonly name: string; readonly type: number }
  | { readonly kind: 'memory'; readonly module: string; readonly name: string; readonly pages: number }
  | { readonly kind: 'table'; readonly module: string; readonly name: string; readonly initial: number };

export interface ModuleSpec {
  readonly types: readonly FunctionType[];
  readonly imports: readonly Import[];
  /** `name` is for the host's profilers alone. */
  readonly functions: readonly { readonly type: number; readonly body: FunctionBuilder; readonly exportName: string; readonly name?: string }[];
}

function section(into: Bytes, id: number, content: Bytes): void {
  into.byte(id);
  into.unsigned(content.length);
  into.append(content);
}

/** The custom section of the branch hinting proposal, which stands before the code. */
function branchHints(out: Bytes, { functions }: ModuleSpec, imported: number): void {
  const hinted = functions.filter(({ body }) => body.hints.length > 0).length;
  if (hinted === 0) return;
  const content = new Bytes();
  content.name('metadata.code.branch_hint');
  content.unsigned(hinted);
  functions.forEach(({ body: { hints, localsLength } }, i) => {
    if (hints.length === 0) return;
    content.unsigned(imported + i);
    content.unsigned(hints.length / 2);
    for (let at = 0; at < hints.length; at += 2) {
      content.unsigned(localsLength + hints[at]!);
      content.unsigned(1);
      content.unsigned(hints[at + 1]!);
    }
  });
  section(out, 0, content);
}

/** Puts the sections of a module together. Imported functions come first in the function index space. */
export function buildModule(spec: ModuleSpec): Uint8Array {
  const out = new Bytes();
  for (const byte of [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]) out.byte(byte);
  const types = new Bytes();
  types.unsigned(spec.types.length);
  for (const { params, results } of spec.types) {
    types.byte(0x60);
    types.unsigned(params.length);
    for (const type of params) types.byte(type);
    types.unsigned(results.length);
    for (const type of results) types.byte(type);
  }
  section(out, 1, types);
  const imports = new Bytes();
  imports.unsigned(spec.imports.length);
  for (const item of spec.imports) {
    imports.name(item.module);
    imports.name(item.name);
    switch (item.kind) {
      case 'function':
        imports.byte(0);
        imports.unsigned(item.type);
        break;
      case 'table':
        imports.byte(1);
        imports.byte(FUNCREF);
        imports.byte(0);
        imports.unsigned(item.initial);
        break;
      case 'memory':
        imports.byte(2);
        imports.byte(1);
        imports.unsigned(item.pages);
        imports.unsigned(item.pages);
        break;
    }
  }
  section(out, 2, imports);
  const functions = new Bytes();
  functions.unsigned(spec.functions.length);
  for (const { type } of spec.functions) functions.unsigned(type);
  section(out, 3, functions);
  const imported = spec.imports.filter(({ kind }) => kind === 'function').length;
  const exports = new Bytes();
  exports.unsigned(spec.functions.length);
  spec.functions.forEach(({ exportName }, i) => {
    exports.name(exportName);
    exports.byte(0);
    exports.unsigned(imported + i);
  });
  section(out, 7, exports);
  const code = new Bytes();
  code.unsigned(spec.functions.length);
  for (const { body } of spec.functions) {
    const bytes = body.finish();
    code.unsigned(bytes.length);
    code.append(bytes);
  }
  branchHints(out, spec, imported);
  section(out, 10, code);
  const named = spec.functions.filter(({ name }) => name !== undefined).length;
  if (named > 0) {
    const names = new Bytes();
    names.unsigned(named);
    spec.functions.forEach(({ name }, i) => {
      if (name === undefined) return;
      names.unsigned(imported + i);
      names.name(name);
    });
    const custom = new Bytes();
    custom.name('name');
    section(custom, 1, names);
    section(out, 0, custom);
  }
  return out.take();
}
