@ A loop of eight instructions, three of them memory accesses.
        .include "prelude.s"
kernel:
        ldr     r5, =DATA
        mov     r6, #0
1:      ldr     r1, [r5]
        add     r1, r1, r0
        str     r1, [r5, #4]
        ldr     r2, [r5, #8]
        eor     r6, r6, r1
        add     r6, r6, r2
        subs    r0, r0, #1
        bne     1b
        bx      lr
        .ltorg
