/* SPDX-License-Identifier: MIT */
#include "server/login/scram.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "inbox/base/base64.h"

/* The client's side of RFC 5802 3, written for this test alone. */
struct client {
    struct scram_start start;
    const char *header;   /* gs2-header */
    const char *bare;     /* client-first-message-bare */
    const char *password; /* what the client believes */
    struct bytes binding; /* what the client believes */
    bool spoils_nonce;
    bool spoils_proof;
    bool spoils_last;
};

static struct accounts *accounts;

static const EVP_MD *hash_of(const struct client *client)
{
    return bytes_start_nocase(client->start.mechanism, BYTES("SCRAM-SHA-256"))
               ? EVP_sha256()
               : EVP_sha1();
}

/* The value of `key` in "r=...,s=...,i=...". */
static struct bytes field(struct bytes text, char key)
{
    for (size_t i = 0; i + 1 < text.size; i++) {
        bool is_start = i == 0 || text.at[i - 1] == ',';
        if (is_start && text.at[i] == (unsigned char)key) {
            const unsigned char *end = memchr(text.at + i, ',', text.size - i);
            size_t size =
                end == NULL ? text.size - i : (size_t)(end - text.at) - i;
            return bytes_part(text, i + 2, size - 2);
        }
    }
    return (struct bytes){0};
}

/* The key called `name` of the salted password. */
static void key(const struct client *client, struct bytes first,
                const char *name, unsigned char out[EVP_MAX_MD_SIZE])
{
    const EVP_MD *hash = hash_of(client);
    unsigned char salted[EVP_MAX_MD_SIZE];
    struct buffer salt = {0};
    unsigned size = 0;
    assert_int_equal(base64_decode(field(first, 's'), &salt), 0);
    assert_true(bytes_equal(field(first, 'i'), BYTES("4096")));
    assert_int_equal(PKCS5_PBKDF2_HMAC(client->password, -1, salt.at,
                                       (int)salt.size, 4096, hash,
                                       EVP_MD_size(hash), salted),
                     1);
    assert_non_null(HMAC(hash, salted, EVP_MD_size(hash),
                         (const unsigned char *)name, strlen(name), out,
                         &size));
    buffer_free(&salt);
}

static void add_proof(const struct client *client, struct bytes first,
                      struct bytes messages, struct buffer *out)
{
    const EVP_MD *hash = hash_of(client);
    unsigned char one[EVP_MAX_MD_SIZE];
    unsigned char stored[EVP_MAX_MD_SIZE];
    unsigned char signature[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    key(client, first, "Client Key", one);
    assert_int_equal(
        EVP_Digest(one, (size_t)EVP_MD_size(hash), stored, &size, hash, NULL),
        1);
    assert_non_null(HMAC(hash, stored, (int)size, messages.at, messages.size,
                         signature, &size));
    for (unsigned i = 0; i < size; i++) {
        one[i] ^= signature[i];
    }
    one[0] ^= client->spoils_proof ? 1 : 0;
    buffer_print(out, ",p=");
    base64_encode((struct bytes){one, size}, out);
}

static bool is_signature(const struct client *client, struct bytes first,
                         struct bytes messages, struct bytes last)
{
    unsigned char server[EVP_MAX_MD_SIZE];
    unsigned char signature[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    struct buffer want = {0};
    key(client, first, "Server Key", server);
    assert_non_null(HMAC(hash_of(client), server, EVP_MD_size(hash_of(client)),
                         messages.at, messages.size, signature, &size));
    buffer_print(&want, "v=");
    base64_encode((struct bytes){signature, size}, &want);
    bool fits = bytes_equal(buffer_bytes(&want), last);
    buffer_free(&want);
    return fits;
}

/* client-final-message-without-proof */
static void final_message(const struct client *client, struct bytes first,
                          struct buffer *out)
{
    struct buffer binding = {0};
    buffer_print(&binding, "%s", client->header);
    if (client->header[0] == 'p') {
        buffer_add(&binding, client->binding);
    }
    buffer_print(out, "c=");
    base64_encode(buffer_bytes(&binding), out);
    buffer_print(out, ",r=");
    buffer_add(out, field(first, 'r'));
    if (client->spoils_nonce) {
        buffer_print(out, "x");
    }
    buffer_free(&binding);
}

/* The second half of the exchange. */
static enum scram_outcome prove(const struct client *client,
                                struct scram *scram, struct bytes first)
{
    struct buffer text = {0};
    struct buffer messages = {0};
    struct buffer last = {0};
    final_message(client, first, &text);
    buffer_print(&messages, "%s,", client->bare);
    buffer_add(&messages, first);
    buffer_print(&messages, ",");
    buffer_add(&messages, buffer_bytes(&text));
    add_proof(client, first, buffer_bytes(&messages), &text);
    enum scram_outcome outcome = scram_step(scram, buffer_bytes(&text), &last);
    if (outcome == SCRAM_CHALLENGE) {
        assert_true(is_signature(client, first, buffer_bytes(&messages),
                                 buffer_bytes(&last)));
        struct bytes reply =
            client->spoils_last ? BYTES("x") : (struct bytes){0};
        outcome = scram_step(scram, reply, &last);
    }
    buffer_free(&text);
    buffer_free(&messages);
    buffer_free(&last);
    return outcome;
}

static enum scram_outcome run(const struct client *client)
{
    struct scram_start start = client->start;
    struct buffer text = {0};
    struct buffer first = {0};
    start.accounts = accounts;
    start.nonce = BYTES("3rfcNHYJY1ZVvWVs7j");
    struct scram *scram = scram_new(&start);
    buffer_print(&text, "%s%s", client->header, client->bare);
    enum scram_outcome outcome = scram_step(scram, buffer_bytes(&text), &first);
    if (outcome == SCRAM_CHALLENGE) {
        outcome = prove(client, scram, buffer_bytes(&first));
    }
    if (outcome == SCRAM_ACCEPTED) {
        assert_true(scram_user(scram).size > 0);
    }
    buffer_free(&text);
    buffer_free(&first);
    scram_free(scram);
    return outcome;
}

#define SHA1 BYTES("SCRAM-SHA-1")
#define SHA256 BYTES("SCRAM-SHA-256")
#define PLUS BYTES("SCRAM-SHA-256-PLUS")
#define BOUND                                                      \
    {                                                              \
        .mechanism = PLUS, .binding_type = "tls-exporter",         \
        .binding = BYTES("0123456789abcdef"), .offers_plus = true, \
    }

static void expect(const struct client *rows, size_t count,
                   enum scram_outcome want)
{
    for (size_t i = 0; i < count; i++) {
        if (run(&rows[i]) != want) {
            fail_msg("%s%s, row %zu", rows[i].header, rows[i].bare, i);
        }
    }
}

static void right_passwords_are_accepted(void **state)
{
    static const struct client rows[] = {
        {{.mechanism = SHA1}, "n,,", "n=user,r=abc", "pencil", {0}, 0, 0, 0},
        {{.mechanism = SHA256}, "n,,", "n=user,r=abc", "pencil", {0}, 0, 0, 0},
        {{.mechanism = SHA256}, "y,,", "n=user,r=abc", "pencil", {0}, 0, 0, 0},
        {{.mechanism = SHA256},
         "n,a=user,",
         "n=user,r=abc",
         "pencil",
         {0},
         0,
         0,
         0},
        {{.mechanism = SHA256},
         "n,,",
         "n=a=2Cb=3Dc,r=abc",
         "odd",
         {0},
         0,
         0,
         0},
        {{.mechanism = SHA256},
         "n,,",
         "n=user,r=abc,x=more",
         "pencil",
         {0},
         0,
         0,
         0},
        {BOUND, "p=tls-exporter,,", "n=user,r=abc", "pencil",
         BYTES("0123456789abcdef"), 0, 0, 0},
    };
    (void)state;
    expect(rows, sizeof(rows) / sizeof(rows[0]), SCRAM_ACCEPTED);
}

static void whatever_is_wrong_is_refused(void **state)
{
    static const struct client rows[] = {
        {{.mechanism = SHA256}, "n,,", "n=user,r=abc", "pencils", {0}, 0, 0, 0},
        {{.mechanism = SHA256}, "n,,", "n=nobody,r=abc", "", {0}, 0, 0, 0},
        {{.mechanism = SHA256}, "n,,", "n=user,r=abc", "pencil", {0}, 1, 0, 0},
        {{.mechanism = SHA256}, "n,,", "n=user,r=abc", "pencil", {0}, 0, 1, 0},
        {{.mechanism = SHA256}, "n,,", "n=user,r=abc", "pencil", {0}, 0, 0, 1},
        {{.mechanism = SHA256},
         "n,a=root,",
         "n=user,r=abc",
         "pencil",
         {0},
         0,
         0,
         0},
        {{.mechanism = SHA256},
         "n,,",
         "m=x,n=user,r=abc",
         "pencil",
         {0},
         0,
         0,
         0},
        {{.mechanism = SHA256}, "n,,", "n=user,r=", "pencil", {0}, 0, 0, 0},
        {{.mechanism = SHA256}, "n,,", "n=us=er,r=abc", "pencil", {0}, 0, 0, 0},
        {{.mechanism = SHA256}, "", "", "pencil", {0}, 0, 0, 0},
        {{.mechanism = SHA256},
         "p=tls-exporter,,",
         "n=user,r=abc",
         "pencil",
         {0},
         0,
         0,
         0},
        /* somebody between took -PLUS away */
        {{.mechanism = SHA256, .offers_plus = true},
         "y,,",
         "n=user,r=abc",
         "pencil",
         {0},
         0,
         0,
         0},
        {BOUND, "n,,", "n=user,r=abc", "pencil", {0}, 0, 0, 0},
        {BOUND, "p=tls-unique,,", "n=user,r=abc", "pencil",
         BYTES("0123456789abcdef"), 0, 0, 0},
        {BOUND, "p=tls-exporter,,", "n=user,r=abc", "pencil",
         BYTES("another tls link"), 0, 0, 0},
    };
    (void)state;
    expect(rows, sizeof(rows) / sizeof(rows[0]), SCRAM_REFUSED);
}

static void junk_ends_the_exchange(void **state)
{
    struct scram_start start = {
        .accounts = accounts, .mechanism = SHA256, .nonce = BYTES("x")};
    struct buffer out = {0};
    (void)state;
    struct scram *scram = scram_new(&start);
    assert_int_equal(scram_step(scram, BYTES("junk"), &out), SCRAM_REFUSED);
    assert_int_equal(scram_step(scram, BYTES("n,,n=user,r=a"), &out),
                     SCRAM_REFUSED);
    scram_free(scram);
    scram_free(NULL);
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_passwords_are_accepted),
        cmocka_unit_test(whatever_is_wrong_is_refused),
        cmocka_unit_test(junk_ends_the_exchange),
    };
    size_t line = 0;
    accounts = accounts_read(BYTES("user:pencil\na,b=c:odd\n"),
                             BYTES("any seed"), &line);
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    accounts_free(accounts);
    return failures;
}
