import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

function tracked(): string[] | undefined {
  try {
    return execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\0').filter((name) => name !== '');
  } catch {
    return undefined;
  }
}

const files = tracked();
const skip = files === undefined ? 'not a git checkout, or no git' : false;

/** Home folders of whoever worked on a file. (`/home/u` serves as an example in tests.) Written in parts, so that this file has none. */
const HOME_FOLDER = new RegExp(String.raw`(?<![\w./-])/(?:ro${''}ot/\w|ho${''}me/\w{2,}/|Us${''}ers/\w{2,}/)`);
/** This checkout and the folder around it, unless that is a very common one. */
const CHECKOUT = new RegExp([root, join(root, '..', '/')].filter((path) => path.split('/').length > 2 && path !== '/tmp/')
  .map((path) => `${path.replace(/\/$/, '').replace(/[^\w]/g, '\\$&')}/`).concat('$.').join('|'));
/** URLs that a lock file or a .npmrc picks up from the registry in use. */
const REGISTRY = /registry\s*=|"resolved":\s*"(?!tests\/)|\/\/registry\.|_authToken/;

function offences(pattern: RegExp): string[] {
  const found: string[] = [];
  for (const name of files!) {
    let text: string;
    try {
      text = readFileSync(join(root, name), 'utf8');
    } catch {
      continue; // deleted in the work tree, not yet in the index
    }
    text.split('\n').forEach((line, index) => { if (pattern.test(line)) found.push(`${name}:${index + 1}: ${line.trim().slice(0, 120)}`); });
  }
  return found;
}

test('the patterns find what they are for', () => {
  for (const path of ['/ro' + 'ot/x', 'see /ho' + 'me/someone/file']) assert.match(path, HOME_FOLDER);
  for (const path of ['boot/root/x', 'https://example.org/ho' + 'me/x', '/dev/root', 'HOME=/root', '/home/u/.cache']) assert.doesNotMatch(path, HOME_FOLDER);
  assert.match(`in ${root}src/index.ts`, CHECKOUT);
  assert.doesNotMatch('src/index.ts of /usr/share/', CHECKOUT);
  assert.match('      "resolved": "htt' + 'ps://packages.example/x.tgz",', REGISTRY);
  assert.doesNotMatch('      "resolved": "tests/checks",', REGISTRY);
});

test('no tracked file names a path of one computer', { skip }, () => {
  assert.ok(files!.length > 50);
  assert.deepEqual([...offences(HOME_FOLDER), ...offences(CHECKOUT)], []);
});

test('no tracked file names a registry', { skip }, () => {
  assert.deepEqual(offences(REGISTRY).filter((line) => !line.startsWith('tests/checks/tracked-files.test.ts:')), []);
});

test('this computer\'s name stands nowhere', { skip: skip !== false ? skip : hostname().length < 6 ? 'its name is too short to look for' : false }, () => {
  const name = new RegExp(`\\b${hostname().replace(/[^\w]/g, '\\$&')}\\b`);
  assert.deepEqual(offences(name), []);
});

test('no foreign binary: what is tracked is text', { skip }, () => {
  assert.deepEqual(files!.filter((name) => {
    try {
      return readFileSync(join(root, name)).includes(0);
    } catch {
      return false;
    }
  }), []);
});
