/* 64-bit division, shifts and comparisons: the compiler's run-time library. */
#include <stdint.h>
#include <stdio.h>

static uint64_t state = 88172645463325252ull;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

int main(void)
{
    volatile int64_t edges[] = { 0, 1, -1, 10, -10, INT32_MAX, INT32_MIN, (int64_t)1 << 32, -((int64_t)1 << 32), INT64_MAX, INT64_MIN + 1 };
    const int count = sizeof edges / sizeof edges[0];
    uint64_t sum = 0;
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < count; j++) {
            int64_t a = edges[i], b = edges[j];
            if (b == 0) continue;
            sum = sum * 31 + (uint64_t)(a / b) + (uint64_t)(a % b) * 3 + (uint64_t)a / (uint64_t)b * 5 + (uint64_t)a % (uint64_t)b * 7 + (a < b);
        }
        printf("%2d %016llx\n", i, (unsigned long long)sum);
    }
    for (int i = 0; i < 1000; i++) {
        uint64_t u = next(), v = next() >> (next() & 63);
        int shift = (int)(next() & 63);
        if (v == 0) v = 1;
        sum = sum * 31 + u / v + u % v + (u << shift) + (u >> shift) + (uint64_t)((int64_t)u >> shift) + u * v;
    }
    printf("random %016llx\n", (unsigned long long)sum);
    printf("%lld %llu %lld\n", (long long)edges[10], (unsigned long long)edges[9], (long long)(edges[9] / edges[3]));
    return (int)(sum & 0x7f);
}
