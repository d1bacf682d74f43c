@ The normal world calls PSCI_VERSION, which an unprivileged component answers, again and again; then SYSTEM_OFF.
        .syntax unified
        .arm
        ldr     r4, =ITERATIONS
1:      ldr     r0, =0x84000000
        smc     #0
        subs    r4, r4, #1
        bne     1b
        ldr     r0, =0x84000008
        smc     #0
        b       .
        .ltorg
