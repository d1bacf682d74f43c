/** `npm run test:fuzz -- [--words N] [--seed N] [--case N]`: random programs on every tier; 1 million instructions from seed 1 unless told otherwise. */
import { parseArgs } from 'node:util';
import { fuzz, FuzzFailure } from './fuzz.ts';

const { values } = parseArgs({ options: { words: { type: 'string' }, seed: { type: 'string' }, case: { type: 'string' } } });
const seed = Number(values.seed ?? 1);
const words = Number(values.words ?? 1_000_000);
console.log(`fuzz: ${words} words, seed ${seed}`);
const start = performance.now();
try {
  const report = fuzz({
    seed, words, ...(values.case === undefined ? {} : { firstCase: Number(values.case) }),
    onProgress: (done, cases) => { if (process.stdout.isTTY || done % 1_000_000 < 100_000) console.log(`  ${done} words, ${cases} cases`); },
  });
  console.log(`${report.words} words in ${report.cases} cases, the same on every tier, ${((performance.now() - start) / 1000).toFixed(1)} s`);
  console.log(`exceptions: ${Object.entries(report.exceptions).map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
  console.log(`the threaded tier left ${report.evaluated} instructions to evaluate; ${report.handlers} handlers, ${report.regions} regions`);
} catch (error) {
  if (!(error instanceof FuzzFailure)) throw error;
  console.error(error.message);
  console.error(`repeat with: npm run test:fuzz -- --seed ${seed}`);
  process.exitCode = 1;
}
