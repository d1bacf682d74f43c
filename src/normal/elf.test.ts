import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readElf } from './elf.ts';

interface Segment { vaddr: number; paddr: number; data: number[]; memsz: number; flags: number; type?: number; align?: number }

/** A file by the System V ABI's layout: header, program headers, then the segments' bytes. */
function elf(segments: Segment[], entry = 0x70008000): Uint8Array {
  const headers = 52 + segments.length * 32;
  const total = headers + segments.reduce((sum, { data }) => sum + data.length, 0);
  const bytes = new Uint8Array(total);
  const words = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  words.setUint16(16, 2, true);
  words.setUint16(18, 40, true);
  words.setUint32(20, 1, true);
  words.setUint32(24, entry, true);
  words.setUint32(28, 52, true);
  words.setUint32(36, 0x05000200, true);
  words.setUint16(40, 52, true);
  words.setUint16(42, 32, true);
  words.setUint16(44, segments.length, true);
  let at = headers;
  for (const [i, { vaddr, paddr, data, memsz, flags, type, align }] of segments.entries()) {
    for (const [j, word] of [type ?? 1, at, vaddr, paddr, data.length, memsz, flags, align ?? 4].entries()) words.setUint32(52 + i * 32 + j * 4, word, true);
    bytes.set(data, at);
    at += data.length;
  }
  return bytes;
}

const text: Segment = { vaddr: 0xc0000000, paddr: 0x70008000, data: [1, 2, 3, 4], memsz: 4, flags: 5 };
const data: Segment = { vaddr: 0xc0001000, paddr: 0x70009000, data: [9, 8], memsz: 0x100, flags: 6 };

function failing(bytes: Uint8Array, pattern: RegExp): void {
  const result = readElf(bytes);
  assert.equal(result.ok, false);
  if (!result.ok) {
    assert.match(result.error, pattern);
    assert.doesNotMatch(result.error, /\n/);
  }
}

function changed(bytes: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
}

test('segments carry physical and virtual addresses, sizes and rights', () => {
  const result = readElf(elf([text, data]));
  assert.ok(result.ok);
  assert.equal(result.image.entry, 0x70008000);
  assert.equal(result.image.flags, 0x05000200);
  assert.deepEqual(result.image.segments.map(({ bytes, ...rest }) => ({ ...rest, bytes: [...bytes] })), [
    { paddr: 0x70008000, vaddr: 0xc0000000, filesz: 4, memsz: 4, readable: true, writable: false, executable: true, bytes: [1, 2, 3, 4] },
    { paddr: 0x70009000, vaddr: 0xc0001000, filesz: 2, memsz: 0x100, readable: true, writable: true, executable: false, bytes: [9, 8] },
  ]);
  assert.deepEqual(result.image.symbols, []);
});

test('a segment may end exactly at 4 GiB', () => {
  assert.ok(readElf(elf([{ ...text, vaddr: 0xfffffffc, paddr: 0xfffffffc }])).ok);
  failing(elf([{ ...text, paddr: 0xfffffffd }]), /end of the 32-bit address space/);
});

test('what is not an ELF32 LE ARM executable is refused by name', () => {
  const good = elf([text]);
  failing(new Uint8Array(0), /not an ELF file/);
  failing(changed(good, 0, 0x7e), /not an ELF file/);
  failing(changed(good, 4, 2), /64-bit/);
  failing(changed(good, 5, 2), /big-endian/);
  failing(changed(good, 18, 3), /ELF machine 3, not for ARM/);
  failing(changed(good, 16, 1), /relocatable/);
  failing(changed(good, 16, 3), /position independent/);
  failing(changed(good, 16, 4), /ELF type 4/);
  failing(changed(good, 20, 2), /ELF version/);
  failing(elf([text, { ...data, type: 3 }]), /dynamically linked/);
});

test('every truncation is refused', () => {
  const good = elf([text, data]);
  for (let length = 0; length < good.length; length++) assert.equal(readElf(good.subarray(0, length)).ok, false, `${length} bytes`);
});

test('odd headers are refused', () => {
  failing(elf([]), /no program headers/);
  failing(elf([{ ...text, type: 4 }]), /no loadable segment/);
  failing(elf([{ ...text, memsz: 3 }]), /4 bytes in the file but only 3 in memory/);
  failing(elf([{ ...text, align: 3 }]), /alignment 3/);
  failing(elf([text, { ...data, paddr: 0x70008003 }]), /segment 1 .* overlaps loadable segment 0 at physical address 0x70008003/);
  failing(elf([text, { ...data, vaddr: 0xbfffff80 }]), /overlaps loadable segment 0 at virtual address 0xc0000000/);
  failing(changed(elf([text]), 28, 40), /overlap the ELF header/);
  failing(changed(elf([text]), 42, 40), /program header size 40/);
});

test('a linked program reads as readelf reads it', (t) => {
  if (spawnSync('arm-none-eabi-gcc', ['--version']).error !== undefined) return t.skip('arm-none-eabi-gcc is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-elf-'));
  try {
    const source = join(folder, 'a.s');
    const file = join(folder, 'a.elf');
    writeFileSync(source, `
      .syntax unified
      .arm
      .global _start
      .type _start, %function
_start: blx helper
      b _start
      .word 0x12345678
      .size _start, . - _start
      .thumb
      .thumb_func
      .type helper, %function
helper: bx lr
      .data
      .type counter, %object
      .size counter, 4
counter: .word 7
`);
    execFileSync('arm-none-eabi-gcc', ['-nostdlib', '-march=armv7-a', '-Ttext=0x70008000', '-Tdata=0x70010000', '-o', file, source]);
    const result = readElf(new Uint8Array(readFileSync(file)));
    assert.ok(result.ok);
    const header = execFileSync('arm-none-eabi-readelf', ['-h', file], { encoding: 'utf8' });
    assert.equal(result.image.entry, Number(/Entry point address:\s+(0x[0-9a-f]+)/.exec(header)![1]));
    const loads = [...execFileSync('arm-none-eabi-readelf', ['-lW', file], { encoding: 'utf8' })
      .matchAll(/LOAD\s+\S+\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)/g)].map((m) => m.slice(1, 5).map(Number));
    assert.deepEqual(result.image.segments.map(({ vaddr, paddr, filesz, memsz }) => [vaddr, paddr, filesz, memsz]), loads);
    const named = (name: string) => result.image.symbols.find((symbol) => symbol.name === name);
    assert.deepEqual(named('_start'), { name: '_start', address: 0x70008000, size: 12, kind: 'function', thumb: false, global: true });
    assert.deepEqual(named('helper'), { name: 'helper', address: 0x7000800c, size: 0, kind: 'function', thumb: true, global: false });
    assert.deepEqual(named('counter'), { name: 'counter', address: 0x70010000, size: 4, kind: 'object', thumb: false, global: false });
    assert.deepEqual(result.image.mappings.slice(0, 3), [
      { address: 0x70008000, content: 'a32' }, { address: 0x70008008, content: 'data' }, { address: 0x7000800c, content: 't32' },
    ]);
    const bytes = new Uint8Array(readFileSync(file));
    for (let length = 0; length < bytes.length; length += 61) assert.equal(readElf(bytes.subarray(0, length)).ok, false, `${length} bytes`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
