/* SPDX-License-Identifier: MIT */
#include "inbox/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Goes up when an older mailscope could misread what this one writes. */
#define FORMAT 3

static int say(char *error_out, const char *dir, const char *what)
{
    (void)snprintf(error_out, INBOX_ERROR_SIZE, "%.300s %s: %.100s", dir, what,
                   strerror(errno));
    return -1;
}

/* Makes DIR and what is missing above it. */
static int make(const char *dir)
{
    char path[4096];
    int size = snprintf(path, sizeof(path), "%s", dir);
    if (size < 0 || (size_t)size >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int why = ENOENT;
    for (char *at = path + 1; *at != '\0'; at++) {
        if (*at == '/') {
            *at = '\0';
            bool is_there = mkdir(path, 0755) == 0 || errno == EEXIST;
            why = is_there ? why : errno;
            *at = '/';
        }
    }
    if (mkdir(path, 0700) == 0 || errno == EEXIST) {
        return 0;
    }
    /* What is missing above it could not be made, and that is the reason. */
    errno = errno == ENOENT ? why : errno;
    return -1;
}

static void read_holder(int file, char holder_out[32])
{
    ssize_t got = pread(file, holder_out, 31, 0);
    holder_out[got > 0 ? got : 0] = '\0';
    holder_out[strcspn(holder_out, "\n")] = '\0';
}

/* The lock lives as long as the descriptor: a killed holder leaves none. */
static int lock(const char *dir, char *error_out)
{
    char path[4096];
    char text[32];
    (void)snprintf(path, sizeof(path), "%s/lock", dir);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        return say(error_out, dir, "cannot be written");
    }
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        read_holder(file, text);
        (void)snprintf(error_out, INBOX_ERROR_SIZE,
                       "%.300s is held by another mailscope (pid %s): stop it "
                       "or use another directory",
                       dir, text[0] == '\0' ? "unknown" : text);
        (void)close(file);
        return -1;
    }
    int size = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    /* If this fails, only the words for a second opener are lost. */
    bool is_told =
        ftruncate(file, 0) == 0 && pwrite(file, text, (size_t)size, 0) == size;
    (void)is_told;
    return file;
}

/* A store of a newer format must not be touched. An older one is carried over:
 * first it is called by the new number, so that no older mailscope touches it
 * half-way; the journal then does its segments, and the index is made anew. */
static int check_format(const char *dir, char *error_out)
{
    char path[4096];
    char text[64] = {0};
    (void)snprintf(path, sizeof(path), "%s/format", dir);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        return say(error_out, dir, "cannot be written");
    }
    ssize_t got = pread(file, text, sizeof(text) - 1, 0);
    long found = 0;
    if (got > 0 && strncmp(text, "mailscope store ", 16) == 0) {
        found = strtol(text + 16, NULL, 10);
    }
    int result = 0;
    if (found > FORMAT) {
        (void)snprintf(error_out, INBOX_ERROR_SIZE,
                       "%.300s has format %ld, written by a newer mailscope "
                       "(this one knows %d): use that one, or another "
                       "directory",
                       dir, found, FORMAT);
        result = -1;
    } else if (found < FORMAT) {
        int size = snprintf(text, sizeof(text), "mailscope store %d\n", FORMAT);
        if (ftruncate(file, 0) != 0 ||
            pwrite(file, text, (size_t)size, 0) != size) {
            result = say(error_out, dir, "cannot be written");
        }
    }
    (void)close(file);
    return result;
}

int directory_open(const char *dir, char error_out[INBOX_ERROR_SIZE])
{
    if (make(dir) != 0) {
        return say(error_out, dir, "cannot be made");
    }
    if (access(dir, W_OK | X_OK) != 0) {
        return say(error_out, dir, "cannot be written");
    }
    int file = lock(dir, error_out);
    if (file < 0) {
        return -1;
    }
    if (check_format(dir, error_out) != 0) {
        (void)close(file);
        return -1;
    }
    return file;
}
