/* SPDX-License-Identifier: MIT */

/* The server's side of TLS handshakes in this process, over memory: what a
 * whole session is compared with. Prints one JSON line.
 * usage: handshake COUNT */

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static _Noreturn void die_tls(const char *what)
{
    fprintf(stderr, "handshake: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

/* A self-signed certificate with a key on P-256. */
static void certify(SSL_CTX *context)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *leaf = X509_new();
    if (key == NULL || leaf == NULL) {
        die_tls("key");
    }
    X509_NAME *name = X509_get_subject_name(leaf);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const unsigned char *)"localhost", -1, -1, 0);
    X509_set_issuer_name(leaf, name);
    ASN1_INTEGER_set(X509_get_serialNumber(leaf), 1);
    X509_gmtime_adj(X509_getm_notBefore(leaf), -3600);
    X509_gmtime_adj(X509_getm_notAfter(leaf), 86400);
    X509_set_pubkey(leaf, key);
    if (X509_sign(leaf, key, EVP_sha256()) == 0 ||
        SSL_CTX_use_certificate(context, leaf) != 1 ||
        SSL_CTX_use_PrivateKey(context, key) != 1) {
        die_tls("certificate");
    }
    X509_free(leaf);
    EVP_PKEY_free(key);
}

static uint64_t thread_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* CPU of the server's side of one handshake over a pair of memory BIOs. */
static uint64_t shake_once(SSL_CTX *server_context, SSL_CTX *client_context)
{
    BIO *near = NULL;
    BIO *far = NULL;
    uint64_t spent = 0;
    SSL *client = SSL_new(client_context);
    if (client == NULL || BIO_new_bio_pair(&near, 0, &far, 0) != 1) {
        die_tls("pair");
    }
    SSL_set_bio(client, far, far);
    SSL_set_connect_state(client);
    uint64_t before = thread_ns();
    SSL *server = SSL_new(server_context);
    SSL_set_bio(server, near, near);
    SSL_set_accept_state(server);
    spent += thread_ns() - before;
    for (int i = 0; i < 20; i++) {
        int client_done = SSL_do_handshake(client) == 1;
        before = thread_ns();
        int server_done = SSL_do_handshake(server) == 1;
        spent += thread_ns() - before;
        if (client_done && server_done) {
            break;
        }
    }
    if (!SSL_is_init_finished(server)) {
        die_tls("the handshake in this process failed");
    }
    before = thread_ns();
    SSL_free(server);
    spent += thread_ns() - before;
    SSL_free(client);
    return spent;
}

int main(int argc, char **argv)
{
    unsigned long count = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
    SSL_CTX *server = SSL_CTX_new(TLS_server_method());
    SSL_CTX *client = SSL_CTX_new(TLS_client_method());
    if (server == NULL || client == NULL || count == 0) {
        die_tls("usage: handshake COUNT");
    }
    certify(server);
    uint64_t spent_ns = 0;
    for (unsigned long i = 0; i < count; i++) {
        spent_ns += shake_once(server, client);
    }
    printf("{\"bare_us\":%.2f}\n", (double)spent_ns / 1000 / (double)count);
    SSL_CTX_free(server);
    SSL_CTX_free(client);
    return 0;
}
