/** The command as others call it: built, in a process of its own. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { allRows, createAssembler } from '../isa/index.ts';

const COMMAND = fileURLToPath(new URL('../../bin/worldswitch.js', import.meta.url));

interface Result { readonly status: number | null; readonly stdout: string; readonly stderr: string }

function worldswitch(args: readonly string[], options: { readonly cwd?: string; readonly input?: string } = {}): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], { encoding: 'latin1', input: '', timeout: 60_000, ...options });
  return { status, stdout, stderr };
}

/** One line on stderr, nothing on stdout, status 2. */
function refused({ status, stdout, stderr }: Result, pattern: RegExp): void {
  assert.equal(status, 2, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, /^worldswitch: [^\n]*\n$/);
  assert.match(stderr, pattern);
}

function folder(context: { after(action: () => void): void }, files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'command-'));
  context.after(() => { rmSync(path, { recursive: true, force: true }); });
  const assembler = createAssembler(allRows);
  for (const [name, source] of Object.entries(files)) {
    const assembled = assembler.assemble(source, { origin: 0x70008000 });
    assert.ok(assembled.ok, assembled.ok ? '' : JSON.stringify(assembled.errors));
    writeFileSync(join(path, name), assembled.sections[0]!.bytes);
  }
  return path;
}

/** Writes a text by SYS_WRITE0, then exits with a status by SYS_EXIT_EXTENDED. */
const HELLO = `
    mov r0, #4
    adr r1, text
    svc #0x123456
    mov r0, #0x20
    adr r1, end
    svc #0x123456
    b .
text: .asciz "hello\\n"
    .align 2
end: .word 0x20026, 42
`;

test('a program\'s output is all of stdout, its status is ours', (context) => {
  const cwd = folder(context, { 'hello.bin': HELLO });
  assert.deepEqual(worldswitch(['exec', '--semihosting', 'hello.bin'], { cwd }), { status: 42, stdout: 'hello\n', stderr: '' });
  const { status, stdout, stderr } = worldswitch(['exec', '--semihosting', '--stats', '--tier', 'evaluate', 'hello.bin'], { cwd });
  assert.deepEqual([status, stdout], [42, 'hello\n']);
  assert.match(stderr, /^instructions +6 .*\nvirtual time +0\.000000 s\nwall time .*\nspeed .*\n(?:.*\n)*$/);
  const json = worldswitch(['exec', '--semihosting', '--json', 'hello.bin'], { cwd });
  const told = JSON.parse(json.stderr) as Record<string, unknown>;
  assert.deepEqual([told['status'], told['ending'], told['instructions']], [42, 'exit', 6]);
});

test('a profile names where the time of a run goes', (context) => {
  const cwd = folder(context, { 'loop.bin': 'mov r0, #0\n1: add r0, r0, #1\n cmp r0, #0x01000000\n bne 1b\n mov r0, #0x18\n ldr r1, =0x20026\n svc #0x123456\n .ltorg\n' });
  writeFileSync(join(cwd, 'names'), '70008000 T start\n7000800c t endless\n');
  const { status, stderr } = worldswitch(['exec', '--semihosting', '--profile', 'out.txt', '--symbols', 'names', 'loop.bin'], { cwd });
  assert.deepEqual([status, stderr], [0, '']);
  const text = readFileSync(join(cwd, 'out.txt'), 'utf8');
  assert.match(text, /^# worldswitch profile: 50,331,\d\d\d instructions/);
  assert.match(text, / secure svc .* start$/m);
  assert.match(text, /region code|threaded code/);
  refused(worldswitch(['exec', '--semihosting', '--profile', 'missing/out.txt', 'loop.bin'], { cwd }), /missing\/out\.txt: no such file/);
  refused(worldswitch(['exec', '--semihosting', '--profile', 'out.txt', '--symbols', 'absent', 'loop.bin'], { cwd }), /absent: no such file/);
  refused(worldswitch(['exec', '--semihosting', '--profile', 'out.txt', '--symbols', 'loop.bin', 'loop.bin'], { cwd }), /loop\.bin: no symbols/);
  refused(worldswitch(['exec', '--symbols', 'names', 'loop.bin'], { cwd }), /--symbols: only with --profile/);
});

test('standard input reaches semihosting and the UART, to its end', (context) => {
  // SYS_READC until -1, each written back by SYS_WRITEC.
  const echo = `
    ldr r4, =0x70010000
1:  mov r0, #7
    svc #0x123456
    cmp r0, #0
    blt 2f
    strb r0, [r4]
    mov r1, r4
    mov r0, #3
    svc #0x123456
    b 1b
2:  mov r0, #0x18
    ldr r1, =0x20026
    svc #0x123456
    b .`;
  const uart = `
    ldr r10, =0x53fbc000
1:  ldr r0, [r10]
    tst r0, #0x8000
    beq 1b
    and r0, r0, #0xff
    str r0, [r10, #0x40]
    b 1b`;
  const cwd = folder(context, { echo, uart });
  const input = `${'some text of many bytes '.repeat(4000)}end.`;
  for (const args of [['--semihosting', 'echo'], ['--until', 'end\\.', 'uart']]) {
    const { status, stdout, stderr } = worldswitch(['exec', ...args], { cwd, input });
    assert.deepEqual([status, stderr, stdout.length], [0, '', input.length], args.join(' '));
    assert.ok(stdout === input, args.join(' '));
  }
});

test('a limit is 124, a dead guest 1, each with one line that says where', (context) => {
  const cwd = folder(context, { loop: 'cmp r0, r0\nb 0x70008000', dead: 'nop\nb .', svc: 'svc #0x123456' });
  const limited = worldswitch(['exec', '--limit', '10k', 'loop'], { cwd });
  assert.equal(limited.status, 124);
  assert.match(limited.stderr, /^worldswitch: [^\n]*10,000 instructions[^\n]*\n$/);
  const dead = worldswitch(['exec', 'dead'], { cwd });
  assert.equal(dead.status, 1);
  assert.match(dead.stderr, /^worldswitch: [^\n]*loops in place with interrupts masked; PC 0x70008004 \(secure svc, A32\)\n$/);
  assert.match(worldswitch(['exec', 'svc'], { cwd }).stderr, /SVC at 0x70008000.*add --semihosting/);
  assert.equal((JSON.parse(worldswitch(['exec', '--json', 'dead'], { cwd }).stderr) as { status: number }).status, 1);
});

test('bad usage and bad input: status 2 and one line that names what is wrong', (context) => {
  const cwd = folder(context, { image: 'b .' });
  writeFileSync(join(cwd, 'short.elf'), Buffer.from('7f454c46010101', 'hex'));
  writeFileSync(join(cwd, 'text'), 'no kernel at all, but long enough to be one: 0123456789 0123456789');
  refused(worldswitch(['frob']), /frob/);
  refused(worldswitch(['boot', '--frob']), /--frob/);
  refused(worldswitch(['exec']), /image/);
  refused(worldswitch(['exec', 'missing'], { cwd }), /missing: no such file/);
  refused(worldswitch(['exec', '.'], { cwd }), /\.: a folder/);
  refused(worldswitch(['exec', 'short.elf'], { cwd }), /short\.elf: truncated/);
  refused(worldswitch(['exec', '--load', '0x8000', 'image'], { cwd }), /image: .*outside of RAM/);
  refused(worldswitch(['exec', '--load', 'here', 'image'], { cwd }), /--load here/);
  refused(worldswitch(['exec', 'image', '--', 'argument'], { cwd }), /--semihosting/);
  refused(worldswitch(['boot', '--limit', 'many']), /--limit many/);
  refused(worldswitch(['boot', '--until', '(']), /--until \(/);
  refused(worldswitch(['boot', '--tier', 'warp']), /--tier warp/);
  refused(worldswitch(['boot', '--aborts', 'late']), /--aborts late: there are precise and board/);
  refused(worldswitch(['boot', '--kernel', 'missing'], { cwd }), /missing: no such file/);
  refused(worldswitch(['boot', '--bare', '--kernel', 'text', '--dtb', 'text', '--no-initrd'], { cwd }), /text: not an ARM zImage|text: not a zImage/);
  refused(worldswitch(['boot', '--kernel', 'text', '--dtb', 'text', '--no-initrd'], { cwd }), /^worldswitch: text: /);
  refused(worldswitch(['boot', '--guest', 'other']), /--guest other: there are linux and mini/);
  refused(worldswitch(['boot', '--guest', 'mini', '--append', 'x']), /--guest mini: not with --append/);
  refused(worldswitch(['boot', '--guest', 'mini', '--run', '']), /--run: an empty command/);
  refused(worldswitch(['boot', '--guest', 'mini', '--scenario', 'missing.ts'], { cwd }), /missing\.ts: no such file/);
  refused(worldswitch(['boot', '--bare', '--scenario', 'image'], { cwd }), /--scenario needs the secure world/);
  refused(worldswitch(['boot', '-kernel', 'missing', '-nographic'], { cwd }), /missing: no such file/);
});

test('disks, serial line and entropy that cannot be', (context) => {
  const cwd = folder(context, { disk: '.space 4096', short: '.space 100' });
  const boot = (...args: readonly string[]) => worldswitch(['boot', '--guest', 'mini', '--run', 'smc 0x84000000', ...args], { cwd });
  refused(boot('--disk', 'missing'), /--disk missing: no such file/);
  refused(boot('--disk', 'missing,ro'), /--disk missing: no such file/);
  refused(boot('--disk', ',ro'), /--disk: no file is named/);
  refused(boot('--disk', '.'), /--disk \.: a folder, not a file/);
  refused(boot('--disk', 'short'), /--disk short: 100 bytes are no disk/);
  refused(boot('--disk', 'disk', '--disk', 'disk,ro'), /--disk disk: the same file twice, and one writes it/);
  refused(boot(...Array.from({ length: 9 }, () => ['--disk', 'disk,ro']).flat()), /--disk: 9 disks; there may be 8/);
  refused(boot('--bare', '--disk', 'disk'), /--disk needs the secure world: not with --bare/);
  refused(boot('--snapshot-disk'), /--snapshot-disk needs a --disk/);
  refused(boot('--serial-input', 'disk'), /--serial-input needs --serial/);
  refused(boot('--serial', 'sent', '--serial-input', 'missing'), /--serial-input missing: no such file/);
  refused(boot('--serial', 'missing/file'), /^worldswitch: --serial: missing\/file: /);
  refused(boot('--entropy', '12'), /--entropy 12: there are host, and 64 hexadecimal digits/);
});

test('what comes later says so', () => {
  for (const args of [['follow', 'smc', '4'], ['explain', 'exception', '5'], ['gdb', '--port', '1234'],
    ['boot', '--trace', 'x.ndjson'], ['exec', '--detailed', 'x']]) {
    refused(worldswitch(args), /comes later/);
  }
});

test('help and version', () => {
  const help = worldswitch(['boot', '--help']);
  assert.equal(help.status, 0);
  assert.match(help.stdout, /--kernel <file>/);
  assert.equal(help.stderr, '');
  assert.match(worldswitch(['--version']).stdout, /^\d+\.\d+\.\d+\n$/);
  assert.equal(worldswitch(['doctor']).status, 0);
});
