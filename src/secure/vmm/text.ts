/** Text of the guest's: bytes to characters, and made harmless for a log. */

/** `0x` and eight lower-case digits. */
export function hex32(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(8, '0')}`;
}

/** Decodes UTF-8 (RFC 3629); each byte that is no part of a well-formed character becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at]!;
    const more = first < 0x80 ? 0 : first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xf0 && first < 0xf5 ? 3 : -1;
    let point = more <= 0 ? first : first & (0x3f >> more);
    let good = more >= 0;
    for (let i = 1; good && i <= more; i++) {
      const next = bytes[at + i] ?? 0;
      good = (next & 0xc0) === 0x80;
      point = point << 6 | next & 0x3f;
    }
    // Overlong forms, surrogates, beyond Unicode
    if (good && (more === 2 && point < 0x800 || more === 3 && (point < 0x10000 || point > 0x10ffff) || point >= 0xd800 && point < 0xe000)) good = false;
    text += good ? String.fromCodePoint(point) : '�';
    at += good ? more + 1 : 1;
  }
  return text;
}

/** Replaces control characters by their escapes, so that a guest's text cannot drive the terminal that shows the log. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    if (character === '\t') return ' ';
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
