/* Integer arithmetic of every width, with values that a compiler cannot know. */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>

static uint32_t state = 2463534242u;

static uint32_t next(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static int32_t saturate(int64_t value)
{
    return value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : (int32_t)value;
}

int main(void)
{
    volatile int32_t edges[] = { 0, 1, -1, 2, -2, 127, -128, 32767, -32768, INT32_MAX, INT32_MIN, 0x55555555, (int32_t)0xaaaaaaaa };
    const int count = sizeof edges / sizeof edges[0];
    uint32_t sum = 0;
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < count; j++) {
            int32_t a = edges[i], b = edges[j];
            uint32_t u = (uint32_t)a, v = (uint32_t)b;
            sum = sum * 31 + (u + v) + (u - v) * 3 + u * v * 5;
            sum = sum * 31 + (uint32_t)(((int64_t)a * b) >> 32) + (uint32_t)(((uint64_t)u * v) >> 32) * 7;
            sum = sum * 31 + (u << (v & 31)) + (u >> (v & 31)) * 3 + (uint32_t)(a >> (b & 31)) * 5;
            sum = sum * 31 + (a < b) + (u < v) * 2 + (a == b) * 4 + (uint32_t)saturate((int64_t)a + b) * 3;
            if (b != 0 && !(a == INT32_MIN && b == -1)) sum = sum * 31 + (uint32_t)(a / b) + (uint32_t)(a % b) * 3 + u / v * 5 + u % v * 7;
        }
        printf("%2d %08lx\n", i, (unsigned long)sum);
    }
    for (int i = 0; i < 2000; i++) {
        uint32_t u = next(), v = next() >> (next() & 31);
        int16_t h = (int16_t)u;
        int8_t c = (int8_t)v;
        sum = sum * 31 + (uint32_t)(h * c) + (uint32_t)__builtin_clz(u | 1) + (uint32_t)__builtin_popcount(v) + __builtin_bswap32(u) + (uint16_t)(u + v);
        sum = sum * 31 + (uint32_t)((int64_t)(int32_t)u * (int32_t)v + (int64_t)sum) + (v != 0 ? u % v : 0);
    }
    printf("random %08lx\n", (unsigned long)sum);
    return (int)(sum & 0x7f);
}
