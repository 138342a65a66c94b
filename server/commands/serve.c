/* SPDX-License-Identifier: MIT */
#include "server/commands/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "inbox/base/log.h"
#include "inbox/base/memory.h"
#include "server/commands/commands.h"
#include "server/conversation/announcer.h"
#include "server/login/accounts.h"
#include "server/loop/tls_records.h"
#include "server/options/version.h"
#include "server/peer/networks.h"
#include "server/tls/tls.h"

/* The usual memory of a store that nobody limited and that is not on disk. */
#define MEMORY_MAX_BYTES (UINT64_C(1) << 30)

/* What lives in memory has a limit even when nobody gave one. */
static uint64_t max_bytes(const struct options *options)
{
    bool is_open =
        options->store_dir != NULL || options->given[OPTION_ID_max_bytes];
    return is_open ? options->max_bytes : MEMORY_MAX_BYTES;
}

static int open_store(struct serve *serve)
{
    const struct options *options = &serve->options;
    bool is_power = options->durability == DURABILITY_POWER;
    struct inbox_options store = {.dir = options->store_dir,
                                  .durability =
                                      is_power ? INBOX_POWER : INBOX_PROCESS,
                                  .max_messages = options->max_messages,
                                  .max_bytes = max_bytes(options),
                                  .max_age_us = options->max_age_ms * 1000,
                                  .max_draft_bytes = options->max_draft_bytes};
    char why[INBOX_ERROR_SIZE];
    serve->inbox = inbox_open(&store, why);
    if (serve->inbox == NULL) {
        (void)snprintf(serve->why, sizeof(serve->why), "%s", why);
        return -1;
    }
    return 0;
}

static int get_certificates(struct serve *serve)
{
    const struct options *options = &serve->options;
    char why[CERTIFICATES_ERROR_SIZE] = "";
    char dir[4096];
    int result = 0;
    bool has_cert = options->tls_cert != NULL;
    if (has_cert != (options->tls_key != NULL)) {
        (void)snprintf(serve->why, sizeof(serve->why),
                       "--tls-cert and --tls-key belong together: give both");
        return -1;
    }
    (void)snprintf(dir, sizeof(dir), "%s/ca",
                   options->store_dir != NULL ? options->store_dir : "");
    if (has_cert) {
        result = certificates_load(options->tls_cert, options->tls_key,
                                   &serve->certificates, why);
    } else {
        const char *where = options->ca_dir != NULL      ? options->ca_dir
                            : options->store_dir != NULL ? dir
                                                         : NULL;
        result = certificates_make(where, options->hostname,
                                   &serve->certificates, why);
    }
    if (result != 0) {
        (void)snprintf(serve->why, sizeof(serve->why), "%s", why);
    }
    return result;
}

static int start_tls(struct serve *serve)
{
    const struct options *options = &serve->options;
    bool keeps = options->keep_tls_records > 0 && !options->drop_secrets;
    char why[TLS_ERROR_SIZE];
    if (get_certificates(serve) != 0) {
        return -1;
    }
    if (options->tls_min > options->tls_max) {
        (void)snprintf(serve->why, sizeof(serve->why),
                       "--tls-min must not be above --tls-max");
        return -1;
    }
    struct tls_settings settings = {
        .cert_pem = serve->certificates.cert_pem,
        .key_pem = serve->certificates.key_pem,
        .client_ca_pem = serve->certificates.ca_pem,
        .min_version = options->tls_min,
        .max_version = options->tls_max,
        .asks_certificate = options->tls_client_cert != CLIENT_CERT_OFF,
        .requires_certificate = options->tls_client_cert == CLIENT_CERT_MUST,
        .keeps_secrets = keeps};
    serve->loop.tls = tls_context_new(&settings, why);
    if (serve->loop.tls == NULL) {
        (void)snprintf(serve->why, sizeof(serve->why), "%s", why);
        return -1;
    }
    if (keeps) {
        serve->loop.tls_records = tls_records_new(options->keep_tls_records);
    }
    return 0;
}

static int read_networks(struct serve *serve)
{
    const struct option_list *trust = &serve->options.trust;
    serve->loop.trusted = networks_new();
    for (size_t i = 0; i < trust->count; i++) {
        if (networks_add(serve->loop.trusted, trust->items[i]) != 0) {
            (void)snprintf(serve->why, sizeof(serve->why),
                           "--trust '%.100s' is no network; write 10.0.0.0/8, "
                           "::1 or unix",
                           trust->items[i]);
            return -1;
        }
    }
    return 0;
}

static int read_accounts(struct serve *serve)
{
    const char *path = serve->options.auth_file;
    unsigned char seed[32] = {0};
    size_t line = 0;
    if (path == NULL) {
        return 0;
    }
    char *text = read_whole(path);
    if (text == NULL) {
        (void)snprintf(serve->why, sizeof(serve->why),
                       "cannot read --auth-file %.300s: %s", path,
                       strerror(errno));
        return -1;
    }
    if (getentropy(seed, sizeof(seed)) != 0) {
        abort();
    }
    serve->loop.accounts = accounts_read(
        bytes_of(text), (struct bytes){seed, sizeof(seed)}, &line);
    explicit_bzero(text, strlen(text));
    free(text);
    if (serve->loop.accounts == NULL && line == 0) {
        (void)snprintf(serve->why, sizeof(serve->why),
                       "--auth-file %.300s: nobody is in it; write lines of "
                       "USER:PASSWORD",
                       path);
        return -1;
    }
    if (serve->loop.accounts == NULL) {
        (void)snprintf(serve->why, sizeof(serve->why),
                       "--auth-file %.300s, line %zu: write USER:PASSWORD",
                       path, line);
        return -1;
    }
    return 0;
}

static void on_stop(void *context)
{
    struct serve *serve = context;
    notify_manager("STOPPING=1");
    serve_stop_child(serve);
}

static int start_loop(struct serve *serve)
{
    loop_open(&serve->loop, &serve->options, serve->inbox);
    serve->has_loop = true;
    serve->loop.on_stop = on_stop;
    serve->loop.stop_context = serve;
    serve->loop.announcer = announcer_new(STDOUT_FILENO);
    if (start_tls(serve) != 0 || read_networks(serve) != 0 ||
        read_accounts(serve) != 0 || serve_listen(serve) != 0) {
        return -1;
    }
    serve->control = control_new(&serve->loop, serve->certificates.ca_pem);
    serve->loop.control = serve->control;
    return 0;
}

static void set_limits(struct serve *serve)
{
    const struct options *options = &serve->options;
    const struct webui_limit limits[SERVE_LIMITS] = {
        {"max_message_bytes", options->max_message_bytes},
        {"max_draft_bytes", options->max_draft_bytes},
        {"max_session_bytes", options->max_session_bytes},
        {"max_recipients", options->max_recipients},
        {"max_connections", options->max_connections},
        {"idle_timeout_ms", options->idle_timeout_ms},
        {"session_timeout_ms", options->session_timeout_ms},
        {"max_messages", options->max_messages},
        {"max_bytes", max_bytes(options)},
        {"max_age_ms", options->max_age_ms}};
    memcpy(serve->limits, limits, sizeof(limits));
}

static int64_t asked_us(void *context)
{
    const struct serve *serve = context;
    return webui_asked_us(serve->webui);
}

/* Who may log in by SMTP, for /api/info. */
static const char *logins(const struct options *options)
{
    if (options->auth_file != NULL) {
        return "file";
    }
    return options->auth == AUTH_OFF ? "off" : "any";
}

static int start_web(struct serve *serve)
{
    const struct options *options = &serve->options;
    char why[WEBUI_ERROR_SIZE];
    bool is_free = options->command != NULL && !options->given[OPTION_ID_http];
    (void)snprintf(serve->http, sizeof(serve->http), "%s",
                   is_free ? "127.0.0.1:0" : options->http);
    set_limits(serve);
    serve->web = (struct webui_options){
        .address = serve->http,
        .page_dir = options->ui_dir,
        .listen_socket = passed_take(&serve->passed, serve->http),
        .path = options->http_path,
        .auth = options->http_auth,
        .hosts = (const char *const *)options->http_host.items,
        .host_count = options->http_host.count,
        .max_body_bytes = options->http_max_body,
        .max_message_bytes = options->max_message_bytes,
        .max_waits = (unsigned)options->max_waits,
        .version = version_text(),
        .hostname = options->hostname,
        .logins = logins(options),
        .drops_secrets = options->drop_secrets,
        .limits = serve->limits,
        .limit_count = SERVE_LIMITS,
        .inbox = serve->inbox};
    if (options->http_tls) {
        serve->web.tls_cert_pem = serve->certificates.cert_pem;
        serve->web.tls_key_pem = serve->certificates.key_pem;
    }
    control_host(serve->control, &serve->web.host);
    serve->webui = webui_start(&serve->web, why);
    if (serve->webui == NULL) {
        (void)snprintf(serve->why, sizeof(serve->why), "%s", why);
        return -1;
    }
    serve_warn_of_page(serve);
    serve->loop.asked_us = asked_us;
    serve->loop.asked_context = serve;
    announcer_set_url(serve->loop.announcer, webui_url(serve->webui));
    loop_set_url(&serve->loop, announcer_url(serve->loop.announcer));
    return 0;
}

/* Thousands of connections need as many descriptors; the soft limit is for
 * programs that still use select(). */
static void raise_limits(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
}

/* A reader that went is an error of write(), no reason to die. */
static void ignore_pipes(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

static int start(struct serve *serve)
{
    if (open_store(serve) != 0 || start_loop(serve) != 0 ||
        start_web(serve) != 0 || serve_show(serve) != 0 ||
        serve_start_child(serve) != 0) {
        return -1;
    }
    return 0;
}

/* From the outside in: who asks, who answers, who keeps. */
static void stop(struct serve *serve)
{
    if (serve->control != NULL) {
        control_stop(serve->control);
    }
    webui_stop(serve->webui);
    if (serve->has_loop) {
        loop_close(&serve->loop);
    }
    if (serve->inbox != NULL) {
        inbox_close(serve->inbox);
    }
    control_free(serve->control);
    announcer_free(serve->loop.announcer);
    tls_records_free(serve->loop.tls_records);
    tls_context_free(serve->loop.tls);
    networks_free(serve->loop.trusted);
    accounts_free(serve->loop.accounts);
    certificates_free(&serve->certificates);
    if (serve->options.ready_file != NULL && serve->webui != NULL) {
        (void)unlink(serve->options.ready_file);
    }
}

static int run(struct serve *serve)
{
    /* A command of its own has stdout for itself. */
    bool is_quiet =
        serve->options.command != NULL && !serve->options.given[OPTION_ID_log];
    log_set_level(is_quiet ? LOG_WARN : (enum log_level)serve->options.log);
    raise_limits();
    ignore_pipes();
    serve->passed = passed_sockets();
    int status = 0;
    if (start(serve) != 0) {
        status = command_fail("%s", serve->why);
    } else {
        loop_run(&serve->loop);
    }
    stop(serve);
    int ended = serve_child_status(serve);
    return status != 0 ? status : ended;
}

int command_serve(int argc, char **argv)
{
    struct serve serve = {0};
    char why[OPTIONS_WHY_SIZE];
    int status = 0;
    switch (options_read(argc, argv, &serve.options, why)) {
    case OPTIONS_OK:
        status = run(&serve);
        break;
    case OPTIONS_HELP:
        commands_show_help(stdout);
        break;
    case OPTIONS_VERSION:
        version_show(stdout);
        break;
    case OPTIONS_BAD:
        status = command_fail("%s", why);
        break;
    }
    options_free(&serve.options);
    return status;
}
