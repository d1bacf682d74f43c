@ The start: vectors, page tables, MMU, VFP, UART. Source: DDI 0406C, B3.5 (short descriptors), B4.1 (CP15), B1.8 (exceptions).

    .equ SECTION_DEVICE, 0x0416         @ section, device, kernel only, never executed
    .equ SECTION_RAM, 0x141e            @ section, normal memory (write-back, write-allocate), kernel only, never executed
    .equ SECTION_IMAGE, 0x140e          @ the same, executed
    .equ PAGE_RAM, 0x5f                 @ small page, the same as SECTION_RAM
    .equ SCTLR_SET, 0x1805              @ I, Z, C, M
    .equ SCTLR_CLEAR, 0x72002002        @ TE, AFE, TRE, EE, V, A

start:
    cpsid   if, #MODE_SVC
    mov     r10, r2
    ldr     r9, =VARS
    ldr     sp, =STACK
    mov     r0, #0
    mov     r1, #VARS_SIZE
1:  subs    r1, r1, #4
    str     r0, [r9, r1]
    bne     1b
    str     r10, [r9, #V_MAILBOX]
    ldr     r0, =vectors
    mcr     p15, 0, r0, c12, c0, 0      @ VBAR
    isb
    bl      make_tables
    bl      enable_mmu
    bl      find_world
    bl      enable_vfp
    bl      start_counters
    bl      start_uart
    bl      copy_user_code
    cpsie   a
    b       main

make_tables:
    ldr     r0, =L1_TABLE
    mov     r1, #0                      @ section number
1:  lsl     r2, r1, #20
    sub     r3, r2, #RAM_BASE
    cmp     r3, #RAM_SECTIONS << 20
    ldrlo   r3, =SECTION_RAM
    ldrhs   r3, =SECTION_DEVICE
    orr     r3, r3, r2
    lsr     r2, r1, #8
    cmp     r2, #NOWHERE >> 28
    moveq   r3, #0
    str     r3, [r0, r1, lsl #2]
    add     r1, r1, #1
    cmp     r1, #4096
    bne     1b
    ldr     r1, =RAM_BASE | SECTION_IMAGE
    ldr     r2, =RAM_BASE >> 20
    str     r1, [r0, r2, lsl #2]
    ldr     r1, =L2_TABLE | 1
    add     r2, r2, #1
    str     r1, [r0, r2, lsl #2]

    ldr     r0, =L2_TABLE
    ldr     r1, =PAGES | PAGE_RAM
    mov     r2, #256
2:  str     r1, [r0], #4
    add     r1, r1, #0x1000
    subs    r2, r2, #1
    bne     2b
    ldr     r0, =L2_TABLE
    ldr     r1, =PAGE_USER | 0x7f       @ AP = 11
    str     r1, [r0], #4
    ldr     r1, =PAGE_READ_ONLY | 0x25f @ APX, AP = 01
    str     r1, [r0], #4
    ldr     r1, =PAGE_USER_CODE | 0x6e  @ AP = 10, not XN
    str     r1, [r0], #8                @ the kernel's page is as it should be
    mov     r1, #0
    str     r1, [r0]
    bx      lr

enable_mmu:
    mov     r0, #0
    mcr     p15, 0, r0, c8, c7, 0       @ TLBIALL
    mcr     p15, 0, r0, c7, c5, 0       @ ICIALLU
    mcr     p15, 0, r0, c7, c5, 6       @ BPIALL
    mcr     p15, 0, r0, c2, c0, 2       @ TTBCR: TTBR0 for all
    ldr     r1, =L1_TABLE | 9           @ walks are write-back, write-allocate
    mcr     p15, 0, r1, c2, c0, 0       @ TTBR0
    mov     r1, #1
    mcr     p15, 0, r1, c3, c0, 0       @ DACR: client of domain 0
    dsb
    isb
    mrc     p15, 0, r1, c1, c0, 0       @ SCTLR
    ldr     r2, =SCTLR_CLEAR
    bic     r1, r1, r2
    ldr     r2, =SCTLR_SET
    orr     r1, r1, r2
    mcr     p15, 0, r1, c1, c0, 0
    isb
    bx      lr

@ SCR exists in secure state only: elsewhere this read is undefined.
find_world:
    ldr     r0, =1f
    str     r0, [r9, #V_RESUME]
    mrc     p15, 0, r1, c1, c1, 0       @ SCR
    mov     r0, #1
    str     r0, [r9, #V_SECURE]
1:  mov     r0, #0
    str     r0, [r9, #V_RESUME]
    bx      lr

@ NSACR may keep VFP from the normal world; CPACR's fields then read as zero.
enable_vfp:
    mov     r0, #0xf00000
    mcr     p15, 0, r0, c1, c0, 2       @ CPACR
    isb
    mrc     p15, 0, r1, c1, c0, 2
    and     r1, r1, r0
    cmp     r1, r0
    bxne    lr
    mov     r0, #0x40000000
    vmsr    fpexc, r0
    mov     r0, #1
    str     r0, [r9, #V_VFP]
    bx      lr

@ The PMU's cycle counter, and instructions in counter 0.
start_counters:
    mov     r0, #0
    mcr     p15, 0, r0, c9, c12, 5      @ PMSELR
    mov     r0, #8
    mcr     p15, 0, r0, c9, c13, 1      @ PMXEVTYPER: instruction architecturally executed
    mov     r0, #0x80000001
    mcr     p15, 0, r0, c9, c12, 1      @ PMCNTENSET
    mov     r0, #7
    mcr     p15, 0, r0, c9, c12, 0      @ PMCR: enable, reset the counters
    bx      lr

@ As handed over; one that is off is switched on. Waiting for input may sleep if the UART's interrupt reaches the CPU, which is tried here: interrupts stay masked,
@ but a pending one ends WFI, and ISR shows it.
start_uart:
    ldr     r1, =UART1
    ldr     r0, [r1, #UCR1]
    tst     r0, #1
    bne     1f
    ldr     r2, =0x0a01
    str     r2, [r1, #UFCR]
    ldr     r2, =0x4027
    str     r2, [r1, #UCR2]
    orr     r0, r0, #1
    str     r0, [r1, #UCR1]
1:  ldr     r2, =TZIC
    mov     r3, #1 << UART1_INTERRUPT
    str     r3, [r2, #ENSET0]
    mov     r3, #0x1f
    str     r3, [r2, #PRIOMASK]
    ldr     r3, =0x80010001
    str     r3, [r2, #INTCTRL]
    orr     r0, r0, #1 << 6
    str     r0, [r1, #UCR1]
    dsb
    mrc     p15, 0, r3, c12, c1, 0      @ ISR
    bic     r0, r0, #1 << 6
    orr     r0, r0, #1 << 9
    str     r0, [r1, #UCR1]
    ldr     r0, [r9, #V_SECURE]
    cmp     r0, #0
    movne   r0, #0xc0                   @ secure state: an FIQ will do
    moveq   r0, #0x80
    tst     r3, r0
    movne   r0, #1
    moveq   r0, #0
    str     r0, [r9, #V_WFI]
    bx      lr

copy_user_code:
    ldr     r0, =PAGE_USER_CODE
    ldr     r1, =user_code
    ldr     r2, =user_code_end
1:  ldr     r3, [r1], #4
    str     r3, [r0], #4
    cmp     r1, r2
    blo     1b
    dsb
    mov     r0, #0
    mcr     p15, 0, r0, c7, c5, 0       @ ICIALLU
    isb
    bx      lr
    .ltorg

@ The mailbox's command, or the prompt.
main:
    ldr     r4, [r9, #V_MAILBOX]
    cmp     r4, #0
    beq     prompt
    tst     r4, #3
    bne     prompt
    sub     r0, r4, #RAM_BASE
    cmp     r0, #RAM_SECTIONS << 20
    bhs     prompt
    ldr     r0, [r4, #MAILBOX_MAGIC_AT]
    ldr     r1, =MAILBOX_MAGIC
    cmp     r0, r1
    bne     prompt
    ldr     r0, [r4, #MAILBOX_FLAGS_AT]
    ands    r0, r0, #MAILBOX_SERIAL_CALL
    movne   r0, #1
    str     r0, [r9, #V_SMC_CONSOLE]
    ldrb    r0, [r4, #MAILBOX_TEXT_AT]
    cmp     r0, #0
    beq     prompt

    mov     r0, #1
    str     r0, [r9, #V_RAW]
    ldr     r0, [r4, #MAILBOX_FLAGS_AT]
    tst     r0, #MAILBOX_NO_MARKS
    ldreq   r0, =begin_mark
    bleq    puts
    mov     r0, #0                      @ the mark takes no column
    str     r0, [r9, #V_COLUMN]
    add     r0, r4, #MAILBOX_TEXT_AT
    bl      run_line
    ldr     r0, [r4, #MAILBOX_FLAGS_AT]
    tst     r0, #MAILBOX_NO_MARKS
    bne     1f
    ldr     r0, =end_mark
    ldr     r1, [r9, #V_STATUS]
    and     r1, r1, #0xff
    bl      printf
1:
    ldr     r0, [r9, #V_SECURE]
    cmp     r0, #0
    bne     1f
    ldr     r0, =PSCI_SYSTEM_OFF
    smc     #0
1:  wfi
    b       1b

prompt:
    ldr     r0, [r9, #V_SECURE]
    cmp     r0, #0
    ldreq   r1, =normal_text
    ldrne   r1, =secure_text
    ldr     r0, =banner
    bl      printf
2:  ldr     r0, =prompt_text
    bl      puts
    bl      read_line
    ldr     r0, =LINE
    bl      run_line
    b       2b
    .ltorg

    .section .rodata
begin_mark:
    .byte   0x1b
    .ascii  "]5379;begin"
    .byte   7, 0
end_mark:
    .byte   0x1b
    .ascii  "]5379;end;%u"
    .byte   7, 0
banner: .asciz "mini: %s; 'help' lists the commands\n"
normal_text: .asciz "the embedded guest, in the normal world (non-secure svc mode)"
secure_text: .asciz "the embedded guest, on the bare board (secure svc mode)"
prompt_text: .asciz "mini> "
    .text
    .balign 4
