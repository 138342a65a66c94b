/* SPDX-License-Identifier: MIT */
#include "webui/json/json.h"

#include <stdlib.h>

/* Reading JSON: an error names a place in the text; what was read is written
 * as text that reads the same again. */

int LLVMFuzzerTestOneInput(const unsigned char *octets, size_t size);

static void check(bool is_so)
{
    if (!is_so) {
        abort();
    }
}

static void check_again(const struct json *value)
{
    struct json_problem problem;
    struct buffer first = {0};
    struct buffer second = {0};

    json_write(value, &first);
    struct json *again = json_parse(buffer_bytes(&first), &problem);
    check(again != NULL);
    json_write(again, &second);
    check(bytes_equal(buffer_bytes(&first), buffer_bytes(&second)));
    json_free(again);
    buffer_free(&first);
    buffer_free(&second);
}

int LLVMFuzzerTestOneInput(const unsigned char *octets, size_t size)
{
    struct bytes text = {octets, size};
    struct json_problem problem;
    struct json *value = json_parse(text, &problem);

    if (value == NULL) {
        check(problem.words[0] != '\0');
    } else {
        check_again(value);
    }
    json_free(value);
    /* any octets at all can be written */
    value = json_new_octets(text);
    check_again(value);
    json_free(value);
    value = json_new_exact(text);
    check_again(value);
    json_free(value);
    return 0;
}
