@ The kernel's ARM code: reset, entry from and exit to user mode, idle. Everything between is behind the gates, in TypeScript.

        .syntax unified
        .arm

        .section .image
@ Reset: secure SVC, MMU off, at the physical address. The gate builds the page tables and sets the board up;
@ r0 = SCTLR with the MMU on, r1 = virtual address to go on at.
start:
        udf     #GATE_BOOTSTRAP
        mcr     p15, 0, r0, c1, c0, 0
        isb
        bx      r1

@ Secure SVC with core's page table. Each gate leaves r0 = frame, r1 = exit routine, r2 = its argument.
kernel_start:
        udf     #GATE_START
        bx      r1
kernel_entry:
        udf     #GATE_KERNEL
        bx      r1

@ Nothing is ready: wait for an interrupt, which stays masked, and let the kernel look.
idle_exit:
        wfi
        b       kernel_entry

@ To a thread. r0 frame, r2 its page table (TTBR0)
thread_exit:
        mcr     p15, 0, r2, c2, c0, 0
        isb
        cps     #27
        mov     sp, r0
        cps     #23
        mov     sp, r0
        cps     #18
        mov     sp, r0
        cps     #17
        mov     sp, r0
        cps     #19
        mov     sp, r0
        ldr     r1, [r0, #FRAME_CPSR]
        msr     spsr_cxsf, r1
        ldr     lr, [r0, #FRAME_IP]
        ldmia   r0, {r0-r14}^
        movs    pc, lr

        .section .supervisor
@ The secure world's own exception vector (SCTLR.V = 1). Each mode's sp holds the running thread's frame.
        b       unexpected_supervisor           @ 0x00
        b       undefined_entry                 @ 0x04
        b       supervisor_call_entry           @ 0x08
        b       user_prefetch_abort_entry       @ 0x0c
        b       user_data_abort_entry           @ 0x10
        b       unexpected_supervisor           @ 0x14
        b       user_irq_entry                  @ 0x18
user_fiq_entry:                                 @ 0x1c
        mrs     r8, spsr                        @ FIQ mode's own
        tst     r8, #15
        bne     fiq_in_kernel
        stmia   sp, {r0-r14}^
        sub     lr, lr, #4
        mov     r0, #EXCEPTION_FIQ
        b       save_thread
undefined_entry:
        stmia   sp, {r0-r14}^
        sub     lr, lr, #4
        mov     r0, #EXCEPTION_UNDEFINED
        b       save_thread
supervisor_call_entry:
        stmia   sp, {r0-r14}^
        mov     r0, #EXCEPTION_SUPERVISOR_CALL
        b       save_thread
user_prefetch_abort_entry:
        stmia   sp, {r0-r14}^
        sub     lr, lr, #4
        mov     r0, #EXCEPTION_PREFETCH_ABORT
        b       save_thread
user_data_abort_entry:
        stmia   sp, {r0-r14}^
        sub     lr, lr, #8
        mov     r0, #EXCEPTION_DATA_ABORT
        b       save_thread
user_irq_entry:
        stmia   sp, {r0-r14}^
        sub     lr, lr, #4
        mov     r0, #EXCEPTION_IRQ
save_thread:
        mrs     r1, spsr
        tst     r1, #15                         @ User mode is 0b10000: anything else was the kernel itself
        bne     unexpected_supervisor
        str     lr, [sp, #FRAME_IP]
        str     r1, [sp, #FRAME_CPSR]
        str     r0, [sp, #FRAME_EXCEPTION]
        cps     #19
        ldr     sp, =KERNEL_STACK
        ldr     r1, =PHYSICAL_CORE_TABLE
        mcr     p15, 0, r1, c2, c0, 0
        isb
        ldr     pc, =kernel_entry
@ Most exceptions leave FIQ unmasked: it came before the kernel was done with one. It stays pending, and masked until the kernel leaves.
fiq_in_kernel:
        orr     r8, r8, #0x40
        msr     spsr_c, r8
        subs    pc, lr, #4
unexpected_supervisor:
        udf     #GATE_PANIC
        b       unexpected_supervisor
        .ltorg

        .section .stub
@ What a component's thread executes in secure user mode: wait for a signal, hand it to the component's handlers, again. The first syscall of a
@ new thread delivers `start`.
component_stub:
        mov     r0, #0                          @ syscall 0: wait
        svc     #0
        udf     #GATE_COMPONENT
        b       component_stub
