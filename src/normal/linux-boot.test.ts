import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from './bytes.ts';
import { addNode, cells, emptyFdt, findNode, readFdt, strings, toCells, toStrings, walkNodes, writeFdt } from './fdt.ts';
import { placeLinux } from './linux-boot.ts';
import type { LinuxImages } from './linux-boot.ts';
import { readZImage } from './zimage.ts';

/** A zImage header by Linux's description; with `table`, the tagged table of kernels since 4.15 at 0x40 and the inflated size in the last word. */
function zimage(size: number, table?: { inflated: number; bss: number; textOffset: number; heap: number }): Uint8Array {
  const bytes = new Uint8Array(size);
  const words = new DataView(bytes.buffer);
  words.setUint32(0x24, 0x016f2818, true);
  words.setUint32(0x2c, size, true);
  words.setUint32(0x30, 0x04030201, true);
  if (table !== undefined) {
    words.setUint32(0x34, 0x45454545, true);
    words.setUint32(0x38, 0x40, true);
    for (const [i, word] of [6, 0x5a534c4b, size - 4, table.bss, table.textOffset, table.heap, 0].entries()) words.setUint32(0x40 + i * 4, word, true);
    words.setUint32(size - 4, table.inflated, true);
  }
  return bytes;
}

function board(): Uint8Array {
  const fdt = emptyFdt();
  fdt.root.properties.set('#address-cells', cells([1]));
  fdt.root.properties.set('#size-cells', cells([1]));
  fdt.root.properties.set('compatible', strings('fsl,imx53-qsb', 'fsl,imx53'));
  addNode(fdt.root, 'chosen').properties.set('stdout-path', strings('/soc/serial@53fbc000'));
  const memory = addNode(fdt.root, 'memory@70000000');
  memory.properties.set('device_type', strings('memory'));
  memory.properties.set('reg', cells([0x70000000, 0x20000000, 0xb0000000, 0x20000000]));
  addNode(addNode(fdt.root, 'soc'), 'serial@53fbc000').properties.set('reg', cells([0x53fbc000, 0x4000]));
  fdt.reservations.push({ address: 0x90000000n, size: 0x1000n });
  return writeFdt(fdt);
}

const images: LinuxImages = {
  kernel: zimage(0x1000, { inflated: 0x4000, bss: 0x800, textOffset: 0x8000, heap: 0x10000 }),
  dtb: board(),
  initrd: utf8('initrd'),
  append: 'console=ttymxc0',
  ram: [{ base: 0x70000000, size: 0x10000000 }, { base: 0xb0000000, size: 0x8000000 }],
};

function placed(changes: Partial<LinuxImages> = {}) {
  const result = placeLinux({ ...images, ...changes });
  assert.ok(result.ok, result.ok ? '' : result.error);
  const tree = readFdt(result.boot.loads[1]!.bytes);
  assert.ok(tree.ok);
  return { boot: result.boot, fdt: tree.fdt };
}

function refused(changes: Partial<LinuxImages>, image: string, pattern: RegExp): void {
  const result = placeLinux({ ...images, ...changes });
  assert.equal(result.ok, false);
  if (!result.ok) {
    assert.equal(result.image, image);
    assert.match(result.error, pattern);
  }
}

test('addresses and registers follow the boot protocol', () => {
  const { boot } = placed();
  assert.deepEqual(boot.loads.map(({ name, address, bytes }) => [name, address, name === 'device tree' ? 0 : bytes.length]), [
    ['kernel', 0x70008000, 0x1000], ['device tree', 0x78000000, 0], ['initrd', 0x78100000, 6],
  ]);
  assert.deepEqual([boot.entry, boot.r0, boot.r1, boot.r2], [0x70008000, 0, 0xffffffff, 0x78000000]);
});

test('the device tree says RAM, command line and initrd, and nothing else changed', () => {
  const { fdt } = placed();
  const chosen = findNode(fdt.root, '/chosen')!.properties;
  assert.deepEqual(toCells(findNode(fdt.root, '/memory')!.properties.get('reg')!), [0x70000000, 0x10000000, 0xb0000000, 0x8000000]);
  assert.deepEqual(toStrings(chosen.get('bootargs')!), ['console=ttymxc0']);
  assert.deepEqual(toCells(chosen.get('linux,initrd-start')!), [0x78100000]);
  assert.deepEqual(toCells(chosen.get('linux,initrd-end')!), [0x78100006]);
  for (const name of ['bootargs', 'linux,initrd-start', 'linux,initrd-end']) chosen.delete(name);
  findNode(fdt.root, '/memory')!.properties.set('reg', cells([0x70000000, 0x20000000, 0xb0000000, 0x20000000]));
  const original = readFdt(board());
  assert.ok(original.ok);
  assert.deepEqual(fdt, original.fdt);
});

test('without initrd and command line the tree keeps its own command line and loses a stale initrd', () => {
  const source = readFdt(board());
  assert.ok(source.ok);
  const chosen = findNode(source.fdt.root, '/chosen')!;
  chosen.properties.set('bootargs', strings('quiet'));
  chosen.properties.set('linux,initrd-start', cells([1]));
  chosen.properties.set('linux,initrd-end', cells([2]));
  const { initrd: _initrd, append: _append, ...rest } = images;
  const result = placeLinux({ ...rest, dtb: writeFdt(source.fdt) });
  assert.ok(result.ok);
  assert.equal(result.boot.loads.length, 2);
  const tree = readFdt(result.boot.loads[1]!.bytes);
  assert.ok(tree.ok);
  assert.deepEqual([...findNode(tree.fdt.root, '/chosen')!.properties.keys()], ['stdout-path', 'bootargs']);
  assert.deepEqual(toStrings(findNode(tree.fdt.root, '/chosen')!.properties.get('bootargs')!), ['quiet']);
});

test('a tree without memory and chosen gets both, in the root\'s cells', () => {
  const fdt = emptyFdt();
  fdt.root.properties.set('#address-cells', cells([2]));
  fdt.root.properties.set('#size-cells', cells([2]));
  const { fdt: patched } = placed({ dtb: writeFdt(fdt) });
  assert.deepEqual([...walkNodes(patched.root)].map(({ path }) => path), ['/', '/memory@70000000', '/chosen']);
  assert.deepEqual(toCells(findNode(patched.root, '/memory')!.properties.get('reg')!), [0, 0x70000000, 0, 0x10000000, 0, 0xb0000000, 0, 0x8000000]);
});

test('in a small bank the tree goes to its middle', () => {
  const { boot } = placed({ ram: [{ base: 0x70000000, size: 64 << 20 }] });
  assert.deepEqual(boot.loads.map(({ address }) => address), [0x70008000, 0x72000000, 0x72100000]);
});

test('what does not fit or would be overwritten is refused', () => {
  const bank = (mib: number) => [{ base: 0x70000000, size: mib << 20 }];
  refused({ ram: [] }, 'ram', /no RAM bank/);
  refused({ ram: [{ base: 0x70000000, size: 0x10000001 }] }, 'ram', /whole MiB/);
  refused({ ram: bank(1) }, 'kernel', /over the device tree at 0x70000000/);
  refused({ kernel: zimage(0x1000, { inflated: 128 << 20, bss: 0, textOffset: 0x8000, heap: 0 }) }, 'kernel', /unpack up to 0x7800\w+, over the device tree at 0x78000000/);
  refused({ kernel: zimage(0x1000, { inflated: 0x1000, bss: 128 << 20, textOffset: 0x8000, heap: 0 }) }, 'kernel', /unpack up to/);
  refused({ initrd: new Uint8Array((31 << 20) + 1), ram: bank(64) }, 'initrd', /pass the end of RAM at 0x74000000/);
  assert.ok(placeLinux({ ...images, initrd: new Uint8Array(31 << 20), ram: bank(64) }).ok);
  const big = emptyFdt();
  big.root.properties.set('x', new Uint8Array(1 << 20));
  refused({ dtb: writeFdt(big) }, 'dtb', /there is room for 1048576/);
});

test('broken inputs are refused by name', () => {
  refused({ dtb: new Uint8Array(10) }, 'dtb', /not a device tree blob/);
  refused({ kernel: utf8('x'.repeat(100)) }, 'kernel', /not an ARM zImage/);
  refused({ append: 'a\nb' }, 'append', /"\\n" at 1/);
  refused({ append: 'x'.repeat(1024) }, 'append', /1024 characters; the kernel takes 1023/);
  assert.ok(placeLinux({ ...images, append: 'x'.repeat(1023) }).ok);
  const linked = zimage(0x1000);
  new DataView(linked.buffer).setUint32(0x28, 0x60008000, true);
  new DataView(linked.buffer).setUint32(0x2c, 0x60009000, true);
  refused({ kernel: linked }, 'kernel', /linked for 0x60008000/);
});

test('zImage headers: size, footprint, and what is none', () => {
  // The header of Debian's linux-image-6.1.0-50-armmp 6.1.176-1, whose kernel unpacks to 0x208000 above the base of RAM and is 0x13a10b4 bytes long.
  const debian = zimage(0x532200, { inflated: 0x13a10b4, bss: 0x5e4d4, textOffset: 0x208000, heap: 0x10000 });
  const result = readZImage(debian);
  assert.ok(result.ok);
  assert.deepEqual(result.zimage, { start: 0, size: 0x532200, footprint: 0x208000 + 0x13a10b4 + 0x532200 + 0x10000 + 0x1000, exact: true });
  const old = readZImage(zimage(0x1000));
  assert.ok(old.ok);
  assert.equal(old.zimage.exact, false);
  const error = (bytes: Uint8Array): string => {
    const failed = readZImage(bytes);
    assert.equal(failed.ok, false);
    return failed.ok ? '' : failed.error;
  };
  const changed = (at: number, ...bytes: number[]): Uint8Array => {
    const copy = zimage(0x100);
    copy.set(bytes, at);
    return copy;
  };
  assert.match(error(new Uint8Array(10)), /10 bytes are too few/);
  assert.match(error(changed(0x24, 0x01, 0x6f, 0x28, 0x18)), /big-endian/);
  assert.match(error(changed(0x30, 0x04, 0x03, 0x02, 0x01)), /big-endian/);
  assert.match(error(changed(0x2c, 0x10)), /truncated|broken/);
  assert.match(error(changed(0x2c, 0, 0, 1)), /truncated zImage: the header says 65536/);
  const elf = new Uint8Array(64);
  elf.set([0x7f, 0x45, 0x4c, 0x46]);
  assert.match(error(elf), /ELF file/);
  const uimage = new Uint8Array(64);
  uimage.set([0x27, 0x05, 0x19, 0x56]);
  assert.match(error(uimage), /uImage/);
  const gzip = new Uint8Array(64);
  gzip.set([0x1f, 0x8b]);
  assert.match(error(gzip), /gzip/);
});
