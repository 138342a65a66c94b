/* SPDX-License-Identifier: MIT */
#include "server/tls/certificates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

static X509 *cert_of(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return cert;
}

static void the_leaf_is_good_for_our_names(void **state)
{
    (void)state;
    struct certificates made;
    char error[CERTIFICATES_ERROR_SIZE] = "";
    assert_int_equal(certificates_make(NULL, "mail.app.test", &made, error), 0);
    X509 *leaf = cert_of(made.cert_pem);
    static const char *const names[] = {"localhost", "mail.app.test",
                                        "mailscope"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(X509_check_host(leaf, names[i], 0, 0, NULL), 1);
    }
    assert_int_equal(X509_check_ip_asc(leaf, "127.0.0.1", 0), 1);
    assert_int_equal(X509_check_ip_asc(leaf, "::1", 0), 1);
    assert_int_equal(X509_check_host(leaf, "other.test", 0, 0, NULL), 0);
    X509_free(leaf);
    certificates_free(&made);
}

static void the_ca_vouches_for_the_leaf(void **state)
{
    (void)state;
    struct certificates made;
    char error[CERTIFICATES_ERROR_SIZE] = "";
    assert_int_equal(certificates_make(NULL, "mail.test", &made, error), 0);
    X509 *ca = cert_of(made.ca_pem);
    X509 *leaf = cert_of(made.cert_pem);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_add_cert(store, ca);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509_STORE_CTX_init(context, store, leaf, NULL);
    X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER);
    assert_int_equal(X509_verify_cert(context), 1);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    X509_free(leaf);
    X509_free(ca);
    certificates_free(&made);
}

static void a_kept_ca_is_used_again_and_its_key_is_private(void **state)
{
    (void)state;
    char dir[] = "/tmp/mailscope-ca-XXXXXX";
    char path[64];
    char error[CERTIFICATES_ERROR_SIZE] = "";
    struct certificates first;
    struct certificates second;
    struct stat what;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(certificates_make(dir, "mail.test", &first, error), 0);
    assert_int_equal(certificates_make(dir, "mail.test", &second, error), 0);
    assert_string_equal(first.ca_pem, second.ca_pem);
    assert_string_not_equal(first.cert_pem, second.cert_pem);
    (void)snprintf(path, sizeof(path), "%s/ca-key.pem", dir);
    assert_int_equal(stat(path, &what), 0);
    assert_int_equal(what.st_mode & 0777, 0600);
    (void)unlink(path);
    (void)snprintf(path, sizeof(path), "%s/ca.pem", dir);
    (void)unlink(path);
    (void)rmdir(dir);
    certificates_free(&first);
    certificates_free(&second);
}

static void what_cannot_be_read_is_said(void **state)
{
    (void)state;
    struct certificates made;
    char error[CERTIFICATES_ERROR_SIZE] = "";
    assert_int_equal(certificates_load("/nowhere/cert.pem", "/nowhere/key.pem",
                                       &made, error),
                     -1);
    assert_non_null(strstr(error, "/nowhere/cert.pem"));
    assert_int_equal(
        certificates_make("/proc/nowhere", "mail.test", &made, error), -1);
    assert_non_null(strstr(error, "/proc/nowhere"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_leaf_is_good_for_our_names),
        cmocka_unit_test(the_ca_vouches_for_the_leaf),
        cmocka_unit_test(a_kept_ca_is_used_again_and_its_key_is_private),
        cmocka_unit_test(what_cannot_be_read_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
