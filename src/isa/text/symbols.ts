/** The assembler's symbols: labels, constants of `.equ`, imported ones and local labels, kept from pass to pass. */
import type { InstructionSet } from '../operation.ts';
import type { Statement } from './source.ts';

export interface AssemblySymbol {
  readonly value: number;
  /** `label`: an address in a section; `constant`: from `.equ`, `.set`, `=`; `import`: given by the caller. */
  readonly kind: 'label' | 'constant' | 'import';
  /** Of a label: which instruction set it was defined in. */
  readonly state?: InstructionSet;
  /** Marked by `.thumb_func` (or `.type` as a function, in T32): `.word`, `=` and `:lower16:` of it have bit 0 set. */
  readonly thumbFunction?: true;
}

interface LocalLabel { readonly statement: number; address: number | undefined }

export class Symbols {
  readonly #symbols = new Map<string, AssemblySymbol>();
  readonly #locals = new Map<number, LocalLabel[]>();
  /** Names defined by the pass that is under way. */
  readonly #defined = new Set<string>();
  /** Whether a value changed in this pass. */
  changed = false;

  constructor(imports: Readonly<Record<string, number>>, statements: readonly Statement[]) {
    for (const [name, value] of Object.entries(imports)) this.#symbols.set(name, { value, kind: 'import' });
    statements.forEach(({ labels }, statement) => {
      for (const { name } of labels) {
        if (typeof name !== 'number') continue;
        const list = this.#locals.get(name) ?? [];
        list.push({ statement, address: undefined });
        this.#locals.set(name, list);
      }
    });
  }

  startPass(): void {
    this.#defined.clear();
    this.changed = false;
  }

  get(name: string): AssemblySymbol | undefined {
    return this.#symbols.get(name);
  }

  entries(): IterableIterator<[string, AssemblySymbol]> {
    return this.#symbols.entries();
  }

  isDefinedInPass(name: string): boolean {
    return this.#defined.has(name);
  }

  /** Gives a name its value; what is wrong with that, or undefined. */
  define(name: string, symbol: AssemblySymbol, mayRedefine: boolean): string | undefined {
    const old = this.#symbols.get(name);
    if (old?.kind === 'import') return `'${name}' is given by the caller already`;
    if (this.#defined.has(name) && !(mayRedefine && old?.kind === 'constant')) return `'${name}' is defined twice`;
    // A constant that is set again and again changes within a pass; forward references see its last value.
    const again = this.#defined.has(name);
    this.#defined.add(name);
    if (old === undefined || (old.value !== symbol.value && !again && symbol.kind === 'label') || old.thumbFunction !== symbol.thumbFunction) this.changed = true;
    this.#symbols.set(name, symbol);
    return undefined;
  }

  defineLocal(number: number, statement: number, address: number): void {
    const label = this.#locals.get(number)!.find((l) => l.statement === statement)!;
    if (label.address !== address) this.changed = true;
    label.address = address;
  }

  local(number: number, forward: boolean, statement: number): number | undefined {
    const list = this.#locals.get(number);
    return (forward ? list?.find((l) => l.statement > statement) : list?.findLast((l) => l.statement <= statement))?.address;
  }
}
