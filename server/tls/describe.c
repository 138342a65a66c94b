/* SPDX-License-Identifier: MIT */
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "inbox/transcript/detail.h"
#include "server/tls/inside.h"
#include "server/tls/tls.h"

/* The handshake in words: what was agreed, or why not and what to do. */

#define TRUST                                                                  \
    "the client does not trust our certificate: give it the CA of `mailscope " \
    "ca` (GET /api/ca.pem), or turn verification off in the test"

/* Alerts of the client (RFC 8446 section 6) and what usually is behind them. */
static const struct {
    int alert;
    const char *cause;
} causes[] = {
    {SSL_AD_UNKNOWN_CA, TRUST},
    {SSL_AD_BAD_CERTIFICATE, TRUST},
    {SSL_AD_CERTIFICATE_UNKNOWN,
     "the client refuses our certificate: it does not trust the CA, or "
     "connected by a name that the certificate does not have"},
    {SSL_AD_CERTIFICATE_EXPIRED,
     "the client finds our certificate expired: compare the clocks"},
    {SSL_AD_UNSUPPORTED_CERTIFICATE,
     "the client cannot use a certificate of this kind (ECDSA P-256)"},
    {SSL_AD_PROTOCOL_VERSION,
     "the client speaks no TLS version that is accepted here (--tls-min, "
     "--tls-max)"},
    {SSL_AD_HANDSHAKE_FAILURE,
     "no cipher, group or signature in common: update the TLS library"},
    {SSL_AD_INTERNAL_ERROR, "the client's TLS library failed"},
    {SSL_AD_USER_CANCELLED, "the client gave up"},
    {SSL_AD_UNRECOGNIZED_NAME, "the client wanted another server name"},
    {SSL_AD_NO_APPLICATION_PROTOCOL, "no ALPN protocol in common"},
};

/* Reasons of our own side. */
static const struct {
    int reason;
    const char *cause;
} reasons[] = {
    {SSL_R_WRONG_VERSION_NUMBER,
     "what came is no TLS: the client speaks plain SMTP on this port"},
    {SSL_R_HTTP_REQUEST, "an HTTP request came instead of a TLS handshake"},
    {SSL_R_HTTPS_PROXY_REQUEST,
     "an HTTP proxy request came instead of a TLS handshake"},
    {SSL_R_UNSUPPORTED_PROTOCOL,
     "the client speaks no TLS version that is accepted here (--tls-min, "
     "--tls-max)"},
    {SSL_R_VERSION_TOO_LOW,
     "the client's TLS version is too old for us (--tls-min)"},
    {SSL_R_NO_SHARED_CIPHER,
     "no cipher in common: the client's list is too old, or only for RSA "
     "certificates"},
    {SSL_R_NO_SUITABLE_KEY_SHARE, "no key exchange group in common"},
    {SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM,
     "the client accepts no signature that our certificate can make"},
    {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE,
     "the client showed no certificate (--tls-client-cert require)"},
};

static const char *cause_of_alert(int alert)
{
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
        if (causes[i].alert == alert) {
            return causes[i].cause;
        }
    }
    return "the client's TLS library broke the handshake off";
}

/* OpenSSL has no words for alerts that only TLS 1.3 knows. */
static const char *alert_words(int alert)
{
    return alert == TLS13_AD_CERTIFICATE_REQUIRED ? "certificate required"
           : alert == TLS13_AD_MISSING_EXTENSION
               ? "missing extension"
               : SSL_alert_desc_string_long(alert);
}

void tls_explain(struct tls *tls)
{
    struct buffer words = {0};
    unsigned long error = ERR_peek_last_error();
    ERR_clear_error();
    if (tls->failure != NULL) {
        return;
    }
    if (tls->alert_heard >= 0) {
        buffer_print(&words, "the client sent the alert '%s': %s",
                     alert_words(tls->alert_heard),
                     cause_of_alert(tls->alert_heard));
        tls->failure = detail_take(&words);
        return;
    }
    const char *cause = ERR_reason_error_string(error);
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].reason == ERR_GET_REASON(error)) {
            cause = reasons[i].cause;
        }
    }
    buffer_print(&words, "%s", cause != NULL ? cause : "the connection broke");
    tls->failure = detail_take(&words);
}

void tls_give_up(struct tls *tls, const char *why)
{
    if (tls->failure == NULL) {
        tls->failure = memory_text(why);
    }
}

const char *tls_failure(const struct tls *tls)
{
    return tls->failure;
}

bool tls_is_cert_rejected(const struct tls *tls)
{
    return tls->alert_heard == SSL_AD_UNKNOWN_CA ||
           tls->alert_heard == SSL_AD_BAD_CERTIFICATE ||
           tls->alert_heard == SSL_AD_CERTIFICATE_UNKNOWN ||
           tls->alert_heard == SSL_AD_CERTIFICATE_EXPIRED;
}

bool tls_has_client_certificate(const struct tls *tls)
{
    return SSL_get0_peer_certificate(tls->ssl) != NULL;
}

bool tls_is_old(const struct tls *tls)
{
    return tls->client_version != 0 && tls->client_version < TLS1_2_VERSION;
}

static const char *version_word(unsigned version)
{
    switch (version) {
    case TLS1_3_VERSION:
        return "TLSv1.3";
    case TLS1_2_VERSION:
        return "TLSv1.2";
    case TLS1_1_VERSION:
        return "TLSv1.1";
    case TLS1_VERSION:
        return "TLSv1";
    case SSL3_VERSION:
        return "SSLv3";
    default:
        return NULL;
    }
}

static const char *group_of(const struct tls *tls)
{
    int group = (int)SSL_get_negotiated_group(tls->ssl);
    return group != 0 && (group & TLSEXT_nid_unknown) == 0 ? OBJ_nid2sn(group)
                                                           : NULL;
}

/* Our side of it, and what it took. The counts are OpenSSL's: of `in` what it
 * has read, not what waits there behind the handshake. */
static void describe_more(const struct tls *tls, struct buffer *json)
{
    const struct tls_context *context =
        SSL_CTX_get_app_data(SSL_get_SSL_CTX(tls->ssl));
    detail_bool(json, "early_data",
                SSL_get_early_data_status(tls->ssl) != SSL_EARLY_DATA_NOT_SENT);
    detail_number(json, "bytes_in", BIO_number_read(tls->in));
    detail_number(json, "bytes_out", BIO_number_written(tls->out));
    detail_json(json, "server_cert", context->certificate);
}

static char *describe(const struct tls *tls, const char *mode, bool is_whole)
{
    struct buffer json = {0};
    bool is_open = tls->is_open;
    char *client = tls_describe_client(tls);
    detail_open(&json);
    detail_text(&json, "mode", mode);
    detail_text(&json, "version", is_open ? SSL_get_version(tls->ssl) : NULL);
    detail_text(&json, "cipher",
                is_open ? SSL_get_cipher_name(tls->ssl) : NULL);
    detail_text(&json, "group", is_open ? group_of(tls) : NULL);
    detail_text(&json, "sni",
                SSL_get_servername(tls->ssl, TLSEXT_NAMETYPE_host_name));
    detail_text(&json, "alpn", tls->alpn[0] != '\0' ? tls->alpn : NULL);
    detail_bool(&json, "resumed", SSL_session_reused(tls->ssl) != 0);
    detail_json(&json, "client_cert", client);
    detail_text(&json, "client_version", version_word(tls->client_version));
    detail_text(&json, "alert",
                tls->alert_heard >= 0  ? alert_words(tls->alert_heard)
                : tls->alert_said >= 0 ? alert_words(tls->alert_said)
                                       : NULL);
    detail_text(&json, "error", is_open ? NULL : tls->failure);
    if (is_whole) {
        describe_more(tls, &json);
    }
    detail_close(&json);
    free(client);
    return detail_take(&json);
}

char *tls_describe(const struct tls *tls, const char *mode)
{
    return describe(tls, mode, false);
}

char *tls_describe_whole(const struct tls *tls, const char *mode)
{
    return describe(tls, mode, true);
}
