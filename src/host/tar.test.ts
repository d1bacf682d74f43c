import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { TarPicker } from './tar.ts';

const LONG = `${'long-folder-name/'.repeat(8)}file`;

for (const format of ['gnu', 'ustar', 'pax']) {
  test(`files come out of a ${format} archive, in chunks of any size`, (t) => {
    if (spawnSync('tar', ['--version']).error !== undefined) return t.skip('tar is not installed');
    const folder = mkdtempSync(join(tmpdir(), 'worldswitch-tar-'));
    try {
      mkdirSync(join(folder, LONG, '..'), { recursive: true });
      const big = Buffer.alloc(1500, 'x');
      writeFileSync(join(folder, 'a'), big);
      writeFileSync(join(folder, 'empty'), '');
      writeFileSync(join(folder, 'other'), 'not wanted');
      writeFileSync(join(folder, LONG), 'deep');
      symlinkSync('a', join(folder, 'link'));
      const archive = execFileSync('tar', ['-C', folder, `--format=${format}`, '-cf', '-', '.']);
      for (const size of [1, 511, 512, 10000]) {
        const found = new Map<string, string>();
        const picker = new TarPicker((path) => path !== 'other', (path, bytes) => found.set(path, bytes.toString()));
        for (let at = 0; at < archive.length; at += size) picker.push(archive.subarray(at, at + size));
        picker.end();
        assert.deepEqual([...found].sort(), [['a', big.toString()], ['empty', ''], [LONG, 'deep']].sort());
      }
      const cut = new TarPicker(() => true, () => undefined);
      cut.push(archive.subarray(0, archive.indexOf('xxxx') + 100));
      assert.throws(() => cut.end(), /truncated/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test('what is no tar is refused', () => {
  const picker = new TarPicker(() => true, () => undefined);
  assert.throws(() => picker.push(Buffer.alloc(512, 'a')), /not a tar archive/);
});
