@ The vectors, and what is printed of an exception. Source: DDI 0406C, B1.8 (exceptions), B3.13 (fault status).

    .balign 32
vectors:
    b       .                           @ reset never comes here
    b       undefined_entry
    b       svc_entry
    b       prefetch_entry
    b       data_entry
    b       .                           @ no exception
    b       irq_entry
    b       fiq_entry

@ Nothing is kept of what was running: an exception ends its command. r6 = the address that the return address stands for.
undefined_entry:
    ldr     r9, =VARS
    ldr     r8, [r9, #V_RESUME]
    cmp     r8, #0
    movne   lr, r8
    movsne  pc, lr                      @ it was expected
    mrs     r5, spsr
    tst     r5, #1 << 5
    subne   r6, lr, #2
    subeq   r6, lr, #4
    ldr     r4, =print_undefined
    b       exception
svc_entry:
    mrs     r5, spsr
    tst     r5, #1 << 5
    subne   r6, lr, #2
    subeq   r6, lr, #4
    ldr     r4, =print_svc
    b       exception
prefetch_entry:
    sub     r6, lr, #4
    ldr     r4, =print_prefetch
    b       exception
data_entry:
    sub     r6, lr, #8
    ldr     r4, =print_data
    b       exception
irq_entry:
    sub     r6, lr, #4
    ldr     r4, =print_irq
    b       exception
fiq_entry:
    sub     r6, lr, #4
    ldr     r4, =print_fiq

exception:
    mrs     r5, spsr
    cpsid   if, #MODE_SVC
    ldr     r9, =VARS
    ldr     sp, [r9, #V_RUN_SP]
    cmp     sp, #0
    beq     .                           @ before the first command there is nothing to go back to
    bl      fresh_line
    blx     r4
    cpsie   a
    b       command_failed

@ r0 = what happened, as a text.
print_place:
    push    {r4, lr}
    mov     r4, r0
    and     r0, r5, #31
    bl      mode_name
    mov     r3, r0
    mov     r2, r6
    mov     r1, r4
    ldr     r0, =place_text
    bl      printf
    pop     {r4, pc}

print_undefined:
    push    {r4, lr}
    ldr     r0, =undefined_text
    bl      print_place
    tst     r5, #1 << 5
    bne     1f
    ldr     r1, [r6]
    ldr     r0, =instruction_text
    bl      printf
1:  bl      newline
    pop     {r4, pc}

print_svc:
    push    {r4, lr}
    ldr     r0, =svc_text
    bl      print_place
    tst     r5, #1 << 5
    ldreq   r1, [r6]
    biceq   r1, r1, #0xff000000
    ldrbne  r1, [r6]
    ldr     r0, =svc_number_text
    bl      printf
    pop     {r4, pc}

print_prefetch:
    push    {r4, lr}
    ldr     r0, =prefetch_text
    bl      print_place
    bl      newline
    mrc     p15, 0, r1, c5, c0, 1       @ IFSR
    mov     r7, r1
    ldr     r0, =ifsr_text
    bl      printf
    mov     r0, r7
    bl      print_status
    bl      newline
    pop     {r4, pc}

print_data:
    push    {r4, lr}
    mrc     p15, 0, r7, c5, c0, 0       @ DFSR
    mrc     p15, 0, r8, c6, c0, 0       @ DFAR
    ldr     r0, =data_text
    bl      print_place
    and     r0, r7, #0xf
    tst     r7, #1 << 10
    orrne   r0, r0, #16
    cmp     r0, #0x16                   @ asynchronous: DFAR tells nothing
    cmpne   r0, #0x18
    ldreq   r0, =unknown_address_text
    beq     1f
    tst     r7, #1 << 11
    ldreq   r0, =reading_text
    ldrne   r0, =writing_text
1:  mov     r1, r8
    bl      printf
    bl      newline
    ldr     r0, =dfsr_text
    mov     r1, r7
    bl      printf
    mov     r0, r7
    bl      print_status
    bl      newline
    pop     {r4, pc}

print_irq:
    ldr     r0, =irq_text
    b       1f
print_fiq:
    ldr     r0, =fiq_text
1:  push    {r4, lr}
    bl      print_place
    bl      newline
    pop     {r4, pc}

@ r0 = DFSR or IFSR.
print_status:
    push    {r4, lr}
    and     r1, r0, #0xf
    tst     r0, #1 << 10
    orrne   r1, r1, #16
    mov     r0, r1
    bl      fault_name
    bl      puts
    pop     {r4, pc}

@ r0 = fault status FS[4:0]. r0 = its name.
fault_name:
    ldr     r1, =fault_table
1:  ldr     r2, [r1], #8
    cmp     r2, r0
    cmpne   r2, #32
    bne     1b
    ldr     r0, [r1, #-4]
    bx      lr

@ r0 = mode. r0 = its name.
mode_name:
    ldr     r1, =mode_table
1:  ldr     r2, [r1], #8
    cmp     r2, r0
    cmpne   r2, #32
    bne     1b
    ldr     r0, [r1, #-4]
    bx      lr
    .ltorg

    .section .rodata
    .balign 4
mode_table:
    .word   16, m_usr, 17, m_fiq, 18, m_irq, 19, m_svc, 22, m_mon, 23, m_abt, 27, m_und, 31, m_sys, 32, m_none
fault_table:
    .word   0x01, f_01, 0x02, f_02, 0x03, f_03, 0x04, f_04, 0x05, f_05, 0x06, f_06, 0x07, f_07, 0x08, f_08, 0x09, f_09, 0x0b, f_0b
    .word   0x0c, f_0c, 0x0d, f_0d, 0x0e, f_0e, 0x0f, f_0f, 0x16, f_16, 0x18, f_18, 0x19, f_19, 0x1c, f_1c, 0x1e, f_1e, 32, f_none
m_usr: .asciz "usr"
m_fiq: .asciz "fiq"
m_irq: .asciz "irq"
m_svc: .asciz "svc"
m_mon: .asciz "mon"
m_abt: .asciz "abt"
m_und: .asciz "und"
m_sys: .asciz "sys"
m_none: .asciz "unknown"
f_01: .asciz "alignment fault"
f_02: .asciz "debug event"
f_03: .asciz "access flag fault, section (level 1)"
f_04: .asciz "fault of instruction cache maintenance"
f_05: .asciz "translation fault, section (level 1)"
f_06: .asciz "access flag fault, page (level 2)"
f_07: .asciz "translation fault, page (level 2)"
f_08: .asciz "synchronous external abort"
f_09: .asciz "domain fault, section (level 1)"
f_0b: .asciz "domain fault, page (level 2)"
f_0c: .asciz "external abort on a table walk (level 1)"
f_0d: .asciz "permission fault, section (level 1)"
f_0e: .asciz "external abort on a table walk (level 2)"
f_0f: .asciz "permission fault, page (level 2)"
f_16: .asciz "asynchronous external abort"
f_18: .asciz "asynchronous parity error"
f_19: .asciz "synchronous parity error"
f_1c: .asciz "parity error on a table walk (level 1)"
f_1e: .asciz "parity error on a table walk (level 2)"
f_none: .asciz "unknown fault status"
place_text: .asciz "%s at %x in %s mode"
undefined_text: .asciz "undefined instruction"
svc_text: .asciz "supervisor call"
prefetch_text: .asciz "prefetch abort"
data_text: .asciz "data abort"
irq_text: .asciz "unexpected IRQ"
fiq_text: .asciz "unexpected FIQ"
instruction_text: .asciz ": %x"
svc_number_text: .asciz ": svc #%u\n"
reading_text: .asciz ": reading %x"
writing_text: .asciz ": writing %x"
unknown_address_text: .asciz ": address unknown"
dfsr_text: .asciz "  DFSR %x: "
ifsr_text: .asciz "  IFSR %x: "
    .text
    .balign 4
