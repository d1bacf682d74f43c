/**
 * The normal world's memory as an SMC handler may use it: RAM of the normal world only, every page translated by the CPU's VA-to-PA operations.
 *
 * A refusal is thrown as `SmcRefusal` before anything is written or given to the handler; it ends the call with a status. Ranges are translated in full before
 * the first byte moves.
 */
import type { VmSession } from '../component.ts';
import { decodeUtf8, hex32 } from './text.ts';

/** Ends an SMC with a status (int32; undefined: the definition's) and a reason for the log. */
export class SmcRefusal extends Error {
  readonly status: number | undefined;

  constructor(reason: string, status?: number) {
    super(reason);
    this.name = 'SmcRefusal';
    this.status = status;
  }
}

/** By name: a scenario that was bundled with a library of its own has another class. */
export function isRefusal(error: unknown): error is SmcRefusal {
  return error instanceof Error && error.name === 'SmcRefusal';
}

/** Whose rights the MMU applies: those of the privileged code that executed the SMC, or those of the process under it. */
export type CallerRights = 'kernel' | 'user';

export type GuestMemorySession = Pick<VmSession, 'ram' | 'ramBase' | 'translate'>;

/** Largest range that one helper call moves, in bytes. */
export const MAXIMUM_TRANSFER = 1 << 20;

const PAGE = 4096;
const SPACE = 2 ** 32;

interface Piece {
  /** In the RAM dataspace. */
  readonly offset: number;
  readonly length: number;
}

export class GuestMemory {
  readonly #vm: GuestMemorySession;
  readonly #user: boolean;

  constructor(vm: GuestMemorySession, rights: CallerRights) {
    this.#vm = vm;
    this.#user = rights === 'user';
  }

  /** The physical address behind a virtual one, which must lie in the normal world's RAM. */
  translate(va: number, write = false): number {
    return this.#translatePage(va >>> 0, 1, write) + this.#vm.ramBase;
  }

  readBytes(va: number, length: number): Uint8Array {
    return this.#gather(this.#pieces(va, length, false), length);
  }

  /** Bytes up to a NUL or `maximum`, as UTF-8. Memory behind the NUL need not be readable. */
  readString(va: number, maximum: number): string {
    checkLength(maximum);
    const bytes: number[] = [];
    let at = va >>> 0;
    while (bytes.length < maximum) {
      if (at >= SPACE) throw new SmcRefusal(`the string at ${hex32(va)} runs over the end of the address space`);
      const length = Math.min(PAGE - at % PAGE, maximum - bytes.length);
      for (const byte of this.#vm.ram.read(this.#translatePage(at, length, false), length)) {
        if (byte === 0) return decodeUtf8(Uint8Array.from(bytes));
        bytes.push(byte);
      }
      at += length;
    }
    return decodeUtf8(Uint8Array.from(bytes));
  }

  writeBytes(va: number, bytes: Uint8Array): void {
    this.#scatter(this.#pieces(va, bytes.length, true), bytes);
  }

  readPhysical(pa: number, length: number): Uint8Array {
    checkLength(length);
    return this.#vm.ram.read(this.#ramOffset(pa, length), length);
  }

  writePhysical(pa: number, bytes: Uint8Array): void {
    checkLength(bytes.length);
    this.#vm.ram.write(this.#ramOffset(pa, bytes.length), bytes);
  }

  /** Whether a physical range is RAM of the normal world. */
  isRam(pa: number, length: number): boolean {
    const offset = pa - this.#vm.ramBase;
    return offset >= 0 && offset + length <= this.#vm.ram.size;
  }

  #ramOffset(pa: number, length: number): number {
    if (!this.isRam(pa, length)) throw new SmcRefusal(`${length} bytes at PA ${hex32(pa)} are not RAM of the normal world`);
    return pa - this.#vm.ramBase;
  }

  /** Offset in RAM; the range must not leave its page. */
  #translatePage(va: number, length: number, write: boolean): number {
    const result = this.#vm.translate(va, { write, user: this.#user });
    const who = this.#user ? 'user' : 'kernel';
    if (!result.ok) throw new SmcRefusal(`VA ${hex32(va)}: the normal world's ${who} may not ${write ? 'write' : 'read'} it (fault status 0x${result.status.toString(16)})`);
    const pa = result.pa >>> 0;
    if (!this.isRam(pa, length)) throw new SmcRefusal(`VA ${hex32(va)} leads to PA ${hex32(pa)}, which is not RAM of the normal world`);
    return pa - this.#vm.ramBase;
  }

  #pieces(va: number, length: number, write: boolean): Piece[] {
    checkLength(length);
    const start = va >>> 0;
    if (start + length > SPACE) throw new SmcRefusal(`${length} bytes at VA ${hex32(va)} run over the end of the address space`);
    const pieces: Piece[] = [];
    for (let at = start; at < start + length;) {
      const part = Math.min(PAGE - at % PAGE, start + length - at);
      pieces.push({ offset: this.#translatePage(at, part, write), length: part });
      at += part;
    }
    return pieces;
  }

  #gather(pieces: readonly Piece[], length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      bytes.set(this.#vm.ram.read(piece.offset, piece.length), at);
      at += piece.length;
    }
    return bytes;
  }

  #scatter(pieces: readonly Piece[], bytes: Uint8Array): void {
    let at = 0;
    for (const piece of pieces) {
      this.#vm.ram.write(piece.offset, bytes.subarray(at, at + piece.length));
      at += piece.length;
    }
  }
}

function checkLength(length: number): void {
  if (!Number.isInteger(length) || length < 0 || length > MAXIMUM_TRANSFER) throw new SmcRefusal(`a length of ${length} bytes is not within 0 to ${MAXIMUM_TRANSFER}`);
}
