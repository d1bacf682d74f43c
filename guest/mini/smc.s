@ Secure monitor calls. Numbers: SMC Calling Convention (DEN0028), PSCI (DEN0022), TRNG (DEN0098); below 16 those of tz_vmm's interface.

@ Calls with SMC_REGISTERS as r0 to r7, and leaves there what comes back. Returns r0 of the call.
call:
    push    {r4-r8, r10, r11, lr}
    ldr     r8, =SMC_REGISTERS
    push    {r8, r9}
    ldm     r8, {r0-r7}
    smc     #0
    pop     {r8, r9}
    stm     r8, {r0-r7}
    pop     {r4-r8, r10, r11, pc}

@ Ends the command where no secure world is behind this one.
need_secure_world:
    ldr     r0, [r9, #V_SECURE]
    cmp     r0, #0
    bxeq    lr
    ldr     r0, =bare_text
    b       refuse

smc_command:
    push    {r4-r6, lr}
    bl      need_secure_world
    mov     r4, #1
    ldr     r5, =SMC_REGISTERS
    mov     r0, #1
    bl      word
    bl      call_by_name
    cmp     r0, #0
    ldrne   r0, [r0]
    bne     2f
1:  mov     r0, r4
    mov     r1, #0
    bl      number_or
2:  str     r0, [r5], #4
    add     r4, r4, #1
    cmp     r4, #9
    blo     1b
    b       call_and_show

lock_command:
    push    {r4-r6, lr}
    bl      need_secure_world
    ldr     r5, =SMC_REGISTERS
    mov     r0, #CACHE_LOCK
    str     r0, [r5]
    mov     r0, #1
    bl      number
    str     r0, [r5, #4]
    mov     r0, #2
    bl      number
    str     r0, [r5, #8]

@ Calls, and shows what came back. The caller pushed {r4-r6, lr}.
call_and_show:
    ldr     r5, =SMC_REGISTERS
    ldr     r4, [r5]
    bl      call
    ldr     r0, =result_text
    ldr     r1, [r5]
    bl      printf
    mov     r0, r4
    bl      call_name
    movs    r1, r0
    ldrne   r0, =name_text
    blne    printf
    ldr     r0, [r5]
    tst     r4, #0x80000000
    beq     2f                          @ not a fast call of the convention: its results are its own
    rsb     r0, r0, #0
    sub     r0, r0, #1
    cmp     r0, #ERROR_COUNT
    bhs     2f
    ldr     r1, =error_names
    ldr     r1, [r1, r0, lsl #2]
    ldr     r0, =error_name_text
    bl      printf
2:  bl      newline
    ldr     r0, =results_text
    ldr     r1, [r5, #4]
    ldr     r2, [r5, #8]
    ldr     r3, [r5, #12]
    bl      printf
    mov     r0, #0
    pop     {r4-r6, pc}

@ r0 = number. r0 = its name, or 0.
call_name:
    ldr     r1, =call_table
1:  ldr     r2, [r1, #4]
    cmp     r2, #0
    moveq   r0, #0
    bxeq    lr
    ldr     r3, [r1], #8
    cmp     r3, r0
    bne     1b
    mov     r0, r2
    bx      lr

@ r0 = name. r0 = address of its row in the table, or 0.
call_by_name:
    push    {r4, r5, lr}
    mov     r5, r0
    ldr     r4, =call_table
1:  ldr     r1, [r4, #4]
    cmp     r1, #0
    moveq   r0, #0
    popeq   {r4, r5, pc}
    mov     r0, r5
    bl      same
    cmp     r0, #0
    addeq   r4, r4, #8
    beq     1b
    mov     r0, r4
    pop     {r4, r5, pc}

poweroff_command:
    ldr     r4, =PSCI_SYSTEM_OFF
    b       1f
reboot_command:
    ldr     r4, =PSCI_SYSTEM_RESET
1:  bl      need_secure_world
    mov     r0, r4
    smc     #0
    mov     r1, r0
    ldr     r0, =returned_text
    bl      printf
    b       command_failed

@ Round trips by PSCI_VERSION: nothing else is done in between.
    .equ MOST_TRIPS, 1000000
worlds_command:
    push    {r4-r8, r10, r11, lr}
    bl      need_secure_world
    mov     r0, #1
    ldr     r1, =1000
    bl      number_or
    mov     r4, r0
    ldr     r1, =MOST_TRIPS
    sub     r0, r0, #1
    cmp     r0, r1
    ldrhs   r0, =trips_text
    bhs     refuse
    bl      gpt_count
    mov     r5, r0
    push    {r4, r9}
    isb
    mrc     p15, 0, r6, c9, c13, 2      @ PMXEVCNTR: instructions
    mov     r7, r4
1:  ldr     r0, =PSCI_VERSION
    smc     #0
    subs    r7, r7, #1
    bne     1b
    isb
    mrc     p15, 0, r7, c9, c13, 2
    pop     {r4, r9}
    sub     r6, r7, r6
    bl      gpt_count
    sub     r5, r0, r5
    mov     r0, r6
    mov     r1, r4
    bl      divide
    mov     r3, r0
    ldr     r0, =worlds_text
    mov     r1, r4
    mov     r2, r6
    bl      printf
    ldr     r0, =ticks_text
    mov     r1, r5
    bl      printf
    mov     r0, #0
    pop     {r4-r8, r10, r11, pc}
    .ltorg

    .section .rodata
    .balign 4
call_table:
    .word   0, c_framebuffer, 1, c_input, 2, c_serial, 3, c_block, CACHE_LOCK, c_lock
    .word   0x80000000, c_smccc_version, 0x80000001, c_arch_features, 0x80000002, c_soc_id, 0x80008000, c_workaround_1
    .word   0x80007fff, c_workaround_2, 0x80003fff, c_workaround_3
    .word   0x84000000, c_psci_version, 0x84000001, c_cpu_suspend, 0x84000002, c_cpu_off, 0x84000003, c_cpu_on, 0x84000004, c_affinity_info
    .word   0x84000005, c_migrate, 0x84000006, c_migrate_type, 0x84000007, c_migrate_cpu, 0x84000008, c_system_off, 0x84000009, c_system_reset
    .word   0x8400000a, c_psci_features, 0x8400000b, c_cpu_freeze, 0x8400000c, c_default_suspend, 0x8400000d, c_node_state
    .word   0x8400000e, c_system_suspend, 0x8400000f, c_suspend_mode, 0x84000010, c_residency, 0x84000011, c_count, 0x84000012, c_reset2
    .word   0x84000050, c_trng_version, 0x84000051, c_trng_features, 0x84000052, c_trng_uuid, 0x84000053, c_trng_rnd
    .word   0, 0
    .equ CALL_COUNT, (c_framebuffer - call_table - 8) / 8
c_framebuffer: .asciz "framebuffer"
c_input: .asciz "input"
c_serial: .asciz "serial"
c_block: .asciz "block"
c_lock: .asciz "cache-lock"
c_smccc_version: .asciz "SMCCC_VERSION"
c_arch_features: .asciz "SMCCC_ARCH_FEATURES"
c_soc_id: .asciz "SMCCC_ARCH_SOC_ID"
c_workaround_1: .asciz "SMCCC_ARCH_WORKAROUND_1"
c_workaround_2: .asciz "SMCCC_ARCH_WORKAROUND_2"
c_workaround_3: .asciz "SMCCC_ARCH_WORKAROUND_3"
c_psci_version: .asciz "PSCI_VERSION"
c_cpu_suspend: .asciz "CPU_SUSPEND"
c_cpu_off: .asciz "CPU_OFF"
c_cpu_on: .asciz "CPU_ON"
c_affinity_info: .asciz "AFFINITY_INFO"
c_migrate: .asciz "MIGRATE"
c_migrate_type: .asciz "MIGRATE_INFO_TYPE"
c_migrate_cpu: .asciz "MIGRATE_INFO_UP_CPU"
c_system_off: .asciz "SYSTEM_OFF"
c_system_reset: .asciz "SYSTEM_RESET"
c_psci_features: .asciz "PSCI_FEATURES"
c_cpu_freeze: .asciz "CPU_FREEZE"
c_default_suspend: .asciz "CPU_DEFAULT_SUSPEND"
c_node_state: .asciz "NODE_HW_STATE"
c_system_suspend: .asciz "SYSTEM_SUSPEND"
c_suspend_mode: .asciz "PSCI_SET_SUSPEND_MODE"
c_residency: .asciz "PSCI_STAT_RESIDENCY"
c_count: .asciz "PSCI_STAT_COUNT"
c_reset2: .asciz "SYSTEM_RESET2"
c_trng_version: .asciz "TRNG_VERSION"
c_trng_features: .asciz "TRNG_FEATURES"
c_trng_uuid: .asciz "TRNG_GET_UUID"
c_trng_rnd: .asciz "TRNG_RND"
    .balign 4
    .equ ERROR_COUNT, 9
error_names:                            @ -1 ...: PSCI; -1 to -3 are those of the calling convention too
    .word   e_1, e_2, e_3, e_4, e_5, e_6, e_7, e_8, e_9
e_1: .asciz "NOT_SUPPORTED"
e_2: .asciz "INVALID_PARAMETERS"
e_3: .asciz "DENIED"
e_4: .asciz "ALREADY_ON"
e_5: .asciz "ON_PENDING"
e_6: .asciz "INTERNAL_FAILURE"
e_7: .asciz "NOT_PRESENT"
e_8: .asciz "DISABLED"
e_9: .asciz "INVALID_ADDRESS"
result_text: .asciz "r0 = %x"
name_text: .asciz "   %s"
error_name_text: .asciz ": %s"
results_text: .asciz "r1 = %x  r2 = %x  r3 = %x\n"
returned_text: .asciz "the call came back, r0 = %x\n"
bare_text: .asciz "there is no secure world behind this one: the guest runs in secure state on the bare board"
trips_text: .asciz "COUNT is 1 to 1000000"
worlds_text: .asciz "%u round trips: %u instructions, %u each; "
ticks_text: .asciz "%u GPT ticks\n"
    .text
    .balign 4
