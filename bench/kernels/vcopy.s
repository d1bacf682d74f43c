@ Copies 64 KiB by VLD1 and VST1, 64 bytes a turn.
        .include "prelude.s"
        .include "vector.s"
kernel: push    {r4, lr}
        bl      vector_on
1:      ldr     r1, =DATA
        add     r2, r1, #0x100000
        mov     r3, #0x10000
2:      vld1.8  {d0-d3}, [r1]!
        vld1.8  {d4-d7}, [r1]!
        vst1.8  {d0-d3}, [r2]!
        vst1.8  {d4-d7}, [r2]!
        subs    r3, r3, #64
        bne     2b
        subs    r0, r0, #1
        bne     1b
        pop     {r4, pc}
        .ltorg
