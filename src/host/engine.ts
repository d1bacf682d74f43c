/** Settings of the host's JavaScript and WebAssembly engine. */
import { setFlagsFromString } from 'node:v8';

/**
 * To be called before the first machine is made. Lets V8 heed the branch hints of generated code (the branch hinting proposal, off by default in Node 20): rare ways
 * then no longer cost the usual ones their registers, up to a quarter of a loop's time.
 */
export function tuneEngine(): void {
  if (Number.parseInt(process.versions.v8, 10) <= LAST_WITH_FLAG) setFlagsFromString('--experimental-wasm-branch-hinting');
}

/** V8's major version (Node 24's) up to which the flag is known to exist; an unknown one would be complained of on stderr. */
const LAST_WITH_FLAG = 13;

/** Bytes of memory that this process has resident now. */
export function residentBytes(): number { return process.memoryUsage.rss(); }
