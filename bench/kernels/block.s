@ The normal world reads or writes disk 0 by the TrustZone VMM's block calls, a MiB an iteration in eight requests, round and round over 32 MiB; then SYSTEM_OFF.
@ WRITE: 1 to write. Interrupts stay masked: a reply is there when its request's call has come back.
        .syntax unified
        .arm
        .equ    SIZE, 128 << 10
        ldr     r9, =ITERATIONS
        lsl     r9, r9, #3
        mov     r10, #0
        mov     r0, #3
        mov     r1, #10                 @ buffer
        ldr     r2, =0x81000000
        ldr     r3, =SIZE + 4096
        smc     #0
        mov     r0, #3
        mov     r1, #6                  @ start
        mov     r2, #0
        smc     #0
1:      mov     r0, #3
        mov     r1, #7                  @ request
        mov     r2, #0
        mov     r3, #SIZE
        mov     r4, #1
        smc     #0
        mov     r3, r1
        mov     r8, r0
        mov     r0, #3
        mov     r1, #8                  @ submit
        mov     r2, #0
        mov     r4, #SIZE
        mov     r5, #0
        lsl     r6, r10, #17
        mov     r7, #WRITE
        smc     #0
        cmp     r0, #0
        bne     failed
        mov     r0, #3
        mov     r1, #9                  @ collect
        mov     r2, #0
        smc     #0
        cmp     r0, #1
        bne     failed
        add     r10, r10, #1
        and     r10, r10, #0xff
        subs    r9, r9, #1
        bne     1b
        ldr     r0, =0x84000008
        smc     #0
failed: ldr     r0, =0x84000002         @ CPU_OFF: the bench sees that it did not end
        smc     #0
        b       .
        .ltorg
