/**
 * The values of one register map in one machine, with behaviour attached to registers.
 *
 * Values live in a Uint32Array, which may be a part of a larger one (a machine's linear memory). Reads and writes allocate nothing.
 */
import type { FieldName, MapSpec, RegisterMap, RegisterName } from './register-map.ts';

/** Behaviour of a register. `index` is the element of an array; `context` is what the caller passed along (a bus access, a CPU mode). */
export interface RegisterHooks {
  /** Gives what a read returns; `value` is what the fields would show. */
  readonly onRead?: (value: number, index: number, context: number) => number;
  /**
   * Runs after a write is stored: `old` and `value` are the stored values before and after, `written` what was written, with bits
   * outside `lanes` (the bits that the access wrote) zero. A hook that disagrees stores something else with `set`.
   */
  readonly onWrite?: (old: number, value: number, written: number, index: number, context: number, lanes: number) => void;
}

/** Saved values by register name; an array of registers is a list. */
export type RegisterState = {
  readonly map: string;
  readonly version: number;
  readonly registers: { readonly [name: string]: number | readonly number[] };
};

export interface RegisterFileOptions {
  /** Storage shared with others; the file's own if left out. */
  readonly storage?: Uint32Array;
  /** Index of the first slot in `storage`. */
  readonly base?: number;
  /** Takes a line about a field that is known and not modelled. */
  readonly log?: (line: string) => void;
}

export class RegisterFile<S extends MapSpec> {
  readonly map: RegisterMap<S>;
  readonly values: Uint32Array;
  /** Index in `values` of the map's slot 0. */
  readonly base: number;
  readonly #hooks: (RegisterHooks | undefined)[];
  readonly #log: ((line: string) => void) | undefined;
  readonly #tagLogged: Uint8Array;
  /** Element of each slot within its register. */
  readonly #element: Int32Array;

  /** The values start as they are in the storage given; a file that owns its storage starts as after reset. */
  constructor(map: RegisterMap<S>, options: RegisterFileOptions = {}) {
    this.map = map;
    this.values = options.storage ?? new Uint32Array(map.slotCount);
    this.base = options.storage === undefined ? 0 : (options.base ?? 0);
    if (this.base + map.slotCount > this.values.length) throw new RangeError(`${map.name}: storage has no room for ${map.slotCount} words at ${this.base}`);
    this.#hooks = new Array<RegisterHooks | undefined>(map.slotCount).fill(undefined);
    this.#log = options.log;
    this.#tagLogged = new Uint8Array(map.slotCount);
    this.#element = Int32Array.from({ length: map.slotCount }, (_, slot) => slot - map.infoOf(slot).slot);
    if (options.storage === undefined) this.reset();
  }

  /** Attaches behaviour to a register (all elements of an array). */
  on(register: RegisterName<S>, hooks: RegisterHooks): void {
    const slot = this.map.slots[register];
    const { count } = this.map.infoOf(slot);
    for (let element = 0; element < count; element++) {
      if (this.#hooks[slot + element] !== undefined) throw new Error(`${this.map.name}.${register} has its behaviour already`);
      this.#hooks[slot + element] = hooks;
    }
  }

  /** Gives every register its reset value. Runs no hooks. */
  reset(): void {
    this.values.set(this.map.reset, this.base);
  }

  /** The stored value (uint32), whatever its fields show to a read. */
  get(register: RegisterName<S>, index = 0): number {
    return this.values[this.base + this.map.slots[register] + index]!;
  }

  /** Stores a value as the hardware would, past field classes and hooks. */
  set(register: RegisterName<S>, value: number, index = 0): void {
    this.values[this.base + this.map.slots[register] + index] = value;
  }

  /** A field's stored value, moved to bit 0 (uint32). */
  field<R extends RegisterName<S>>(register: R, field: FieldName<S, R>, index = 0): number {
    const mask = this.map.masks[register][field];
    return (this.get(register, index) & mask) >>> lowestBit(mask);
  }

  /** Stores a field as the hardware would. */
  setField<R extends RegisterName<S>>(register: R, field: FieldName<S, R>, value: number, index = 0): void {
    const mask = this.map.masks[register][field];
    this.set(register, (this.get(register, index) & ~mask) | ((value << lowestBit(mask)) & mask), index);
  }

  /** Reads a slot as software does: field classes, then the hook. */
  read(slot: number, context = 0): number {
    const value = this.map.readable(slot, this.values[this.base + slot]!);
    const hook = this.#hooks[slot]?.onRead;
    return hook === undefined ? value : hook(value, this.#element[slot]!, context) >>> 0;
  }

  /** Writes a slot as software does: field classes, then the hook. Only bits in `lanes` are written. */
  write(slot: number, value: number, lanes = -1, context = 0): void {
    const at = this.base + slot;
    const old = this.values[at]!;
    const stored = this.map.applyWrite(slot, old, value, lanes);
    if (((stored ^ old) & this.map.tagMask[slot]!) !== 0 && this.#tagLogged[slot] === 0) this.#logTag(slot, (stored ^ old) & this.map.tagMask[slot]!);
    this.values[at] = stored;
    this.#hooks[slot]?.onWrite?.(old, stored, (value & lanes) >>> 0, this.#element[slot]!, context, lanes);
  }

  #logTag(slot: number, changed: number): void {
    this.#tagLogged[slot] = 1;
    const names = this.map.infoOf(slot).fields.filter((f) => (f.mask & changed) !== 0).map((f) => f.name);
    this.#log?.(`${this.map.name}.${this.map.nameOf(slot)}: ${names.join(', ')} set and not modelled`);
  }

  /** The values as plain data, by name. */
  save(): RegisterState {
    const registers: Record<string, number | number[]> = {};
    for (const { name, slot, count } of this.map.registers) {
      const values = this.values.subarray(this.base + slot, this.base + slot + count);
      registers[name] = count === 1 ? values[0]! : [...values];
    }
    return { map: this.map.name, version: this.map.version, registers };
  }

  /** Takes saved values back. Throws if they belong to another map or version, or if a register is missing. Runs no hooks. */
  load(state: RegisterState): void {
    if (state.map !== this.map.name || state.version !== this.map.version) {
      throw new Error(`saved state is ${state.map} version ${state.version}, not ${this.map.name} version ${this.map.version}`);
    }
    for (const name of Object.keys(state.registers)) {
      if (!(name in this.map.slots)) throw new Error(`saved state of ${this.map.name} has an unknown register ${name}`);
    }
    for (const { name, slot, count } of this.map.registers) {
      const saved = state.registers[name];
      const values = typeof saved === 'number' ? [saved] : saved;
      if (values === undefined || values.length !== count) throw new Error(`saved state of ${this.map.name} lacks ${count} value(s) of ${name}`);
      this.values.set(values, this.base + slot);
    }
  }
}

function lowestBit(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}
