/**
 * All SMCs of a system in one table: what dispatch looks up, and what a listing shows. Definitions do not change once the system is built; counts and last
 * values do, and are plain data for snapshots.
 */
import type { Plain } from '../component.ts';
import { decodeFunctionId } from './function-id.ts';
import { copyState, describeArguments, describeResults, DEVICES, type KernelSmc, type Smc, type SmcLevel, type SmcReply, type SmcSource, type SmcState } from './smc.ts';
import { hex32 } from './text.ts';

/** One line of a listing. */
export interface SmcRow {
  /** `0x84000000`, `2/0` for a function of a TrustZone VMM device, `3/*` for all functions of one, `4`. */
  readonly key: string;
  readonly name: string;
  readonly level: SmcLevel;
  /** Owner by SMCCC. */
  readonly owner: string;
  readonly source: SmcSource | undefined;
  /** Names and types of arguments. */
  readonly parameters: string;
  readonly calls: number;
  /** Of them, refused. */
  readonly refusals: number;
  /** The last call's; undefined before the first. */
  readonly lastArguments: string | undefined;
  readonly lastResults: string | undefined;
}

/** What the monitor counts of its own calls, in the secure world's memory. */
export type MonitorCounts = (number: number) => { readonly calls: number; readonly registers: readonly number[]; readonly result: number } | undefined;

/** As snapshots have it. */
interface SavedCount {
  readonly calls: number;
  readonly refusals: number;
  readonly lastRegisters: readonly number[];
  readonly lastResults: readonly number[];
}

/** r0 to r8. */
const MOST_REGISTERS = 9;
/** r0 to r3. */
const MOST_RESULTS = 4;

/** Up to so many uint32, kept by value. */
class Words {
  readonly #words: Uint32Array;
  #length = 0;

  constructor(most: number) { this.#words = new Uint32Array(most); }

  set(words: ArrayLike<number>): void {
    const own = this.#words;
    const length = Math.min(words.length, own.length);
    for (let i = 0; i < length; i++) own[i] = words[i]!;
    this.#length = length;
  }

  get(): number[] { return Array.from(this.#words.subarray(0, this.#length)); }
}

class Count {
  calls = 0;
  refusals = 0;
  readonly #registers = new Words(MOST_REGISTERS);
  readonly #results = new Words(MOST_RESULTS);

  note(registers: ArrayLike<number>, { results, refusal }: SmcReply): void {
    this.calls++;
    if (refusal !== undefined) this.refusals++;
    this.#registers.set(registers);
    this.#results.set(results);
  }

  get lastRegisters(): number[] { return this.#registers.get(); }
  get lastResults(): number[] { return this.#results.get(); }

  save(): Plain { return { calls: this.calls, refusals: this.refusals, lastRegisters: this.lastRegisters, lastResults: this.lastResults }; }

  static restored({ calls, refusals, lastRegisters, lastResults }: SavedCount): Count {
    const count = new Count();
    count.calls = calls;
    count.refusals = refusals;
    count.#registers.set(lastRegisters);
    count.#results.set(lastResults);
    return count;
  }
}

/** The key of an SMC in listings and snapshots. */
export function smcKey({ number, function: call }: Pick<Smc, 'number' | 'function'>): string {
  if (number < DEVICES) return `${number}/${call ?? '*'}`;
  return number < 0x10000 ? String(number) : hex32(number);
}

/** The key of an SMC's state: its own, or the name of one that it shares. */
export function smcStateKey(smc: Smc): string {
  return smc.shares ?? smcKey(smc);
}

type FunctionMap = Map<number | undefined, Smc>;

export class SmcTable {
  readonly #smcs: readonly Smc[];
  /** By number, int32: not a number on the heap. */
  readonly #numbers: FunctionMap = new Map();
  /** By device: function, int32, or undefined for all others. */
  readonly #devices: readonly FunctionMap[] = Array.from({ length: DEVICES }, () => new Map());
  readonly #counts = new Map<Smc, Count>();
  /** State of kernel-level SMCs: they have no component to keep it. */
  readonly #states = new Map<Smc, SmcState>();
  #monitorCounts: MonitorCounts | undefined;
  /** Calls that no row answered. */
  #unknown = new Count();

  /** Throws where two definitions have one number or one name. */
  constructor(smcs: readonly Smc[]) {
    this.#smcs = [...smcs].sort((a, b) => a.number - b.number || (a.function ?? Infinity) - (b.function ?? Infinity));
    const names = new Map<string, Smc>();
    for (const smc of this.#smcs) {
      const table = smc.number < DEVICES ? this.#devices[smc.number]! : this.#numbers;
      const index = smc.number < DEVICES ? int32(smc.function) : smc.number | 0;
      const other = table.get(index) ?? names.get(smc.name);
      if (other !== undefined) throw new TypeError(`SMC ${smcKey(smc)} ${smc.name} and SMC ${smcKey(other)} ${other.name}${place(other)} cannot stand in one table`);
      table.set(index, smc);
      names.set(smc.name, smc);
      this.#counts.set(smc, new Count());
    }
  }

  /** The definition that answers a call with this r0 and r1. */
  find(r0: number, r1: number): Smc | undefined {
    const number = r0 | 0;
    if (number < 0 || number >= DEVICES) return this.#numbers.get(number);
    const device = this.#devices[number]!;
    return device.get(r1 | 0) ?? device.get(undefined);
  }

  /** A kernel-level SMC's own state. */
  stateOf(smc: KernelSmc): SmcState {
    let state = this.#states.get(smc);
    if (state === undefined) {
      state = copyState(smc.initialState);
      this.#states.set(smc, state);
    }
    return state;
  }

  all(): readonly Smc[] {
    return this.#smcs;
  }

  /** Counts a call that was answered; undefined: by no row. */
  record(smc: Smc | undefined, registers: ArrayLike<number>, reply: SmcReply): void {
    const count = smc === undefined ? this.#unknown : this.#counts.get(smc);
    if (count === undefined) throw new Error(`SMC ${smc!.name} is not of this table`);
    count.note(registers, reply);
  }

  /** Where counts of SMCs of level `monitor` come from: no code of this side runs when one is answered. */
  attachMonitor(counts: MonitorCounts): void {
    this.#monitorCounts = counts;
  }

  #countOf(smc: Smc): SavedCount {
    const own = smc.level === 'monitor' ? this.#monitorCounts?.(smc.number) : undefined;
    return own === undefined ? this.#counts.get(smc)! : { calls: own.calls, refusals: 0, lastRegisters: own.registers, lastResults: [own.result] };
  }

  get unknownCalls(): number {
    return this.#unknown.calls;
  }

  rows(): SmcRow[] {
    return this.#smcs.map((smc) => {
      const { calls, refusals, lastRegisters, lastResults } = this.#countOf(smc);
      return {
        key: smcKey(smc), name: smc.name, level: smc.level, source: smc.source, calls, refusals,
        owner: smc.number < DEVICES ? 'TrustZone VMM device' : decodeFunctionId(smc.number).owner,
        parameters: Object.entries(smc.args).map(([name, type]) => `${name}: ${typeof type === 'string' ? type : Object.keys(type).join(' | ')}`).join(', '),
        lastArguments: calls === 0 ? undefined : describeArguments(smc, lastRegisters),
        lastResults: calls === 0 ? undefined : describeResults(smc, lastResults),
      };
    });
  }

  /** Counts, last values, and the state of kernel-level SMCs. (The monitor's counts are in memory.) */
  save(): Plain {
    const saved: { [name: string]: Plain } = { unknown: this.#unknown.save() };
    for (const [smc, count] of this.#counts) saved[smcKey(smc)] = count.save();
    for (const [smc, state] of this.#states) saved[`state ${smcKey(smc)}`] = copyState(state);
    return saved;
  }

  /** Takes back what `save` gave for the same definitions. */
  load(saved: Plain): void {
    const record = saved as unknown as { readonly [key: string]: SavedCount | undefined };
    const restored = (key: string): Count => {
      const count = record[key];
      if (count === undefined) throw new TypeError(`the snapshot has no counts of SMC ${key}`);
      return Count.restored(count);
    };
    this.#unknown = restored('unknown');
    this.#states.clear();
    for (const smc of this.#smcs) {
      this.#counts.set(smc, restored(smcKey(smc)));
      const state = (saved as { readonly [key: string]: SmcState | undefined })[`state ${smcKey(smc)}`];
      if (state !== undefined) this.#states.set(smc, copyState(state));
    }
  }
}

function int32(value: number | undefined): number | undefined { return value === undefined ? undefined : value | 0; }

function place({ source }: Smc): string {
  return source === undefined ? '' : ` (${source.file}:${source.line})`;
}
