/**
 * The fetch against stand-ins for apt-get, apt-cache and dpkg-deb on a PATH of their own: shell scripts that log their calls and hand out tar archives as
 * "packages". What the real tools do was tried by hand with the real archive; no test needs the network.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { cachedDebianGuest, cacheFolder, debianGuest } from './debian.ts';
import type { DebianProgress } from './debian.ts';
import { kernelDrivers } from './kernel-drivers.ts';

const NO_NETWORK = "echo \"W: Failed to fetch http://archive.example/dists/x/InRelease  Temporary failure resolving 'archive.example'\" >&2";

class World {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;

  constructor(t: TestContext) {
    this.folder = mkdtempSync(join(tmpdir(), 'worldswitch-debian-'));
    t.after(() => rmSync(this.folder, { recursive: true }));
    this.env = { PATH: `${join(this.folder, 'bin')}:/usr/bin:/bin`, XDG_CACHE_HOME: join(this.folder, 'cache'), HOME: this.folder };
    mkdirSync(join(this.folder, 'bin'));
    this.package('linux-image-9.9.0-1-armmp', '9.9.1-1', { 'boot/vmlinuz-9.9.0-1-armmp': 'the kernel', 'boot/config': 'no', 'usr/lib/linux-image-9.9.0-1-armmp/nxp/imx53-qsb.dtb': 'the tree' });
    this.package('busybox-static', '1:1.2-3', { 'usr/bin/busybox': 'the busybox' });
    this.stanza('linux-image-armmp', '9.9.1-1', '0'.repeat(64), 'linux-image-9.9.0-1-armmp (= 9.9.1-1), other');
    this.tool('apt-cache', 'for name; do :; done; cat "$W/$name.stanza" 2>/dev/null || exit 100');
    this.tool('dpkg-deb', 'cat "$2"');
    this.aptGet();
  }

  /** `update` and `download` run before the stand-in's own work and may exit. */
  aptGet({ update = '', download = '' } = {}): void {
    this.tool('apt-get', `for last; do :; done
case "$*" in
*update) ${update}
  exit 0;;
*download*) ${download}
  cp "$W/\${last%%=*}.tar" "./\${last%%=*}_1_armhf.deb"; exit 0;;
esac
exit 99`);
  }

  tool(name: string, body: string): void {
    writeFileSync(join(this.folder, 'bin', name), `#!/bin/sh\nW='${this.folder}'\necho "${name} $*" >> "$W/log"\n${body}\n`, { mode: 0o755 });
  }

  package(name: string, version: string, files: Record<string, string>): void {
    const root = join(this.folder, name);
    rmSync(root, { recursive: true, force: true });
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    execFileSync('tar', ['-C', root, '-cf', join(this.folder, `${name}.tar`), '.']);
    this.stanza(name, version, createHash('sha256').update(readFileSync(join(this.folder, `${name}.tar`))).digest('hex'), 'libc6');
  }

  stanza(name: string, version: string, sha256: string, depends: string): void {
    writeFileSync(join(this.folder, `${name}.stanza`), `Package: ${name}\nVersion: ${version}\nDepends: ${depends}\nSize: 1234\nSHA256: ${sha256}\nDescription: x\n more\n\nPackage: older\n`);
  }

  calls(pattern: RegExp): number {
    return readFileSync(join(this.folder, 'log'), 'utf8').split('\n').filter((line) => pattern.test(line)).length;
  }

  async fetch(refresh = false, progress: DebianProgress[] = []) {
    return debianGuest({ env: this.env, retryDelayMs: 1, refresh, onProgress: (step) => progress.push(step) });
  }

  async fails(kind: string, pattern: RegExp): Promise<void> {
    const result = await this.fetch();
    assert.equal(result.ok, false);
    if (!result.ok) {
      assert.match(result.error.message, pattern);
      assert.doesNotMatch(result.error.message, /\n/);
      assert.equal(result.error.kind, kind);
    }
    assert.deepEqual(readdirSync(cacheFolder(this.env)), [], 'nothing is left in the cache');
  }
}

function debianTest(name: string, body: (world: World) => Promise<void>): void {
  test(name, async (t) => {
    if (spawnSync('tar', ['--version']).error !== undefined) return t.skip('tar is not installed');
    return body(new World(t));
  });
}

debianTest('kernel, tree and busybox arrive, and the second time from the cache', async (world) => {
  const progress: DebianProgress[] = [];
  const first = await world.fetch(false, progress);
  assert.ok(first.ok, first.ok ? '' : first.error.message);
  assert.equal(first.guest.kernelVersion, '9.9.0-1-armmp');
  assert.deepEqual([first.guest.vmlinuz, first.guest.dtb, first.guest.busybox].map(({ bytes }) => Buffer.from(bytes).toString()), ['the kernel', 'the tree', 'the busybox']);
  assert.deepEqual(first.guest.packages.map(({ name, version }) => `${name} ${version}`), ['linux-image-9.9.0-1-armmp 9.9.1-1', 'busybox-static 1:1.2-3']);
  assert.equal(first.guest.vmlinuz.sha256, createHash('sha256').update('the kernel').digest('hex'));
  assert.deepEqual([...new Set(progress.map(({ phase }) => phase))], ['index', 'download', 'unpack']);
  assert.equal(progress.find(({ phase }) => phase === 'download')?.total, 2468);
  assert.deepEqual(readdirSync(cacheFolder(world.env)).sort(), ['9.9.0-1-armmp', 'drivers']);

  for (const tool of ['apt-get', 'apt-cache', 'dpkg-deb']) world.tool(tool, 'exit 1');
  const second = await world.fetch();
  assert.deepEqual(second, first);
});

debianTest('the package client gets a private state and keeps the architecture to itself', async (world) => {
  world.aptGet({ update: 'cp "$3" "$W/conf"; test -d "$PWD/state/lists/partial" && test -f "$PWD/state/status" || exit 3' });
  assert.ok((await world.fetch()).ok);
  const config = readFileSync(join(world.folder, 'conf'), 'utf8');
  assert.match(config, /^APT::Architectures \{ "armhf"; \};$/m);
  assert.match(config, new RegExp(`^Dir::State "${world.env.XDG_CACHE_HOME}/worldswitch/\\.fetch-\\w+/state";$`, 'm'));
  assert.match(config, new RegExp(`^Dir::Cache "${world.env.XDG_CACHE_HOME}/`, 'm'));
  assert.equal(world.calls(/install|dist-upgrade/), 0);
});

debianTest('a damaged or partial cache entry is fetched again', async (world) => {
  const first = await world.fetch();
  assert.ok(first.ok);
  for (const damage of [
    () => writeFileSync(first.guest.vmlinuz.path, 'the kernex'),
    () => rmSync(first.guest.busybox.path),
    () => writeFileSync(join(first.guest.folder, 'manifest.json'), '{"kernelVersion": 1'),
    () => rmSync(join(first.guest.folder, 'manifest.json')),
  ]) {
    damage();
    assert.equal(cachedDebianGuest(world.env), undefined);
    assert.deepEqual(await world.fetch(), first);
    assert.deepEqual(readdirSync(cacheFolder(world.env)).sort(), ['9.9.0-1-armmp', 'drivers']);
  }
});

debianTest('of several entries the newest whole one counts, and refresh asks again', async (world) => {
  const old = await world.fetch();
  assert.ok(old.ok);
  utimesSync(join(old.guest.folder, 'manifest.json'), 1, 1);
  world.package('linux-image-9.10.0-1-armmp', '9.10.1-1', { 'boot/vmlinuz-9.10.0-1-armmp': 'newer', 'usr/lib/x/imx53-qsb.dtb': 'tree' });
  world.stanza('linux-image-armmp', '9.10.1-1', '0'.repeat(64), 'linux-image-9.10.0-1-armmp (= 9.10.1-1)');
  assert.deepEqual(await world.fetch(), old);
  const fresh = await world.fetch(true);
  assert.ok(fresh.ok);
  assert.equal(fresh.guest.kernelVersion, '9.10.0-1-armmp');
  assert.deepEqual(cachedDebianGuest(world.env), fresh.guest);
  rmSync(fresh.guest.vmlinuz.path);
  assert.deepEqual(cachedDebianGuest(world.env), old.guest);
});

debianTest('a failed attempt is made again, twice', async (world) => {
  const flaky = (name: string): string => `n=$(cat "$W/${name}" 2>/dev/null || echo 0); echo $((n + 1)) > "$W/${name}"; if [ "$n" -lt 2 ]; then ${NO_NETWORK}; rm -f "$W"/*.ready; exit 100; fi`;
  world.aptGet({ download: flaky('downloads') });
  assert.ok((await world.fetch()).ok);
  assert.equal(world.calls(/apt-get .*download linux-image/), 3);
  assert.equal(world.calls(/apt-get .*download busybox-static=1:1.2-3$/), 1);
});

debianTest('no network: one line, after three attempts', async (world) => {
  rmSync(join(world.folder, 'linux-image-armmp.stanza'));
  world.aptGet({ update: `${NO_NETWORK}; echo 'W: Some index files failed to download. They have been ignored, or old ones used instead.' >&2` });
  await world.fails('network', /^apt-get could not fetch Debian's package index: Failed to fetch .*Temporary failure resolving/);
  assert.equal(world.calls(/apt-get .*update$/), 3);
});

debianTest('a source that fails does not matter where the package is known all the same', async (world) => {
  world.aptGet({ update: `echo "E: The repository 'http://other.example x Release' does not have a Release file." >&2; exit 100` });
  assert.ok((await world.fetch()).ok);
});

debianTest('a missing package or tool is said so', async (world) => {
  rmSync(join(world.folder, 'busybox-static.stanza'));
  await world.fails('not-found', /offer no busybox-static for armhf/);
  rmSync(join(world.folder, 'linux-image-armmp.stanza'));
  await world.fails('not-found', /offer no linux-image-armmp for armhf/);
  world.stanza('linux-image-armmp', '1', '0'.repeat(64), 'nothing');
  await world.fails('not-found', /linux-image-armmp 1 depends on no kernel package/);
  world.env.PATH = join(world.folder, 'bin');
  rmSync(join(world.folder, 'bin/apt-get'));
  await world.fails('tool', /^apt-get is missing/);
});

debianTest('a package with another SHA-256, or without its files, is refused', async (world) => {
  world.package('busybox-static', '1', { 'usr/share/doc': 'only' });
  await world.fails('corrupt', /^no busybox in the packages linux-image-9.9.0-1-armmp 9.9.1-1, busybox-static 1$/);
  world.stanza('busybox-static', '1', 'ab'.repeat(32), '');
  await world.fails('corrupt', /busybox-static_1_armhf\.deb does not have the SHA-256/);
  assert.equal(world.calls(/download busybox-static/), 4);
  world.tool('dpkg-deb', "echo 'dpkg-deb: error: not a Debian format archive' >&2; exit 2");
  world.package('busybox-static', '1', { 'bin/busybox': 'b' });
  await world.fails('corrupt', /cannot unpack linux-image-9.9.0-1-armmp: dpkg-deb: error: not a Debian/);
});

debianTest('a cache that cannot be written is one line', async (world) => {
  writeFileSync(join(world.folder, 'cache'), 'a file');
  const result = await world.fetch();
  assert.ok(!result.ok && result.error.kind === 'cache');
  assert.match(result.error.message, /^cannot write to the cache .*worldswitch: /);
});

test('the cache follows the XDG specification', () => {
  assert.equal(cacheFolder({ XDG_CACHE_HOME: '/x' }), '/x/worldswitch');
  assert.equal(cacheFolder({ HOME: '/home/u' }), '/home/u/.cache/worldswitch');
  assert.equal(cacheFolder({ HOME: '/home/u', XDG_CACHE_HOME: '' }), '/home/u/.cache/worldswitch');
  assert.equal(cacheFolder({ HOME: '/home/u', XDG_CACHE_HOME: 'relative' }), '/home/u/.cache/worldswitch');
  assert.equal(existsSync('/x/worldswitch'), false);
});

/** A kernel package with some of the modules; a kernel may have others built in. */
const WITH_DRIVERS = {
  'boot/vmlinuz-9.9.0-1-armmp': 'the kernel', 'usr/lib/linux-image-9.9.0-1-armmp/nxp/imx53-qsb.dtb': 'the tree',
  'lib/modules/9.9.0-1-armmp/kernel/fs/ext4/ext4.ko': 'ext4 itself', 'lib/modules/9.9.0-1-armmp/kernel/fs/jbd2/jbd2.ko': 'the journal', 'lib/modules/9.9.0-1-armmp/kernel/fs/ext2/ext2.ko': 'no',
};
const named = (result: Awaited<ReturnType<typeof kernelDrivers>>): string[] =>
  (result.ok ? result.drivers.map(({ name, bytes }) => `${name}: ${Buffer.from(bytes).toString()}`) : [result.error.message]);

debianTest('the kernel\'s modules for a disk come with the kernel, in the order in which they load', async (world) => {
  world.package('linux-image-9.9.0-1-armmp', '9.9.1-1', WITH_DRIVERS);
  assert.ok((await world.fetch()).ok);
  for (const tool of ['apt-get', 'apt-cache', 'dpkg-deb']) world.tool(tool, 'exit 1');
  const expected = ['jbd2: the journal', 'ext4: ext4 itself'];
  assert.deepEqual(named(await kernelDrivers({ kernelVersion: '9.9.0-1-armmp', env: world.env })), expected);
});

debianTest('modules that the cache lacks or has damaged are fetched for the very kernel; one that is gone is an error', async (world) => {
  world.package('linux-image-9.9.0-1-armmp', '9.9.1-1', WITH_DRIVERS);
  const fetch = () => kernelDrivers({ kernelVersion: '9.9.0-1-armmp', env: world.env, retryDelayMs: 1 });
  const expected = ['jbd2: the journal', 'ext4: ext4 itself'];
  assert.deepEqual(named(await fetch()), expected);
  const ext4 = join(cacheFolder(world.env), 'drivers/9.9.0-1-armmp/ext4.ko');
  for (const damage of [() => writeFileSync(ext4, 'ext5 itself'), () => rmSync(ext4)]) {
    damage();
    assert.deepEqual(named(await fetch()), expected);
    assert.deepEqual(readdirSync(cacheFolder(world.env)), ['drivers']);
  }
  const gone = await kernelDrivers({ kernelVersion: '9.8.0-1-armmp', env: world.env, retryDelayMs: 1 });
  assert.deepEqual([gone.ok, gone.ok ? '' : gone.error.kind], [false, 'not-found']);
  assert.deepEqual(readdirSync(cacheFolder(world.env)), ['drivers']);
});
