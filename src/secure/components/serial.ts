/**
 * The `serial` component: a terminal for other components. With a terminal of the host's routed to it bytes go out and come in as they are; without one, as the board's UART
 * belongs to the normal world's console, whole lines go to the log.
 *
 * Methods: `write(who, text)`, a text of lines for the log, returns how many lines it completed; `send(who, bytes)`; `receive(maximum)` gives the bytes that came in.
 */
import type { Component, Env, Plain } from '../component.ts';
import { printable } from '../vmm/text.ts';
import { collectLines } from './lines.ts';

export type SerialState = { clients: { [who: string]: { line: string } } };

function writeLines(state: SerialState, env: Env, who: string, text: string): number {
  const client = state.clients[who] ??= { line: '' };
  const lines = collectLines(client, text);
  for (const line of lines) env.log.write(`[${who}] ${printable(line)}`);
  return lines.length;
}

export function createSerial(name = 'serial'): Component<SerialState> {
  return {
    name,
    initial: () => ({ clients: {} }),
    on: {
      call: (state, env, method, args): Plain => {
        switch (method) {
          case 'write': {
            const [who, text] = args;
            if (typeof who !== 'string' || typeof text !== 'string') throw new TypeError('serial.write takes two strings');
            return writeLines(state, env, who, text);
          }
          case 'send': {
            const [who, bytes] = args;
            if (typeof who !== 'string' || !(bytes instanceof Uint8Array)) throw new TypeError('serial.send takes a name and bytes');
            if (env.terminal !== undefined) env.terminal.write(bytes);
            else writeLines(state, env, who, bytes.reduce((text, byte) => text + String.fromCharCode(byte), ''));
            return null;
          }
          case 'receive': {
            const [maximum] = args;
            if (typeof maximum !== 'number') throw new TypeError('serial.receive takes a number');
            return env.terminal?.read(maximum) ?? new Uint8Array();
          }
          default: throw new RangeError(`serial has no method ${method}`);
        }
      },
    },
  };
}
