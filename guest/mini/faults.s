@ fault KIND: provokes an exception. The pages are those of start.s.

fault_command:
    push    {r4-r6, lr}
    mov     r0, #1
    bl      word
    mov     r5, r0
    ldr     r4, =fault_kinds
1:  ldr     r0, [r4]
    cmp     r0, #0
    beq     2f
    mov     r1, r5
    bl      same
    cmp     r0, #0
    addeq   r4, r4, #12
    beq     1b
    ldr     r12, [r4, #8]
    blx     r12
    ldr     r0, =no_fault_text          @ it came back
    bl      puts
    mov     r0, #1
    pop     {r4-r6, pc}
2:  ldr     r0, =kinds_text
    bl      puts
    ldr     r4, =fault_kinds
3:  ldr     r1, [r4]
    cmp     r1, #0
    beq     5f
    ldr     r0, =kind_text
    bl      printf
4:  mov     r0, #' '
    bl      putc
    ldr     r0, [r9, #V_COLUMN]
    cmp     r0, #14
    blo     4b
    ldr     r0, [r4, #4]
    bl      puts
    bl      newline
    add     r4, r4, #12
    b       3b
5:  mov     r0, #2
    pop     {r4-r6, pc}

fault_undef:
    udf     #0
    bx      lr
fault_svc:
    push    {lr}                        @ SVC overwrites it, were it to come back
    svc     #66
    pop     {pc}
fault_bkpt:
    bkpt    #0
    bx      lr
fault_data:
    ldr     r0, =NOWHERE
    ldr     r0, [r0]
    bx      lr
fault_page:
    ldr     r0, =PAGE_NONE
    ldr     r0, [r0]
    bx      lr
fault_read_only:
    ldr     r0, =PAGE_READ_ONLY
    str     r0, [r0]
    bx      lr
fault_align:
    ldr     r0, =PAGE_USER + 1
    ldm     r0, {r1, r2}
    bx      lr
fault_prefetch:
    ldr     r0, =NOWHERE
    bx      r0
fault_never:
    ldr     r0, =PAGE_USER
    bx      r0
fault_user:
    mov     r0, #user_read - user_code
    b       enter_user
fault_user_smc:
    mov     r0, #user_smc - user_code
    b       enter_user
fault_user_cps:
    mov     r0, #user_cps - user_code

@ r0 = offset in the user's code page.
enter_user:
    ldr     lr, =PAGE_USER_CODE
    add     lr, lr, r0
    ldr     r1, =PAGE_KERNEL
    mov     r2, #MODE_USR
    msr     spsr_cxsf, r2
    movs    pc, lr

@ Copied to PAGE_USER_CODE.
user_code:
user_read:
    ldr     r0, [r1]
    svc     #1
user_smc:
    smc     #0
    svc     #2
user_cps:                               @ no effect at user level: what comes is the SVC, from user mode
    cps     #MODE_SVC
    svc     #3
user_code_end:
    .ltorg

    .section .rodata
    .balign 4
fault_kinds:
    .word   k_undef, d_undef, fault_undef, k_svc, d_svc, fault_svc, k_bkpt, d_bkpt, fault_bkpt
    .word   k_data, d_data, fault_data, k_page, d_page, fault_page, k_readonly, d_readonly, fault_read_only
    .word   k_align, d_align, fault_align, k_prefetch, d_prefetch, fault_prefetch, k_never, d_never, fault_never
    .word   k_user, d_user, fault_user, k_user_smc, d_user_smc, fault_user_smc, k_user_cps, d_user_cps, fault_user_cps
    .word   0
k_undef: .asciz "undef"
d_undef: .asciz "an undefined instruction"
k_svc: .asciz "svc"
d_svc: .asciz "a supervisor call"
k_bkpt: .asciz "bkpt"
d_bkpt: .asciz "a breakpoint instruction"
k_data: .asciz "data"
d_data: .asciz "a read where no section is mapped"
k_page: .asciz "page"
d_page: .asciz "a read where no page is mapped"
k_readonly: .asciz "readonly"
d_readonly: .asciz "a write to a page that may be read only"
k_align: .asciz "align"
d_align: .asciz "an unaligned load of several registers"
k_prefetch: .asciz "prefetch"
d_prefetch: .asciz "a jump to where nothing is mapped"
k_never: .asciz "never"
d_never: .asciz "a jump to a page that is never executed"
k_user: .asciz "user"
d_user: .asciz "user mode reads a page of the kernel"
k_user_smc: .asciz "user-smc"
d_user_smc: .asciz "an SMC in user mode"
k_user_cps: .asciz "user-cps"
d_user_cps: .asciz "user mode tries to become svc mode, then makes a supervisor call"
kinds_text: .asciz "error: KIND is one of\n"
kind_text: .asciz "  %s"
no_fault_text: .asciz "there was no exception\n"
    .text
    .balign 4
