/**
 * The secure world's ARM code: assembled from the sources in the repository when a system is built, placed at its physical addresses.
 */
import { allRows, createAssembler, type LineEntry } from '../isa/index.ts';
import { layoutSymbols, PHYSICAL, VIRTUAL } from './layout.ts';

/** Text of the assembly sources; reading files is the host's work. */
export interface SecureSources {
  /** src/secure/kernel/entry.s */
  readonly entry: string;
  /** src/secure/monitor/vector.s */
  readonly vector: string;
  /** What buildImage makes of them, where that was done before. */
  readonly image?: SecureImage;
}

export interface SecureImage {
  readonly segments: readonly { readonly pa: number; readonly va: number; readonly bytes: Uint8Array }[];
  /** Virtual addresses. */
  readonly symbols: ReadonlyMap<string, number>;
  readonly lines: readonly LineEntry[];
}

/** Assembles the image, unless that was done. Throws with the assembler's messages: the sources are a part of the product. */
export function buildImage(sources: SecureSources): SecureImage {
  if (sources.image !== undefined) return sources.image;
  const assembler = createAssembler(allRows);
  const symbols = layoutSymbols();
  const assemble = (text: string, file: string, sections: Readonly<Record<string, number>>, origin?: number) => {
    const result = assembler.assemble(text, { file, symbols, sections, ...(origin === undefined ? {} : { origin }) });
    if (!result.ok) throw new Error(result.errors.map(({ file: where, line, message }) => `${where}:${line}: ${message}`).join('\n'));
    return result;
  };
  const entry = assemble(sources.entry, 'src/secure/kernel/entry.s', { '.image': VIRTUAL.image, '.supervisor': VIRTUAL.supervisorVector, '.stub': VIRTUAL.stub });
  const kernelEntry = entry.symbols.get('kernel_entry');
  if (kernelEntry === undefined) throw new Error('entry.s defines no kernel_entry');
  symbols.kernel_entry = kernelEntry.value;
  const vector = assemble(sources.vector, 'src/secure/monitor/vector.s', {}, VIRTUAL.monitorVector);
  const physical = new Map<number, number>([
    [VIRTUAL.image, PHYSICAL.image], [VIRTUAL.supervisorVector, PHYSICAL.supervisorVector], [VIRTUAL.monitorVector, PHYSICAL.monitorVector], [VIRTUAL.stub, PHYSICAL.stub],
  ]);
  const segments = [...entry.sections, ...vector.sections].map(({ address, bytes, name }) => {
    const pa = physical.get(address);
    if (pa === undefined) throw new Error(`section ${name} at 0x${address.toString(16)} has no physical place`);
    if (bytes.length > 4096) throw new Error(`section ${name} is larger than its page`);
    return { pa, va: address, bytes };
  });
  const all = new Map<string, number>();
  for (const [name, symbol] of [...entry.symbols, ...vector.symbols]) all.set(name, symbol.value);
  return { segments, symbols: all, lines: [...entry.lines, ...vector.lines] };
}

/** Offset of the SMC's branch in the monitor's vector. */
const SMC_VECTOR = 0x08;

/** The image with the monitor's vector leading to `target` on an SMC: a branch there instead of the one to its own code. */
export function withSmcTarget(image: SecureImage, target: number): SecureImage {
  const segments = image.segments.map((segment) => {
    if (segment.va !== VIRTUAL.monitorVector) return segment;
    const bytes = segment.bytes.slice();
    const distance = target - (segment.va + SMC_VECTOR + 8);
    new DataView(bytes.buffer).setUint32(SMC_VECTOR, (0xea000000 | (distance >> 2) & 0xffffff) >>> 0, true);
    return { ...segment, bytes };
  });
  return { ...image, segments };
}
