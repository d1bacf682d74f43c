/**
 * Snapshots of a whole machine: named, versioned plain data (it survives structuredClone), independent of the engine tier that runs.
 *
 * Of memory only pages that are not all zero are kept. What the host holds (bytes that wait for a UART, files) is not the machine's and not in it.
 */
import { type Core, type CpuState, loadCpu, type LinearMemory, saveCpu } from '../cpu/index.ts';
import type { EventQueue, EventQueueState } from './events.ts';
import type { Imx53, Imx53State } from './imx53.ts';

export const SNAPSHOT_FORMAT = 'worldswitch machine';
export const SNAPSHOT_VERSION = 1;
export const SNAPSHOT_PAGE_BYTES = 4096;

export interface MemoryPage {
  /** Physical address. */
  readonly address: number;
  /** SNAPSHOT_PAGE_BYTES bytes. */
  readonly bytes: Uint8Array;
}

export interface MemoryImage {
  /** Physical address and size of the memory. */
  readonly base: number;
  readonly size: number;
  /** Its pages in order of address, those that are all zero left out. */
  readonly pages: readonly MemoryPage[];
}

/** What the machine keeps beside its parts. */
export interface RunState {
  /** Instructions of virtual time that the CPU spent waiting. */
  readonly waited: number;
  /** A device has asked for a reset that has not been done yet. */
  readonly resetWanted: boolean;
}

export interface Snapshot {
  readonly format: typeof SNAPSHOT_FORMAT;
  readonly version: number;
  /** Nominal instructions a second: deadlines and clock counters depend on it. */
  readonly frequencyHz: number;
  readonly run: RunState;
  readonly cpu: CpuState;
  readonly memories: readonly MemoryImage[];
  readonly chip: Imx53State;
  readonly events: EventQueueState;
}

/** The parts of a machine. */
export interface Parts {
  readonly memory: LinearMemory;
  readonly core: Core;
  readonly chip: Imx53;
  readonly events: EventQueue;
}

const PAGE_WORDS = SNAPSHOT_PAGE_BYTES / 4;

function isZero(words: Int32Array, from: number): boolean {
  for (let at = from; at < from + PAGE_WORDS; at += 8) {
    if ((words[at]! | words[at + 1]! | words[at + 2]! | words[at + 3]! | words[at + 4]! | words[at + 5]! | words[at + 6]! | words[at + 7]!) !== 0) return false;
  }
  return true;
}

function saveMemories(memory: LinearMemory): MemoryImage[] {
  return memory.layout.memories.map(({ base, size, offset }) => {
    const pages: MemoryPage[] = [];
    for (let at = 0; at < size; at += SNAPSHOT_PAGE_BYTES) {
      if (isZero(memory.i32, (offset + at) >> 2)) continue;
      pages.push({ address: base + at, bytes: memory.u8.slice(offset + at, offset + at + SNAPSHOT_PAGE_BYTES) });
    }
    return { base, size, pages };
  });
}

function loadMemories(memory: LinearMemory, images: readonly MemoryImage[]): void {
  for (const { base, size, offset } of memory.layout.memories) {
    const { pages } = images.find((image) => image.base === base)!;
    let next = 0;
    for (let at = 0; at < size; at += SNAPSHOT_PAGE_BYTES) {
      const page = pages[next];
      if (page?.address === base + at) {
        memory.u8.set(page.bytes, offset + at);
        next++;
      } else if (!isZero(memory.i32, (offset + at) >> 2)) {
        memory.u8.fill(0, offset + at, offset + at + SNAPSHOT_PAGE_BYTES);
      }
    }
  }
}

const hex = (value: number): string => `0x${value.toString(16)}`;

function checkMemories(memory: LinearMemory, images: readonly MemoryImage[]): void {
  for (const { base, size } of memory.layout.memories) {
    const image = images.find((candidate) => candidate.base === base);
    if (image?.size !== size) throw new Error(`snapshot lacks the memory of ${hex(size)} bytes at ${hex(base)}`);
    let last = -1;
    for (const { address, bytes } of image.pages) {
      if (address % SNAPSHOT_PAGE_BYTES !== 0 || address <= last || address < base || address >= base + size || bytes.length !== SNAPSHOT_PAGE_BYTES) {
        throw new Error(`snapshot has a broken memory page at ${hex(address)}`);
      }
      last = address;
    }
  }
  if (images.length !== memory.layout.memories.length) throw new Error('snapshot has a memory that this machine lacks');
}

function check(snapshot: Snapshot, parts: Parts): void {
  if (snapshot.format !== SNAPSHOT_FORMAT) throw new Error('this is no snapshot of a machine');
  if (!Number.isSafeInteger(snapshot.version) || snapshot.version < 1) throw new Error('snapshot has no version');
  if (snapshot.version > SNAPSHOT_VERSION) {
    throw new Error(`snapshot has version ${snapshot.version}; this program knows versions up to ${SNAPSHOT_VERSION}`);
  }
  for (const part of ['run', 'cpu', 'memories', 'chip', 'events'] as const) {
    if (typeof snapshot[part] !== 'object' || snapshot[part] === null) throw new Error(`snapshot lacks its part ${part}`);
  }
  if (snapshot.frequencyHz !== parts.events.frequencyHz) {
    throw new Error(`snapshot is of a machine with ${snapshot.frequencyHz} instructions a second; this one has ${parts.events.frequencyHz}`);
  }
  if (typeof snapshot.run.waited !== 'number' || typeof snapshot.run.resetWanted !== 'boolean') throw new Error('snapshot lacks its run state');
  checkMemories(parts.memory, snapshot.memories);
}

/** The machine's state between two calls of `run`. */
export function saveMachine(parts: Parts, run: RunState): Snapshot {
  return {
    format: SNAPSHOT_FORMAT, version: SNAPSHOT_VERSION, frequencyHz: parts.events.frequencyHz, run,
    cpu: saveCpu(parts.core), memories: saveMemories(parts.memory), chip: parts.chip.save(), events: parts.events.save(),
  };
}

/**
 * Takes a snapshot back. Throws an Error that says what is wrong where it is of a newer version, of another machine or incomplete; the machine is then
 * as it was. The caller drops translated code.
 */
export function loadMachine(parts: Parts, snapshot: Snapshot): RunState {
  check(snapshot, parts);
  const { core, chip, events } = parts;
  const before = { cpu: saveCpu(core), chip: chip.save(), events: events.save() };
  try {
    loadState(parts, snapshot);
  } catch (error) {
    loadState(parts, before);
    throw error;
  }
  loadMemories(parts.memory, snapshot.memories);
  core.mmu.dropAll();
  return { waited: snapshot.run.waited, resetWanted: snapshot.run.resetWanted };
}

/** The devices drive the CPU's lines and move events of the queue as they load, so the queue comes last. */
function loadState({ core, chip, events }: Parts, { cpu, chip: devices, events: queue }: Pick<Snapshot, 'cpu' | 'chip' | 'events'>): void {
  loadCpu(core, cpu);
  events.now = cpu.count;
  chip.load(devices);
  events.load(queue);
}
