/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>

#include "inbox/inbox.h"
#include "server/commands/commands.h"

const struct flag reindex_flags[] = {
    {"data", "DIR", "The data directory [MAILSCOPE_DATA]"}, {NULL, NULL, NULL}};

int command_reindex(const struct flags *flags)
{
    char why[INBOX_ERROR_SIZE] = "";
    const char *dir = flags_text(flags, "data", getenv("MAILSCOPE_DATA"));
    if (dir == NULL || *dir == '\0') {
        return command_fail("reindex: which directory? --data DIR");
    }
    int64_t count = inbox_reindex(dir, why);
    if (count < 0) {
        return command_fail("reindex: %s", why);
    }
    printf("%" PRId64 " messages indexed\n", count);
    return 0;
}
