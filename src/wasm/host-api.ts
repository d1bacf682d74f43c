/**
 * The part of the WebAssembly host interface that Worldswitch uses, typed here because the core floors compile without the DOM's and Node's types.
 */
export interface WasmMemory { readonly buffer: ArrayBuffer }
export interface WasmTable { readonly length: number; get(index: number): unknown; set(index: number, value: unknown): void; grow(by: number): number }
export interface WasmInstance { readonly exports: Readonly<Record<string, unknown>> }
export type WasmModule = Readonly<Record<never, never>>;

interface WasmApi {
  readonly Memory: new (descriptor: { initial: number; maximum: number }) => WasmMemory;
  readonly Table: new (descriptor: { element: 'anyfunc'; initial: number }) => WasmTable;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>) => WasmInstance;
  readonly validate: (bytes: Uint8Array) => boolean;
}

/** The host's WebAssembly. Throws where the host has none. */
export function webAssembly(): WasmApi {
  const api = (globalThis as { WebAssembly?: WasmApi }).WebAssembly;
  if (api === undefined) throw new Error('this host has no WebAssembly');
  return api;
}
