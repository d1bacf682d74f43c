/** The machine's thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { RefusedInput } from '../errors.ts';
import type { FromMachine, RunPlan } from './plan.ts';
import { Runner } from './runner.ts';
import type { HandlerWatch } from './secure-world.ts';
import { Shared } from './shared.ts';

const { buffer } = workerData as { buffer: SharedArrayBuffer };
const shared = new Shared(buffer);
const tell = (message: FromMachine): void => { parentPort!.postMessage(message); };

let watchedCount = 0;
const watch: HandlerWatch = {
  name: (name) => {
    tell({ type: 'watched', number: ++watchedCount, name });
    return watchedCount;
  },
  enter: (handler) => shared.enter(handler),
  leave: (outer) => { shared.leave(outer); },
};

async function make(plan: RunPlan): Promise<Runner> {
  const bundled = plan.secure?.scenario;
  const builtIn = plan.secure?.builtIn;
  const scenario = bundled !== undefined ? await (await import('../scenario/load.ts')).loadScenario(bundled, watch)
    : builtIn !== undefined ? (await import('../../secure/scenarios/index.ts')).SCENARIOS[builtIn] : undefined;
  return new Runner(plan, {
    output: (stream, bytes) => {
      tell({ type: 'output', stream, bytes });
      shared.sent(bytes.length);
    },
    log: (line) => { tell({ type: 'log', line }); },
    input: shared,
    waitForInput: (milliseconds) => { shared.waitFor(() => shared.waiting > 0 || (milliseconds === undefined && shared.ended), milliseconds); },
    wantsInput: () => { tell({ type: 'wants-input' }); },
    inputTaken: () => { if (shared.roomForHost()) tell({ type: 'room' }); },
    watch,
  }, scenario);
}

async function run(making: Promise<Runner>): Promise<FromMachine> {
  try {
    const runner = await making;
    tell({ type: 'started' });
    return { type: 'end', report: runner.run() };
  } catch (error) {
    if (error instanceof RefusedInput) return { type: 'refused', image: error.image, error: error.message };
    throw error;
  }
}

// The plan comes as a message, so that its images move instead of being copied.
parentPort!.once('message', (plan: RunPlan) => {
  run(make(plan)).then(tell, (error: unknown) => { queueMicrotask(() => { throw error; }); });
});
