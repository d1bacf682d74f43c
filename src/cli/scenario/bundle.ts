/**
 * Makes one module of JavaScript of a scenario's files. `worldswitch` stays outside: it is the library that runs already, so that a scenario and the system share
 * one copy of everything.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UsageError } from '../errors.ts';
import type { BundledScenario } from '../run/plan.ts';
import { shortPath } from './place.ts';

const LIBRARY = new URL('../../index.js', import.meta.url);
const NAME = 'worldswitch';

/** Throws UsageError with one line that names the place. */
export async function bundleScenario(file: string): Promise<BundledScenario> {
  if (!existsSync(file)) throw new UsageError(`${file}: no such file`);
  if (!existsSync(fileURLToPath(LIBRARY))) throw new Error('the built program is needed (npm run build)');
  const { build } = await import('esbuild');
  try {
    const { outputFiles } = await build({
      entryPoints: [file], bundle: true, write: false, format: 'esm', platform: 'node', target: 'node20', sourcemap: 'inline', logLevel: 'silent',
      outdir: process.cwd(), sourceRoot: `${pathToFileURL(process.cwd()).href}/`,
      // Assembly text of a routine or an ARM component can stand in a file of its own.
      loader: { '.s': 'text', '.S': 'text' },
      plugins: [{
        name: NAME,
        setup: ({ onResolve }) => {
          onResolve({ filter: new RegExp(`^${NAME}$`) }, () => ({ path: LIBRARY.href, external: true }));
        },
      }],
    });
    return { file, code: outputFiles[0]!.text };
  } catch (error) {
    const [first] = (error as { errors?: readonly { text: string; location: { file: string; line: number } | null }[] }).errors ?? [];
    if (first === undefined) throw error;
    const place = first.location === null ? file : `${shortPath(resolve(first.location.file))}:${first.location.line}`;
    throw new UsageError(`${place}: ${first.text}`);
  }
}
