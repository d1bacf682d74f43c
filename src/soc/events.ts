/**
 * Virtual time and the event queue.
 *
 * The unit of time is one retired CPU instruction (a safe integer); a nominal frequency turns it into seconds. Each event has a name and
 * at most one deadline, so the heap never grows after the machine is built. Events with equal deadlines fire in the order in which
 * they were registered, and an event is unlinked before it runs.
 */

/** Number of a registered event. */
export type EventId = number;

/** What a device sees of time. */
export interface Clock {
  /** Retired instructions until now. */
  readonly now: number;
  /** Nominal instructions a second. */
  readonly frequencyHz: number;
  /** Announces an event; the name is unique in the machine and stands in snapshots. */
  register(name: string, fire: () => void): EventId;
  /** Sets (or moves) an event's deadline, in instructions. One that has passed fires at the next `run`. */
  schedule(event: EventId, deadline: number): void;
  cancel(event: EventId): void;
}

export type EventQueueState = { readonly now: number; readonly deadlines: { readonly [event: string]: number } };

const NONE = -1;

export class EventQueue implements Clock {
  /** Retired instructions until now; the CPU sets it before each device access and before `run`. */
  now = 0;
  readonly frequencyHz: number;
  /** Told when a deadline becomes the nearest one, so that a running CPU can shorten its budget. */
  onNearer: ((deadline: number) => void) | undefined;
  readonly #names: string[] = [];
  readonly #fire: (() => void)[] = [];
  readonly #deadline: number[] = [];
  /** Place of each event in the heap, or NONE. */
  readonly #place: number[] = [];
  readonly #heap: EventId[] = [];
  #length = 0;

  /** One instruction is one nanosecond unless another frequency is given. */
  constructor(frequencyHz = 1_000_000_000) {
    if (!Number.isSafeInteger(frequencyHz) || frequencyHz <= 0) throw new RangeError(`${frequencyHz} is no frequency`);
    this.frequencyHz = frequencyHz;
  }

  register(name: string, fire: () => void): EventId {
    if (this.#names.includes(name)) throw new Error(`event ${name} is registered already`);
    this.#fire.push(fire);
    this.#deadline.push(Infinity);
    this.#place.push(NONE);
    this.#heap.push(NONE);
    return this.#names.push(name) - 1;
  }

  schedule(event: EventId, deadline: number): void {
    if (!(deadline < Infinity)) {
      this.cancel(event);
      return;
    }
    const old = this.#deadline[event]!;
    this.#deadline[event] = deadline;
    let place = this.#place[event]!;
    if (place === NONE) {
      place = this.#length++;
      this.#put(event, place);
      this.#rise(place);
    } else if (deadline < old) {
      this.#rise(place);
    } else {
      this.#sink(place);
    }
    if (this.#heap[0] === event && deadline !== old) this.onNearer?.(deadline);
  }

  cancel(event: EventId): void {
    const place = this.#place[event]!;
    if (place === NONE) return;
    this.#place[event] = NONE;
    this.#deadline[event] = Infinity;
    const last = this.#heap[--this.#length]!;
    if (last === event) return;
    this.#put(last, place);
    this.#rise(place);
    this.#sink(this.#place[last]!);
  }

  /** The nearest deadline, or Infinity. */
  get nextDeadline(): number {
    return this.#length === 0 ? Infinity : this.#deadline[this.#heap[0]!]!;
  }

  /** Name of the event with the nearest deadline. */
  get nextName(): string | undefined {
    return this.#length === 0 ? undefined : this.#names[this.#heap[0]!];
  }

  /** An event's deadline, or Infinity. */
  deadlineOf(event: EventId): number {
    return this.#deadline[event]!;
  }

  /** Fires every event whose deadline is at or before `now`, in order, those that become due meanwhile included. */
  run(): void {
    while (this.#length > 0 && this.#deadline[this.#heap[0]!]! <= this.now) {
      const event = this.#heap[0]!;
      this.cancel(event);
      this.#fire[event]!();
    }
  }

  save(): EventQueueState {
    const deadlines: Record<string, number> = {};
    this.#names.forEach((name, event) => {
      if (this.#place[event] !== NONE) deadlines[name] = this.#deadline[event]!;
    });
    return { now: this.now, deadlines };
  }

  /** Takes saved deadlines back. Throws if one belongs to no event. Load the queue after the devices. */
  load(state: EventQueueState): void {
    for (const name of Object.keys(state.deadlines)) {
      if (!this.#names.includes(name)) throw new Error(`saved events have an unknown event ${name}`);
    }
    this.now = state.now;
    this.#names.forEach((name, event) => {
      this.schedule(event, state.deadlines[name] ?? Infinity);
    });
  }

  #before(a: EventId, b: EventId): boolean {
    const difference = this.#deadline[a]! - this.#deadline[b]!;
    return difference < 0 || (difference === 0 && a < b);
  }

  #put(event: EventId, place: number): void {
    this.#heap[place] = event;
    this.#place[event] = place;
  }

  #rise(from: number): void {
    const event = this.#heap[from]!;
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const other = this.#heap[parent]!;
      if (!this.#before(event, other)) break;
      this.#put(other, place);
      place = parent;
    }
    this.#put(event, place);
  }

  #sink(from: number): void {
    const event = this.#heap[from]!;
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#length) break;
      if (child + 1 < this.#length && this.#before(this.#heap[child + 1]!, this.#heap[child]!)) child++;
      const other = this.#heap[child]!;
      if (!this.#before(other, event)) break;
      this.#put(other, place);
      place = child;
    }
    this.#put(event, place);
  }
}
