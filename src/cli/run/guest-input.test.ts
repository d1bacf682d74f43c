import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Uart } from '../../soc/index.ts';
import { GuestInput } from './guest-input.ts';

/** A receiver with room for `room` bytes, and control registers as given. */
function setUp(text: string, plan: { guest: 'linux' | 'image'; input: 'pipe' | 'terminal' }, room = 32) {
  const registers: Record<string, number> = { UCR1: 0, UCR2: 0, UCR4: 0 };
  let received = '';
  const uart = {
    get receiveSpace() { return room - received.length; },
    receive(byte: number) {
      if (received.length >= room) return false;
      received += String.fromCharCode(byte);
      return true;
    },
    registers: { get: (name: string) => registers[name]! },
  } as unknown as Uart;
  const left = [...text].map((character) => character.charCodeAt(0));
  const source = { get ended() { return left.length === 0; }, peekByte: () => left[0], takeByte: () => { left.shift(); } };
  return {
    input: new GuestInput(uart, source, plan), registers,
    take: () => {
      const out = received;
      received = '';
      return out;
    },
  };
}

test('Linux gets a pipe by lines, one whenever it waits, and only once a reader has asked for interrupts', () => {
  const { input, registers, take } = setUp('one\ntwo\nthr', { guest: 'linux', input: 'pipe' });
  input.feed(true);
  assert.equal(take(), '');
  registers['UCR1'] = 1 << 9;
  input.feed(false);
  assert.equal(take(), 'one\n', 'the line was due since the CPU waited');
  input.feed(false);
  assert.equal(take(), '');
  input.feed(true);
  assert.equal(take(), 'two\n');
  input.feed(true);
  assert.equal(take(), 'thr');
  input.feedEnd(true, 5);
  assert.equal(take(), '\x04\x04', 'an unfinished line needs two');
  input.feedEnd(true, 5.5);
  assert.equal(take(), '');
  input.feedEnd(true, 6);
  assert.equal(take(), '\x04');
});

test('a line that is longer than the FIFO goes on where there is room', () => {
  const { input, registers, take } = setUp('0123456789\nnext\n', { guest: 'linux', input: 'pipe' }, 4);
  registers['UCR2'] = 1 << 3;
  input.feed(true);
  let got = take();
  for (let i = 0; i < 5; i++) {
    input.feed(false);
    got += take();
  }
  assert.equal(got, '0123456789\n');
});

test('keys go in at once, and a bare image needs no interrupt', () => {
  const linux = setUp('ls\npwd\n', { guest: 'linux', input: 'terminal' });
  linux.registers['UCR4'] = 1;
  linux.input.feed(false);
  assert.equal(linux.take(), 'ls\npwd\n');
  linux.input.feedEnd(true, 9);
  assert.equal(linux.take(), '');
  const image = setUp('ab\ncd\n', { guest: 'image', input: 'pipe' });
  image.input.feed(false);
  assert.equal(image.take(), 'ab\ncd\n');
});
