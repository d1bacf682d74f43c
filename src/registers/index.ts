/** Register maps as data, for devices and for CP15. */
export {
  type FieldClass, type FieldInfo, type FieldName, type FieldSpec, type MapSpec, type RegisterInfo, type RegisterName, type RegisterSpec, type SpecOf,
  RegisterMap, RegisterMapError, defineRegisters,
} from './register-map.ts';
export { type RegisterFileOptions, type RegisterHooks, type RegisterState, RegisterFile } from './register-file.ts';
