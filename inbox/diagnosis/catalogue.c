/* SPDX-License-Identifier: MIT */
#include "inbox/diagnosis/catalogue.h"

#include <stdlib.h>
#include <string.h>

/* One file per group, named by the first word of its ids, so that the rows
 * come out ordered by id; a test holds that. */
#define CHECK(id, group, severity, title, source, fix, example) \
    {id, group, title, severity, source, fix, example},

static const struct diagnosis_check checks[] = {
#include "inbox/diagnosis/auth.def"
#include "inbox/diagnosis/bdat.def"
#include "inbox/diagnosis/cmd.def"
#include "inbox/diagnosis/conn.def"
#include "inbox/diagnosis/data.def"
#include "inbox/diagnosis/deliv.def"
#include "inbox/diagnosis/env.def"
#include "inbox/diagnosis/hdr.def"
#include "inbox/diagnosis/helo.def"
#include "inbox/diagnosis/html.def"
#include "inbox/diagnosis/lmtp.def"
#include "inbox/diagnosis/mime.def"
#include "inbox/diagnosis/order.def"
#include "inbox/diagnosis/param.def"
#include "inbox/diagnosis/pipelining.def"
#include "inbox/diagnosis/priv.def"
#include "inbox/diagnosis/tls.def"
};

#define COUNT (sizeof(checks) / sizeof(checks[0]))

static int compare_id(const void *id, const void *check)
{
    return strcmp(id, ((const struct diagnosis_check *)check)->id);
}

const struct diagnosis_check *diagnosis_find(const char *id)
{
    return bsearch(id, checks, COUNT, sizeof(checks[0]), compare_id);
}

const struct diagnosis_check *diagnosis_checks(size_t *count_out)
{
    *count_out = COUNT;
    return checks;
}

const char *diagnosis_word(enum diagnosis_severity severity)
{
    static const char *const words[] = {"info", "warning", "error"};

    return words[severity];
}
