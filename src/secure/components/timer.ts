/**
 * The `timer` component: tells other components the time, and counts periods of its own by the kernel's timer, so that secure interrupts come while the normal
 * world runs.
 *
 * Methods: `nowUs()`, virtual microseconds since start; `periods()`, how many periods have passed.
 */
import type { Component, Env, Plain, TimerSession } from '../component.ts';

export type TimerState = { periods: number };

export interface TimerOptions {
  readonly name?: string;
  /** Virtual microseconds; 0 for no periods. Default: a tenth of a second. */
  readonly periodUs?: number;
}

const DEFAULT_PERIOD_US = 100_000;

function timerOf(env: Env): TimerSession {
  if (env.timer === undefined) throw new Error('no timer session is routed to the timer');
  return env.timer;
}

export function createTimer({ name = 'timer', periodUs = DEFAULT_PERIOD_US }: TimerOptions = {}): Component<TimerState> {
  return {
    name,
    initial: () => ({ periods: 0 }),
    on: {
      start: (_state, env) => { if (periodUs > 0) timerOf(env).triggerOnceUs(periodUs); },
      signal: (state, env, event) => {
        if (event.name !== 'timer') return;
        state.periods++;
        timerOf(env).triggerOnceUs(periodUs);
      },
      call: (state, env, method): Plain => {
        switch (method) {
          case 'nowUs': return timerOf(env).nowUs();
          case 'periods': return state.periods;
          default: throw new RangeError(`timer has no method ${method}`);
        }
      },
    },
  };
}
