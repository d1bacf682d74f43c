import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConsoleWatch, type ConsoleEvent } from './console-watch.ts';

function push(watch: ConsoleWatch, text: string): { readonly event: ConsoleEvent | undefined; readonly rest: string } {
  for (let i = 0; i < text.length; i++) {
    const event = watch.push(text.charCodeAt(i));
    if (event !== undefined) return { event, rest: text.slice(i + 1) };
  }
  return { event: undefined, rest: '' };
}

test('a pattern is met at its byte, and never across lines', () => {
  const watch = new ConsoleWatch(/^\/ # /, true);
  assert.deepEqual(push(watch, 'x / # \r\n/ # ls'), { event: { kind: 'until' }, rest: 'ls' });
  assert.equal(push(new ConsoleWatch(/a.*b/s, true), 'a\nb\n').event, undefined);
});

test('a panic ends the run when its report is complete', () => {
  const watch = new ConsoleWatch(undefined, true);
  const report = push(watch, [
    '[    1.234567] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)',
    '[    1.234600] CPU: 0 PID: 1 Comm: swapper/0 Not tainted 6.1.0',
    '[    1.300000] ---[ end Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0) ]---',
    'more', '',
  ].join('\r\n'));
  assert.deepEqual(report, { event: { kind: 'panic', line: 'Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)' }, rest: 'more\r\n' });
});

test('the words alone are no panic, and an image may print what it likes', () => {
  const watch = new ConsoleWatch(undefined, true);
  assert.equal(push(watch, '/ # echo Kernel panic - not syncing\r\n[ 2.0] ---[ end Kernel panic - not syncing ]---\r\n').event, undefined);
  assert.equal(watch.panic, undefined);
  const image = new ConsoleWatch(undefined, false);
  push(image, 'Kernel panic - not syncing: x\n---[ end Kernel panic - not syncing: x ]---\nreboot: Power down\n');
  assert.equal(image.panic, undefined);
});

test('Linux says that it stops', () => {
  for (const line of ['[  12.345678] reboot: Power down', '[  12.345678] reboot: System halted', 'reboot: Power down', '[    5.100000][    T1] reboot: Power down']) {
    assert.deepEqual(push(new ConsoleWatch(undefined, true), `${line}\r\n`).event, { kind: 'power-off' }, line);
  }
  for (const line of ['[  12.345678] reboot: Restarting system', "reboot: Restarting system with command 'bootloader'"]) {
    assert.deepEqual(push(new ConsoleWatch(undefined, true), `${line}\r\n`).event, { kind: 'restart' }, line);
  }
  assert.equal(push(new ConsoleWatch(undefined, true), '/ # echo reboot: Restarting system\r\n').event, undefined);
  assert.deepEqual(push(new ConsoleWatch(undefined, true), '\x1b]5379;begin\x07[  1.000000] reboot: Restarting system\n').event, { kind: 'restart' }, 'behind a mark of init');
});
