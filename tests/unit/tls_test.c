/* SPDX-License-Identifier: MIT */
#include "server/tls/tls.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "server/loop/tls_records.h"
#include "server/tls/certificates.h"

/* A client of OpenSSL's on the other side, over memory. */
struct pair {
    struct certificates certificates;
    struct tls_context *context;
    struct tls *server;
    SSL_CTX *client_context;
    SSL *client;
    BIO *to_client;
    BIO *from_client;
};

static void open_pair(struct pair *pair, struct tls_settings settings)
{
    char error[TLS_ERROR_SIZE] = "";
    assert_int_equal(
        certificates_make(NULL, "mail.test", &pair->certificates, error), 0);
    settings.cert_pem = pair->certificates.cert_pem;
    settings.key_pem = pair->certificates.key_pem;
    settings.max_version = 3;
    pair->context = tls_context_new(&settings, error);
    assert_non_null(pair->context);
    pair->server = tls_new(pair->context);
    pair->client_context = SSL_CTX_new(TLS_client_method());
    pair->client = SSL_new(pair->client_context);
    pair->to_client = BIO_new(BIO_s_mem());
    pair->from_client = BIO_new(BIO_s_mem());
    SSL_set_bio(pair->client, pair->to_client, pair->from_client);
    SSL_set_connect_state(pair->client);
    (void)SSL_set_tlsext_host_name(pair->client, "mail.test");
}

static void close_pair(struct pair *pair)
{
    SSL_free(pair->client);
    SSL_CTX_free(pair->client_context);
    tls_free(pair->server);
    tls_context_free(pair->context);
    certificates_free(&pair->certificates);
}

/* Carries records both ways; the client's come one octet at a time. */
static enum tls_result carry(struct pair *pair)
{
    enum tls_result result = TLS_MORE;
    unsigned char octet = 0;
    while (BIO_read(pair->from_client, &octet, 1) == 1) {
        result = tls_receive(pair->server, (struct bytes){&octet, 1});
    }
    struct bytes out = tls_output(pair->server);
    (void)BIO_write(pair->to_client, out.at, (int)out.size);
    tls_sent(pair->server, out.size);
    return result;
}

static enum tls_result shake(struct pair *pair)
{
    enum tls_result result = TLS_MORE;
    for (int i = 0; i < 6; i++) {
        (void)SSL_do_handshake(pair->client);
        enum tls_result now = carry(pair);
        result = now == TLS_MORE ? result : now;
    }
    return result;
}

static void plain_octets_cross_both_ways(void **state)
{
    (void)state;
    struct pair pair = {0};
    char got[64] = "";
    size_t size = 0;
    open_pair(&pair, (struct tls_settings){.min_version = 2});
    assert_int_equal(shake(&pair), TLS_OPEN);
    assert_int_equal(SSL_write(pair.client, "EHLO x\r\n", 8), 8);
    assert_int_equal(carry(&pair), TLS_OPEN);
    size = tls_read(pair.server, (unsigned char *)got, sizeof(got));
    assert_int_equal(size, 8);
    assert_memory_equal(got, "EHLO x\r\n", 8);
    assert_int_equal(tls_send(pair.server, BYTES("250 hello\r\n")), 0);
    (void)carry(&pair);
    assert_int_equal(SSL_read(pair.client, got, sizeof(got)), 11);
    assert_memory_equal(got, "250 hello\r\n", 11);
    assert_false(tls_is_closed(pair.server));
    (void)SSL_shutdown(pair.client);
    (void)carry(&pair);
    assert_int_equal(tls_read(pair.server, (unsigned char *)got, sizeof(got)),
                     0);
    assert_true(tls_is_closed(pair.server));
    close_pair(&pair);
}

static void hex_digest(const X509 *cert, char hex_out[65])
{
    unsigned char digest[32];
    unsigned size = 0;
    assert_int_equal(X509_digest(cert, EVP_sha256(), digest, &size), 1);
    for (size_t i = 0; i < 32; i++) {
        (void)snprintf(hex_out + 2 * i, 3, "%02x", digest[i]);
    }
}

static void what_was_agreed_is_described(void **state)
{
    (void)state;
    struct pair pair = {0};
    open_pair(&pair, (struct tls_settings){.min_version = 2});
    (void)SSL_set_alpn_protos(pair.client, (const unsigned char *)"\x04smtp",
                              5);
    assert_int_equal(shake(&pair), TLS_OPEN);
    char *json = tls_describe(pair.server, "starttls");
    assert_non_null(strstr(json, "\"mode\":\"starttls\""));
    assert_non_null(strstr(json, "\"version\":\"TLSv1.3\""));
    assert_non_null(strstr(json, "\"sni\":\"mail.test\""));
    assert_non_null(strstr(json, "\"alpn\":\"smtp\""));
    assert_non_null(strstr(json, "\"resumed\":false"));
    assert_non_null(strstr(json, "\"client_cert\":null"));
    assert_non_null(strstr(json, "\"error\":null"));
    assert_null(strstr(json, "\"cipher\":null"));
    assert_null(strstr(json, "\"group\":null"));
    free(json);
    close_pair(&pair);
}

static void a_transcript_tells_our_certificate_and_the_octets(void **state)
{
    (void)state;
    struct pair pair = {0};
    char digest[65];
    open_pair(&pair, (struct tls_settings){.min_version = 2});
    assert_int_equal(shake(&pair), TLS_OPEN);
    char *json = tls_describe_whole(pair.server, "starttls");
    assert_non_null(strstr(json, "\"mode\":\"starttls\""));
    assert_non_null(strstr(json, "\"subject\":\"CN=mail.test,O=mailscope\""));
    assert_non_null(strstr(json, "DNS:localhost"));
    assert_non_null(strstr(json, "IP Address:127.0.0.1"));
    assert_non_null(strstr(json, "\"early_data\":false"));
    assert_non_null(strstr(json, "Z\",\"sha256\":\""));
    hex_digest(SSL_get0_peer_certificate(pair.client), digest);
    assert_non_null(strstr(json, digest));
    char octets[80];
    (void)snprintf(octets, sizeof(octets),
                   "\"bytes_in\":%" PRIu64 ",\"bytes_out\":%" PRIu64 ",",
                   BIO_number_written(pair.from_client),
                   BIO_number_written(pair.to_client));
    assert_non_null(strstr(json, octets));
    free(json);
    json = tls_describe(pair.server, "starttls");
    assert_null(strstr(json, "server_cert"));
    free(json);
    close_pair(&pair);
}

static void both_sides_bind_to_the_same_channel(void **state)
{
    (void)state;
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < 2; i++) {
        struct pair pair = {0};
        unsigned char ours[64];
        unsigned char theirs[64];
        const char *type = NULL;
        open_pair(&pair, (struct tls_settings){.min_version = 2});
        (void)SSL_set_max_proto_version(pair.client, versions[i]);
        assert_int_equal(shake(&pair), TLS_OPEN);
        size_t size = tls_binding(pair.server, ours, &type);
        if (versions[i] == TLS1_3_VERSION) {
            assert_string_equal(type, "tls-exporter");
            assert_int_equal(SSL_export_keying_material(
                                 pair.client, theirs, 32,
                                 "EXPORTER-Channel-Binding", 24, NULL, 0, 1),
                             1);
            assert_int_equal(size, 32);
        } else {
            assert_string_equal(type, "tls-unique");
            assert_int_equal(SSL_get_finished(pair.client, theirs, 64), size);
        }
        assert_memory_equal(ours, theirs, size);
        close_pair(&pair);
    }
}

static void a_refused_certificate_is_explained(void **state)
{
    (void)state;
    struct pair pair = {0};
    open_pair(&pair, (struct tls_settings){.min_version = 2});
    SSL_set_verify(pair.client, SSL_VERIFY_PEER, NULL);
    assert_int_equal(shake(&pair), TLS_FAILED);
    assert_true(tls_is_cert_rejected(pair.server));
    assert_non_null(strstr(tls_failure(pair.server), "mailscope ca"));
    char *json = tls_describe(pair.server, "implicit");
    assert_non_null(strstr(json, "\"alert\":\"unknown CA\""));
    assert_non_null(strstr(json, "\"version\":null"));
    free(json);
    close_pair(&pair);
}

static void an_old_client_is_told_of(void **state)
{
    (void)state;
    struct pair pair = {0};
    open_pair(&pair, (struct tls_settings){.min_version = 2});
    SSL_set_security_level(pair.client, 0);
    (void)SSL_set_max_proto_version(pair.client, TLS1_1_VERSION);
    assert_int_equal(shake(&pair), TLS_FAILED);
    assert_true(tls_is_old(pair.server));
    assert_non_null(strstr(tls_failure(pair.server), "--tls-min"));
    close_pair(&pair);
}

static void old_versions_are_an_option(void **state)
{
    (void)state;
    struct pair pair = {0};
    open_pair(&pair, (struct tls_settings){.min_version = 0});
    SSL_set_security_level(pair.client, 0);
    (void)SSL_set_max_proto_version(pair.client, TLS1_VERSION);
    assert_int_equal(shake(&pair), TLS_OPEN);
    char *json = tls_describe(pair.server, "implicit");
    assert_non_null(strstr(json, "\"version\":\"TLSv1\""));
    free(json);
    close_pair(&pair);
}

static void a_client_certificate_is_shown(void **state)
{
    (void)state;
    struct pair pair = {0};
    open_pair(&pair, (struct tls_settings){.min_version = 2,
                                           .asks_certificate = true});
    BIO *bio = BIO_new_mem_buf(pair.certificates.cert_pem, -1);
    X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    bio = BIO_new_mem_buf(pair.certificates.key_pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    assert_int_equal(SSL_use_certificate(pair.client, cert), 1);
    assert_int_equal(SSL_use_PrivateKey(pair.client, key), 1);
    assert_int_equal(shake(&pair), TLS_OPEN);
    assert_true(tls_has_client_certificate(pair.server));
    char *json = tls_describe(pair.server, "implicit");
    assert_non_null(strstr(json, "\"subject\":\"CN=mail.test,O=mailscope\""));
    assert_non_null(strstr(json, "\"verified\":false"));
    free(json);
    X509_free(cert);
    EVP_PKEY_free(key);
    close_pair(&pair);
}

static void what_is_no_tls_is_said_so(void **state)
{
    (void)state;
    struct pair pair = {0};
    open_pair(&pair, (struct tls_settings){.min_version = 2});
    assert_int_equal(
        tls_receive(pair.server, BYTES("EHLO client.test\r\nNOOP\r\n")),
        TLS_FAILED);
    assert_non_null(strstr(tls_failure(pair.server), "no TLS"));
    assert_int_equal(tls_send(pair.server, BYTES("x")), -1);
    close_pair(&pair);
}

static void secrets_are_logged_when_asked_for(void **state)
{
    (void)state;
    struct pair pair = {0};
    open_pair(&pair,
              (struct tls_settings){.min_version = 2, .keeps_secrets = true});
    assert_int_equal(shake(&pair), TLS_OPEN);
    struct bytes lines = tls_secrets(pair.server);
    assert_non_null(
        memmem(lines.at, lines.size, "SERVER_TRAFFIC_SECRET_0 ", 24));
    close_pair(&pair);
}

static void the_newest_sessions_keep_their_records(void **state)
{
    (void)state;
    struct tls_records *records = tls_records_new(2);
    struct arena arena = {0};
    uint64_t tickets[4];
    for (uint64_t i = 1; i < 4; i++) {
        tickets[i] = tls_records_open(records, i);
        struct tls_octets octets = {
            .octets = BYTES("record"), .time_us = i, .dir = TRANSCRIPT_SERVER};
        tls_records_add(records, tickets[i], &octets);
        tls_records_add(records, tickets[i], &octets);
        tls_records_secrets(records, tickets[i], BYTES("lines\n"));
    }
    assert_int_equal(tls_records_find(records, 1, &arena).count, 0);
    struct tls_kept found = tls_records_find(records, 3, &arena);
    assert_int_equal(found.count, 2);
    assert_int_equal(found.octets[1].octets.size, 6);
    assert_int_equal(found.octets[1].time_us, 3);
    assert_true(bytes_equal(found.secrets, BYTES("lines\n")));
    tls_records_add(records, tickets[1], &found.octets[0]);
    arena_free(&arena);
    tls_records_free(records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_octets_cross_both_ways),
        cmocka_unit_test(what_was_agreed_is_described),
        cmocka_unit_test(a_transcript_tells_our_certificate_and_the_octets),
        cmocka_unit_test(both_sides_bind_to_the_same_channel),
        cmocka_unit_test(a_refused_certificate_is_explained),
        cmocka_unit_test(an_old_client_is_told_of),
        cmocka_unit_test(old_versions_are_an_option),
        cmocka_unit_test(a_client_certificate_is_shown),
        cmocka_unit_test(what_is_no_tls_is_said_so),
        cmocka_unit_test(secrets_are_logged_when_asked_for),
        cmocka_unit_test(the_newest_sessions_keep_their_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
