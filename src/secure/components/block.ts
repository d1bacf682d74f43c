/**
 * The `block` component: a disk of fixed blocks over a store that the host lends, for one client.
 *
 * Requests queue up; the component is called again by its own signal, or after a time by its timer, does what has queued, and signals the client, which collects the replies.
 *
 * Methods: `open()` forgets what is queued and gives `{ blocks, blockSize, writable }`; `submit(tag, write, offset, size, data)` queues a request (bytes; `data` is null
 * for a read) and gives whether it was taken; `replies()` how many replies wait; `next()` how many bytes of data the oldest has, or -1; `collect()` takes it, `{ tag, write, size, data,
 * more }`, or null: `size` is 0 where the store failed.
 */
import type { Component, Env, Plain, StoreSession } from '../component.ts';

export interface BlockOptions {
  readonly name?: string;
  /** Component that is signalled when replies are there. Default `vmm`. */
  readonly client?: string;
  /** Bytes of a block: a power of two from 512 to 4096. Default 512. */
  readonly blockSize?: number;
  readonly readOnly?: boolean;
  /** Virtual time that a request takes, in microseconds; 0 (default): done before the client's guest runs on. */
  readonly latencyUs?: number;
}

export type BlockRequest = { tag: number; write: boolean; offset: number; size: number; data: Uint8Array | null };
export type BlockReply = { tag: number; write: boolean; size: number; data: Uint8Array | null };

export type BlockState = {
  queued: BlockRequest[];
  done: BlockReply[];
  /** Requests that were done since the start. */
  reads: number;
  writes: number;
  errors: number;
};

/** Requests and replies that one client may have waiting. */
export const BLOCK_QUEUE = 64;

function storeOf(env: Env): StoreSession {
  if (env.store === undefined) throw new Error('no store is routed to it');
  return env.store;
}

function requestOf(args: readonly Plain[]): BlockRequest {
  const [tag, write, offset, size, data] = args;
  if (typeof tag !== 'number' || typeof write !== 'boolean' || typeof offset !== 'number' || typeof size !== 'number' || (write ? !(data instanceof Uint8Array) : data !== null)) {
    throw new TypeError('submit takes a tag, whether to write, an offset, a size and data');
  }
  return { tag, write, offset, size, data: data as Uint8Array | null };
}

export function createBlock({ name = 'block0', client = 'vmm', blockSize = 512, readOnly = false, latencyUs = 0 }: BlockOptions = {}): Component<BlockState> {
  if (![512, 1024, 2048, 4096].includes(blockSize)) throw new RangeError(`${blockSize} is no size of a block`);
  const usable = (store: StoreSession): number => Math.floor(store.size / blockSize) * blockSize;
  const writable = (store: StoreSession): boolean => store.writable && !readOnly;

  const later = (env: Env): void => {
    if (latencyUs === 0) env.notify?.(name);
    else if (env.timer === undefined) throw new Error('it has a latency and no timer session');
    else env.timer.triggerOnceUs(latencyUs);
  };

  const work = (state: BlockState, env: Env): void => {
    const store = storeOf(env);
    for (const { tag, write, offset, size, data } of state.queued.splice(0)) {
      const reply: BlockReply = { tag, write, size, data: null };
      try {
        if (data === null) reply.data = store.read(offset, size);
        else store.write(offset, data);
      } catch (error) {
        reply.size = 0;
        state.errors++;
        env.log.write(`${write ? 'write' : 'read'} of ${size} bytes at ${offset} failed: ${error instanceof Error ? error.message : String(error)}`);
      }
      if (write) state.writes++;
      else state.reads++;
      state.done.push(reply);
    }
    if (state.done.length > 0) env.notify?.(client);
  };

  return {
    name,
    initial: () => ({ queued: [], done: [], reads: 0, writes: 0, errors: 0 }),
    on: {
      start: (_state, env) => {
        const store = storeOf(env);
        env.log.write(`${usable(store) / blockSize} blocks of ${blockSize} bytes${writable(store) ? '' : ', read-only'}`);
      },
      signal: (state, env, event) => { if (event.name === name || event.name === 'timer') work(state, env); },
      call: (state, env, method, args): Plain => {
        const store = storeOf(env);
        switch (method) {
          case 'open':
            state.queued = [];
            state.done = [];
            return { blocks: usable(store) / blockSize, blockSize, writable: writable(store) };
          case 'submit': {
            const request = requestOf(args);
            const { write, offset, size, data } = request;
            const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(size) && offset >= 0 && size > 0 && offset % blockSize === 0 && size % blockSize === 0;
            if (!whole || offset + size > usable(store) || (write && !writable(store)) || (data !== null && data.length !== size)) return false;
            if (state.queued.length + state.done.length >= BLOCK_QUEUE) return false;
            state.queued.push(request);
            // What is under way takes the new one along.
            if (state.queued.length === 1) later(env);
            return true;
          }
          case 'collect': {
            const reply = state.done.shift();
            return reply === undefined ? null : { ...reply, more: state.done.length > 0 };
          }
          case 'next': return state.done[0] === undefined ? -1 : state.done[0].data?.length ?? 0;
          case 'replies': return state.done.length;
          default: throw new RangeError(`block has no method ${method}`);
        }
      },
    },
  };
}
