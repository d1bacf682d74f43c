/**
 * What the two threads of a run share besides messages: a ring of console input, counters, and a word to wait on.
 *
 * The thread that runs the machine may block; the other one never does.
 */

const HEAD = 0;
const TAIL = 1;
const ENDED = 2;
const SIGNAL = 3;
const UNWRITTEN = 4;
const ROOM_WANTED = 5;
const HANDLER = 6;
const ENTRIES = 7;
const WORDS = 8;
const RING_BYTES = 1 << 16;
/** Output bytes on their way to the host; above this the machine waits. */
const MOST_UNWRITTEN = 1 << 20;

export class Shared {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #ring: Uint8Array;

  constructor(buffer = new SharedArrayBuffer(WORDS * 4 + RING_BYTES)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer, 0, WORDS);
    this.#ring = new Uint8Array(buffer, WORDS * 4, RING_BYTES);
  }

  #signal(): void {
    Atomics.add(this.#words, SIGNAL, 1);
    Atomics.notify(this.#words, SIGNAL);
  }

  // ---- the host's side

  /** Puts a byte into the ring; false where it is full (then `takeByte`'s caller will tell that there is room). */
  putByte(byte: number): boolean {
    const tail = Atomics.load(this.#words, TAIL);
    if (tail - Atomics.load(this.#words, HEAD) >= RING_BYTES) {
      Atomics.store(this.#words, ROOM_WANTED, 1);
      return false;
    }
    this.#ring[tail % RING_BYTES] = byte;
    Atomics.store(this.#words, TAIL, tail + 1);
    return true;
  }

  /** Wakes the machine's thread: bytes were put, or the input ended. */
  wake(): void {
    this.#signal();
  }

  endInput(): void {
    Atomics.store(this.#words, ENDED, 1);
    this.#signal();
  }

  /** `bytes` bytes of output have left. */
  wrote(bytes: number): void {
    Atomics.sub(this.#words, UNWRITTEN, bytes);
    this.#signal();
  }

  /** What runs in the machine's thread and has to return by itself: its number (0: nothing), and a count that changes whenever this does. */
  get watched(): { readonly handler: number; readonly entries: number } {
    return { handler: Atomics.load(this.#words, HANDLER), entries: Atomics.load(this.#words, ENTRIES) };
  }

  // ---- the machine's side

  /** Something that has to return begins; the result is what was under way, for `leave`. */
  enter(handler: number): number {
    Atomics.add(this.#words, ENTRIES, 1);
    return Atomics.exchange(this.#words, HANDLER, handler);
  }

  leave(outer: number): void {
    Atomics.store(this.#words, HANDLER, outer);
    Atomics.add(this.#words, ENTRIES, 1);
  }

  /** Bytes of input that wait. */
  get waiting(): number {
    return Atomics.load(this.#words, TAIL) - Atomics.load(this.#words, HEAD);
  }

  /** Whether no byte will come any more. */
  get ended(): boolean {
    return Atomics.load(this.#words, ENDED) !== 0 && this.waiting === 0;
  }

  /** The next byte, without taking it; undefined where none waits. */
  peekByte(): number | undefined {
    return this.waiting === 0 ? undefined : this.#ring[Atomics.load(this.#words, HEAD) % RING_BYTES];
  }

  takeByte(): void {
    Atomics.add(this.#words, HEAD, 1);
  }

  /** Whether the host waits for room, and there is some now; asking takes the wish back. */
  roomForHost(): boolean {
    if (this.waiting > RING_BYTES / 2 || Atomics.load(this.#words, ROOM_WANTED) === 0) return false;
    Atomics.store(this.#words, ROOM_WANTED, 0);
    return true;
  }

  /** Counts output on its way, and waits while there is too much of it. */
  sent(bytes: number): void {
    if (Atomics.add(this.#words, UNWRITTEN, bytes) + bytes <= MOST_UNWRITTEN) return;
    // A handler that waits for the reader of its output is not stuck.
    const outer = this.enter(0);
    for (;;) {
      const signal = Atomics.load(this.#words, SIGNAL);
      if (Atomics.load(this.#words, UNWRITTEN) <= MOST_UNWRITTEN) break;
      Atomics.wait(this.#words, SIGNAL, signal);
    }
    this.leave(outer);
  }

  /** Waits until `ready`, looked at after each signal, or until `milliseconds` have passed. */
  waitFor(ready: () => boolean, milliseconds = Infinity): void {
    const end = performance.now() + milliseconds;
    for (;;) {
      const signal = Atomics.load(this.#words, SIGNAL);
      if (ready()) return;
      const left = end - performance.now();
      if (left <= 0 || Atomics.wait(this.#words, SIGNAL, signal, left) === 'timed-out') return;
    }
  }
}
