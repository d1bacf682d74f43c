import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStore, restorePorts, savePorts, Terminal } from './host-ports.ts';
import { storeSession } from './sessions.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const bytes = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, 'latin1'));

test('a memory store against an array, over a base and without one', () => {
  let x = 12345;
  const random = (below: number): number => {
    x = Math.imul(x, 1103515245) + 12345 >>> 0;
    return (x >>> 8) % below;
  };
  const size = 5 * 4096 + 100;
  for (const based of [false, true]) {
    const model = Uint8Array.from({ length: size }, (_, i) => (based ? i * 7 : 0));
    const contents = model.slice();
    const store = new MemoryStore({ size, ...(based ? { base: { reference: 'x', read: (offset: number, length: number) => contents.subarray(offset, offset + length) } } : {}) });
    for (let i = 0; i < 2000; i++) {
      const offset = random(size);
      const length = random(Math.min(size - offset, 9000) + 1);
      if (i % 2 === 0) {
        const data = Uint8Array.from({ length }, () => random(256));
        model.set(data, offset);
        store.write(offset, data);
      } else {
        assert.deepEqual(store.read(offset, length), model.slice(offset, offset + length));
      }
    }
    assert.deepEqual(store.read(0, size), model);
    assert.deepEqual(contents, Uint8Array.from({ length: size }, (_, i) => (based ? i * 7 : 0)), 'the base is only read');
    const saved = structuredClone(store.save());
    store.write(0, new Uint8Array(size).fill(1));
    store.restore(saved)();
    assert.deepEqual(store.read(0, size), model);
  }
});

test('what does not belong to the store is refused, and nothing has changed', () => {
  const store = MemoryStore.of(bytes('contents'));
  const other = new MemoryStore({ size: 9 });
  const based = new MemoryStore({ size: 8, base: { reference: 'sha256 1', read: () => bytes('contents') } });
  assert.throws(() => store.restore(other.save()), /the snapshot is of a disk of 9 bytes; this one has 8/);
  assert.throws(() => store.restore(based.save()), /not the one that the snapshot was taken with/);
  assert.throws(() => store.restore(null), /does not hold this disk/);
  assert.throws(() => store.restore({ kind: 'memory', size: 8, reference: '', pages: [{ page: 7, bytes: new Uint8Array(4096) }] }), /broken page 7/);
  assert.equal(text(store.read(0, 8)), 'contents');
});

test('all ports of a system are checked before one is taken back', () => {
  const build = () => {
    const store = MemoryStore.of(bytes('aaaa'));
    const terminal = new Terminal(() => undefined);
    return { store, terminal, ports: { stores: new Map([['disk', store]]), terminals: new Map([['line', terminal]]) } };
  };
  const { store, terminal, ports } = build();
  terminal.type(bytes('typed'));
  const saved = savePorts(ports);
  store.write(0, bytes('bbbb'));
  terminal.take(5);
  assert.throws(() => restorePorts(ports, { ...saved, 'terminal line': null }), /^Error: terminal line: the snapshot does not hold this line's input/);
  assert.throws(() => restorePorts(ports, { 'store disk': saved['store disk']! }), /lacks the terminal line/);
  assert.throws(() => restorePorts(ports, { ...saved, 'store other': null }), /has the store other, which this system lacks/);
  assert.equal(text(store.read(0, 4)), 'bbbb');
  restorePorts(ports, saved)();
  assert.equal(text(store.read(0, 4)), 'aaaa');
  assert.equal(text(terminal.take(100)), 'typed');
});

test('a terminal: bytes as they are, in pieces, and not without end', () => {
  const out: string[] = [];
  const terminal = new Terminal((data) => { out.push(text(data)); });
  terminal.write(bytes('\0\r\n\xff'));
  assert.deepEqual(out, ['\0\r\n\xff']);
  assert.equal(terminal.type(bytes('abc')), true);
  terminal.type(bytes('def'));
  assert.deepEqual([text(terminal.take(2)), text(terminal.take(0)), text(terminal.take(9)), text(terminal.take(9))], ['ab', '', 'cdef', '']);
  assert.equal(terminal.type(new Uint8Array((1 << 20) + 1)), false);
  assert.equal(terminal.waiting, 0);
});

test('a store session keeps its bounds', () => {
  const session = storeSession(MemoryStore.of(bytes('12345678')));
  for (const [offset, length] of [[-1, 1], [0, 9], [8, 1], [0.5, 1], [0, -1], [2 ** 53, 1], [NaN, 1]] as const) assert.throws(() => session.read(offset, length), RangeError, `${offset} ${length}`);
  assert.throws(() => { session.write(7, bytes('ab')); }, RangeError);
  assert.throws(() => { storeSession(MemoryStore.of(bytes('1'), false)).write(0, bytes('a')); }, /read-only/);
  assert.equal(text(session.read(6, 2)), '78');
});
