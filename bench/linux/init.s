@ The first process of a Linux that is measured from outside: it marks the console, does one kind of work between two marks, and powers the machine off. A static program
@ that knows Linux's system calls by their numbers (EABI: number in r7, arguments from r0, errors as negative numbers).
@
@ Marks are lines of their own: `<bench NAME>`. The console has printed a mark before what follows begins.
        .syntax unified
        .arm
        .equ    SYS_EXIT, 1
        .equ    SYS_FORK, 2
        .equ    SYS_READ, 3
        .equ    SYS_WRITE, 4
        .equ    SYS_EXECVE, 11
        .equ    SYS_PIPE, 42
        .equ    SYS_IOCTL, 54
        .equ    SYS_GETPPID, 64
        .equ    SYS_REBOOT, 88
        .equ    SYS_WAIT4, 114
        .equ    TCSBRK, 0x5409

start:  ldr     r4, =mark_init
        bl      print

        ldr     r6, =SYSCALLS
        ldr     r4, =mark_syscalls
        bl      print
1:      mov     r7, #SYS_GETPPID
        svc     #0
        subs    r6, r6, #1
        bne     1b
        ldr     r4, =mark_end
        bl      print

        @ two processes and two pipes: r8, r9 the first pipe's ends, r10, r11 the second's
        sub     sp, sp, #32
        mov     r0, sp
        mov     r7, #SYS_PIPE
        svc     #0
        add     r0, sp, #8
        mov     r7, #SYS_PIPE
        svc     #0
        ldmia   sp, {r8-r11}
        ldr     r6, =SWITCHES
        mov     r7, #SYS_FORK
        svc     #0
        cmp     r0, #0
        beq     echo
        ldr     r4, =mark_switches
        bl      print
1:      mov     r0, r9
        bl      put
        mov     r0, r10
        bl      get
        subs    r6, r6, #1
        bne     1b
        ldr     r4, =mark_end
        bl      print

        @ a program in the archive, if there is one
        mov     r7, #SYS_FORK
        svc     #0
        cmp     r0, #0
        beq     program
        mov     r8, r0
        ldr     r4, =mark_program
        bl      print
        mov     r0, r8
        add     r1, sp, #24
        mov     r2, #0
        mov     r3, #0
        mov     r7, #SYS_WAIT4
        svc     #0
        ldr     r0, [sp, #24]
        cmp     r0, #0
        ldreq   r4, =mark_end
        ldrne   r4, =mark_failed
        bl      print
        ldr     r4, =mark_over
        bl      print
        ldr     r0, =0xfee1dead                 @ LINUX_REBOOT_MAGIC1, MAGIC2, CMD_POWER_OFF
        ldr     r1, =672274793
        ldr     r2, =0x4321fedc
        mov     r7, #SYS_REBOOT
        svc     #0
        b       .

@ The other process: sends back what comes, byte by byte.
echo:   mov     r0, r8
        bl      get
        mov     r0, r11
        bl      put
        subs    r6, r6, #1
        bne     echo
        mov     r0, #0
        mov     r7, #SYS_EXIT
        svc     #0

@ The execve fails where the archive has no such file.
program:
        ldr     r0, =program_path
        add     r1, sp, #16
        mov     r2, #0
        str     r0, [r1]
        str     r2, [r1, #4]
        mov     r7, #SYS_EXECVE
        svc     #0
        mov     r0, #127
        mov     r7, #SYS_EXIT
        svc     #0

@ r0: where to
put:    add     r1, sp, #28
        mov     r2, #1
        mov     r7, #SYS_WRITE
        svc     #0
        bx      lr
@ r0: where from
get:    add     r1, sp, #28
        mov     r2, #1
        mov     r7, #SYS_READ
        svc     #0
        bx      lr

@ Prints the text at r4 and waits until it is out.
print:  mov     r2, #0
1:      ldrb    r1, [r4, r2]
        cmp     r1, #0
        addne   r2, r2, #1
        bne     1b
        mov     r0, #1
        mov     r1, r4
        mov     r7, #SYS_WRITE
        svc     #0
        mov     r0, #1
        ldr     r1, =TCSBRK
        mov     r2, #1
        mov     r7, #SYS_IOCTL
        svc     #0
        bx      lr
        .ltorg
mark_init: .asciz "\n<bench init>\n"
mark_syscalls: .asciz "\n<bench syscalls>\n"
mark_switches: .asciz "\n<bench switches>\n"
mark_program: .asciz "\n<bench program>\n"
mark_end: .asciz "\n<bench end>\n"
mark_failed: .asciz "\n<bench failed>\n"
mark_over: .asciz "\n<bench over>\n"
program_path: .asciz "/program"
        .align  2
