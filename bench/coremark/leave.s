@ The end of a bare-metal program that has failed (a semihosting exit with a run-time error); one that has not ends as start.s does.
        .syntax unified
        .arm
        .global leave
leave:  mov     r0, #0x18               @ SYS_EXIT
        ldr     r1, =0x20023            @ ADP_Stopped_RunTimeErrorUnknown
        svc     0x123456
        b       .
