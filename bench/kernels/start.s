@ Bare-metal start for the bench kernels: the MMU on with flat 1 MiB sections (normal, write-back), a stack, main, end by semihosting.
        .syntax unified
        .arm
        .global _start
_start:
        ldr     sp, =stack_top
        ldr     r0, =page_table
        mov     r1, #0
        ldr     r2, =0x00000c0e         @ section, AP full access, C and B
1:      orr     r3, r2, r1, lsl #20
        str     r3, [r0, r1, lsl #2]
        add     r1, r1, #1
        cmp     r1, #4096
        blo     1b
        mcr     p15, 0, r0, c2, c0, 0   @ TTBR0
        mov     r3, #3
        mcr     p15, 0, r3, c3, c0, 0   @ DACR: manager of domain 0
        mov     r3, #0
        mcr     p15, 0, r3, c8, c7, 0
        mrc     p15, 0, r3, c1, c0, 0
        bic     r3, r3, #2              @ A off
        orr     r3, r3, #1
        orr     r3, r3, #4
        orr     r3, r3, #0x1800
        mcr     p15, 0, r3, c1, c0, 0
        isb
        mrc     p15, 0, r3, c1, c0, 2   @ VFP on
        orr     r3, r3, #0xf00000
        mcr     p15, 0, r3, c1, c0, 2
        isb
        mov     r3, #0x40000000
        vmsr    fpexc, r3
        ldr     r1, =bss_start
        ldr     r2, =bss_end
        mov     r3, #0
2:      cmp     r1, r2
        strlo   r3, [r1], #4
        blo     2b
        bl      main
        ldr     r1, =0x20026            @ ADP_Stopped_ApplicationExit
        mov     r0, #0x18               @ SYS_EXIT
        svc     0x123456
        b       .

        .global semihost
semihost:
        svc     0x123456
        bx      lr
