/**
 * Flattened device trees: blob to tree and back.
 *
 * Source: Devicetree Specification v0.4, chapter 5 (version 17 of the format, readable as 16). Names are kept as 8-bit characters and property values as
 * bytes, so that a round trip loses nothing but NOP tokens, padding and the sharing of strings. Stricter than some readers: a property
 * twice in one node, or after a subnode, is refused (section 5.4.2).
 */
import { alignUp, concat, cString, hex, latin1Bytes, view } from './bytes.ts';

export interface FdtNode {
  /** With its unit address (`memory@70000000`); empty for the root. */
  name: string;
  /** In the blob's order. */
  readonly properties: Map<string, Uint8Array>;
  readonly children: FdtNode[];
}

/** An area of memory that the blob reserves, in bytes; 64-bit. */
export interface FdtReservation {
  readonly address: bigint;
  readonly size: bigint;
}

export interface Fdt {
  readonly bootCpu: number;
  readonly reservations: FdtReservation[];
  readonly root: FdtNode;
}

/** `error` is one line without the file's name. */
export type FdtResult = { readonly ok: true; readonly fdt: Fdt } | { readonly ok: false; readonly error: string };

const MAGIC = 0xd00dfeed;
const HEADER_SIZE = 40;
const FDT_BEGIN_NODE = 1;
const FDT_END_NODE = 2;
const FDT_PROP = 3;
const FDT_NOP = 4;
const FDT_END = 9;
const MAXIMUM_DEPTH = 64;

const failure = (error: string): { ok: false; error: string } => ({ ok: false, error });

/** Reads a blob; every offset is checked. Property values are copies. Never throws. */
export function readFdt(blob: Uint8Array): FdtResult {
  if (blob.length < 4 || view(blob).getUint32(0) !== MAGIC) return failure('not a device tree blob (no d0 0d fe ed at its start)');
  if (blob.length < HEADER_SIZE) return failure(`truncated: ${blob.length} bytes, a device tree header has ${HEADER_SIZE}`);
  const header = view(blob);
  const totalSize = header.getUint32(4);
  if (totalSize < HEADER_SIZE) return failure(`total size ${totalSize} is smaller than the header`);
  if (totalSize > blob.length) return failure(`truncated: the header says ${totalSize} bytes, the file has ${blob.length}`);
  const version = header.getUint32(20);
  const lastCompatible = header.getUint32(24);
  if (version < 17 || lastCompatible > 17) return failure(`format version ${version} (readable as ${lastCompatible}) is not version 17`);
  const structStart = header.getUint32(8);
  const stringsStart = header.getUint32(12);
  const structEnd = structStart + header.getUint32(36);
  const stringsEnd = stringsStart + header.getUint32(32);
  if ((structStart & 3) !== 0 || structStart < HEADER_SIZE || structEnd > totalSize) return failure(`the structure block (${hex(structStart)} to ${hex(structEnd)}) is outside the blob or unaligned`);
  if (stringsStart < HEADER_SIZE || stringsEnd > totalSize) return failure(`the strings block (${hex(stringsStart)} to ${hex(stringsEnd)}) is outside the blob`);

  const reservations: FdtReservation[] = [];
  const reserveStart = header.getUint32(16);
  if ((reserveStart & 7) !== 0 || reserveStart < HEADER_SIZE) return failure(`the memory reservation block at ${hex(reserveStart)} is misplaced`);
  for (let at = reserveStart; ; at += 16) {
    if (at + 16 > totalSize) return failure('the memory reservation block has no end');
    const address = header.getBigUint64(at);
    const size = header.getBigUint64(at + 8);
    if (address === 0n && size === 0n) break;
    reservations.push({ address, size });
  }
  const structure = readStructure(blob, structStart, structEnd, stringsStart, stringsEnd);
  if (!structure.ok) return structure;
  return { ok: true, fdt: { bootCpu: header.getUint32(28), reservations, root: structure.root } };
}

function readStructure(blob: Uint8Array, start: number, end: number, stringsStart: number, stringsEnd: number):
  { ok: true; root: FdtNode } | { ok: false; error: string } {
  const words = view(blob);
  const stack: FdtNode[] = [];
  let root: FdtNode | undefined;
  let at = start;
  while (at + 4 <= end) {
    const tokenAt = at;
    const token = words.getUint32(at);
    at += 4;
    const parent = stack.at(-1);
    switch (token) {
      case FDT_BEGIN_NODE: {
        const name = cString(blob, at, end);
        if (name === undefined) return failure(`the node name at ${hex(at)} has no end`);
        at = alignUp(at + name.length + 1, 4);
        if (stack.length >= MAXIMUM_DEPTH) return failure(`nodes are nested deeper than ${MAXIMUM_DEPTH} at ${hex(tokenAt)}`);
        if (parent === undefined && root !== undefined) return failure(`a second root node at ${hex(tokenAt)}`);
        if (parent === undefined && name !== '') return failure(`the root node has a name, ${JSON.stringify(name)}`);
        const node: FdtNode = { name, properties: new Map(), children: [] };
        if (parent === undefined) root = node;
        else parent.children.push(node);
        stack.push(node);
        break;
      }
      case FDT_END_NODE:
        if (stack.pop() === undefined) return failure(`a node ends at ${hex(tokenAt)} that never began`);
        break;
      case FDT_PROP: {
        if (parent === undefined) return failure(`a property outside of any node at ${hex(tokenAt)}`);
        if (at + 8 > end) return failure(`the property at ${hex(tokenAt)} passes the end of the structure block`);
        const length = words.getUint32(at);
        const name = cString(blob, stringsStart + words.getUint32(at + 4), stringsEnd);
        at += 8;
        if (name === undefined || name === '') return failure(`the property at ${hex(tokenAt)} has its name outside the strings block`);
        if (at + length > end) return failure(`the property ${name} at ${hex(tokenAt)} passes the end of the structure block`);
        if (parent.children.length > 0) return failure(`the property ${name} at ${hex(tokenAt)} follows a subnode`);
        if (parent.properties.has(name)) return failure(`the property ${name} at ${hex(tokenAt)} stands twice in one node`);
        parent.properties.set(name, blob.slice(at, at + length));
        at = alignUp(at + length, 4);
        break;
      }
      case FDT_NOP:
        break;
      case FDT_END:
        if (stack.length > 0) return failure(`the tree ends at ${hex(tokenAt)} inside node ${JSON.stringify(parent!.name)}`);
        if (root === undefined) return failure('the tree has no root node');
        return { ok: true, root };
      default:
        return failure(`unknown token ${hex(token)} at ${hex(tokenAt)}`);
    }
  }
  return failure('the structure block has no end token');
}

/** Serialises a tree as a version 17 blob without padding. Throws on a name with characters above U+00FF. */
export function writeFdt(fdt: Fdt): Uint8Array {
  const structure: Uint8Array[] = [];
  const strings: Uint8Array[] = [];
  const offsets = new Map<string, number>();
  let stringsSize = 0;
  const push = (bytes: Uint8Array): void => {
    structure.push(bytes, new Uint8Array(alignUp(bytes.length, 4) - bytes.length));
  };
  const walk = (node: FdtNode): void => {
    push(cells([FDT_BEGIN_NODE]));
    push(nulTerminated(node.name));
    for (const [name, value] of node.properties) {
      let offset = offsets.get(name);
      if (offset === undefined) {
        offset = stringsSize;
        offsets.set(name, offset);
        const bytes = nulTerminated(name);
        strings.push(bytes);
        stringsSize += bytes.length;
      }
      push(cells([FDT_PROP, value.length, offset]));
      push(value);
    }
    for (const child of node.children) walk(child);
    push(cells([FDT_END_NODE]));
  };
  walk(fdt.root);
  push(cells([FDT_END]));

  const reserve = new Uint8Array((fdt.reservations.length + 1) * 16);
  for (const [i, { address, size }] of fdt.reservations.entries()) {
    view(reserve).setBigUint64(i * 16, address);
    view(reserve).setBigUint64(i * 16 + 8, size);
  }
  const structureBlock = concat(structure);
  const structStart = HEADER_SIZE + reserve.length;
  const stringsStart = structStart + structureBlock.length;
  const header = cells([
    MAGIC, stringsStart + stringsSize, structStart, stringsStart, HEADER_SIZE, 17, 16, fdt.bootCpu, stringsSize, structureBlock.length,
  ]);
  return concat([header, reserve, structureBlock, ...strings]);
}

function nulTerminated(text: string): Uint8Array {
  if (text.includes('\0')) throw new RangeError(`NUL in ${JSON.stringify(text)}`);
  return latin1Bytes(`${text}\0`);
}

/** Big-endian 32-bit cells as a property value. */
export function cells(values: readonly number[]): Uint8Array {
  const out = new Uint8Array(values.length * 4);
  for (const [i, value] of values.entries()) view(out).setUint32(i * 4, value);
  return out;
}

/** A property value as uint32 cells, or undefined where its length is no multiple of four. */
export function toCells(value: Uint8Array): number[] | undefined {
  if ((value.length & 3) !== 0) return undefined;
  const words = view(value);
  return Array.from({ length: value.length >> 2 }, (_, i) => words.getUint32(i * 4));
}

/** Strings as a property value: one is `<string>`, several `<stringlist>`. Throws on a NUL or a character above U+00FF. */
export function strings(...values: readonly string[]): Uint8Array {
  return concat(values.map(nulTerminated));
}

/** A property value as its strings, or undefined where it does not end in a NUL. */
export function toStrings(value: Uint8Array): string[] | undefined {
  const out: string[] = [];
  for (let at = 0; at < value.length;) {
    const text = cString(value, at, value.length);
    if (text === undefined) return undefined;
    out.push(text);
    at += text.length + 1;
  }
  return out;
}

/** An empty tree, to build on. */
export function emptyFdt(): Fdt {
  return { bootCpu: 0, reservations: [], root: { name: '', properties: new Map(), children: [] } };
}

/** Adds an empty subnode at the end. Throws where the name is taken or holds a slash. */
export function addNode(parent: FdtNode, name: string): FdtNode {
  if (name === '' || name.includes('/')) throw new RangeError(`${JSON.stringify(name)} is no node name`);
  if (parent.children.some((child) => child.name === name)) throw new RangeError(`node ${name} exists already`);
  const node: FdtNode = { name, properties: new Map(), children: [] };
  parent.children.push(node);
  return node;
}

/** The node at an absolute path. A path component without a unit address also matches the first node whose name has one. */
export function findNode(root: FdtNode, path: string): FdtNode | undefined {
  let node: FdtNode | undefined = root;
  if (!path.startsWith('/')) return undefined;
  for (const component of path.split('/').filter((part) => part !== '')) {
    const children: FdtNode[] = node.children;
    node = children.find((child) => child.name === component)
      ?? children.find((child) => child.name.slice(0, Math.max(0, child.name.indexOf('@'))) === component);
    if (node === undefined) return undefined;
  }
  return node;
}

/** Deletes the node at a path with all below it; false where there is none. The root stays. */
export function deleteNode(root: FdtNode, path: string): boolean {
  const target = findNode(root, path);
  if (target === undefined) return false;
  for (const { node } of walkNodes(root)) {
    const index = node.children.indexOf(target);
    if (index >= 0) {
      node.children.splice(index, 1);
      return true;
    }
  }
  return false;
}

/** Every node with its path, parents first, in the blob's order. */
export function* walkNodes(root: FdtNode, path = '/'): Generator<{ node: FdtNode; path: string }> {
  yield { node: root, path };
  for (const child of root.children) yield* walkNodes(child, `${path === '/' ? '' : path}/${child.name}`);
}

/** Every node that lists `name` in its `compatible` property. */
export function findCompatible(root: FdtNode, name: string): { node: FdtNode; path: string }[] {
  return [...walkNodes(root)].filter(({ node }) => {
    const value = node.properties.get('compatible');
    return value !== undefined && (toStrings(value) ?? []).includes(name);
  });
}
