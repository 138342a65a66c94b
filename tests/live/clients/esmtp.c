/* SPDX-License-Identifier: MIT */

/* Sends the mail of a file with libesmtp, which cuts it into BDAT chunks where
 * the server offers them. usage: esmtp HOST:PORT FILE */

#include <stdio.h>

#include <libesmtp.h> /* needs size_t */

int main(int argc, char **argv)
{
    FILE *mail = argc == 3 ? fopen(argv[2], "r") : NULL;
    if (mail == NULL) {
        fputs("usage: esmtp HOST:PORT FILE\n", stderr);
        return 2;
    }
    smtp_session_t session = smtp_create_session();
    smtp_message_t message = smtp_add_message(session);
    smtp_set_server(session, argv[1]);
    smtp_set_reverse_path(message, "a@client.test");
    smtp_add_recipient(message, "b@client.test");
    smtp_set_message_fp(message, mail);
    int is_sent = smtp_start_session(session);
    const smtp_status_t *status = smtp_message_transfer_status(message);
    fprintf(stderr, "%d %s\n", status ? status->code : 0,
            status && status->text ? status->text : "");
    int code = status ? status->code : 0;
    smtp_destroy_session(session);
    fclose(mail);
    return is_sent && code / 100 == 2 ? 0 : 1;
}
