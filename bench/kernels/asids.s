@ A ping-pong over 200 address spaces: TTBR0 and ASID changed by way of the reserved ASID 0, as an operating system does (DDI 0406C, B3.10.4), then a load and a store in a
@ section that each space maps to memory of its own (nG).
        .include "prelude.s"
        .equ    SPACES, 200
        .equ    TABLES, BASE + 0x01000000
        .equ    OWN, BASE + 0x02000000
        .equ    WINDOW, 0x300                   @ number of the section: nothing stands there on either machine
kernel:
        push    {r4-r11, lr}
        mov     r11, r0
        @ each table is a copy of the flat one but for the window
        ldr     r8, =TABLES
        ldr     r9, =OWN + 0x00021c0e           @ section, nG, domain 0, full access, write-back
        mov     r10, #SPACES
1:      ldr     r0, =TABLE
        mov     r1, r8
        mov     r2, #0x4000
2:      ldmia   r0!, {r3-r6}
        stmia   r1!, {r3-r6}
        subs    r2, r2, #16
        bne     2b
        ldr     r2, =WINDOW * 4
        str     r9, [r8, r2]
        add     r8, r8, #0x4000
        add     r9, r9, #0x00100000
        subs    r10, r10, #1
        bne     1b
        dsb

        ldr     r7, =WINDOW << 20
        mov     r6, #0
again:  ldr     r8, =TABLES
        mov     r10, #1
next:   mcr     p15, 0, r6, c13, c0, 1          @ CONTEXTIDR: ASID 0
        isb
        mcr     p15, 0, r8, c2, c0, 0           @ TTBR0
        isb
        mcr     p15, 0, r10, c13, c0, 1         @ CONTEXTIDR: this space's
        isb
        ldr     r0, [r7]
        add     r0, r0, #1
        str     r0, [r7]
        subs    r11, r11, #1
        beq     over
        add     r8, r8, #0x4000
        add     r10, r10, #1
        cmp     r10, #SPACES
        bls     next
        b       again
over:   ldr     r0, =TABLE
        mcr     p15, 0, r6, c13, c0, 1
        isb
        mcr     p15, 0, r0, c2, c0, 0
        isb
        pop     {r4-r11, pc}
        .ltorg
