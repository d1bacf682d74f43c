/** ARM semihosting: a program's console, files, arguments and exit, answered from outside the machine. */
export {
  ADP_STOPPED_APPLICATION_EXIT, ADP_STOPPED_RUN_TIME_ERROR, SEMIHOSTING, SEMIHOSTING_SVC_A32, SEMIHOSTING_SVC_T32, Semihosting, type SemihostingOptions,
} from './semihosting.ts';
export {
  ERRNO, noFiles, type HeapInfo, type OpenMode, type SemihostConsole, type SemihostExit, type SemihostFiles, type SemihostStream,
} from './ports.ts';
