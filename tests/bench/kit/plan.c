/* SPDX-License-Identifier: MIT */

#include "tests/bench/kit/plan.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: load --port N [options]\n"
    "  --sessions N        at once (10)\n"
    "  --messages N        in all (1000)\n"
    "  --seconds S         instead of --messages\n"
    "  --per-connection N  messages on one connection, 0: no limit (0)\n"
    "  --body N            octets after 460 of headers (1024)\n"
    "  --pipelined         MAIL, RCPT and DATA in one write\n"
    "  --sources N         addresses 127.0.0.2 and up to come from (100)\n"
    "  --hold              open, EHLO, keep until the standard input ends\n"
    "  --drip MS           with --hold: an octet on each this often\n";

static void refuse(void)
{
    fputs(usage, stderr);
    exit(2);
}

static void take(struct plan *plan, int option)
{
    const char *value = optarg ? optarg : "";
    uint64_t number = strtoull(value, NULL, 10);
    switch (option) {
    case 'p':
        plan->port = (uint16_t)number;
        break;
    case 's':
        plan->sessions = (unsigned)number;
        break;
    case 'm':
        plan->messages = number;
        break;
    case 't':
        plan->seconds = strtod(value, NULL);
        break;
    case 'k':
        plan->per_connection = number;
        break;
    case 'b':
        plan->body = number;
        break;
    case 'P':
        plan->pipelined = true;
        break;
    case 'a':
        plan->sources = (unsigned)number;
        break;
    case 'h':
        plan->hold = true;
        break;
    case 'd':
        plan->drip_ms = (unsigned)number;
        break;
    default:
        refuse();
    }
}

struct plan plan_read(int argc, char **argv)
{
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'},
        {"sessions", required_argument, NULL, 's'},
        {"messages", required_argument, NULL, 'm'},
        {"seconds", required_argument, NULL, 't'},
        {"per-connection", required_argument, NULL, 'k'},
        {"body", required_argument, NULL, 'b'},
        {"pipelined", no_argument, NULL, 'P'},
        {"sources", required_argument, NULL, 'a'},
        {"hold", no_argument, NULL, 'h'},
        {"drip", required_argument, NULL, 'd'},
        {NULL, 0, NULL, 0}};
    struct plan plan = {.sessions = 10,
                        .window = 200,
                        .messages = 1000,
                        .body = 1024,
                        .sources = 100};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        take(&plan, option);
    }
    if (plan.port == 0 || plan.sessions == 0 || plan.sources == 0) {
        refuse();
    }
    return plan;
}
