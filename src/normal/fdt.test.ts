import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { addNode, cells, deleteNode, emptyFdt, findCompatible, findNode, readFdt, strings, toCells, toStrings, walkNodes, writeFdt } from './fdt.ts';

const word = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const ascii = (text: string): number[] => [...text].map((character) => character.charCodeAt(0));

/** By hand from the Devicetree Specification: / { a = <1>; memory@7 { b = "xy"; }; }; with a reservation, a NOP, strings before the structure. */
function handwritten(): Uint8Array {
  const structure = [
    word(1), [0, 0, 0, 0],
    word(3), word(4), word(0), word(1),
    word(4),
    word(1), ascii('memory@7'), [0, 0, 0, 0],
    word(3), word(3), word(2), ascii('xy\0'), [0],
    word(2), word(2), word(9),
  ].flat();
  const names = ascii('a\0b\0');
  const header = [0xd00dfeed, 40 + 32 + names.length + structure.length, 76, 72, 40, 17, 16, 3, names.length, structure.length].flatMap(word);
  const reserve = [word(0), word(0x1000), word(1), word(2), word(0), word(0), word(0), word(0)].flat();
  return Uint8Array.from([...header, ...reserve, ...names, ...structure]);
}

function failing(blob: Uint8Array, pattern: RegExp): void {
  const result = readFdt(blob);
  assert.equal(result.ok, false);
  if (!result.ok) assert.match(result.error, pattern);
}

function withWord(at: number, value: number): Uint8Array {
  const blob = handwritten();
  blob.set(word(value), at);
  return blob;
}

test('a blob written by hand reads as the tree that it stands for', () => {
  const result = readFdt(handwritten());
  assert.ok(result.ok);
  const { fdt } = result;
  assert.equal(fdt.bootCpu, 3);
  assert.deepEqual(fdt.reservations, [{ address: 0x1000n, size: 0x100000002n }]);
  assert.deepEqual([...walkNodes(fdt.root)].map(({ path }) => path), ['/', '/memory@7']);
  assert.deepEqual(toCells(fdt.root.properties.get('a')!), [1]);
  assert.deepEqual(toStrings(findNode(fdt.root, '/memory')!.properties.get('b')!), ['xy']);
});

test('writing and reading again keeps everything', () => {
  const first = readFdt(handwritten());
  assert.ok(first.ok);
  const second = readFdt(writeFdt(first.fdt));
  assert.ok(second.ok);
  assert.deepEqual(second.fdt, first.fdt);
});

test('broken blobs are refused with a reason', () => {
  failing(new Uint8Array(3), /not a device tree blob/);
  failing(withWord(0, 0xd00dfeee), /not a device tree blob/);
  failing(handwritten().subarray(0, 20), /truncated: 20 bytes/);
  failing(withWord(4, 4096), /truncated: the header says 4096/);
  failing(withWord(20, 16), /version 16/);
  failing(withWord(8, 4096), /structure block .* outside/);
  failing(withWord(12, 0xfffffff0), /strings block .* outside/);
  failing(withWord(16, 41), /reservation block/);
  failing(withWord(76, 7), /unknown token 0x00000007 at 0x0000004c/);
  failing(withWord(84 + 4, 0x1000), /the property a .* passes the end/);
  failing(withWord(84 + 8, 99), /name outside the strings block/);
  failing(withWord(100, 2), /a second root node at 0x00000068/); // the NOP becomes END_NODE: memory@7 is a second root
  const blob = handwritten();
  blob.set(word(4), blob.length - 4);
  failing(blob, /no end token/);
});

test('a shortened blob, whatever its header says, never reads and never throws', () => {
  const blob = handwritten();
  for (let length = 0; length < blob.length; length++) {
    assert.equal(readFdt(blob.subarray(0, length)).ok, false);
    const lying = blob.slice(0, length);
    if (length >= 8) lying.set(word(length), 4);
    assert.equal(readFdt(lying).ok, false);
  }
});

test('no single changed byte makes the reader throw', () => {
  const blob = handwritten();
  for (let at = 0; at < blob.length; at++) {
    for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
      const copy = blob.slice();
      copy[at] = value;
      readFdt(copy);
    }
  }
});

test('a tree too deep is refused', () => {
  const fdt = emptyFdt();
  let node = fdt.root;
  for (let i = 0; i < 70; i++) node = addNode(node, 'n');
  failing(writeFdt(fdt), /nested deeper than 64/);
});

test('nodes are found, added and deleted by path', () => {
  const { root } = emptyFdt();
  const soc = addNode(root, 'soc');
  const uart = addNode(soc, 'serial@53fbc000');
  uart.properties.set('compatible', strings('fsl,imx53-uart', 'fsl,imx21-uart'));
  addNode(soc, 'serial@53fc0000').properties.set('compatible', strings('fsl,imx53-uart'));
  assert.equal(findNode(root, '/'), root);
  assert.equal(findNode(root, '/soc/serial@53fbc000'), uart);
  assert.equal(findNode(root, '/soc/serial'), uart);
  assert.equal(findNode(root, '/soc/serial@1'), undefined);
  assert.equal(findNode(root, 'soc'), undefined);
  assert.deepEqual(findCompatible(root, 'fsl,imx53-uart').map(({ path }) => path), ['/soc/serial@53fbc000', '/soc/serial@53fc0000']);
  assert.deepEqual(findCompatible(root, 'fsl,imx21-uart').map(({ path }) => path), ['/soc/serial@53fbc000']);
  assert.throws(() => addNode(root, 'soc'), /exists already/);
  assert.equal(deleteNode(root, '/soc/serial@53fc0000'), true);
  assert.equal(deleteNode(root, '/soc/serial@53fc0000'), false);
  assert.equal(deleteNode(root, '/'), false);
  assert.deepEqual(soc.children.map(({ name }) => name), ['serial@53fbc000']);
});

test('cells and strings have their specified bytes', () => {
  assert.deepEqual([...cells([0x12345678, 0xffffffff])], [0x12, 0x34, 0x56, 0x78, 255, 255, 255, 255]);
  assert.equal(toCells(new Uint8Array(3)), undefined);
  assert.deepEqual([...strings('ab', '')], [0x61, 0x62, 0, 0]);
  assert.deepEqual(toStrings(Uint8Array.of(0x61, 0, 0)), ['a', '']);
  assert.equal(toStrings(Uint8Array.of(0x61)), undefined);
});

const SOURCE = `/dts-v1/;
/memreserve/ 0x90000000 0x4000;
/ {
  #address-cells = <1>; #size-cells = <1>; compatible = "fsl,imx53-qsb", "fsl,imx53"; model = "board";
  chosen { stdout-path = "/soc/serial@53fbc000"; };
  aliases { serial0 = &uart1; };
  memory@70000000 { device_type = "memory"; reg = <0x70000000 0x20000000 0xb0000000 0x20000000>; };
  soc { #address-cells = <1>; #size-cells = <1>; ranges;
    uart1: serial@53fbc000 { reg = <0x53fbc000 0x4000>; odd = [01 02 03 04 05]; phandle = <7>; }; };
};`;

test('a tree goes through dtc and back unchanged', (t) => {
  if (spawnSync('dtc', ['--version']).error !== undefined) return t.skip('dtc is not installed');
  const blob = execFileSync('dtc', ['-q', '-I', 'dts', '-O', 'dtb', '-'], { input: SOURCE });
  const result = readFdt(new Uint8Array(blob));
  assert.ok(result.ok);
  const toSource = (input: Uint8Array): string => execFileSync('dtc', ['-q', '-I', 'dtb', '-O', 'dts', '-'], { input, encoding: 'utf8' });
  const written = writeFdt(result.fdt);
  assert.equal(toSource(written), toSource(blob));
  assert.deepEqual(toCells(findNode(result.fdt.root, '/memory')!.properties.get('reg')!), [0x70000000, 0x20000000, 0xb0000000, 0x20000000]);
  assert.match(toSource(written), /memreserve.*90000000/);
});
