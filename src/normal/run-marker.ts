/**
 * The marks that init writes on the console around a command's output (`--run`), and the filter that takes them out again.
 *
 * They are operating system commands in the sense of ECMA-48 (8.3.89), with a number that no terminal uses, closed by BEL as xterm allows:
 *
 *     ESC ] 5379 ; begin BEL             what follows is the command's output, byte for byte (init has switched off the terminal's output processing)
 *     ESC ] 5379 ; end ; STATUS BEL      the command has ended with this status, decimal
 *
 * Anything else, and a mark out of order, is an ordinary part of the stream.
 */
import { concat, latin1Bytes } from './bytes.ts';

export const BEGIN_MARK = '\x1b]5379;begin\x07';
export const END_MARK_PREFIX = '\x1b]5379;end;';

/** Receives the stream's parts in order. The bytes are the callee's to keep. */
export interface RunSink {
  /** Console output before the command, and after its end. */
  log(bytes: Uint8Array): void;
  /** The command's own output. */
  output(bytes: Uint8Array): void;
  /** The command's end; called once. `status` is 0 to 255. */
  status(status: number): void;
}

const BELL = 0x07;
const ZERO = 0x30;

/** Splits a console's bytes by the marks. Bytes that may yet become a mark wait for the next `push` or for `flush`. */
export class RunFilter {
  /** `boot` before the begin mark, `command` up to the end mark, then `ended`. */
  phase: 'boot' | 'command' | 'ended' = 'boot';
  readonly #sink: RunSink;
  readonly #begin = latin1Bytes(BEGIN_MARK);
  readonly #end = latin1Bytes(END_MARK_PREFIX);
  #held: Uint8Array = new Uint8Array(0);

  constructor(sink: RunSink) {
    this.#sink = sink;
  }

  push(bytes: Uint8Array): void {
    let rest = this.#held.length === 0 ? bytes.slice() : concat([this.#held, bytes]);
    this.#held = new Uint8Array(0);
    let searched = 0;
    while (this.phase !== 'ended') {
      const escape = rest.indexOf(0x1b, searched);
      if (escape < 0) break;
      const length = this.#matchAt(rest, escape);
      if (length === 'more') {
        this.#emit(rest.subarray(0, escape));
        this.#held = rest.slice(escape);
        return;
      }
      searched = escape + 1;
      if (length === 0) continue;
      this.#emit(rest.subarray(0, escape));
      const mark = rest.subarray(escape, escape + length);
      rest = rest.subarray(escape + length);
      searched = 0;
      if (this.phase === 'boot') this.phase = 'command';
      else {
        this.phase = 'ended';
        let status = 0;
        for (const byte of mark.subarray(this.#end.length, length - 1)) status = status * 10 + byte - ZERO;
        this.#sink.status(status);
      }
    }
    this.#emit(rest);
  }

  /** Gives out what was held back: call it when the console has said its last. */
  flush(): void {
    const held = this.#held;
    this.#held = new Uint8Array(0);
    this.#emit(held);
  }

  #emit(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.phase === 'command') this.#sink.output(bytes);
    else this.#sink.log(bytes);
  }

  /** The length of the mark that this phase expects at `at`; 0 where there is none; 'more' where the bytes end too soon to tell. */
  #matchAt(bytes: Uint8Array, at: number): number | 'more' {
    const expected = this.phase === 'boot' ? this.#begin : this.#end;
    for (const [i, byte] of expected.entries()) {
      if (at + i >= bytes.length) return 'more';
      if (bytes[at + i] !== byte) return 0;
    }
    if (this.phase === 'boot') return expected.length;
    let status = 0;
    for (let i = expected.length; i <= expected.length + 3; i++) {
      if (at + i >= bytes.length) return 'more';
      const byte = bytes[at + i]!;
      if (byte === BELL) return i === expected.length ? 0 : i + 1;
      if (byte < ZERO || byte > ZERO + 9) return 0;
      status = status * 10 + byte - ZERO;
      if (status > 255) return 0;
    }
    return 0;
  }
}
