/** What users hand over by mistake, and guests that die, through the command: one line on stderr that says what or where and why, and a status. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { allRows, createAssembler } from '../isa/index.ts';

const COMMAND = fileURLToPath(new URL('../../bin/worldswitch.js', import.meta.url));
const cwd = mkdtempSync(join(tmpdir(), 'bad-input-'));
after(() => { rmSync(cwd, { recursive: true, force: true }); });

function file(name: string, bytes: Uint8Array): string {
  writeFileSync(join(cwd, name), bytes);
  return name;
}

function worldswitch(...args: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(process.execPath, [COMMAND, ...args], { cwd, encoding: 'latin1', input: '', timeout: 60_000 });
}

/** An ELF executable (System V ABI, chapter 4) with one segment of `words`, as the options change it. */
function elf(words: readonly number[], options: { readonly bits?: number; readonly data?: number; readonly machine?: number; readonly type?: number; readonly at?: number; readonly fileSize?: number } = {}): Uint8Array {
  const { bits = 1, data = 1, machine = 40, type = 2, at = 0x70010000, fileSize = words.length * 4 } = options;
  const little = data === 1;
  const view = new DataView(new ArrayBuffer(84 + words.length * 4));
  [0x7f, 0x45, 0x4c, 0x46, bits, data, 1].forEach((byte, i) => { view.setUint8(i, byte); });
  const half = (offset: number, value: number): void => { view.setUint16(offset, value, little); };
  const word = (offset: number, value: number): void => { view.setUint32(offset, value, little); };
  half(16, type);
  half(18, machine);
  word(20, 1);
  word(24, at);
  word(28, 52);
  half(40, 52);
  half(42, 32);
  half(44, 1);
  [1, 84, at, at, fileSize, fileSize, 5, 4].forEach((value, i) => { word(52 + i * 4, value); });
  words.forEach((value, i) => { word(84 + i * 4, value); });
  return new Uint8Array(view.buffer);
}

/** A zImage: the boot protocol's header, then code. */
function zImage(code: string): Uint8Array {
  const result = createAssembler(allRows).assemble(`b code\n.space 32\n.word 0x016f2818, 0, 512\ncode: ${code}`);
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.errors));
  const image = new Uint8Array(512);
  image.set(result.sections[0]!.bytes);
  return image;
}

/** A flattened device tree (Devicetree Specification, chapter 5): `/` with a model, memory and chosen. */
function deviceTree(): Uint8Array {
  const structure: number[] = [];
  const strings: number[] = [];
  const word = (value: number): void => { structure.push(value >>> 24, value >>> 16 & 255, value >>> 8 & 255, value & 255); };
  const text = (value: string): void => {
    structure.push(...Buffer.from(`${value}\0`));
    while (structure.length % 4 !== 0) structure.push(0);
  };
  const property = (name: string, bytes: readonly number[]): void => {
    word(3);
    word(bytes.length);
    word(strings.length);
    strings.push(...Buffer.from(`${name}\0`));
    structure.push(...bytes);
    while (structure.length % 4 !== 0) structure.push(0);
  };
  const node = (name: string, content: () => void): void => {
    word(1);
    text(name);
    content();
    word(2);
  };
  node('', () => {
    property('#address-cells', [0, 0, 0, 1]);
    property('#size-cells', [0, 0, 0, 1]);
    property('compatible', [...Buffer.from('fsl,imx53-qsb\0')]);
    node('memory@70000000', () => {
      property('device_type', [...Buffer.from('memory\0')]);
      property('reg', [0x70, 0, 0, 0, 0x20, 0, 0, 0]);
    });
    node('chosen', () => undefined);
  });
  word(9);
  const header = [0xd00dfeed, 56 + structure.length + strings.length, 56, 56 + structure.length, 40, 17, 16, 0, strings.length, structure.length];
  const view = new DataView(new ArrayBuffer(56));
  header.forEach((value, i) => { view.setUint32(i * 4, value); });
  return Uint8Array.from([...new Uint8Array(view.buffer), ...structure, ...strings]);
}

const PROGRAM = [0xeafffffe];
const tree = deviceTree();
file('good.z', zImage('b .'));
file('good.dtb', tree);

describe('bad input: status 2, one line on stderr, nothing on stdout', () => {
  const refused = (name: string, args: readonly string[], pattern: RegExp): void => {
    test(name, () => {
      const { status, stdout, stderr } = worldswitch(...args);
      assert.equal(status, 2, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, /^worldswitch: [^\n]+\n$/);
      assert.match(stderr, pattern);
    });
  };
  refused('an ELF file that ends within its header', ['exec', file('header.elf', elf(PROGRAM).subarray(0, 40))], /header\.elf: truncated/);
  refused('an ELF file that ends within its program headers', ['exec', file('table.elf', elf(PROGRAM).subarray(0, 60))], /table\.elf: truncated/);
  refused('an ELF file that ends within a segment', ['exec', file('segment.elf', elf(PROGRAM, { fileSize: 4096 }))], /segment\.elf: truncated/);
  refused('an ELF file for another machine', ['exec', file('x86.elf', elf(PROGRAM, { machine: 3 }))], /x86\.elf: .*(not for ARM|machine)/);
  refused('an ELF file of 64 bits', ['exec', file('wide.elf', elf(PROGRAM, { bits: 2, machine: 183 }))], /wide\.elf: .*(64|32)/);
  refused('a big-endian ELF file', ['exec', file('big.elf', elf(PROGRAM, { data: 2 }))], /big\.elf: .*big-endian/);
  refused('an ELF file that is no executable', ['exec', file('object.elf', elf(PROGRAM, { type: 1 }))], /object\.elf: /);
  refused('an ELF file whose segment lies outside of RAM', ['exec', file('outside.elf', elf(PROGRAM, { at: 0x20000000 }))], /outside\.elf: .*outside of RAM/);
  refused('a raw image that lies outside of RAM', ['exec', '--load', '0x20000000', file('raw.bin', Uint8Array.of(0, 0, 160, 225))], /raw\.bin: .*outside of RAM/);
  refused('a file that does not exist', ['exec', 'none'], /none: no such file/);
  refused('a folder', ['exec', '.'], /\.: a folder/);
  refused('a path through a file', ['exec', 'good.z/x'], /good\.z\/x: /);
  refused('a file of nothing', ['exec', file('empty', new Uint8Array(0))], /empty: empty/);
  const worlds = [['the bare board', ['--bare']], ['the normal world', []]] as const;
  for (const [world, flags] of worlds) {
    const boot = (kernel: string, dtb: string): string[] => ['boot', ...flags, '--kernel', kernel, '--dtb', dtb, '--no-initrd', '--limit', '1M'];
    refused(`${world}: a kernel that is no zImage`, boot(file('text', Buffer.from('no kernel at all, but long enough to be one: 0123456789 0123456789')), 'good.dtb'), /text: /);
    refused(`${world}: a device tree that is cut off`, boot('good.z', file('cut.dtb', tree.subarray(0, 80))), /cut\.dtb: /);
    refused(`${world}: a device tree without its magic number`, boot('good.z', file('magic.dtb', tree.map((byte, i) => i === 0 ? 0 : byte))), /magic\.dtb: /);
    refused(`${world}: a device tree whose structure is broken`, boot('good.z', file('broken.dtb', tree.map((byte, i) => i === 59 ? 7 : byte))), /broken\.dtb: /);
    refused(`${world}: an initial RAM disk that does not exist`, ['boot', ...flags, '--kernel', 'good.z', '--dtb', 'good.dtb', '--initrd', 'none'], /none: no such file/);
  }

  // Root may read every file; reading a process's memory from its start fails for anybody.
  const locked = process.getuid?.() === 0 ? '/proc/self/mem' : file('locked', Buffer.from('secret'));
  if (locked === 'locked') chmodSync(join(cwd, locked), 0);
  refused('a file that cannot be read', ['exec', locked], /(locked|mem): /);
});

describe('a guest that dies: status 1, where and why', () => {
  const dies = (name: string, code: string, place: RegExp, why: RegExp): void => {
    file(`${name}.z`, zImage(code));
    for (const [flags, base, world] of [[['--bare'], '0x7', 'secure'], [[], '0x8', 'non-secure']] as const) {
      test(`${name}, ${world}`, () => {
        const { status, stderr } = worldswitch('boot', ...flags, '--kernel', `${name}.z`, '--dtb', 'good.dtb', '--no-initrd', '--limit', '3G');
        assert.equal(status, 1, stderr);
        const line = /^worldswitch: the guest is dead: ([^\n]*)$/m.exec(stderr)?.[1] ?? stderr;
        assert.match(line, why);
        assert.match(line, new RegExp(place.source.replace('BASE', base)));
        assert.match(line, new RegExp(`\\(${world} `));
      });
    }
  };
  // The kernel enters at its first word, 0x30 bytes before `code`.
  dies('empty loop', 'cpsid if\nb .', /PC BASE0008034/, /loops in place with interrupts masked/);
  dies('WFI with nothing to wait for', 'cpsid if\n1: wfi\nb 1b', /PC BASE000803[48]/, /it waits for an interrupt \(WFI\)/);
  dies('undefined instruction without a handler', 'udf #1', /at BASE0008030, /, /undefined instruction .*no handler is installed at its vector 0x00000004/);
  // VBAR leads to a table of `udf`s: each exception comes from the vector of the one before.
  dies('vector loop', 'adr r0, table\nmcr p15, 0, r0, c12, c0, 0\nudf #1\n.align 5\ntable: udf #2\nudf #3\nudf #4\nudf #5', /at BASE0008038, /, /undefined instruction .*its exceptions go to a vector that raises an exception/);
});
