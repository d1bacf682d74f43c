import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { latin1, utf8 } from './bytes.ts';
import { appendArchive, writeCpio } from './cpio.ts';
import { buildInitramfs, runArchive } from './initramfs.ts';

test('an entry has the bytes that the format describes', () => {
  const archive = latin1(writeCpio([{ kind: 'file', path: 'ab', mode: 0o644, bytes: utf8('hello') }]));
  assert.equal(archive,
    '070701' + '00000001' + '000081A4' + '00000000' + '00000000' + '00000001' + '00000000' + '00000005' + '00000000' + '00000000' + '00000000' + '00000000' + '00000003' + '00000000'
    + 'ab\0\0\0\0'.slice(0, 6) + 'hello\0\0\0'
    + '070701' + '00000000' + '00000000' + '00000000' + '00000000' + '00000001' + '00000000' + '00000000' + '00000000' + '00000000' + '00000000' + '00000000' + '0000000B' + '00000000'
    + 'TRAILER!!!\0\0\0\0');
});

test('a bad path is a broken invariant', () => {
  for (const path of ['', '/init', 'a\0b', 'TRAILER!!!']) assert.throws(() => writeCpio([{ kind: 'directory', path, mode: 0o755 }]), RangeError);
});

test('UTF-8 has the bytes of RFC 3629', () => {
  assert.deepEqual([...utf8('A\u00e9\u2502\u{1f600}')], [0x41, 0xc3, 0xa9, 0xe2, 0x94, 0x82, 0xf0, 0x9f, 0x98, 0x80]);
  assert.deepEqual([...utf8('\ud800')], [0xef, 0xbf, 0xbd]);
});

test('a second archive starts at a multiple of four', () => {
  const joined = appendArchive(utf8('12345'), utf8('next'));
  assert.deepEqual([...joined], [...utf8('12345\0\0\0next')]);
  assert.deepEqual([...appendArchive(utf8('1234'), utf8('n'))], [...utf8('1234n')]);
});

test('the initramfs lists as cpio lists it', (t) => {
  if (spawnSync('cpio', ['--version']).error !== undefined) return t.skip('cpio is not installed');
  const list = (input: Uint8Array): string[] => {
    const run = spawnSync('cpio', ['-itv', '--quiet'], { input, encoding: 'utf8', env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' } });
    assert.equal(run.status, 0, run.stderr);
    return run.stdout.trimEnd().split('\n').map((line) => line.replace(/\s+/g, ' '));
  };
  const initramfs = buildInitramfs({
    busybox: utf8('#busybox'), init: '#!/bin/sh\n', extra: [{ kind: 'directory', path: 'lib', mode: 0o755 }, { kind: 'file', path: 'lib/m.ko', mode: 0o644, bytes: new Uint8Array(7) }],
  });
  const lines = list(initramfs);
  const has = (pattern: RegExp): void => assert.ok(lines.some((line) => pattern.test(line)), `${pattern} in\n${lines.join('\n')}`);
  has(/^crw------- 1 root root 5, 1 Jan 1 1970 dev\/console$/);
  has(/^crw-rw-rw- 1 root root 1, 3 Jan 1 1970 dev\/null$/);
  has(/^crw------- 1 root root 207, 16 Jan 1 1970 dev\/ttymxc0$/);
  has(/^-rwxr-xr-x 1 root root 8 Jan 1 1970 bin\/busybox$/);
  has(/^-rwxr-xr-x 1 root root 10 Jan 1 1970 init$/);
  has(/^lrwxrwxrwx 1 root root 7 Jan 1 1970 bin\/sh -> busybox$/);
  has(/^drwxrwxrwt 2 root root 0 Jan 1 1970 tmp$/);
  has(/^-rw-r--r-- 1 root root 7 Jan 1 1970 lib\/m.ko$/);
  for (const folder of ['proc', 'sys', 'dev', 'etc', 'root']) has(new RegExp(`^drwx.* ${folder}$`));
  assert.deepEqual(list(runArchive('echo hi')), ['-rw-r--r-- 1 root root 8 Jan 1 1970 run-command']);
});
