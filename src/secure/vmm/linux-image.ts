/**
 * Linux for the normal world: Debian's kernel and device tree, placed in the normal world's RAM, with a device tree that tells the truth about this board under a
 * secure world.
 *
 * Sources: Devicetree Specification v0.4 (status, memory, chosen); the kernel's binding of PSCI (`arm,psci-1.0`, method `smc`). Which devices are disabled follows
 * from the CSU's partition and the secure interrupts of the board record; what names a GPIO, a regulator or a codec among them loses that property, where the
 * driver works without it, or is disabled too.
 */
import { addNode, cells, placeLinux, readFdt, strings, toCells, toStrings, walkNodes, writeFdt, type FdtNode } from '../../normal/index.ts';
import { IMX53_BLOCKS, QSB_MACHINE_TYPE, type BlockRow } from '../../soc/index.ts';
import { PHYSICAL } from '../layout.ts';
import type { NormalBoot } from './boot-image.ts';

/** The part of a board's secure configuration that the normal world must know. */
export interface SecurePartition {
  /** Halves of CSU registers, as '04a', that refuse the normal world. */
  readonly secureSlaves: readonly string[];
  readonly secureInterrupts: readonly number[];
  /** Whether the bridges' own registers refuse everybody. Default yes. */
  readonly lockBridges?: boolean;
  /** Bases of blocks that the VMM emulates: the normal world has them all the same. */
  readonly emulated?: readonly number[];
}

export interface NormalLinux {
  readonly kernel: Uint8Array;
  readonly dtb: Uint8Array;
  readonly initrd?: Uint8Array;
  readonly append?: string;
  readonly partition: SecurePartition;
  /** The VM's. */
  readonly ram?: { readonly base: number; readonly size: number };
  /** Interrupts of the disks that the VMM offers, in their order. */
  readonly diskInterrupts?: readonly number[];
}

export type NormalLinuxResult =
  | { readonly ok: true; readonly boot: NormalBoot; /** Paths of the nodes that were disabled. */ readonly disabled: readonly string[] }
  | { readonly ok: false; readonly image: 'kernel' | 'dtb' | 'initrd' | 'append' | 'ram'; readonly error: string };

/** Linux's driver of the clock unit gates what no driver of its own claims: the secure world's timer among it. */
const KEEP_CLOCKS = 'clk_ignore_unused';

const BRIDGES = 'fsl,imx53-aipstz';

const LOAD_NAMES: Readonly<Record<string, string>> = { kernel: 'zImage', 'device tree': 'dtb' };

const NORMAL_RAM = { base: PHYSICAL.normalRam, size: PHYSICAL.normalRamSize } as const;

/** A kernel from before device trees: a tagged list, and nothing that tells it what the secure world keeps. */
export function prepareAtags({ kernel, initrd, append, ram = NORMAL_RAM }: Pick<NormalLinux, 'kernel' | 'initrd' | 'append' | 'ram'>): NormalLinuxResult {
  const placed = placeLinux({
    kernel, atags: { machineType: QSB_MACHINE_TYPE }, ...(initrd === undefined ? {} : { initrd }), ...(append === undefined ? {} : { append }),
    ram: [ram],
  });
  return placed.ok ? { ok: true, boot: placed.boot, disabled: [] } : placed;
}

export function prepareLinux({ kernel, dtb, initrd, append, partition, diskInterrupts = [], ram = NORMAL_RAM }: NormalLinux): NormalLinuxResult {
  const tree = readFdt(dtb);
  if (!tree.ok) return { ok: false, image: 'dtb', error: tree.error };
  const { root } = tree.fdt;
  const disabled = disableSecure(root, partition);
  if (partition.lockBridges !== false) removeBridges(root);
  addPsci(root);
  const problem = addVmm(root, diskInterrupts);
  if (problem !== undefined) return { ok: false, image: 'dtb', error: problem };
  const chosen = root.children.find((node) => node.name === 'chosen')?.properties.get('bootargs');
  const line = append ?? (chosen === undefined ? '' : toStrings(chosen)?.[0] ?? '');
  const placed = placeLinux({
    kernel, dtb: writeFdt(tree.fdt), ...(initrd === undefined ? {} : { initrd }),
    append: line.split(' ').includes(KEEP_CLOCKS) ? line : `${line} ${KEEP_CLOCKS}`.trimStart(),
    ram: [ram],
  });
  if (!placed.ok) return placed;
  const loads = placed.boot.loads.map(({ name, address, bytes }) => ({ name: LOAD_NAMES[name] ?? name, address, bytes }));
  return { ok: true, boot: { ...placed.boot, loads, r1: QSB_MACHINE_TYPE }, disabled };
}

/** Linux opens the bridges wherever the tree names them, disabled or not. They are open, and locked: the access would be refused. */
function removeBridges(node: FdtNode): void {
  const kept = node.children.filter((child) => !(toStrings(child.properties.get('compatible') ?? new Uint8Array(0)) ?? []).includes(BRIDGES));
  if (kept.length !== node.children.length) node.children.splice(0, node.children.length, ...kept);
  for (const child of kept) removeBridges(child);
}

function addPsci(root: FdtNode): void {
  const psci = root.children.find((node) => node.name === 'psci') ?? addNode(root, 'psci');
  psci.properties.set('compatible', strings('arm,psci-1.0', 'arm,psci-0.2'));
  psci.properties.set('method', strings('smc'));
}

/** The VMM's devices, for guest/linux: its calls are there, and these interrupts are its disks'. */
function addVmm(root: FdtNode, interrupts: readonly number[]): string | undefined {
  const vmm = root.children.find((node) => node.name === 'tz-vmm') ?? addNode(root, 'tz-vmm');
  vmm.properties.set('compatible', strings('worldswitch,tz-vmm'));
  if (interrupts.length === 0) return undefined;
  const tzic = [...walkNodes(root)].find(({ node }) => (toStrings(node.properties.get('compatible') ?? new Uint8Array(0)) ?? []).includes('fsl,tzic'));
  const handle = tzic?.node.properties.get('phandle');
  if (handle === undefined) return 'it has no interrupt controller (fsl,tzic) with a phandle, which the disks\' interrupts need';
  vmm.properties.set('interrupt-parent', handle);
  vmm.properties.set('interrupts', cells([...interrupts]));
  return undefined;
}

/** Whether the normal world cannot use a block: its accesses are refused, or its interrupts go to the secure world. */
export function isSecureBlock({ base, csl, irq }: BlockRow, { secureSlaves, secureInterrupts, emulated = [] }: SecurePartition): boolean {
  if (emulated.includes(base)) return false;
  return csl !== undefined && secureSlaves.includes(csl) || (irq ?? []).some((number) => secureInterrupts.includes(number));
}

/** GPIO properties that a driver works without. */
const OPTIONAL_GPIOS = new Set(['cd-gpios', 'wp-gpios', 'phy-reset-gpios', 'reset-gpios']);
/** Properties that name a part which a device cannot do without. */
const NEEDED_PARTS = new Set(['audio-codec', 'ssi-controller', 'ports', 'ddc-i2c-bus']);
/** Devices that are nothing but their children. */
const COLLECTIONS = ['gpio-keys', 'gpio-leds'];

function disableSecure(root: FdtNode, partition: SecurePartition): string[] {
  const secureBases = new Set(IMX53_BLOCKS.filter((block) => isSecureBlock(block, partition)).map(({ base }) => base));
  const nodes = [...walkNodes(root)];
  const disabled = new Set<FdtNode>();
  const lost = new Set<number>();
  const disable = (node: FdtNode): boolean => {
    if (disabled.has(node)) return false;
    disabled.add(node);
    node.properties.set('status', strings('disabled'));
    for (const { node: below } of walkNodes(node)) for (const handle of toCells(below.properties.get('phandle') ?? new Uint8Array(0)) ?? []) lost.add(handle);
    return true;
  };
  const namesLost = (value: Uint8Array, stride: number): boolean => (toCells(value) ?? []).some((cell, i) => i % stride === 0 && lost.has(cell));

  for (const { node } of nodes) {
    const base = toCells(node.properties.get('reg') ?? new Uint8Array(0))?.[0];
    if (base !== undefined && secureBases.has(base) && node.name.endsWith(`@${base.toString(16)}`)) disable(node);
  }
  // What depends on a lost part may be such a part itself: until nothing changes.
  for (let changed = true; changed;) {
    changed = false;
    for (const { node } of nodes) {
      if (disabled.has(node)) continue;
      for (const [name, value] of [...node.properties]) {
        const gpio = /(^|-)gpios?$/.test(name);
        if (!(gpio && namesLost(value, 3) || (NEEDED_PARTS.has(name) || name.endsWith('-supply')) && namesLost(value, 1))) continue;
        if (OPTIONAL_GPIOS.has(name) || name.endsWith('-supply')) {
          node.properties.delete(name);
          // Without its switch a card slot is asked whether there is a card.
          if (name === 'cd-gpios') node.properties.set('broken-cd', new Uint8Array(0));
        } else changed = disable(node) || changed;
      }
      const kinds = toStrings(node.properties.get('compatible') ?? new Uint8Array(0)) ?? [];
      if (COLLECTIONS.some((kind) => kinds.includes(kind)) && node.children.length > 0 && node.children.every((child) => disabled.has(child))) changed = disable(node) || changed;
    }
  }
  return nodes.filter(({ node }) => disabled.has(node)).map(({ path }) => path);
}
