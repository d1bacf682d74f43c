@ Integer work of mixed kinds: a CRC by bits, a small matrix product, a linked list searched, a state machine over text, calls between them.
        .include "prelude.s"

@ r0 data byte, r1 crc -> r1
crc8:
        eor     r1, r1, r0
        mov     r2, #8
1:      lsrs    r1, r1, #1
        eorcs   r1, r1, r3
        subs    r2, r2, #1
        bne     1b
        bx      lr

@ 8 x 8 product: r4 A, r5 B, r6 C
matrix:
        push    {r7-r11, lr}
        mov     r7, #0
row:    mov     r8, #0
column: mov     r9, #0
        mov     r10, #0
        add     r0, r4, r7, lsl #5
        add     r1, r5, r8, lsl #2
inner:  ldr     r2, [r0], #4
        ldr     r3, [r1], #32
        mla     r9, r2, r3, r9
        add     r10, r10, #1
        cmp     r10, #8
        bne     inner
        add     r11, r6, r7, lsl #5
        str     r9, [r11, r8, lsl #2]
        add     r8, r8, #1
        cmp     r8, #8
        bne     column
        add     r7, r7, #1
        cmp     r7, #8
        bne     row
        pop     {r7-r11, pc}

@ r0 list, r1 value -> r0 node or 0
find:   cmp     r0, #0
        bxeq    lr
        ldr     r2, [r0, #4]
        cmp     r2, r1
        ldrne   r0, [r0]
        bne     find
        bx      lr

@ Counts the numbers in a text: r0 text -> r0
scan:   mov     r1, #0
        mov     r2, #0
next:   ldrb    r3, [r0], #1
        cmp     r3, #0
        beq     done
        cmp     r3, #'0'
        blo     other
        cmp     r3, #'9'
        bhi     other
        cmp     r2, #0
        addeq   r1, r1, #1
        mov     r2, #1
        b       next
other:  mov     r2, #0
        b       next
done:   mov     r0, r1
        bx      lr

kernel:
        push    {r4-r11, lr}
        mov     r11, r0
        ldr     r4, =DATA
        add     r5, r4, #256
        add     r6, r4, #512
        @ a list of 32 nodes at DATA + 1024
        add     r7, r4, #1024
        mov     r8, #0
1:      add     r9, r7, #16
        cmp     r8, #31
        moveq   r9, #0
        str     r9, [r7]
        str     r8, [r7, #4]
        add     r7, r7, #16
        add     r8, r8, #1
        cmp     r8, #32
        bne     1b
        mov     r8, #0
2:      str     r8, [r4, r8, lsl #2]
        str     r8, [r5, r8, lsl #2]
        add     r8, r8, #1
        cmp     r8, #64
        bne     2b
again:  bl      matrix
        ldr     r3, =0xedb88320
        mov     r10, #0
        mov     r1, #0
3:      ldr     r0, [r6, r10, lsl #2]
        bl      crc8
        add     r10, r10, #1
        cmp     r10, #64
        bne     3b
        str     r1, [r4]
        mov     r10, #0
4:      add     r0, r4, #1024
        mov     r1, r10
        bl      find
        add     r10, r10, #3
        cmp     r10, #30
        blo     4b
        adr     r0, text
        bl      scan
        str     r0, [r5, #4]
        subs    r11, r11, #1
        bne     again
        pop     {r4-r11, pc}
text:   .asciz  "12 monkeys, 7 brides, 3.14159 and 0x1f; 42 is 6 by 9 in base 13, 1984 comes after 1983."
        .align  2
        .ltorg
