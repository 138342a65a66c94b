/* SPDX-License-Identifier: MIT */
#include "server/commands/client_smtp.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "inbox/base/memory.h"
#include "server/commands/commands.h"
#include "server/options/address.h"

/* A conversation on its way. */
struct talk {
    const struct client_smtp *smtp;
    size_t sent;      /* octets of the message */
    char reply[200];  /* the last line the server said */
    bool message_cut; /* the trace says once that the message follows */
    char error[CURL_ERROR_SIZE];
};

/* What the library can speak; it takes no other word. */
static bool is_mechanism(const char *name)
{
    static const char *const known[] = {
        "PLAIN",   "LOGIN",       "CRAM-MD5",    "DIGEST-MD5",   "NTLM",
        "XOAUTH2", "OAUTHBEARER", "SCRAM-SHA-1", "SCRAM-SHA-256"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcasecmp(known[i], name) == 0) {
            return true;
        }
    }
    return false;
}

int client_smtp_flags(const struct flags *flags, struct client_smtp *smtp_out)
{
    static const char *const words[] = {"off", "try", "starttls", "tls"};
    const char *tls = flags_text(flags, "tls", "try");
    unsigned place = 0;
    while (place < 4 && strcmp(words[place], tls) != 0) {
        place++;
    }
    if (place == 4) {
        return command_fail("--tls is off, try, starttls or tls");
    }
    smtp_out->tls = (enum client_tls)place;
    smtp_out->ca_file = flags_text(flags, "ca-file", NULL);
    smtp_out->user = flags_text(flags, "user", NULL);
    smtp_out->password = flags_text(flags, "password", NULL);
    smtp_out->mechanism = flags_text(flags, "mechanism", NULL);
    smtp_out->hello = flags_text(flags, "hello", NULL);
    if (smtp_out->mechanism != NULL && !is_mechanism(smtp_out->mechanism)) {
        return command_fail("--mechanism %s: PLAIN, LOGIN, CRAM-MD5, "
                            "DIGEST-MD5, NTLM, XOAUTH2, OAUTHBEARER, "
                            "SCRAM-SHA-1 or SCRAM-SHA-256 is expected",
                            smtp_out->mechanism);
    }
    return 0;
}

const char *client_smtp_server(char text_out[300])
{
    const char *host = getenv("SMTP_HOST");
    const char *port = getenv("SMTP_PORT");
    host = host != NULL && *host != '\0' ? host : "127.0.0.1";
    bool is_v6 = strchr(host, ':') != NULL && *host != '[';
    snprintf(text_out, 300, "%s%s%s:%s", is_v6 ? "[" : "", host,
             is_v6 ? "]" : "", port != NULL && *port != '\0' ? port : "2525");
    return text_out;
}

static size_t on_read(char *into, size_t one, size_t count, void *user)
{
    struct talk *talk = user;
    struct bytes rest =
        bytes_part(talk->smtp->message, talk->sent, one * count);
    if (rest.size > 0) {
        memcpy(into, rest.at, rest.size);
    }
    talk->sent += rest.size;
    return rest.size;
}

/* Each line of what crossed the wire, with who said it. */
static void trace_lines(FILE *trace, const char *who, const char *at,
                        size_t size)
{
    while (size > 0) {
        const char *end = memchr(at, '\n', size);
        size_t length = end != NULL ? (size_t)(end - at) + 1 : size;
        size_t shown = length;
        while (shown > 0 && (at[shown - 1] == '\n' || at[shown - 1] == '\r')) {
            shown--;
        }
        fprintf(trace, "%s %.*s\n", who, (int)shown, at);
        at += length;
        size -= length;
    }
}

static int on_debug(CURL *curl, curl_infotype type, char *at, size_t size,
                    void *user)
{
    struct talk *talk = user;
    FILE *trace = talk->smtp->trace;
    (void)curl;
    if (type == CURLINFO_HEADER_IN) {
        snprintf(talk->reply, sizeof talk->reply, "%.*s",
                 (int)(size < 190 ? size : 190), at);
        talk->reply[strcspn(talk->reply, "\r\n")] = '\0';
    }
    if (trace == NULL) {
        return 0;
    }
    if (type == CURLINFO_HEADER_IN) {
        trace_lines(trace, "S:", at, size);
    } else if (type == CURLINFO_HEADER_OUT) {
        trace_lines(trace, "C:", at, size);
    } else if (type == CURLINFO_DATA_OUT && !talk->message_cut) {
        talk->message_cut = true;
        fprintf(trace, "C: (message, %zu octets)\n", talk->smtp->message.size);
    } else if (type == CURLINFO_TEXT && size > 4 &&
               (memmem(at, size, "SSL connection using", 20) != NULL ||
                memmem(at, size, "subject:", 8) != NULL ||
                memmem(at, size, "issuer:", 7) != NULL)) {
        trace_lines(trace, "--", at, size);
    }
    return 0;
}

static int set_server(CURL *curl, const struct client_smtp *smtp, char *why)
{
    struct address address;
    char where[ADDRESS_TEXT_SIZE] = "localhost";
    char url[600];
    char reason[ADDRESS_WHY_SIZE];
    if (address_read(smtp->server, &address, reason) != 0) {
        snprintf(why, CLIENT_WHY_SIZE, "%s", reason);
        return -1;
    }
    if (address.is_unix) {
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, address.path);
    } else {
        address_text(&address, where);
    }
    snprintf(url, sizeof url, "%s://%s/%s",
             smtp->tls == CLIENT_TLS_INSIDE ? "smtps" : "smtp", where,
             smtp->hello != NULL ? smtp->hello : "");
    curl_easy_setopt(curl, CURLOPT_URL, url);
    return 0;
}

static void set_login(CURL *curl, const struct client_smtp *smtp)
{
    char wanted[100];
    if (smtp->user != NULL) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, smtp->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD,
                         smtp->password != NULL ? smtp->password : "");
    }
    if (smtp->mechanism != NULL) {
        snprintf(wanted, sizeof wanted, "AUTH=%s", smtp->mechanism);
        curl_easy_setopt(curl, CURLOPT_LOGIN_OPTIONS, wanted);
    }
}

static void set_up(CURL *curl, struct talk *talk)
{
    const struct client_smtp *smtp = talk->smtp;
    long check = smtp->ca_file != NULL ? 1L : 0L;
    static const long levels[] = {CURLUSESSL_NONE, CURLUSESSL_TRY,
                                  CURLUSESSL_ALL, CURLUSESSL_ALL};
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 30L);
    curl_easy_setopt(curl, CURLOPT_USE_SSL, levels[smtp->tls]);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, check);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, check * 2);
    if (smtp->ca_file != NULL) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, smtp->ca_file);
    }
    set_login(curl, smtp);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, talk->error);
    curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, on_debug);
    curl_easy_setopt(curl, CURLOPT_DEBUGDATA, talk);
}

static struct curl_slist *set_mail(CURL *curl, struct talk *talk)
{
    struct curl_slist *to = NULL;
    for (size_t i = 0; i < talk->smtp->to_count; i++) {
        to = curl_slist_append(to, talk->smtp->to[i]);
    }
    if (to == NULL) {
        curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
        return NULL;
    }
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, talk->smtp->from);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(curl, CURLOPT_READDATA, talk);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE,
                     (curl_off_t)talk->smtp->message.size);
    return to;
}

static void say_why(const struct talk *talk, CURLcode code, char *why)
{
    bool refused = *talk->reply == '4' || *talk->reply == '5';
    const char *what =
        *talk->error != '\0' ? talk->error : curl_easy_strerror(code);
    snprintf(why, CLIENT_WHY_SIZE, "%s: %s%s", talk->smtp->server,
             refused ? talk->reply : what,
             code == CURLE_COULDNT_CONNECT ? " (is it running?)" : "");
}

int client_smtp_run(const struct client_smtp *smtp,
                    char why_out[CLIENT_WHY_SIZE])
{
    struct talk talk = {.smtp = smtp};
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL *curl = curl_easy_init();
    struct curl_slist *to = NULL;
    int status = set_server(curl, smtp, why_out);
    if (status == 0) {
        set_up(curl, &talk);
        to = set_mail(curl, &talk);
        CURLcode code = curl_easy_perform(curl);
        if (code != CURLE_OK) {
            say_why(&talk, code, why_out);
            status = -1;
        }
    }
    curl_easy_cleanup(curl); /* says QUIT */
    curl_slist_free_all(to);
    return status;
}

/* Octets from stdin to the server. Returns 1 while there may be more. */
static int pass_on(CURL *curl)
{
    char octets[16384];
    size_t sent;
    ssize_t got = read(STDIN_FILENO, octets, sizeof octets);
    for (ssize_t done = 0; done < got; done += (ssize_t)sent) {
        CURLcode code =
            curl_easy_send(curl, octets + done, (size_t)(got - done), &sent);
        if (code == CURLE_AGAIN) {
            sent = 0;
            poll(NULL, 0, 5);
        } else if (code != CURLE_OK) {
            return 0;
        }
    }
    return got > 0;
}

/* Octets from the server to stdout. Returns 1 while there may be more. */
static int pass_back(CURL *curl)
{
    char octets[16384];
    size_t got;
    CURLcode code = curl_easy_recv(curl, octets, sizeof octets, &got);
    if (code == CURLE_AGAIN) {
        return 1;
    }
    if (code != CURLE_OK || got == 0) {
        return 0;
    }
    fwrite(octets, 1, got, stdout);
    fflush(stdout);
    return 1;
}

static void bridge(CURL *curl, curl_socket_t server)
{
    struct pollfd ends[] = {{server, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    int more = 1;
    while (more && poll(ends, 2, -1) > 0) {
        if (ends[0].revents != 0) {
            more = pass_back(curl);
        }
        if (more && ends[1].revents != 0 && !pass_on(curl)) {
            ends[1].fd = -1; /* the server says when it is over */
        }
    }
}

int client_smtp_bridge(const char *server, char why_out[CLIENT_WHY_SIZE])
{
    char url[400];
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL *curl = curl_easy_init();
    snprintf(url, sizeof url, "http://%s", server);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_OK) {
        curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &socket);
        bridge(curl, socket);
    } else {
        snprintf(why_out, CLIENT_WHY_SIZE, "%s: %s", server,
                 curl_easy_strerror(code));
    }
    curl_easy_cleanup(curl);
    return code == CURLE_OK ? 0 : -1;
}
