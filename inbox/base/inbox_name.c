/* SPDX-License-Identifier: MIT */
#include "inbox/base/inbox_name.h"

#include <string.h>

bool inbox_name_is(const char *name)
{
    size_t size = strlen(name);
    return size > 0 && size < INBOX_NAME_SIZE &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                        "0123456789._-") == size;
}

void inbox_name_asked(struct bytes address, char name_out[INBOX_NAME_SIZE])
{
    name_out[0] = '\0';
    if (address.size == 0) {
        return;
    }
    const unsigned char *at = memchr(address.at, '@', address.size);
    size_t end = at != NULL ? (size_t)(at - address.at) : address.size;
    const unsigned char *plus = memrchr(address.at, '+', end);
    size_t size = plus != NULL ? (size_t)(address.at + end - plus - 1) : 0;
    if (size > 0 && size < INBOX_NAME_SIZE) {
        memcpy(name_out, plus + 1, size);
        name_out[size] = '\0';
    }
}
