/* SPDX-License-Identifier: MIT */
#include "server/login/scram.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/base64.h"
#include "inbox/base/memory.h"

enum scram_state { STATE_FIRST, STATE_FINAL, STATE_LAST, STATE_OVER };

struct scram {
    const struct accounts *accounts;
    struct accounts_keys keys;
    struct buffer nonce;    /* the server's, then both */
    struct buffer header;   /* gs2-header and channel binding, as in c= */
    struct buffer messages; /* AuthMessage as far as it is known */
    struct buffer user;
    struct buffer binding;
    const char *binding_type;
    enum scram_state state;
    bool is_sha256;
    bool is_plus;
    bool offers_plus;
    bool is_known; /* somebody is called that */
};

struct scram *scram_new(const struct scram_start *start)
{
    struct scram *scram = memory_new(sizeof(*scram));
    scram->accounts = start->accounts;
    scram->binding_type = start->binding_type;
    scram->offers_plus = start->offers_plus;
    buffer_add(&scram->nonce, start->nonce);
    buffer_add(&scram->binding, start->binding);
    scram->is_sha256 =
        bytes_start_nocase(start->mechanism, BYTES("SCRAM-SHA-256"));
    scram->is_plus =
        start->mechanism.size > 5 &&
        bytes_equal_nocase(
            bytes_part(start->mechanism, start->mechanism.size - 5, 5),
            BYTES("-PLUS"));
    return scram;
}

void scram_free(struct scram *scram)
{
    if (scram == NULL) {
        return;
    }
    OPENSSL_cleanse(&scram->keys, sizeof(scram->keys));
    buffer_free(&scram->nonce);
    buffer_free(&scram->header);
    buffer_free(&scram->messages);
    buffer_free(&scram->user);
    buffer_free(&scram->binding);
    free(scram);
}

struct bytes scram_user(const struct scram *scram)
{
    return buffer_bytes(&scram->user);
}

/* The text up to the next comma; `rest` moves behind it. */
static struct bytes next_field(struct bytes *rest)
{
    const unsigned char *comma =
        rest->size == 0 ? NULL : memchr(rest->at, ',', rest->size);
    size_t size = comma == NULL ? rest->size : (size_t)(comma - rest->at);
    struct bytes field = bytes_part(*rest, 0, size);
    *rest = bytes_part(*rest, size + 1, rest->size);
    return field;
}

/* saslname: =2C is a comma, =3D an equals sign, nothing else is escaped. */
static int read_name(struct bytes text, struct buffer *out)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] != '=') {
            buffer_add_byte(out, text.at[i]);
            continue;
        }
        struct bytes code = bytes_part(text, i + 1, 2);
        if (bytes_equal_nocase(code, BYTES("2C"))) {
            buffer_add_byte(out, ',');
        } else if (bytes_equal_nocase(code, BYTES("3D"))) {
            buffer_add_byte(out, '=');
        } else {
            return -1;
        }
        i += 2;
    }
    return text.size > 0 ? 0 : -1;
}

/* gs2-cbind-flag = ("p=" name) / "n" / "y" (RFC 5802 6). "y" says that the
 * client believes we offer no -PLUS: when we did, somebody between took it
 * away. */
static int check_flag(const struct scram *scram, struct bytes flag)
{
    if (bytes_start_nocase(flag, BYTES("p="))) {
        struct bytes type = bytes_part(flag, 2, flag.size);
        return scram->is_plus && scram->binding_type != NULL &&
                       bytes_equal(type, bytes_of(scram->binding_type))
                   ? 0
                   : -1;
    }
    if (bytes_equal(flag, BYTES("y"))) {
        return scram->offers_plus || scram->is_plus ? -1 : 0;
    }
    return bytes_equal(flag, BYTES("n")) && !scram->is_plus ? 0 : -1;
}

/* authzid = "a=" saslname; acting for somebody else is not offered. */
static int check_authzid(struct scram *scram, struct bytes field)
{
    struct buffer name = {0};
    if (field.size == 0) {
        return 0;
    }
    int outcome = -1;
    if (bytes_start_nocase(field, BYTES("a=")) &&
        read_name(bytes_part(field, 2, field.size), &name) == 0 &&
        bytes_equal(buffer_bytes(&name), scram_user(scram))) {
        outcome = 0;
    }
    buffer_free(&name);
    return outcome;
}

static bool is_nonce(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] < 0x21 || text.at[i] > 0x7e) {
            return false;
        }
    }
    return text.size > 0;
}

/* "n,,n=user,r=nonce": the header, then client-first-message-bare. */
static int read_first(struct scram *scram, struct bytes message)
{
    struct bytes rest = message;
    struct bytes flag = next_field(&rest);
    struct bytes authzid = next_field(&rest);
    size_t header = flag.size + authzid.size + 2;
    struct bytes bare = bytes_part(message, header, message.size);
    struct bytes name = next_field(&rest);
    struct bytes nonce = next_field(&rest);
    if (check_flag(scram, flag) != 0 ||
        !bytes_start_nocase(name, BYTES("n=")) ||
        !bytes_start_nocase(nonce, BYTES("r=")) ||
        read_name(bytes_part(name, 2, name.size), &scram->user) != 0 ||
        !is_nonce(bytes_part(nonce, 2, nonce.size)) ||
        check_authzid(scram, authzid) != 0) {
        return -1;
    }
    buffer_add(&scram->header, bytes_part(message, 0, header));
    if (flag.at[0] == 'p') {
        buffer_add(&scram->header, buffer_bytes(&scram->binding));
    }
    buffer_add(&scram->messages, bare);
    struct buffer both = {0};
    buffer_add(&both, bytes_part(nonce, 2, nonce.size));
    buffer_add(&both, buffer_bytes(&scram->nonce));
    buffer_free(&scram->nonce);
    scram->nonce = both;
    return 0;
}

static void server_first(struct scram *scram, struct buffer *challenge_out)
{
    struct buffer text = {0};
    scram->is_known = accounts_scram(scram->accounts, scram_user(scram),
                                     scram->is_sha256, &scram->keys);
    buffer_add(&text, BYTES("r="));
    buffer_add(&text, buffer_bytes(&scram->nonce));
    buffer_add(&text, BYTES(",s="));
    base64_encode((struct bytes){scram->keys.salt, sizeof(scram->keys.salt)},
                  &text);
    buffer_print(&text, ",i=%u", scram->keys.iterations);
    buffer_add_byte(&scram->messages, ',');
    buffer_add(&scram->messages, buffer_bytes(&text));
    buffer_add(challenge_out, buffer_bytes(&text));
    buffer_free(&text);
}

/* Where ",p=" begins in client-final-message; its size when nowhere. */
static size_t find_proof(struct bytes message)
{
    for (size_t i = message.size; i >= 3; i--) {
        if (memcmp(message.at + i - 3, ",p=", 3) == 0) {
            return i - 3;
        }
    }
    return message.size;
}

/* ClientKey = ClientProof XOR HMAC(StoredKey, AuthMessage), and its hash must
 * be StoredKey. */
static bool is_proof(const struct scram *scram, struct bytes proof)
{
    const EVP_MD *hash = scram->is_sha256 ? EVP_sha256() : EVP_sha1();
    struct bytes messages = buffer_bytes(&scram->messages);
    unsigned char key[EVP_MAX_MD_SIZE];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (proof.size != scram->keys.size ||
        HMAC(hash, scram->keys.stored_key, (int)scram->keys.size, messages.at,
             messages.size, key, &size) == NULL) {
        return false;
    }
    for (size_t i = 0; i < proof.size; i++) {
        key[i] ^= proof.at[i];
    }
    return EVP_Digest(key, proof.size, digest, &size, hash, NULL) == 1 &&
           CRYPTO_memcmp(digest, scram->keys.stored_key, proof.size) == 0;
}

/* Do c= and r= say what the first messages said? */
static bool fits_first(const struct scram *scram, struct bytes bare)
{
    struct bytes binding = next_field(&bare);
    struct bytes nonce = next_field(&bare);
    struct buffer decoded = {0};
    bool fits =
        bytes_start_nocase(binding, BYTES("c=")) &&
        bytes_start_nocase(nonce, BYTES("r=")) &&
        bytes_equal(bytes_part(nonce, 2, nonce.size),
                    buffer_bytes(&scram->nonce)) &&
        base64_decode(bytes_part(binding, 2, binding.size), &decoded) == 0 &&
        bytes_equal(buffer_bytes(&decoded), buffer_bytes(&scram->header));
    buffer_free(&decoded);
    return fits;
}

/* "c=...,r=...,p=..." */
static int read_final(struct scram *scram, struct bytes message)
{
    size_t at = find_proof(message);
    struct bytes bare = bytes_part(message, 0, at);
    struct buffer proof = {0};
    buffer_add_byte(&scram->messages, ',');
    buffer_add(&scram->messages, bare);
    bool fits =
        fits_first(scram, bare) &&
        base64_decode(bytes_part(message, at + 3, message.size), &proof) == 0 &&
        is_proof(scram, buffer_bytes(&proof)) && scram->is_known;
    buffer_free(&proof);
    return fits ? 0 : -1;
}

static void server_final(const struct scram *scram,
                         struct buffer *challenge_out)
{
    const EVP_MD *hash = scram->is_sha256 ? EVP_sha256() : EVP_sha1();
    struct bytes messages = buffer_bytes(&scram->messages);
    unsigned char signature[EVP_MAX_MD_SIZE] = {0};
    unsigned size = 0;
    (void)HMAC(hash, scram->keys.server_key, (int)scram->keys.size, messages.at,
               messages.size, signature, &size);
    buffer_add(challenge_out, BYTES("v="));
    base64_encode((struct bytes){signature, size}, challenge_out);
}

enum scram_outcome scram_step(struct scram *scram, struct bytes message,
                              struct buffer *challenge_out)
{
    enum scram_state state = scram->state;
    scram->state = STATE_OVER;
    if (state == STATE_FIRST && read_first(scram, message) == 0) {
        server_first(scram, challenge_out);
        scram->state = STATE_FINAL;
        return SCRAM_CHALLENGE;
    }
    if (state == STATE_FINAL && read_final(scram, message) == 0) {
        server_final(scram, challenge_out);
        scram->state = STATE_LAST;
        return SCRAM_CHALLENGE;
    }
    return state == STATE_LAST && message.size == 0 ? SCRAM_ACCEPTED
                                                    : SCRAM_REFUSED;
}
