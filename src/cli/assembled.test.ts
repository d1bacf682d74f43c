import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { packagePath } from '../host/index.ts';
import { fromText, toText } from './assembled.ts';

test('bytes, maps and lists survive the text', () => {
  const image = { bytes: Uint8Array.of(0, 1, 255), symbols: new Map([['start', { value: 0x80008000, kind: 'label' }]]), lines: [{ address: 1, file: 'a.s' }], empty: new Uint8Array(0) };
  assert.deepEqual(fromText(toText(image)), image);
});

test('what the built program has kept is what its sources assemble to', { skip: existsSync(packagePath('dist/cli/assembled.js')) ? false : 'not built' }, () => {
  const program = `
    import assert from 'node:assert/strict';
    const { assembleMini, keepAssembledImages, miniImage, secureSources, secureTexts } = await import(${JSON.stringify(new URL('../../dist/cli/assembled.js', import.meta.url).href)});
    const { buildImage } = await import(${JSON.stringify(new URL('../../dist/secure/image.js', import.meta.url).href)});
    keepAssembledImages();
    for (const base of [0x80000000, 0x70000000, 0x90000000]) assert.deepEqual(miniImage(base), assembleMini(base));
    assert.notEqual(secureSources().image, undefined);
    assert.deepEqual(secureSources().image, buildImage(secureTexts()));
    process.stdout.write('equal');`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  assert.equal(stdout, 'equal', stderr);
});
