@ Double-precision work: an 8 x 8 matrix product, a dot product of 64 elements, and a polynomial with a division and a square root. An iteration is all three once.
        .include "prelude.s"
        .include "vector.s"

kernel: push    {r4-r10, lr}
        mov     r10, r0
        bl      vector_on
        ldr     r4, =DATA                       @ A, B, C: 512 bytes each
        add     r5, r4, #512
        add     r6, r4, #1024
        mov     r0, #0
        adr     r1, third
        vldr    d1, [r1]
1:      add     r2, r0, #1
        vmov    s0, r2
        vcvt.f64.s32 d2, s0
        vmul.f64 d2, d2, d1                     @ (i + 1) / 3
        add     r3, r4, r0, lsl #3
        vstr    d2, [r3]
        add     r3, r5, r0, lsl #3
        vsub.f64 d3, d1, d2
        vstr    d3, [r3]
        add     r0, r0, #1
        cmp     r0, #64
        bne     1b

again:  mov     r7, #0
row:    mov     r8, #0
column: vmov.f64 d0, #1.0
        add     r0, r4, r7, lsl #6
        add     r1, r5, r8, lsl #3
        mov     r9, #8
inner:  vldr    d1, [r0]
        vldr    d2, [r1]
        add     r0, r0, #8
        add     r1, r1, #64
        vmla.f64 d0, d1, d2
        subs    r9, r9, #1
        bne     inner
        add     r2, r6, r7, lsl #6
        add     r2, r2, r8, lsl #3
        vstr    d0, [r2]
        add     r8, r8, #1
        cmp     r8, #8
        bne     column
        add     r7, r7, #1
        cmp     r7, #8
        bne     row

        mov     r0, r5
        mov     r1, r6
        mov     r9, #32
        vmov.f64 d0, #1.0
        vmov.f64 d1, #1.0
dot:    vldmia  r0!, {d2-d3}
        vldmia  r1!, {d4-d5}
        vmul.f64 d2, d2, d4
        vmul.f64 d3, d3, d5
        vadd.f64 d0, d0, d2
        vadd.f64 d1, d1, d3
        subs    r9, r9, #1
        bne     dot

        vadd.f64 d0, d0, d1
        vabs.f64 d0, d0
        vmov.f64 d6, #0.5
        mov     r9, #16
poly:   vmul.f64 d2, d0, d6
        vadd.f64 d2, d2, d6
        vdiv.f64 d3, d0, d2
        vsqrt.f64 d0, d3
        vcmp.f64 d0, d6
        vmrs    APSR_nzcv, fpscr
        vaddmi.f64 d0, d0, d6
        vcvt.f32.f64 s8, d0
        vcvt.f64.f32 d5, s8
        vnmls.f64 d5, d0, d6
        subs    r9, r9, #1
        bne     poly
        subs    r10, r10, #1
        bne     again
        pop     {r4-r10, pc}
        .align  3
third:  .word   0x55555555, 0x3fd55555
        .ltorg
