/**
 * The `serial` component: a line-wise terminal for other components. The board's UART belongs to the normal world's console, so lines go to the log.
 *
 * Method: `write(who, text)`; returns how many lines it completed.
 */
import type { Component, Plain } from '../component.ts';
import { collectLines } from './lines.ts';

export type SerialState = { clients: { [who: string]: { line: string } } };

export function createSerial(name = 'serial'): Component<SerialState> {
  return {
    name,
    initial: () => ({ clients: {} }),
    on: {
      call: (state, env, method, args): Plain => {
        if (method !== 'write') throw new RangeError(`serial has no method ${method}`);
        const [who, text] = args;
        if (typeof who !== 'string' || typeof text !== 'string') throw new TypeError('serial.write takes two strings');
        const client = state.clients[who] ??= { line: '' };
        const lines = collectLines(client, text);
        for (const line of lines) env.log.write(`[${who}] ${line}`);
        return lines.length;
      },
    },
  };
}
