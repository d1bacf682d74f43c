// The peer's side of the random-instruction test: a Linux user program for qemu-arm that steps through cases by signals.
//
// Standard input: word count of cases; the data window; both code regions; then a state for each case. Each state is put into the frame of a signal and
// entered by sigreturn at its slot. Every slot ends at a breakpoint, and a branch elsewhere ends at a breakpoint or at a page that is not mapped, so each
// case comes back as a signal, whose frame holds the whole state. Standard output: a result for each case (layout.ts).
//
// Frame offsets: struct ucontext of Linux on ARM: R0 at 32, CPSR at 96; the VFP record's D0 at 240 and FPSCR at 496.

        .syntax unified
        .arch armv7-a
        .fpu neon
        .arm

        .equ SYS_exit, 1
        .equ SYS_read, 3
        .equ SYS_write, 4
        .equ SYS_mprotect, 125
        .equ SYS_rt_sigreturn, 173
        .equ SYS_rt_sigaction, 174
        .equ SYS_sigaltstack, 186
        .equ SYS_mmap2, 192
        .equ ARM_set_tls, 0xf0005
        .equ PROT_RW, 3
        .equ PROT_RX, 5
        .equ MAP_PRIVATE_FIXED_ANONYMOUS, 0x32
        .equ SA_SIGINFO_ONSTACK, 0x08000004
        .equ FRAME_R0, 32
        .equ FRAME_D0, 240

        .macro load register, value
        ldr     \register, =\value
        .endm

        .macro map address, size
        load    r0, \address
        load    r1, \size
        mov     r2, #PROT_RW
        mov     r3, #MAP_PRIVATE_FIXED_ANONYMOUS
        mvn     r4, #0
        mov     r5, #0
        load    r7, SYS_mmap2
        svc     #0
        .endm

        .macro read address, size
        load    r4, \address
        load    r5, \size
        bl      read_exactly
        .endm

        .macro protect address
        load    r0, \address
        load    r1, CODE_SIZE
        mov     r2, #PROT_RX
        mov     r7, #SYS_mprotect
        svc     #0
        .endm

        .macro catch signal
        mov     r0, #\signal
        adr     r1, action
        mov     r2, #0
        mov     r3, #8
        mov     r7, #SYS_rt_sigaction
        svc     #0
        .endm

        .text
        .global _start
_start: map     CODE_A32, CODE_SIZE
        map     CODE_T32, CODE_SIZE
        map     WINDOW, WINDOW_SIZE
        map     PRISTINE, WINDOW_SIZE
        map     INPUT, INPUT_SIZE
        map     OUTPUT, OUTPUT_SIZE
        map     STACK, STACK_SIZE
        read    STACK, 4
        read    PRISTINE, WINDOW_SIZE
        read    CODE_A32, CODE_SIZE
        read    CODE_T32, CODE_SIZE
        load    r4, STACK
        ldr     r5, [r4]
        mov     r6, #(82 * 4)
        mul     r5, r5, r6
        load    r4, INPUT
        bl      read_exactly
        protect CODE_A32
        protect CODE_T32

        load    r0, WINDOW
        load    r1, PRISTINE
        load    r2, WINDOW_SIZE
1:      ldr     r3, [r1], #4
        str     r3, [r0], #4
        subs    r2, r2, #4
        bne     1b

        load    r0, THREAD_ID_RO
        load    r7, ARM_set_tls
        svc     #0
        adr     r0, alternate_stack
        mov     r1, #0
        mov     r7, #SYS_sigaltstack
        svc     #0
        catch   4
        catch   5
        catch   7
        catch   11
        // R9: cases left. R10: next state. R11: next result. The handler keeps them behind the stack's first word.
        load    r8, STACK
        ldr     r9, [r8]
        load    r10, INPUT
        load    r11, OUTPUT
        mov     r12, #0
        add     r8, r8, #4
        stm     r8, {r9 - r12}
        bkpt    #0

// r4 address, r5 bytes
read_exactly:
1:      cmp     r5, #0
        bxeq    lr
        mov     r0, #0
        mov     r1, r4
        mov     r2, r5
        mov     r7, #SYS_read
        svc     #0
        cmp     r0, #0
        ble     2f
        add     r4, r4, r0
        sub     r5, r5, r0
        b       1b
2:      mov     r0, #2
        mov     r7, #SYS_exit
        svc     #0

        .align  2
// handler, flags, restorer, mask (64 bits)
action: .word   handler, SA_SIGINFO_ONSTACK, 0, 0, 0
// base, flags, size
alternate_stack:
        .word   STACK + 0x1000, 0, STACK_SIZE - 0x1000

// r0 signal, r1 siginfo, r2 ucontext
handler:
        clrex
        load    r8, STACK + 4
        ldm     r8, {r9 - r12}
        cmp     r12, #0
        beq     next                    // the first signal only starts
        str     r0, [r11], #4
        ldr     r0, [r1, #12]           // si_addr
        str     r0, [r11], #4
        mov     r12, r11                // where the number of changes goes
        add     r11, r11, #4
        add     r0, r2, #FRAME_R0
        mov     r1, #17
1:      ldr     r3, [r0], #4
        str     r3, [r11], #4
        subs    r1, r1, #1
        bne     1b
        add     r0, r2, #FRAME_D0
        mov     r1, #65
1:      ldr     r3, [r0], #4
        str     r3, [r11], #4
        subs    r1, r1, #1
        bne     1b

        load    r0, WINDOW
        load    r1, PRISTINE
        load    r3, WINDOW_SIZE
        mov     r6, #0
1:      vld1.32 {d0 - d3}, [r0]!
        vld1.32 {d4 - d7}, [r1]!
        veor    q0, q0, q2
        veor    q1, q1, q3
        vorr    q0, q0, q1
        vorr    d0, d0, d1
        vmov    r4, r5, d0
        orrs    r4, r4, r5
        bne     3f
2:      subs    r3, r3, #32
        bne     1b
        str     r6, [r12]
        sub     r9, r9, #1
        b       next

3:      sub     r0, r0, #32             // eight words of which some changed
        sub     r1, r1, #32
        mov     r7, #8
4:      ldr     r4, [r0]
        ldr     r5, [r1], #4
        cmp     r4, r5
        addne   r6, r6, #1
        ldrne   lr, =WINDOW
        subne   lr, r0, lr
        strne   lr, [r11], #4
        strne   r4, [r11], #4
        str     r5, [r0], #4
        subs    r7, r7, #1
        bne     4b
        b       2b

next:   cmp     r9, #0
        beq     finish
        add     r0, r2, #FRAME_R0
        mov     r1, #17
1:      ldr     r3, [r10], #4
        str     r3, [r0], #4
        subs    r1, r1, #1
        bne     1b
        add     r0, r2, #FRAME_D0
        mov     r1, #65
1:      ldr     r3, [r10], #4
        str     r3, [r0], #4
        subs    r1, r1, #1
        bne     1b
        mov     r12, #1
        stm     r8, {r9 - r12}
        load    r0, THREAD_ID_RW
        mcr     p15, 0, r0, c13, c0, 2
        mov     r7, #SYS_rt_sigreturn   // SP is the frame's: nothing was pushed
        svc     #0

finish: load    r4, OUTPUT
1:      subs    r2, r11, r4
        moveq   r0, #0
        moveq   r7, #SYS_exit
        svceq   #0
        mov     r0, #1
        mov     r1, r4
        mov     r7, #SYS_write
        svc     #0
        cmp     r0, #0
        movle   r0, #3
        movle   r7, #SYS_exit
        svcle   #0
        add     r4, r4, r0
        b       1b
