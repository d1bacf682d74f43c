@ The monitor's exception vector, at MVBAR: both directions of the world switch (DDI 0406C, B1.8.1).
@
@ While a VM runs, the monitor's sp holds the address of its state. Nothing else runs in monitor mode, but for routines that are
@ registered with the kernel.

        .syntax unified
        .arm

vectors:
        b       unexpected                      @ 0x00 reset
        b       unexpected                      @ 0x04 undefined: the normal world's stay there
        b       smc_entry                       @ 0x08 secure monitor call (or first the calls that are answered in monitor mode, where there are any)
        b       prefetch_abort_entry            @ 0x0c external, by SCR.EA
        b       data_abort_entry                @ 0x10 external, by SCR.EA
        b       unexpected                      @ 0x14
        b       irq_entry                       @ 0x18
fiq_entry:                                      @ 0x1c secure interrupts, by SCR.FIQ
        stmia   sp, {r0-r14}^
        sub     lr, lr, #4
        mov     r0, #EXCEPTION_FIQ
        b       save
smc_entry:
        stmia   sp, {r0-r14}^
smc_saved:
        mov     r0, #EXCEPTION_SUPERVISOR_CALL
        b       save
prefetch_abort_entry:
        stmia   sp, {r0-r14}^
        sub     lr, lr, #4
        mov     r0, #EXCEPTION_PREFETCH_ABORT
        b       save
data_abort_entry:
        stmia   sp, {r0-r14}^
        sub     lr, lr, #8
        mov     r0, #EXCEPTION_DATA_ABORT
        b       save
irq_entry:
        stmia   sp, {r0-r14}^
        sub     lr, lr, #4
        mov     r0, #EXCEPTION_IRQ

@ r0 exception number, sp VM state, lr return address
save:
        str     lr, [sp, #VM_IP]
        mrs     r1, spsr
        str     r1, [sp, #VM_CPSR]
        ldr     r2, [sp, #VM_EXCEPTION]         @ the kernel's sp was parked here
        str     r0, [sp, #VM_EXCEPTION]
        mov     r0, sp

        @ SCR.NS is still 1: these read the normal world's copies
        mrc     p15, 0, r3, c6, c0, 0
        str     r3, [r0, #VM_DFAR]
        mrc     p15, 0, r3, c2, c0, 0
        str     r3, [r0, #VM_TTBR0]
        mrc     p15, 0, r3, c2, c0, 1
        str     r3, [r0, #VM_TTBR1]
        mrc     p15, 0, r3, c2, c0, 2
        str     r3, [r0, #VM_TTBCR]
        mrc     p15, 0, r3, c5, c0, 0
        str     r3, [r0, #VM_DFSR]
        mrc     p15, 0, r3, c5, c0, 1
        str     r3, [r0, #VM_IFSR]
        mrc     p15, 0, r3, c6, c0, 2
        str     r3, [r0, #VM_IFAR]
        mrc     p15, 0, r3, c12, c0, 0
        str     r3, [r0, #VM_VBAR]
        mrc     p15, 0, r3, c1, c0, 0
        str     r3, [r0, #VM_SCTLR]

        mov     r3, #0
        mcr     p15, 0, r3, c1, c1, 0           @ SCR: secure
        mrc     p15, 0, r3, c5, c0, 0
        str     r3, [r0, #VM_ABORT_DFSR]
        mrc     p15, 0, r3, c6, c0, 0
        str     r3, [r0, #VM_ABORT_DFAR]
        mrc     p15, 0, r3, c5, c0, 1
        str     r3, [r0, #VM_ABORT_IFSR]
        mrc     p15, 0, r3, c6, c0, 2
        str     r3, [r0, #VM_ABORT_IFAR]

        @ CPACR is not banked: the normal world may have closed VFP. Its registers stay where they are, with FPEXC.EN clear, so that
        @ the first secure use traps.
        mrc     p15, 0, r3, c1, c0, 2
        str     r3, [r0, #VM_CPACR]
        orr     r3, r3, #0x00f00000
        mcr     p15, 0, r3, c1, c0, 2
        isb
        vmrs    r3, fpexc
        str     r3, [r0, #VM_FPEXC]
        bic     r3, r3, #0x40000000
        vmsr    fpexc, r3

        add     r1, r0, #VM_UND_SPSR
        cps     #27
        mrs     r3, spsr
        stmia   r1!, {r3, sp, lr}
        ldr     sp, =KERNEL_FRAME               @ for an exception of the kernel's own
        cps     #19
        mrs     r3, spsr
        stmia   r1!, {r3, sp, lr}
        cps     #23
        mrs     r3, spsr
        stmia   r1!, {r3, sp, lr}
        ldr     sp, =KERNEL_FRAME
        cps     #18
        mrs     r3, spsr
        stmia   r1!, {r3, sp, lr}
        cps     #17
        mrs     r3, spsr
        stmia   r1!, {r3, sp, lr}
        stmia   r1!, {r8-r12}
        cps     #19
        mov     sp, r2
        ldr     pc, =kernel_entry
save_end:

@ Another VM gets the CPU. r0 its state, r2 SCR for the normal world, r3 the state of the VM that had it, or 0; called in secure SVC, goes on to the way back.
@ The registers that the way in and the way back leave alone, in the normal world's copies.
vm_switch:
        cpsid   if
        cps     #22
        mcr     p15, 0, r2, c1, c1, 0
        isb
        cmp     r3, #0
        beq     1f
        mrc     p15, 0, r1, c3, c0, 0           @ DACR
        str     r1, [r3, #VM_DACR]
        mrc     p15, 0, r1, c10, c2, 0          @ PRRR
        str     r1, [r3, #VM_PRRR]
        mrc     p15, 0, r1, c10, c2, 1          @ NMRR
        str     r1, [r3, #VM_NMRR]
        mrc     p15, 0, r1, c13, c0, 1          @ CONTEXTIDR
        str     r1, [r3, #VM_CONTEXTIDR]
        mrc     p15, 0, r1, c13, c0, 2          @ TPIDRURW
        str     r1, [r3, #VM_TPIDRURW]
        mrc     p15, 0, r1, c13, c0, 3          @ TPIDRURO
        str     r1, [r3, #VM_TPIDRURO]
        mrc     p15, 0, r1, c13, c0, 4          @ TPIDRPRW
        str     r1, [r3, #VM_TPIDRPRW]
        mrc     p15, 2, r1, c0, c0, 0           @ CSSELR
        str     r1, [r3, #VM_CSSELR]
        mrc     p15, 0, r1, c7, c4, 0           @ PAR
        str     r1, [r3, #VM_PAR]
        mrc     p15, 0, r1, c5, c1, 0           @ ADFSR
        str     r1, [r3, #VM_ADFSR]
        mrc     p15, 0, r1, c5, c1, 1           @ AIFSR
        str     r1, [r3, #VM_AIFSR]
        mrc     p14, 6, r1, c0, c0, 0           @ TEECR
        str     r1, [r3, #VM_TEECR]
        mrc     p14, 6, r1, c1, c0, 0           @ TEEHBR
        str     r1, [r3, #VM_TEEHBR]
1:      ldr     r1, [r0, #VM_TTBR0]
        mcr     p15, 0, r1, c2, c0, 0
        ldr     r1, [r0, #VM_TTBR1]
        mcr     p15, 0, r1, c2, c0, 1
        ldr     r1, [r0, #VM_TTBCR]
        mcr     p15, 0, r1, c2, c0, 2
        ldr     r1, [r0, #VM_DACR]
        mcr     p15, 0, r1, c3, c0, 0
        ldr     r1, [r0, #VM_PRRR]
        mcr     p15, 0, r1, c10, c2, 0
        ldr     r1, [r0, #VM_NMRR]
        mcr     p15, 0, r1, c10, c2, 1
        ldr     r1, [r0, #VM_CONTEXTIDR]
        mcr     p15, 0, r1, c13, c0, 1
        ldr     r1, [r0, #VM_TPIDRURW]
        mcr     p15, 0, r1, c13, c0, 2
        ldr     r1, [r0, #VM_TPIDRURO]
        mcr     p15, 0, r1, c13, c0, 3
        ldr     r1, [r0, #VM_TPIDRPRW]
        mcr     p15, 0, r1, c13, c0, 4
        ldr     r1, [r0, #VM_CSSELR]
        mcr     p15, 2, r1, c0, c0, 0
        ldr     r1, [r0, #VM_PAR]
        mcr     p15, 0, r1, c7, c4, 0
        ldr     r1, [r0, #VM_ADFSR]
        mcr     p15, 0, r1, c5, c1, 0
        ldr     r1, [r0, #VM_AIFSR]
        mcr     p15, 0, r1, c5, c1, 1
        ldr     r1, [r0, #VM_TEECR]
        mcr     p14, 6, r1, c0, c0, 0
        ldr     r1, [r0, #VM_TEEHBR]
        mcr     p14, 6, r1, c1, c0, 0
        ldr     r1, [r0, #VM_VBAR]
        mcr     p15, 0, r1, c12, c0, 0
        ldr     r1, [r0, #VM_SCTLR]
        mcr     p15, 0, r1, c1, c0, 0
        @ Both VMs number their address spaces as they like: nothing of the other's may stay in the TLB. Caches are physically tagged
        mov     r1, #0
        mcr     p15, 0, r1, c8, c7, 0           @ TLBIALL, non-secure entries
        mcr     p15, 0, r1, c7, c5, 6           @ BPIALL
        clrex
        dsb
        isb
        mcr     p15, 0, r1, c1, c1, 0           @ SCR: secure, before monitor mode is left
        isb
        cps     #19
        @ on to vm_exit

@ The way back. r0 VM state, r2 SCR for the normal world; called in secure SVC.
vm_exit:
        cpsid   if                              @ an FIQ waits for the normal world: here it would take the banks that are being restored
        str     sp, [r0, #VM_EXCEPTION]
        ldr     r3, [r0, #VM_FPEXC]
        vmsr    fpexc, r3
        ldr     r3, [r0, #VM_CPACR]
        mcr     p15, 0, r3, c1, c0, 2
        add     r1, r0, #VM_UND_SPSR
        cps     #27
        ldmia   r1!, {r3, sp, lr}
        msr     spsr_cxsf, r3
        cps     #19
        ldmia   r1!, {r3, sp, lr}
        msr     spsr_cxsf, r3
        cps     #23
        ldmia   r1!, {r3, sp, lr}
        msr     spsr_cxsf, r3
        cps     #18
        ldmia   r1!, {r3, sp, lr}
        msr     spsr_cxsf, r3
        cps     #17
        ldmia   r1!, {r3, sp, lr}
        msr     spsr_cxsf, r3
        ldmia   r1!, {r8-r12}
        cps     #22
        mov     sp, r0
        mcr     p15, 0, r2, c1, c1, 0           @ SCR: NS = 1. Monitor mode stays secure all the same

        @ What the VMM may have changed of the normal world's copies, to give it an abort
        ldr     r3, [r0, #VM_DFSR]
        mcr     p15, 0, r3, c5, c0, 0
        ldr     r3, [r0, #VM_DFAR]
        mcr     p15, 0, r3, c6, c0, 0
        ldr     r3, [r0, #VM_IFSR]
        mcr     p15, 0, r3, c5, c0, 1
        ldr     r3, [r0, #VM_IFAR]
        mcr     p15, 0, r3, c6, c0, 2

        ldr     r3, [r0, #VM_CPSR]
        msr     spsr_cxsf, r3
        ldr     lr, [r0, #VM_IP]
        ldmia   r0, {r0-r14}^
        movs    pc, lr
vm_exit_end:

unexpected:
        udf     #GATE_PANIC
        b       unexpected
        .ltorg
