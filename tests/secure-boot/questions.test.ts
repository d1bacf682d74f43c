/** docs/questions.md as it stands: every command in it prints what is shown of it. The expected lines are the document's, written after DDI 0406C and the board's memory map. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { missingLine, shell, transcriptOf } from './transcript.ts';

const steps = transcriptOf(readFileSync(new URL('../../docs/questions.md', import.meta.url), 'utf8'));

test('the document has its commands', () => {
  assert.equal(steps.length, 12);
  for (const { command, lines } of steps) assert.ok(command.startsWith('worldswitch ') && lines.length > 0, command);
});

for (const { command, lines } of steps) {
  test(command, async () => {
    const { text } = await shell(command);
    assert.equal(missingLine(text, lines), undefined, text);
  });
}

test('what is not there is missed', () => {
  assert.equal(missingLine('a\nb 12 c\n', ['a', 'b ... c']), undefined);
  assert.equal(missingLine('a\nb\n', ['b', 'a']), 'a');
  assert.equal(missingLine('a b\n', ['a']), 'a');
});
