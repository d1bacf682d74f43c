import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latin1, latin1Bytes } from './bytes.ts';
import { RunFilter } from './run-marker.ts';

function run(chunks: readonly string[]): { log: string; output: string; status: number[]; phase: string } {
  const seen = { log: '', output: '', status: [] as number[] };
  const filter = new RunFilter({
    log: (bytes) => { seen.log += latin1(bytes); },
    output: (bytes) => { seen.output += latin1(bytes); },
    status: (status) => { seen.status.push(status); },
  });
  for (const chunk of chunks) filter.push(latin1Bytes(chunk));
  filter.flush();
  return { ...seen, phase: filter.phase };
}

const STREAM = 'boot\r\n\x1b[6n\x1b]5379;begin\x07a\r\nb\x00\xff\x1b[1mc\x1b\x1b]5379;end;42\x07reboot: Power down\r\n';
const EXPECTED = { log: 'boot\r\n\x1b[6nreboot: Power down\r\n', output: 'a\r\nb\x00\xff\x1b[1mc\x1b', status: [42], phase: 'ended' };

test('the stream splits at the marks', () => {
  assert.deepEqual(run([STREAM]), EXPECTED);
});

test('marks may be split anywhere', () => {
  for (let at = 0; at <= STREAM.length; at++) assert.deepEqual(run([STREAM.slice(0, at), STREAM.slice(at)]), EXPECTED, `cut at ${at}`);
  assert.deepEqual(run([...STREAM]), EXPECTED);
});

test('what only resembles a mark stays in the stream', () => {
  assert.deepEqual(run(['\x1b]5379;end;1\x07x']), { log: '\x1b]5379;end;1\x07x', output: '', status: [], phase: 'boot' });
  const begin = '\x1b]5379;begin\x07';
  for (const odd of ['\x1b]5379;end;\x07', '\x1b]5379;end;256\x07', '\x1b]5379;end;1000\x07', '\x1b]5379;end;1x\x07', '\x1b]0;title\x07', begin, '\x1b]5379;end;3']) {
    assert.deepEqual(run([begin, odd]), { log: '', output: odd, status: [], phase: 'command' }, JSON.stringify(odd));
    assert.deepEqual(run([begin, ...odd, '\x1b]5379;end;0\x07']), { log: '', output: odd, status: [0], phase: 'ended' }, JSON.stringify(odd));
  }
});

test('output that cannot be a mark is passed on at once', () => {
  const seen: string[] = [];
  const filter = new RunFilter({ log: () => undefined, output: (bytes) => seen.push(latin1(bytes)), status: () => undefined });
  filter.push(latin1Bytes('\x1b]5379;begin\x07one'));
  assert.deepEqual(seen, ['one']);
  filter.push(latin1Bytes('\x1b'));
  assert.deepEqual(seen, ['one']);
  filter.push(latin1Bytes('[0m'));
  assert.deepEqual(seen, ['one', '\x1b[0m']);
});

test('the caller may use its buffer again after push', () => {
  const seen: Uint8Array[] = [];
  const filter = new RunFilter({ log: (bytes) => seen.push(bytes), output: () => undefined, status: () => undefined });
  const buffer = latin1Bytes('abc');
  filter.push(buffer);
  buffer.fill(0);
  assert.equal(latin1(seen[0]!), 'abc');
});
