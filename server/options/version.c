/* SPDX-License-Identifier: MIT */
#include "server/options/version.h"

#include "build/version.h"

const char *version_text(void)
{
    return MAILSCOPE_VERSION;
}

void version_show(FILE *out)
{
    fprintf(out, "mailscope %s (%s)\n%s", MAILSCOPE_VERSION, MAILSCOPE_COMMIT,
            MAILSCOPE_LIBRARIES);
}
