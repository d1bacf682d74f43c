/** How the words of a row become instructions. */
import type { Instruction, InstructionSet, Operation, Row, Shape } from './operation.ts';
import { FieldReader, isConditional, type Pattern } from './pattern.ts';

/** What all instructions of one handler share. */
interface Form { readonly handler: number; readonly shape: Shape }

/** Numbers the handlers: one for each instruction set, operation, shape, and choice of PC among the registers (a mask). Rows share them. */
export class Forms {
  readonly #forms = new Map<string, Form>();

  get count(): number { return this.#forms.size; }

  of(set: InstructionSet, operation: Operation, shape: Shape, pcs: number): Form {
    const key = [set, operation.name, ...Object.entries(shape).flat(), pcs].join('|');
    let form = this.#forms.get(key);
    if (form === undefined) this.#forms.set(key, form = { handler: this.#forms.size, shape });
    return form;
  }
}

/** One row's forms: a level for each value of the shape and one for the PCs, so that finding one makes no key. */
class FormTree {
  readonly #next = new Map<Shape[string], FormTree>();
  form: Form | undefined;

  at(value: Shape[string]): FormTree {
    let next = this.#next.get(value);
    if (next === undefined) this.#next.set(value, next = new FormTree());
    return next;
  }
}

export class Encoding {
  readonly #row: Row;
  readonly #forms: Forms;
  /** What the words are that the row makes UNDEFINED; none for the row of such words. */
  readonly #otherwise: Encoding | undefined;
  readonly #length: number;
  readonly #reader: FieldReader;
  readonly #registers: readonly string[];
  readonly #hasCondition: boolean;
  readonly #tree = new FormTree();

  constructor(pattern: Pattern, forms: Forms, otherwise?: Encoding) {
    const { row } = pattern;
    const { operands } = row.operation;
    this.#row = row;
    this.#forms = forms;
    this.#otherwise = otherwise;
    this.#length = pattern.width / 8;
    this.#reader = new FieldReader(pattern);
    this.#registers = Object.keys(operands).filter((name) => operands[name] === 'reg');
    this.#hasCondition = row.conditional === true || isConditional(row);
  }

  /** The instruction of a word that matches the pattern. */
  decode(word: number): Instruction {
    const row = this.#row;
    const fields = this.#reader.read(word);
    if (this.#otherwise !== undefined && row.undefinedIf?.(fields) === true) return this.#otherwise.decode(word);
    const { shape, x } = row.decode(fields);
    const condition = this.#hasCondition ? fields.c : row.unconditional === true ? 15 : this.#otherwise === undefined ? undefinedCondition(row.set, word) : 14;
    const form = this.#formOf(shape, x);
    return { row, operation: row.operation, shape: form.shape, x, condition, length: this.#length, word, handler: form.handler };
  }

  #formOf(shape: Shape, x: Instruction['x']): Form {
    let tree = this.#tree;
    for (const name in shape) tree = tree.at(shape[name]!);
    let pcs = 0;
    for (const name of this.#registers) pcs = pcs << 1 | (x[name] === 15 ? 1 : 0);
    tree = tree.at(pcs);
    return tree.form ??= this.#forms.of(this.#row.set, this.#row.operation, shape, pcs);
  }
}

/** The condition of a word without a row. */
function undefinedCondition(set: InstructionSet, word: number): number {
  return set === 'A32' && (word >>> 28) !== 15 ? word >>> 28 : 14;
}
