/**
 * ARM semihosting, version 2.0 (ARM DUI 0203 and the specification in ARM's ABI collection): a program calls its host by SVC 0x123456 in A32 or SVC 0xAB in
 * T32, with the operation's number in r0 and an argument or the address of an argument block in r1; the answer comes in r0.
 *
 * Memory is reached as the caller's own loads and stores would reach it. A range that they could not reach makes the call fail with -1 and errno EFAULT.
 * Deviations: SYS_SYSTEM is refused (ENOSYS). Time is the machine's: SYS_TIME counts from an injected start.
 */
import { type Core, GuestMemory, STATE } from '../../cpu/index.ts';
import {
  ERRNO, type HeapInfo, type OpenMode, type SemihostConsole, type SemihostExit, type SemihostFiles, type SemihostStream,
} from './ports.ts';

/** Comment fields of the SVC that mean semihosting (BKPT and HLT forms belong to other profiles). */
export const SEMIHOSTING_SVC_A32 = 0x123456;
export const SEMIHOSTING_SVC_T32 = 0xab;

/** The operations by number. */
export const SEMIHOSTING = {
  SYS_OPEN: 0x01, SYS_CLOSE: 0x02, SYS_WRITEC: 0x03, SYS_WRITE0: 0x04, SYS_WRITE: 0x05, SYS_READ: 0x06, SYS_READC: 0x07, SYS_ISERROR: 0x08, SYS_ISTTY: 0x09,
  SYS_SEEK: 0x0a, SYS_FLEN: 0x0c, SYS_TMPNAM: 0x0d, SYS_REMOVE: 0x0e, SYS_RENAME: 0x0f, SYS_CLOCK: 0x10, SYS_TIME: 0x11, SYS_SYSTEM: 0x12, SYS_ERRNO: 0x13,
  SYS_GET_CMDLINE: 0x15, SYS_HEAPINFO: 0x16, SYS_EXIT: 0x18, SYS_EXIT_EXTENDED: 0x20, SYS_ELAPSED: 0x30, SYS_TICKFREQ: 0x31,
} as const;

export const ADP_STOPPED_RUN_TIME_ERROR = 0x20023;
export const ADP_STOPPED_APPLICATION_EXIT = 0x20026;

/** `:semihosting-features`: the magic, then a byte with SH_EXT_EXIT_EXTENDED and SH_EXT_STDOUT_STDERR. */
const FEATURES = Uint8Array.of(0x53, 0x48, 0x46, 0x42, 0b11);
const FEATURES_NAME = ':semihosting-features';
const CONSOLE_NAME = ':tt';
const MODE_NAMES = ['r', 'rb', 'r+', 'r+b', 'w', 'wb', 'w+', 'w+b', 'a', 'ab', 'a+', 'a+b'] as const;
const OPEN_FILES = 64;
/** A name longer than this is no name; a SYS_WRITE0 string longer than this has lost its NUL. */
const LONGEST_NAME = 4096;
const LONGEST_STRING = 1 << 20;
const CHUNK = 1 << 16;

type Handle =
  | { readonly kind: 'console'; readonly stream: SemihostStream }
  | { readonly kind: 'features'; position: number }
  | { readonly kind: 'file'; readonly file: number };

export interface SemihostingOptions {
  readonly core: Core;
  readonly files: SemihostFiles;
  readonly console: SemihostConsole;
  /** What SYS_GET_CMDLINE answers: the program's name and its arguments. */
  readonly commandLine: Uint8Array;
  readonly heap: HeapInfo;
  /** Nominal instructions a second of virtual time. */
  readonly frequencyHz: number;
  /** The date at count 0, in seconds since 1970. */
  readonly startSeconds: number;
  /** The guest asks to end; the machine is to stop after this instruction. */
  readonly onExit: (exit: SemihostExit) => void;
  readonly log?: (line: string) => void;
}

/** A failure on its way to `call`, which sets errno. */
class Failure extends Error {
  readonly errno: number;
  constructor(errno: number) {
    super();
    this.errno = errno;
  }
}

export class Semihosting {
  /** What SYS_ERRNO answers. */
  errno = 0;
  readonly #options: SemihostingOptions;
  readonly #core: Core;
  readonly #memory: GuestMemory;
  readonly #handles: (Handle | undefined)[] = [];
  readonly #refused = new Set<number>();

  constructor(options: SemihostingOptions) {
    this.#options = options;
    this.#core = options.core;
    this.#memory = new GuestMemory(options.core);
  }

  /** Answers the core's semihosting calls from now on. */
  attach(): void {
    this.#core.hooks.supervisorCall = (imm, thumb) => this.supervisorCall(imm, thumb);
  }

  /** The core's hook: answers an SVC if it is a semihosting call. */
  supervisorCall(imm: number, thumb: boolean): boolean {
    if (imm !== (thumb ? SEMIHOSTING_SVC_T32 : SEMIHOSTING_SVC_A32)) return false;
    const { i32 } = this.#core.memory;
    i32[STATE.r] = this.call(i32[STATE.r]!, i32[STATE.r + 1]! >>> 0) | 0;
    return true;
  }

  /** One call; the answer for r0. */
  call(operation: number, argument: number): number {
    try {
      return this.#dispatch(operation, argument);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.errno = error.errno;
      return -1;
    }
  }

  /** Closes what the guest left open. */
  close(): void {
    for (const handle of this.#handles) if (handle?.kind === 'file') this.#options.files.close(handle.file);
    this.#handles.length = 0;
  }

  #dispatch(operation: number, argument: number): number {
    const { console, files } = this.#options;
    switch (operation) {
      case SEMIHOSTING.SYS_OPEN: return this.#open(this.#name(argument, 0, 2), this.#word(argument, 1));
      case SEMIHOSTING.SYS_CLOSE: return this.#close(this.#word(argument, 0));
      case SEMIHOSTING.SYS_WRITEC: {
        const byte = new Uint8Array(1);
        if (!this.#memory.read(argument, byte)) throw new Failure(ERRNO.EFAULT);
        console.write('stdout', byte);
        return 0;
      }
      case SEMIHOSTING.SYS_WRITE0: {
        const text = this.#memory.readString(argument, LONGEST_STRING);
        if (text === undefined) throw new Failure(ERRNO.EFAULT);
        console.write('stdout', text);
        return 0;
      }
      case SEMIHOSTING.SYS_WRITE: return this.#write(this.#handle(argument), this.#word(argument, 1), this.#word(argument, 2));
      case SEMIHOSTING.SYS_READ: return this.#read(this.#handle(argument), this.#word(argument, 1), this.#word(argument, 2));
      case SEMIHOSTING.SYS_READC: {
        const byte = new Uint8Array(1);
        return console.read(byte) === 0 ? -1 : byte[0]!;
      }
      case SEMIHOSTING.SYS_ISERROR: return (this.#word(argument, 0) | 0) < 0 ? 1 : 0;
      case SEMIHOSTING.SYS_ISTTY: {
        const handle = this.#handle(argument);
        return handle.kind === 'console' && console.isTerminal(handle.stream) ? 1 : 0;
      }
      case SEMIHOSTING.SYS_SEEK: return this.#seek(this.#handle(argument), this.#word(argument, 1));
      case SEMIHOSTING.SYS_FLEN: return this.#length(this.#handle(argument));
      case SEMIHOSTING.SYS_TMPNAM: return this.#temporaryName(this.#word(argument, 0), this.#word(argument, 1), this.#word(argument, 2));
      case SEMIHOSTING.SYS_REMOVE: return checked(files.remove(this.#name(argument, 0, 1)));
      case SEMIHOSTING.SYS_RENAME: return checked(files.rename(this.#name(argument, 0, 1), this.#name(argument, 2, 3)));
      case SEMIHOSTING.SYS_CLOCK: return Math.floor(this.#seconds() * 100);
      case SEMIHOSTING.SYS_TIME: return Math.floor(this.#options.startSeconds + this.#seconds());
      case SEMIHOSTING.SYS_ERRNO: return this.errno;
      case SEMIHOSTING.SYS_GET_CMDLINE: return this.#commandLine(argument);
      case SEMIHOSTING.SYS_HEAPINFO: return this.#heapInfo(this.#word(argument, 0));
      case SEMIHOSTING.SYS_EXIT: return this.#exit(argument, argument === ADP_STOPPED_APPLICATION_EXIT ? 0 : 1);
      case SEMIHOSTING.SYS_EXIT_EXTENDED: {
        const reason = this.#word(argument, 0);
        return this.#exit(reason, reason === ADP_STOPPED_APPLICATION_EXIT ? this.#word(argument, 1) | 0 : 1);
      }
      case SEMIHOSTING.SYS_ELAPSED: {
        const { count } = this.#core;
        this.#putWord(argument, 0, count >>> 0);
        this.#putWord(argument, 1, Math.floor(count / 2 ** 32));
        return 0;
      }
      case SEMIHOSTING.SYS_TICKFREQ: return this.#options.frequencyHz;
      default:
        if (!this.#refused.has(operation)) {
          this.#refused.add(operation);
          this.#options.log?.(operation === SEMIHOSTING.SYS_SYSTEM ? 'semihosting: SYS_SYSTEM is refused' : `semihosting: there is no operation 0x${(operation >>> 0).toString(16)}`);
        }
        throw new Failure(ERRNO.ENOSYS);
    }
  }

  // ---- argument blocks

  #word(block: number, index: number): number {
    const value = this.#memory.readWord(block + index * 4);
    if (value === undefined) throw new Failure(ERRNO.EFAULT);
    return value;
  }

  #putWord(block: number, index: number, value: number): void {
    if (!this.#memory.writeWord(block + index * 4, value)) throw new Failure(ERRNO.EFAULT);
  }

  /** A name given by its address and length in a block. (The NUL that follows it is not looked at.) */
  #name(block: number, addressAt: number, lengthAt: number): Uint8Array {
    const address = this.#word(block, addressAt);
    const length = this.#word(block, lengthAt);
    if (length > LONGEST_NAME) throw new Failure(ERRNO.ENAMETOOLONG);
    const name = new Uint8Array(length);
    if (!this.#memory.read(address, name)) throw new Failure(ERRNO.EFAULT);
    if (name.includes(0)) throw new Failure(ERRNO.EINVAL);
    return name;
  }

  #handle(block: number): Handle {
    const handle = this.#handles[this.#word(block, 0) - 1];
    if (handle === undefined) throw new Failure(ERRNO.EBADF);
    return handle;
  }

  // ---- files

  #open(name: Uint8Array, mode: number): number {
    const slot = this.#freeSlot();
    const fopen = MODE_NAMES[mode];
    if (fopen === undefined) throw new Failure(ERRNO.EINVAL);
    const open: OpenMode = { kind: fopen[0] === 'r' ? 'read' : fopen[0] === 'w' ? 'write' : 'append', update: fopen.includes('+') };
    if (isText(name, CONSOLE_NAME)) {
      this.#handles[slot] = { kind: 'console', stream: open.kind === 'read' ? 'stdin' : open.kind === 'write' ? 'stdout' : 'stderr' };
    } else if (isText(name, FEATURES_NAME)) {
      if (open.kind !== 'read' || open.update) throw new Failure(ERRNO.EACCES);
      this.#handles[slot] = { kind: 'features', position: 0 };
    } else {
      this.#handles[slot] = { kind: 'file', file: checked(this.#options.files.open(name, open)) };
    }
    return slot + 1;
  }

  #freeSlot(): number {
    for (let slot = 0; slot < OPEN_FILES; slot++) if (this.#handles[slot] === undefined) return slot;
    throw new Failure(ERRNO.EMFILE);
  }

  #close(number: number): number {
    const handle = this.#handles[number - 1];
    if (handle === undefined) throw new Failure(ERRNO.EBADF);
    this.#handles[number - 1] = undefined;
    return handle.kind === 'file' ? checked(this.#options.files.close(handle.file)) : 0;
  }

  /** Answers how many bytes were not written. */
  #write(handle: Handle, address: number, length: number): number {
    if (!this.#memory.reaches(address, length, false)) throw new Failure(ERRNO.EFAULT);
    if (handle.kind === 'features' || (handle.kind === 'console' && handle.stream === 'stdin')) throw new Failure(ERRNO.EBADF);
    for (let done = 0; done < length;) {
      const bytes = new Uint8Array(Math.min(CHUNK, length - done));
      this.#memory.read(address + done, bytes);
      let written = bytes.length;
      if (handle.kind === 'console') this.#options.console.write(handle.stream as 'stdout' | 'stderr', bytes);
      else written = this.#options.files.write(handle.file, bytes);
      if (written < 0) {
        if (done === 0) throw new Failure(-written);
        this.errno = -written;
        return length - done;
      }
      done += written;
      if (written < bytes.length) return length - done;
    }
    return 0;
  }

  /** Answers how many bytes of the buffer were not filled: all of them at the end of the file. */
  #read(handle: Handle, address: number, length: number): number {
    if (!this.#memory.reaches(address, length, true)) throw new Failure(ERRNO.EFAULT);
    if (handle.kind === 'console' && handle.stream !== 'stdin') throw new Failure(ERRNO.EBADF);
    for (let done = 0; done < length;) {
      const bytes = new Uint8Array(Math.min(CHUNK, length - done));
      const count = this.#readSome(handle, bytes);
      if (count < 0) {
        if (done === 0) throw new Failure(-count);
        this.errno = -count;
        return length - done;
      }
      this.#memory.write(address + done, bytes.subarray(0, count));
      done += count;
      // A console gives what there is; a file is read until it ends.
      if (count === 0 || handle.kind === 'console') return length - done;
    }
    return 0;
  }

  #readSome(handle: Handle, target: Uint8Array): number {
    if (handle.kind === 'console') return this.#options.console.read(target);
    if (handle.kind === 'file') return this.#options.files.read(handle.file, target);
    const rest = FEATURES.subarray(handle.position, handle.position + target.length);
    target.set(rest);
    handle.position += rest.length;
    return rest.length;
  }

  #seek(handle: Handle, position: number): number {
    if (handle.kind === 'console') throw new Failure(ERRNO.ESPIPE);
    if (handle.kind === 'file') checked(this.#options.files.seek(handle.file, position));
    else handle.position = Math.min(position, FEATURES.length);
    return 0;
  }

  #length(handle: Handle): number {
    if (handle.kind === 'console') throw new Failure(ERRNO.ESPIPE);
    if (handle.kind === 'features') return FEATURES.length;
    const length = checked(this.#options.files.length(handle.file));
    if (length > 0x7fffffff) throw new Failure(ERRNO.EFBIG);
    return length;
  }

  #temporaryName(address: number, id: number, length: number): number {
    if (id > 255) throw new Failure(ERRNO.EINVAL);
    const name = bytesOf(`semihost-${String(id).padStart(3, '0')}.tmp\0`);
    if (length < name.length) throw new Failure(ERRNO.ENAMETOOLONG);
    if (!this.#memory.write(address, name)) throw new Failure(ERRNO.EFAULT);
    return 0;
  }

  // ---- the program and its time

  #commandLine(block: number): number {
    const { commandLine } = this.#options;
    const buffer = this.#word(block, 0);
    if (this.#word(block, 1) < commandLine.length + 1) throw new Failure(ERRNO.ENAMETOOLONG);
    const text = new Uint8Array(commandLine.length + 1);
    text.set(commandLine);
    if (!this.#memory.write(buffer, text)) throw new Failure(ERRNO.EFAULT);
    this.#putWord(block, 1, commandLine.length);
    return 0;
  }

  #heapInfo(block: number): number {
    const { heapBase, heapLimit, stackBase, stackLimit } = this.#options.heap;
    if (!this.#memory.reaches(block, 16, true)) throw new Failure(ERRNO.EFAULT);
    [heapBase, heapLimit, stackBase, stackLimit].forEach((value, index) => { this.#putWord(block, index, value); });
    return 0;
  }

  #exit(reason: number, status: number): number {
    this.#options.onExit({ reason, status });
    return 0;
  }

  #seconds(): number {
    return this.#core.count / this.#options.frequencyHz;
  }
}

function checked(result: number): number {
  if (result < 0) throw new Failure(-result);
  return result;
}

function isText(bytes: Uint8Array, text: string): boolean {
  return bytes.length === text.length && bytes.every((byte, i) => byte === text.charCodeAt(i));
}

/** ASCII only. */
function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
