// A thread for never-returns.ts: Node 20's threads do not inherit the loader of TypeScript.
import { register } from 'tsx/esm/api';

register();
await import('./never-returns.ts');
