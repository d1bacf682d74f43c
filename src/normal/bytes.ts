/**
 * Bytes, words and text for the file formats of this folder. This floor sees neither Node nor the DOM, so UTF-8 (RFC 3629) is written here.
 */

/** Encodes a string as UTF-8; a lone surrogate becomes U+FFFD. */
export function utf8(text: string): Uint8Array {
  const out: number[] = [];
  for (const character of text) {
    let point = character.codePointAt(0)!;
    if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
    if (point < 0x80) out.push(point);
    else if (point < 0x800) out.push(0xc0 | (point >> 6), 0x80 | (point & 63));
    else if (point < 0x10000) out.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    else out.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
  }
  return Uint8Array.from(out);
}

/** Decodes bytes as ISO 8859-1: each byte is one character, so that any name survives a round trip through `latin1Bytes`. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** The inverse of `latin1`; throws on a character above U+00FF. */
export function latin1Bytes(text: string): Uint8Array {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) throw new RangeError(`not an 8-bit character in ${JSON.stringify(text)}`);
    out[i] = code;
  }
  return out;
}

/** The string from `start` to the next NUL, or undefined where no NUL comes before `end`. */
export function cString(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (start < 0 || start >= end || end > bytes.length) return undefined;
  const stop = bytes.indexOf(0, start);
  return stop < 0 || stop >= end ? undefined : latin1(bytes.subarray(start, stop));
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** `value` rounded up to a multiple of `alignment`, a power of two (also above 2^32). */
export function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

export function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** `0x` and at least eight lower-case digits, as the error messages of this folder spell addresses. */
export function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
