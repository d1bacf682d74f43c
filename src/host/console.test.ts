import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import { ConsoleKeys, MONITOR_PROMPT } from './console-keys.ts';
import { HostConsole } from './console.ts';
import { LinePrefixer } from './line-prefixer.ts';

class FakeInput extends EventEmitter {
  isTTY = false;
  raw: boolean[] = [];
  flow: string[] = [];
  setRawMode(raw: boolean): void { this.raw.push(raw); }
  pause(): void { this.flow.push('pause'); }
  resume(): void { this.flow.push('resume'); }
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

function drain(console: HostConsole): string {
  let text = '';
  for (let byte = console.next(); byte !== undefined; byte = console.next()) text += String.fromCharCode(byte);
  return text;
}

test('a pipe arrives byte for byte, Ctrl-a and all, and its end is told once it is read', () => {
  const input = new FakeInput();
  let ends = 0;
  let wakes = 0;
  const console = new HostConsole({ input, onEnd: () => { ends++; } });
  console.onData = () => { wakes++; };
  assert.equal(console.isTerminal, false);
  assert.equal(console.next(), undefined);
  input.emit('data', bytes('a\x01x\x00'));
  input.emit('data', bytes('\xff'));
  input.emit('end');
  assert.deepEqual([wakes, ends, console.ended, console.waiting], [1, 0, false, 5]);
  assert.equal(drain(console), 'a\x01x\x00\xff');
  assert.deepEqual([ends, console.ended], [1, true]);
  console.close();
  assert.deepEqual(input.raw, []);
});

test('a pipe is read no faster than the guest takes it', () => {
  const input = new FakeInput();
  const console = new HostConsole({ input });
  const sent: number[] = [];
  for (let i = 0; i < 3; i++) {
    const chunk = Buffer.from(Array.from({ length: 50000 }, (_, j) => (i * 50000 + j) % 251));
    sent.push(...chunk);
    input.emit('data', chunk);
  }
  assert.deepEqual(input.flow, ['resume', 'pause']);
  const got: number[] = [];
  while (console.waiting > 40000) got.push(console.next()!);
  assert.deepEqual(input.flow, ['resume', 'pause']);
  while (console.waiting > 0) got.push(console.next()!);
  assert.deepEqual(input.flow, ['resume', 'pause', 'resume']);
  assert.deepEqual(got, sent);
});

test('a terminal is raw until close, which may come twice', () => {
  const input = new FakeInput();
  input.isTTY = true;
  const events: string[] = [];
  const before = process.listenerCount('SIGTERM') + process.listenerCount('exit');
  const console = new HostConsole({ input, show: (text) => events.push(text), onLeave: () => events.push('leave'), onMonitor: (line) => `you said ${line}` });
  input.emit('data', bytes('ls\r\x03\x01\x01'));
  assert.equal(drain(console), 'ls\r\x03\x01');
  input.emit('data', bytes('\x01'));
  input.emit('data', bytes('x'));
  assert.deepEqual(events, ['leave']);
  assert.equal(drain(console), '');
  console.close();
  console.close();
  assert.deepEqual(input.raw, [true, false]);
  assert.equal(process.listenerCount('SIGTERM') + process.listenerCount('exit'), before);
  input.emit('data', bytes('late'));
  assert.equal(console.next(), undefined);
});

test('the monitor prompt edits a line, answers, and leads back', () => {
  let shown = '';
  let guest = '';
  const keys = new ConsoleKeys({
    guest: (byte) => { guest += String.fromCharCode(byte); },
    show: (text) => { shown += text; },
    leave: () => assert.fail('left'),
    monitor: (line) => (line === '' ? '' : `<${line}>\nsecond\n`),
  });
  keys.push(bytes('a\x01cinfp\x7fo\r\r\x01cb'));
  assert.equal(guest, 'ab');
  assert.equal(shown, `\r\n${MONITOR_PROMPT}infp\b \bo\r\n<info>\r\nsecond\r\n${MONITOR_PROMPT}\r\n${MONITOR_PROMPT}\r\n`);
  shown = '';
  keys.push(bytes('\x01h'));
  assert.match(shown, /Ctrl-a x {4}leave\r\n/);
  keys.push(bytes('\x01q'));
  assert.equal(guest, 'ab');
});

test('without a monitor Ctrl-a c says so and keeps the console', () => {
  let shown = '';
  let guest = '';
  const keys = new ConsoleKeys({ guest: (byte) => { guest += String.fromCharCode(byte); }, show: (text) => { shown += text; }, leave: () => undefined });
  keys.push(bytes('\x01cx'));
  assert.match(shown, /no monitor/);
  assert.equal(guest, 'x');
});

const PROGRAM = `
import { HostConsole } from ${JSON.stringify(new URL('console.ts', import.meta.url).href)};
const console_ = new HostConsole();
process.stdout.write(console_.isTerminal ? 'raw\\n' : 'pipe\\n');
setInterval(() => undefined, 1000);
if (process.argv.includes('throw')) setTimeout(() => { throw new Error('broken'); }, 50);
if (process.argv.includes('exit')) setTimeout(() => process.exit(0), 50);
`;

/** Runs PROGRAM on a pseudo-terminal that `script` makes, and prints the terminal's settings before and after it. */
async function settings(ending: 'throw' | 'exit' | 'SIGTERM', signal: AbortSignal): Promise<{ before: string; after: string; transcript: string }> {
  const node = `${process.execPath} --import tsx --input-type=module -e '${PROGRAM.replaceAll("'", "'\\''")}' -- ${ending}`;
  const ended = ending === 'SIGTERM' ? `exec 3<&0; ${node} <&3 & while ! stty -a | grep -q -e '-icanon'; do sleep 0.05; done; sleep 0.2; kill -TERM $!; wait` : node;
  const child = spawn('script', ['-qec', `echo "<$(stty -g)>"; ${ended}; echo "<$(stty -g)>"`, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, SHELL: '/bin/sh' }, signal });
  let transcript = '';
  child.stdout.on('data', (chunk: Buffer) => { transcript += chunk.toString(); });
  await once(child, 'close');
  const [before, after] = [...transcript.matchAll(/<([0-9a-f:]+)>/g)].map((match) => match[1]!);
  return { before: before ?? 'none', after: after ?? 'missing', transcript };
}

for (const ending of ['exit', 'throw', 'SIGTERM'] as const) {
  test(`a real terminal is as it was after ${ending}`, { timeout: 30000 }, async (t) => {
    if (spawnSync('script', ['--version']).error !== undefined) return t.skip('script (of util-linux) is not installed');
    const { before, after, transcript } = await settings(ending, t.signal);
    assert.match(transcript, /raw/);
    assert.equal(after, before, transcript);
  });
}

test('lines get their prefix, whole', () => {
  let out = '';
  const prefixer = new LinePrefixer('secure │ ', (text) => { out += text; });
  prefixer.push('one\r\ntw');
  assert.equal(out, 'secure │ one\n');
  prefixer.push(Buffer.from('o\n\n\xe2\x94', 'latin1'));
  prefixer.push(Buffer.from('\x82', 'latin1'));
  assert.equal(out, 'secure │ one\nsecure │ two\nsecure │ \n');
  prefixer.flush();
  prefixer.flush();
  assert.equal(out, 'secure │ one\nsecure │ two\nsecure │ \nsecure │ │\n');
});
