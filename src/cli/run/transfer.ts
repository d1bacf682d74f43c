/** What may move to another thread instead of being copied. */

/** The buffers of byte arrays in plain data, as far as each array has one to itself. */
export function ownBuffers(data: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (data instanceof Uint8Array) {
    if (data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength) found.add(data.buffer);
  } else if (typeof data === 'object' && data !== null) {
    for (const value of Object.values(data)) ownBuffers(value, found);
  }
  return found;
}
