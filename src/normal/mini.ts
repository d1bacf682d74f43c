/**
 * The embedded guest (guest/mini): assembled here from its sources, and placed as a boot loader would place a kernel.
 *
 * It is handed over like an ARM Linux kernel (r0 = 0, r1 = machine type, MMU off, SVC mode, interrupts masked), but r2 is the address of its **mailbox**, 4-byte aligned,
 * in its RAM. Words are little-endian:
 *
 *     0  magic, "MINI"
 *     4  flags: bit 0: print by the serial call instead of UART1; bit 1: no marks around the command's output
 *     8  a command line, closed by NUL: what one would type at the prompt, commands separated by `;`. Empty: show the prompt
 *
 * A command line's output stands between the marks of run-marker.ts, the last command's status in the end mark; then the guest calls PSCI SYSTEM_OFF, or waits for ever where
 * there is no secure world. An r2 that points to something else means a prompt on UART1.
 */
import { allRows, createAssembler, type AssembleResult, type AssemblyError } from '../isa/index.ts';
import { concat, hex, latin1Bytes, utf8 } from './bytes.ts';
import type { LinuxBoot, RamBank } from './linux-boot.ts';

/** The assembler's first source. */
export const MINI_MAIN = 'main.s';
/** All sources, by their names in guest/mini. */
export const MINI_SOURCES = [
  MINI_MAIN, 'layout.inc', 'bank-names.inc', 'start.s', 'exceptions.s', 'console.s', 'line.s', 'parse.s', 'commands.s', 'smc.s', 'storm.s', 'faults.s', 'banks.s',
] as const;

const MAILBOX = { magicAt: 0, flagsAt: 4, textAt: 8, magic: 'MINI', serialCall: 1, noMarks: 2 } as const;
const IMAGE_OFFSET = 0x8000;
/** Variables, buffers and stacks; image and mailbox lie below. */
const WORKSPACE_OFFSET = 0x30000;
const MIB = 1 << 20;
/** The guest's RAM as its page table has it; it uses the first two MiB. */
const RAM_SECTIONS = 256;
const LEAST_RAM = 2 * MIB;
const LONGEST_COMMAND = 4000;
const NO_MACHINE_TYPE = 0xffffffff;

type Assembled = Extract<AssembleResult, { readonly ok: true }>;

export interface MiniImage {
  readonly bytes: Uint8Array;
  /** Address of the first byte and of the first instruction. */
  readonly entry: number;
  readonly ramBase: number;
  readonly symbols: Assembled['symbols'];
  /** Which source line each piece came from. */
  readonly lines: Assembled['lines'];
}

export type MiniBuildResult =
  | { readonly ok: true; readonly image: MiniImage }
  | { readonly ok: false; readonly errors: readonly AssemblyError[] };

/** Assembles the guest for RAM at `ramBase` (whole MiB). `sources` has the texts of MINI_SOURCES by name. */
export function buildMini(sources: Readonly<Record<string, string>>, ramBase = 0x80000000): MiniBuildResult {
  const failure = (message: string): MiniBuildResult => ({ ok: false, errors: [{ file: MINI_MAIN, line: 1, column: 1, message }] });
  const main = sources[MINI_MAIN];
  if (main === undefined) return failure(`no ${MINI_MAIN} among the sources`);
  if (ramBase % MIB !== 0) return failure(`RAM at ${hex(ramBase)} does not begin at a whole MiB`);
  const entry = ramBase + IMAGE_OFFSET;
  const result = createAssembler(allRows).assemble(main, {
    file: MINI_MAIN, origin: entry,
    readInclude: (name) => sources[name],
    symbols: {
      RAM_BASE: ramBase, RAM_SECTIONS, WORKSPACE_OFFSET,
      MAILBOX_MAGIC: word(latin1Bytes(MAILBOX.magic)), MAILBOX_MAGIC_AT: MAILBOX.magicAt, MAILBOX_FLAGS_AT: MAILBOX.flagsAt,
      MAILBOX_TEXT_AT: MAILBOX.textAt, MAILBOX_SERIAL_CALL: MAILBOX.serialCall, MAILBOX_NO_MARKS: MAILBOX.noMarks,
    },
  });
  if (!result.ok) return { ok: false, errors: result.errors };
  const end = Math.max(...result.sections.map(({ address, bytes }) => address + bytes.length));
  if (end + MAILBOX.textAt + LONGEST_COMMAND + 4 > ramBase + WORKSPACE_OFFSET) return failure(`the image ends at ${hex(end)} and leaves no room for the mailbox`);
  const bytes = new Uint8Array(end - entry);
  for (const section of result.sections) bytes.set(section.bytes, section.address - entry);
  return { ok: true, image: { bytes, entry, ramBase, symbols: result.symbols, lines: result.lines } };
}

export interface MiniOptions {
  readonly image: MiniImage;
  /** The first bank holds the guest and must begin where it was built for. */
  readonly ram: readonly RamBank[];
  /** What to do instead of showing the prompt. */
  readonly command?: string;
  /** Print by the serial call. */
  readonly serialCall?: boolean;
  /** Whether the command's output stands between marks; default yes. */
  readonly marks?: boolean;
}

export type MiniBootResult =
  | { readonly ok: true; readonly boot: LinuxBoot }
  | { readonly ok: false; readonly image: 'kernel' | 'append' | 'ram'; readonly error: string };

/** Places the guest; the mailbox follows the image. The result is of placeLinux's shape. */
export function placeMini({ image, ram, command = '', serialCall = false, marks = true }: MiniOptions): MiniBootResult {
  const bank = ram[0];
  if (bank === undefined) return { ok: false, image: 'ram', error: 'no RAM bank for the guest' };
  if (image.ramBase < bank.base || image.ramBase + LEAST_RAM > bank.base + bank.size) {
    return { ok: false, image: 'ram', error: `the bank at ${hex(bank.base)} of ${hex(bank.size)} bytes does not hold the 2 MiB from ${hex(image.ramBase)} that the guest uses` };
  }
  const odd = /[\x00-\x08\x0a-\x1f\x7f]/.exec(command);
  if (odd !== null) return { ok: false, image: 'append', error: `character ${JSON.stringify(odd[0])} at ${odd.index} cannot stand in a command` };
  const text = utf8(command);
  if (text.length > LONGEST_COMMAND) return { ok: false, image: 'append', error: `a command of ${text.length} bytes; there is room for ${LONGEST_COMMAND}` };
  const padding = new Uint8Array((4 - image.bytes.length % 4) % 4);
  const header = new Uint8Array(MAILBOX.textAt);
  header.set(latin1Bytes(MAILBOX.magic), MAILBOX.magicAt);
  header[MAILBOX.flagsAt] = (serialCall ? MAILBOX.serialCall : 0) | (marks ? 0 : MAILBOX.noMarks);
  return {
    ok: true,
    boot: {
      loads: [{ name: 'kernel', address: image.entry, bytes: concat([image.bytes, padding, header, text, new Uint8Array(1)]) }],
      entry: image.entry, r0: 0, r1: NO_MACHINE_TYPE, r2: image.entry + image.bytes.length + padding.length,
    },
  };
}

function word(bytes: Uint8Array): number {
  return (bytes[0]! | bytes[1]! << 8 | bytes[2]! << 16 | bytes[3]! << 24) >>> 0;
}
