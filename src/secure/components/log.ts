/**
 * The `log` component: a service that keeps the last lines that other components gave it, and writes them to the secure world's log.
 *
 * Methods: `write(who, line)`; `lines()` gives the kept lines, oldest first; `dropped()` how many older ones there were.
 */
import type { Component, Plain } from '../component.ts';

export type LogState = { lines: string[]; dropped: number };

/** Lines that are kept. */
export const LOG_LINES = 256;

export function createLog(name = 'log'): Component<LogState> {
  return {
    name,
    initial: () => ({ lines: [], dropped: 0 }),
    on: {
      call: (state, env, method, args): Plain => {
        switch (method) {
          case 'write': {
            const [who, line] = args;
            if (typeof who !== 'string' || typeof line !== 'string') throw new TypeError('log.write takes two strings');
            const text = `[${who}] ${line}`;
            state.lines.push(text);
            if (state.lines.length > LOG_LINES) {
              state.lines.shift();
              state.dropped++;
            }
            env.log.write(text);
            return null;
          }
          case 'lines': return [...state.lines];
          case 'dropped': return state.dropped;
          default: throw new RangeError(`log has no method ${method}`);
        }
      },
    },
  };
}
