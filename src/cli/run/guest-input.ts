/**
 * Feeds console input to the guest's UART at the pace at which it reads.
 *
 * A terminal's keys go in at once. A pipe's bytes go to a bare image as its receiver takes them; to Linux a line at a time, each once the CPU waits for something to do: a
 * terminal line without a reader keeps 4096 bytes and drops the rest. At a pipe's end Linux gets Ctrl-D (again and again, as any reader finds the end).
 */
import type { Uart } from '../../soc/index.ts';
import type { RunPlan } from './plan.ts';

const CTRL_D = 0x04;
const NEWLINE = 0x0a;
const RRDYEN = 1 << 9;
const ATEN = 1 << 3;
const DREN = 1 << 0;

/** Where the bytes come from; `Shared` is one. */
export interface ByteSource {
  readonly ended: boolean;
  peekByte(): number | undefined;
  takeByte(): void;
}

export class GuestInput {
  /** Bytes that the guest was given. */
  fed = 0;
  readonly #uart: Uart;
  readonly #source: ByteSource;
  readonly #byLines: boolean;
  readonly #linux: boolean;
  /** A line is under way; what follows its end must wait. */
  #open = false;
  #atLineStart = true;
  #nextEnd = 0;

  constructor(uart: Uart, source: ByteSource, plan: Pick<RunPlan, 'guest' | 'input'>) {
    this.#uart = uart;
    this.#source = source;
    this.#linux = plan.guest === 'linux';
    this.#byLines = this.#linux && plan.input === 'pipe';
  }

  /** Whether the guest would take a byte. */
  get ready(): boolean {
    return this.#uart.receiveSpace > 0 && this.#read;
  }

  /** Whether there is a reader: with Linux, whether one has asked for the receiver's interrupt. */
  get #read(): boolean {
    if (!this.#linux) return true;
    const { registers } = this.#uart;
    return (registers.get('UCR1') & RRDYEN) !== 0 || (registers.get('UCR2') & ATEN) !== 0 || (registers.get('UCR4') & DREN) !== 0;
  }

  /** Whether input is on its way in, so that the machine should not run for long. */
  get busy(): boolean {
    return this.#source.peekByte() !== undefined && this.#read;
  }

  /** Gives what the guest takes now. `idle`: the CPU has been waiting since the last call. */
  feed(idle: boolean): void {
    if (this.#byLines && idle) this.#open = true;
    // Up to the refusal, after which the UART tells when there is room again.
    while ((this.#open || !this.#byLines) && this.#read) {
      const byte = this.#source.peekByte();
      if (byte === undefined || !this.#uart.receive(byte)) return;
      this.#source.takeByte();
      this.fed++;
      this.#atLineStart = byte === NEWLINE;
      if (byte === NEWLINE) this.#open = false;
    }
  }

  /** Tells a reader of Linux's console that a pipe has ended, once a second. `now` is virtual time in seconds. */
  feedEnd(idle: boolean, now: number): void {
    if (!this.#byLines || !this.#source.ended || !idle || now < this.#nextEnd || !this.ready) return;
    this.#nextEnd = now + 1;
    // The first one sends an unfinished line on its way, and only the next one is an end.
    if (!this.#atLineStart) this.#uart.receive(CTRL_D);
    this.#atLineStart = true;
    this.#uart.receive(CTRL_D);
  }
}
