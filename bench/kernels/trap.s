@ The normal world loads from and stores to a device that the VMM emulates (DEVICE), again and again; then SYSTEM_OFF. An iteration is one access of each kind.
        .syntax unified
        .arm
        ldr     r4, =ITERATIONS
        ldr     r5, =DEVICE
1:      ldr     r1, [r5, #4]
        str     r1, [r5, #8]
        subs    r4, r4, #1
        bne     1b
        ldr     r0, =0x84000008
        smc     #0
        b       .
        .ltorg
