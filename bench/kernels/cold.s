@ Code that never gets hot: BLOCKS blocks in a row, written by the program itself, each entered fewer times than a region asks for. An iteration goes through all of them.
@ What writes them does not get hot either: it writes eight of them at a time.
        .include "prelude.s"
kernel:
        push    {r4-r11, lr}
        mov     r11, r0
        ldr     r4, =DATA
        ldr     r5, =BLOCKS
        ldr     r6, =block
        ldm     r6, {r0-r3, r6-r9}
1:      stm     r4!, {r0-r3, r6-r9}
        stm     r4!, {r0-r3, r6-r9}
        stm     r4!, {r0-r3, r6-r9}
        stm     r4!, {r0-r3, r6-r9}
        stm     r4!, {r0-r3, r6-r9}
        stm     r4!, {r0-r3, r6-r9}
        stm     r4!, {r0-r3, r6-r9}
        stm     r4!, {r0-r3, r6-r9}
        subs    r5, r5, #8
        bne     1b
        ldr     r0, return
        str     r0, [r4]
        mov     r0, #0
        mcr     p15, 0, r0, c7, c5, 0           @ ICIALLU
        dsb
        isb
        ldr     r10, =DATA
        mov     r2, #0
        cmp     r11, #0
        beq     3f
2:      blx     r10
        subs    r11, r11, #1
        bne     2b
3:      pop     {r4-r11, pc}
block:
        adds    r0, r0, r1
        eor     r2, r2, r0
        add     r3, r3, r2, lsl #3
        cmp     r3, r0
        addhi   r4, r4, #1
        sub     r5, r5, r4
        orr     r6, r5, r3
        b       next
next:
return: bx      lr
        .ltorg
