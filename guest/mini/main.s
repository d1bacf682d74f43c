@ mini: an embedded guest for the normal world. It has a prompt on UART1 and makes SMCs, reads and writes memory, and provokes faults.
@
@ Loaded at RAM_BASE + 0x8000 and started like a Linux kernel (SVC mode, interrupts masked, MMU off, r0 = 0, r1 = machine type), with r2 = the address of the
@ mailbox that src/normal/mini.ts describes, or of anything else. It runs in the non-secure SVC mode of a normal world, and in secure SVC mode on the bare board.
@
@ Registers by AAPCS, but for r9, which always holds VARS. A command that fails leaves by `fail`, an exception by `command_failed`; both take the stack back.

    .syntax unified
    .arm
    .include "layout.inc"
    .text
    .include "start.s"
    .include "exceptions.s"
    .include "console.s"
    .include "line.s"
    .include "parse.s"
    .include "commands.s"
    .include "smc.s"
    .include "storm.s"
    .include "faults.s"
    .include "banks.s"
