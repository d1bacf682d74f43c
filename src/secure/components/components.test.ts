import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allRows, createAssembler } from '../../isa/index.ts';
import type { Component, Env, Plain, TimerSession } from '../component.ts';
import { createLog, LOG_LINES } from './log.ts';
import { collectLines, LONGEST_LINE } from './lines.ts';
import { createSerial } from './serial.ts';
import { createSpin, createVfpSpin } from './spin.ts';
import { createTimer } from './timer.ts';

function env(log: string[], timer?: TimerSession): Env {
  return { log: { write: (line) => { log.push(line); } }, ...(timer === undefined ? {} : { timer }), peer: () => { throw new RangeError('none'); }, syscall: () => -1 };
}

/** Calls a component's methods, checking that its state stays plain. */
function caller<S extends Plain>(component: Component<S>, world: Env) {
  const state = component.initial();
  return {
    state,
    call: (method: string, ...args: Plain[]): Plain => {
      const result = component.on.call!(state, world, method, args);
      assert.deepEqual(structuredClone(state), state);
      return result;
    },
  };
}

test('log keeps the last lines and counts the others', () => {
  const written: string[] = [];
  const { call } = caller(createLog(), env(written));
  for (let i = 0; i < LOG_LINES + 3; i++) call('write', 'disk', `line ${i}`);
  const lines = call('lines') as string[];
  assert.deepEqual([lines.length, lines[0], lines.at(-1), call('dropped')], [LOG_LINES, '[disk] line 3', `[disk] line ${LOG_LINES + 2}`, 3]);
  assert.equal(written.length, LOG_LINES + 3);
  assert.throws(() => call('write', 'disk'), /two strings/);
  assert.throws(() => call('erase'), /no method erase/);
});

test('timer triggers period after period, and tells the time', () => {
  const triggers: number[] = [];
  const world = env([], { nowUs: () => 1234, triggerOnceUs: (delay) => { triggers.push(delay); } });
  const timer = createTimer({ periodUs: 500 });
  const { state, call } = caller(timer, world);
  timer.on.start!(state, world);
  timer.on.signal!(state, world, { name: 'timer', count: 1 });
  timer.on.signal!(state, world, { name: 'other', count: 1 });
  assert.deepEqual([triggers, call('periods'), call('nowUs')], [[500, 500], 1, 1234]);
  assert.throws(() => { timer.on.start!(state, env([])); }, /no timer session/);
});

test('serial keeps each client\'s line apart', () => {
  const written: string[] = [];
  const { call } = caller(createSerial(), env(written));
  assert.equal(call('write', 'a', 'one '), 0);
  assert.equal(call('write', 'b', 'two\n'), 1);
  assert.equal(call('write', 'a', 'line\nand\nmore'), 2);
  assert.deepEqual(written, ['[b] two', '[a] one line', '[a] and']);
});

test('a line that does not end is cut', () => {
  const state = { line: '' };
  assert.deepEqual(collectLines(state, 'x'.repeat(LONGEST_LINE + 1)), ['x'.repeat(LONGEST_LINE)]);
  assert.equal(state.line, 'x');
});

for (const component of [createSpin(), createVfpSpin()]) {
  test(`${component.name} assembles into one page`, () => {
    const result = createAssembler(allRows).assemble(component.code, { file: component.name, origin: 0x10000 });
    assert.ok(result.ok, result.ok ? '' : result.errors.map(({ line, message }) => `${line}: ${message}`).join('\n'));
    assert.ok(result.ok && result.sections[0]!.bytes.length <= 4096);
  });
}
