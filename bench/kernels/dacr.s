@ DACR toggled around an access, as a kernel with software PAN does on every entry and user copy.
        .include "prelude.s"
kernel:
        ldr     r1, =DATA
        mov     r2, #1
        mov     r3, #3
1:      mcr     p15, 0, r3, c3, c0, 0
        isb
        ldr     r4, [r1]
        mcr     p15, 0, r2, c3, c0, 0
        isb
        str     r4, [r1, #4]
        subs    r0, r0, #1
        bne     1b
        bx      lr
        .ltorg
