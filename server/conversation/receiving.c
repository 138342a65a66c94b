/* SPDX-License-Identifier: MIT */
#include "server/conversation/receiving.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "inbox/inbox.h"

/* Whether an inbox of a name exists is the keeper's to know, so a transaction
 * counts for every inbox that the routing rules could choose. */
struct receiving_mail {
    struct receiving_mail *next;
    struct receiving_mail *previous;
    bool is_bound;     /* only names[0] */
    bool is_addressed; /* names[1] says what the recipient asks for */
    char names[2][INBOX_NAME_SIZE]; /* of listener or login, of the recipient */
};

struct receiving {
    pthread_mutex_t lock;
    struct receiving_mail *first;
};

struct receiving *receiving_new(void)
{
    struct receiving *receiving = memory_new(sizeof(*receiving));
    (void)pthread_mutex_init(&receiving->lock, NULL);
    return receiving;
}

void receiving_free(struct receiving *receiving)
{
    if (receiving != NULL) {
        (void)pthread_mutex_destroy(&receiving->lock);
        free(receiving);
    }
}

struct receiving_mail *receiving_begin(struct receiving *receiving,
                                       const char *bound, const char *login)
{
    struct receiving_mail *mail = memory_new(sizeof(*mail));
    if (bound != NULL) {
        mail->is_bound = true;
        (void)snprintf(mail->names[0], INBOX_NAME_SIZE, "%s", bound);
    } else if (login != NULL && login[0] != '\0') {
        inbox_name_asked(bytes_of(login), mail->names[0]);
    }
    (void)pthread_mutex_lock(&receiving->lock);
    mail->next = receiving->first;
    if (mail->next != NULL) {
        mail->next->previous = mail;
    }
    receiving->first = mail;
    (void)pthread_mutex_unlock(&receiving->lock);
    return mail;
}

void receiving_recipient(struct receiving *receiving,
                         struct receiving_mail *mail, struct bytes address)
{
    if (mail->is_addressed || address.size == 0) {
        return;
    }
    (void)pthread_mutex_lock(&receiving->lock);
    mail->is_addressed = true;
    inbox_name_asked(address, mail->names[1]);
    (void)pthread_mutex_unlock(&receiving->lock);
}

void receiving_end(struct receiving *receiving, struct receiving_mail *mail)
{
    (void)pthread_mutex_lock(&receiving->lock);
    if (mail->previous != NULL) {
        mail->previous->next = mail->next;
    } else {
        receiving->first = mail->next;
    }
    if (mail->next != NULL) {
        mail->next->previous = mail->previous;
    }
    (void)pthread_mutex_unlock(&receiving->lock);
    free(mail);
}

static bool may_reach(const struct receiving_mail *mail, const char *inbox)
{
    if (strcmp(mail->names[0], inbox) == 0) {
        return true;
    }
    if (mail->is_bound) {
        return false;
    }
    return !mail->is_addressed || strcmp(inbox, "default") == 0 ||
           strcmp(mail->names[1], inbox) == 0;
}

bool receiving_is(struct receiving *receiving, const char *inbox)
{
    bool is_so = false;
    (void)pthread_mutex_lock(&receiving->lock);
    const struct receiving_mail *mail = receiving->first;
    while (mail != NULL && !is_so) {
        is_so = inbox == NULL || may_reach(mail, inbox);
        mail = mail->next;
    }
    (void)pthread_mutex_unlock(&receiving->lock);
    return is_so;
}
