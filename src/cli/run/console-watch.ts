/**
 * Reads along on the guest's console, line by line: a pattern that ends the run, Linux's panic, and the lines with which Linux says that it stops. All of it happens at
 * the byte, so that a run ends at the same instruction each time.
 *
 * Source of the lines: Linux, kernel/panic.c and kernel/reboot.c (texts that have been stable since 3.x).
 */

export type ConsoleEvent =
  | { readonly kind: 'until' }
  | { readonly kind: 'panic'; readonly line: string }
  | { readonly kind: 'power-off' }
  /** Linux restarts: what follows is the watchdog's reset, or nothing at all where it has no driver for one. */
  | { readonly kind: 'restart' };

const LONGEST_LINE = 4096;
const STAMP = String.raw`(?:\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? )?`;
const PANIC = new RegExp(`^${STAMP}(Kernel panic - not syncing.*)$`);
const PANIC_END = new RegExp(`^${STAMP}---\\[ end (Kernel panic - not syncing.*)$`);
const POWER_OFF = new RegExp(`^${STAMP}reboot: (?:Power down|System halted)$`);
const RESTART = new RegExp(`^${STAMP}reboot: Restarting system(?: with command '.*')?$`);

export class ConsoleWatch {
  /** The panic's line, from the time that Linux printed it: what follows it is its report. */
  panic: string | undefined;
  readonly #until: RegExp | undefined;
  readonly #linux: boolean;
  readonly #powerOff: boolean;
  #line = '';

  /** `linux`: watch for its panic, too. `powerOff`: and for its end, which there is no power-off to tell of. */
  constructor(until: RegExp | undefined, linux: boolean, powerOff = linux) {
    this.#until = until;
    this.#linux = linux;
    this.#powerOff = powerOff;
  }

  /** The event that this byte completes, if any. Bytes are taken as ISO 8859-1; a pattern sees one line, so far as it has come. */
  push(byte: number): ConsoleEvent | undefined {
    if (byte === 0x0a) {
      const line = this.#line;
      this.#line = '';
      return this.#linux ? this.#whole(line) : undefined;
    }
    if (byte === 0x0d) return undefined;
    if (byte === 0x07) {
      // An operating system command (ESC ] ... BEL), such as init's marks, is no part of the line.
      const start = this.#line.indexOf('\x1b]');
      if (start >= 0) this.#line = this.#line.slice(0, start);
      return undefined;
    }
    if (this.#line.length === LONGEST_LINE) this.#line = '';
    this.#line += String.fromCharCode(byte);
    return this.#until?.test(this.#line) === true ? { kind: 'until' } : undefined;
  }

  #whole(line: string): ConsoleEvent | undefined {
    if (!line.includes('Kernel panic') && !line.includes('reboot: ')) return undefined;
    const ended = PANIC_END.exec(line);
    if (ended !== null && this.panic !== undefined) return { kind: 'panic', line: this.panic };
    this.panic ??= PANIC.exec(line)?.[1];
    return this.#powerOff && POWER_OFF.test(line) ? { kind: 'power-off' } : RESTART.test(line) ? { kind: 'restart' } : undefined;
  }
}
