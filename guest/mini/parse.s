@ Lines into commands, commands into words, words into numbers. A line holds commands separated by `;`. A word in double quotes may hold anything else.

@ r0 = text of a line, which is changed. Leaves the last command's status in V_STATUS.
run_line:
    push    {r4-r8, r10, r11, lr}
    str     r0, [r9, #V_NEXT]
    str     sp, [r9, #V_RUN_SP]
    mov     r0, #0
    str     r0, [r9, #V_STATUS]
next_command:
    ldr     r0, [r9, #V_NEXT]
    cmp     r0, #0
    popeq   {r4-r8, r10, r11, pc}
    bl      split
    ldr     r0, [r9, #V_ARGC]
    cmp     r0, #0
    beq     next_command
    bl      dispatch
    str     r0, [r9, #V_STATUS]
    b       next_command

@ Ends the command from wherever it is. r0 = status.
fail:
    ldr     sp, [r9, #V_RUN_SP]
    str     r0, [r9, #V_STATUS]
    b       next_command

@ Ends the command that an exception ended.
command_failed:
    mov     r0, #1
    b       fail

@ Prints `error: ` and r0 = format with r1 to r3, and ends the command: it was not understood.
refuse:
    push    {r0-r3}
    bl      fresh_line
    ldr     r0, =error_text
    bl      puts
    pop     {r0-r3}
    bl      printf
    bl      newline
    mov     r0, #2
    b       fail

@ Splits what follows at V_NEXT up to the end of a command into ARGS and V_ARGC.
split:
    push    {r4-r6, lr}
    ldr     r4, [r9, #V_NEXT]
    ldr     r5, =ARGS
    mov     r6, #0
    ldr     r0, =PAGE_USER
    str     r0, [r9, #V_TEXT]
    str     r6, [r9, #V_ARGC]
1:  ldrb    r0, [r4], #1                @ before a word
    cmp     r0, #' '
    cmpne   r0, #'\t'
    beq     1b
    cmp     r0, #0
    moveq   r4, #0
    beq     6f
    cmp     r0, #';'
    beq     6f
    cmp     r6, #MOST_ARGS
    bhs     7f
    sub     r4, r4, #1
    str     r4, [r5, r6, lsl #2]
    add     r6, r6, #1
    mov     r1, #0                      @ 1: in quotes
2:  ldrb    r0, [r4], #1                @ in a word
    cmp     r0, #0
    beq     4f
    cmp     r0, #'"'
    eoreq   r1, r1, #1
    cmp     r1, #0
    bne     2b
    cmp     r0, #';'
    beq     5f
    cmp     r0, #' '
    cmpne   r0, #'\t'
    bne     2b
    mov     r1, #0
    strb    r1, [r4, #-1]
    b       1b
4:  cmp     r1, #0
    mov     r4, #0
    beq     6f
    str     r4, [r9, #V_NEXT]
    ldr     r0, =quote_text
    b       refuse
5:  mov     r1, #0
    strb    r1, [r4, #-1]
6:  str     r4, [r9, #V_NEXT]
    str     r6, [r9, #V_ARGC]
    pop     {r4-r6, pc}
7:  mov     r4, #0
    str     r4, [r9, #V_NEXT]
    ldr     r0, =words_text
    mov     r1, #MOST_ARGS
    b       refuse

@ r0 = the word of number r0; 0 is the command.
word:
    ldr     r1, =ARGS
    ldr     r0, [r1, r0, lsl #2]
    bx      lr

@ r0 = 1 where two texts r0 and r1 are the same.
same:
1:  ldrb    r2, [r0], #1
    ldrb    r3, [r1], #1
    cmp     r2, r3
    movne   r0, #0
    bxne    lr
    cmp     r2, #0
    bne     1b
    mov     r0, #1
    bx      lr

@ r0 = the value of word r0, a number or @"text"; r1 = the value where there is no such word.
number_or:
    ldr     r2, [r9, #V_ARGC]
    cmp     r0, r2
    movhs   r0, r1
    bxhs    lr
@ r0 = the value of word r0. Ends the command where it is none.
number:
    push    {r4, lr}
    bl      word
    mov     r4, r0
    ldrb    r1, [r4]
    cmp     r1, #'@'
    beq     2f
    bl      parse_number
    cmp     r1, #0
    popeq   {r4, pc}
    cmp     r1, #1
    ldreq   r0, =number_text
    ldrne   r0, =range_text
1:  mov     r1, r4
    b       refuse

2:  ldrb    r1, [r4, #1]                @ @"text"
    cmp     r1, #'"'
    ldrne   r0, =at_text
    bne     1b
    ldr     r0, [r9, #V_TEXT]
    ldr     r3, =PAGE_USER + 0xfff
    mov     r2, r0
    add     r1, r4, #2
3:  ldrb    r12, [r1], #1
    cmp     r12, #'"'
    beq     4f
    cmp     r2, r3
    bhs     5f
    strb    r12, [r2], #1
    b       3b
4:  ldrb    r12, [r1]
    cmp     r12, #0
    strbeq  r12, [r2], #1               @ r12 = 0
    streq   r2, [r9, #V_TEXT]
    popeq   {r4, pc}
    ldr     r0, =at_text
    b       1b
5:  ldr     r0, =long_text
    b       1b

@ r0 = text. r0 = its value; r1 = 0, or 1: not a number, 2: more than 32 bits. Decimal, perhaps with a sign, or hexadecimal with 0x.
parse_number:
    push    {r4-r6, lr}
    mov     r4, #0                      @ value
    mov     r5, #10
    mov     r6, #0                      @ 1: negative
    ldrb    r1, [r0]
    cmp     r1, #'-'
    moveq   r6, #1
    addeq   r0, r0, #1
    ldrb    r1, [r0]
    cmp     r1, #'0'
    bne     1f
    ldrb    r1, [r0, #1]
    orr     r1, r1, #0x20
    cmp     r1, #'x'
    moveq   r5, #16
    addeq   r0, r0, #2
1:  ldrb    r1, [r0], #1                @ the first digit must be there
2:  cmp     r1, #'9'
    bhi     3f
    subs    r1, r1, #'0'
    blo     6f
    b       4f
3:  orr     r1, r1, #0x20
    sub     r1, r1, #'a' - 10
4:  cmp     r1, r5
    bhs     6f
    umull   r2, r3, r4, r5
    adds    r4, r2, r1
    adcs    r3, r3, #0
    bne     5f
    ldrb    r1, [r0], #1
    cmp     r1, #0
    bne     2b
    mov     r0, r4
    cmp     r6, #0
    rsbne   r0, r0, #0
    mov     r1, #0
    pop     {r4-r6, pc}
5:  mov     r1, #2
    pop     {r4-r6, pc}
6:  mov     r1, #1
    pop     {r4-r6, pc}
    .ltorg

    .section .rodata
error_text: .asciz "error: "
quote_text: .asciz "a text without its closing quote"
words_text: .asciz "more than %u words"
number_text: .asciz "'%s' is not a number (decimal, 0x hexadecimal, or @\"text\" for the address of a text)"
range_text: .asciz "'%s' has more than 32 bits"
at_text: .asciz "'%s': a text is written @\"text\""
long_text: .asciz "'%s': texts of one command have room for 4095 bytes"
    .text
    .balign 4
