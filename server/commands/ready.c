/* SPDX-License-Identifier: MIT */
#include "inbox/base/clock.h"
#include "server/commands/client.h"
#include "server/commands/commands.h"

#include <time.h>

const struct flag ready_flags[] = {
    CLIENT_FLAGS,
    {"within", "TIME", "Keep asking for this long [0: once]"},
    {NULL, NULL, NULL}};

static bool is_ready(struct client *client)
{
    struct client_call call = {.path = "/readyz"};
    struct client_answer answer = {0};
    bool ready =
        client_try(client, &call, &answer) == 0 && answer.status == 200;
    client_answer_free(&answer);
    return ready;
}

/* Once more, and why not on stderr. */
static int last_try(struct client *client)
{
    struct client_call call = {.path = "/readyz"};
    struct client_answer answer = {0};
    int failed = client_ask(client, &call, &answer);
    bool ready = failed == 0 && answer.status == 200;
    if (failed == 0 && !ready) {
        (void)client_refused(&answer);
    }
    client_answer_free(&answer);
    return ready ? 0 : 1;
}

int command_ready(const struct flags *flags)
{
    uint64_t within_ms;
    if (flags_time(flags, "within", 0, &within_ms) != 0) {
        return 2;
    }
    struct client *client = client_open(flags);
    int64_t end_us = clock_steady_us() + (int64_t)within_ms * 1000;
    bool ready = is_ready(client);
    while (!ready && clock_steady_us() < end_us) {
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
        ready = is_ready(client);
    }
    int status = ready ? 0 : last_try(client);
    client_close(client);
    return status;
}
