@ The table of commands, and those that read and write. A command returns its status in r0: 0 done, 1 failed, 2 not understood.

    .equ C_NAME, 0
    .equ C_USAGE, 4
    .equ C_HELP, 8
    .equ C_LEAST, 12            @ words beside the name
    .equ C_MOST, 16
    .equ C_CODE, 20
    .equ C_SIZE, 24

@ Runs the command in ARGS.
dispatch:
    push    {r4-r6, lr}
    mov     r0, #0
    bl      word
    mov     r5, r0
    ldr     r4, =command_table
1:  ldr     r1, [r4, #C_NAME]
    cmp     r1, #0
    beq     2f
    mov     r0, r5
    bl      same
    cmp     r0, #0
    addeq   r4, r4, #C_SIZE
    beq     1b
    ldr     r0, [r9, #V_ARGC]
    sub     r0, r0, #1
    ldr     r1, [r4, #C_LEAST]
    cmp     r0, r1
    blo     3f
    ldr     r1, [r4, #C_MOST]
    cmp     r0, r1
    bhi     3f
    ldr     r12, [r4, #C_CODE]
    pop     {r4-r6, lr}
    bx      r12
2:  ldr     r0, =unknown_text
    mov     r1, r5
    b       refuse
3:  ldr     r0, =usage_text
    ldr     r1, [r4, #C_NAME]
    ldr     r2, [r4, #C_USAGE]
    b       refuse

help_command:
    push    {r4, lr}
    ldr     r4, =command_table
1:  ldr     r0, [r4, #C_NAME]
    cmp     r0, #0
    beq     3f
    bl      puts
    mov     r0, #' '
    bl      putc
    ldr     r0, [r4, #C_USAGE]
    bl      puts
2:  mov     r0, #' '
    bl      putc
    ldr     r0, [r9, #V_COLUMN]
    cmp     r0, #26
    blo     2b
    ldr     r0, [r4, #C_HELP]
    bl      puts
    bl      newline
    add     r4, r4, #C_SIZE
    b       1b
3:  ldr     r0, =help_text
    bl      puts
    ldr     r0, =pages_text
    ldr     r1, =PAGE_USER
    ldr     r2, =PAGE_READ_ONLY
    ldr     r3, =PAGE_USER_CODE
    bl      printf
    ldr     r0, =more_pages_text
    ldr     r1, =PAGE_KERNEL
    ldr     r2, =PAGE_NONE
    ldr     r3, =NOWHERE
    bl      printf
    mov     r0, #0
    pop     {r4, pc}

echo_command:
    push    {r4, lr}
    mov     r4, #1
1:  ldr     r0, [r9, #V_ARGC]
    cmp     r4, r0
    bhs     2f
    cmp     r4, #1
    movhi   r0, #' '
    blhi    putc
    mov     r0, r4
    bl      word
    bl      puts
    add     r4, r4, #1
    b       1b
2:  bl      newline
    mov     r0, #0
    pop     {r4, pc}

read_command:
    push    {r4-r7, lr}
    mov     r0, #1
    bl      number
    mov     r4, r0
    mov     r0, #2
    mov     r1, #1
    bl      number_or
    mov     r5, r0
    mov     r6, #0
1:  cmp     r6, r5
    beq     3f
read_access:
    ldr     r7, [r4]
    dsb
    tst     r6, #3
    bne     2f
    bl      fresh_line
    ldr     r0, =address_text
    mov     r1, r4
    bl      printf
2:  mov     r0, #' '
    bl      putc
    mov     r0, r7
    bl      print_hex
    add     r4, r4, #4
    add     r6, r6, #1
    b       1b
3:  bl      fresh_line
    mov     r0, #0
    pop     {r4-r7, pc}

write_command:
    push    {r4, lr}
    mov     r0, #1
    bl      number
    mov     r4, r0
    mov     r0, #2
    bl      number
write_access:
    str     r0, [r4]
    dsb
    mov     r0, #0
    pop     {r4, pc}

fill_command:
    push    {r4, r5, lr}
    mov     r0, #1
    bl      number
    mov     r4, r0
    mov     r0, #2
    bl      number
    mov     r5, r0
    mov     r0, #3
    bl      number
1:  cmp     r5, #0
    strne   r0, [r4], #4
    subne   r5, r5, #1
    bne     1b
    dsb
    mov     r0, #0
    pop     {r4, r5, pc}

@ What VA-to-PA says of an address, with the rights of kernel and user.
v2p_command:
    push    {r4, lr}
    mov     r0, #1
    bl      number
    mov     r4, r0
    mcr     p15, 0, r4, c7, c8, 0       @ ATS1CPR
    ldr     r0, =kernel_read_text
    bl      print_par
    mcr     p15, 0, r4, c7, c8, 1       @ ATS1CPW
    ldr     r0, =kernel_write_text
    bl      print_par
    mcr     p15, 0, r4, c7, c8, 2       @ ATS1CUR
    ldr     r0, =user_read_text
    bl      print_par
    mcr     p15, 0, r4, c7, c8, 3       @ ATS1CUW
    ldr     r0, =user_write_text
    bl      print_par
    mov     r0, #0
    pop     {r4, pc}

@ r0 = what was asked; r4 = the address.
print_par:
    push    {r5, lr}
    isb
    mrc     p15, 0, r5, c7, c4, 0       @ PAR
    bl      puts
    tst     r5, #1
    bne     1f
    lsr     r5, r5, #12
    lsl     r5, r5, #12
    ubfx    r0, r4, #0, #12
    orr     r1, r5, r0
    ldr     r0, =par_text
    bl      printf
    pop     {r5, pc}
1:  ldr     r0, =par_fault_text
    bl      puts
    ubfx    r0, r5, #1, #5              @ FS[3:0] and, in bit 5 of PAR, FS[4]
    bl      fault_name
    bl      puts
    bl      newline
    pop     {r5, pc}

@ r0 = GPT's counter, which is started if it stands.
gpt_count:
    ldr     r1, =GPT
    ldr     r0, [r1, #GPT_CR]
    tst     r0, #1
    bne     1f
    ldr     r0, =1 << 9 | 1 << 6 | 1    @ free running, from the peripheral clock
    str     r0, [r1, #GPT_CR]
1:  ldr     r0, [r1, #GPT_CNT]
    bx      lr

time_command:
    push    {r4, lr}
    bl      gpt_count
    mov     r1, r0
    isb
    mrc     p15, 0, r2, c9, c13, 0      @ PMCCNTR
    mrc     p15, 0, r3, c9, c13, 2      @ PMXEVCNTR
    ldr     r0, =time_text
    bl      printf
    mov     r0, #0
    pop     {r4, pc}

console_command:
    push    {r4, lr}
    mov     r0, #1
    bl      word
    mov     r4, r0
    ldr     r1, =uart_word
    bl      same
    cmp     r0, #0
    movne   r0, #0
    bne     1f
    mov     r0, r4
    ldr     r1, =smc_word
    bl      same
    cmp     r0, #0
    bne     2f
    ldr     r0, =console_text
    mov     r1, r4
    b       refuse
2:  bl      need_secure_world
    mov     r0, #1
1:  str     r0, [r9, #V_SMC_CONSOLE]
    mov     r0, #0
    pop     {r4, pc}

status_command:
    push    {r4, lr}
    mov     r0, #1
    bl      number
    and     r0, r0, #0xff
    pop     {r4, pc}
    .ltorg

    .section .rodata
    .balign 4
command_table:
    .word   n_help, u_help, h_help, 0, 0, help_command
    .word   n_smc, u_smc, h_smc, 1, 8, smc_command
    .word   n_lock, u_lock, h_lock, 2, 2, lock_command
    .word   n_read, u_read, h_read, 1, 2, read_command
    .word   n_write, u_write, h_write, 2, 2, write_command
    .word   n_fill, u_fill, h_fill, 3, 3, fill_command
    .word   n_v2p, u_v2p, h_v2p, 1, 1, v2p_command
    .word   n_fault, u_fault, h_fault, 1, 1, fault_command
    .word   n_worlds, u_worlds, h_worlds, 0, 1, worlds_command
    .word   n_banks, u_banks, h_banks, 0, 2, banks_command
    .word   n_storm, u_storm, h_storm, 1, 2, storm_command
    .word   n_time, u_help, h_time, 0, 0, time_command
    .word   n_console, u_console, h_console, 1, 1, console_command
    .word   n_echo, u_echo, h_echo, 0, MOST_ARGS, echo_command
    .word   n_status, u_status, h_status, 1, 1, status_command
    .word   n_poweroff, u_help, h_poweroff, 0, 0, poweroff_command
    .word   n_reboot, u_help, h_reboot, 0, 0, reboot_command
    .word   0
n_help: .asciz "help"
u_help: .asciz ""
h_help: .asciz "this list"
n_smc: .asciz "smc"
u_smc: .asciz "N [r1 ... r7]"
h_smc: .asciz "a secure monitor call; N is a number or a name such as PSCI_VERSION"
n_lock: .asciz "lock"
u_lock: .asciz "ADDR LENGTH"
h_lock: .asciz "asks the secure world to lock memory into the cache (smc 4: --scenario examples/cache-lock/cache-lock.ts)"
n_read: .asciz "read"
u_read: .asciz "ADDR [COUNT]"
h_read: .asciz "shows words of memory"
n_write: .asciz "write"
u_write: .asciz "ADDR VALUE"
h_write: .asciz "writes a word"
n_fill: .asciz "fill"
u_fill: .asciz "ADDR COUNT VALUE"
h_fill: .asciz "writes COUNT words"
n_v2p: .asciz "v2p"
u_v2p: .asciz "ADDR"
h_v2p: .asciz "where a virtual address leads"
n_fault: .asciz "fault"
u_fault: .asciz "KIND"
h_fault: .asciz "provokes an exception; without a known KIND it lists them"
n_worlds: .asciz "worlds"
u_worlds: .asciz "[COUNT]"
h_worlds: .asciz "round trips to the secure world (1000), and what one costs"
n_banks: .asciz "banks"
u_banks: .asciz "[COUNT [SPIN]]"
h_banks: .asciz "patterns in all registers, an SMC and SPIN loops (100), then a check; COUNT times (1)"
n_storm: .asciz "storm"
u_storm: .asciz "COUNT [SEED]"
h_storm: .asciz "SMCs with random and boundary arguments"
n_time: .asciz "time"
h_time: .asciz "the timer's count, CPU cycles, instructions"
n_console: .asciz "console"
u_console: .asciz "uart|smc"
h_console: .asciz "where output goes: UART1 or the serial call"
n_echo: .asciz "echo"
u_echo: .asciz "[WORD ...]"
h_echo: .asciz "shows its words"
n_status: .asciz "status"
u_status: .asciz "N"
h_status: .asciz "ends with status N"
n_poweroff: .asciz "poweroff"
h_poweroff: .asciz "PSCI SYSTEM_OFF"
n_reboot: .asciz "reboot"
h_reboot: .asciz "PSCI SYSTEM_RESET"
help_text: .asciz "Numbers are decimal or 0x hexadecimal; @\"text\" is the address of a text; `;` separates commands.\n"
pages_text: .asciz "Pages to try: %x user and kernel, %x read only, %x user code,\n"
more_pages_text: .asciz "%x kernel only, %x not mapped; nothing is mapped in the 256 MiB from %x.\n"
unknown_text: .asciz "no command '%s'; 'help' lists them"
usage_text: .asciz "usage: %s %s"
address_text: .asciz "%x:"
kernel_read_text: .asciz "kernel read   "
kernel_write_text: .asciz "kernel write  "
user_read_text: .asciz "user read     "
user_write_text: .asciz "user write    "
par_text: .asciz "%x\n"
par_fault_text: .asciz "fault: "
time_text: .asciz "GPT %u ticks, %u cycles, %u instructions\n"
console_text: .asciz "'%s': the console is uart or smc"
uart_word: .asciz "uart"
smc_word: .asciz "smc"
    .text
    .balign 4
