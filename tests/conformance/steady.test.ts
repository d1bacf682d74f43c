/**
 * A forced tier runs code itself: of the steady instructions of each bench kernel (what more iterations add) at most 2 % run in another tier. Where more do, the
 * causes are told, and the test fails unless the kernel stands below with the reason.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type BenchKernel, canMake, KERNELS, makeKernel } from '../../src/cli/bench/kernels.ts';
import { STATE } from '../../src/cpu/index.ts';
import { Machine } from '../../src/soc/machine.ts';
import { ELSEWHERE_LIMIT, type Figures, figuresOf, minus, shareElsewhere, told } from './tier-shares.ts';

const RAM = 0x70000000;
/** Far more than any kernel takes for its few iterations. */
const MOST = 100_000_000;
const SEMIHOSTING = 0x123456;
const SYS_EXIT = 0x18;
/** Both runs are short: the kernels' own counts are for measuring time. */
const SHORT = 0.2;
const LONG = 1;

/** Kernels that are made of what a tier leaves to another, and why. */
const EXEMPT: Readonly<Record<string, { readonly tiers: readonly string[]; readonly why: string }>> = {
  'ping-pong over 200 ASIDs': { tiers: ['threaded', 'region'], why: 'each switch writes CP15 and meets a table of translations that is empty: more address spaces than are kept' },
};

const folder = mkdtempSync(join(tmpdir(), 'steady-'));
after(() => { rmSync(folder, { recursive: true, force: true }); });

function run(kernel: BenchKernel, tier: 'threaded' | 'region', share: number): Figures {
  const machine = new Machine({ tier, census: true });
  const { loads, entry } = makeKernel(kernel, RAM, Math.max(share === LONG ? 5 : 1, Math.round(kernel.base * share)), folder);
  for (const { address, bytes } of loads) assert.ok(machine.loadBytes(address, bytes), 'the program has no place');
  machine.memory.i32[STATE.r + 15] = entry;
  let done = false;
  machine.core.hooks.supervisorCall = (imm) => {
    if (imm !== SEMIHOSTING) return false;
    if (machine.memory.i32[STATE.r] !== SYS_EXIT) return true; // those in C mark their parts
    done = true;
    machine.stop();
    return true;
  };
  machine.run(MOST);
  assert.ok(done, `the kernel did not end within ${MOST} instructions`);
  return figuresOf(machine);
}

for (const kernel of KERNELS) {
  if (kernel.system === true) continue; // runs beside TypeScript: gates are no instructions of a tier
  for (const tier of ['threaded', 'region'] as const) {
    const missing = !canMake(kernel) && 'there is no cross compiler';
    test(`${kernel.name}: tier ${tier} runs its steady instructions itself`, { skip: missing }, (t) => {
      const steady = minus(run(kernel, tier, LONG), run(kernel, tier, SHORT));
      assert.ok(steady.instructions > 10_000, `only ${steady.instructions} instructions`);
      const share = shareElsewhere(steady, tier);
      const exempt = EXEMPT[kernel.name];
      const line = `${(share * 100).toFixed(2)} % elsewhere${told(steady)}`;
      if (exempt?.tiers.includes(tier) === true) t.diagnostic(`${line}; allowed: ${exempt.why}`);
      else assert.ok(share <= ELSEWHERE_LIMIT, line);
    });
  }
}

test('what is exempt is a kernel', () => {
  assert.deepEqual(Object.keys(EXEMPT).filter((name) => !KERNELS.some((kernel) => kernel.name === name)), []);
});
