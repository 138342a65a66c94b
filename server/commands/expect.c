/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "server/commands/client.h"
#include "server/commands/commands.h"
#include "server/commands/explained.h"

/* --subject X, --subject-contains X and --subject-matches RE. */
#define FIELD_FLAGS(name, what)                                           \
    {name, "TEXT", what " is this"},                                      \
        {name "-contains", "TEXT", what " contains this"},                \
    {                                                                     \
        name "-matches", "REGEX", what " matches this regular expression" \
    }

const struct flag expect_flags[] = {
    FIELD_FLAGS("to", "An address in To"),
    FIELD_FLAGS("from", "The address in From"),
    FIELD_FLAGS("cc", "An address in Cc"),
    FIELD_FLAGS("rcpt", "An envelope recipient"),
    FIELD_FLAGS("subject", "The subject"),
    FIELD_FLAGS("text", "The text body"),
    FIELD_FLAGS("html", "The HTML body"),
    {"header", "NAME=TEXT", "This header field is this"},
    {"attachments", "N", "It has so many attachments"},
    {"match", "JSON", "Further fields, as POST /api/expect takes them"},
    {"count", "N|MIN-MAX", "So many match [1]"},
    {"none", NULL, "Nothing matches"},
    {"within", "TIME", "Wait at most this long [5s]"},
    {"quiet", "TIME", "With --none: silence that is enough [500ms]"},
    {"since", "SEQ", "Only what was captured after this change"},
    {"inbox", "NAME", "Only in this inbox"},
    {"sessions", NULL, "Match closed sessions instead of messages"},
    CLIENT_FLAGS,
    {NULL, NULL, NULL}};

/* Sets field -> value, or field -> {word: value} beside what is there. */
static void put_test(struct json *match, const char *field, const char *word,
                     const char *text)
{
    if (word == NULL) {
        json_put_text(match, field, text);
        return;
    }
    struct json *tests = json_member(match, field);
    if (json_kind_of(tests) != JSON_IS_OBJECT) {
        tests = json_new_object();
        json_put(match, field, tests);
    }
    json_put_text(tests, word, text);
}

static int put_header(struct json *match, const char *text)
{
    char field[220];
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text || equals - text > 200) {
        return command_fail("expect: --header takes NAME=TEXT");
    }
    snprintf(field, sizeof field, "header.%.*s", (int)(equals - text), text);
    json_put_text(match, field, equals + 1);
    return 0;
}

static int put_json(struct json *match, const char *text)
{
    struct json_problem problem;
    struct json *more = json_parse(bytes_of(text), &problem);
    if (json_kind_of(more) != JSON_IS_OBJECT) {
        json_free(more);
        return command_fail("expect: --match takes a JSON object");
    }
    struct json *value;
    const char *key = NULL;
    while ((key = json_next(more, key, &value)) != NULL) {
        struct buffer copy = {0};
        json_write(value, &copy);
        json_put_embedded(match, key, client_path(&copy));
        buffer_free(&copy);
    }
    json_free(more);
    return 0;
}

static bool is_field(const char *name, size_t length)
{
    static const char *const fields[] = {"to",      "from", "cc",  "rcpt",
                                         "subject", "text", "html"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (strlen(fields[i]) == length &&
            memcmp(fields[i], name, length) == 0) {
            return true;
        }
    }
    return false;
}

static int put_attachments(struct json *match, const char *text)
{
    uint64_t count;
    if (flags_whole(text, &count) != 0) {
        return command_fail("expect: --attachments takes a number");
    }
    json_put_number(match, "attachments", (int64_t)count);
    return 0;
}

static int put_flag(struct json *match, const struct flag_given *given)
{
    const char *name = given->flag->name;
    size_t length = strcspn(name, "-");
    if (strcmp(name, "header") == 0) {
        return put_header(match, given->text);
    }
    if (strcmp(name, "match") == 0) {
        return put_json(match, given->text);
    }
    if (strcmp(name, "attachments") == 0) {
        return put_attachments(match, given->text);
    }
    if (is_field(name, length)) {
        char field[20];
        snprintf(field, sizeof field, "%.*s", (int)length, name);
        put_test(match, field, name[length] ? name + length + 1 : NULL,
                 given->text);
    }
    return 0;
}

static int put_count(struct json *body, const char *text)
{
    char low[32];
    uint64_t min;
    uint64_t max;
    int size = (int)strcspn(text, "-");
    snprintf(low, sizeof low, "%.*s", size, text);
    if (flags_whole(low, &min) != 0 ||
        (text[size] == '-' && flags_whole(text + size + 1, &max) != 0)) {
        return command_fail("expect: --count takes N or MIN-MAX");
    }
    if (text[size] == '\0') {
        json_put_number(body, "count", (int64_t)min);
        return 0;
    }
    struct json *range = json_new_object();
    json_put_number(range, "min", (int64_t)min);
    json_put_number(range, "max", (int64_t)max);
    json_put(body, "count", range);
    return 0;
}

/* Writes the question that the flags ask into `body`. */
static int put_question(const struct flags *flags, struct json *body)
{
    uint64_t within_ms;
    uint64_t quiet_ms;
    uint64_t since;
    if (flags_time(flags, "within", 5000, &within_ms) != 0 ||
        flags_time(flags, "quiet", 500, &quiet_ms) != 0 ||
        flags_number(flags, "since", 0, &since) != 0) {
        return 2;
    }
    json_put_number(body, "within_ms", (int64_t)within_ms);
    json_put_number(body, "since", (int64_t)since);
    if (flags_on(flags, "none")) {
        json_put_bool(body, "none", true);
    }
    if (flags_on(flags, "quiet")) {
        json_put_number(body, "quiet_ms", (int64_t)quiet_ms);
    }
    if (flags_on(flags, "inbox")) {
        json_put_text(body, "inbox", flags_text(flags, "inbox", NULL));
    }
    if (flags_on(flags, "sessions")) {
        json_put_text(body, "of", "sessions");
    }
    const char *count = flags_text(flags, "count", NULL);
    return count != NULL ? put_count(body, count) : 0;
}

static struct json *question(const struct flags *flags)
{
    struct json *body = json_new_object();
    struct json *match = json_new_object();
    int status = put_question(flags, body);
    for (size_t i = 0; i < flags->given_count && status == 0; i++) {
        status = put_flag(match, &flags->given[i]);
    }
    json_put(body, "match", match);
    if (status != 0) {
        json_free(body);
        body = NULL;
    }
    return body;
}

int command_expect(const struct flags *flags)
{
    struct json *body = question(flags);
    if (body == NULL) {
        return 2;
    }
    struct buffer text = {0};
    json_write(body, &text);
    struct client_call call = {
        .method = "POST", .path = "/api/expect", .body = buffer_bytes(&text)};
    struct client_answer answer = {0};
    struct client *client = client_open(flags);
    int status = client_ask(client, &call, &answer) != 0 ? 2 : 0;
    if (status == 0) {
        status = show_explained(&answer);
    }
    client_answer_free(&answer);
    client_close(client);
    buffer_free(&text);
    json_free(body);
    return status;
}
