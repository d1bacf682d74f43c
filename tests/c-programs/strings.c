/* Strings and memory at every alignment, printf and scanf. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static unsigned check(const unsigned char *bytes, int count)
{
    unsigned sum = 0;
    for (int i = 0; i < count; i++) sum = sum * 31 + bytes[i];
    return sum;
}

int main(void)
{
    static unsigned char from[300], to[300];
    unsigned sum = 0;
    for (int i = 0; i < 300; i++) from[i] = (unsigned char)(i * 13 + 1);
    for (int offset = 0; offset < 9; offset++) {
        for (int start = 0; start < 9; start++) {
            for (int length = 0; length < 70; length += 3) {
                memset(to, 0xee, sizeof to);
                memcpy(to + start, from + offset, (size_t)length);
                sum = sum * 7 + check(to, 300);
                memmove(to + start + 2, to + start, (size_t)length);
                sum = sum * 7 + check(to, 300) + (unsigned)(memcmp(to + start + 2, from + offset, (size_t)length) == 0);
            }
        }
    }
    printf("memory %08x\n", sum);

    char text[100] = "The quick brown fox";
    strcat(text, " jumps over the lazy dog");
    printf("%s %d %s %s\n", text, (int)strlen(text), strchr(text, 'q'), strstr(text, "lazy"));
    for (int i = 0; i < 12; i++) sum = sum * 31 + (unsigned)strlen(text + i) + (unsigned)(strcmp(text + i, "quick") > 0) + (unsigned)(strncmp(text + i, "brown", 5) == 0);
    printf("strings %08x\n", sum);
    printf("[%5d] [%-5d] [%05d] [%+d] [%x] [%#X] [%o] [%c] [%10s] [%-10s] [%.3s] [%%]\n", 42, 42, 42, 42, 255, 255, 8, 'c', "right", "left", "cut off");
    int a, b;
    char word[20];
    float f;
    printf("scanned %d:", sscanf("12 0x1f hello 2.5", "%d %i %19s %f", &a, &b, word, &f));
    printf(" %d %d %s %.2f\n", a, b, word, (double)f);
    printf("%ld %lu %lld\n", strtol("-123", NULL, 10), strtoul("deadbeef", NULL, 16), strtoll("9223372036854775807", NULL, 10));
    return 0;
}
