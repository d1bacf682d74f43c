@ The normal world sends bytes by the TrustZone VMM's serial calls; then SYSTEM_OFF. FUNCTION 0: the character VALUE; 2: SIZE bytes from the physical address VALUE.
        .syntax unified
        .arm
        ldr     r4, =ITERATIONS
1:      mov     r0, #2
        mov     r1, #FUNCTION
        ldr     r2, =VALUE
        mov     r3, #SIZE
        smc     #0
        subs    r4, r4, #1
        bne     1b
        ldr     r0, =0x84000008
        smc     #0
        b       .
        .ltorg
