/** How long the command takes to be there: its help, and the embedded guest's prompt. */
import { spawn } from 'node:child_process';
import { packagePath } from '../../host/index.ts';
import { processorOf, spend, type Spent } from './measure.ts';

const PROGRAM = 'bin/worldswitch.js';
const PROMPT = 'mini> ';

export function helpTime(): Spent {
  return spend([process.execPath, packagePath(PROGRAM), 'boot', '--help']);
}

/** From nothing to the prompt on standard output. */
export async function promptTime(): Promise<Spent> {
  const from = performance.now();
  const run = spawn(process.execPath, [packagePath(PROGRAM), 'boot', '--guest', 'mini'], { stdio: ['pipe', 'pipe', 'ignore'] });
  let text = '';
  return new Promise((resolve, reject) => {
    run.on('error', reject);
    run.on('close', () => { reject(new Error('the embedded guest showed no prompt')); });
    run.stdout.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      if (!text.includes(PROMPT)) return;
      resolve({ seconds: (performance.now() - from) / 1000, processor: processorOf(run.pid!) });
      run.kill();
    });
  });
}
