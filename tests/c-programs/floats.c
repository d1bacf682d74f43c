/* Floating point: arithmetic, conversions, the mathematical library, and printing of all of it. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t bits(double value)
{
    uint64_t out;
    memcpy(&out, &value, sizeof out);
    return out;
}

static uint32_t bitsf(float value)
{
    uint32_t out;
    memcpy(&out, &value, sizeof out);
    return out;
}

int main(void)
{
    volatile double values[] = { 0.0, -0.0, 1.0, -1.5, 0.1, 1e-3, 123456.789, -9.87654321e20, 1e100, DBL_MIN, DBL_MIN / 8, DBL_MAX, INFINITY, -INFINITY };
    const int count = sizeof values / sizeof values[0];
    uint64_t sum = 0;
    for (int i = 0; i < count; i++) {
        double a = values[i];
        float f = (float)a;
        printf("%g %f %e %.3f %a\n", a, fabs(a) < 1e30 ? a : 0.0, a, fabs(a) < 1e30 ? a : 1.0, a);
        printf("%g %08lx %.9g\n", (double)f, (unsigned long)bitsf(f), (double)f);
        for (int j = 0; j < count; j++) {
            double b = values[j];
            float g = (float)b;
            double results[] = { a + b, a - b, a * b, a / b };
            float short_results[] = { f + g, f - g, f * g, f / g };
            for (int k = 0; k < 4; k++) {
                /* The sign and payload of a NaN from an invalid operation are not what is tested. */
                sum = sum * 31 + (isnan(results[k]) ? 1 : bits(results[k]));
                sum = sum * 31 + (isnan(short_results[k]) ? 1 : bitsf(short_results[k]));
            }
            sum = sum * 31 + (a < b) + (a <= b) * 2 + (a == b) * 4 + (f > g) * 8;
        }
    }
    printf("sum %08lx%08lx\n", (unsigned long)(sum >> 32), (unsigned long)sum);
    for (double x = -3.0; x <= 3.0; x += 0.75) {
        printf("%.15g %.15g %.15g %.15g\n", sin(x), exp(x), atan2(x, 2.0), sqrt(fabs(x)));
        printf("%.7g %.7g %.7g\n", (double)cosf((float)x), (double)sqrtf((float)fabs(x)), (double)powf(2.0f, (float)x));
        printf("%d %u %ld %.1f %.1f %.1f\n", (int)(x * 1000), (unsigned)(fabs(x) * 1e9), lround(x), floor(x), ceil(x), trunc(x));
    }
    printf("%.17g %.17g\n", strtod("3.14159265358979323846", NULL), strtod("1e-310", NULL));
    printf("%.10f %.10f %.10f\n", pow(1.1, 10.0), log(10.0), fmod(10.5, 3.2));
    long long big = (long long)values[6] * 1000000007LL;
    printf("%lld %.3f %.3f\n", big, (double)big, (double)(float)big);
    return 42;
}
