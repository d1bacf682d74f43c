import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { allRows, createAssembler } from '../isa/index.ts';
import { UsageError } from './errors.ts';
import { FLAT_STUB, FLAT_STUB_BASE, FLAT_VECTORS, flatSetup, flatTable } from './flat.ts';
import { placeImage } from './image.ts';

const raw = new Uint8Array(16);

/** An ELF32 ARM executable with the given segments of four bytes each: [vaddr, paddr, memsz]. */
function elf(entry: number, ...segments: readonly (readonly [vaddr: number, paddr: number, memsz: number])[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(52 + 32 * segments.length + 4));
  [0x464c457f, 0x00010101, 0, 0].forEach((word, i) => { view.setUint32(i * 4, word, true); });
  view.setUint16(16, 2, true);
  view.setUint16(18, 40, true);
  view.setUint32(20, 1, true);
  view.setUint32(24, entry, true);
  view.setUint32(28, 52, true);
  view.setUint16(40, 52, true);
  view.setUint16(42, 32, true);
  view.setUint16(44, segments.length, true);
  segments.forEach(([vaddr, paddr, memsz], i) => {
    [1, view.byteLength - 4, vaddr, paddr, 4, memsz, 7, 4].forEach((word, j) => { view.setUint32(52 + i * 32 + j * 4, word, true); });
  });
  return new Uint8Array(view.buffer);
}

test('raw images: default and given addresses', () => {
  assert.deepEqual(placeImage('a', raw, { flat: false }).loads, [{ address: 0x70008000, bytes: raw }]);
  assert.equal(placeImage('a', raw, { flat: false }).registers[15], 0x70008000);
  const placed = placeImage('a', raw, { flat: false, load: 0xf8000000, entry: 0xf8000005 });
  assert.equal(placed.loads[0]!.address, 0xf8000000);
  assert.equal(placed.registers[15], 0xf8000005);
  assert.equal(placeImage('a', raw, { flat: true }).loads[0]!.address, 0x70008000);
});

test('ELF files: by physical addresses on the bare board, by virtual ones with --flat; zeros behind the file\'s bytes', () => {
  const bare = placeImage('a', elf(0x80000004, [0x80000000, 0x70100000, 12]), { flat: false });
  assert.deepEqual(bare.loads.map(({ address, bytes }) => [address, bytes.length]), [[0x70100000, 12]]);
  assert.equal(bare.registers[15], 0x70100004, 'the entry\'s physical address');
  const flat = placeImage('a', elf(0x8000, [0x8000, 0x8000, 4], [0xb0000000, 0xb0000000, 4]), { flat: true });
  assert.deepEqual(flat.loads.slice(0, 2).map(({ address }) => address), [0x70008000, 0xb0000000]);
  assert.equal(flat.registers[15], FLAT_STUB_BASE);
  assert.deepEqual(flat.heap, { heapBase: 0x9000, heapLimit: 0x0f000000, stackBase: 0x10000000, stackLimit: 0x0f000000 });
});

test('what cannot be loaded is refused in one line that names the file', () => {
  const refused = (bytes: Uint8Array, options: Parameters<typeof placeImage>[2], pattern: RegExp): void => {
    assert.throws(() => placeImage('dir/prog', bytes, options), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /^dir\/prog: /);
      assert.match(error.message, pattern);
      assert.ok(!error.message.includes('\n'));
      return true;
    });
  };
  refused(new Uint8Array(0), { flat: false }, /empty/);
  refused(raw, { flat: false, load: 0x8000 }, /lie outside of RAM .*--flat/);
  refused(raw, { flat: false, load: 0x8ffffff8 }, /lie outside of RAM/);
  refused(raw, { flat: false, load: 0xffffffff }, /lie outside of RAM/);
  refused(raw, { flat: false, entry: 0x70000000 }, /entry point 0x70000000/);
  refused(raw, { flat: false, entry: 0x70008002 }, /no A32 address/);
  refused(elf(0x8000, [0x8000, 0x8000, 4]), { flat: false }, /--flat shows RAM at 0/);
  refused(elf(0x0ffffffc, [0x0ffffffc, 0x0ffffffc, 8]), { flat: true }, /lie outside of RAM/);
  refused(elf(0xf8000000, [0xf8000000, 0xf8000000, 4]), { flat: true }, /overlaps the set-up/);
  refused(elf(0x70000000, [0x70000000, 0x70000000, 4]), { flat: false, load: 0x70000000 }, /--load is for raw images/);
  refused(elf(0x70000000, [0x70000000, 0x70000000, 4]).subarray(0, 40), { flat: false }, /truncated/);
});

test('the stub\'s words are what their text assembles to', (context) => {
  const source = FLAT_STUB.map(([, text]) => text).join('\n');
  const words = FLAT_STUB.map(([word]) => word);
  const own = createAssembler(allRows).assemble(source);
  assert.ok(own.ok, own.ok ? '' : JSON.stringify(own.errors));
  const { buffer, byteOffset, length } = own.sections[0]!.bytes;
  assert.deepEqual(Array.from({ length: length / 4 }, (_, i) => new DataView(buffer, byteOffset).getUint32(i * 4, true)), words);
  if (spawnSync('arm-none-eabi-as', ['--version']).error !== undefined) {
    context.diagnostic('arm-none-eabi-as is missing: only our own assembler was asked');
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'stub-'));
  context.after(() => { rmSync(folder, { recursive: true, force: true }); });
  writeFileSync(join(folder, 'stub.s'), `.syntax unified\n${source}\n`);
  execFileSync('arm-none-eabi-as', ['-mcpu=cortex-a8', '-mfpu=neon', join(folder, 'stub.s'), '-o', join(folder, 'stub.o')]);
  execFileSync('arm-none-eabi-objcopy', ['-O', 'binary', join(folder, 'stub.o'), join(folder, 'stub.bin')]);
  const bytes = readFileSync(join(folder, 'stub.bin'));
  assert.deepEqual(Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(i * 4)), words);
});

test('the stub\'s map: RAM at 0, RAM and internal RAM where they are, all else device memory that is never executed', () => {
  const table = flatTable();
  const NORMAL = 0x1c0e; // DDI 0406C, B3.5.1: TEX 001, AP 011, C, B, section
  const DEVICE = 0x0c16; // TEX 000, AP 011, B, XN, section
  const at = (address: number): number => table[address >>> 20]!;
  assert.equal(at(0x00000000), 0x70000000 + NORMAL);
  assert.equal(at(0x0ff00000), 0x7ff00000 + NORMAL);
  assert.equal(at(0x10000000), 0x10000000 + DEVICE);
  assert.equal(at(0x53f00000), 0x53f00000 + DEVICE);
  assert.equal(at(0x70000000), 0x70000000 + NORMAL);
  assert.equal(at(0x8ff00000), 0x8ff00000 + NORMAL);
  assert.equal(at(0x90000000), 0x90000000 + DEVICE);
  assert.equal(at(0xcff00000), 0xcff00000 + NORMAL);
  assert.equal(at(0xf8000000), 0xf8000000 + NORMAL);
  assert.equal(at(0xfff00000), 0xfff00000 + DEVICE);
  const setup = flatSetup({ entry: 0x8001, stack: 0x10000000 });
  const stub = setup.loads.find(({ address }) => address === FLAT_STUB_BASE)!.bytes;
  const literals = new DataView(stub.buffer, stub.byteOffset + FLAT_STUB.length * 4);
  assert.deepEqual([0, 4, 8, 12].map((offset) => literals.getUint32(offset, true)), [0xf8004000, FLAT_VECTORS, 0x10000000, 0x8001]);
});
