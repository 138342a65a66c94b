/* SPDX-License-Identifier: MIT */
#include "webui/api/health.h"

#include "inbox/base/clock.h"
#include "inbox/inbox.h"
#include "webui/follow/follower.h"

static enum call_result say(struct call *call, const char *text)
{
    struct buffer body = {0};

    buffer_add(&body, bytes_of(text));
    call_content(call, "text/plain; charset=utf-8", &body);
    return CALL_ANSWERED;
}

enum call_result health_alive(struct call *call)
{
    return say(call, "ok\n");
}

enum call_result health_ready(struct call *call)
{
    struct inbox_state state;
    const struct webui_host *host = call->webui->host;
    const struct webui_listener *listeners;

    inbox_state(call->webui->inbox, &state);
    if (state.is_failing) {
        return call_refuse(
            call, 503,
            arena_print(call->arena, "the store fails: %s", state.failure));
    }
    if (host->listeners != NULL &&
        host->listeners(host->context, &listeners) == 0) {
        return call_refuse(call, 503, "no SMTP listener is bound yet");
    }
    return say(call, "ready\n");
}

struct metric {
    const char *name;
    const char *type;
    const char *sentence;
    uint64_t value;
};

static void write_metrics(struct buffer *out, const struct metric *metrics,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buffer_print(out, "# HELP mailscope_%s %s\n# TYPE mailscope_%s %s\n",
                     metrics[i].name, metrics[i].sentence, metrics[i].name,
                     metrics[i].type);
        buffer_print(out, "mailscope_%s %llu\n", metrics[i].name,
                     (unsigned long long)metrics[i].value);
    }
}

static void write_store(struct call *call, struct buffer *out)
{
    struct inbox_state state;
    struct inbox *inbox = call->webui->inbox;

    inbox_state(inbox, &state);
    const struct metric metrics[] = {
        {"messages", "gauge", "Messages kept now.", state.messages},
        {"sessions", "gauge", "Sessions kept now.", state.sessions},
        {"store_bytes", "gauge", "Octets of the journal's live records.",
         state.bytes},
        {"store_space_bytes", "gauge",
         "Octets of the journal, on disk or in memory.", state.space},
        {"draft_bytes", "gauge", "Octets of messages that are arriving.",
         state.draft_bytes},
        {"retired_messages_total", "counter",
         "Messages that retention removed.", state.retired_messages},
        {"retired_sessions_total", "counter",
         "Sessions that retention removed.", state.retired_sessions},
        {"damaged_records", "gauge", "Damaged records found since the start.",
         state.damaged_records},
        {"store_failing", "gauge", "1 while the store cannot write.",
         state.is_failing},
        {"seq", "counter", "The newest acknowledged change.", state.seq},
        {"index_behind", "gauge", "Changes not indexed yet.",
         state.seq - inbox_indexed_seq(inbox)},
        {"http_waits", "gauge", "Waits and event streams now.",
         follower_load(call->webui->follower)},
        {"uptime_seconds", "gauge", "Seconds since the start.",
         (uint64_t)((clock_now_us() - call->webui->started_at_us) / 1000000)},
    };
    write_metrics(out, metrics, sizeof metrics / sizeof *metrics);
}

static void write_smtp(struct call *call, struct buffer *out)
{
    struct webui_counters seen = {0};
    const struct webui_host *host = call->webui->host;

    if (host->counters == NULL) {
        return;
    }
    host->counters(host->context, &seen);
    const struct metric metrics[] = {
        {"smtp_connections_total", "counter", "Connections accepted.",
         seen.connections_accepted},
        {"smtp_connections", "gauge", "Connections open now.",
         seen.connections_open},
        {"smtp_connections_refused_total", "counter",
         "Connections refused by a limit.", seen.connections_refused},
        {"smtp_commands_total", "counter", "Commands received.", seen.commands},
        {"smtp_received_bytes_total", "counter", "Octets received.",
         seen.bytes_in},
        {"smtp_sent_bytes_total", "counter", "Octets sent.", seen.bytes_out},
        {"smtp_tls_handshakes_total", "counter", "TLS handshakes finished.",
         seen.tls_handshakes},
        {"smtp_tls_failures_total", "counter", "TLS handshakes failed.",
         seen.tls_failures},
        {"smtp_auth_failures_total", "counter", "Logins refused.",
         seen.auth_failures},
        {"smtp_messages_refused_total", "counter",
         "Messages answered 4xx or 5xx after their data.",
         seen.messages_refused},
    };
    write_metrics(out, metrics, sizeof metrics / sizeof *metrics);
}

enum call_result health_metrics(struct call *call)
{
    struct buffer out = {0};

    buffer_print(&out,
                 "# HELP mailscope_build_info The version that runs.\n"
                 "# TYPE mailscope_build_info gauge\n"
                 "mailscope_build_info{version=\"%s\"} 1\n",
                 call->webui->options->version);
    write_store(call, &out);
    write_smtp(call, &out);
    call_content(call, "text/plain; version=0.0.4; charset=utf-8", &out);
    return CALL_ANSWERED;
}
