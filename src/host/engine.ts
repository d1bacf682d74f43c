/** Settings of the host's JavaScript and WebAssembly engine. */
import { setFlagsFromString } from 'node:v8';

/**
 * To be called before the first machine is made, and before a thread for one. Lets V8 heed the branch hints of generated code (the branch hinting proposal, off by
 * default in Node 20): rare ways then no longer cost the usual ones their registers, up to a quarter of a loop's time. And lets its heaps grow slowly: a machine makes
 * hardly any garbage but while it translates, and tens of megabytes of that would stay resident.
 */
export function tuneEngine(): void {
  if (Number.parseInt(process.versions.v8, 10) > LAST_WITH_FLAGS) return;
  setFlagsFromString('--experimental-wasm-branch-hinting');
  setFlagsFromString('--optimize-for-size');
}

/** V8's major version (Node 24's) up to which the flags are known to exist; an unknown one would be complained of on stderr. */
const LAST_WITH_FLAGS = 13;

/** Bytes of memory that this process has resident now. */
export function residentBytes(): number { return process.memoryUsage.rss(); }
