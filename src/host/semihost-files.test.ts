import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ERRNO } from '../soc/index.ts';
import { filesBelow } from './semihost-files.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const READ = { kind: 'read', update: false } as const;
const WRITE = { kind: 'write', update: false } as const;
const APPEND = { kind: 'append', update: true } as const;

function folders(context: { after(action: () => void): void }): { root: string; outside: string } {
  const base = mkdtempSync(join(tmpdir(), 'semihost-'));
  context.after(() => { rmSync(base, { recursive: true, force: true }); });
  const root = join(base, 'root');
  mkdirSync(join(root, 'sub'), { recursive: true });
  writeFileSync(join(base, 'outside'), 'secret');
  writeFileSync(join(root, 'inside'), 'hello');
  return { root, outside: join(base, 'outside') };
}

test('files are read, written and appended to at their positions', (context) => {
  const { root } = folders(context);
  const files = filesBelow(root);
  const buffer = new Uint8Array(8);
  const handle = files.open(bytes('inside'), READ);
  assert.equal(files.length(handle), 5);
  assert.equal(files.seek(handle, 3), 0);
  assert.equal(files.read(handle, buffer), 2);
  assert.equal(files.read(handle, buffer), 0);
  assert.equal(files.write(handle, bytes('x')), -ERRNO.EBADF);
  assert.equal(files.close(handle), 0);
  assert.equal(files.read(handle, buffer), -ERRNO.EBADF);
  const out = files.open(bytes('sub/new'), WRITE);
  assert.equal(files.write(out, bytes('abc')), 3);
  assert.equal(files.read(out, buffer), -ERRNO.EBADF);
  files.close(out);
  const more = files.open(bytes(join(root, 'sub/new')), APPEND);
  assert.equal(files.read(more, buffer.subarray(0, 1)), 1);
  assert.equal(files.write(more, bytes('def')), 3);
  files.close(more);
  assert.equal(readFileSync(join(root, 'sub/new'), 'utf8'), 'abcdef');
  files.close(files.open(bytes('sub/new'), WRITE));
  assert.equal(readFileSync(join(root, 'sub/new'), 'utf8'), '');
  assert.equal(files.rename(bytes('sub/new'), bytes('moved')), 0);
  assert.equal(files.remove(bytes('moved')), 0);
  assert.equal(files.remove(bytes('moved')), -ERRNO.ENOENT);
  assert.equal(files.open(bytes('moved'), READ), -ERRNO.ENOENT);
});

test('no name leads out of the folder', (context) => {
  const { root, outside } = folders(context);
  symlinkSync(outside, join(root, 'link'));
  symlinkSync('..', join(root, 'up'));
  symlinkSync(join(root, '..', 'created'), join(root, 'dangling'));
  symlinkSync('inside', join(root, 'fine'));
  const files = filesBelow(root);
  for (const name of ['../outside', outside, 'link', 'up/outside', 'sub/../../outside', 'dangling', '/etc/passwd', '..']) {
    for (const mode of [READ, WRITE, APPEND]) assert.equal(files.open(bytes(name), mode), -ERRNO.EACCES, `${name} ${mode.kind}`);
  }
  assert.equal(files.remove(bytes('../outside')), -ERRNO.EACCES);
  assert.equal(files.rename(bytes('inside'), bytes('../stolen')), -ERRNO.EACCES);
  assert.equal(files.rename(bytes('../outside'), bytes('stolen')), -ERRNO.EACCES);
  assert.equal(readFileSync(outside, 'utf8'), 'secret');
  assert.ok(files.open(bytes('fine'), READ) >= 0);
});

test('what is no regular file is refused, without waiting for it', (context) => {
  const { root } = folders(context);
  execFileSync('mkfifo', [join(root, 'pipe')]);
  const files = filesBelow(root);
  assert.equal(files.open(bytes('sub'), READ), -ERRNO.EISDIR);
  assert.equal(files.open(bytes('.'), READ), -ERRNO.EISDIR);
  assert.equal(files.open(bytes('pipe'), READ), -ERRNO.EACCES);
  assert.equal(files.open(bytes(''), READ), -ERRNO.ENOENT);
  assert.equal(files.remove(bytes('sub')), -ERRNO.EISDIR);
  assert.equal(files.open(bytes('nowhere/file'), WRITE), -ERRNO.ENOENT);
});
