/**
 * Snapshots and determinism on a booted system: Linux in the normal world, at work (processes, files, SMCs), and beside it a component that ticks and one with memory of its own. From the
 * shell on, snapshots at random counts go from machine to machine, each of another tier; a machine that was never interrupted must be in the same state at each of these counts (CPU, devices,
 * kernel, components, counts of calls), and at the end in all of memory too.
 *
 * SNAPSHOTS is how many: 1,000 with WORLDSWITCH_FULL=1, else 24. SEED overrides the seed.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { saveCpu } from '../../src/cpu/index.ts';
import { kernelModule, linuxExtras, readPackageFile } from '../../src/host/index.ts';
import { appendArchive, buildInitramfs, runArchive } from '../../src/normal/index.ts';
import { createTimer } from '../../src/secure/components/index.ts';
import { QSB_SECURE, type Component, type SystemSnapshot } from '../../src/secure/index.ts';
import { prepareLinux, smc, type NormalBoot } from '../../src/secure/vmm/index.ts';
import type { Tier } from '../../src/soc/index.ts';
import { debian } from '../boot/worldswitch.ts';
import { createWorld, FULL, runTo, type World } from '../secure/harness.ts';

const COUNT = Number(process.env['SNAPSHOTS'] ?? (FULL ? 1000 : 24));
const SEED = Number(process.env['SEED'] ?? 0x5eed0006);
/** Instructions from one snapshot to the next: at most twice this. */
const GAP = FULL ? 10_000 : 130_000;
/** Slow, so that ticks and interrupts come often. */
const FREQUENCY = 100_000_000;
/** Both sides of the normal world's RAM and the secure one's lie in the first bank. */
const BANK = 0x20000000;
const TIERS: readonly Tier[] = ['threaded', 'evaluate', 'region', 'auto'];

const SCRIPT = `
exec 4<> /dev/smc
echo ready
n=0
while :; do
  n=$((n + 1))
  echo "6 $n" >&4
  read -r result <&4
  echo "$n $result" > /tmp/work
  [ $((n % 4)) -eq 0 ] && wc -l /tmp/work /proc/interrupts
done
`;

/** Keeps a running sum in memory of its own. */
const keeper: Component<{ signals: number }> = {
  name: 'keeper', initial: () => ({ signals: 0 }),
  on: {
    start: (_state, { ram, timer }) => {
      ram!.alloc(64);
      timer!.triggerOnceUs(700);
    },
    signal: (state, { ram, timer }) => {
      const [space] = ram!.dataspaces;
      space!.write32(0, space!.read32(0) + ++state.signals);
      timer!.triggerOnceUs(700);
    },
  },
};

const counter = smc({ number: 6, name: 'count', args: { by: 'u32' }, result: 'u32', state: { sum: 0 } }, ({ args, state }) => (state.sum = (state.sum + args.by) >>> 0));

const world = (boot: NormalBoot, tier: Tier): World => createWorld({
  boot, tier, own: [counter], frequencyHz: FREQUENCY, dramBankBytes: BANK,
  components: [
    { component: createTimer({ name: 'ticking', periodUs: 333 }), priority: 8, sessions: { timer: true } },
    { component: keeper, priority: 5, sessions: { timer: true, ram: 4096 } },
  ],
});

/** All but memory: what is cheap to compare at each count. */
const light = ({ machine: { cpu, chip }, kernel, smcs }: SystemSnapshot): string => JSON.stringify([cpu, chip, kernel, smcs]);
const lightOf = ({ system, machine, table }: World): string => JSON.stringify([saveCpu(machine.core), machine.chip.save(), system.kernel.state, table.save()]);

function digest(snapshot: SystemSnapshot): string {
  const hash = createHash('sha1').update(JSON.stringify([light(snapshot), snapshot.machine.events, snapshot.machine.run]));
  for (const { pages } of snapshot.machine.memories) for (const { address, bytes } of pages) hash.update(String(address)).update(bytes);
  return hash.digest('hex');
}

function differingPages(a: SystemSnapshot, b: SystemSnapshot): string[] {
  const pages = (snapshot: SystemSnapshot) => new Map(snapshot.machine.memories.flatMap((memory) => memory.pages.map(({ address, bytes }) => [address, bytes] as const)));
  const [first, second] = [pages(a), pages(b)];
  return [...new Set([...first.keys(), ...second.keys()])].filter((page) => Buffer.compare(first.get(page) ?? new Uint8Array(4096), second.get(page) ?? new Uint8Array(4096)) !== 0).map((page) => page.toString(16));
}

const { guest, skip } = await debian();

test(`Linux: ${COUNT} snapshots, each resumed in another tier (seed 0x${SEED.toString(16)})`, { skip }, async (t) => {
  const built = await kernelModule({ kernelVersion: guest!.kernelVersion });
  assert.ok(built.ok, built.ok ? '' : built.error.message);
  const archive = buildInitramfs({ busybox: guest!.busybox.bytes, init: Buffer.from(readPackageFile('guest/linux/init')).toString('utf8'), extra: linuxExtras(built.module) });
  const prepared = prepareLinux({ kernel: guest!.vmlinuz.bytes, dtb: guest!.dtb.bytes, initrd: appendArchive(archive, runArchive(SCRIPT)), append: 'console=ttymxc0,115200 quiet', partition: QSB_SECURE });
  assert.ok(prepared.ok, prepared.ok ? '' : prepared.error);
  const { boot } = prepared;

  const reference = world(boot, 'auto');
  while (!/ready\r?\n/.test(reference.output()) && reference.machine.core.count < 12_000_000_000) runTo(reference, reference.machine.core.count + 20_000_000);
  assert.match(reference.output(), /ready\r?\n/, reference.log.join('\n'));
  let state = SEED >>> 0;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
  const machines = TIERS.map((tier) => world(boot, tier));
  const running = new Map<string, number>();
  const started = { count: reference.machine.core.count, calls: reference.table.rows().find(({ name }) => name === 'count')!.calls, printed: reference.output().length };
  let snapshot = reference.system.save();
  let said = 0;
  for (let i = 0; i < COUNT; i++) {
    const each = machines[i % machines.length]!;
    each.system.load(snapshot);
    const count = reference.machine.core.count + 1 + random(2 * GAP);
    const printed = each.output().length;
    runTo(each, count);
    runTo(reference, count);
    const resumed = each.system.save();
    const context = reference.system.kernel.state;
    const name = `${context.contexts[context.current]?.name ?? 'idle'}`;
    running.set(name, (running.get(name) ?? 0) + 1);
    // The reference's memory is looked at once, at the end; all else of it each time.
    assert.equal(light(resumed), lightOf(reference), `from ${snapshot.machine.cpu.count} to ${count} in the ${TIERS[i % TIERS.length]!} tier`);
    assert.equal(each.output().slice(printed), reference.output().slice(started.printed + said), `what was printed up to ${count}`);
    said = reference.output().length - started.printed;
    snapshot = resumed;
    if (FULL && i % 100 === 99) console.log(`${i + 1} of ${COUNT}`);
  }
  const end = reference.system.save();
  assert.deepEqual(differingPages(snapshot, end), [], 'pages of memory that differ at the end');
  assert.equal(digest(snapshot), digest(end));
  const calls = reference.table.rows().find(({ name }) => name === 'count')!.calls - started.calls;
  t.diagnostic(`${reference.machine.core.count - started.count} instructions, ${calls} SMCs; running at the counts: ${[...running].map(([name, times]) => `${name} ${times}`).join(', ')}`);
  assert.ok(calls > 4 && said > 0, 'Linux worked meanwhile');
  assert.equal(reference.system.halted, undefined);
});
