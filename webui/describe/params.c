/* SPDX-License-Identifier: MIT */
#include "webui/describe/schema.h"

#include <string.h>

/* What routes take behind the question mark. */

static const struct schema_param params[] = {
    {"q", "string", "A search; see /api/grammar."},
    {"zone", "integer", "Minutes that times in q are ahead of UTC."},
    {"inbox", "string", "Only this inbox."},
    {"limit", "integer", "1 to 500, else 50."},
    {"before", "integer", "Only below this id (activity: seq)."},
    {"after", "integer", "The next above this id (activity: seq)."},
    {"at", "integer", "From this place of the whole list on, counted from 0."},
    {"since", "integer", "Only what came after this change."},
    {"wait", "string", "Wait so long, such as 5s; at most 300s."},
    {"count", "integer", "With wait: until so many match."},
    {"up_to", "integer", "Only up to this id (activity: seq)."},
    {"from", "string", "Envelope sender; of a transcript: the first event."},
    {"to", "string", "Envelope recipients, separated by commas."},
    {"form", "=decoded encoded", "The part as it is, or its octets."},
    {"live", "boolean", "The open ones."},
    {"format", "=json text vector raw pcapng", "json."},
    {"dir", "=c s", "With raw: whose octets; c."},
    {"reveal", "boolean", "Show secrets."},
    {"tls", "=auto keys split elide", "With pcapng: how TLS is shown; auto."},
    {"keep_port", "boolean", "With pcapng: the real server port."},
    {"exact", "boolean", "With pcapng: packets are the chunks."},
    {"remote", "=img all", "What the preview may fetch."},
    {"scheme", "=dark", "The colours the preview is shown in."},
    {"part", "string", "Section of the HTML part to show; the message's own."},
};

const struct schema_param *schema_param(const char *name)
{
    for (size_t i = 0; i < sizeof params / sizeof *params; i++) {
        if (strcmp(params[i].name, name) == 0) {
            return &params[i];
        }
    }
    return NULL;
}
