/* SPDX-License-Identifier: MIT */
#include "inbox/transcript/secret.h"

static size_t pass(struct bytes line, size_t at, bool over_space)
{
    while (at < line.size &&
           (line.at[at] == ' ' || line.at[at] == '\t') == over_space) {
        at++;
    }
    return at;
}

struct bytes transcript_without_end(struct bytes line)
{
    while (line.size > 0 &&
           (line.at[line.size - 1] == '\n' || line.at[line.size - 1] == '\r')) {
        line.size--;
    }
    return line;
}

/* Names have one case in practice, secrets in base64 have both (RFC 4422 3.1:
 * at most 20 letters, digits, hyphens and underscores). */
static bool is_mechanism(struct bytes word)
{
    bool has_upper = false;
    bool has_lower = false;
    for (size_t i = 0; i < word.size; i++) {
        unsigned char octet = word.at[i];
        bool is_upper = octet >= 'A' && octet <= 'Z';
        bool is_lower = octet >= 'a' && octet <= 'z';
        bool is_other =
            (octet >= '0' && octet <= '9') || octet == '-' || octet == '_';
        if (!is_upper && !is_lower && !is_other) {
            return false;
        }
        has_upper = has_upper || is_upper;
        has_lower = has_lower || is_lower;
    }
    return word.size <= 20 && !(has_upper && has_lower);
}

/* Where the second and the third word begin; the line's size where there is
 * none. */
struct words {
    size_t second;
    size_t third;
};

static struct words find_words(struct bytes line)
{
    size_t end = pass(line, pass(line, 0, true), false);
    size_t second = pass(line, end, true);

    return (struct words){second, pass(line, pass(line, second, false), true)};
}

bool transcript_is_login(struct bytes line)
{
    line = transcript_without_end(line);
    struct words words = find_words(line);
    size_t first = pass(line, 0, true);
    struct bytes verb =
        bytes_part(line, first, pass(line, first, false) - first);

    return bytes_equal_nocase(verb, BYTES("AUTH")) &&
           words.second < line.size &&
           (words.third < line.size ||
            !is_mechanism(bytes_part(line, words.second, line.size)));
}

bool transcript_is_word(struct bytes line)
{
    line = transcript_without_end(line);
    return line.size > 0 && find_words(line).second == line.size;
}

struct bytes transcript_secret(struct bytes line)
{
    line = transcript_without_end(line);
    struct words words = find_words(line);
    size_t from = words.third < line.size    ? words.third
                  : words.second < line.size ? words.second
                                             : 0;

    return bytes_part(line, from, line.size);
}
