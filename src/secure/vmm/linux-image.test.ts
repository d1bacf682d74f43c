import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addNode, cells, emptyFdt, findNode, readFdt, strings, toCells, toStrings, writeFdt, type FdtNode } from '../../normal/index.ts';
import { QSB_SECURE } from '../bootstrap/imx53-qsb.ts';
import { prepareLinux, type NormalLinux } from './linux-image.ts';

/** A zImage header by Linux's description, without the tagged table of later kernels. */
function zimage(): Uint8Array {
  const bytes = new Uint8Array(0x1000);
  const words = new DataView(bytes.buffer);
  words.setUint32(0x24, 0x016f2818, true);
  words.setUint32(0x2c, bytes.length, true);
  words.setUint32(0x30, 0x04030201, true);
  return bytes;
}

type Properties = Readonly<Record<string, Uint8Array>>;

function node(parent: FdtNode, name: string, properties: Properties = {}): FdtNode {
  const child = addNode(parent, name);
  for (const [key, value] of Object.entries(properties)) child.properties.set(key, value);
  return child;
}

const handle = (value: number): Properties => ({ phandle: cells([value]) });
const at = (base: number): Properties => ({ reg: cells([base, 0x4000]) });

/** The parts of the board's tree that matter: node names, addresses and references as in imx53-qsb.dtb. */
function board(): Uint8Array {
  const fdt = emptyFdt();
  const { root } = fdt;
  root.properties.set('#address-cells', cells([1]));
  root.properties.set('#size-cells', cells([1]));
  const soc = node(root, 'soc');
  node(soc, 'serial@53fbc000', { ...at(0x53fbc000), status: strings('okay') });
  node(soc, 'timer@53fa0000', at(0x53fa0000));
  node(soc, 'bridge@53f00000', { ...at(0x53f00000), compatible: strings('fsl,imx53-aipstz') });
  node(soc, 'mmc@50004000', { ...at(0x50004000), status: strings('okay'), 'cd-gpios': cells([13, 13, 1]) });
  node(soc, 'mmc@50020000', { ...at(0x50020000), status: strings('okay'), 'cd-gpios': cells([13, 11, 1]), 'wp-gpios': cells([13, 12, 0]) });
  for (const [i, base] of [0x53f84000, 0x53f88000, 0x53f8c000, 0x53f90000, 0x53fdc000, 0x53fe0000, 0x53fe4000].entries()) {
    node(soc, `gpio@${base.toString(16)}`, { ...at(base), ...handle(10 + i) });
  }
  const i2c = node(soc, 'i2c@63fc4000', { ...at(0x63fc4000), status: strings('okay') });
  node(i2c, 'codec@a', { reg: cells([10]), ...handle(30) });
  node(i2c, 'dialog@48', { reg: cells([0x48]) });
  node(node(findNode(root, '/soc/i2c@63fc4000/dialog@48')!, 'regulators'), 'ldo7', handle(31));
  node(soc, 'ethernet@63fec000', { ...at(0x63fec000), status: strings('okay'), 'phy-reset-gpios': cells([16, 6, 1]) });
  node(soc, 'usb@53f80200', { ...at(0x53f80200), status: strings('okay'), 'vbus-supply': cells([40]) });
  node(soc, 'vpu@63ff4000', at(0x63ff4000));
  node(root, 'sound', { 'audio-codec': cells([30]) });
  const leds = node(root, 'leds', { compatible: strings('gpio-leds') });
  node(leds, 'led-user', { gpios: cells([16, 7, 0]) });
  node(root, 'regulator@1', { gpio: cells([16, 8, 0]), ...handle(40) });
  return writeFdt(fdt);
}

function prepared(changes: Partial<NormalLinux> = {}) {
  const result = prepareLinux({ kernel: zimage(), dtb: board(), append: 'console=ttymxc0,115200', partition: QSB_SECURE, ...changes });
  assert.ok(result.ok, result.ok ? '' : result.error);
  const tree = readFdt(result.boot.loads.find(({ name }) => name === 'dtb')!.bytes);
  assert.ok(tree.ok);
  return { result, root: tree.fdt.root };
}

const status = (root: FdtNode, path: string): string => toStrings(findNode(root, path)!.properties.get('status') ?? new Uint8Array(0))?.[0] ?? 'on';

test('loads and registers: RAM at 0x80000000, machine type 3273, device tree in r2', () => {
  const { result, root } = prepared({ initrd: Uint8Array.of(1, 2, 3) });
  assert.deepEqual(result.boot.loads.map(({ name, address }) => [name, address]), [['zImage', 0x80008000], ['dtb', 0x88000000], ['initrd', 0x88100000]]);
  assert.deepEqual([result.boot.entry, result.boot.r0, result.boot.r1, result.boot.r2], [0x80008000, 0, 3273, 0x88000000]);
  const memory = root.children.find(({ name }) => name.startsWith('memory'))!;
  assert.deepEqual(toCells(memory.properties.get('reg')!), [0x80000000, 0x10000000]);
});

test('PSCI by SMC, and the secure timer\'s clock kept', () => {
  const { root } = prepared();
  assert.deepEqual(toStrings(findNode(root, '/psci')!.properties.get('compatible')!), ['arm,psci-1.0', 'arm,psci-0.2']);
  assert.deepEqual(toStrings(findNode(root, '/psci')!.properties.get('method')!), ['smc']);
  const line = (changes: Partial<NormalLinux>) => toStrings(findNode(prepared(changes).root, '/chosen')!.properties.get('bootargs')!);
  assert.deepEqual(line({}), ['console=ttymxc0,115200 clk_ignore_unused']);
  assert.deepEqual(line({ append: 'clk_ignore_unused quiet' }), ['clk_ignore_unused quiet']);
});

test('secure devices are disabled, with what hangs on them; the others stay', () => {
  const { root, result } = prepared();
  for (const path of ['/soc/gpio@53f84000', '/soc/gpio@53fe4000', '/soc/i2c@63fc4000', '/soc/vpu@63ff4000', '/soc/mmc@50004000', '/sound', '/leds', '/leds/led-user', '/regulator@1']) {
    assert.equal(status(root, path), 'disabled', path);
    assert.ok(result.disabled.includes(path));
  }
  assert.deepEqual(['/soc/serial@53fbc000', '/soc/timer@53fa0000', '/soc/mmc@50020000', '/soc/ethernet@63fec000', '/soc/usb@53f80200'].map((path) => status(root, path)), ['okay', 'on', 'okay', 'okay', 'okay']);
  const properties = (path: string): string[] => [...findNode(root, path)!.properties.keys()];
  assert.deepEqual(properties('/soc/mmc@50020000'), ['reg', 'status', 'broken-cd']);
  assert.ok(!properties('/soc/ethernet@63fec000').includes('phy-reset-gpios'));
  assert.ok(!properties('/soc/usb@53f80200').includes('vbus-supply'));
});

test('the bridges are not there for Linux, which would program them wherever it finds them; unless they are open', () => {
  assert.equal(findNode(prepared().root, '/soc/bridge@53f00000'), undefined);
  assert.notEqual(findNode(prepared({ partition: { ...QSB_SECURE, lockBridges: false } }).root, '/soc/bridge@53f00000'), undefined);
});

test('the partition decides: with nothing secure nothing is disabled', () => {
  const { result } = prepared({ partition: { secureSlaves: [], secureInterrupts: [] } });
  assert.deepEqual(result.disabled, []);
  const serial = prepared({ partition: { secureSlaves: [], secureInterrupts: [31] } });
  assert.deepEqual(serial.result.disabled, ['/soc/serial@53fbc000']);
});

test('broken inputs are named', () => {
  const refused = (changes: Partial<NormalLinux>): string => {
    const result = prepareLinux({ kernel: zimage(), dtb: board(), partition: QSB_SECURE, ...changes });
    return result.ok ? 'ok' : result.image;
  };
  assert.equal(refused({ kernel: new Uint8Array(100) }), 'kernel');
  assert.equal(refused({ dtb: new Uint8Array(100) }), 'dtb');
  assert.equal(refused({ initrd: new Uint8Array(0x10000000) }), 'initrd');
  assert.equal(refused({ append: 'x'.repeat(1010) }), 'append');
});
