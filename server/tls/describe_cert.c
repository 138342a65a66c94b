/* SPDX-License-Identifier: MIT */
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "inbox/base/memory.h"
#include "inbox/transcript/detail.h"
#include "server/tls/inside.h"

/* Certificates as objects of JSON: theirs and ours. */

/* What OpenSSL has printed, as a text; the BIO is freed. */
static char *take_text(BIO *bio)
{
    char *at = NULL;
    long size = BIO_get_mem_data(bio, &at);
    char *text =
        memory_copy((struct bytes){(const unsigned char *)at, (size_t)size});
    BIO_free(bio);
    return text;
}

static void add_name(struct buffer *json, const char *key,
                     const X509_NAME *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    (void)X509_NAME_print_ex(bio, name, 0,
                             XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    char *text = take_text(bio);
    detail_text(json, key, text);
    free(text);
}

static void add_digest(struct buffer *json, const X509 *cert)
{
    unsigned char digest[32] = {0};
    unsigned size = sizeof(digest);
    char hex[65];
    (void)X509_digest(cert, EVP_sha256(), digest, &size);
    for (size_t i = 0; i < sizeof(digest); i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    detail_text(json, "sha256", hex);
}

/* The names that a client may have connected by: "DNS:a, IP Address:b". */
static void add_alternatives(struct buffer *json, const X509 *cert)
{
    int at = X509_get_ext_by_NID(cert, NID_subject_alt_name, -1);
    char *text = NULL;
    if (at >= 0) {
        BIO *bio = BIO_new(BIO_s_mem());
        (void)X509V3_EXT_print(bio, X509_get_ext(cert, at), 0, 0);
        text = take_text(bio);
    }
    detail_text(json, "names", text);
    free(text);
}

static void add_expiry(struct buffer *json, const X509 *cert)
{
    struct tm when;
    char text[32] = "";
    bool is_known =
        ASN1_TIME_to_tm(X509_get0_notAfter(cert), &when) == 1 &&
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &when) > 0;
    detail_text(json, "not_after", is_known ? text : NULL);
}

char *tls_describe_client(const struct tls *tls)
{
    X509 *cert = SSL_get0_peer_certificate(tls->ssl);
    if (cert == NULL) {
        return NULL;
    }
    struct buffer json = {0};
    detail_open(&json);
    add_name(&json, "subject", X509_get_subject_name(cert));
    add_name(&json, "issuer", X509_get_issuer_name(cert));
    add_digest(&json, cert);
    detail_bool(&json, "verified",
                SSL_get_verify_result(tls->ssl) == X509_V_OK);
    detail_close(&json);
    return detail_take(&json);
}

char *tls_describe_server(const X509 *cert)
{
    struct buffer json = {0};
    detail_open(&json);
    add_name(&json, "subject", X509_get_subject_name(cert));
    add_alternatives(&json, cert);
    add_expiry(&json, cert);
    add_digest(&json, cert);
    detail_close(&json);
    return detail_take(&json);
}
