/**
 * Debian's unmodified kernel in the normal world, through the command: what it says and sees there. (The embedded guest, and what goes wrong, are in tests/secure-boot.)
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { knownWarnings, warningsOf } from './known-warnings.ts';
import { debian, REQUIRED, run, worldswitch } from './worldswitch.ts';

const MARK = '-- next --';
const SECURE_LINE = /^secure │ /m;

const { guest, skip } = await debian();

describe('Linux in the normal world', { skip }, () => {
  const questions = ['uname -r', 'cat /proc/interrupts', 'dmesg -r', 'cat /proc/iomem', 'smc 0x84000000; smc 0x84000099'];
  const asked = guest === undefined ? undefined : worldswitch(['boot', '--run', `${questions.join(`; echo '${MARK}'; `)}; exit 5`]);
  const answers = async (): Promise<string[]> => (await asked!).stdout.split(`${MARK}\n`);

  test('--run: the command\'s output alone on stdout, its status as the run\'s', async () => {
    const { status, stdout, stderr } = await asked!;
    assert.equal(status, 5, stderr.slice(-2000));
    assert.equal((await answers())[0], `${guest!.kernelVersion}\n`);
    assert.doesNotMatch(stdout, SECURE_LINE);
    assert.match(stderr, SECURE_LINE);
  });

  test('the kernel finds PSCI and the calling convention in our secure world', async () => {
    const dmesg = (await answers())[2]!;
    assert.match(dmesg, /psci: PSCIv1\.1 detected in firmware\./);
    assert.match(dmesg, /psci: SMC Calling Convention v1\.2/);
  });

  test('it has the RAM that the partition leaves it, and its timer and console interrupts count', async () => {
    const [, interrupts, , iomem] = await answers();
    assert.deepEqual([...iomem!.matchAll(/^(\S+) : System RAM$/gm)].map((match) => match[1]), ['80000000-8fffffff']);
    assert.match(interrupts!, /^ *\d+: +[1-9]\d* .*i\.MX Timer Tick$/m);
    assert.match(interrupts!, /^ *\d+: +[1-9]\d* .*53fbc000\.serial$/m);
    assert.match(interrupts!, /^Err: +0$/m);
  });

  test('every line at level warning or worse is a known one', async () => {
    const warnings = warningsOf((await answers())[2]!);
    const known = knownWarnings();
    assert.deepEqual(warnings.filter((line) => !known.some(({ pattern }) => pattern.test(line))), []);
  });

  test('smc: root calls the secure world through /dev/smc', async (t) => {
    const { stderr } = await asked!;
    const without = /^worldswitch: .*\/dev\/smc.*$/m.exec(stderr.replaceAll(/^.*\(once; a minute or two\)\n/gm, ''))?.[0];
    if (without !== undefined && !REQUIRED) return t.skip(without);
    // PSCI 1.1 (DEN0022, 5.1.1); a number that nobody answers is NOT_SUPPORTED, -1 (DEN0028).
    assert.match((await answers())[4]!, /^r0 = 0x00010001 .*PSCI_VERSION[^]*^r0 = 0xffffffff/m, without);
  });

  test('npm start: a shell prompt; poweroff goes through PSCI and ends with status 0', async () => {
    await asked; // two at once would share a processor with a third
    const { status, stdout, stderr } = await run('npm', ['start', '--silent'], 'echo started-$((7*6))\npoweroff\n');
    assert.equal(status, 0, stderr.slice(-2000));
    assert.match(stdout, /\/ # (\x1b\[6n)?echo started-\$\(\(7\*6\)\)\r\nstarted-42\r\n/);
    assert.match(stdout, /reboot: Power down/);
    assert.match(stderr, /power off, by SMC 0x84000008 SYSTEM_OFF/);
  });
});
