import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventQueue, STOPPED, Ticker, hertz, inHertz, scale } from './index.ts';

test('events fire in order of deadline, equal ones in order of registration, each unlinked before it runs', () => {
  const queue = new EventQueue();
  const fired: string[] = [];
  const ids = ['a', 'b', 'c', 'd'].map((name) => queue.register(name, () => {
    fired.push(name);
    if (name === 'b' && fired.length < 4) queue.schedule(ids[1]!, 30);
  }));
  queue.schedule(ids[3]!, 10);
  queue.schedule(ids[2]!, 20);
  queue.schedule(ids[0]!, 20);
  queue.schedule(ids[1]!, 5);
  assert.equal(queue.nextDeadline, 5);
  assert.equal(queue.nextName, 'b');
  queue.now = 20;
  queue.run();
  assert.deepEqual(fired, ['b', 'd', 'a', 'c']);
  assert.equal(queue.deadlineOf(ids[1]!), 30);
  queue.now = 30;
  queue.run();
  assert.deepEqual(fired, ['b', 'd', 'a', 'c', 'b']);
  assert.equal(queue.nextDeadline, Infinity);
});

test('rescheduling moves an event, cancelling unlinks it, and a nearer deadline is told', () => {
  const queue = new EventQueue();
  const nearer: number[] = [];
  queue.onNearer = (deadline) => nearer.push(deadline);
  const [a, b] = [queue.register('a', () => undefined), queue.register('b', () => undefined)];
  queue.schedule(a, 100);
  queue.schedule(b, 50);
  queue.schedule(b, 200);
  queue.schedule(a, Infinity);
  assert.deepEqual(nearer, [100, 50]);
  assert.equal(queue.nextDeadline, 200);
  queue.cancel(b);
  queue.cancel(b);
  assert.equal(queue.nextDeadline, Infinity);
  assert.throws(() => queue.register('a', () => undefined), /registered already/);
});

test('a random sequence of schedules and cancels keeps the order (seed 1)', () => {
  const queue = new EventQueue();
  const deadlines = new Map<number, number>();
  const fired: number[] = [];
  const ids = Array.from({ length: 17 }, (_, n) => queue.register(`e${n}`, () => fired.push(n)));
  let seed = 1;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
  for (let step = 0; step < 2000; step++) {
    const id = random(17);
    if (random(4) === 0) {
      queue.cancel(ids[id]!);
      deadlines.delete(id);
    } else {
      const at = random(100);
      queue.schedule(ids[id]!, at);
      deadlines.set(id, at);
    }
    assert.equal(queue.nextDeadline, Math.min(Infinity, ...deadlines.values()), `step ${step}`);
  }
  queue.now = 1000;
  queue.run();
  const expected = [...deadlines].sort(([a, x], [b, y]) => x - y || a - b).map(([id]) => id);
  assert.deepEqual(fired, expected);
});

test('the queue is saved by event name', () => {
  const make = (): { queue: EventQueue; a: number; b: number } => {
    const queue = new EventQueue();
    return { queue, a: queue.register('a', () => undefined), b: queue.register('b', () => undefined) };
  };
  const one = make();
  one.queue.now = 7;
  one.queue.schedule(one.b, 40);
  const state = one.queue.save();
  assert.deepEqual(state, { now: 7, deadlines: { b: 40 } });
  const two = make();
  two.queue.schedule(two.a, 3);
  two.queue.load(structuredClone(state));
  assert.deepEqual(two.queue.save(), state);
  assert.throws(() => two.queue.load({ now: 0, deadlines: { z: 1 } }), /unknown event z/);
});

test('a ticker counts floor(instructions * rate / frequency) exactly', () => {
  const queue = new EventQueue();
  const ticker = new Ticker(queue);
  assert.equal(ticker.ticks, 0);
  ticker.setRate(scale(hertz(400_000_000), 1, 12)); // a thirtieth of 1 GHz
  for (const [now, ticks] of [[29, 0], [30, 1], [59, 1], [60, 2], [30e12, 1e12], [30e12 + 29, 1e12]] as const) {
    queue.now = now;
    assert.equal(ticker.ticks, ticks);
  }
  assert.equal(ticker.timeOf(1e12 + 1), 30e12 + 30);
});

test('odd rates agree with big integers, and timeOf is the first count that has the tick', () => {
  const queue = new EventQueue();
  for (const hz of [32_768, 66_666_667, 33_333_333, 999_999_937]) {
    queue.now = 0;
    const ticker = new Ticker(queue);
    ticker.setRate(hertz(hz));
    for (const now of [1, 12_345, 999_999_999, 1_000_000_001, 123_456_789_012_345]) {
      queue.now = now;
      const expected = Number(BigInt(now) * BigInt(hz) / 1_000_000_000n);
      assert.equal(ticker.ticks, expected, `${hz} Hz at ${now}`);
      const at = ticker.timeOf(expected + 1);
      const exact = (BigInt(expected + 1) * 1_000_000_000n + BigInt(hz) - 1n) / BigInt(hz);
      assert.equal(BigInt(at), exact, `${hz} Hz, tick ${expected + 1}`);
    }
  }
});

test('a stopped ticker holds its count, and goes on from it', () => {
  const queue = new EventQueue();
  const ticker = new Ticker(queue);
  ticker.setRate(hertz(1_000_000));
  queue.now = 5_500;
  ticker.setRate(STOPPED);
  queue.now = 100_000;
  assert.equal(ticker.ticks, 5);
  assert.equal(ticker.timeOf(6), Infinity);
  ticker.setRate(hertz(500_000_000));
  queue.now = 100_004;
  assert.equal(ticker.ticks, 7);
  const copy = new Ticker(queue);
  copy.load(ticker.save());
  queue.now = 100_010;
  assert.equal(copy.ticks, 10);
});

test('rates are fractions in lowest terms', () => {
  assert.deepEqual(scale(hertz(400_000_000), 1, 12), { num: 100_000_000, den: 3 });
  assert.equal(inHertz(scale(hertz(400_000_000), 1, 12)), 33_333_333);
  assert.deepEqual(scale(STOPPED, 5, 3), STOPPED);
});
