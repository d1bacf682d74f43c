@ storm COUNT [SEED]: calls by random, half of them with random registers, half with numbers from the table and boundary values. Calls that end, suspend or
@ reset are left out. A VMM that pauses its VM on an unknown call ends the storm: it wants to be set to NOT_SUPPORTED.

    .equ OUTCOMES, VARS + 0x700         @ counts: NOT_SUPPORTED, INVALID_PARAMETERS, DENIED, other errors, 0, other values
    .equ BOUNDARY_COUNT, 24

storm_command:
    push    {r4-r8, r10, r11, lr}
    bl      need_secure_world
    mov     r0, #1
    bl      number
    mov     r11, r0
    mov     r0, #2
    mov     r1, #1
    bl      number_or
    cmp     r0, #0                      @ the generator's one bad seed
    moveq   r0, #1
    str     r0, [r9, #V_SEED]
    ldr     r10, =OUTCOMES
    mov     r0, #0
    mov     r1, #0
    mov     r2, #0
    stm     r10, {r0-r2}
    add     r3, r10, #12
    stm     r3, {r0-r2}
    mov     r4, #0                      @ calls so far
    ldr     r5, =SMC_REGISTERS
1:  cmp     r4, r11
    bhs     9f
2:  bl      random
    str     r0, [r5]
    tst     r4, #1
    beq     3f
    mov     r1, #CALL_COUNT
    bl      divide
    ldr     r0, =call_table
    ldr     r0, [r0, r1, lsl #3]
    str     r0, [r5]
    b       4f
3:  and     r1, r0, #3                  @ half of the random numbers are small or near those that exist
    cmp     r1, #2
    blo     4f
    ubfx    r0, r0, #8, #7
    orreq   r0, r0, #0x80000000
    orrhi   r0, r0, #0x84000000
    str     r0, [r5]
4:  ldr     r0, [r5]
    bl      forbidden
    cmp     r0, #0
    bne     2b
    mov     r6, #1
5:  bl      random
    tst     r4, #1
    tstne   r0, #0x300                  @ of the second half a quarter are random too
    beq     6f
    lsr     r0, r0, #10
    mov     r1, #BOUNDARY_COUNT
    bl      divide
    ldr     r0, =boundaries
    ldr     r0, [r0, r1, lsl #2]
6:  str     r0, [r5, r6, lsl #2]
    add     r6, r6, #1
    cmp     r6, #8
    blo     5b
    bl      call
    ldr     r0, [r5]
    mvn     r1, r0                      @ -1 is 0 now, -2 is 1 ...
    cmp     r1, #3
    blo     7f
    cmp     r1, #ERROR_COUNT
    movlo   r1, #3
    blo     7f
    cmp     r0, #0
    moveq   r1, #4
    movne   r1, #5
7:  ldr     r0, [r10, r1, lsl #2]
    add     r0, r0, #1
    str     r0, [r10, r1, lsl #2]
    add     r4, r4, #1
    b       1b

9:  ldr     r0, =storm_text
    mov     r1, r4
    ldr     r2, [r10, #16]
    ldr     r3, [r10, #20]
    bl      printf
    ldr     r0, =storm_errors_text
    ldr     r1, [r10]
    ldr     r2, [r10, #4]
    ldr     r3, [r10, #8]
    bl      printf
    ldr     r0, =storm_others_text
    ldr     r1, [r10, #12]
    bl      printf
    mov     r0, #0
    pop     {r4-r8, r10, r11, pc}

@ r0 = the next random number (xorshift with shifts 13, 17, 5).
random:
    ldr     r0, [r9, #V_SEED]
    eor     r0, r0, r0, lsl #13
    eor     r0, r0, r0, lsr #17
    eor     r0, r0, r0, lsl #5
    str     r0, [r9, #V_SEED]
    bx      lr

@ r0 = number. r0 = 1 where it would end, suspend or reset.
forbidden:
    ldr     r1, =forbidden_table
1:  ldr     r2, [r1], #4
    cmp     r2, #0
    moveq   r0, #0
    bxeq    lr
    cmp     r2, r0
    bne     1b
    mov     r0, #1
    bx      lr
    .ltorg

    .section .rodata
    .balign 4
forbidden_table:
    .word   0x84000001, 0x84000002, 0x84000005, 0x84000008, 0x84000009, 0x8400000b, 0x8400000c, 0x8400000e, 0x84000012, 0
boundaries:
    .word   0, 1, 2, 3, 4, 7, 8, 10, 11, 64, 0x1000, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffc
    .word   0x70000000, 0x7ffffffc, RAM_BASE, RAM_BASE + (RAM_SECTIONS << 20) - 4, RAM_BASE + (RAM_SECTIONS << 20), PAGE_USER, PAGE_USER + 1, PAGE_READ_ONLY, NOWHERE
storm_text: .asciz "%u calls: %u returned 0, %u another value"
storm_errors_text: .asciz ", %u NOT_SUPPORTED, %u INVALID_PARAMETERS, %u DENIED"
storm_others_text: .asciz ", %u other errors\n"
    .text
    .balign 4
