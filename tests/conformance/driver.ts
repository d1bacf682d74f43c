/**
 * One suite, many CPUs: what runs a bare-metal image, and what comes back.
 *
 * An image is assembled from the prelude and one case file. It records words under names, and a log of every exception that its vectors took; both
 * lie in memory at fixed addresses when it ends.
 */
export interface Image {
  readonly name: string;
  readonly elf: string;
  readonly bytes: Uint8Array;
  /** Names of the recorded words, in order of their places. */
  readonly names: readonly string[];
}

/** One exception as its vector saw it. */
export interface LoggedException {
  /** Which vector table and which vector: `secure undefined`. */
  readonly kind: string;
  readonly lr: number;
  readonly spsr: number;
  readonly cpsr: number;
  readonly dfsr: number;
  readonly dfar: number;
  readonly ifsr: number;
  readonly ifar: number;
}

export interface Outcome {
  /** Whether the image came to its end. */
  readonly finished: boolean;
  /** By name; a word that was not recorded has NOT_RECORDED. */
  readonly records: ReadonlyMap<string, number>;
  readonly log: readonly LoggedException[];
}

export interface CpuDriver {
  readonly name: string;
  /** Why it cannot run here, if so. */
  readonly unavailable: string | undefined;
  run(image: Image): Outcome;
}

export const NOT_RECORDED = 0xdeadbeef;

/** Addresses that the prelude has, too (its symbols are made from these). */
export const PLACES = {
  TEXT: 0x40200000,
  RESULTS: 0x40300000,
  RESULT_BYTES: 0x3000,
  LOG: 0x40300100,
  LOG_ENTRIES: 96,
  SLOTS: 0x40301000,
  STACKS: 0x40310000,
  TABLE_S: 0x40320000,
  TABLE_N: 0x40324000,
  LEVEL2: 0x40328000,
  /** Pages for cases to use as they like. */
  PAGES: 0x40340000,
  SECURE_RAM: 0x0e000000,
  /** A range where nothing answers. */
  NOTHING: 0xe0000000,
  PIC: 0x01c20400,
  PIT: 0x01c20c00,
} as const;

const FINISHED = 0x600df00d;
const KINDS = ['reset', 'undefined', 'svc', 'prefetch abort', 'data abort', 'unused', 'irq', 'fiq'];
const TABLES = ['secure', 'normal', 'monitor'];

/** What the image left at RESULTS. */
export function readOutcome(image: Image, results: Uint8Array): Outcome {
  const view = new DataView(results.buffer, results.byteOffset, results.length);
  const word = (at: number): number => view.getUint32(at, true);
  const count = Math.min(word(4), PLACES.LOG_ENTRIES);
  const log = Array.from({ length: count }, (_, i): LoggedException => {
    const at = PLACES.LOG - PLACES.RESULTS + i * 32;
    const kind = word(at);
    return {
      kind: `${TABLES[kind >>> 8] ?? kind >>> 8} ${(kind & 0xff) === 2 && kind >>> 8 === 2 ? 'smc' : KINDS[kind & 0xff] ?? kind & 0xff}`,
      lr: word(at + 4), spsr: word(at + 8), cpsr: word(at + 12), dfsr: word(at + 16), dfar: word(at + 20), ifsr: word(at + 24), ifar: word(at + 28),
    };
  });
  const records = new Map(image.names.map((name, i) => [name, word(PLACES.SLOTS - PLACES.RESULTS + i * 4)]));
  return { finished: word(0) === FINISHED, records, log };
}
