/**
 * Fault status codes of the short-descriptor format (DDI 0406C, B3.13.3, table B3-23): FS[4] in bit 10, FS[3:0] in bits 3-0.
 */
export const FAULT_NONE = 0;
export const FAULT_ALIGNMENT = 0x001;
export const FAULT_DEBUG = 0x002;
export const FAULT_ACCESS_SECTION = 0x003;
export const FAULT_ICACHE_MAINTENANCE = 0x004;
export const FAULT_TRANSLATION_SECTION = 0x005;
export const FAULT_ACCESS_PAGE = 0x006;
export const FAULT_TRANSLATION_PAGE = 0x007;
export const FAULT_EXTERNAL = 0x008;
export const FAULT_DOMAIN_SECTION = 0x009;
export const FAULT_DOMAIN_PAGE = 0x00b;
export const FAULT_WALK_EXTERNAL_1 = 0x00c;
export const FAULT_PERMISSION_SECTION = 0x00d;
export const FAULT_WALK_EXTERNAL_2 = 0x00e;
export const FAULT_PERMISSION_PAGE = 0x00f;
export const FAULT_EXTERNAL_ASYNC = 0x406;

/** DFSR.WnR and xFSR.ExT. */
export const FSR_WRITE = 1 << 11;
export const FSR_EXT = 1 << 12;

/** Whether the fault is an external abort: only those can be routed to monitor mode by SCR.EA. */
export function isExternal(status: number): boolean {
  return status === FAULT_EXTERNAL || status === FAULT_WALK_EXTERNAL_1 || status === FAULT_WALK_EXTERNAL_2 || status === FAULT_EXTERNAL_ASYNC;
}
