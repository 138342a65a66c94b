/* SPDX-License-Identifier: MIT */
#include "server/tls/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "server/tls/inside.h"

static const int versions[] = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION,
                               TLS1_3_VERSION};

/* That clients may resume. */
#define SESSIONS_KEPT 1000

static int complain(char *error, const char *what)
{
    char reason[200];
    ERR_error_string_n(ERR_peek_last_error(), reason, sizeof(reason));
    (void)snprintf(error, TLS_ERROR_SIZE, "%s (%s)", what, reason);
    ERR_clear_error();
    return -1;
}

static void on_info(const SSL *ssl, int where, int value)
{
    struct tls *tls = SSL_get_app_data(ssl);
    if ((where & SSL_CB_ALERT) == 0 || tls == NULL) {
        return;
    }
    int alert = value & 0xff;
    if (alert == SSL_AD_CLOSE_NOTIFY) {
        return;
    }
    if ((where & SSL_CB_READ) != 0) {
        tls->alert_heard = alert;
    } else {
        tls->alert_said = alert;
    }
}

static void on_secret(const SSL *ssl, const char *line)
{
    struct tls *tls = SSL_get_app_data(ssl);
    if (tls != NULL) {
        buffer_add(&tls->secrets, bytes_of(line));
        buffer_add_byte(&tls->secrets, '\n');
    }
}

/* No protocol name is registered for SMTP: what is asked for is noted, and
 * none is chosen. */
static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                   const unsigned char *in, unsigned in_size, void *context)
{
    struct tls *tls = SSL_get_app_data(ssl);
    (void)out;
    (void)out_size;
    (void)context;
    if (tls != NULL && in_size > 1 && in[0] < in_size) {
        size_t size = in[0] < sizeof(tls->alpn) ? in[0] : sizeof(tls->alpn) - 1;
        memcpy(tls->alpn, in + 1, size);
        tls->alpn[size] = '\0';
    }
    return SSL_TLSEXT_ERR_NOACK;
}

/* The newest version that the client speaks: its supported_versions (RFC 8446
 * 4.2.1), or the version of its hello. */
static int on_hello(SSL *ssl, int *alert, void *context)
{
    struct tls *tls = SSL_get_app_data(ssl);
    const unsigned char *list = NULL;
    size_t size = 0;
    (void)alert;
    (void)context;
    if (tls == NULL) {
        return SSL_CLIENT_HELLO_SUCCESS;
    }
    tls->client_version = SSL_client_hello_get0_legacy_version(ssl);
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_supported_versions, &list,
                                  &size) == 1) {
        for (size_t i = 1; i + 1 < size; i += 2) {
            unsigned version = (unsigned)list[i] << 8 | list[i + 1];
            bool is_real = (version & 0x0f0f) != 0x0a0a; /* RFC 8701 */
            if (is_real && version > tls->client_version) {
                tls->client_version = version;
            }
        }
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}

/* Any certificate may be shown; whether it proves itself is told later. */
static int on_verify(int is_fine, X509_STORE_CTX *store)
{
    (void)is_fine;
    (void)store;
    return 1;
}

static int use_certificate(SSL_CTX *context,
                           const struct tls_settings *settings, char *error)
{
    BIO *certs = BIO_new_mem_buf(settings->cert_pem, -1);
    BIO *keys = BIO_new_mem_buf(settings->key_pem, -1);
    X509 *leaf = PEM_read_bio_X509_AUX(certs, NULL, NULL, NULL);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(keys, NULL, NULL, NULL);
    int result = 0;
    if (leaf == NULL || SSL_CTX_use_certificate(context, leaf) != 1) {
        result = complain(error, "the certificate cannot be used; give a PEM "
                                 "file that begins with the server's own");
    } else if (key == NULL || SSL_CTX_use_PrivateKey(context, key) != 1 ||
               SSL_CTX_check_private_key(context) != 1) {
        result = complain(error, "the private key cannot be used; give the PEM "
                                 "file that belongs to the certificate");
    }
    X509 *more = NULL;
    while (result == 0 &&
           (more = PEM_read_bio_X509(certs, NULL, NULL, NULL)) != NULL) {
        (void)SSL_CTX_add0_chain_cert(context, more);
    }
    ERR_clear_error();
    X509_free(leaf);
    EVP_PKEY_free(key);
    BIO_free(certs);
    BIO_free(keys);
    return result;
}

static void ask_certificate(SSL_CTX *context,
                            const struct tls_settings *settings)
{
    int mode = SSL_VERIFY_PEER;
    if (settings->requires_certificate) {
        mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    }
    SSL_CTX_set_verify(context, mode, on_verify);
    if (settings->client_ca_pem == NULL) {
        return;
    }
    BIO *bio = BIO_new_mem_buf(settings->client_ca_pem, -1);
    X509 *ca = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    if (ca != NULL) {
        (void)X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca);
        X509_free(ca);
    }
    BIO_free(bio);
}

struct tls_context *tls_context_new(const struct tls_settings *settings,
                                    char error_out[TLS_ERROR_SIZE])
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL || use_certificate(context, settings, error_out) != 0) {
        SSL_CTX_free(context);
        return NULL;
    }
    (void)SSL_CTX_set_min_proto_version(context,
                                        versions[settings->min_version & 3]);
    (void)SSL_CTX_set_max_proto_version(context,
                                        versions[settings->max_version & 3]);
    if (settings->min_version < 2) {
        /* TLS 1.0 and 1.1 sign with SHA-1, which level 1 forbids. */
        SSL_CTX_set_security_level(context, 0);
    }
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    /* Sessions are resumed from a cache here: a ticket that carries the whole
     * session is a tenth of the handshake's work. */
    (void)SSL_CTX_set_options(context,
                              SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
    (void)SSL_CTX_sess_set_cache_size(context, SESSIONS_KEPT);
    (void)SSL_CTX_set_num_tickets(context, 1);
    (void)SSL_CTX_set_session_id_context(context,
                                         (const unsigned char *)"mailscope", 9);
    SSL_CTX_set_info_callback(context, on_info);
    SSL_CTX_set_alpn_select_cb(context, on_alpn, NULL);
    SSL_CTX_set_client_hello_cb(context, on_hello, NULL);
    if (settings->keeps_secrets) {
        SSL_CTX_set_keylog_callback(context, on_secret);
    }
    if (settings->asks_certificate || settings->requires_certificate) {
        ask_certificate(context, settings);
    }
    struct tls_context *made = memory_new(sizeof(*made));
    made->ssl = context;
    made->certificate = tls_describe_server(SSL_CTX_get0_certificate(context));
    (void)SSL_CTX_set_app_data(context, made);
    return made;
}

void tls_context_free(struct tls_context *context)
{
    if (context != NULL) {
        SSL_CTX_free(context->ssl);
        free(context->certificate);
        free(context);
    }
}

struct tls *tls_new(struct tls_context *context)
{
    struct tls *tls = memory_new(sizeof(*tls));
    tls->ssl = SSL_new(context->ssl);
    tls->in = BIO_new(BIO_s_mem());
    tls->out = BIO_new(BIO_s_mem());
    if (tls->ssl == NULL || tls->in == NULL || tls->out == NULL) {
        memory_out();
    }
    tls->alert_heard = -1;
    tls->alert_said = -1;
    SSL_set_bio(tls->ssl, tls->in, tls->out);
    (void)SSL_set_app_data(tls->ssl, tls);
    SSL_set_accept_state(tls->ssl);
    return tls;
}

void tls_free(struct tls *tls)
{
    if (tls == NULL) {
        return;
    }
    SSL_free(tls->ssl);
    buffer_free(&tls->secrets);
    free(tls->failure);
    free(tls);
}

enum tls_result tls_receive(struct tls *tls, struct bytes records)
{
    if (tls->failure != NULL) {
        return TLS_FAILED;
    }
    while (records.size > 0) {
        int size = records.size > 1 << 20 ? 1 << 20 : (int)records.size;
        (void)BIO_write(tls->in, records.at, size);
        records = bytes_part(records, (size_t)size, records.size);
    }
    if (tls->is_open) {
        return TLS_OPEN;
    }
    ERR_clear_error();
    int result = SSL_do_handshake(tls->ssl);
    if (result == 1) {
        tls->is_open = true;
        return TLS_OPEN;
    }
    if (SSL_get_error(tls->ssl, result) == SSL_ERROR_WANT_READ) {
        return TLS_MORE;
    }
    tls_explain(tls);
    return TLS_FAILED;
}

size_t tls_read(struct tls *tls, unsigned char *into, size_t size)
{
    size_t total = 0;
    /* Whether there is more is told by what waits: to ask OpenSSL costs it a
     * buffer and a walk through its errors. */
    while (total < size && tls->failure == NULL &&
           (BIO_pending(tls->in) > 0 || SSL_has_pending(tls->ssl) == 1)) {
        size_t count = 0;
        ERR_clear_error();
        int result = SSL_read_ex(tls->ssl, into + total, size - total, &count);
        if (result != 1) {
            int error = SSL_get_error(tls->ssl, result);
            if (error == SSL_ERROR_ZERO_RETURN) {
                tls->is_closed = true;
            } else if (error != SSL_ERROR_WANT_READ) {
                tls_explain(tls);
            }
            break;
        }
        total += count;
    }
    return total;
}

bool tls_is_closed(const struct tls *tls)
{
    return tls->is_closed;
}

int tls_send(struct tls *tls, struct bytes plain)
{
    size_t count = 0;
    ERR_clear_error();
    if (tls->failure != NULL || !tls->is_open ||
        SSL_write_ex(tls->ssl, plain.at, plain.size, &count) != 1) {
        return -1;
    }
    return 0;
}

void tls_end(struct tls *tls)
{
    if (tls->is_open && tls->failure == NULL && !tls->is_ended) {
        tls->is_ended = true;
        ERR_clear_error();
        (void)SSL_shutdown(tls->ssl);
    }
}

struct bytes tls_output(const struct tls *tls)
{
    char *at = NULL;
    long size = BIO_get_mem_data(tls->out, &at);
    return (struct bytes){(const unsigned char *)at, (size_t)size};
}

void tls_sent(struct tls *tls, size_t size)
{
    unsigned char away[4096];
    struct bytes waiting = tls_output(tls);
    if (size >= waiting.size) {
        (void)BIO_reset(tls->out);
        return;
    }
    while (size > 0) {
        size_t piece = size < sizeof(away) ? size : sizeof(away);
        (void)BIO_read(tls->out, away, (int)piece);
        size -= piece;
    }
}

size_t tls_binding(const struct tls *tls, unsigned char into[64],
                   const char **type_out)
{
    *type_out = "tls-unique";
    if (SSL_version(tls->ssl) >= TLS1_3_VERSION) {
        *type_out = "tls-exporter";
        static const char label[] = "EXPORTER-Channel-Binding";
        int result = SSL_export_keying_material(tls->ssl, into, 32, label,
                                                sizeof(label) - 1, NULL, 0, 1);
        return result == 1 ? 32 : 0;
    }
    /* tls-unique is the first Finished: the client's, or ours when the session
     * was resumed (RFC 5929 3.1). */
    return SSL_session_reused(tls->ssl) != 0
               ? SSL_get_finished(tls->ssl, into, 64)
               : SSL_get_peer_finished(tls->ssl, into, 64);
}

struct bytes tls_secrets(const struct tls *tls)
{
    return buffer_bytes(&tls->secrets);
}
