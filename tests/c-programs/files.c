/* Files: write, append, seek, read, rename, remove, and the errors of what does not exist. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    char line[64];
    FILE *file = fopen("data.txt", "w");
    if (file == NULL) return 1;
    for (int i = 0; i < 100; i++) fprintf(file, "line %d of 100\n", i);
    printf("at %ld\n", ftell(file));
    fclose(file);

    file = fopen("data.txt", "a");
    fputs("the end\n", file);
    fclose(file);

    file = fopen("data.txt", "r+");
    fseek(file, -8, SEEK_END);
    printf("%s", fgets(line, sizeof line, file));
    printf("size %ld eof %d\n", ftell(file), fgetc(file) == EOF);
    fseek(file, 5, SEEK_SET);
    fputc('X', file);
    rewind(file);
    printf("%s", fgets(line, sizeof line, file));
    int lines = 1;
    while (fgets(line, sizeof line, file) != NULL) lines++;
    printf("lines %d\n", lines);
    fclose(file);

    char *big = malloc(70000);
    for (int i = 0; i < 70000; i++) big[i] = (char)(i * 7);
    file = fopen("big.bin", "wb");
    printf("wrote %d\n", (int)fwrite(big, 1, 70000, file));
    fclose(file);
    memset(big, 0, 70000);
    file = fopen("big.bin", "rb");
    printf("read %d\n", (int)fread(big, 1, 70000, file));
    fclose(file);
    unsigned sum = 0;
    for (int i = 0; i < 70000; i++) sum = sum * 31 + (unsigned char)big[i];
    printf("sum %08x\n", sum);

    printf("rename %d\n", rename("data.txt", "moved.txt"));
    errno = 0;
    printf("gone %d errno %d\n", fopen("data.txt", "r") == NULL, errno);
    printf("remove %d %d\n", remove("moved.txt"), remove("big.bin"));
    printf("again %d\n", remove("moved.txt") != 0);
    return 11;
}
