@ Copies 64 KiB by load and store multiple.
        .include "prelude.s"
kernel:
        push    {r4-r10, lr}
1:      ldr     r1, =DATA
        add     r2, r1, #0x100000
        mov     r3, #0x10000
2:      ldmia   r1!, {r4-r10, r12}
        stmia   r2!, {r4-r10, r12}
        subs    r3, r3, #32
        bne     2b
        subs    r0, r0, #1
        bne     1b
        pop     {r4-r10, pc}
        .ltorg
