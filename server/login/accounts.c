/* SPDX-License-Identifier: MIT */
#include "server/login/accounts.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <stringprep.h>

#include "inbox/base/memory.h"

#define ITERATIONS 4096 /* RFC 7677 4 */

struct account {
    char *user;
    char *password;
    struct accounts_keys keys[2]; /* SHA-1, SHA-256; made when first used */
};

struct accounts {
    struct account *list;
    size_t count;
    struct buffer seed;
};

/* SASLprep (RFC 4013): how names and passwords are compared (RFC 4616 2, RFC
 * 5802 5.1). What it forbids stays as it is and fits nothing but itself. */
static void prepare(struct bytes text, struct buffer *out)
{
    char *ready = NULL;
    struct buffer copy = {0};
    buffer_add(&copy, text);
    buffer_add_byte(&copy, '\0');
    bool is_text = text.size == 0 || memchr(text.at, '\0', text.size) == NULL;
    if (is_text && stringprep_profile((const char *)copy.at, &ready, "SASLprep",
                                      0) == STRINGPREP_OK) {
        buffer_add(out, bytes_of(ready));
        OPENSSL_cleanse(ready, strlen(ready));
        free(ready);
    } else {
        buffer_add(out, text);
    }
    OPENSSL_cleanse(copy.at, copy.size);
    buffer_free(&copy);
}

/* The same as a string of its own. */
static char *prepared_text(struct bytes text)
{
    struct buffer ready = {0};
    prepare(text, &ready);
    buffer_add_byte(&ready, '\0');
    return (char *)ready.at;
}

static void add(struct accounts *accounts, struct bytes user,
                struct bytes password)
{
    size_t size = (accounts->count + 1) * sizeof(*accounts->list);
    accounts->list = memory_resize(accounts->list, size);
    struct account *account = &accounts->list[accounts->count++];
    *account = (struct account){
        .user = prepared_text(user),
        .password = prepared_text(password),
    };
}

/* A line without its end; -1 when it is wrong. */
static int read_line(struct accounts *accounts, struct bytes line)
{
    if (line.size > 0 && line.at[line.size - 1] == '\r') {
        line.size--;
    }
    if (line.size == 0 || line.at[0] == '#') {
        return 0;
    }
    const unsigned char *colon = memchr(line.at, ':', line.size);
    if (colon == NULL || colon == line.at ||
        memchr(line.at, '\0', line.size) != NULL) {
        return -1;
    }
    size_t size = (size_t)(colon - line.at);
    add(accounts, bytes_part(line, 0, size),
        bytes_part(line, size + 1, line.size));
    return 0;
}

struct accounts *accounts_read(struct bytes text, struct bytes seed,
                               size_t *line_out)
{
    struct accounts *accounts = memory_new(sizeof(*accounts));
    size_t number = 0;
    buffer_add(&accounts->seed, seed);
    while (text.size > 0) {
        const unsigned char *end = memchr(text.at, '\n', text.size);
        size_t size = end == NULL ? text.size : (size_t)(end - text.at);
        number++;
        if (read_line(accounts, bytes_part(text, 0, size)) != 0) {
            *line_out = number;
            accounts_free(accounts);
            return NULL;
        }
        text = bytes_part(text, size + 1, text.size);
    }
    if (accounts->count == 0) {
        *line_out = 0;
        accounts_free(accounts);
        return NULL;
    }
    return accounts;
}

void accounts_free(struct accounts *accounts)
{
    if (accounts == NULL) {
        return;
    }
    for (size_t i = 0; i < accounts->count; i++) {
        struct account *account = &accounts->list[i];
        OPENSSL_cleanse(account->password, strlen(account->password));
        OPENSSL_cleanse(account->keys, sizeof(account->keys));
        free(account->user);
        free(account->password);
    }
    free(accounts->list);
    buffer_free(&accounts->seed);
    free(accounts);
}

static struct account *find(const struct accounts *accounts, struct bytes user)
{
    struct account *found = NULL;
    struct buffer name = {0};
    prepare(user, &name);
    for (size_t i = 0; i < accounts->count && found == NULL; i++) {
        if (bytes_equal(buffer_bytes(&name),
                        bytes_of(accounts->list[i].user))) {
            found = &accounts->list[i];
        }
    }
    buffer_free(&name);
    return found;
}

/* Takes the same time whatever `given` is: both are hashed first, so not even
 * the length shows. */
static bool is_secret(struct bytes given, const char *secret)
{
    unsigned char one[EVP_MAX_MD_SIZE];
    unsigned char other[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    struct buffer ready = {0};
    prepare(given, &ready);
    bool is_hashed =
        EVP_Digest(ready.at, ready.size, one, &size, EVP_sha256(), NULL) == 1 &&
        EVP_Digest(secret, strlen(secret), other, &size, EVP_sha256(), NULL) ==
            1;
    OPENSSL_cleanse(ready.at, ready.size);
    buffer_free(&ready);
    return is_hashed && CRYPTO_memcmp(one, other, size) == 0;
}

/* The digest of RFC 2195 2, in lower case as it says; upper case passes. */
static bool is_cram(const struct smtp_login *login, const char *password)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    unsigned size = 0;
    if (HMAC(EVP_md5(), password, (int)strlen(password), login->challenge.at,
             login->challenge.size, digest, &size) == NULL) {
        return false;
    }
    for (unsigned i = 0; i < size; i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    hex[2 * size] = '\0';
    unsigned char given[2 * EVP_MAX_MD_SIZE] = {0};
    if (login->secret.size != 2 * size) {
        return false;
    }
    for (unsigned i = 0; i < 2 * size; i++) {
        unsigned char octet = login->secret.at[i];
        given[i] = octet >= 'A' && octet <= 'F' ? octet | 0x20 : octet;
    }
    return CRYPTO_memcmp(given, hex, 2 * size) == 0;
}

/* A token alone names nobody: anybody's will do. */
static bool is_any_token(const struct accounts *accounts, struct bytes token)
{
    bool found = false;
    for (size_t i = 0; i < accounts->count; i++) {
        found = is_secret(token, accounts->list[i].password) || found;
    }
    return found;
}

bool accounts_allow(const struct accounts *accounts,
                    const struct smtp_login *login)
{
    if (bytes_equal(login->mechanism, BYTES("EXTERNAL"))) {
        return true;
    }
    if (bytes_equal(login->mechanism, BYTES("ANONYMOUS"))) {
        return false;
    }
    if (login->authzid.size > 0 && !bytes_equal(login->authzid, login->user)) {
        return false;
    }
    if (bytes_equal(login->mechanism, BYTES("OAUTHBEARER")) &&
        login->user.size == 0) {
        return is_any_token(accounts, login->secret);
    }
    const struct account *account = find(accounts, login->user);
    const char *password = account == NULL ? "" : account->password;
    bool fits = bytes_equal(login->mechanism, BYTES("CRAM-MD5"))
                    ? is_cram(login, password)
                    : is_secret(login->secret, password);
    return fits && account != NULL;
}

/* Each user's own salt, the same for the whole run, nobody's as well. */
static void make_salt(const struct accounts *accounts, struct bytes user,
                      struct accounts_keys *keys)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    unsigned size = 0;
    struct bytes seed = buffer_bytes(&accounts->seed);
    (void)HMAC(EVP_sha256(), seed.at, (int)seed.size, user.at, user.size,
               digest, &size);
    memcpy(keys->salt, digest, sizeof(keys->salt));
    memcpy(keys->stored_key, digest + 12, 20);
    memcpy(keys->server_key, digest + 8, 20);
    keys->iterations = ITERATIONS;
}

/* RFC 5802 3: SaltedPassword, then StoredKey = H(ClientKey) and ServerKey. */
static void make_keys(const struct account *account, bool is_sha256,
                      struct accounts_keys *keys)
{
    const EVP_MD *hash = is_sha256 ? EVP_sha256() : EVP_sha1();
    unsigned char salted[32];
    unsigned char client[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    int length = (int)keys->size;
    bool is_made =
        PKCS5_PBKDF2_HMAC(account->password, (int)strlen(account->password),
                          keys->salt, sizeof(keys->salt), ITERATIONS, hash,
                          length, salted) == 1 &&
        HMAC(hash, salted, length, (const unsigned char *)"Client Key", 10,
             client, &size) != NULL &&
        HMAC(hash, salted, length, (const unsigned char *)"Server Key", 10,
             keys->server_key, &size) != NULL &&
        EVP_Digest(client, keys->size, keys->stored_key, &size, hash, NULL) ==
            1;
    OPENSSL_cleanse(salted, sizeof(salted));
    OPENSSL_cleanse(client, sizeof(client));
    if (!is_made) {
        abort(); /* a digest of OpenSSL's own that is missing */
    }
}

bool accounts_scram(const struct accounts *accounts, struct bytes user,
                    bool is_sha256, struct accounts_keys *keys_out)
{
    struct account *account = find(accounts, user);
    *keys_out = (struct accounts_keys){.size = is_sha256 ? 32 : 20};
    if (account == NULL) {
        make_salt(accounts, user, keys_out);
        return false;
    }
    struct accounts_keys *kept = &account->keys[is_sha256 ? 1 : 0];
    if (kept->size == 0) {
        kept->size = keys_out->size;
        make_salt(accounts, user, kept);
        make_keys(account, is_sha256, kept);
    }
    *keys_out = *kept;
    return true;
}
