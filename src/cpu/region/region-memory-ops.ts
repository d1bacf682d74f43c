/**
 * `Ops` for the region tier, memory: an access compares its page with that of the last one by the same base register (the page cache of the CPU state), then looks into
 * the table of translations, then asks the host. Where code lies in a section, what it loads mostly does, too: such loads compare sections instead of pages, for
 * a walk that goes through some pages meets that of its last step too seldom to foresee. Loads at constant addresses within the region's pages are constants.
 */
import { ALIGNED, ATOMIC, STORE, UNPRIVILEGED } from '../../isa/ops.ts';
import { I32, OP } from '../../wasm/index.ts';
import { MODE_USR, PAGE_CACHE_SECTIONS, PAGE_CACHE_STORES, PAGE_CACHE_WORDS, STATE, TLB_ADDEND, TLB_READ, TLB_WRITE, tableSlot } from '../layout.ts';
import { PROBE_SECTION, probeInfo } from '../mmu/probe-info.ts';
import { LOOK_UP, PROBE } from '../threaded/services.ts';
import { worldOf } from '../threaded/system-context.ts';
import { pushSectionTag, toEntry } from '../threaded/table-code.ts';
import { type ImmToken, Node, type PlaceToken, Unsupported } from '../threaded/wasm-ops.ts';
import { RegionVectorOps } from './region-vector-ops.ts';

/** A base register whose accesses nearly always meet the page of the last one: their rare way is a call, which is less code than a look into the table. */
const STACK_POINTER = 13;

const at = (word: number): number => word * 4;

export abstract class RegionMemoryOps extends RegionVectorOps {
  override probe(address: Node, bytes: number | ImmToken, unit: 1 | 2 | 4 | 8, access: number): PlaceToken {
    this.effect();
    if ((access & ATOMIC) !== 0) throw new Unsupported('atomic');
    const size = typeof bytes === 'number' ? bytes : bytes.slot;
    if (address.opcode === OP.i32_const && access === 0 && this.facts === undefined && (address.value & (unit - 1)) === 0) {
      const host = this.control.constantData(address.value, size);
      if (host >= 0) return { host: new Node(I32, OP.i32_const, host) };
    }
    const { f } = this;
    const base = baseRegister(address);
    const va = this.force(address);
    const last = size === unit ? va : this.add(va, this.constant(size - unit));
    const store = (access & STORE) !== 0;
    const unprivileged = (access & UNPRIVILEGED) !== 0;
    const bySection = this.control.sectionBytes !== 0 && !store && !unprivileged && base !== STACK_POINTER;
    const piece = bySection ? 0xfff00000 : 0xfffff000;
    const cached = this.#pageCache() + (store ? PAGE_CACHE_STORES : bySection ? PAGE_CACHE_SECTIONS : 0) + base * 2;
    const info = probeInfo(store, unit, size, (access & ALIGNED) !== 0, unprivileged);
    const host = new Node(I32, OP.local_get, -1);
    host.local = this.temporary(I32);
    const low = unit - 1;
    // Code: the table's entry into the host's local, its tag and what that must equal onto the stack.
    const lookUp = (): void => {
      this.push(va);
      toEntry(f, unprivileged ? STATE.tlbUser : STATE.tlb).tee(host.local);
      f.load(at(store ? TLB_WRITE : TLB_READ));
      this.push(last);
      f.i32(0xfffff000 | low).op(OP.i32_and);
    };
    // A pointer that walks stores where its last step did too seldom to foresee; and a store's address may come late.
    const walks = store && (this.control.walking >> base & 1) !== 0;
    const tableFirst = unprivileged || walks;
    if (tableFirst) {
      lookUp();
      f.op(OP.i32_ne);
    } else {
      // Doubles at odd words are rare: they take the longer way.
      const byEight = size === 8 && unit === 4;
      f.i32(0).load(at(cached));
      this.push(va);
      f.i32(piece | (byEight ? 7 : low)).op(OP.i32_and);
      if (size === unit || byEight) {
        f.op(OP.i32_ne);
      } else {
        f.op(OP.i32_xor);
        this.push(va);
        this.push(last);
        f.op(OP.i32_xor).i32(piece).op(OP.i32_and).op(OP.i32_or);
      }
    }
    f.expect(false).if();
    this.conditional(() => {
      const looksHere = !tableFirst && base !== STACK_POINTER;
      if (looksHere) {
        lookUp();
        f.op(OP.i32_eq).expect(true).if();
        f.i32(0);
        if (bySection) pushSectionTag(f, () => { this.push(va); }, host.local, this.control.sectionBytes);
        else {
          this.push(va);
          f.i32(piece).op(OP.i32_and);
        }
        f.store(at(cached));
        f.i32(0).get(host.local).load(at(TLB_ADDEND)).tee(host.local).store(at(cached + 1));
        f.get(host.local);
        this.push(va);
        f.op(OP.i32_add).set(host.local);
        f.else();
      }
      this.push(va);
      if ((looksHere && !bySection) || tableFirst) f.i32(info).call(PROBE);
      else f.i32(at(cached)).i32(bySection ? info | PROBE_SECTION : info).call(LOOK_UP);
      f.tee(host.local).i32(0).op(OP.i32_lt_s).expect(false).if();
      this.conditional(() => { this.leave(); });
      f.end();
      // Tells V8 what the sums of the usual ways tell it: a value of 32 bits that needs no extension to address memory.
      f.get(host.local).i32(0x7fffffff).op(OP.i32_and).set(host.local);
      if (looksHere) f.end();
    });
    f.else();
    if (tableFirst) f.get(host.local).load(at(TLB_ADDEND));
    else f.i32(0).load(at(cached + 1));
    this.push(va);
    f.op(OP.i32_add).set(host.local);
    f.end();
    return { host };
  }

  #pageCache(): number {
    const { mode, nonsecure } = this.context;
    return STATE.pageCache + PAGE_CACHE_WORDS * tableSlot(worldOf(mode, nonsecure), mode !== MODE_USR);
  }

  override load(place: PlaceToken, offset: Node, size: 1 | 2 | 4): Node {
    if (place.host.opcode === OP.i32_const) return this.constant(this.control.constantLoad(place.host.value + offset.value, size));
    return super.load(place, offset, size);
  }

  override store(place: PlaceToken, offset: Node, size: 1 | 2 | 4, value: Node): void {
    this.effect();
    super.store(place, offset, size, value);
  }

  override store64(place: PlaceToken, offset: Node, value: Node): void {
    this.effect();
    super.store64(place, offset, value);
  }

  protected override stored(): void { this.effect(); }

  protected override writeState(word: number, value: Node): void {
    this.effect();
    super.writeState(word, value);
  }
}

/** The register that an address comes from, or 15. */
function baseRegister(address: Node): number {
  let node: Node | undefined = address;
  while (node !== undefined) {
    if (node.opcode === OP.local_get) return node.value >= 0 && node.value < 15 ? node.value : 15;
    if (node.opcode !== OP.i32_add && node.opcode !== OP.i32_sub) return 15;
    node = node.a;
  }
  return 15;
}
