/**
 * The module's build against stand-ins for apt-get, apt-cache, dpkg-deb, make and the compiler. The real ones were tried by hand: the module that came out was loaded by the
 * real kernel on qemu-system-arm's virt machine, which answers PSCI calls by SMC when started with virtualization=on. No test needs the network.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { cacheFolder } from './debian.ts';
import { cachedKernelModule, kernelModule, linuxExtras } from './kernel-module.ts';

const VERSION = '9.9.0-1-armmp';
const TOOLS = ['sh', 'cat', 'cp', 'echo', 'grep', 'tar', 'printf', 'sed'];

class World {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly phases: string[] = [];

  constructor(t: TestContext) {
    this.folder = mkdtempSync(join(tmpdir(), 'worldswitch-module-'));
    t.after(() => rmSync(this.folder, { recursive: true }));
    mkdirSync(join(this.folder, 'bin'));
    // Neither a compiler nor make, whatever this machine has.
    for (const tool of TOOLS) symlinkSync(execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim().replace(/^(?!\/)/, '/bin/'), join(this.folder, 'bin', tool));
    this.env = { PATH: join(this.folder, 'bin'), XDG_CACHE_HOME: join(this.folder, 'cache'), HOME: this.folder };
    this.package(`linux-headers-${VERSION}`, { [`usr/src/linux-headers-${VERSION}/Makefile`]: 'include /usr/src/linux-headers-9.9.0-1-common/Makefile\n' },
      'linux-headers-9.9.0-1-common (= 9), linux-kbuild-9.9 (>= 9), linux-compiler-gcc-12-arm');
    this.package('linux-headers-9.9.0-1-common', { 'usr/src/linux-headers-9.9.0-1-common/Makefile': 'x' });
    this.package('linux-kbuild-9.9', { 'usr/lib/linux-kbuild-9.9/x': 'x' });
    this.package('libc6', { x: 'x' });
    this.package('gcc-12-arm-linux-gnueabihf', { 'usr/bin/arm-linux-gnueabihf-gcc-12': '#!/bin/sh\necho fetched gcc 12\necho more\n' },
      'cpp-12-arm-linux-gnueabihf (= 1), gcc-12-arm-linux-gnueabihf-base, libgcc-12-dev-armhf-cross, binutils-arm-linux-gnueabihf, libc6 (>= 2), libisl23');
    this.package('cpp-12-arm-linux-gnueabihf', { 'usr/x': 'x' }, 'libisl23, zlib1g');
    this.package('binutils-arm-linux-gnueabihf', { 'usr/y': 'y' }, 'binutils-common');
    this.package('libisl23', { 'usr/lib/x86_64-linux-gnu/libisl.so.23': 'x' }, 'libc6');
    this.package('zlib1g', { 'lib/x86_64-linux-gnu/libz.so.1': 'x' });
    this.package('make', { 'usr/bin/make': this.script(this.makeBody()) });
    this.tool('apt-cache', 'for name; do :; done; cat "$W/$name.stanza" 2>/dev/null || exit 100');
    this.tool('apt-get', 'for last; do :; done\ncase "$*" in\n*update) exit 0;;\n*download*) cp "$W/${last%%=*}.tar" "./${last%%=*}_1_x.deb"; exit 0;;\nesac\nexit 99');
    this.tool('dpkg-deb', 'tar -xf "$2" -C "$3"');
  }

  /** What make stands in with: it checks how it is called, and "builds". */
  makeBody(result = `vermagic=${VERSION} SMP `): string {
    return `for argument; do case "$argument" in M=*) module=\${argument#M=};; CC=*) compiler=\${argument#CC=};; esac; done
grep -q '^include /.*/r..t/usr/src/linux-headers-9.9.0-1-common/Makefile$' "$2/Makefile" || exit 3
grep -q MODULE_LICENSE "$module/main.c" && grep -q worldswitch.o "$module/Kbuild" || exit 4
"$compiler" --version > /dev/null || exit 5
echo "libraries $LD_LIBRARY_PATH" >> "$W/log"
printf '%s' '${result}' > "$module/worldswitch.ko"
printf '%s' '${result}' > "$module/worldswitch_probe.ko"`;
  }

  script(body: string): string {
    return `#!/bin/sh\nW='${this.folder}'\necho "\${0##*/} $*" >> "$W/log"\n${body}\n`;
  }

  tool(name: string, body: string): void {
    writeFileSync(join(this.folder, 'bin', name), this.script(body), { mode: 0o755 });
  }

  package(name: string, files: Record<string, string>, depends = ''): void {
    const root = join(this.folder, name);
    rmSync(root, { recursive: true, force: true });
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), text, { mode: 0o755 });
    }
    execFileSync('tar', ['-C', root, '-cf', join(this.folder, `${name}.tar`), '.']);
    const sha256 = createHash('sha256').update(readFileSync(join(this.folder, `${name}.tar`))).digest('hex');
    writeFileSync(join(this.folder, `${name}.stanza`), `Package: ${name}\nVersion: 9.1\nDepends: ${depends}\nSize: 100\nSHA256: ${sha256}\n`);
  }

  calls(pattern: RegExp): string[] {
    const log = join(this.folder, 'log');
    return existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter((line) => pattern.test(line)) : [];
  }

  downloads(): string[] {
    return this.calls(/^apt-get .*download/).map((line) => /download (.*)=/.exec(line)![1]!);
  }

  build(options: { retry?: boolean; env?: NodeJS.ProcessEnv } = {}) {
    return kernelModule({ kernelVersion: VERSION, env: this.env, retryDelayMs: 1, onProgress: ({ phase }) => { this.phases.push(phase); }, ...options });
  }

  async fails(kind: string, message: RegExp, packages = ['make', 'gcc-arm-linux-gnueabihf']): Promise<void> {
    const result = await this.build({ retry: true });
    assert.ok(!result.ok);
    assert.match(result.error.message, message);
    assert.doesNotMatch(result.error.message, /\n/);
    assert.deepEqual([result.error.kind, result.error.packages], [kind, packages]);
    assert.equal(cachedKernelModule(VERSION, this.env), undefined);
  }
}

function moduleTest(name: string, body: (world: World) => Promise<void>): void {
  test(name, async (t) => {
    if (spawnSync('tar', ['--version']).error !== undefined) return t.skip('tar is not installed');
    return body(new World(t));
  });
}

moduleTest('with nothing installed, compiler and make are fetched with the headers; the second time all comes from the cache', async (world) => {
  const first = await world.build();
  assert.ok(first.ok, first.ok ? '' : first.error.message);
  assert.equal(Buffer.from(first.module.bytes).toString(), `vermagic=${VERSION} SMP `);
  assert.equal(first.module.compiler, 'fetched gcc 12');
  assert.deepEqual(world.downloads(), [
    `linux-headers-${VERSION}`, 'linux-headers-9.9.0-1-common', 'linux-kbuild-9.9', 'gcc-12-arm-linux-gnueabihf', 'libisl23', 'binutils-arm-linux-gnueabihf',
    'cpp-12-arm-linux-gnueabihf', 'zlib1g', 'make',
  ]);
  assert.deepEqual(first.module.packages.map(({ name }) => name), world.downloads());
  assert.match(world.calls(/^make/)[0]!, /^make -C .*\/root\/usr\/src\/linux-headers-9\.9\.0-1-armmp ARCH=arm CROSS_COMPILE=arm-linux-gnueabihf- CC=arm-linux-gnueabihf-gcc-12 KCFLAGS=-g0 M=.*\/module modules$/);
  assert.match(world.calls(/^libraries/)[0]!, /\/root\/usr\/lib\/x86_64-linux-gnu:.*\/root\/lib\/x86_64-linux-gnu$/);
  assert.deepEqual([...new Set(world.phases)], ['index', 'download', 'unpack', 'build']);
  const [entry] = readdirSync(join(cacheFolder(world.env), 'modules'));
  assert.match(entry!, /^9\.9\.0-1-armmp-[0-9a-f]{16}$/);
  assert.deepEqual(readdirSync(join(cacheFolder(world.env), 'modules', entry!)).sort(), ['manifest.json', 'worldswitch.ko', 'worldswitch_probe.ko']);

  for (const tool of ['apt-get', 'apt-cache', 'dpkg-deb']) world.tool(tool, 'exit 1');
  assert.deepEqual(await world.build(), first);
  assert.deepEqual(cachedKernelModule(VERSION, world.env), first.module);
  assert.equal(cachedKernelModule('9.9.0-2-armmp', world.env), undefined);
});

moduleTest('an installed compiler and make are used, and settings of the environment are not', async (world) => {
  world.tool('arm-linux-gnueabihf-gcc', 'echo installed gcc 14');
  world.tool('make', `[ -z "$MAKEFLAGS$ARCH$KCFLAGS" ] || exit 6\n${world.makeBody()}`);
  const result = await world.build({ env: { ...world.env, MAKEFLAGS: '-n', ARCH: 'x86', KCFLAGS: '-O0' } });
  assert.ok(result.ok, result.ok ? '' : result.error.message);
  assert.equal(result.module.compiler, 'installed gcc 14');
  assert.deepEqual(world.downloads(), [`linux-headers-${VERSION}`, 'linux-headers-9.9.0-1-common', 'linux-kbuild-9.9']);
});

moduleTest('a cache whose path make does not take', async (world) => {
  const result = await world.build({ env: { ...world.env, XDG_CACHE_HOME: join(world.folder, 'a cache:') } });
  assert.ok(result.ok, result.ok ? '' : result.error.message);
  assert.match(result.module.path, /a cache:\/worldswitch\/modules\//);
  assert.doesNotMatch(world.calls(/^make/)[0]!, /a cache/);
});

moduleTest('a damaged module is built again', async (world) => {
  const first = await world.build();
  assert.ok(first.ok);
  writeFileSync(first.module.path, 'other');
  assert.equal(cachedKernelModule(VERSION, world.env), undefined);
  assert.deepEqual(await world.build(), first);
});

moduleTest('a failed attempt is not repeated within the hour unless asked, or tools came', async (world) => {
  rmSync(join(world.folder, `linux-headers-${VERSION}.stanza`));
  const first = await world.build();
  assert.ok(!first.ok && first.error.kind === 'not-found');
  assert.match(first.error.message, /offer no linux-headers-9\.9\.0-1-armmp for armhf/);
  const calls = world.calls(/./).length;
  assert.deepEqual(await world.build(), first);
  assert.equal(world.calls(/./).length, calls);
  assert.ok(!(await world.build({ retry: true })).ok);
  const more = world.calls(/./).length;
  assert.ok(more > calls);
  world.tool('make', world.makeBody());
  assert.ok(!(await world.build()).ok);
  assert.ok(world.calls(/./).length > more);
  const [entry] = readdirSync(join(cacheFolder(world.env), 'modules'));
  const before = new Date(Date.now() - 2 * 3_600_000);
  utimesSync(join(cacheFolder(world.env), 'modules', entry!, 'failure.json'), before, before);
  const again = world.calls(/./).length;
  assert.ok(!(await world.build()).ok);
  assert.ok(world.calls(/./).length > again);
});

moduleTest('what goes wrong is told in one line, with the packages to install where that may help', async (world) => {
  world.package('make', { 'usr/bin/make': world.script("echo 'In file included from x:' >&2; echo 'x.c:3:1: error: what is this' >&2; exit 2") });
  await world.fails('build', /^the kernel module does not build: x\.c:3:1: error: what is this$/);
  world.package('make', { 'usr/bin/make': world.script(world.makeBody('vermagic=9.9.0-2-armmp ')) });
  await world.fails('build', /^the module that was built is not for 9\.9\.0-1-armmp$/);
  world.package('gcc-12-arm-linux-gnueabihf', { 'usr/bin/arm-linux-gnueabihf-gcc-12': '#!/bin/sh\necho "libx.so: cannot open shared object file" >&2\nexit 127\n' });
  await world.fails('build', /^the compiler arm-linux-gnueabihf-gcc-12 does not run: libx\.so: cannot open/);
  world.tool('arm-linux-gnueabihf-gcc', 'echo gcc');
  world.tool('make', 'exit 2');
  await world.fails('build', /^the kernel module does not build: status 2$/, []);
  world.package(`linux-headers-${VERSION}`, { x: 'y' }, 'linux-headers-9.9.0-1-common, linux-kbuild-9.9');
  await world.fails('corrupt', /^the Makefile of linux-headers-9\.9\.0-1-armmp does not include/, []);
  rmSync(join(world.folder, 'bin/arm-linux-gnueabihf-gcc'));
  await world.fails('not-found', /names no compiler$/);
  world.tool('dpkg-deb', 'echo "dpkg-deb: error: no space left" >&2; exit 2');
  world.tool('arm-linux-gnueabihf-gcc', 'echo gcc');
  await world.fails('corrupt', /^cannot unpack linux-headers-9\.9\.0-1-armmp: dpkg-deb: error: no space left$/, []);
  rmSync(join(world.folder, 'bin/apt-get'));
  await world.fails('tool', /^apt-get is missing/, []);
  writeFileSync(join(world.folder, 'file'), '');
  const result = await world.build({ env: { ...world.env, XDG_CACHE_HOME: join(world.folder, 'file') } });
  assert.ok(!result.ok && result.error.kind === 'cache');
});

test('the initial RAM disk gets the smc command, and the module where there is one', () => {
  assert.deepEqual(linuxExtras().map((entry) => [entry.path, entry.kind === 'file' ? entry.mode : 0]), [['bin/smc', 0o755]]);
  const module = { path: '', bytes: Uint8Array.of(1), sha256: '', probe: Uint8Array.of(2), compiler: '', packages: [] };
  assert.deepEqual(linuxExtras(module).map(({ kind, path }) => [kind, path]), [['file', 'bin/smc'], ['directory', 'lib'], ['file', 'lib/worldswitch.ko'], ['file', 'lib/worldswitch_probe.ko']]);
});
