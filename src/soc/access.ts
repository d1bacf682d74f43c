/**
 * Attributes of a bus access, as one small integer, so that no access allocates.
 * The bits are the CPU's (`cpu/bus-port.ts`); the masters are the i.MX53's (the order is this model's own).
 */
import { FETCH, MASTER_SHIFT, NONSECURE, PRIVILEGED, WRITE } from '../cpu/bus-port.ts';
import type { BusAccess } from '../cpu/bus-port.ts';

/** Master numbers, as they stand in bits 4-7 of an access. */
export const MASTERS = [
  'CPU', 'SDMA', 'FEC', 'USB', 'SATA', 'eSDHC1', 'eSDHC2', 'eSDHC3', 'eSDHC4', 'GPU', 'DAP', 'MLB', 'RTIC', 'IPU', 'VPU', 'SAHARA',
] as const;
export type MasterName = (typeof MASTERS)[number];

/** Number of a master. */
export function masterNumber(name: MasterName): number {
  return MASTERS.indexOf(name);
}

/** Name of the master of an access. */
export function masterOf(access: BusAccess): MasterName {
  return MASTERS[access >>> MASTER_SHIFT & 15] ?? 'CPU';
}

/** An access in words, as 'non-secure privileged write by SDMA'. */
export function describeAccess(access: BusAccess): string {
  const world = (access & NONSECURE) !== 0 ? 'non-secure' : 'secure';
  const level = (access & PRIVILEGED) !== 0 ? 'privileged' : 'user';
  const kind = (access & WRITE) !== 0 ? 'write' : (access & FETCH) !== 0 ? 'fetch' : 'read';
  return `${world} ${level} ${kind} by ${masterOf(access)}`;
}
