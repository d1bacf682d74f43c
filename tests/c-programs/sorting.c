/* qsort and bsearch, function pointers, recursion, and memory from the heap. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct item { int key; char name[12]; double weight; };

static int by_key(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct item *)a)->name, ((const struct item *)b)->name);
}

static int depth(int n)
{
    volatile char room[64];
    room[n & 63] = (char)n;
    return n == 0 ? 0 : 1 + depth(n - 1) + (room[n & 63] != (char)n);
}

int main(void)
{
    enum { COUNT = 500 };
    struct item *items = malloc(COUNT * sizeof *items);
    unsigned seed = 12345;
    for (int i = 0; i < COUNT; i++) {
        seed = seed * 1103515245u + 12345u;
        items[i].key = (int)(seed >> 8) % 10000;
        snprintf(items[i].name, sizeof items[i].name, "n%05u", (seed >> 4) % 100000);
        items[i].weight = items[i].key * 0.5;
    }
    qsort(items, COUNT, sizeof *items, by_key);
    for (int i = 0; i < COUNT; i += 50) printf("%d %s %.1f\n", items[i].key, items[i].name, items[i].weight);
    struct item wanted = { .key = items[250].key };
    struct item *found = bsearch(&wanted, items, COUNT, sizeof *items, by_key);
    printf("found %d\n", found != NULL && found->key == wanted.key);
    qsort(items, COUNT, sizeof *items, by_name);
    for (int i = 0; i < COUNT; i += 50) printf("%s\n", items[i].name);
    for (int size = 1; size < 1 << 20; size *= 4) {
        items = realloc(items, (size_t)size + COUNT * sizeof *items);
        if (items == NULL) return 1;
        memset((char *)items + COUNT * sizeof *items, size & 0xff, (size_t)size);
    }
    printf("first %s depth %d\n", items[0].name, depth(1000));
    free(items);
    return 3;
}
