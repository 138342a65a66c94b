/* SPDX-License-Identifier: MIT */
#include "server/recorder/shared_text.h"

#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"

#define TEXT_MAX 2048

/* A few listeners, a few names in EHLO. */
#define PLACES 16

struct shared_text {
    size_t users;
    size_t size;
    size_t place;
    unsigned char octets[];
};

static struct shared_text *texts[PLACES];

struct shared_text *shared_text_new(struct bytes run)
{
    size_t vacant = PLACES;
    if (run.size == 0 || run.size > TEXT_MAX) {
        return NULL;
    }
    for (size_t i = 0; i < PLACES; i++) {
        struct shared_text *text = texts[i];
        if (text == NULL) {
            vacant = i;
        } else if (bytes_equal(shared_text_bytes(text), run)) {
            text->users++;
            return text;
        }
    }
    if (vacant == PLACES) {
        return NULL;
    }
    struct shared_text *text = memory_new(sizeof(*text) + run.size);
    *text = (struct shared_text){.users = 1, .size = run.size, .place = vacant};
    memcpy(text->octets, run.at, run.size);
    texts[vacant] = text;
    return text;
}

void shared_text_free(struct shared_text *text)
{
    if (text != NULL && --text->users == 0) {
        texts[text->place] = NULL;
        free(text);
    }
}

struct bytes shared_text_bytes(const struct shared_text *text)
{
    return (struct bytes){text->octets, text->size};
}
