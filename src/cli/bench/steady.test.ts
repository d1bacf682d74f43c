/** No garbage in the steady state of a run: once a kernel is warm, its next 200 million instructions make V8 collect nothing, and leave next to nothing on its heap. */
import assert from 'node:assert/strict';
import { PerformanceObserver, constants } from 'node:perf_hooks';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { STATE } from '../../cpu/index.ts';
import { Machine } from '../../soc/index.ts';
import { SYSTEM_RAM, systemWith } from './bare.ts';
import { type BenchKernel, KERNELS, makeKernel } from './kernels.ts';

const BASE = 0x70000000;
const WARM = 100e6;
/** The way of an SMC is TypeScript besides, which V8 optimizes step by step. */
const SMCS_WARM = 300e6;
const STEADY = 200e6;
const SMCS_ATTEMPTS = 20;
/** The run comes back from generated code at every event of the board's; what that may leave: 2 KB in a million instructions. */
const MOST_BYTES = STEADY / 1e6 * 2048;

/** Instructions of an SMC to the VMM and back, with what gates and syscalls are charged: at least. */
const SMC_INSTRUCTIONS = 300;
/** An SMC leaves nothing: three bytes are less than any object. */
const MOST_BYTES_OF_SMCS = STEADY / SMC_INSTRUCTIONS * 3;

/** What a run of STEADY instructions leaves on V8's heap, and how often its young generation was collected meanwhile. */
async function garbageOf(run: (instructions: number) => unknown, warm = WARM, attempts = 1): Promise<{ readonly scavenges: number; readonly left: number }> {
  run(warm);
  let scavenges = 0;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if ((entry as unknown as { readonly detail: { readonly kind: number } }).detail.kind === constants.NODE_PERFORMANCE_GC_MINOR) scavenges++;
  });
  // What making the machine left goes first: else its collection might fall into the run.
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  observer.observe({ entryTypes: ['gc'] });
  await pause(20);
  let left = 0;
  // V8 optimizes TypeScript in threads of its own, on a busy computer after the warming up: what is steady is so in one of some runs. What leaves an object each time is in none.
  for (let attempt = 0; attempt < attempts; attempt++) {
    scavenges = 0;
    const before = getHeapStatistics().used_heap_size;
    assert.equal(run(STEADY), 'budget');
    left = getHeapStatistics().used_heap_size - before;
    await pause(20);
    if (scavenges === 0) break;
  }
  observer.disconnect();
  return { scavenges, left };
}

const kernelOf = (name: string): BenchKernel => KERNELS.find((candidate) => candidate.name === name)!;

for (const name of ['integer work', 'loop, 8 instructions with 3 accesses', 'pointer walk, 256 KiB', 'copy by load and store multiple']) {
  test(`${name}: no scavenge in ${STEADY / 1e6} M instructions`, async () => {
    const machine = new Machine();
    const { loads } = makeKernel(kernelOf(name), BASE, 0xffffffff, '');
    machine.loadBytes(BASE, loads[0]!.bytes);
    machine.memory.i32[STATE.r + 15] = BASE;
    const { scavenges, left } = await garbageOf((instructions) => machine.run(instructions));
    assert.equal(scavenges, 0);
    assert.ok(left < MOST_BYTES, `${left} bytes`);
    assert.ok(machine.stats.evaluated < STEADY / 1000, 'it ran in generated code');
  });
}

test(`SMCs to the VMM and back: no scavenge in ${STEADY / 1e6} M instructions`, async () => {
  const kernel = kernelOf('SMC to an unprivileged handler and back');
  const system = systemWith(kernel.name, makeKernel(kernel, SYSTEM_RAM, 0xffffffff, ''), 'auto');
  const smcs = (): number => system.machine.memory.i32[STATE.smcs]!;
  let before = 0;
  const { scavenges, left } = await garbageOf((instructions) => {
    before = smcs();
    return system.run(instructions);
  }, SMCS_WARM, SMCS_ATTEMPTS);
  assert.ok(smcs() - before > STEADY / 500, `${smcs() - before} SMCs`);
  assert.equal(scavenges, 0);
  assert.ok(left < MOST_BYTES_OF_SMCS, `${left} bytes`);
});
