/**
 * The process's standard input as the guest's console: a terminal in raw mode with `Ctrl-a` commands, or a pipe, each read no faster than the
 * guest takes the bytes. A terminal is restored on close, at the process's end, and before a signal ends it.
 */
import { ConsoleKeys } from './console-keys.ts';

/** What this file needs of `process.stdin`. */
export interface ConsoleInput {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  on(event: 'end' | 'error', listener: () => void): unknown;
  off(event: 'data', listener: (chunk: Buffer) => void): unknown;
  off(event: 'end' | 'error', listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
  unref?(): unknown;
}

export interface ConsoleOptions {
  /** Default: process.stdin. */
  readonly input?: ConsoleInput;
  /** Where help and the monitor's answers go; default: process.stderr. */
  readonly show?: (text: string) => void;
  /** Ctrl-a x on a terminal. */
  readonly onLeave?: () => void;
  /** The monitor behind Ctrl-a c on a terminal: an answer to a line. */
  readonly onMonitor?: (line: string) => string;
  /** The input is at its end (a pipe) and all of it is delivered. Called once. */
  readonly onEnd?: () => void;
}

/** Bytes that wait for the guest; above this the input is paused, below half of it resumed. */
const HIGH_WATER = 65536;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

export class HostConsole {
  /** Called when bytes have arrived where there were none: an idle machine may look again. */
  onData: (() => void) | undefined;
  readonly isTerminal: boolean;
  readonly #input: ConsoleInput;
  readonly #onEnd: (() => void) | undefined;
  readonly #keys: ConsoleKeys | undefined;
  #queue: Uint8Array = new Uint8Array(HIGH_WATER * 2);
  #head = 0;
  #tail = 0;
  #paused = false;
  #inputEnded = false;
  #endTold = false;
  #open = true;

  constructor(options: ConsoleOptions = {}) {
    this.#input = options.input ?? process.stdin;
    this.#onEnd = options.onEnd;
    this.isTerminal = this.#input.isTTY === true && this.#input.setRawMode !== undefined;
    if (this.isTerminal) {
      this.#keys = new ConsoleKeys({
        guest: (byte) => this.#enqueue(byte),
        show: options.show ?? ((text): void => void process.stderr.write(text)),
        leave: () => options.onLeave?.(),
        monitor: options.onMonitor,
      });
      this.#setRaw(true);
      process.on('exit', this.#restore);
      process.on('SIGCONT', this.#rawAgain);
      for (const signal of SIGNALS) process.on(signal, this.#onSignal);
    }
    this.#input.on('data', this.#onChunk);
    this.#input.on('end', this.#onInputEnd);
    this.#input.on('error', this.#onInputEnd);
    this.#input.resume();
  }

  /** The next byte for the guest, or undefined where none waits now. */
  next(): number | undefined {
    if (this.#head === this.#tail) return undefined;
    const byte = this.#queue[this.#head++]!;
    if (this.#head === this.#tail) this.#head = this.#tail = 0;
    if (this.#paused && this.waiting < HIGH_WATER / 2 && this.#open) {
      this.#paused = false;
      this.#input.resume();
    }
    this.#tellEnd();
    return byte;
  }

  /** How many bytes wait. */
  get waiting(): number {
    return this.#tail - this.#head;
  }

  /** Whether no byte will come any more. */
  get ended(): boolean {
    return this.#inputEnded && this.#head === this.#tail;
  }

  /** Whether the keys go to the monitor prompt. */
  get monitoring(): boolean {
    return this.#keys?.monitoring ?? false;
  }

  /** Gives the terminal back and lets the process end. May be called again. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#input.off('data', this.#onChunk);
    this.#input.off('end', this.#onInputEnd);
    this.#input.off('error', this.#onInputEnd);
    this.#input.pause();
    this.#input.unref?.();
    if (this.isTerminal) {
      process.off('exit', this.#restore);
      process.off('SIGCONT', this.#rawAgain);
      for (const signal of SIGNALS) process.off(signal, this.#onSignal);
      this.#setRaw(false);
    }
  }

  readonly #onChunk = (chunk: Buffer): void => {
    const idle = this.#head === this.#tail;
    if (this.#keys !== undefined) this.#keys.push(chunk);
    else {
      this.#reserve(chunk.length);
      this.#queue.set(chunk, this.#tail);
      this.#tail += chunk.length;
    }
    if (this.waiting > HIGH_WATER && !this.#paused) {
      this.#paused = true;
      this.#input.pause();
    }
    if (idle && this.waiting > 0) this.onData?.();
  };

  readonly #onInputEnd = (): void => {
    this.#inputEnded = true;
    this.#tellEnd();
  };

  readonly #restore = (): void => this.#setRaw(false);

  readonly #rawAgain = (): void => this.#setRaw(true);

  #setRaw(raw: boolean): void {
    try {
      this.#input.setRawMode!(raw);
    } catch {
      // the terminal is gone (SIGHUP): nothing is left to restore
    }
  }

  /** The terminal first, then the signal's own effect. */
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.close();
    process.kill(process.pid, signal);
  };

  #enqueue(byte: number): void {
    this.#reserve(1);
    this.#queue[this.#tail++] = byte;
  }

  /** Moves what waits to the front, and grows the queue where that is not enough. */
  #reserve(count: number): void {
    if (this.#tail + count <= this.#queue.length) return;
    const waiting = this.#queue.subarray(this.#head, this.#tail);
    const target = waiting.length + count <= this.#queue.length ? this.#queue : new Uint8Array((waiting.length + count) * 2);
    target.set(waiting, 0);
    this.#queue = target;
    this.#tail = waiting.length;
    this.#head = 0;
  }

  #tellEnd(): void {
    if (this.#endTold || !this.ended) return;
    this.#endTold = true;
    this.#onEnd?.();
  }
}
