/** Layout and numbers of the tags: Linux, arch/arm/include/uapi/asm/setup.h, as "Booting ARM Linux" describes it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeAtags } from './atags.ts';
import { utf8 } from './bytes.ts';
import { placeLinux } from './linux-boot.ts';

const words = (bytes: Uint8Array): string[] => Array.from({ length: bytes.length / 4 }, (_, i) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(i * 4, true).toString(16));

test('core, memory, initrd, command line, none', () => {
  const list = writeAtags({ ram: [{ base: 0x70000000, size: 0x20000000 }, { base: 0xb0000000, size: 0x10000000 }], append: 'a=b', initrd: { start: 0x78100000, size: 0x1234 } });
  assert.deepEqual(words(list), [
    '5', '54410001', '1', '1000', '0', '4', '54410002', '20000000', '70000000', '4', '54410002', '10000000', 'b0000000', '4', '54420005', '78100000', '1234',
    '3', '54410009', '623d61', '0', '0',
  ]);
  assert.deepEqual(words(writeAtags({ ram: [], append: 'abcd' })).slice(5), ['4', '54410009', '64636261', '0', '0', '0'], 'a NUL follows whatever the length');
  assert.deepEqual(words(writeAtags({ ram: [] })), ['5', '54410001', '1', '1000', '0', '0', '0']);
});

test('placed at 0x100 of RAM, with the machine in r1; what is appended to the zImage stays with it', () => {
  const kernel = new Uint8Array(0x1010).fill(0xaa, 0x1000);
  for (const [at, word] of [[0x24, 0x016f2818], [0x28, 0], [0x2c, 0x1000], [0x30, 0x04030201]] as const) new DataView(kernel.buffer).setUint32(at, word, true);
  const result = placeLinux({ kernel, atags: { machineType: 3273 }, initrd: utf8('initrd'), append: 'x', ram: [{ base: 0x80000000, size: 0x10000000 }] });
  assert.ok(result.ok);
  const { boot } = result;
  assert.deepEqual([boot.r0, boot.r1, boot.r2, boot.entry], [0, 3273, 0x80000100, 0x80008000]);
  assert.deepEqual(boot.loads.map(({ name, address, bytes }) => [name, address, name === 'ATAGs' ? 0 : bytes.length]), [['kernel', 0x80008000, 0x1010], ['ATAGs', 0x80000100, 0], ['initrd', 0x88100000, 6]]);
  assert.deepEqual(placeLinux({ kernel, ram: [{ base: 0x80000000, size: 0x10000000 }] }), { ok: false, image: 'dtb', error: 'either a device tree or ATAGs: one of both' });
});
