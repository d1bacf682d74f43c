@ What every kernel starts with: secure SVC with the MMU off, at BASE. Maps all memory flat in 1 MiB sections of normal memory, switches MMU and caches on, calls
@ `kernel` with r0 = ITERATIONS, and ends by semihosting.

        .syntax unified
        .arm
        .equ    TABLE, BASE + 0x00400000
        .equ    DATA, BASE + 0x00800000
        .equ    STACK, BASE + 0x00300000

start:
        ldr     r0, =TABLE
        ldr     r1, =0x00001c0e                 @ section, domain 0, full access, write-back
        mov     r2, #4096
1:      str     r1, [r0], #4
        add     r1, r1, #0x00100000
        subs    r2, r2, #1
        bne     1b
        ldr     r0, =TABLE
        mcr     p15, 0, r0, c2, c0, 0           @ TTBR0
        mov     r0, #0
        mcr     p15, 0, r0, c2, c0, 2           @ TTBCR
        mov     r0, #1
        mcr     p15, 0, r0, c3, c0, 0           @ DACR: client
        mov     r0, #0
        mcr     p15, 0, r0, c8, c7, 0           @ TLBIALL
        dsb
        mrc     p15, 0, r0, c1, c0, 0
        ldr     r1, =0x1805                     @ M, C, Z, I
        orr     r0, r0, r1
        mcr     p15, 0, r0, c1, c0, 0
        isb
        ldr     sp, =STACK
        ldr     r0, =ITERATIONS
        bl      kernel
finish:
        mov     r0, #0x18                       @ SYS_EXIT
        ldr     r1, =0x20026                    @ ADP_Stopped_ApplicationExit
        svc     #0x123456
        b       .
