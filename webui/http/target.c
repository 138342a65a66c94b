/* SPDX-License-Identifier: MIT */
#include "webui/http/target.h"

#include "inbox/base/bytes.h"

#include <string.h>

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The octets of `run` with %XX decoded (RFC 3986 2.1), and + as a space where
 * it is one; NULL: a wrong sequence, or NUL. */
static const char *decoded(struct bytes run, char plus, struct arena *arena)
{
    char *text = arena_text(arena, run);
    char *out = text;

    for (const char *in = text; *in != '\0'; in++) {
        if (*in != '%') {
            *out++ = *in == '+' ? plus : *in;
            continue;
        }
        int high = digit_of(in[1]);
        int low = high < 0 ? -1 : digit_of(in[2]);
        if (low < 0 || (high == 0 && low == 0)) {
            return NULL;
        }
        *out++ = (char)(high * 16 + low);
        in += 2;
    }
    *out = '\0';
    return text;
}

/* The octets up to `end` (or the end of all); `rest` goes behind it. */
static struct bytes cut(const char **rest, const char *end)
{
    size_t size = strcspn(*rest, end);
    struct bytes run = {(const unsigned char *)*rest, size};

    *rest += size;
    return run;
}

static const char *read_path(struct bytes path, struct arena *arena,
                             struct target *target)
{
    const char *rest = arena_text(arena, path);

    while (*rest == '/') {
        rest++;
        if (target->segment_count == TARGET_SEGMENTS) {
            return "the path has too many parts";
        }
        const char *segment = decoded(cut(&rest, "/"), '+', arena);
        if (segment == NULL) {
            return "the path has a % that is no octet";
        }
        target->segments[target->segment_count++] = segment;
    }
    return NULL;
}

static const char *read_params(const char *rest, struct arena *arena,
                               struct target *target)
{
    while (*rest != '\0') {
        rest += *rest == '&' || *rest == '?';
        struct bytes name = cut(&rest, "=&");
        struct bytes value = {0};
        if (*rest == '=') {
            rest++;
            value = cut(&rest, "&");
        }
        if (name.size == 0 && value.size == 0) {
            continue;
        }
        if (target->param_count == TARGET_PARAMS) {
            return "the query has too many parameters";
        }
        struct target_param *param = &target->params[target->param_count++];
        param->name = decoded(name, ' ', arena);
        param->value = decoded(value, ' ', arena);
        if (param->name == NULL || param->value == NULL) {
            return "the query has a % that is no octet";
        }
    }
    return NULL;
}

int target_read(const char *text, struct arena *arena,
                struct target *target_out, const char **why_out)
{
    const char *rest = text;

    *target_out = (struct target){0};
    if (*rest != '/') {
        *why_out = "the target must begin with /";
        return -1;
    }
    struct bytes path = cut(&rest, "?");
    *why_out = read_path(path, arena, target_out);
    if (*why_out == NULL) {
        *why_out = read_params(rest, arena, target_out);
    }
    return *why_out == NULL ? 0 : -1;
}

const char *target_param(const struct target *target, const char *name)
{
    for (size_t i = 0; i < target->param_count; i++) {
        if (strcmp(target->params[i].name, name) == 0) {
            return target->params[i].value;
        }
    }
    return NULL;
}
