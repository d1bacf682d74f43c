@ banks: fills the registers of every mode, the VFP registers and CP15 registers with patterns, makes an SMC, waits so that interrupts of the secure world come, and
@ looks whether all is as it was. BANKS_EXPECTED and BANKS_FOUND hold the registers in the order of bank_table, D0 to D31 after them.

    .equ B_CP15, 32                     @ first of the CP15 registers that hold patterns
    .equ B_KEPT, 39                     @ first of those that are only looked at
    .equ B_FPSCR, 49
    .equ B_FPEXC, 50
    .equ B_D, 51
    .equ B_COUNT, 51 + 64
    .equ BANKS_SPIN, VARS + 0xf00
    .equ BANKS_SP, VARS + 0xf04

banks_command:
    push    {r4-r8, r10, r11, lr}
    bl      need_secure_world
    mov     r0, #1
    mov     r1, #1
    bl      number_or
    mov     r10, r0
    mov     r0, #2
    mov     r1, #100
    bl      number_or
    ldr     r1, =BANKS_SPIN
    str     r0, [r1]
    mov     r11, #0
1:  cmp     r11, r10
    bhs     3f
    add     r0, r11, #1
    bl      make_patterns
    push    {r4-r11}                    @ r4 to r12 will hold patterns
    bl      exchange
    pop     {r4-r11}
    bl      compare
    cmp     r0, #0
    popne   {r4-r8, r10, r11, pc}
    add     r11, r11, #1
    b       1b
3:  ldr     r0, =banks_text
    ldr     r1, [r9, #V_VFP]
    cmp     r1, #0
    moveq   r1, #B_FPSCR
    movne   r1, #B_COUNT
    mov     r2, r10
    bl      printf
    mov     r0, #0
    pop     {r4-r8, r10, r11, pc}

@ r0 = seed. Fills BANKS_EXPECTED.
make_patterns:
    push    {r4-r6, lr}
    ldr     r4, =BANKS_EXPECTED
    ldr     r5, =bank_table
    mov     r6, #0
    ldr     r3, =0x9e3779b9
    mul     r0, r0, r3
1:  ldr     r3, =1664525                @ a linear congruential generator, its upper half turned down
    mul     r0, r0, r3
    ldr     r3, =1013904223
    add     r0, r0, r3
    ror     r1, r0, #16
    cmp     r6, #B_D
    bhs     2f
    ldr     r2, [r5, #4]
    and     r1, r1, r2
    ldr     r2, [r5, #8]
    orr     r1, r1, r2
    add     r5, r5, #12
2:  str     r1, [r4, r6, lsl #2]
    add     r6, r6, #1
    cmp     r6, #B_COUNT
    bne     1b
    ldr     r0, =BANKS_EXPECTED + 4 * B_KEPT
    bl      read_kept
    ldr     r1, [r9, #V_VFP]
    cmp     r1, #0
    beq     3f
    vmrs    r1, fpexc
    str     r1, [r4, #4 * B_FPEXC]
3:  pop     {r4-r6, pc}

@ r0 = where to write the registers that only are looked at.
read_kept:
    mrc     p15, 0, r1, c2, c0, 0       @ TTBR0
    str     r1, [r0], #4
    mrc     p15, 0, r1, c2, c0, 1       @ TTBR1
    str     r1, [r0], #4
    mrc     p15, 0, r1, c2, c0, 2       @ TTBCR
    str     r1, [r0], #4
    mrc     p15, 0, r1, c3, c0, 0       @ DACR
    str     r1, [r0], #4
    mrc     p15, 0, r1, c1, c0, 0       @ SCTLR
    str     r1, [r0], #4
    mrc     p15, 0, r1, c12, c0, 0      @ VBAR
    str     r1, [r0], #4
    mrc     p15, 0, r1, c1, c0, 2       @ CPACR
    str     r1, [r0], #4
    mrc     p15, 0, r1, c10, c2, 0      @ PRRR
    str     r1, [r0], #4
    mrc     p15, 0, r1, c10, c2, 1      @ NMRR
    str     r1, [r0], #4
    mrc     p15, 0, r1, c13, c0, 1      @ CONTEXTIDR
    str     r1, [r0], #4
    bx      lr

@ Registers from BANKS_EXPECTED, the SMC, registers to BANKS_FOUND. Changes all registers but sp and lr.
exchange:
    push    {lr}
    ldr     r1, [r9, #V_VFP]
    ldr     r0, =BANKS_SP
    str     sp, [r0]
    ldr     r0, =BANKS_EXPECTED + 4 * B_FPSCR
    cmp     r1, #0
    beq     1f
    ldr     r1, [r0], #8
    vmsr    fpscr, r1
    vldmia  r0!, {d0-d15}
    vldmia  r0!, {d16-d31}
1:  ldr     r0, =BANKS_EXPECTED + 4 * B_CP15
    ldm     r0!, {r1-r7}
    mcr     p15, 0, r1, c13, c0, 2      @ TPIDRURW
    mcr     p15, 0, r2, c13, c0, 3      @ TPIDRURO
    mcr     p15, 0, r3, c13, c0, 4      @ TPIDRPRW
    mcr     p15, 0, r4, c5, c0, 0       @ DFSR
    mcr     p15, 0, r5, c5, c0, 1       @ IFSR
    mcr     p15, 0, r6, c6, c0, 0       @ DFAR
    mcr     p15, 0, r7, c6, c0, 2       @ IFAR
    ldr     r0, =BANKS_EXPECTED + 4 * 13
    cps     #MODE_SYS
    ldr     sp, [r0], #4
    ldr     lr, [r0], #4
    cps     #MODE_ABT
    ldr     r1, [r0], #4
    msr     spsr_cxsf, r1
    ldr     sp, [r0], #4
    ldr     lr, [r0], #4
    cps     #MODE_UND
    ldr     r1, [r0], #4
    msr     spsr_cxsf, r1
    ldr     sp, [r0], #4
    ldr     lr, [r0], #4
    cps     #MODE_IRQ
    ldr     r1, [r0], #4
    msr     spsr_cxsf, r1
    ldr     sp, [r0], #4
    ldr     lr, [r0], #4
    cps     #MODE_FIQ
    ldr     r1, [r0], #4
    msr     spsr_cxsf, r1
    ldm     r0!, {r8-r12}
    ldr     sp, [r0], #4
    ldr     lr, [r0], #4
    cps     #MODE_SVC
    ldr     r0, =BANKS_EXPECTED
    ldm     r0!, {r4-r12}
    ldm     r0!, {r1, r2}
    msr     spsr_cxsf, r2
    ldr     sp, [r0], #4
    ldr     lr, [r0], #4
    msr     cpsr_fs, r1
    ldr     r0, =PSCI_VERSION
    smc     #0
    mrs     r1, cpsr
    ldr     r2, =BANKS_SPIN
    ldr     r2, [r2]
2:  subs    r2, r2, #1
    bhs     2b

    ldr     r0, =BANKS_FOUND
    stm     r0!, {r4-r12}
    ldr     r2, =0xf80f0000
    and     r1, r1, r2
    str     r1, [r0], #4
    mrs     r1, spsr
    str     r1, [r0], #4
    str     sp, [r0], #4
    str     lr, [r0], #4
    cps     #MODE_SYS
    str     sp, [r0], #4
    str     lr, [r0], #4
    cps     #MODE_ABT
    mrs     r1, spsr
    str     r1, [r0], #4
    str     sp, [r0], #4
    str     lr, [r0], #4
    cps     #MODE_UND
    mrs     r1, spsr
    str     r1, [r0], #4
    str     sp, [r0], #4
    str     lr, [r0], #4
    cps     #MODE_IRQ
    mrs     r1, spsr
    str     r1, [r0], #4
    str     sp, [r0], #4
    str     lr, [r0], #4
    cps     #MODE_FIQ
    mrs     r1, spsr
    str     r1, [r0], #4
    stm     r0!, {r8-r12}
    str     sp, [r0], #4
    str     lr, [r0], #4
    cps     #MODE_SVC
    mrc     p15, 0, r1, c13, c0, 2
    mrc     p15, 0, r2, c13, c0, 3
    mrc     p15, 0, r3, c13, c0, 4
    mrc     p15, 0, r4, c5, c0, 0
    mrc     p15, 0, r5, c5, c0, 1
    mrc     p15, 0, r6, c6, c0, 0
    mrc     p15, 0, r7, c6, c0, 2
    stm     r0!, {r1-r7}
    ldr     r9, =VARS
    ldr     r1, =BANKS_SP
    ldr     sp, [r1]
    bl      read_kept
    ldr     r1, [r9, #V_VFP]
    cmp     r1, #0
    popeq   {pc}
    vmrs    r1, fpscr
    str     r1, [r0], #4
    vmrs    r1, fpexc
    str     r1, [r0], #4
    vstmia  r0!, {d0-d15}
    vstmia  r0!, {d16-d31}
    pop     {pc}
    .ltorg

@ r0 = 0 where all is as it should be, else 1; prints the first difference.
compare:
    push    {r4-r8, lr}
    ldr     r4, =BANKS_EXPECTED
    ldr     r5, =BANKS_FOUND
    ldr     r0, [r9, #V_VFP]
    cmp     r0, #0
    moveq   r8, #B_FPSCR
    movne   r8, #B_COUNT
    mov     r6, #0
1:  ldr     r7, [r5, r6, lsl #2]
    ldr     r0, [r4, r6, lsl #2]
    cmp     r0, r7
    bne     2f
    add     r6, r6, #1
    cmp     r6, r8
    bne     1b
    mov     r0, #0
    pop     {r4-r8, pc}
2:  cmp     r6, #B_D
    bhs     3f
    ldr     r0, =bank_table
    add     r1, r6, r6, lsl #1
    ldr     r1, [r0, r1, lsl #2]
    ldr     r0, =bank_name_text
    b       4f
3:  sub     r1, r6, #B_D
    tst     r1, #1
    lsr     r1, r1, #1
    ldreq   r0, =d_low_text
    ldrne   r0, =d_high_text
4:  bl      printf
    ldr     r0, =differs_text
    mov     r1, r7
    ldr     r2, [r4, r6, lsl #2]
    bl      printf
    mov     r0, #1
    pop     {r4-r8, pc}
    .ltorg

@ Name, bits that take the pattern, bits that are set.
    .equ PSR_BITS, 0xf80f03c0
    .section .rodata
    .balign 4
bank_table:
    .word   b_r4, -1, 0, b_r5, -1, 0, b_r6, -1, 0, b_r7, -1, 0, b_r8, -1, 0, b_r9, -1, 0, b_r10, -1, 0, b_r11, -1, 0, b_r12, -1, 0
    .word   b_cpsr, 0xf80f0000, 0
    .word   b_spsr_svc, PSR_BITS, MODE_USR, b_sp_svc, -1, 0, b_lr_svc, -1, 0
    .word   b_sp_usr, -1, 0, b_lr_usr, -1, 0
    .word   b_spsr_abt, PSR_BITS, MODE_USR, b_sp_abt, -1, 0, b_lr_abt, -1, 0
    .word   b_spsr_und, PSR_BITS, MODE_USR, b_sp_und, -1, 0, b_lr_und, -1, 0
    .word   b_spsr_irq, PSR_BITS, MODE_USR, b_sp_irq, -1, 0, b_lr_irq, -1, 0
    .word   b_spsr_fiq, PSR_BITS, MODE_USR
    .word   b_r8_fiq, -1, 0, b_r9_fiq, -1, 0, b_r10_fiq, -1, 0, b_r11_fiq, -1, 0, b_r12_fiq, -1, 0, b_sp_fiq, -1, 0, b_lr_fiq, -1, 0
    .word   b_tpidrurw, -1, 0, b_tpidruro, -1, 0, b_tpidrprw, -1, 0, b_dfsr, 0x1cff, 0, b_ifsr, 0x140f, 0, b_dfar, -1, 0, b_ifar, -1, 0
    .word   b_ttbr0, 0, 0, b_ttbr1, 0, 0, b_ttbcr, 0, 0, b_dacr, 0, 0, b_sctlr, 0, 0, b_vbar, 0, 0, b_cpacr, 0, 0, b_prrr, 0, 0, b_nmrr, 0, 0, b_contextidr, 0, 0
    .word   b_fpscr, 0xfbc0009f, 0, b_fpexc, 0, 0
    .include "bank-names.inc"
banks_text: .asciz "banks: ok, %u registers, %u times\n"
bank_name_text: .asciz "banks: %s"
d_low_text: .asciz "banks: d%u bits 0-31"
d_high_text: .asciz "banks: d%u bits 32-63"
differs_text: .asciz " is %x, it was %x\n"
    .text
    .balign 4
