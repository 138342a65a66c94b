/* SPDX-License-Identifier: MIT */
#include "server/commands/client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "server/commands/commands.h"

struct client {
    CURL *curl;
    char *base;   /* http://127.0.0.1:8025, for messages and links */
    char *socket; /* unix: of the socket, or NULL */
    const char *ca_file;
    char error[CURL_ERROR_SIZE];
};

/* Where the octets of one answer go. */
struct sink {
    struct client *client;
    struct client_answer *answer;
    FILE *into;
};

struct client *client_open(const struct flags *flags)
{
    const char *url = flags_text(flags, "url", getenv("MAILSCOPE_URL"));
    if (url == NULL || *url == '\0') {
        url = "http://127.0.0.1:8025";
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    struct client *client = memory_new(sizeof *client);
    client->curl = curl_easy_init();
    if (strncmp(url, "unix:", 5) == 0) {
        client->socket = memory_text(url + 5);
        url = "http://localhost";
    }
    client->base = memory_text(url);
    size_t length = strlen(client->base);
    while (length > 0 && client->base[length - 1] == '/') {
        client->base[--length] = '\0';
    }
    client->ca_file = flags_text(flags, "ca-file", getenv("MAILSCOPE_CA_FILE"));
    return client;
}

void client_close(struct client *client)
{
    if (client != NULL) {
        curl_easy_cleanup(client->curl);
        free(client->base);
        free(client->socket);
        free(client);
    }
}

static size_t on_body(char *at, size_t one, size_t count, void *user)
{
    struct sink *sink = user;
    long status = 0;
    curl_easy_getinfo(sink->client->curl, CURLINFO_RESPONSE_CODE, &status);
    if (sink->into != NULL && status == 200) {
        return fwrite(at, one, count, sink->into);
    }
    buffer_add(&sink->answer->body,
               (struct bytes){(const unsigned char *)at, one * count});
    return one * count;
}

static struct curl_slist *headers_of(const struct client_call *call)
{
    char line[200];
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    if (call->accept != NULL) {
        snprintf(line, sizeof line, "Accept: %s", call->accept);
        headers = curl_slist_append(headers, line);
    }
    snprintf(line, sizeof line, "Content-Type: %s",
             call->type != NULL ? call->type : "application/json");
    return curl_slist_append(headers, line);
}

static bool is_loopback(const char *url)
{
    CURLU *parts = curl_url();
    char *host = NULL;
    bool is_there = curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
                    curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK;
    struct in_addr number = {0};
    bool is_here = is_there && (strcmp(host, "localhost") == 0 ||
                                strcmp(host, "[::1]") == 0 ||
                                (inet_pton(AF_INET, host, &number) == 1 &&
                                 ntohl(number.s_addr) >> 24 == 127));
    curl_free(host);
    curl_url_cleanup(parts);
    return is_here;
}

static void set_up(struct client *client, const struct client_call *call,
                   const char *url, struct curl_slist *headers)
{
    CURL *curl = client->curl;
    const char *method = call->method != NULL ? call->method : "GET";
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, client->error);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    if (client->socket != NULL) {
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, client->socket);
    }
    if (client->ca_file != NULL) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, client->ca_file);
    } else if (is_loopback(url)) {
        /* nobody is between; and the CA itself is to be had here */
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (strcmp(method, "GET") != 0) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)call->body.size);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
                         call->body.size > 0 ? (const void *)call->body.at
                                             : "");
    }
}

int client_try(struct client *client, const struct client_call *call,
               struct client_answer *answer_out)
{
    struct sink sink = {client, answer_out, call->into};
    struct curl_slist *headers = headers_of(call);
    struct buffer url = {0};
    buffer_print(&url, "%s%s", client->base, call->path);
    *client->error = '\0';
    set_up(client, call, client_path(&url), headers);
    curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, &sink);
    CURLcode code = curl_easy_perform(client->curl);
    if (code == CURLE_OK) {
        char *type = NULL;
        curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE,
                          &answer_out->status);
        curl_easy_getinfo(client->curl, CURLINFO_CONTENT_TYPE, &type);
        snprintf(answer_out->type, sizeof answer_out->type, "%s",
                 type != NULL ? type : "");
    } else if (*client->error == '\0') {
        snprintf(client->error, sizeof client->error, "%s",
                 curl_easy_strerror(code));
    }
    curl_slist_free_all(headers);
    buffer_free(&url);
    return code == CURLE_OK ? 0 : -1;
}

int client_ask(struct client *client, const struct client_call *call,
               struct client_answer *answer_out)
{
    if (client_try(client, call, answer_out) == 0) {
        return 0;
    }
    if (call->into != NULL && ferror(call->into)) {
        return -1; /* commands_run() says so */
    }
    command_fail("%s does not answer: %s (is it running? --url says where)",
                 client->socket ? client->socket : client->base, client->error);
    return -1;
}

void client_answer_free(struct client_answer *answer)
{
    buffer_free(&answer->body);
    *answer = (struct client_answer){0};
}

int client_refused(const struct client_answer *answer)
{
    struct json_problem problem;
    struct json *value = json_parse(buffer_bytes(&answer->body), &problem);
    const char *detail = json_text_of(json_member(value, "detail"));
    if (detail == NULL) {
        detail = json_text_of(json_member(value, "title"));
    }
    command_fail("the server answered %ld: %s%s", answer->status,
                 detail != NULL ? detail : "no reason was given",
                 answer->status == 401
                     ? "; write --url http://USER:PASSWORD@HOST:PORT"
                     : "");
    json_free(value);
    return answer->status == 404 ? 1 : 2;
}

int client_get_json(struct client *client, const char *path,
                    struct json **value_out)
{
    struct client_call call = {.path = path};
    struct client_answer answer = {0};
    struct json_problem problem;
    int status = 0;
    *value_out = NULL;
    if (client_ask(client, &call, &answer) != 0) {
        status = 2;
    } else if (answer.status != 200) {
        status = client_refused(&answer);
    } else {
        *value_out = json_parse(buffer_bytes(&answer.body), &problem);
        if (*value_out == NULL) {
            status = command_fail("%s%s: no JSON: is this a mailscope?",
                                  client->base, path);
        }
    }
    client_answer_free(&answer);
    return status;
}

/* What octets alone cannot say. */
static void say_missing(struct client *client)
{
    struct curl_header *field = NULL;
    if (curl_easy_header(client->curl, "Mailscope-Missing-Octets", 0,
                         CURLH_HEADER, -1, &field) == CURLHE_OK &&
        strcmp(field->value, "0") != 0) {
        fprintf(stderr, "mailscope: %s octets were retired or deleted\n",
                field->value);
    }
}

int client_copy(struct client *client, const char *path)
{
    struct client_call call = {.path = path, .into = stdout};
    struct client_answer answer = {0};
    int status = client_ask(client, &call, &answer) != 0 ? 2 : 0;
    if (status == 0 && answer.status != 200) {
        status = client_refused(&answer);
    }
    say_missing(client);
    client_answer_free(&answer);
    return status;
}

void client_query(struct buffer *path, const char *key, const char *value)
{
    if (value == NULL) {
        return;
    }
    char *escaped = curl_easy_escape(NULL, value, 0);
    bool has_query = path->size > 0 && memchr(path->at, '?', path->size);
    buffer_print(path, "%s%s=%s", has_query ? "&" : "?", key,
                 escaped != NULL ? escaped : "");
    curl_free(escaped);
}

void client_segment(struct buffer *path, const char *segment)
{
    if (segment != NULL) {
        char *escaped = curl_easy_escape(NULL, segment, 0);
        buffer_print(path, "/%s", escaped != NULL ? escaped : "");
        curl_free(escaped);
    }
}

const char *client_path(struct buffer *path)
{
    *buffer_room(path, 1) = '\0';
    return (const char *)path->at;
}

void client_print(const struct json *value)
{
    struct buffer out = {0};
    json_write_pretty(value, &out);
    fwrite(out.at, 1, out.size, stdout);
    if (out.size == 0 || out.at[out.size - 1] != '\n') {
        putchar('\n');
    }
    buffer_free(&out);
}

int client_read_file(const char *path, struct buffer *out)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "rb");
    size_t got = 0;
    if (file != NULL) {
        do {
            got = fread(buffer_room(out, 65536), 1, 65536, file);
            out->size += got;
        } while (got > 0);
    }
    bool failed = file == NULL || ferror(file);
    if (failed) {
        command_fail("%s cannot be read: %s", path, strerror(errno));
    }
    if (file != NULL && !is_stdin) {
        fclose(file);
    }
    return failed ? -1 : 0;
}
