/* Arguments, standard input to its end, both output streams. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    char line[128];
    int words = 0, lines = 0;
    for (int i = 1; i < argc; i++) printf("argument %d: %s (%d)\n", i, argv[i], (int)strlen(argv[i]));
    while (fgets(line, sizeof line, stdin) != NULL) {
        lines++;
        for (char *word = strtok(line, " \n"); word != NULL; word = strtok(NULL, " \n")) {
            words++;
            for (char *c = word; *c != '\0'; c++) *c = (char)toupper((unsigned char)*c);
            printf("%s\n", word);
        }
    }
    fprintf(stderr, "%d lines, %d words\n", lines, words);
    return argc > 1 ? atoi(argv[1]) : 0;
}
