/** docs/tutorial.md as it stands: its `sh` blocks one after the other, as a reader would run them; each line of the `text` block behind one is in what it prints. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { shell } from './transcript.ts';

interface Part { readonly script: string; readonly shown: readonly string[] }

function parts(markdown: string): Part[] {
  const found: { script: string; shown: string[] }[] = [];
  for (const [, kind, block] of markdown.matchAll(/^```(sh|text)\n([\s\S]*?)^```$/gm)) {
    if (kind === 'sh') found.push({ script: block!, shown: [] });
    else found.at(-1)?.shown.push(...block!.split('\n').map((line) => line.trim()).filter((line) => line !== ''));
  }
  return found;
}

const tutorial = parts(readFileSync(new URL('../../docs/tutorial.md', import.meta.url), 'utf8'));

test('the tutorial has its steps, and shows what each prints', () => {
  assert.ok(tutorial.length >= 8, `${tutorial.length} blocks`);
  for (const { script, shown } of tutorial) assert.ok(shown.length > 0, script);
});

for (const [number, { script, shown }] of tutorial.entries()) {
  test(`step ${number + 1}: ${script.split('\n')[0]!}`, async () => {
    const { text } = await shell(script);
    for (const line of shown) assert.ok(text.includes(line), `'${line}' is not in:\n${text}`);
  });
}
