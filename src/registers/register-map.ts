/**
 * Register maps as data: name, location, reset value, and fields that account for every bit.
 *
 * A location is a number that means something only to the map's owner: a byte offset for a device, an encoding for CP15.
 * A map is immutable and shared by all machines; `RegisterFile` holds the values of one machine.
 */

/**
 * What a field does when read and written.
 * `rw` stored; `ro` written only by the hardware; `wo` stored but reads as zero; `w1c` writing 1 clears; `reserved` reads as zero and
 * ignores writes; `tag` known and not modelled: stored like `rw`, and the first change is logged; `raz`, `rao` a named field that
 * always reads as zeros or ones.
 */
export type FieldClass = 'rw' | 'ro' | 'wo' | 'w1c' | 'reserved' | 'tag' | 'raz' | 'rao';

/** `[bit, class]` or `[high, low, class]`. */
export type FieldSpec = readonly [bit: number, kind: FieldClass] | readonly [high: number, low: number, kind: FieldClass];

export interface RegisterSpec {
  /** Location of the register, or of the first of an array. */
  readonly at: number;
  /** Value after reset; 0 if left out. An array gives one value for each element. */
  readonly reset?: number | readonly number[];
  /** Bits of the register; 32 if left out. */
  readonly width?: 8 | 16 | 32;
  /** Elements of an array of registers (or banks); 1 if left out. */
  readonly count?: number;
  /** Distance of locations within an array; 4 if left out. 0 makes banks: one location, and the owner picks the element. */
  readonly stride?: number;
  readonly fields: { readonly [name: string]: FieldSpec };
  /** Bits that the manual reserves, as '31:24 7'. */
  readonly reserved?: string;
}

export interface MapSpec { readonly [register: string]: RegisterSpec }

export type RegisterName<S extends MapSpec> = keyof S & string;
export type FieldName<S extends MapSpec, R extends keyof S> = keyof S[R]['fields'] & string;

/** Why a map cannot be built: the register and the bits are in the message. */
export class RegisterMapError extends Error {
  override readonly name = 'RegisterMapError';
}

/** One register (or array) with what its fields amount to. Masks are uint32. */
export interface RegisterInfo {
  readonly name: string;
  readonly at: number;
  readonly width: number;
  readonly count: number;
  readonly stride: number;
  /** Index of the first element among all elements of the map. */
  readonly slot: number;
  readonly fields: readonly FieldInfo[];
}

export interface FieldInfo {
  readonly name: string;
  readonly high: number;
  readonly low: number;
  readonly kind: FieldClass;
  /** The field's bits in place (uint32). */
  readonly mask: number;
}

type Slots<S extends MapSpec> = { readonly [R in RegisterName<S>]: number };
type Masks<S extends MapSpec> = { readonly [R in RegisterName<S>]: { readonly [F in FieldName<S, R>]: number } };

const bitsMask = (high: number, low: number): number => (high - low === 31 ? 0xffffffff : (((1 << (high - low + 1)) - 1) << low)) >>> 0;

const hex = (value: number): string => '0x' + (value >>> 0).toString(16);

function parseReserved(mapName: string, register: string, text: string): FieldInfo[] {
  return text.trim().split(/\s+/).map((range) => {
    const match = /^(\d+)(?::(\d+))?$/.exec(range);
    if (match === null) throw new RegisterMapError(`${mapName}.${register}: '${range}' is no bit range`);
    const high = Number(match[1]);
    return makeField(mapName, register, `reserved ${range}`, high, match[2] === undefined ? high : Number(match[2]), 'reserved');
  });
}

function makeField(mapName: string, register: string, name: string, high: number, low: number, kind: FieldClass): FieldInfo {
  if (!Number.isInteger(high) || !Number.isInteger(low) || low < 0 || high < low || high > 31) {
    throw new RegisterMapError(`${mapName}.${register}.${name}: bits ${high}:${low} are no range within 31:0`);
  }
  return { name, high, low, kind, mask: bitsMask(high, low) };
}

function rangesOf(mask: number): string {
  const ranges: string[] = [];
  for (let bit = 31; bit >= 0; bit--) {
    if ((mask >>> bit & 1) === 0) continue;
    const high = bit;
    while (bit > 0 && (mask >>> (bit - 1) & 1) === 1) bit--;
    ranges.push(high === bit ? `${high}` : `${high}:${bit}`);
  }
  return ranges.join(', ');
}

function buildFields(mapName: string, name: string, spec: RegisterSpec): FieldInfo[] {
  const width = spec.width ?? 32;
  const fields = Object.entries(spec.fields).map(([field, f]) => f.length === 2
    ? makeField(mapName, name, field, f[0], f[0], f[1])
    : makeField(mapName, name, field, f[0], f[1], f[2]));
  if (spec.reserved !== undefined) fields.push(...parseReserved(mapName, name, spec.reserved));
  let seen = 0;
  for (const field of fields) {
    if ((seen & field.mask) !== 0) {
      throw new RegisterMapError(`${mapName}.${name}: ${field.name} overlaps other fields at bits ${rangesOf(seen & field.mask)}`);
    }
    seen |= field.mask;
  }
  const all = bitsMask(width - 1, 0);
  if ((seen & ~all) !== 0) throw new RegisterMapError(`${mapName}.${name}: bits ${rangesOf(seen & ~all)} are outside its ${width} bits`);
  if ((all & ~seen) !== 0) throw new RegisterMapError(`${mapName}.${name}: bits ${rangesOf(all & ~seen)} belong to no field`);
  return fields;
}

/** A set of registers. Everything derived from the rows is computed once, here. */
export class RegisterMap<const S extends MapSpec> {
  readonly name: string;
  readonly version: number;
  readonly registers: readonly RegisterInfo[];
  /** Elements of all registers together: the length of storage that a file of this map needs. */
  readonly slotCount: number;
  /** First slot of each register, by name. */
  readonly slots: Slots<S>;
  /** Bits in place of each field, by register and field name (uint32). */
  readonly masks: Masks<S>;
  /** Value after reset, by slot. */
  readonly reset: Uint32Array;
  /** Bits that a read shows as stored, by slot. */
  readonly readMask: Uint32Array;
  /** Bits that a write stores, by slot. */
  readonly writeMask: Uint32Array;
  /** Bits that a write of 1 clears, by slot. */
  readonly w1cMask: Uint32Array;
  /** Bits that always read as one, by slot. */
  readonly onesMask: Uint32Array;
  /** Bits that are known and not modelled, by slot. */
  readonly tagMask: Uint32Array;
  readonly #owner: RegisterInfo[] = [];
  readonly #slotAt: Int32Array;

  constructor(name: string, version: number, spec: S) {
    this.name = name;
    this.version = version;
    const registers: RegisterInfo[] = [];
    const slots: Record<string, number> = {};
    const masks: Record<string, Record<string, number>> = {};
    let slotCount = 0;
    let lastLocation = 0;
    for (const [register, row] of Object.entries(spec)) {
      const count = row.count ?? 1;
      const stride = row.stride ?? 4;
      const info: RegisterInfo = {
        name: register, at: row.at, width: row.width ?? 32, count, stride, slot: slotCount, fields: buildFields(name, register, row),
      };
      registers.push(info);
      slots[register] = slotCount;
      masks[register] = Object.fromEntries(info.fields.filter((f) => f.name in row.fields).map((f) => [f.name, f.mask]));
      slotCount += count;
      lastLocation = Math.max(lastLocation, row.at + stride * (count - 1));
    }
    this.registers = registers;
    this.slotCount = slotCount;
    this.slots = slots as Slots<S>;
    this.masks = masks as Masks<S>;
    this.reset = new Uint32Array(slotCount);
    this.readMask = new Uint32Array(slotCount);
    this.writeMask = new Uint32Array(slotCount);
    this.w1cMask = new Uint32Array(slotCount);
    this.onesMask = new Uint32Array(slotCount);
    this.tagMask = new Uint32Array(slotCount);
    this.#slotAt = new Int32Array(lastLocation + 1).fill(-1);
    for (const info of registers) this.#addRegister(info, spec[info.name]?.reset ?? 0);
  }

  #addRegister(info: RegisterInfo, reset: number | readonly number[]): void {
    const maskOf = (...kinds: FieldClass[]): number => info.fields.reduce((mask, f) => (kinds.includes(f.kind) ? mask | f.mask : mask), 0) >>> 0;
    const readMask = maskOf('rw', 'ro', 'w1c', 'tag');
    const writeMask = maskOf('rw', 'wo', 'tag');
    const ones = maskOf('rao');
    if (typeof reset !== 'number' && reset.length !== info.count) {
      throw new RegisterMapError(`${this.name}.${info.name}: ${reset.length} reset values for ${info.count} elements`);
    }
    for (let element = 0; element < info.count; element++) {
      const slot = info.slot + element;
      const value = typeof reset === 'number' ? reset : (reset[element] ?? 0);
      const extra = (value & ~(readMask | writeMask | ones)) >>> 0;
      if (extra !== 0) throw new RegisterMapError(`${this.name}.${info.name}: reset value ${hex(value)} sets bits ${rangesOf(extra)} that read as zero`);
      this.reset[slot] = value;
      this.readMask[slot] = readMask;
      this.writeMask[slot] = writeMask;
      this.w1cMask[slot] = maskOf('w1c');
      this.onesMask[slot] = ones;
      this.tagMask[slot] = maskOf('tag');
      this.#owner.push(info);
      if (info.stride === 0 && element > 0) continue;
      const at = info.at + element * info.stride;
      const other = this.#slotAt[at] ?? -1;
      if (other >= 0) throw new RegisterMapError(`${this.name}.${info.name}: ${this.nameOf(other)} stands at ${hex(at)} already`);
      this.#slotAt[at] = slot;
    }
  }

  /** Slot of the register at a location (the first bank, if it is banked), or -1. */
  locate(at: number): number {
    return this.#slotAt[at] ?? -1;
  }

  /** The register that a slot belongs to. */
  infoOf(slot: number): RegisterInfo {
    const info = this.#owner[slot];
    if (info === undefined) throw new RangeError(`${this.name}: no slot ${slot}`);
    return info;
  }

  /** Name of a slot, as `PRIORITY[3]` for an element of an array. */
  nameOf(slot: number): string {
    const info = this.infoOf(slot);
    return info.count === 1 ? info.name : `${info.name}[${slot - info.slot}]`;
  }

  /** What a read shows of a stored value (uint32). */
  readable(slot: number, stored: number): number {
    return ((stored & this.readMask[slot]!) | this.onesMask[slot]!) >>> 0;
  }

  /** The stored value after a write of `value`; only bits in `lanes` are written (uint32). */
  applyWrite(slot: number, old: number, value: number, lanes = -1): number {
    const stored = this.writeMask[slot]! & lanes;
    return (((old & ~stored) | (value & stored)) & ~(value & this.w1cMask[slot]! & lanes)) >>> 0;
  }
}

/** Builds a map from its rows. Throws `RegisterMapError` if a bit is left out, doubled, or cannot hold its reset value. */
export function defineRegisters<const S extends MapSpec>(name: string, version: number, spec: S): RegisterMap<S> {
  return new RegisterMap(name, version, spec);
}

/** The rows of a map, as a type. */
export type SpecOf<M> = M extends RegisterMap<infer S> ? S : never;
