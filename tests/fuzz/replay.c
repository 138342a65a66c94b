/* SPDX-License-Identifier: MIT */
/* Gives every file of the folders named to a fuzz target, without libFuzzer:
 * what was once found stays found, under any compiler. Prints the count. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        return -1;
    }
    size_t size = (size_t)ftell(file);
    rewind(file);
    /* Exactly as large as the input: one octet more is an error to ASan. */
    uint8_t *input = malloc(size > 0 ? size : 1);
    if (input == NULL || fread(input, 1, size, file) != size) {
        return -1;
    }
    fclose(file);
    (void)LLVMFuzzerTestOneInput(input, size);
    free(input);
    return 0;
}

static int replay_folder(const char *folder, unsigned *count)
{
    struct dirent **names;
    int status = 0;
    int found = scandir(folder, &names, NULL, alphasort);
    for (int i = 0; i < found; i++) {
        char path[1000];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        if (names[i]->d_name[0] != '.' && status == 0) {
            status = replay_file(path);
            (*count)++;
        }
        free(names[i]);
    }
    if (found >= 0) {
        free(names);
    }
    return found < 0 ? -1 : status;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    int failed = 0;
    for (int i = 1; i < argc; i++) {
        if (replay_folder(argv[i], &count) != 0) {
            fprintf(stderr, "%s cannot be read\n", argv[i]);
            failed++;
        }
    }
    printf("%u passed, %d failed\n", count, failed);
    return failed > 0 || count == 0;
}
