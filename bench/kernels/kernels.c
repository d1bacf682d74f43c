/* Integer work for the bench, written for it: lists, a matrix, a state machine, CRC, copying, sorting, pointer walks, calls. KERNEL chooses. */
typedef unsigned int u32;
typedef unsigned short u16;
typedef unsigned char u8;

extern int semihost(int operation, const void *argument);
void *memcpy(void *to, const void *from, u32 bytes);
void *memset(void *to, int value, u32 bytes);

static void mark(char c) { semihost(3, &c); }

static u32 seed = 12345;
static u32 next_random(void) { seed = seed * 1664525u + 1013904223u; return seed >> 8; }

/* ---- list: insertion, reversal, search and merge sort of linked nodes */
struct node { struct node *next; u16 key, value; };
static struct node nodes[256];
static struct node *list_sort(struct node *list, int by_key)
{
  u32 width = 1;
  for (;;) {
    struct node *p = list, *tail = 0, *q;
    u32 merges = 0, psize, qsize, i;
    list = 0;
    while (p) {
      merges++;
      q = p;
      for (psize = 0, i = 0; i < width && q; i++) { psize++; q = q->next; }
      qsize = width;
      while (psize > 0 || (qsize > 0 && q)) {
        struct node *e;
        int first;
        if (psize == 0) first = 0;
        else if (qsize == 0 || !q) first = 1;
        else first = by_key ? p->key <= q->key : p->value <= q->value;
        if (first) { e = p; p = p->next; psize--; } else { e = q; q = q->next; qsize--; }
        if (tail) tail->next = e; else list = e;
        tail = e;
      }
      p = q;
    }
    tail->next = 0;
    if (merges <= 1) return list;
    width *= 2;
  }
}
static u32 kernel_list(u32 rounds)
{
  u32 sum = 0;
  for (u32 i = 0; i < 256; i++) { nodes[i].next = i < 255 ? &nodes[i + 1] : 0; nodes[i].key = next_random(); nodes[i].value = next_random(); }
  struct node *list = nodes;
  while (rounds--) {
    for (u32 i = 0; i < 64; i++) {
      struct node *n = list;
      u16 wanted = nodes[i * 4].value;
      while (n && n->value != wanted) n = n->next;
      sum += n ? n->key : 1;
    }
    list = list_sort(list, rounds & 1);
    struct node *reversed = 0;
    while (list) { struct node *n = list->next; list->next = reversed; reversed = list; list = n; }
    list = reversed;
  }
  return sum;
}

/* ---- matrix */
#define N 24
static short ma[N][N], mb[N][N];
static int mc[N][N];
static u32 kernel_matrix(u32 rounds)
{
  u32 sum = 0;
  for (u32 i = 0; i < N; i++) for (u32 j = 0; j < N; j++) { ma[i][j] = next_random(); mb[i][j] = next_random(); }
  while (rounds--) {
    for (u32 i = 0; i < N; i++)
      for (u32 j = 0; j < N; j++) {
        int s = 0;
        for (u32 k = 0; k < N; k++) s += ma[i][k] * mb[k][j];
        mc[i][j] = s;
      }
    for (u32 i = 0; i < N; i++) for (u32 j = 0; j < N; j++) { ma[i][j] += mc[i][j] >> 7; sum += ((mc[i][j] >> 2) & 15) * ((mc[i][j] >> 5) & 127); }
  }
  return sum;
}

/* ---- state machine over text */
static char text[512];
static u32 counts[8];
static u32 kernel_state(u32 rounds)
{
  static const char pieces[] = "5012 1234 -874 +122 35.54400 .1234500 -110.700 +0.64400 5.500e+3 -.123e-2 -87e+832 +0.6e-12 T0.3e-1F -T.T++Tq 1T3.4e4z 34.0e-T^ ";
  for (u32 i = 0; i < 511; i++) text[i] = pieces[i % (sizeof pieces - 1)];
  u32 total = 0;
  while (rounds--) {
    u32 state = 0;
    for (const char *p = text; *p; p++) {
      char c = *p;
      switch (state) {
        case 0: if (c >= '0' && c <= '9') state = 2; else if (c == '+' || c == '-') state = 1; else if (c == '.') state = 3; else if (c != ' ') state = 7; break;
        case 1: if (c >= '0' && c <= '9') state = 2; else if (c == '.') state = 3; else state = 7; break;
        case 2: if (c == '.') state = 3; else if (c == ' ') state = 0; else if (c < '0' || c > '9') state = 7; break;
        case 3: if (c == 'e' || c == 'E') state = 4; else if (c == ' ') state = 0; else if (c < '0' || c > '9') state = 7; break;
        case 4: if (c == '+' || c == '-') state = 5; else state = 7; break;
        case 5: if (c >= '0' && c <= '9') state = 6; else state = 7; break;
        case 6: if (c == ' ') state = 0; else if (c < '0' || c > '9') state = 7; break;
        default: if (c == ' ') state = 0; break;
      }
      counts[state]++;
    }
    text[rounds % 511] ^= rounds & 1;
    if (!text[rounds % 511]) text[rounds % 511] = '1';
    total += counts[rounds & 7];
  }
  return total;
}

/* ---- CRC, bit by bit and by table */
static u32 table[256];
static u8 buffer[4096];
static u32 kernel_crc(u32 rounds)
{
  for (u32 i = 0; i < 256; i++) { u32 c = i; for (int k = 0; k < 8; k++) c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1; table[i] = c; }
  for (u32 i = 0; i < 4096; i++) buffer[i] = next_random();
  u32 crc = ~0u;
  u16 small = 0;
  while (rounds--) {
    for (u32 i = 0; i < 4096; i++) crc = table[(crc ^ buffer[i]) & 255] ^ (crc >> 8);
    for (u32 i = 0; i < 256; i++) {
      u8 d = buffer[i];
      for (int k = 0; k < 8; k++) { int bit = (d ^ small) & 1; d >>= 1; if (bit) { small ^= 0x4002; small = (small >> 1) | 0x8000; } else small >>= 1; }
    }
  }
  return crc + small;
}

/* ---- memory copy */
static u32 source[16384], target[16384];
__attribute__((noinline)) static void copy_words(u32 *to, const u32 *from, u32 words) { while (words--) { *to++ = *from++; __asm__ volatile("" ::: "memory"); } }
static u32 kernel_copy(u32 rounds)
{
  while (rounds--) {
    memcpy(target, source, sizeof source);
    copy_words(source, target, 4096);
    memset(target, rounds, 16384);
  }
  return target[1];
}

/* ---- sorting through a comparison function */
static int numbers[1024];
__attribute__((noinline)) static int less(const int *a, const int *b) { return *a < *b; }
static void quick(int *a, int n, int (*before)(const int *, const int *))
{
  while (n > 8) {
    int pivot = a[n / 2], i = 0, j = n - 1;
    for (;;) {
      while (before(&a[i], &pivot)) i++;
      while (before(&pivot, &a[j])) j--;
      if (i >= j) break;
      int t = a[i]; a[i] = a[j]; a[j] = t;
      i++; j--;
    }
    quick(a, i, before);
    a += i; n -= i;
  }
  for (int i = 1; i < n; i++) { int v = a[i], j = i; while (j > 0 && before(&v, &a[j - 1])) { a[j] = a[j - 1]; j--; } a[j] = v; }
}
static u32 kernel_sort(u32 rounds)
{
  u32 sum = 0;
  while (rounds--) {
    for (int i = 0; i < 1024; i++) numbers[i] = next_random();
    quick(numbers, 1024, less);
    sum += numbers[rounds & 1023];
  }
  return sum;
}

/* ---- random pointer walk */
#ifndef WALK
#define WALK 8192
#endif
struct link { struct link *next; u32 payload[15]; };
static struct link links[WALK / 64];
static u32 kernel_walk(u32 rounds)
{
  u32 n = WALK / 64, sum = 0;
  static u32 order[WALK / 64];
  for (u32 i = 0; i < n; i++) order[i] = i;
  for (u32 i = n - 1; i > 0; i--) { u32 j = next_random() % (i + 1), t = order[i]; order[i] = order[j]; order[j] = t; }
  for (u32 i = 0; i < n; i++) { links[order[i]].next = &links[order[(i + 1) % n]]; links[order[i]].payload[0] = i; }
  struct link *p = links;
  while (rounds--) { for (u32 i = 0; i < 4096; i++) { sum += p->payload[0]; p->payload[1] = sum; p = p->next; } }
  return sum;
}

/* ---- calls */
__attribute__((noipa)) static u32 fib(u32 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
static u32 kernel_calls(u32 rounds) { u32 s = 0; while (rounds--) s += fib(16); return s; }

void *memcpy(void *to, const void *from, u32 bytes)
{
  u32 *t = to; const u32 *f = from;
  for (; bytes >= 32; bytes -= 32) { u32 a = f[0], b = f[1], c = f[2], d = f[3], e = f[4], g = f[5], h = f[6], i = f[7]; t[0] = a; t[1] = b; t[2] = c; t[3] = d; t[4] = e; t[5] = g; t[6] = h; t[7] = i; t += 8; f += 8; }
  u8 *tb = (u8 *)t; const u8 *fb = (const u8 *)f;
  while (bytes--) *tb++ = *fb++;
  return to;
}
__attribute__((optimize("no-tree-loop-distribute-patterns"))) void *memset(void *to, int value, u32 bytes)
{
  u8 *t = to;
  while (bytes--) *t++ = value;
  return to;
}

int main(void)
{
  u32 sum = KERNEL(ROUNDS / 8 + 1);
  mark('S');
  sum += KERNEL(ROUNDS);
  mark('E');
  for (int i = 28; i >= 0; i -= 4) mark("0123456789abcdef"[(sum >> i) & 15]);
  mark('\n');
  return 0;
}
