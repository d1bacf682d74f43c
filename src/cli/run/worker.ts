/** The machine's thread. */
import { parentPort, workerData } from 'node:worker_threads';
import type { FromMachine, RunPlan } from './plan.ts';
import { Runner } from './runner.ts';
import { Shared } from './shared.ts';

const { plan, buffer } = workerData as { plan: RunPlan; buffer: SharedArrayBuffer };
const shared = new Shared(buffer);
const tell = (message: FromMachine): void => { parentPort!.postMessage(message); };

const runner = new Runner(plan, {
  output: (stream, bytes) => {
    tell({ type: 'output', stream, bytes });
    shared.sent(bytes.length);
  },
  log: (line) => { tell({ type: 'log', line }); },
  input: shared,
  waitForInput: (milliseconds) => { shared.waitFor(() => shared.waiting > 0 || (milliseconds === undefined && shared.ended), milliseconds); },
  wantsInput: () => { tell({ type: 'wants-input' }); },
  inputTaken: () => { if (shared.roomForHost()) tell({ type: 'room' }); },
});
tell({ type: 'end', report: runner.run() });
