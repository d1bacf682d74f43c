/**
 * The handlers that every table has: evaluate, jump, block entry, fall through, and the fourteen conditions; and the functions that generated code imports
 * (services.ts).
 */
import { FunctionBuilder, type FunctionType, I32, OP } from '../../wasm/index.ts';
import {
  MODE_USR, NO_TAG, PAGE_CACHE_WORDS, REGIME_ENTRIES, REGIME_HASH_DACR, REGIME_HASH_TTBR0, REGIME_WORDS, RETURN_LIMIT, STATE, TLB_ADDEND, TLB_FETCH, TLB_READ, TLB_WRITE,
} from '../layout.ts';
import { PROBE_LOW, PROBE_LOW_SHIFT, PROBE_REST, PROBE_REST_SHIFT, PROBE_SECTION, PROBE_STORE } from '../mmu/probe-info.ts';
import {
  BLOCK_CONTEXT, BLOCK_COST, EXIT_BUDGET, EXIT_HOT, EXIT_JUMP, EXIT_RETURN, HANDLER_ENTRY, HANDLER_JUMP, JUMP_ENTRIES, JUMP_FOLD, RECORD_BYTES, RECORD_COUNT, RECORD_FAR,
  RECORD_FAR_ADDEND, RECORD_HANDLER, RECORD_LINK, RECORD_PC, RECORD_REST,
} from './record.ts';
import { HANDLER_TYPE, STEP_TYPE, TYPE_HANDLER } from './services.ts';
import { pushSectionTag, toEntry } from './table-code.ts';

const RECORD = 0;
const BUDGET = 1;
const at = (word: number): number => word * 4;

function next(f: FunctionBuilder, records = 1): void {
  f.get(RECORD).i32(records * RECORD_BYTES).op(OP.i32_add).get(BUDGET).get(RECORD).load(records * RECORD_BYTES + RECORD_HANDLER).returnCallIndirect(TYPE_HANDLER);
}

/**
 * Tail call into the block that the link in local `block` leads to: straight to the record behind, its cost taken, where the budget suffices; else to the
 * handler of entries, which leaves.
 */
export function enterBlock(f: FunctionBuilder, block: number, budget: number): void {
  const left = f.local();
  f.get(budget).get(block).memory(OP.i32_load16_u, BLOCK_COST, 1).op(OP.i32_sub).tee(left).i32(0).op(OP.i32_ge_s).if();
  f.get(block).i32(RECORD_BYTES).op(OP.i32_add).get(left).get(block).load(RECORD_BYTES + RECORD_HANDLER).returnCallIndirect(TYPE_HANDLER);
  f.end();
  f.get(block).get(budget).i32(HANDLER_ENTRY).returnCallIndirect(TYPE_HANDLER);
}

/** `evaluateIndex`: the imported host function. */
export function evaluateHandler(evaluateIndex: number): FunctionBuilder {
  const f = new FunctionBuilder(HANDLER_TYPE);
  f.i32(0).get(BUDGET).store(at(STATE.budget));
  f.get(RECORD).call(evaluateIndex).if();
  f.i32(0).load(at(STATE.budget)).op(OP.return);
  f.end();
  f.i32(0).load(at(STATE.budget)).set(BUDGET); // a gate takes more than one instruction
  next(f);
  return f;
}

/** Makes STATE.exitRecord the record whose link in local `link` is to be made: none if it is known that it cannot. */
export function wantLink(f: FunctionBuilder, record: number, link: number): void {
  f.i32(0).get(record).i32(0).get(link).op(OP.i32_eqz).op(OP.select).store(at(STATE.exitRecord));
}

/** Pushes whether the last call that waits for its return waits for one to the address with instruction set that `address` pushes, as things stand. */
export function pushWaits(f: FunctionBuilder, address: () => void): void {
  address();
  f.i32(0).load(at(STATE.returnTop)).load(0).op(OP.i32_eq).if(I32);
  f.i32(0).load(at(STATE.tlb)).i32(0).load(at(STATE.context)).op(OP.i32_or).i32(0).load(at(STATE.returnTop)).load(4).op(OP.i32_eq);
  f.else().i32(0).end();
}

export function jumpHandler(jumpCache: number): FunctionBuilder {
  const f = new FunctionBuilder(HANDLER_TYPE);
  const target = RECORD;
  const entry = f.local();
  const host = f.local();
  pushWaits(f, () => { f.get(target).i32(0).load(at(STATE.thumb)).op(OP.i32_or); });
  f.if();
  f.i32(0).i32(EXIT_RETURN).store(at(STATE.exitReason));
  f.get(BUDGET).op(OP.return);
  f.end();
  // Where a link is to be made, the host sees to it; and where too many calls wait for a return that does not come, it forgets them.
  f.block();
  f.i32(0).load(at(STATE.exitRecord)).brIf(0);
  f.i32(0).load(at(STATE.returnTop)).i32(RETURN_LIMIT).op(OP.i32_ge_u).brIf(0);
  toEntry(f.get(target)).tee(entry);
  f.load(at(TLB_FETCH)).get(target).i32(0xfffff000).op(OP.i32_and).op(OP.i32_ne).brIf(0);
  f.get(target).get(entry).load(at(TLB_ADDEND)).op(OP.i32_add).tee(host);
  f.get(host).i32(JUMP_FOLD).op(OP.i32_shr_u).op(OP.i32_xor).i32(3).op(OP.i32_shl).i32((JUMP_ENTRIES - 1) << 4).op(OP.i32_and).set(entry);
  f.get(entry).load(jumpCache).get(host).op(OP.i32_ne).brIf(0);
  f.get(entry).load(jumpCache + 4).get(target).op(OP.i32_ne).brIf(0);
  f.get(entry).load(jumpCache + 8).i32(0).load(at(STATE.context)).op(OP.i32_ne).brIf(0);
  f.get(entry).load(jumpCache + 12).set(entry);
  enterBlock(f, entry, BUDGET);
  f.end();
  f.i32(0).get(target).store(at(STATE.r + 15));
  f.i32(0).i32(EXIT_JUMP).store(at(STATE.exitReason));
  f.get(BUDGET);
  return f;
}

/** Takes the whole block's instructions from the budget, or leaves before the first where they do not fit. */
export function entryHandler(): FunctionBuilder {
  const f = new FunctionBuilder(HANDLER_TYPE);
  f.get(BUDGET).get(RECORD).memory(OP.i32_load16_u, BLOCK_COST, 1).op(OP.i32_lt_s).if();
  f.i32(0).get(RECORD).load(RECORD_PC).store(at(STATE.r + 15));
  f.i32(0).get(RECORD).load(BLOCK_CONTEXT).i32(8).op(OP.i32_shr_u).store(at(STATE.it));
  f.i32(0).i32(EXIT_BUDGET).store(at(STATE.exitReason));
  f.get(BUDGET).op(OP.return);
  f.end();
  f.get(RECORD).i32(RECORD_BYTES).op(OP.i32_add);
  f.get(BUDGET).get(RECORD).memory(OP.i32_load16_u, BLOCK_COST, 1).op(OP.i32_sub);
  f.get(RECORD).load(RECORD_BYTES + RECORD_HANDLER).returnCallIndirect(TYPE_HANDLER);
  return f;
}

/** Passes calls on to the host: a function of WebAssembly needs no wrapper in each module that imports it. */
export function hostFunction(type: FunctionType, hostIndex: number): FunctionBuilder {
  const f = new FunctionBuilder(type);
  type.params.forEach((_, parameter) => { f.get(parameter); });
  f.call(hostIndex);
  return f;
}

/** Goes on with a record. */
export function goFunction(): FunctionBuilder {
  const f = new FunctionBuilder(HANDLER_TYPE);
  f.get(RECORD).get(BUDGET).get(RECORD).load(RECORD_HANDLER).returnCallIndirect(TYPE_HANDLER);
  return f;
}

/**
 * `lookup(va, cached, info)`: where an access goes that the page cache's entry at `cached` does not answer: by the table, which the entry has from then on, or by the
 * host's probe (mmu/probe-info.ts). Negative where it may not go on. Where loads go by sections, the code itself looks into the table before.
 */
export function lookupFunction(probeIndex: number, sectionBytes: number): FunctionBuilder {
  const f = new FunctionBuilder(STEP_TYPE);
  const [va, cached, info] = [0, 1, 2];
  const entry = f.local();
  const addend = f.local();
  const host = f.local();
  const bits = (shift: number, mask: number): FunctionBuilder => f.get(info).i32(shift).op(OP.i32_shr_u).i32(mask).op(OP.i32_and);
  toEntry(f.get(va)).tee(entry);
  // The tag of loads, or the one behind it.
  bits(0, PROBE_STORE).i32(at(TLB_WRITE)).op(OP.i32_mul).op(OP.i32_add).load(at(TLB_READ));
  f.get(va);
  bits(PROBE_REST_SHIFT, PROBE_REST).op(OP.i32_add);
  bits(PROBE_LOW_SHIFT, PROBE_LOW).i32(0xfffff000).op(OP.i32_or).op(OP.i32_and).op(OP.i32_eq).expect(true).if();
  f.get(cached).get(va).i32(0xfffff000).op(OP.i32_and).store(0);
  f.get(cached).get(entry).load(at(TLB_ADDEND)).tee(addend).store(4);
  f.get(addend).get(va).op(OP.i32_add).op(OP.return);
  f.end();
  f.get(va).get(info).call(probeIndex).set(host);
  f.get(info).i32(PROBE_SECTION).op(OP.i32_and).get(host).i32(0).op(OP.i32_ge_s).op(OP.i32_and).if();
  f.get(cached);
  pushSectionTag(f, () => { f.get(va); }, entry, sectionBytes);
  f.store(0);
  f.get(cached).get(entry).load(at(TLB_ADDEND)).store(4);
  f.end();
  f.get(host);
  return f;
}

/** Counts entries down; at zero the host looks whether the block, whose cost is paid, is to become a region. */
export function countHandler(): FunctionBuilder {
  const f = new FunctionBuilder(HANDLER_TYPE);
  const left = f.local();
  f.get(RECORD).get(RECORD).load(RECORD_COUNT).i32(1).op(OP.i32_sub).tee(left).store(RECORD_COUNT);
  f.get(left).op(OP.i32_eqz).if();
  f.i32(0).get(RECORD).load(RECORD_PC).store(at(STATE.r + 15));
  f.i32(0).get(RECORD).store(at(STATE.exitRecord));
  f.i32(0).i32(EXIT_HOT).store(at(STATE.exitReason));
  f.get(BUDGET).get(RECORD).memory(OP.i32_load16_u, BLOCK_COST, 1).op(OP.i32_add).op(OP.return);
  f.end();
  next(f);
  return f;
}

/** The end of a block that falls through to the record's address, with the ITSTATE that holds there. */
export function nextHandler(): FunctionBuilder {
  const f = new FunctionBuilder(HANDLER_TYPE);
  const link = f.local();
  f.get(RECORD).load(RECORD_LINK).tee(link).i32(0).op(OP.i32_gt_s).if();
  enterBlock(f, link, BUDGET);
  f.end();
  // A target in another page: as long as the table leads to the page that it was found in.
  const far = f.local();
  const entry = f.local();
  f.get(RECORD).load(RECORD_FAR).tee(far).if();
  toEntry(f.get(RECORD).load(RECORD_PC).tee(entry));
  f.get(entry).i32(0xfffff000).op(OP.i32_and).set(link).tee(entry).load(at(TLB_FETCH)).get(link).op(OP.i32_eq).if();
  f.get(entry).load(at(TLB_ADDEND)).get(RECORD).load(RECORD_FAR_ADDEND).op(OP.i32_eq).if();
  enterBlock(f, far, BUDGET);
  f.end();
  f.end();
  f.get(RECORD).load(RECORD_LINK).set(link);
  f.end();
  wantLink(f, RECORD, link);
  f.get(RECORD).load(RECORD_REST).i32(16).op(OP.i32_shr_u).if();
  f.i32(0).get(RECORD).load(RECORD_PC).store(at(STATE.r + 15));
  f.i32(0).get(RECORD).load(RECORD_REST).i32(16).op(OP.i32_shr_u).store(at(STATE.it));
  f.i32(0).i32(0).store(at(STATE.exitRecord));
  f.i32(0).i32(EXIT_JUMP).store(at(STATE.exitReason));
  f.get(BUDGET).op(OP.return);
  f.end();
  f.get(RECORD).load(RECORD_PC).get(BUDGET).i32(HANDLER_JUMP).returnCallIndirect(TYPE_HANDLER);
  return f;
}

/** Pushes whether a condition (0-13) holds, as zero or not. */
export function pushCondition(f: FunctionBuilder, condition: number): void {
  const get = (word: number): FunctionBuilder => f.i32(0).load(at(word));
  switch (condition >> 1) {
    case 0: get(STATE.zf).op(OP.i32_eqz); break;
    case 1: get(STATE.cf); break;
    case 2: get(STATE.nf).i32(0).op(OP.i32_lt_s); break;
    case 3: get(STATE.vf).i32(0).op(OP.i32_lt_s); break;
    case 4: get(STATE.cf); get(STATE.zf).i32(0).op(OP.i32_ne).op(OP.i32_and); break;
    case 5: get(STATE.nf); get(STATE.vf).op(OP.i32_xor).i32(0).op(OP.i32_ge_s); break;
    default:
      get(STATE.nf); get(STATE.vf).op(OP.i32_xor).i32(0).op(OP.i32_ge_s);
      get(STATE.zf).i32(0).op(OP.i32_ne).op(OP.i32_and);
  }
  if ((condition & 1) !== 0) f.op(OP.i32_eqz);
}

/** Goes on with the next record where the condition holds, and with the one behind it where it fails. */
export function conditionHandler(condition: number): FunctionBuilder {
  const f = new FunctionBuilder(HANDLER_TYPE);
  pushCondition(f, condition);
  f.if();
  next(f);
  f.end();
  next(f, 2);
  return f;
}

/** `find(world, TTBR0, DACR)`: the offset of their entry in STATE.regimes where both tables are known, 0 otherwise. */
export function findRegime(): FunctionBuilder {
  const f = new FunctionBuilder(STEP_TYPE);
  const entry = f.local();
  f.get(0).i32(REGIME_WORDS * 4).op(OP.i32_mul).i32(at(STATE.regimes)).op(OP.i32_add);
  f.get(1).i32(REGIME_HASH_TTBR0).op(OP.i32_mul).get(2).i32(REGIME_HASH_DACR).op(OP.i32_mul).op(OP.i32_add);
  f.i32(32 - Math.log2(REGIME_ENTRIES)).op(OP.i32_shr_u).i32(4).op(OP.i32_shl).op(OP.i32_add).set(entry);
  f.get(entry).i32(0);
  f.get(entry).load(0).get(1).op(OP.i32_eq).get(entry).load(4).get(2).op(OP.i32_eq).op(OP.i32_and);
  f.get(entry).load(8).i32(0).op(OP.i32_ne).op(OP.i32_and).get(entry).load(12).i32(0).op(OP.i32_ne).op(OP.i32_and);
  f.op(OP.select);
  return f;
}

/** `choose(world, entry, current)`: what Mmu does when a TTBR0 or DACR is written, for values whose tables are known. Returns nothing of use. */
export function chooseRegime(): FunctionBuilder {
  const f = new FunctionBuilder(STEP_TYPE);
  const world = f.local();
  f.get(0).i32(2).op(OP.i32_shl).set(world);
  f.get(world).get(1).load(0).store(at(STATE.TTBR0));
  f.get(world).get(1).load(4).store(at(STATE.DACR));
  for (const privileged of [0, 1]) {
    const table = 8 + privileged * 4;
    const slot = privileged * 2;
    f.get(world).get(1).load(table).store(at(STATE.tables + slot));
    f.get(world).load(at(STATE.pageCacheOf + slot)).get(1).load(table).op(OP.i32_ne).if();
    f.get(world).get(1).load(table).store(at(STATE.pageCacheOf + slot));
    const cache = f.local();
    f.get(0).i32(PAGE_CACHE_WORDS * 4).op(OP.i32_mul).set(cache);
    for (let i = 0; i < PAGE_CACHE_WORDS; i += 2) f.get(cache).i32(NO_TAG).store(at(STATE.pageCache + slot * PAGE_CACHE_WORDS + i));
    f.end();
  }
  f.get(2).if();
  f.i32(0).get(1).load(8).store(at(STATE.tlbUser));
  f.i32(0).get(1).load(8).get(1).load(12).i32(0).load(at(STATE.mode)).i32(MODE_USR).op(OP.i32_eq).op(OP.select).store(at(STATE.tlb));
  f.end();
  f.i32(0);
  return f;
}
