/* setjmp and longjmp, variable arguments, atexit, abort-free ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static jmp_buf place;

static void leap(int depth, double carried)
{
    if (carried > 1e30) return;
    if (depth > 0) leap(depth - 1, carried * 1.5);
    else longjmp(place, carried > 2.0 ? 7 : 5);
}

static long total(int count, ...)
{
    va_list list;
    long out = 0;
    va_start(list, count);
    for (int i = 0; i < count; i++) {
        out += va_arg(list, int);
        out += (long)va_arg(list, double);
        out += (long)va_arg(list, long long);
    }
    va_end(list);
    return out;
}

static void last(void) { printf("last words\n"); }

int main(void)
{
    volatile int times = 0;
    double kept = 1.25;
    atexit(last);
    int value = setjmp(place);
    times++;
    printf("setjmp %d, time %d, kept %.2f\n", value, times, kept);
    if (times < 4) leap(times * 3, kept);
    printf("total %ld\n", total(3, 1, 2.5, 3LL, 4, 5.5, 6LL, 7, 8.5, 1LL << 20));
    exit(value + 20);
}
