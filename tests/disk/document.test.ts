/** docs/devices.md as it stands: its commands, run in an empty folder, print what is shown. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { debian, REQUIRED, ROOT } from '../boot/worldswitch.ts';
import { missingLine, transcriptOf } from '../secure-boot/transcript.ts';

const { skip: noDebian } = await debian();
const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/sbin:/usr/sbin` };
const noTools = !REQUIRED && spawnSync('mke2fs', ['-V'], { env }).error !== undefined;
const TIMEOUT_MS = 300_000;

function shell(command: string, cwd: string): Promise<string> {
  const line = command.replace(/(?<![\w./-])worldswitch(?= )/g, `"${process.execPath}" "${join(ROOT, 'bin/worldswitch.js')}"`);
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', `exec 2>&1; ${line}`], { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => { text += part; });
    const timer = setTimeout(() => { child.kill('SIGKILL'); }, TIMEOUT_MS);
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      resolve(text.replaceAll('\r', ''));
    });
  });
}

test('the worked example', { skip: noDebian !== false ? noDebian : noTools ? 'e2fsprogs missing' : false }, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'devices-'));
  context.after(() => { rmSync(folder, { recursive: true, force: true }); });
  const steps = transcriptOf(readFileSync(join(ROOT, 'docs/devices.md'), 'utf8'));
  assert.equal(steps.length, 11);
  for (const { command, lines } of steps) {
    const text = await shell(command, folder);
    assert.equal(missingLine(text, lines), undefined, `${command}\n${text.slice(-3000)}`);
  }
});
