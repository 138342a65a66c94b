/* SPDX-License-Identifier: MIT */
#include "server/tls/certificates.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inbox/base/memory.h"

#define DAY_S 86400L
#define CA_DAYS 3650
/* Clients of Apple refuse leaves that live longer than 825 days, browsers
 * beyond 398. */
#define LEAF_DAYS 397
/* A machine whose clock is a little behind must accept what is new. */
#define EARLIER_S (2 * DAY_S)

struct authority {
    X509 *cert;
    EVP_PKEY *key;
};

static void authority_free(struct authority *authority)
{
    X509_free(authority->cert);
    EVP_PKEY_free(authority->key);
}

static int complain(char *error, const char *what, const char *path)
{
    (void)snprintf(error, CERTIFICATES_ERROR_SIZE, "%s %.300s: %s", what, path,
                   strerror(errno));
    return -1;
}

static char *bio_text(BIO *bio)
{
    char *at = NULL;
    long size = BIO_get_mem_data(bio, &at);
    char *text =
        memory_copy((struct bytes){(const unsigned char *)at, (size_t)size});
    return text;
}

static char *cert_text(X509 *cert)
{
    BIO *bio = BIO_new(BIO_s_mem());
    (void)PEM_write_bio_X509(bio, cert);
    char *text = bio_text(bio);
    BIO_free(bio);
    return text;
}

static char *key_text(EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    (void)PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    char *text = bio_text(bio);
    BIO_free(bio);
    return text;
}

static void add_extension(X509 *cert, X509 *issuer, int kind, const char *text)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, text);
    if (extension != NULL) {
        (void)X509_add_ext(cert, extension, -1);
        X509_EXTENSION_free(extension);
    }
}

/* What CA and leaf have in common. */
static X509 *cert_new(EVP_PKEY *key, const char *name, long days)
{
    X509 *cert = X509_new();
    BIGNUM *serial = BN_new();
    (void)X509_set_version(cert, X509_VERSION_3);
    (void)BN_rand(serial, 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY);
    (void)BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert));
    BN_free(serial);
    (void)X509_gmtime_adj(X509_getm_notBefore(cert), -EARLIER_S);
    (void)X509_gmtime_adj(X509_getm_notAfter(cert), days * DAY_S - EARLIER_S);
    X509_NAME *subject = X509_get_subject_name(cert);
    (void)X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8,
                                     (const unsigned char *)"mailscope", -1, -1,
                                     0);
    (void)X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                     (const unsigned char *)name, -1, -1, 0);
    (void)X509_set_pubkey(cert, key);
    return cert;
}

static struct authority authority_new(void)
{
    struct authority made = {.key = EVP_EC_gen("P-256")};
    unsigned char mark[4] = {0};
    char name[64];
    /* Two CAs of one name would shadow each other in a trust store. */
    (void)RAND_bytes(mark, sizeof(mark));
    (void)snprintf(name, sizeof(name), "mailscope test CA %02x%02x%02x%02x",
                   mark[0], mark[1], mark[2], mark[3]);
    made.cert = cert_new(made.key, name, CA_DAYS);
    (void)X509_set_issuer_name(made.cert, X509_get_subject_name(made.cert));
    add_extension(made.cert, made.cert, NID_basic_constraints,
                  "critical,CA:TRUE,pathlen:0");
    add_extension(made.cert, made.cert, NID_key_usage,
                  "critical,keyCertSign,cRLSign");
    add_extension(made.cert, made.cert, NID_subject_key_identifier, "hash");
    (void)X509_sign(made.cert, made.key, EVP_sha256());
    return made;
}

/* Names that a client may have for us. */
static void alternative_names(const char *hostname, char *out, size_t size)
{
    char machine[256] = "";
    (void)snprintf(out, size,
                   "DNS:localhost,DNS:mailscope,IP:127.0.0.1,"
                   "IP:::1,DNS:%s",
                   hostname);
    size_t used = strlen(out);
    if (gethostname(machine, sizeof(machine) - 1) == 0 &&
        strspn(machine, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789.-") == strlen(machine) &&
        machine[0] != '\0') {
        (void)snprintf(out + used, size - used, ",DNS:%s", machine);
    }
}

static void make_leaf(const struct authority *authority, const char *hostname,
                      struct certificates *out)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *leaf = cert_new(key, hostname, LEAF_DAYS);
    char names[1024];
    alternative_names(hostname, names, sizeof(names));
    (void)X509_set_issuer_name(leaf, X509_get_subject_name(authority->cert));
    add_extension(leaf, authority->cert, NID_basic_constraints,
                  "critical,CA:FALSE");
    add_extension(leaf, authority->cert, NID_key_usage,
                  "critical,digitalSignature");
    add_extension(leaf, authority->cert, NID_ext_key_usage, "serverAuth");
    add_extension(leaf, authority->cert, NID_subject_alt_name, names);
    add_extension(leaf, authority->cert, NID_subject_key_identifier, "hash");
    add_extension(leaf, authority->cert, NID_authority_key_identifier,
                  "keyid:always");
    (void)X509_sign(leaf, authority->key, EVP_sha256());
    out->cert_pem = cert_text(leaf);
    out->key_pem = key_text(key);
    X509_free(leaf);
    EVP_PKEY_free(key);
}

/* Writes `text` beside `path` and renames it there, so that nobody ever reads
 * half of it. */
static int write_file(const char *path, const char *text, mode_t mode,
                      char *error)
{
    char beside[4200];
    (void)snprintf(beside, sizeof(beside), "%s.new", path);
    (void)unlink(beside);
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) {
        return complain(error, "cannot write", beside);
    }
    size_t size = strlen(text);
    bool is_written = write(fd, text, size) == (ssize_t)size &&
                      fsync(fd) == 0 && rename(beside, path) == 0;
    int result = is_written ? 0 : complain(error, "cannot write", path);
    (void)close(fd);
    (void)unlink(beside); /* it is gone when all went well */
    return result;
}

static struct authority read_authority(const char *cert_path,
                                       const char *key_path)
{
    struct authority found = {0};
    BIO *cert = BIO_new_file(cert_path, "r");
    BIO *key = BIO_new_file(key_path, "r");
    if (cert != NULL && key != NULL) {
        found.cert = PEM_read_bio_X509(cert, NULL, NULL, NULL);
        found.key = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);
    }
    BIO_free(cert);
    BIO_free(key);
    ERR_clear_error();
    bool is_whole = found.cert != NULL && found.key != NULL &&
                    X509_check_private_key(found.cert, found.key) == 1;
    if (is_whole && X509_cmp_current_time(X509_get0_notAfter(found.cert)) > 0) {
        return found;
    }
    authority_free(&found);
    return (struct authority){0};
}

static int keep_authority(const char *dir, struct authority *authority,
                          char *error)
{
    char cert_path[4100];
    char key_path[4100];
    (void)snprintf(cert_path, sizeof(cert_path), "%s/ca.pem", dir);
    (void)snprintf(key_path, sizeof(key_path), "%s/ca-key.pem", dir);
    *authority = read_authority(cert_path, key_path);
    if (authority->cert != NULL) {
        return 0;
    }
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        return complain(error, "cannot make the directory", dir);
    }
    *authority = authority_new();
    char *key = key_text(authority->key);
    char *cert = cert_text(authority->cert);
    int result = write_file(key_path, key, 0600, error);
    if (result == 0) {
        result = write_file(cert_path, cert, 0644, error);
    }
    free(key);
    free(cert);
    return result;
}

int certificates_make(const char *dir, const char *hostname,
                      struct certificates *certificates_out,
                      char error_out[CERTIFICATES_ERROR_SIZE])
{
    struct authority authority = {0};
    int result = 0;
    *certificates_out = (struct certificates){0};
    if (dir == NULL) {
        authority = authority_new();
    } else {
        result = keep_authority(dir, &authority, error_out);
    }
    if (result == 0) {
        certificates_out->ca_pem = cert_text(authority.cert);
        make_leaf(&authority, hostname, certificates_out);
    }
    authority_free(&authority);
    return result;
}

static char *read_file(const char *path, char *error)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        (void)complain(error, "cannot read", path);
        return NULL;
    }
    size_t size = 0;
    char *text = memory_new(1);
    char piece[4096];
    size_t count = 0;
    while ((count = fread(piece, 1, sizeof(piece), file)) > 0 &&
           size < 1048576) {
        text = memory_resize(text, size + count + 1);
        memcpy(text + size, piece, count);
        size += count;
        text[size] = '\0';
    }
    (void)fclose(file);
    return text;
}

int certificates_load(const char *cert_file, const char *key_file,
                      struct certificates *certificates_out,
                      char error_out[CERTIFICATES_ERROR_SIZE])
{
    *certificates_out = (struct certificates){0};
    certificates_out->cert_pem = read_file(cert_file, error_out);
    if (certificates_out->cert_pem != NULL) {
        certificates_out->key_pem = read_file(key_file, error_out);
    }
    if (certificates_out->key_pem == NULL) {
        certificates_free(certificates_out);
        return -1;
    }
    return 0;
}

void certificates_free(struct certificates *certificates)
{
    if (certificates->key_pem != NULL) {
        OPENSSL_cleanse(certificates->key_pem, strlen(certificates->key_pem));
    }
    free(certificates->ca_pem);
    free(certificates->cert_pem);
    free(certificates->key_pem);
    *certificates = (struct certificates){0};
}
