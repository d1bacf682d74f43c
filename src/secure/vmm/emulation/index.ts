/** Devices that the VMM emulates. */
export { device, type DeviceAccess, type DeviceDefinition, type DeviceRegisters, type DeviceVm, type DeviceWrite, type EmulatedDevice } from './device.ts';
