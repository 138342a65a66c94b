/* SPDX-License-Identifier: MIT */

/* STARTTLS sessions one after the other (or held open at once), and the bare
 * handshake in this process to compare them with. Prints one JSON line.
 * usage: secure bare COUNT | secure send PORT COUNT | secure hold PORT COUNT */

#include "tests/bench/kit/latency.h"
#include "tests/bench/kit/mail.h"
#include "tests/bench/kit/net.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static _Noreturn void die_tls(const char *what)
{
    fprintf(stderr, "secure: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

/* ---- The bare handshake, as a server does it */

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

static void shake_bare(unsigned long count)
{
    SSL_CTX *server = SSL_CTX_new(TLS_server_method());
    SSL_CTX *client = SSL_CTX_new(TLS_client_method());
    if (server == NULL || client == NULL || count == 0) {
        die_tls("contexts");
    }
    certify(server);
    uint64_t spent_ns = 0;
    for (unsigned long i = 0; i < count; i++) {
        spent_ns += shake_once(server, client);
    }
    printf("{\"bare_us\":%.2f}\n", (double)spent_ns / 1000 / (double)count);
    SSL_CTX_free(server);
    SSL_CTX_free(client);
}

/* ---- Sessions with a server */

struct secured {
    int fd;
    SSL *tls;
};

static ssize_t receive(struct secured *at, char *text, size_t room)
{
    if (at->tls != NULL) {
        return SSL_read(at->tls, text, (int)room);
    }
    return recv(at->fd, text, room, 0);
}

/* Says something and reads until the end of a reply that begins so. */
static void exchange(struct secured *at, const char *text, char digit)
{
    char reply[8192];
    size_t length = 0;
    if (text != NULL && at->tls != NULL) {
        if (SSL_write(at->tls, text, (int)strlen(text)) <= 0) {
            die_tls("write");
        }
    } else if (text != NULL) {
        net_say(at->fd, text);
    }
    for (;;) {
        ssize_t got = receive(at, reply + length, sizeof reply - 1 - length);
        if (got <= 0) {
            die_tls("the session ended");
        }
        length += (size_t)got;
        reply[length] = 0;
        const char *line = reply;
        for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            if (line[0] != digit) {
                die_tls(reply);
            }
            if (line[3] != '-') {
                return;
            }
        }
    }
}

static struct secured open_secured(SSL_CTX *context, uint16_t port)
{
    struct secured at = {.fd = net_connect(port)};
    exchange(&at, NULL, '2');
    exchange(&at, "EHLO client.test\r\n", '2');
    exchange(&at, "STARTTLS\r\n", '2');
    SSL *tls = SSL_new(context);
    if (tls == NULL || SSL_set_fd(tls, at.fd) != 1 || SSL_connect(tls) != 1) {
        die_tls("handshake");
    }
    at.tls = tls;
    exchange(&at, "EHLO client.test\r\n", '2');
    return at;
}

static void send_sessions(SSL_CTX *context, uint16_t port, unsigned long count)
{
    size_t length;
    char *mail = mail_write(1024, &length);
    mail[length] = 0;
    for (unsigned long i = 0; i < count; i++) {
        struct secured at = open_secured(context, port);
        exchange(&at, "MAIL FROM:<bench@client.test>\r\n", '2');
        exchange(&at, "RCPT TO:<sink@mailscope.test>\r\n", '2');
        exchange(&at, "DATA\r\n", '3');
        exchange(&at, mail, '2');
        exchange(&at, "QUIT\r\n", '2');
        SSL_free(at.tls);
        close(at.fd);
    }
    printf("{\"messages\":%lu}\n", count);
    free(mail);
}

/* Keeps them open until the standard input ends. */
static void hold_sessions(SSL_CTX *context, uint16_t port, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++) {
        open_secured(context, port);
    }
    printf("{\"held\":%lu}\n", count);
    fflush(stdout);
    while (getchar() != EOF) {
    }
}

int main(int argc, char **argv)
{
    net_raise_limit();
    if (argc == 3 && strcmp(argv[1], "bare") == 0) {
        shake_bare(strtoul(argv[2], NULL, 10));
        return 0;
    }
    if (argc != 4) {
        fputs("usage: secure bare COUNT | secure send|hold PORT COUNT\n",
              stderr);
        return 2;
    }
    uint16_t port = (uint16_t)strtoul(argv[2], NULL, 10);
    unsigned long count = strtoul(argv[3], NULL, 10);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL) {
        die_tls("context");
    }
    if (strcmp(argv[1], "hold") == 0) {
        hold_sessions(context, port, count);
    } else {
        send_sessions(context, port, count);
    }
    SSL_CTX_free(context);
    return 0;
}
