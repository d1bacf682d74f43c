/** Words for DFSR and IFSR (DDI 0406C, table B3-23, short descriptors). */

const SOURCES: Readonly<Record<number, string>> = {
  0x01: 'alignment', 0x02: 'debug event', 0x03: 'access flag, section', 0x04: 'instruction cache maintenance', 0x05: 'translation, section',
  0x06: 'access flag, page', 0x07: 'translation, page', 0x08: 'external abort', 0x09: 'domain, section', 0x0b: 'domain, page',
  0x0c: 'external abort on a table walk, level 1', 0x0d: 'permission, section', 0x0e: 'external abort on a table walk, level 2', 0x0f: 'permission, page',
  0x16: 'imprecise external abort', 0x18: 'imprecise parity error', 0x19: 'parity error', 0x1c: 'parity error on a table walk, level 1',
  0x1e: 'parity error on a table walk, level 2',
};

/** The fault of a status register, `translation, section; write`. */
export function fstatusText(value: number): string {
  const code = (value & 15) | ((value >>> 6) & 0x10);
  const source = SOURCES[code] ?? `fault status 0x${code.toString(16)}`;
  return (value & 0x800) !== 0 ? `${source}; write` : source;
}
