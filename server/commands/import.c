/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "inbox/base/memory.h"
#include "inbox/mail/mail.h"
#include "server/commands/client.h"
#include "server/commands/commands.h"
#include "server/commands/compose.h"

/* Deeper than any mail store; a link to a directory above never ends. */
#define DEPTH_MAX 32

const struct flag import_flags[] = {
    CLIENT_FLAGS,
    {"inbox", "NAME", "Into this inbox"},
    {"from", "ADDRESS", "Envelope sender [the one in From]"},
    {"to", "ADDRESS", "Envelope recipient [those of To and Cc]"},
    {NULL, NULL, NULL}};

/* An import under way. */
struct job {
    struct client *client;
    const struct flags *flags;
    size_t count;
};

/* The addresses, with commas between them, behind what `list` holds. */
static void join(struct buffer *list, const struct mail_address *addresses,
                 size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (addresses[i].address != NULL) {
            buffer_print(list, "%s%s", list->size > 0 ? "," : "",
                         addresses[i].address);
        }
    }
}

static void put_envelope(struct job *job, struct bytes message,
                         struct arena *arena, struct buffer *path)
{
    struct mail_summary summary;
    struct buffer to = {0};
    mail_summarize(message, arena, &summary);
    join(&to, summary.to, summary.to_count);
    join(&to, summary.cc, summary.cc_count);
    client_query(path, "from",
                 flags_text(job->flags, "from", summary.from.address));
    client_query(path, "to", flags_text(job->flags, "to", client_path(&to)));
    client_query(path, "inbox", flags_text(job->flags, "inbox", NULL));
    buffer_free(&to);
}

static int import_message(struct job *job, struct bytes message)
{
    struct arena arena = {0};
    struct buffer path = {0};
    struct client_answer answer = {0};
    buffer_print(&path, "/api/messages");
    put_envelope(job, message, &arena, &path);
    struct client_call call = {.method = "POST",
                               .path = client_path(&path),
                               .type = "message/rfc822",
                               .body = message};
    int status = client_ask(job->client, &call, &answer) != 0 ? 2 : 0;
    if (status == 0 && answer.status != 200 && answer.status != 201) {
        status = client_refused(&answer);
    }
    job->count += status == 0;
    client_answer_free(&answer);
    buffer_free(&path);
    arena_free(&arena);
    return status;
}

/* One message of an mbox, its quoting undone: ">From " was "From ". */
static int import_quoted(struct job *job, struct bytes lines)
{
    struct buffer plain = {0};
    struct buffer message = {0};
    for (size_t start = 0; start < lines.size;) {
        const unsigned char *line = lines.at + start;
        const unsigned char *end = memchr(line, '\n', lines.size - start);
        size_t size =
            end != NULL ? (size_t)(end - line) + 1 : lines.size - start;
        size_t quotes = 0;
        while (quotes < size && line[quotes] == '>') {
            quotes++;
        }
        bool quoted = quotes > 0 && size - quotes >= 5 &&
                      memcmp(line + quotes, "From ", 5) == 0;
        buffer_add(&plain, (struct bytes){line + quoted, size - quoted});
        start += size;
    }
    compose_crlf(buffer_bytes(&plain), false, &message);
    int status = import_message(job, buffer_bytes(&message));
    buffer_free(&plain);
    buffer_free(&message);
    return status;
}

/* Where the next message begins, behind `start`: at a "From " line behind an
 * empty one (RFC 4155), for others stand in mails of careless writers too. */
static size_t next_from(struct bytes mbox, size_t start)
{
    bool is_behind_empty = true;
    while (start < mbox.size) {
        struct bytes rest = bytes_part(mbox, start, mbox.size);
        if (is_behind_empty && rest.size >= 5 &&
            memcmp(rest.at, "From ", 5) == 0) {
            return start;
        }
        is_behind_empty =
            rest.at[0] == '\n' ||
            (rest.size > 1 && rest.at[0] == '\r' && rest.at[1] == '\n');
        const unsigned char *end = memchr(rest.at, '\n', rest.size);
        start = end != NULL ? (size_t)(end - mbox.at) + 1 : mbox.size;
    }
    return mbox.size;
}

static int import_mbox(struct job *job, struct bytes mbox)
{
    int status = 0;
    size_t at = 0;
    while (at < mbox.size && status == 0) {
        struct bytes rest = bytes_part(mbox, at, mbox.size);
        const unsigned char *end = memchr(rest.at, '\n', rest.size);
        size_t body = end != NULL ? (size_t)(end - mbox.at) + 1 : mbox.size;
        size_t next = next_from(mbox, body);
        size_t size = next - body;
        bool has_separator = size > 1 && mbox.at[next - 1] == '\n' &&
                             (mbox.at[next - 2] == '\n' || next < mbox.size);
        size -= has_separator; /* the empty line belongs to mbox */
        status = import_quoted(job, bytes_part(mbox, body, size));
        at = next;
    }
    return status;
}

static int import_file(struct job *job, const char *path)
{
    struct buffer octets = {0};
    int status = client_read_file(path, &octets) == 0 ? 0 : 1;
    struct bytes whole = buffer_bytes(&octets);
    if (status == 0 && whole.size >= 5 && memcmp(whole.at, "From ", 5) == 0) {
        status = import_mbox(job, whole);
    } else if (status == 0) {
        status = import_message(job, whole);
    }
    buffer_free(&octets);
    return status;
}

/* In a Maildir every file in cur and new is a message; in other directories
 * only what is named like one. */
static bool is_mail(const char *folder, const char *name)
{
    const char *last = strrchr(folder, '/');
    const char *ending = strrchr(name, '.');
    last = last != NULL ? last + 1 : folder;
    return strcmp(last, "cur") == 0 || strcmp(last, "new") == 0 ||
           (ending != NULL && (strcasecmp(ending, ".eml") == 0 ||
                               strcasecmp(ending, ".mbox") == 0));
}

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static int import_folder(struct job *job, const char *path, int depth);

/* .Sent and the like are folders of a Maildir. */
static int import_entry(struct job *job, const char *folder, const char *name,
                        int depth)
{
    struct buffer inner = {0};
    int status = 0;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
        strcmp(name, "tmp") == 0) {
        return 0;
    }
    buffer_print(&inner, "%s/%s", folder, name);
    if (is_folder(client_path(&inner))) {
        status = import_folder(job, client_path(&inner), depth + 1);
    } else if (*name != '.' && is_mail(folder, name)) {
        status = import_file(job, client_path(&inner));
    }
    buffer_free(&inner);
    return status;
}

/* In the order of the names. */
static int import_folder(struct job *job, const char *path, int depth)
{
    struct dirent **names;
    int status = 0;
    if (depth > DEPTH_MAX) {
        command_fail("%s: more than %d directories deep; is it a loop of "
                     "links?",
                     path, DEPTH_MAX);
        return 1;
    }
    int count = scandir(path, &names, NULL, alphasort);
    if (count < 0) {
        command_fail("%s cannot be read: %s", path, strerror(errno));
        return 1;
    }
    for (int i = 0; i < count; i++) {
        if (status == 0) {
            status = import_entry(job, path, names[i]->d_name, depth);
        }
        free(names[i]);
    }
    free(names);
    return status;
}

int command_import(const struct flags *flags)
{
    struct job job = {.flags = flags};
    int status = 0;
    if (flags->argument_count == 0) {
        return command_fail("import: name files, directories, or - for stdin");
    }
    job.client = client_open(flags);
    for (size_t i = 0; i < flags->argument_count && status == 0; i++) {
        const char *path = flags->arguments[i];
        status = is_folder(path) ? import_folder(&job, path, 0)
                                 : import_file(&job, path);
    }
    printf("%zu imported\n", job.count);
    client_close(job.client);
    return status;
}
