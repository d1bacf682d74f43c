import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readPackageFile, readUserFile } from './files.ts';

test('a file reads whole, and what cannot be read is one line that names it', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-files-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'f');
  writeFileSync(file, 'abc');
  assert.deepEqual(readUserFile(file), { ok: true, bytes: Uint8Array.of(0x61, 0x62, 0x63) });
  assert.deepEqual(readUserFile(file, 3).ok, true);
  assert.deepEqual(readUserFile(file, 2), { ok: false, error: `${file}: 3 bytes are too many (at most 2)` });
  assert.deepEqual(readUserFile(join(folder, 'none')), { ok: false, error: `${join(folder, 'none')}: no such file` });
  assert.deepEqual(readUserFile(folder), { ok: false, error: `${folder}: a folder, not a file` });
  assert.deepEqual(readUserFile(join(file, 'x')), { ok: false, error: `${join(file, 'x')}: a part of the path is not a folder` });
  assert.deepEqual(readUserFile(''), { ok: false, error: "'': no such file" });
});

test('init comes with the package', () => {
  assert.match(new TextDecoder().decode(readPackageFile('guest/linux/init')), /^#!\/bin\/sh\n/);
});
