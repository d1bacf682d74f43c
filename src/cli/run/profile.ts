/**
 * Where the time of a run goes. Two samplers look at it:
 *
 * - V8's own, each millisecond: which function of the program or of generated code runs. A region's function bears its guest address and its block's context in its name
 *   (cpu/region), and what JavaScript does is sorted by the file that it stands in.
 * - One at the end of each slice of some tens of thousands of instructions: the guest's PC, with the time that the slice took. It sees the guest whatever tier executes it.
 *
 * Nothing of this costs anything while no profile is asked for. A profiled run is the same run, but for when
 * input reaches the console: slices end at instruction counts, which the guest cannot see.
 */
import { Session, type Profiler } from 'node:inspector';
import { MODE_USR, STATE } from '../../cpu/layout.ts';
import type { EngineExits, Machine, MachineStats } from '../../soc/index.ts';

/** Instructions of a slice: between LEAST and LEAST + SPREAD, so that no loop keeps step with it. */
const LEAST = 20_000;
const SPREAD = 40_000;

/** What runs, by the part of the program: the first whose pattern the innermost known frame matches. */
const PARTS: readonly (readonly [RegExp, string])[] = [
  [/\/(registers|soc)\//, 'devices and bus'],
  [/\/secure\//, 'secure kernel, core and components (TypeScript)'],
  [/\/cpu\/mmu\//, 'translation: table walks, watched pages'],
  [/\/cpu\/cp15\//, 'CP15'],
  [/\/cpu\/region\//, 'making regions'],
  [/\/cpu\/threaded\/(blocks|handlers|.*-ops|fixed-handlers)\.[jt]s/, 'making blocks and handlers'],
  [/\/cpu\/threaded\//, 'between blocks: look-up, links'],
  [/\/cpu\/evaluate\/|\/isa\/(bodies|vector|softfloat)\//, 'evaluate tier'],
  [/\/cpu\/core\.[jt]s/, 'exceptions and modes'],
  [/\/(cli|host|normal)\//, 'command line and console'],
];
const NATIVE: Readonly<Record<string, string>> = { '(garbage collector)': 'garbage collection', '(idle)': 'waiting', '(program)': 'V8 itself' };

/** A guest address with the world and mode of its code. */
export interface GuestPlace { readonly address: number; readonly world: 'secure' | 'non-secure'; readonly mode: number; readonly thumb: boolean }

export interface ProfiledCode extends GuestPlace {
  readonly seconds: number;
  readonly instructions: number;
  /** How many of the instructions other tiers than the region tier executed, and the evaluate tier alone. */
  readonly outsideRegions: number;
  readonly evaluated: number;
}

export interface RunProfile {
  /** Seconds by what ran, the most first. */
  readonly parts: readonly { readonly name: string; readonly seconds: number }[];
  /** Compiled regions by their entry. */
  readonly regions: readonly (GuestPlace & { readonly seconds: number })[];
  /** Sampled PCs. */
  readonly code: readonly ProfiledCode[];
  readonly exits: EngineExits;
}

const REGION = /^region ([0-9a-f]+) ([0-9a-f]+)$/;
const WASM = /^wasm:/;

/** A block's context (cpu/threaded): instruction set, data endianness, SCR.NS, mode. */
function placeOf(address: number, context: number): GuestPlace {
  return { address, world: (context & 4) === 0 ? 'secure' : 'non-secure', mode: (context >> 3) & 31, thumb: (context & 1) !== 0 };
}

interface Cell { seconds: number; instructions: number; outsideRegions: number; evaluated: number }

export class RunProfiler {
  readonly #machine: Machine;
  readonly #session = new Session();
  readonly #cells = new Map<number, Cell>();
  #seed = 1;
  #at: number;
  #stats: MachineStats;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.start');
    this.#stats = machine.stats;
    this.#at = performance.now();
  }

  /** Instructions of the next slice. */
  get slice(): number {
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) | 0;
    return LEAST + (this.#seed >>> 16) % SPREAD;
  }

  /** The slice begins. */
  begin(): void {
    this.#stats = this.#machine.stats;
    this.#at = performance.now();
  }

  /** The slice has ended. */
  end(): void {
    const seconds = (performance.now() - this.#at) / 1000;
    const before = this.#stats;
    const { stats, core } = this.#machine;
    const s = this.#machine.memory.i32;
    const instructions = stats.instructions - before.instructions;
    const key = (s[STATE.r + 15]! >>> 0) * 256 + (s[STATE.thumb]! & 1 | core.mmu.world() << 2 | (s[STATE.mode]! & 31) << 3);
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      cell = { seconds: 0, instructions: 0, outsideRegions: 0, evaluated: 0 };
      this.#cells.set(key, cell);
    }
    cell.seconds += seconds;
    cell.instructions += instructions;
    cell.outsideRegions += instructions - (stats.inRegions - before.inRegions);
    cell.evaluated += stats.evaluated - before.evaluated;
  }

  /** Ends both samplers. */
  finish(): RunProfile {
    let profile: Profiler.Profile | undefined;
    // Within its own thread the session answers at once.
    this.#session.post('Profiler.stop', (error, result) => {
      if (error === null) profile = result.profile;
    });
    this.#session.disconnect();
    const { parts, regions } = sorted(profile);
    const code = [...this.#cells].map(([key, cell]): ProfiledCode => ({ ...placeOf(Math.floor(key / 256), key % 256), ...cell }));
    return { parts, regions, code, exits: this.#machine.exits };
  }
}

/** Sorts V8's samples by what ran. */
export function sorted(profile: Profiler.Profile | undefined): Pick<RunProfile, 'parts' | 'regions'> {
  const parts = new Map<string, number>();
  const regions = new Map<string, number>();
  if (profile !== undefined) {
    const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
    const parents = new Map<number, number>();
    for (const { id, children } of profile.nodes) for (const child of children ?? []) parents.set(child, id);
    const kinds = new Map<number, string>();
    const kindOf = (id: number): string => {
      for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
        const { functionName, url } = nodes.get(at)!.callFrame;
        const native = at === id ? NATIVE[functionName] : undefined;
        if (native !== undefined) return native;
        if (WASM.test(url)) return REGION.test(functionName) ? 'region code' : 'threaded code';
        if (/\/(decode|pattern|rows)[./]/.test(url)) continue; // on behalf of who called
        const found = PARTS.find(([pattern]) => pattern.test(url));
        if (found !== undefined) return found[1];
      }
      return 'start, end, and the rest';
    };
    const add = (map: Map<string, number>, name: string, seconds: number): void => { map.set(name, (map.get(name) ?? 0) + seconds); };
    profile.samples?.forEach((id, i) => {
      const seconds = (profile.timeDeltas?.[i] ?? 0) / 1e6;
      let kind = kinds.get(id);
      if (kind === undefined) kinds.set(id, kind = kindOf(id));
      add(parts, kind, seconds);
      if (kind === 'region code') add(regions, nodes.get(id)!.callFrame.functionName, seconds);
    });
  }
  const most = <T extends { readonly seconds: number }>(list: T[]): T[] => list.sort((a, b) => b.seconds - a.seconds);
  return {
    parts: most([...parts].map(([name, seconds]) => ({ name, seconds }))),
    regions: most([...regions].flatMap(([name, seconds]) => {
      const match = REGION.exec(name);
      return match === null ? [] : [{ ...placeOf(parseInt(match[1]!, 16), parseInt(match[2]!, 16)), seconds }];
    })),
  };
}

/** Whether code of a place is a process's, whose addresses mean nothing without it. */
export function isUserCode({ mode }: GuestPlace): boolean { return mode === MODE_USR; }
