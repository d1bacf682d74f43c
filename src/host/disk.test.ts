import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openImage, type ImageFile } from './disk.ts';

const CONTENTS = Uint8Array.from({ length: 3000 }, (_, i) => i * 7);

function image(context: TestContext, writable: boolean): { readonly file: ImageFile; readonly path: string; readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'image-'));
  context.after(() => { rmSync(folder, { recursive: true, force: true }); });
  const path = join(folder, 'image');
  writeFileSync(path, CONTENTS);
  const opened = openImage(path, { writable });
  assert.ok(opened.ok, opened.ok ? '' : opened.error);
  context.after(() => { opened.file.close(); });
  return { file: opened.file, path, folder };
}

test('what is written is in the file at once, and nothing else changes', (context) => {
  const { file, path } = image(context, true);
  assert.deepEqual([file.size, file.writable], [3000, true]);
  file.write(1000, Uint8Array.of(1, 2, 3));
  const expected = CONTENTS.slice();
  expected.set([1, 2, 3], 1000);
  assert.deepEqual(new Uint8Array(readFileSync(path)), expected);
  assert.deepEqual(file.read(998, 7), expected.slice(998, 1005));
});

test('a snapshot refers to the contents by their SHA-256, and is taken back only while they are as they were', (context) => {
  const { file, path } = image(context, true);
  const saved = structuredClone(file.save());
  assert.deepEqual(saved, { kind: 'file', size: 3000, reference: `sha256 ${createHash('sha256').update(CONTENTS).digest('hex')}` });
  file.restore(saved)();
  file.write(0, Uint8Array.of(99));
  assert.throws(() => file.restore(saved), new RegExp(`^Error: ${path} is not as it was when the snapshot was taken$`));
  file.write(0, CONTENTS.slice(0, 1));
  file.restore(saved)();
  // By somebody else
  writeFileSync(path, new Uint8Array(3000));
  assert.throws(() => file.restore(saved), /is not as it was/);
  assert.throws(() => file.restore({ kind: 'memory', size: 3000, reference: '', pages: [] }), /does not refer to a file/);
});

test('a file that becomes shorter is an error of the read, not data', (context) => {
  const { file, path } = image(context, false);
  truncateSync(path, 1000);
  assert.throws(() => file.read(900, 200), /has become shorter/);
  appendFileSync(path, new Uint8Array(2000));
  assert.equal(file.read(900, 200).length, 200);
});

test('files that are no disks, each with one line', (context) => {
  const { path, folder } = image(context, false);
  const refused = (name: string, writable: boolean, pattern: RegExp): void => {
    const opened = openImage(name, { writable });
    assert.ok(!opened.ok);
    assert.match(opened.error, pattern);
    assert.doesNotMatch(opened.error, /\n/);
  };
  refused(join(folder, 'missing'), true, /missing: no such file$/);
  refused(folder, false, /: a folder, not a file$/);
  refused('/dev/null', false, /^\/dev\/null: not a file$/);
  writeFileSync(join(folder, 'short'), 'x');
  refused(join(folder, 'short'), true, /: 1 bytes are no disk/);
  if (process.getuid?.() !== 0) {
    chmodSync(path, 0o444);
    refused(path, true, /no permission to write it \(FILE,ro only reads\)$/);
  }
});
