// `npm run soak -- [--minutes 30]`: a mixed run in one process, and its resident memory each minute. It must not grow.
//
// In turn: kernels of the bench on new machines in each tier, the embedded guest booted in the normal world and answered, a hundred thousand SMCs, code that changes itself, snapshots
// saved and loaded across tiers, and one machine that runs on from turn to turn. Machines are large and die with the collector, so a collection stands before each reading
// (node --expose-gc). Ends with status 1 where the median reading of the last third is more than 5 % above that of the second; shorter runs than ten
// minutes only tell.
//
// Code that changes itself is not run in the region tier forced, which compiles it again for each change, thousands of times a second: V8 keeps four timed tasks
// for each instance for up to two minutes. Tier `auto` compiles such code ever more seldom.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canMake, KERNELS, makeKernel } from '../dist/cli/bench/kernels.js';
import { runBare, runInSystem } from '../dist/cli/bench/bare.js';
import { SecureWorld } from '../dist/cli/run/secure-world.js';
import { STATE } from '../dist/cpu/index.js';
import { Machine } from '../dist/soc/index.js';

const at = process.argv.indexOf('--minutes');
/** A shorter run is warming up. */
const LEAST_MINUTES = 10;
const minutes = at < 0 ? 30 : Number(process.argv[at + 1]);
if (!(minutes > 0)) {
  console.error('soak: --minutes wants a number above zero');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'worldswitch-soak-'));
const RAM = 0x70000000;
const TIERS = ['auto', 'region', 'threaded', 'evaluate'];
const counts = { kernels: 0, boots: 0, smcs: 0, 'self-modifying runs': 0, snapshots: 0 };

function kernel(turn) {
  const list = KERNELS.filter((each) => each.system !== true && canMake(each));
  const chosen = list[turn % list.length];
  const tier = TIERS[turn % TIERS.length];
  const share = tier === 'evaluate' ? 500 : tier === 'threaded' ? 20 : 4;
  runBare(chosen.name, makeKernel(chosen, RAM, Math.max(2, Math.ceil(chosen.iterations / share)), folder), tier);
  counts.kernels++;
}

function boot(turn) {
  let text = '';
  const machine = new Machine({ tier: turn % 2 === 0 ? 'auto' : 'threaded', onTransmit: (uart, byte, secure) => { if (uart === 1 && !secure) text += String.fromCharCode(byte); } });
  machine.applyHandover();
  const { system } = new SecureWorld({
    machine, scenario: undefined, log: () => undefined, watch: { name: () => 0, enter: () => 0, leave: () => undefined },
    plan: { label: 'mini', boot: { kind: 'mini', command: 'worlds; time; smc PSCI_VERSION' } },
  });
  for (let slice = 0; slice < 100 && system.halted === undefined; slice++) system.run(1e6);
  if (system.halted?.status !== 0 || !text.includes('end;0')) throw new Error(`the embedded guest failed: ${text}`);
  counts.boots++;
}

function smcs() {
  const chosen = KERNELS.find(({ system }) => system === true);
  runInSystem(chosen.name, makeKernel(chosen, 0x80008000, 100_000, folder), 'auto');
  counts.smcs += 100_000;
}

const CHANGING = `
        ldr     r4, =ITERATIONS
        adr     r5, patched
        ldr     r6, add_one
        ldr     r7, add_two
1:      str     r6, [r5]
        bl      work
        str     r7, [r5]
        bl      work
        subs    r4, r4, #1
        bne     1b
        mov     r0, #0x18
        ldr     r1, =0x20026
        svc     #0x123456
work:   mov     r2, #100
patched: nop
        subs    r2, r2, #1
        bne     patched
        bx      lr
add_one: add    r0, r0, #1
add_two: add    r0, r0, #2
        .ltorg
`;

async function changing(turn) {
  const { allRows, createAssembler } = await import('../dist/isa/index.js');
  const result = createAssembler(allRows).assemble(CHANGING, { origin: RAM, symbols: { ITERATIONS: 2000 } });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  runBare('code that changes itself', { loads: [{ address: RAM, bytes: result.sections[0].bytes }], entry: RAM }, turn % 2 === 0 ? 'auto' : 'threaded');
  counts['self-modifying runs']++;
}

// One machine for the whole run: it goes on through all kernels' code, and its snapshot moves to a new one of another tier now and then.
let lasting = new Machine({ tier: 'auto' });
function lastingKernel(turn) {
  const chosen = KERNELS[turn % 6];
  lasting.loadBytes(RAM, makeKernel(chosen, RAM, 0xffffffff, folder).loads[0].bytes);
  lasting.memory.i32[STATE.SCTLR] &= ~1;
  lasting.core.cpsr = 0x1d3;
  lasting.memory.i32[STATE.r + 15] = RAM;
  lasting.run(50e6);
  if (turn % 7 !== 0) return;
  const next = new Machine({ tier: turn % 2 === 0 ? 'auto' : 'region' });
  next.load(lasting.save());
  lasting = next;
  counts.snapshots++;
}

const megabytes = () => {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  return Math.round(process.memoryUsage().rss / 1e6);
};
const started = performance.now();
const readings = [];
const interval = Math.min(60, minutes * 60 / 5);
for (let turn = 0; performance.now() - started < minutes * 60_000; turn++) {
  kernel(turn);
  boot(turn);
  if (turn % 5 === 0) smcs();
  await changing(turn);
  lastingKernel(turn);
  // The collector's finalisers, which free machines, run between turns.
  await new Promise((resolve) => { setTimeout(resolve, 0); });
  if (performance.now() - started < (readings.length + 1) * interval * 1000) continue;
  readings.push(megabytes());
  const { heapUsed } = process.memoryUsage();
  console.log(`${((performance.now() - started) / 60_000).toFixed(1).padStart(6)} min  ${String(readings.at(-1)).padStart(5)} MB resident  ${String(Math.round(heapUsed / 1e6)).padStart(4)} MB heap  ${Object.entries(counts).map(([name, count]) => `${count} ${name}`).join(', ')}`);
}
// The first third is a warm-up: each kernel's first time in each tier makes handlers and code that stay.
const third = Math.floor(readings.length / 3);
if (third > 0) {
  const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
  const [before, after] = [median(readings.slice(third, 2 * third)), median(readings.slice(2 * third))];
  console.log(`median of the second third ${before} MB, of the last ${after} MB`);
  if (minutes >= LEAST_MINUTES && after > before * 1.05) {
    console.error('soak: it grows');
    process.exit(1);
  }
}
