/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_DIALOGUE_H
#define TESTS_SUPPORT_DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/memory.h"
#include "server/smtp/session.h"

/* A conversation in plain text, tests/dialogues/ *.smtp (its README says how
 * they are written), and the engine held to it. */

enum dialogue_kind {
    STEP_SEND,   /* octets of the client */
    STEP_LINE,   /* one line of a reply */
    STEP_REPLY,  /* a whole reply, by its first line */
    STEP_ANSWER, /* the host's answer to the next question */
    STEP_SECURE,
    STEP_WAIT,
    STEP_END,
    STEP_CLOSED
};

struct dialogue_step {
    enum dialogue_kind kind;
    unsigned number; /* line of the file */
    struct bytes octets;
    bool is_joined; /* STEP_SEND: the next one is in the same write */
    struct smtp_reply answer;
};

#define DIALOGUE_STEPS 400
#define DIALOGUE_MARKS 60

struct dialogue {
    struct arena arena;
    struct smtp_policy policy;
    bool is_secure;
    bool has_certificate;
    bool is_early; /* the first write does not wait for the greeting */
    struct dialogue_step steps[DIALOGUE_STEPS];
    size_t step_count;
    struct bytes messages[DIALOGUE_MARKS];
    size_t message_count;
    const char *remarks[DIALOGUE_MARKS]; /* "id" or "id detail" */
    size_t remark_count;
    size_t size; /* octets the client sends */
};

/* Reads the file at `path` as it holds for one profile. NULL when it cannot be
 * read or says something wrong: `error_out` (freed by the caller) says what. */
struct dialogue *dialogue_read(const char *path, enum smtp_profile profile,
                               char **error_out);

/* Frees it. */
void dialogue_free(struct dialogue *dialogue);

/* How the client's octets are cut: where the one cut is, or one of these. */
#define DIALOGUE_WHOLE 0
#define DIALOGUE_EACH SIZE_MAX

/* Holds a new session to the dialogue. NULL when everything was as said, else
 * what was not (freed by the caller). */
char *dialogue_run(const struct dialogue *dialogue, size_t cut);

#endif
