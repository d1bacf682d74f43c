/**
 * The block calls through the VMM, over the block component and a store in memory. What a guest, or a DMA master on its behalf, may change between the check of an argument
 * and its use is changed here: between submission and the component's work, and between that and the collection of the reply.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBlock, type BlockOptions } from '../components/index.ts';
import type { Env, Plain } from '../component.ts';
import { MemoryStore, type BackingStore } from '../core/host-ports.ts';
import { storeSession } from '../core/sessions.ts';
import { rig } from './fake-vm.testing.ts';

const ERROR = 0xffffffff;
const BLOCKS = 64;
const RAM = 0x80000000;
const BUFFER = RAM + 0x4000;
const BUFFER_SIZE = 0x3000;
const INTERRUPT = 92;

/** A VMM with `count` disks; a disk's component works when `work` is called. */
function disks({ stores = [MemoryStore.of(pattern(BLOCKS * 512))], ...options }: { stores?: readonly BackingStore[] } & BlockOptions = {}) {
  const signals: string[] = [];
  const components = stores.map((store, i) => {
    const component = createBlock({ name: `block${i}`, ...options });
    const env: Env = {
      log: { write: (line) => { log.push(`block${i} ${line}`); } }, syscall: () => -1, peer: () => { throw new RangeError('no peers'); },
      store: storeSession(store), notify: (target) => { signals.push(`${target} ${component.name}`); },
    };
    return { component, env, state: component.initial() };
  });
  const log: string[] = [];
  let dead: string | undefined;
  const world = rig({
    tz: { blocks: stores.map((_, i) => ({ service: `disk${i}`, component: `block${i}`, name: `disk${i}`, interrupt: INTERRUPT + i })) },
    peer: (service) => ({
      call: (method, ...args: readonly Plain[]): Plain => {
        if (service === dead) throw new Error(`service ${service} does not answer`);
        const { component, env, state } = components[Number(service.slice(4))]!;
        const result = component.on.call!(state, env, method, structuredClone(args) as Plain[]);
        assert.deepEqual(structuredClone(state), state);
        return structuredClone(result);
      },
    }),
  });
  world.start();
  world.log.length = 0;
  world.vm.calls.length = 0;
  const block = (fn: number, ...registers: readonly number[]): number => {
    world.vm.set('r8', registers[6] ?? 0);
    return world.smc(3, fn, ...registers.slice(0, 6));
  };
  return {
    ...world, block, components, componentLog: log,
    /** Signals that were sent are delivered, until there are none. */
    work: (): void => {
      for (let signal = signals.shift(); signal !== undefined; signal = signals.shift()) {
        const [target, from] = signal.split(' ') as [string, string];
        const own = components.find(({ component }) => component.name === target);
        if (own === undefined) world.signal(from);
        else own.component.on.signal!(own.state, own.env, { name: from, count: 1 });
      }
    },
    kill: (service: string): void => { dead = service; },
    /** Handle and offset of a new request, by functions 10 and 6 first. */
    request: (size: number, guest = 0xc0de0001, device = 0): [number, number] => {
      const handle = block(7, device, size, guest);
      return [handle, world.vm.get('r1')];
    },
    ready: (device = 0): void => {
      assert.equal(block(10, BUFFER, BUFFER_SIZE), 0);
      assert.equal(block(6, device), 0);
    },
    /** Bytes at a physical address. */
    ram: (pa: number, length: number): Uint8Array => world.vm.ram.read(pa - RAM, length),
    fill: (pa: number, bytes: Uint8Array): void => { world.vm.ram.write(pa - RAM, bytes); },
    interrupts: (): string[] => world.vm.calls.filter((call) => /^(inject|end) /.test(call)),
  };
}

function pattern(length: number, salt = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i >>> 9) * 37 + i * 11 + salt);
}
const header = (bytes: Uint8Array): number[] => [...new Uint32Array(bytes.slice(0, 12).buffer)];

test('count, blocks, size, writeable, queue, interrupt, name', () => {
  const world = disks({ stores: [new MemoryStore({ size: 5 * 512 + 100 }), new MemoryStore({ size: 4096, writable: false })] });
  world.ready();
  assert.deepEqual([world.block(0), world.block(1, 0), world.block(2, 0), world.block(3, 0), world.block(5, 0)], [2, 5, 512, 1, 92]);
  assert.deepEqual([world.block(1, 1), world.block(3, 1), world.block(5, 1)], [8, 0, 93]);
  assert.ok(world.block(4, 0) >= 128 * 1024);
  assert.equal(world.block(11, 1), 5);
  assert.deepEqual([...world.ram(BUFFER, 6)].map((c) => String.fromCharCode(c)).join(''), 'disk1\0');
  for (const fn of [1, 2, 3, 4, 5, 6, 9, 11]) for (const device of [2, 0x7fffffff, 0xffffffff]) assert.equal(world.block(fn, device), ERROR, `function ${fn}, device ${device}`);
  assert.deepEqual(world.request(512, 1, 2), [0, 0]);
});

test('a read: the reply is the request\'s, and the interrupt is there until it is collected', () => {
  const world = disks();
  world.ready();
  const [handle, offset] = world.request(1024, 0xdeadbeef);
  assert.notEqual(handle, 0);
  assert.equal(world.block(8, 0, offset, 1024, 0, 3 * 512, 0, handle), 0);
  assert.equal(world.block(9, 0), 0, 'nothing is done yet');
  world.vm.calls.length = 0;
  world.work();
  assert.deepEqual(world.interrupts(), ['inject 92']);
  assert.equal(world.block(9, 0), 1);
  assert.deepEqual(world.interrupts(), ['inject 92', 'end 92']);
  assert.deepEqual(header(world.ram(BUFFER, 12)), [0xdeadbeef, 0, 1024]);
  assert.deepEqual(world.ram(BUFFER + 12, 1024), pattern(BLOCKS * 512).slice(1536, 1536 + 1024));
  assert.equal(world.block(9, 0), 0);
});

test('a write lands where it should, and nowhere else', () => {
  const store = MemoryStore.of(pattern(BLOCKS * 512));
  const world = disks({ stores: [store] });
  world.ready();
  world.fill(BUFFER, pattern(512, 99));
  const [handle, offset] = world.request(512, 7);
  assert.equal(world.block(8, 0, offset, 512, 0, 63 * 512, 1, handle), 0);
  world.work();
  assert.equal(world.block(9, 0), 1);
  assert.deepEqual(header(world.ram(BUFFER, 12)), [7, 1, 512]);
  const expected = pattern(BLOCKS * 512);
  expected.set(pattern(512, 99), 63 * 512);
  assert.deepEqual(store.read(0, BLOCKS * 512), expected);
});

test('several requests: the interrupt stays while replies wait; replies come in order', () => {
  const world = disks();
  world.ready();
  for (let i = 0; i < 3; i++) {
    const [handle, offset] = world.request(512, 100 + i);
    assert.equal(world.block(8, 0, offset, 512, 0, i * 512, 0, handle), 0);
  }
  world.work();
  world.vm.calls.length = 0;
  for (let i = 0; i < 3; i++) {
    assert.equal(world.block(9, 0), 1);
    assert.equal(header(world.ram(BUFFER, 12))[0], 100 + i);
  }
  assert.deepEqual(world.interrupts(), ['inject 92', 'inject 92', 'end 92']);
});

test('before function 6 no interrupt; by it those that wait', () => {
  const world = disks();
  assert.equal(world.block(10, BUFFER, BUFFER_SIZE), 0);
  const [handle, offset] = world.request(512);
  assert.equal(world.block(8, 0, offset, 512, 0, 0, 0, handle), 0);
  world.work();
  assert.deepEqual(world.interrupts(), []);
  assert.equal(world.block(6, 0), 0);
  assert.deepEqual(world.interrupts(), ['inject 92']);
});

test('two disks: requests, replies and interrupts are each one\'s own', () => {
  const stores = [MemoryStore.of(pattern(4096, 1)), MemoryStore.of(pattern(4096, 2))];
  const world = disks({ stores });
  world.ready(0);
  world.ready(1);
  const [a, b] = [world.request(512, 1, 0), world.request(512, 2, 1)];
  assert.equal(world.block(8, 1, a[1], 512, 0, 0, 0, a[0]), ERROR, 'the handle is disk 0\'s');
  assert.equal(world.block(8, 1, b[1], 512, 0, 0, 0, b[0]), 0);
  world.work();
  assert.deepEqual(world.interrupts(), ['inject 93']);
  assert.equal(world.block(9, 0), 0);
  assert.equal(world.block(9, 1), 1);
  assert.deepEqual(world.ram(BUFFER + 12, 512), pattern(4096, 2).slice(0, 512));
});

test('a disk whose store fails: a reply of size 0, and the next one is served', () => {
  const good = MemoryStore.of(pattern(4096));
  let fail = true;
  const store: BackingStore = {
    size: 4096, writable: true, save: () => null, restore: () => () => undefined,
    read: (offset, length) => good.read(offset, length),
    write: (offset, bytes) => {
      if (fail) throw new Error('no space left on device');
      good.write(offset, bytes);
    },
  };
  const world = disks({ stores: [store] });
  world.ready();
  for (const expected of [0, 512]) {
    const [handle, offset] = world.request(512, 5);
    assert.equal(world.block(8, 0, offset, 512, 0, 0, 1, handle), 0);
    world.work();
    assert.equal(world.block(9, 0), 1);
    assert.deepEqual(header(world.ram(BUFFER, 12)), [5, 1, expected]);
    fail = false;
  }
  assert.match(world.componentLog.join('\n'), /block0 write of 512 bytes at 0 failed: no space left on device/);
});

test('a component that stopped: refused, and the VM runs on', () => {
  const world = disks();
  world.ready();
  const [handle, offset] = world.request(512);
  world.kill('disk0');
  assert.equal(world.block(8, 0, offset, 512, 0, 0, 0, handle), ERROR);
  assert.equal(world.block(9, 0), ERROR);
  assert.equal(world.state.status, 'running');
  assert.match(world.log.join('\n'), /block\.submit.* refused: block device 0: service disk0 does not answer/);
});

// ---- what a guest may forge

interface Forgery { readonly what: string; readonly change: (good: number[]) => number[]; readonly size?: number }
const at = (index: number, value: number | ((old: number) => number)) => (good: number[]): number[] => good.map((old, i) => (i !== index ? old : typeof value === 'number' ? value : value(old) >>> 0));
// Arguments of function 8: device, offset, size, disk high, disk low, write, handle.
const FORGERIES: readonly Forgery[] = [
  { what: 'another device', change: at(0, 1) },
  { what: 'no device', change: at(0, 0xffffffff) },
  { what: 'another offset', change: at(1, (old) => old + 512) },
  { what: 'an offset before the queue', change: at(1, 0xfffffe00) },
  { what: 'an address as offset', change: at(1, 0x70000000) },
  { what: 'more than was reserved', change: at(2, 2048) },
  { what: 'a size of 0', change: at(2, 0) },
  { what: 'a size that wraps', change: at(2, 0xfffffe00) },
  { what: 'half a block', change: at(2, 256) },
  { what: 'a place between blocks', change: at(4, 100) },
  { what: 'a place behind the disk', change: at(4, BLOCKS * 512) },
  { what: 'a range that runs over the end of the disk', change: at(4, (BLOCKS - 1) * 512) },
  { what: 'a place whose low half is good', change: at(3, 1) },
  { what: 'a place far out', change: at(3, 0xffffffff) },
  { what: 'write = 2', change: at(5, 2) },
  { what: 'handle 0', change: at(6, 0) },
  { what: 'the next handle', change: at(6, (old) => old + 1) },
  { what: 'an address as handle', change: at(6, 0x71000000) },
  { what: 'handle all ones', change: at(6, 0xffffffff) },
];

for (const { what, change } of FORGERIES) {
  for (const write of [0, 1]) {
    test(`submitted with ${what} (${write === 1 ? 'write' : 'read'}): refused, the disk and RAM are as they were`, () => {
      const store = MemoryStore.of(pattern(BLOCKS * 512));
      const world = disks({ stores: [store] });
      world.ready();
      const [handle, offset] = world.request(1024);
      world.fill(BUFFER, pattern(0x3000, 55));
      const ram = world.ram(RAM, 0x10000);
      const forged = change([0, offset, 1024, 0, 0, write, handle]);
      assert.equal(world.block(8, ...forged), ERROR);
      world.work();
      assert.equal(world.block(9, 0), 0);
      assert.deepEqual(world.ram(RAM, 0x10000), ram);
      assert.deepEqual(store.read(0, BLOCKS * 512), pattern(BLOCKS * 512));
      assert.equal(world.state.status, 'running');
    });
  }
}

test('a buffer that is not all RAM of the VM, is empty or too large is refused, and the one before stays', () => {
  const world = disks();
  world.ready();
  for (const [base, size] of [
    [0x70000000, 0x1000], [0x7ffff000, 0x2000], [RAM + 0xf000, 0x1001], [0xfffff000, 0x2000], [RAM, 0], [RAM, 12], [RAM, 0xffffffff], [0x53fbc000, 0x1000], [RAM, 0x80000000],
  ] as const) assert.equal(world.block(10, base, size), ERROR, `${base.toString(16)} ${size}`);
  const [handle, offset] = world.request(512);
  assert.equal(world.block(8, 0, offset, 512, 0, 0, 0, handle), 0);
  world.work();
  assert.equal(world.block(9, 0), 1);
  assert.deepEqual(world.ram(BUFFER + 12, 512), pattern(512));
});

test('a VMM that starts anew: nothing of the guest before is left, and the disk is as that one wrote it', () => {
  const store = MemoryStore.of(pattern(4096));
  const world = disks({ stores: [store] });
  world.ready();
  world.fill(BUFFER, pattern(512, 5));
  const [done, at1] = world.request(512);
  assert.equal(world.block(8, 0, at1, 512, 0, 0, 1, done), 0);
  world.work();
  const [lost, at2] = world.request(512);
  assert.equal(world.block(8, 0, at2, 512, 0, 1024, 1, lost), 0);
  world.vm.calls.length = 0;
  world.start();
  assert.deepEqual(world.interrupts(), ['end 92']);
  world.work();
  assert.equal(world.block(9, 0), 0, 'no reply of the other guest\'s');
  assert.equal(world.block(8, 0, at2, 512, 0, 1024, 1, lost), ERROR, 'nor its handles');
  const expected = pattern(4096);
  expected.set(pattern(512, 5));
  assert.deepEqual(store.read(0, 4096), expected);
});

test('a handle is good for one submission', () => {
  const world = disks();
  world.ready();
  const [handle, offset] = world.request(512);
  assert.equal(world.block(8, 0, offset, 512, 0, 0, 0, handle), 0);
  assert.equal(world.block(8, 0, offset, 512, 0, 512, 0, handle), ERROR, 'while it is queued');
  world.work();
  assert.equal(world.block(8, 0, offset, 512, 0, 512, 0, handle), ERROR, 'while its reply waits');
  assert.equal(world.block(9, 0), 1);
  assert.equal(world.block(8, 0, offset, 512, 0, 512, 0, handle), ERROR, 'afterwards');
  assert.equal(world.block(9, 0), 0);
});

test('requests without end: the queue is bounded in number and bytes, and what is refused frees its room', () => {
  const world = disks();
  world.ready();
  const queue = world.block(4, 0);
  assert.deepEqual(world.request(queue + 1), [0, 0]);
  assert.deepEqual(world.request(0), [0, 0]);
  assert.deepEqual(world.request(0xffffffff), [0, 0]);
  const [whole] = world.request(queue);
  assert.notEqual(whole, 0);
  assert.deepEqual(world.request(512), [0, 0]);
  assert.equal(world.block(8, 0, 0, 0, 0, 0, 0, whole), ERROR);
  const taken: [number, number][] = [];
  for (let request = world.request(512); request[0] !== 0; request = world.request(512)) taken.push(request);
  assert.ok(taken.length >= 16 && taken.length <= 64, `${taken.length} requests`);
  assert.equal(new Set(taken.map(([handle]) => handle)).size, taken.length);
  const ends = taken.map(([, offset]) => offset).sort((a, b) => a - b);
  for (let i = 1; i < ends.length; i++) assert.ok(ends[i]! >= ends[i - 1]! + 512, 'they do not overlap');
  for (const [handle, offset] of taken) assert.equal(world.block(8, 0, offset, 512, 0, 0, 0, handle), 0);
  world.work();
  for (const _ of taken) assert.equal(world.block(9, 0), 1);
  assert.notEqual(world.request(512)[0], 0);
});

// ---- what changes between check and use

test('the data of a queued write is what the buffer held at submission, whatever is written there later', () => {
  const store = MemoryStore.of(pattern(BLOCKS * 512));
  const world = disks({ stores: [store] });
  world.ready();
  world.fill(BUFFER, pattern(1024, 21));
  const [handle, offset] = world.request(1024);
  assert.equal(world.block(8, 0, offset, 1024, 0, 0, 1, handle), 0);
  // The CPU or SDMA: either way RAM changes.
  world.fill(BUFFER, new Uint8Array(BUFFER_SIZE).fill(0xee));
  world.work();
  assert.deepEqual(store.read(0, 1024), pattern(1024, 21));
});

test('a buffer set anew while a write is queued: its data is not read from there', () => {
  const store = MemoryStore.of(pattern(BLOCKS * 512));
  const world = disks({ stores: [store] });
  world.ready();
  world.fill(BUFFER, pattern(512, 3));
  world.fill(RAM, new Uint8Array(0x1000).fill(0xdd));
  const [handle, offset] = world.request(512);
  assert.equal(world.block(8, 0, offset, 512, 0, 0, 1, handle), 0);
  assert.equal(world.block(10, RAM, 0x1000), 0);
  world.work();
  assert.deepEqual(store.read(0, 512), pattern(512, 3));
  assert.equal(world.block(9, 0), 1);
  assert.deepEqual(header(world.ram(RAM, 12)), [0xc0de0001, 1, 512], 'the reply goes to the new one');
});

test('a buffer made smaller while a read is queued: the reply stays where it is until there is room', () => {
  const world = disks();
  world.ready();
  const [handle, offset] = world.request(1024);
  assert.equal(world.block(8, 0, offset, 1024, 0, 0, 0, handle), 0);
  assert.equal(world.block(10, BUFFER, 1024), 0);
  world.work();
  world.fill(BUFFER, new Uint8Array(BUFFER_SIZE).fill(0xaa));
  assert.equal(world.block(9, 0), ERROR);
  assert.ok(world.ram(BUFFER, BUFFER_SIZE).every((byte) => byte === 0xaa), 'nothing was written');
  assert.equal(world.block(10, BUFFER, BUFFER_SIZE), 0);
  assert.equal(world.block(9, 0), 1);
  assert.deepEqual(world.ram(BUFFER + 12, 1024), pattern(1024));
});

test('registers that the guest changes after its call change nothing', () => {
  const store = MemoryStore.of(pattern(BLOCKS * 512));
  const world = disks({ stores: [store] });
  world.ready();
  world.fill(BUFFER, pattern(512, 9));
  const [handle, offset] = world.request(512);
  assert.equal(world.block(8, 0, offset, 512, 0, 512, 1, handle), 0);
  for (const [i, name] of (['r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8'] as const).entries()) world.vm.set(name, 0xfffff000 + i);
  world.work();
  const expected = pattern(BLOCKS * 512);
  expected.set(pattern(512, 9), 512);
  assert.deepEqual(store.read(0, BLOCKS * 512), expected);
});

test('a reply header that the guest overwrites is not read back', () => {
  const world = disks();
  world.ready();
  for (let i = 0; i < 2; i++) {
    const [handle, offset] = world.request(512, 40 + i);
    assert.equal(world.block(8, 0, offset, 512, 0, 0, 0, handle), 0);
  }
  world.work();
  assert.equal(world.block(9, 0), 1);
  world.fill(BUFFER, new Uint8Array(12).fill(0xff));
  assert.equal(world.block(9, 0), 1);
  assert.deepEqual(header(world.ram(BUFFER, 12)), [41, 0, 512]);
});

test('a snapshot between submission and work holds the data: what is restored writes the same', () => {
  const store = MemoryStore.of(pattern(4096));
  const world = disks({ stores: [store] });
  world.ready();
  world.fill(BUFFER, pattern(512, 77));
  const [handle, offset] = world.request(512);
  assert.equal(world.block(8, 0, offset, 512, 0, 0, 1, handle), 0);
  const saved = structuredClone({ vmm: world.state, block: world.components[0]!.state, store: store.save() });
  world.work();
  world.fill(BUFFER, new Uint8Array(512));
  Object.assign(world.state, saved.vmm);
  Object.assign(world.components[0]!.state, saved.block);
  store.restore(saved.store)();
  assert.deepEqual(store.read(0, 512), pattern(512), 'not yet');
  const { component, env, state } = world.components[0]!;
  component.on.signal!(state, env, { name: 'block0', count: 1 });
  assert.deepEqual(store.read(0, 512), pattern(512, 77));
  assert.equal(world.block(9, 0), 1);
});

test('30,000 block calls with random arguments: no exception, the disk keeps its size, queues stay bounded', () => {
  let x = 0x51a7c0de;
  const random = (): number => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
  const stores = [MemoryStore.of(pattern(BLOCKS * 512)), new MemoryStore({ size: 4096, writable: false })];
  const world = disks({ stores });
  const values = [0, 1, 2, 512, 1024, 0x1000, 0x3000, BUFFER, RAM, RAM + 0xf000, 0x70000000, 0x7fffffff, 0x80000000, 0xfffff000, 0xffffffff];
  const known: number[] = [];
  const value = (): number => (random() % 4 === 0 ? random() : random() % 3 === 0 && known.length > 0 ? known[random() % known.length]! : values[random() % values.length]!);
  let served = 0;
  for (let i = 0; i < 30_000; i++) {
    const fn = random() % 2 === 0 ? 7 + random() % 3 : random() % 13;
    const [handle, offset] = known.slice(-2);
    const result = fn === 8 && random() % 2 === 0 ? world.block(8, random() % 2, offset ?? 0, 512, 0, random() % 80 * 512, random() % 2, handle ?? 0)
      : world.block(fn, fn === 10 ? value() : random() % 3, fn === 7 && random() % 2 === 0 ? 512 : value(), ...Array.from({ length: 5 }, value));
    if (fn === 7 && result !== 0) known.push(result, world.vm.get('r1'));
    if (known.length > 40) known.splice(0, 20);
    if (fn === 9 && result === 1) served++;
    if (random() % 8 === 0) world.work();
    if (random() % 64 === 0) world.block(10, BUFFER, BUFFER_SIZE);
    // A submission that is refused frees its request: the random ones leave the queue full of open ones.
    if (i % 400 === 0) for (const { handle, device } of [...(world.state.smcs['tz block'] as { requests: { handle: number; device: number }[] }).requests]) world.block(8, device, 0, 0, 0, 0, 0, handle);
    assert.equal(world.state.status, 'running');
  }
  assert.ok(served > 50, `${served} replies`);
  assert.deepEqual(stores[1]!.read(0, 4096), new Uint8Array(4096), 'the read-only disk');
  for (const { state } of world.components) assert.ok(state.queued.length + state.done.length <= 64);
});
