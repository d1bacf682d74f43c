@ The line editor: backspace, Ctrl-u, Ctrl-c; escape sequences (arrow keys) are taken out.

@ Reads a line into LINE, without its end, closed by NUL.
read_line:
    push    {r4-r7, lr}
    ldr     r4, =LINE
    mov     r5, #0                      @ length
    mov     r6, #0                      @ 1: after ESC; 2: in an escape sequence
1:  bl      getc
    ldr     r7, [r9, #V_LAST]
    str     r0, [r9, #V_LAST]
    cmp     r6, #0
    bne     escape_sequence
    cmp     r0, #'\r'
    beq     line_end
    cmp     r0, #'\n'
    bne     2f
    cmp     r7, #'\r'                   @ the second half of CR LF
    beq     1b
    b       line_end
2:  cmp     r0, #0x1b
    moveq   r6, #1
    beq     1b
    cmp     r0, #0x7f
    cmpne   r0, #0x08
    beq     rub_out
    cmp     r0, #0x15
    beq     rub_out_all
    cmp     r0, #0x03
    beq     abandon
    cmp     r0, #' '
    blo     1b
    ldr     r1, =LINE_SIZE - 1
    cmp     r5, r1
    moveq   r0, #7                      @ full: the bell
    strbne  r0, [r4, r5]
    addne   r5, r5, #1
    bl      putc
    b       1b

rub_out:
    cmp     r5, #0
    beq     1b
    sub     r5, r5, #1
    ldr     r0, =rub_text
    bl      puts
    b       1b

rub_out_all:
    cmp     r5, #0
    beq     1b
    sub     r5, r5, #1
    ldr     r0, =rub_text
    bl      puts
    b       rub_out_all

abandon:
    ldr     r0, =abandon_text
    bl      puts
    mov     r5, #0
line_end:
    mov     r0, #0
    strb    r0, [r4, r5]
    bl      newline
    pop     {r4-r7, pc}

escape_sequence:
    cmp     r6, #1
    bne     2f
    cmp     r0, #'['
    cmpne   r0, #'O'
    moveq   r6, #2
    movne   r6, #0
    b       1b
2:  cmp     r0, #0x40                   @ the final byte
    movhs   r6, #0
    b       1b
    .ltorg

    .section .rodata
rub_text: .asciz "\b \b"
abandon_text: .asciz "^C"
    .text
    .balign 4
