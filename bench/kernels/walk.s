@ A pointer walk over nodes of 64 bytes in pseudo-random order; NODES is a power of two. The next node of i is i * 5 + 3 (mod NODES): one cycle through all.
        .include "prelude.s"
kernel:
        push    {r4-r7, lr}
        ldr     r1, =DATA
        ldr     r2, =NODES
        mov     r3, #0
        sub     r7, r2, #1
1:      add     r4, r3, r3, lsl #2
        add     r4, r4, #3
        and     r4, r4, r7
        add     r5, r1, r3, lsl #6
        add     r4, r1, r4, lsl #6
        str     r4, [r5]
        str     r3, [r5, #4]
        add     r3, r3, #1
        cmp     r3, r2
        bne     1b
        mov     r6, #0
2:      ldr     r5, [r1, #4]
        ldr     r1, [r1]
        add     r6, r6, r5
        subs    r0, r0, #1
        bne     2b
        pop     {r4-r7, pc}
        .ltorg
