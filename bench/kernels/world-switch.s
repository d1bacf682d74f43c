@ World switches with the whole context, both ways, in the monitor alone: the normal world calls, the monitor saves user registers, five banks and FIQ's own
@ registers, enters the secure world and comes back. Monitor code of its own, so that it runs unchanged on any machine with TrustZone that resets secure.
        .include "prelude.s"
        .equ    FRAME, BASE + 0x00380000

kernel:
        push    {r4-r11, lr}
        mov     r10, r0
        ldr     r1, =vectors
        mcr     p15, 0, r1, c12, c0, 1          @ MVBAR
        ldr     r1, =TABLE
        cps     #22
        mov     r2, #1
        mcr     p15, 0, r2, c1, c1, 0           @ the normal world's tables: the same
        mcr     p15, 0, r1, c2, c0, 0
        mov     r3, #0
        mcr     p15, 0, r3, c2, c0, 2
        mov     r3, #1
        mcr     p15, 0, r3, c3, c0, 0
        mrc     p15, 0, r3, c1, c0, 0
        ldr     r4, =0x1805
        orr     r3, r3, r4
        mcr     p15, 0, r3, c1, c0, 0
        isb
        ldr     sp, =FRAME
        mov     r3, #0xd3
        msr     spsr_cxsf, r3
        adr     lr, normal
        movs    pc, lr
normal: smc     #0
        subs    r10, r10, #1
        bne     normal
        b       finish

        .balign 32
vectors:
        b       .
        b       .
        b       world_switch
        b       .
        b       .
        b       .
        b       .
        b       .
world_switch:
        stmia   sp, {r0-r14}^
        str     lr, [sp, #60]
        mrs     r1, spsr
        str     r1, [sp, #64]
        mov     r0, sp
        mov     r3, #0
        mcr     p15, 0, r3, c1, c1, 0
        add     r1, r0, #72
        cps     #27
        mrs     r3, spsr
        stmia   r1!, {r3, sp, lr}
        cps     #19
        mrs     r3, spsr
        stmia   r1!, {r3, sp, lr}
        cps     #23
        mrs     r3, spsr
        stmia   r1!, {r3, sp, lr}
        cps     #18
        mrs     r3, spsr
        stmia   r1!, {r3, sp, lr}
        cps     #17
        mrs     r3, spsr
        stmia   r1!, {r3, sp, lr}
        stmia   r1!, {r8-r12}
        cps     #19
        @ here the secure world would work
        add     r1, r0, #72
        cps     #27
        ldmia   r1!, {r3, sp, lr}
        msr     spsr_cxsf, r3
        cps     #19
        ldmia   r1!, {r3, sp, lr}
        msr     spsr_cxsf, r3
        cps     #23
        ldmia   r1!, {r3, sp, lr}
        msr     spsr_cxsf, r3
        cps     #18
        ldmia   r1!, {r3, sp, lr}
        msr     spsr_cxsf, r3
        cps     #17
        ldmia   r1!, {r3, sp, lr}
        msr     spsr_cxsf, r3
        ldmia   r1!, {r8-r12}
        cps     #22
        mov     sp, r0
        mov     r2, #1
        mcr     p15, 0, r2, c1, c1, 0
        ldr     r3, [r0, #64]
        msr     spsr_cxsf, r3
        ldr     lr, [r0, #60]
        ldmia   r0, {r0-r14}^
        movs    pc, lr
        .ltorg
