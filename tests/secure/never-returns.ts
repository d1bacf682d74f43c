/** Runs a system one of whose handlers never returns; the name of whose handler runs stands in shared memory: entries so far, the name's length (0: none), the name. */
import { workerData } from 'node:worker_threads';
import type { KernelSmc } from '../../src/secure/index.ts';
import { smc } from '../../src/secure/vmm/index.ts';
import { assemble, createWorld, programBoot, runTo } from './harness.ts';

const { kind, shared } = workerData as { kind: 'component' | 'kernel-smc' | 'vmm-smc'; shared: SharedArrayBuffer };
const words = new Int32Array(shared, 0, 2);
const text = new Uint8Array(shared, 8);

const forever = (): never => { for (;;); };
const sleep: KernelSmc = { name: 'sleep', charge: 1, matches: (r0) => r0 === 6, handle: forever };

const world = createWorld({
  boot: programBoot(assemble('        .syntax unified\n        .arm\n1:      mov r0, #6\n        smc #0\n        b 1b\n').bytes),
  own: kind === 'vmm-smc' ? [smc({ number: 6, name: 'sleep' }, forever)] : [],
  kernelSmcs: kind === 'kernel-smc' ? [sleep] : [],
  components: kind === 'component' ? [{ component: { name: 'sleeper', initial: () => null, on: { start: forever } }, priority: 4 }] : [],
  onHandler: (name) => {
    const bytes = Buffer.from(name === undefined ? '' : name);
    text.set(bytes);
    Atomics.store(words, 1, bytes.length);
    if (name !== undefined) Atomics.add(words, 0, 1);
  },
});
runTo(world, 10_000_000);
