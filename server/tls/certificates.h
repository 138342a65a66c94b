/* SPDX-License-Identifier: MIT */
#ifndef SERVER_TLS_CERTIFICATES_H
#define SERVER_TLS_CERTIFICATES_H

/* The certificate that TLS shows: a given one, or a leaf of our own CA, which
 * is made at the first start. PEM texts. */

struct certificates {
    char *ca_pem;   /* whom clients should trust; NULL: it was given */
    char *cert_pem; /* the leaf, then its chain */
    char *key_pem;
};

#define CERTIFICATES_ERROR_SIZE 512

/* Makes a leaf for localhost, 127.0.0.1, ::1, this machine and `hostname`,
 * signed by the CA kept in `dir` (ca.pem, ca-key.pem; made when there is
 * none). `dir` NULL: a CA only for this run. 0; -1 with one line in
 * `error_out`. */
int certificates_make(const char *dir, const char *hostname,
                      struct certificates *certificates_out,
                      char error_out[CERTIFICATES_ERROR_SIZE]);

/* Reads given files. 0; -1 with one line in `error_out`. */
int certificates_load(const char *cert_file, const char *key_file,
                      struct certificates *certificates_out,
                      char error_out[CERTIFICATES_ERROR_SIZE]);

/* Frees the texts. */
void certificates_free(struct certificates *certificates);

#endif
