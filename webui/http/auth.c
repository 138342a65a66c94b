/* SPDX-License-Identifier: MIT */
#include "webui/http/auth.h"

#include "inbox/base/base64.h"
#include "webui/http/keyed_hash.h"

#include <crypt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REMEMBERED 32
#define LINE_MAX_OCTETS 512

struct auth_user {
    char *name;
    char *hash;
};

struct auth {
    struct hash_key key;
    bool is_plain;
    struct hash_value plain; /* of "user:password" */
    struct auth_user *users; /* of the file */
    size_t user_count;
    pthread_mutex_t lock; /* of what follows */
    struct hash_value remembered[REMEMBERED];
    size_t remembered_count; /* all that ever were; the oldest makes room */
};

static int add_line(struct auth *auth, char *line)
{
    char *mark = strchr(line, ':');

    line[strcspn(line, "\r\n")] = '\0';
    if (line[0] == '\0' || line[0] == '#') {
        return 0;
    }
    if (mark == NULL || strncmp(mark + 1, "$2", 2) != 0) {
        return -1;
    }
    *mark = '\0';
    auth->users = memory_resize(auth->users,
                                (auth->user_count + 1) * sizeof *auth->users);
    auth->users[auth->user_count++] =
        (struct auth_user){memory_text(line), memory_text(mark + 1)};
    return 0;
}

static int read_file(struct auth *auth, FILE *file, const char *path,
                     char error_out[WEBUI_ERROR_SIZE])
{
    char line[LINE_MAX_OCTETS];
    unsigned number = 0;

    while (fgets(line, sizeof line, file) != NULL) {
        number++;
        if (add_line(auth, line) != 0) {
            snprintf(error_out, WEBUI_ERROR_SIZE,
                     "--http-auth %s, line %u: expected USER:$2b$... (make one "
                     "with: htpasswd -nB USER)",
                     path, number);
            return -1;
        }
    }
    if (auth->user_count == 0) {
        snprintf(error_out, WEBUI_ERROR_SIZE,
                 "--http-auth %s: no user in it; add USER:$2b$... lines", path);
        return -1;
    }
    return 0;
}

struct auth *auth_new(const char *login, char error_out[WEBUI_ERROR_SIZE])
{
    struct auth *auth = memory_new(sizeof *auth);
    int failed = 0;

    auth->key = hash_key_new();
    pthread_mutex_init(&auth->lock, NULL);
    FILE *file = fopen(login, "re");
    if (file != NULL) {
        failed = read_file(auth, file, login, error_out);
        (void)fclose(file);
    } else if (strchr(login, ':') != NULL) {
        auth->is_plain = true;
        auth->plain = hash_of(auth->key, bytes_of(login));
    } else {
        snprintf(error_out, WEBUI_ERROR_SIZE,
                 "--http-auth: expected USER:PASSWORD or a readable file of "
                 "USER:$2b$... lines");
        failed = -1;
    }
    if (failed) {
        auth_free(auth);
        return NULL;
    }
    return auth;
}

void auth_free(struct auth *auth)
{
    if (auth == NULL) {
        return;
    }
    for (size_t i = 0; i < auth->user_count; i++) {
        free(auth->users[i].name);
        free(auth->users[i].hash);
    }
    free(auth->users);
    pthread_mutex_destroy(&auth->lock);
    free(auth);
}

/* "Basic BASE64" to "user:password" in `login_out`; false: it is no such. */
static bool read_header(const char *header, char login_out[LINE_MAX_OCTETS])
{
    struct buffer login = {0};
    bool is_login = header != NULL &&
                    bytes_start_nocase(bytes_of(header), BYTES("Basic ")) &&
                    base64_decode(bytes_of(header + 6), &login) == 0 &&
                    login.size > 0 && login.size < LINE_MAX_OCTETS &&
                    memchr(login.at, '\0', login.size) == NULL &&
                    memchr(login.at, ':', login.size) != NULL;

    if (is_login) {
        memcpy(login_out, login.at, login.size);
        login_out[login.size] = '\0';
    }
    buffer_free(&login);
    return is_login;
}

static bool is_remembered(struct auth *auth, struct hash_value value)
{
    size_t count;
    bool found = false;

    pthread_mutex_lock(&auth->lock);
    count = auth->remembered_count < REMEMBERED ? auth->remembered_count
                                                : REMEMBERED;
    for (size_t i = 0; i < count; i++) {
        found |= hash_equal(auth->remembered[i], value);
    }
    pthread_mutex_unlock(&auth->lock);
    return found;
}

enum auth_verdict auth_check(struct auth *auth, const char *header)
{
    char login[LINE_MAX_OCTETS];

    if (!read_header(header, login)) {
        return AUTH_REFUSED;
    }
    struct hash_value value = hash_of(auth->key, bytes_of(login));
    if (auth->is_plain) {
        return hash_equal(value, auth->plain) ? AUTH_ACCEPTED : AUTH_REFUSED;
    }
    return is_remembered(auth, value) ? AUTH_ACCEPTED : AUTH_UNKNOWN;
}

static bool is_right(const char *password, const char *hash)
{
    struct crypt_data *work = memory_new(sizeof *work);
    const char *got = crypt_r(password, hash, work);
    struct hash_key key = {{1, 2}};
    bool is_same = got != NULL && hash_equal(hash_of(key, bytes_of(got)),
                                             hash_of(key, bytes_of(hash)));

    free(work);
    return is_same;
}

bool auth_verify(struct auth *auth, const char *header)
{
    char login[LINE_MAX_OCTETS];

    if (!read_header(header, login)) {
        return false;
    }
    struct hash_value value = hash_of(auth->key, bytes_of(login));
    char *password = strchr(login, ':');
    *password++ = '\0';
    const struct auth_user *user = NULL;
    for (size_t i = 0; i < auth->user_count; i++) {
        if (strcmp(auth->users[i].name, login) == 0) {
            user = &auth->users[i];
        }
    }
    /* an unknown name takes as long as a known one */
    bool is_known = user != NULL;
    bool accepted =
        is_right(password, is_known ? user->hash : auth->users[0].hash);
    if (!accepted || !is_known) {
        return false;
    }
    pthread_mutex_lock(&auth->lock);
    auth->remembered[auth->remembered_count++ % REMEMBERED] = value;
    pthread_mutex_unlock(&auth->lock);
    return true;
}
