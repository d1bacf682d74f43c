@ Gives secure privileged code VFP and Advanced SIMD.
vector_on:
        mrc     p15, 0, r1, c1, c0, 2
        orr     r1, r1, #0x00f00000
        mcr     p15, 0, r1, c1, c0, 2           @ CPACR: cp10, cp11
        isb
        mov     r1, #0x40000000
        vmsr    fpexc, r1
        bx      lr
