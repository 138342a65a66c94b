/* SPDX-License-Identifier: MIT */

/* Touches memory, keeps it a while and gives it back. The host of a virtual
 * machine may lend memory when it is touched (2 ms a megabyte, paid by whichever
 * server grows) and be told every two seconds what is free again. After a wait
 * of more than that, what is freed here stays the machine's own for two seconds:
 * long enough for one run. Large and small pages come from different places.
 * usage: warm MEGABYTES MILLISECONDS */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

static bool touch(size_t size, int pages)
{
    unsigned char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        perror("warm");
        return false;
    }
    /* Fails where there are no large pages: then both are small. */
    (void)madvise(memory, size, pages);
    for (size_t at = 0; at < size; at += PAGE) {
        *(volatile unsigned char *)(memory + at) = 1;
    }
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: warm MEGABYTES MILLISECONDS\n", stderr);
        return 2;
    }
    size_t size = (size_t)strtoul(argv[1], NULL, 10) << 20;
    if (!touch(size, MADV_HUGEPAGE) || !touch(size, MADV_NOHUGEPAGE)) {
        return 1;
    }
    usleep((useconds_t)strtoul(argv[2], NULL, 10) * 1000);
    return 0;
}
