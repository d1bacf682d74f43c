/**
 * Debian's unmodified armhf kernel on the bare board, through the command. Few boots, each with many questions: a boot takes a while.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { execFileSync } from 'node:child_process';
import { downloadPackage, prepareApt, showPackage, updateIndex } from '../../src/host/apt.ts';
import { findNode, readFdt, walkNodes } from '../../src/normal/index.ts';
import type { Fdt } from '../../src/normal/index.ts';
import { knownWarnings, warningsOf } from './known-warnings.ts';
import { debian, REQUIRED, worldswitch } from './worldswitch.ts';

const { guest, skip } = await debian();
const MARK = '-- next --';
const QUESTIONS = ['uname -a; cat /proc/cpuinfo; cat /proc/interrupts', 'sleep 1; cat /proc/interrupts', 'dmesg -r', 'cat /proc/cmdline', 'base64 /sys/firmware/fdt'];

const asked = guest === undefined ? undefined : worldswitch(['boot', '--bare', '--stats', '--run', `${QUESTIONS.join(`; echo '${MARK}'; `)}; exit 3`]);
const typed = guest === undefined ? undefined : asked!.then(() => worldswitch(['boot', '--bare'], 'echo prompt-$((6*7))\npoweroff -f\n'));

/** The same boot with the threaded tier forced. */
const threaded = guest === undefined ? undefined : typed!.then(() => worldswitch(['boot', '--bare', '--tier', 'threaded', '--stats', '--json', '--run', 'true']));

async function answers(): Promise<string[]> {
  return (await asked!).stdout.split(`${MARK}\n`);
}

/** Interrupts of a line of /proc/interrupts by its name. */
function interrupts(text: string, name: RegExp): number {
  const line = text.split('\n').find((candidate) => name.test(candidate));
  assert.ok(line !== undefined, `no ${String(name)} in /proc/interrupts`);
  return Number(/^ *\d+: +(\d+) /.exec(line)?.[1]);
}

function tree(blob: Uint8Array): Fdt {
  const result = readFdt(blob);
  assert.ok(result.ok, result.ok ? '' : result.error);
  return result.fdt;
}

/** Each property by path, as bytes in hexadecimal; and each node. */
function properties({ root }: Fdt): Map<string, string> {
  const all = new Map<string, string>();
  for (const { node, path } of walkNodes(root)) {
    all.set(path, 'node');
    for (const [name, value] of node.properties) all.set(`${path} ${name}`, Buffer.from(value).toString('hex'));
  }
  return all;
}

describe('boot --bare --run', { skip }, () => {
  test('the command\'s status is the run\'s', async () => {
    const { status, stderr } = await asked!;
    assert.equal(status, 3, stderr.slice(-2000));
  });

  test('stdout is what the command prints, and nothing else; the boot log goes to stderr', async () => {
    const { stdout, stderr } = await asked!;
    const [first] = await answers();
    assert.match(first!, new RegExp(`^Linux \\S+ ${guest!.kernelVersion.replaceAll('.', '\\.')} #1 SMP Debian .* armv7l GNU/Linux\nprocessor\t: 0\n`));
    assert.equal((await answers()).length, QUESTIONS.length);
    assert.doesNotMatch(stdout, /[\x00-\x08\x0b-\x1f]/, 'control characters: marks of the run, or line ends of a terminal');
    assert.match(stderr, /Booting Linux on physical CPU 0x0/);
  });

  test('/proc/cpuinfo is that of the i.MX53\'s Cortex-A8 r2p5', async () => {
    const [first] = await answers();
    // DDI 0344, 3.2.2 (MIDR), and the kernel's names for what CPUID registers offer; no idiv, no lpae.
    for (const line of ['CPU implementer\t: 0x41', 'CPU architecture: 7', 'CPU variant\t: 0x2', 'CPU part\t: 0xc08', 'CPU revision\t: 5', 'Hardware\t: Freescale i.MX53 (Device Tree Support)']) {
      assert.ok(first!.includes(`${line}\n`), line);
    }
    assert.deepEqual(/^Features\t: (.*)$/m.exec(first!)?.[1]?.trim().split(' ').sort(),
      ['edsp', 'fastmult', 'half', 'neon', 'thumb', 'thumbee', 'tls', 'vfp', 'vfpd32', 'vfpv3']);
  });

  test('/proc/interrupts shows the GPT and the UART counting', async () => {
    const [first, second] = await answers();
    for (const name of [/i\.MX Timer Tick/, /53fbc000\.serial/]) {
      const before = interrupts(first!, name);
      assert.ok(before > 0, String(name));
      assert.ok(interrupts(second!, name) > before, `${String(name)} after another second`);
    }
    assert.match(first!, /^Err: +0$/m);
  });

  test('every line at level warning or worse is a known one', async (t) => {
    const dmesg = (await answers())[2]!;
    assert.ok(dmesg.split('\n').length > 100, 'the log is too short to be a boot\'s');
    const warnings = warningsOf(dmesg);
    const known = knownWarnings();
    assert.deepEqual(warnings.filter((line) => !known.some(({ pattern }) => pattern.test(line))), []);
    for (const { pattern } of known) if (!warnings.some((line) => pattern.test(line))) t.diagnostic(`not seen in this boot: ${pattern.source}`);
  });

  test('the device tree in the kernel\'s hands differs from the package\'s in memory and chosen only', async () => {
    const ours = tree(Buffer.from((await answers())[4]!, 'base64'));
    const theirs = tree(guest!.dtb.bytes);
    const [a, b] = [properties(theirs), properties(ours)];
    const differing = [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key)).sort();
    const memory = [...a.keys()].filter((key) => a.get(key) === 'node' && /^\/memory(@|$)/.test(key));
    assert.equal(memory.length, 1);
    assert.deepEqual(differing.filter((key) => key !== `${memory[0]!} reg` && !/^\/chosen (bootargs|linux,initrd-(start|end))$/.test(key)), []);
    assert.ok(differing.includes('/chosen bootargs') && differing.includes('/chosen linux,initrd-start'));
    // Two banks of 512 MiB (the board's schematic).
    assert.equal(Buffer.from(findNode(ours.root, memory[0]!)!.properties.get('reg')!).toString('hex'), '7000000020000000b000000020000000');
    const bootargs = Buffer.from(findNode(ours.root, '/chosen')!.properties.get('bootargs')!).toString().replace(/\0$/, '');
    assert.equal((await answers())[3], `${bootargs}\n`);
  });

  // Compiling everything at its first execution (tier `region`) is for small programs: here `auto`, which compiles what is hot, answers for the region tier.
  test('hot code is in regions: they run all but 2 % of the boot', async () => {
    const [, instructions, region] = /^instructions +([\d,]+) +\(region ([\d,]+),.*$/m.exec((await asked!).stderr) ?? [];
    const number = (text: string | undefined): number => Number(text?.replaceAll(',', ''));
    assert.ok(number(region) >= number(instructions) * 0.98, (await asked!).stderr.slice(-1200));
  });

  test('tier threaded, forced: it runs all but 2 % of the boot itself', async () => {
    const { status, stderr } = await threaded!;
    assert.equal(status, 0, stderr.slice(-2000));
    const told = stderr.trimEnd().split('\n').at(-1)!;
    const { instructions, evaluate, region } = JSON.parse(told) as { readonly instructions: number; readonly evaluate: number; readonly region: number };
    assert.equal(region, 0);
    assert.ok(evaluate <= instructions * 0.02, told);
  });

  test('--stats tells instructions, time and speed', async () => {
    assert.match((await asked!).stderr, /^instructions +[\d,]{11,} .*\n(?: +evaluate .*\n)+virtual time +\d+\.\d+ s\nwall time +\d+\.\d+ s\nspeed +\d+\.\d MIPS$/m);
  });
});

describe('a shell on the console', { skip }, () => {
  test('boot --bare: commands on stdin reach the shell, and powering off ends with status 0', async () => {
    const { status, stdout, stderr } = await typed!;
    assert.equal(status, 0, stderr.slice(-2000));
    assert.match(stdout, /\/ # (\x1b\[6n)?echo prompt-\$\(\(6\*7\)\)\r\nprompt-42\r\n/);
  });
});

describe('the kernel is Debian\'s', { skip }, () => {
  const work = mkdtempSync(join(tmpdir(), 'worldswitch-boot-'));
  after(() => { rmSync(work, { recursive: true, force: true }); });

  test('its SHA-256, and the device tree\'s, are those of the files in the package', async (t) => {
    const apt = prepareApt(work, 'armhf', process.env);
    const kernel = guest!.packages.find(({ name }) => name.startsWith('linux-image-'))!;
    const give = (reason: string): void => {
      assert.ok(!REQUIRED, reason);
      t.skip(reason);
    };
    const update = await updateIndex(apt);
    const record = await showPackage(apt, kernel.name);
    if (record === undefined) return give(`the index has no ${kernel.name} (apt-get: status ${update.status ?? 'none'})`);
    if (record.version !== kernel.version) return give(`the archive now has ${record.version}; the cache ${kernel.version}`);
    assert.equal(record.sha256, kernel.sha256, 'the package as the signed index describes it');
    await downloadPackage(apt, record);
    const deb = readdirSync(join(work, 'downloads')).find((name) => name.endsWith('.deb'));
    if (deb === undefined) return give(`${kernel.name} could not be downloaded`);
    // By dpkg-deb and tar themselves, not by what unpacked the cache's copy.
    execFileSync('dpkg-deb', ['-x', join('downloads', deb), 'tree'], { cwd: work });
    const digest = (path: string): string => createHash('sha256').update(execFileSync('cat', [path], { cwd: work, maxBuffer: 2 ** 28 })).digest('hex');
    const dtb = execFileSync('find', ['tree', '-name', 'imx53-qsb.dtb'], { cwd: work, encoding: 'utf8' }).trim();
    assert.equal(guest!.vmlinuz.sha256, digest(`tree/boot/vmlinuz-${guest!.kernelVersion}`));
    assert.equal(guest!.dtb.sha256, digest(dtb));
    for (const { bytes, sha256 } of [guest!.vmlinuz, guest!.dtb]) assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256);
    // What is placed in the machine's memory is the file itself: see the zImage's place in src/normal/linux-boot.test.ts.
  });
});
