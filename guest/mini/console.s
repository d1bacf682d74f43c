@ Characters, text and numbers, out and in.

@ r0 = character. A line ends as a terminal wants it, unless V_RAW.
putc:
    push    {r4, lr}
    mov     r4, r0
    cmp     r0, #'\n'
    bne     1f
    ldr     r1, [r9, #V_RAW]
    cmp     r1, #0
    moveq   r0, #'\r'
    bleq    send
    mov     r0, r4
    bl      send
    mov     r0, #0
    str     r0, [r9, #V_COLUMN]
    pop     {r4, pc}
1:  bl      send
    ldr     r0, [r9, #V_COLUMN]
    add     r0, r0, #1
    str     r0, [r9, #V_COLUMN]
    pop     {r4, pc}

send:
    ldr     r1, [r9, #V_SMC_CONSOLE]
    cmp     r1, #0
    bne     2f
    ldr     r1, =UART1
1:  ldr     r2, [r1, #USR1]
    tst     r2, #1 << 13
    beq     1b
    str     r0, [r1, #UTXD]
    bx      lr
2:  push    {r4-r8, lr}
    mov     r2, r0
    mov     r0, #SERIAL
    mov     r1, #0
    smc     #0
    pop     {r4-r8, pc}

@ Starts a new line where one has been begun.
fresh_line:
    ldr     r0, [r9, #V_COLUMN]
    cmp     r0, #0
    bxeq    lr
newline:
    mov     r0, #'\n'
    b       putc

@ r0 = text.
puts:
    push    {r4, lr}
    mov     r4, r0
1:  ldrb    r0, [r4], #1
    cmp     r0, #0
    popeq   {r4, pc}
    bl      putc
    b       1b

@ r0 = format, r1 to r3 = what stands in it: %s text, %x eight digits with 0x, %u decimal, %c character.
printf:
    push    {r1-r3}
    push    {r4, r5, lr}
    mov     r4, r0
    add     r5, sp, #12
1:  ldrb    r0, [r4], #1
    cmp     r0, #0
    beq     3f
    cmp     r0, #'%'
    beq     2f
    bl      putc
    b       1b
2:  ldrb    r1, [r4], #1
    ldr     r0, [r5], #4
    ldr     lr, =1b
    cmp     r1, #'s'
    beq     puts
    cmp     r1, #'x'
    beq     print_hex
    cmp     r1, #'u'
    beq     print_decimal
    b       putc
3:  pop     {r4, r5, lr}
    add     sp, sp, #12
    bx      lr

print_hex:
    push    {r4, r5, lr}
    mov     r4, r0
    mov     r0, #'0'
    bl      putc
    mov     r0, #'x'
    bl      putc
    mov     r5, #8
1:  ror     r4, r4, #28
    and     r0, r4, #15
    cmp     r0, #10
    addlo   r0, r0, #'0'
    addhs   r0, r0, #'a' - 10
    bl      putc
    subs    r5, r5, #1
    bne     1b
    pop     {r4, r5, pc}

print_decimal:
    push    {r4, lr}
    sub     sp, sp, #16
    add     r4, sp, #15
    mov     r1, #0
    strb    r1, [r4]
1:  mov     r1, #10
    bl      divide
    add     r1, r1, #'0'
    strb    r1, [r4, #-1]!
    cmp     r0, #0
    bne     1b
    mov     r0, r4
    bl      puts
    add     sp, sp, #16
    pop     {r4, pc}

@ r0, r1 = r0 / r1 and the remainder, unsigned. The divisor is not 0.
divide:
    mov     r2, #0
    mov     r3, #0                      @ remainder
    mov     r12, #32
1:  lsls    r0, r0, #1
    adcs    r3, r3, r3
    bcs     2f                          @ the remainder's 33rd bit: larger than any divisor
    cmp     r3, r1
    blo     3f
2:  sub     r3, r3, r1
    orr     r0, r0, #1
3:  subs    r12, r12, #1
    bne     1b
    mov     r1, r3
    bx      lr

@ r0 = the next character of input; waits for it.
getc:
    ldr     r1, =UART1
1:  ldr     r0, [r1, #USR2]
    tst     r0, #1
    bne     2f
    ldr     r0, [r9, #V_WFI]
    cmp     r0, #0
    beq     1b
    dsb
    wfi
    b       1b
2:  ldr     r0, [r1, #URXD]
    uxtb    r0, r0
    bx      lr
    .ltorg
