/**
 * What a person types at the guest's console: everything goes to the guest but the `Ctrl-a` commands, which are those of QEMU's multiplexed console
 * (QEMU manual, "Keys in the character backend multiplexer"). With a monitor, `Ctrl-a c` leads to a line-edited prompt and back.
 */

/** What the keys lead to. All are called from `push`, in the order of the keys. */
export interface ConsoleKeysSink {
  /** A byte for the guest. */
  guest(byte: number): void;
  /** Text for the person, with CR LF line ends. */
  show(text: string): void;
  /** Ctrl-a x. */
  leave(): void;
  /** A line typed at the monitor prompt; the answer is shown. Without this function there is no monitor. */
  monitor?: ((line: string) => string) | undefined;
}

const CTRL_A = 0x01;
export const MONITOR_PROMPT = '(worldswitch) ';

const HELP = [
  'Ctrl-a h    this help',
  'Ctrl-a x    leave',
  'Ctrl-a c    to the monitor prompt, and back to the console',
  'Ctrl-a Ctrl-a  send Ctrl-a',
];

export class ConsoleKeys {
  /** Whether keys go to the monitor prompt. */
  monitoring = false;
  readonly #sink: ConsoleKeysSink;
  #escaped = false;
  #line = '';

  constructor(sink: ConsoleKeysSink) {
    this.#sink = sink;
  }

  push(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (this.#escaped) {
        this.#escaped = false;
        this.#command(byte);
      } else if (byte === CTRL_A) this.#escaped = true;
      else this.#plain(byte);
    }
  }

  #command(byte: number): void {
    switch (String.fromCharCode(byte)) {
      case '\x01': this.#plain(CTRL_A); break;
      case 'x': this.#sink.leave(); break;
      case 'c': this.#toggle(); break;
      case 'h': case '?': this.#sink.show(`\r\n${HELP.join('\r\n')}\r\n`); break;
      default: break; // as QEMU does: an unknown command is swallowed
    }
  }

  #toggle(): void {
    if (this.#sink.monitor === undefined) {
      this.#sink.show('\r\nno monitor here\r\n');
      return;
    }
    this.monitoring = !this.monitoring;
    this.#line = '';
    this.#sink.show(this.monitoring ? `\r\n${MONITOR_PROMPT}` : '\r\n');
  }

  #plain(byte: number): void {
    if (!this.monitoring) {
      this.#sink.guest(byte);
    } else if (byte === 0x0d || byte === 0x0a) {
      const line = this.#line;
      this.#line = '';
      const answer = this.#sink.monitor?.(line) ?? '';
      const shown = answer === '' ? '' : `${answer.replace(/\r?\n$/, '').replace(/\r?\n/g, '\r\n')}\r\n`;
      this.#sink.show(`\r\n${shown}${MONITOR_PROMPT}`);
    } else if (byte === 0x7f || byte === 0x08) {
      if (this.#line !== '') this.#sink.show('\b \b');
      this.#line = this.#line.slice(0, -1);
    } else if (byte === 0x03 || byte === 0x15) { // Ctrl-c, Ctrl-u: a new line
      this.#line = '';
      this.#sink.show(`\r\n${MONITOR_PROMPT}`);
    } else if (byte >= 0x20 && byte < 0x7f) {
      this.#line += String.fromCharCode(byte);
      this.#sink.show(String.fromCharCode(byte));
    }
  }
}
