/* SPDX-License-Identifier: MIT */
#include "server/commands/explain.h"

#include <inttypes.h>
#include <string.h>

#include "server/commands/commands.h"

/* One value as JSON on stderr, cut where a line gets too long to read. */
static void say_value(const struct json *value)
{
    struct buffer out = {0};
    json_write(value, &out);
    fprintf(stderr, "%.*s%s", (int)(out.size < 300 ? out.size : 300),
            out.at != NULL ? (const char *)out.at : "",
            out.size < 300 ? "" : "...");
    buffer_free(&out);
}

static void say_difference(const struct json *difference)
{
    const char *field = json_text_of(json_member(difference, "field"));
    fprintf(stderr, "    %s: expected ", field != NULL ? field : "?");
    say_value(json_member(difference, "expected"));
    fputs(", was ", stderr);
    say_value(json_member(difference, "actual"));
    const struct json *at = json_member(difference, "at");
    if (json_kind_of(at) == JSON_IS_NUMBER) {
        fprintf(stderr, " (differs at character %" PRId64 ")",
                json_number_of(at));
    }
    fputc('\n', stderr);
}

static void say_nearest(const struct json *nearest)
{
    for (size_t i = 0; i < json_size(nearest); i++) {
        const struct json *miss = json_at(nearest, i);
        const struct json *message = json_member(miss, "message");
        bool is_message = json_kind_of(message) == JSON_IS_NUMBER;
        const struct json *differences = json_member(miss, "differences");
        fprintf(stderr, "  nearest: %s %" PRId64 "\n",
                is_message ? "message" : "session",
                json_number_of(is_message ? message
                                          : json_member(miss, "session")));
        for (size_t d = 0; d < json_size(differences); d++) {
            say_difference(json_at(differences, d));
        }
    }
}

static void say_saw(const struct json *saw)
{
    fprintf(stderr,
            "  saw: %" PRId64 " messages, %" PRId64 " sessions, %" PRId64
            " refused\n",
            json_number_of(json_member(saw, "messages")),
            json_number_of(json_member(saw, "sessions")),
            json_number_of(json_member(saw, "refused")));
}

static void say_why(const struct json *value)
{
    const char *detail = json_text_of(json_member(value, "detail"));
    fprintf(stderr, "mailscope: not met: %s\n",
            detail != NULL ? detail : "nothing matched in time");
    const struct json *expected = json_member(value, "expected");
    if (json_kind_of(expected) == JSON_IS_OBJECT) {
        fputs("  expected: ", stderr);
        say_value(expected);
        fputc('\n', stderr);
    }
    size_t matched = json_size(json_member(value, "matched"));
    if (matched > 0) {
        fprintf(stderr, "  matched: %zu\n", matched);
    }
    say_nearest(json_member(value, "nearest"));
    if (json_kind_of(json_member(value, "saw")) == JSON_IS_OBJECT) {
        say_saw(json_member(value, "saw"));
    }
}

int explain_answer(const struct client_answer *answer)
{
    bool not_met = answer->status == 404 || answer->status == 417;
    if (answer->status != 200 && !not_met) {
        client_refused(answer);
        return 2;
    }
    struct json_problem problem;
    struct json *value = json_parse(buffer_bytes(&answer->body), &problem);
    client_print(value);
    if (not_met) {
        fflush(stdout);
        say_why(value);
    }
    json_free(value);
    return not_met ? 1 : 0;
}
