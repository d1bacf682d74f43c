/** A WebAssembly module builder and the host interface to run what it builds. */
export * from './builder.ts';
export * from './host-api.ts';
export * from './opcodes.ts';
