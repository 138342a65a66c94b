/* SPDX-License-Identifier: MIT */
#ifndef SERVER_OPTIONS_OPTIONS_H
#define SERVER_OPTIONS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The values of a repeatable option, in the order given. */
struct option_list {
    char **items;
    size_t count;
};

#define OPTION_C_TEXT char *
#define OPTION_C_LIST struct option_list
#define OPTION_C_SWITCH bool
#define OPTION_C_NUMBER uint64_t
#define OPTION_C_SIZE uint64_t
#define OPTION_C_TIME uint64_t
#define OPTION_C_WORD unsigned

/* OPTION_ID_smtp, OPTION_ID_http, ...: one for each row of options.def. */
enum option_id {
#define OPTION(section, type, field, ...) OPTION_ID_##field,
#include "server/options/options.def"
#undef OPTION
    OPTION_COUNT
};

/* The values of the WORD options: places in their `value` column. */
enum option_profile { PROFILE_SINK, PROFILE_STRICT };
enum option_auth { AUTH_ANY, AUTH_OFF };
enum option_tls_version { TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3 };
enum option_client_cert { CLIENT_CERT_OFF, CLIENT_CERT_ASK, CLIENT_CERT_MUST };
enum option_durability { DURABILITY_PROCESS, DURABILITY_POWER };
/* `log` has the values of enum log_level. */

/* What the program was asked to do. Sizes are octets, times milliseconds. */
struct options {
#define OPTION(section, type, field, ...) OPTION_C_##type field;
#include "server/options/options.def"
#undef OPTION
    bool given[OPTION_COUNT]; /* by flag, environment or file; not default */
    char **command;           /* serve -- COMMAND...: NULL-ended, or NULL */
};

enum option_type {
    OPTION_TEXT,
    OPTION_LIST,
    OPTION_SWITCH,
    OPTION_NUMBER,
    OPTION_SIZE,
    OPTION_TIME,
    OPTION_WORD
};

/* A row of options.def. */
struct option_row {
    const char *section;
    enum option_type type;
    size_t offset;      /* of the field in struct options */
    const char *flag;   /* without -- */
    const char *preset; /* default, as one would write it; or NULL */
    const char *value;  /* what --help calls the value; NULL: none */
    uint64_t min;
    uint64_t max; /* 0: any */
    const char *sentence;
};

extern const struct option_row option_rows[OPTION_COUNT];

enum options_result { OPTIONS_OK, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_BAD };

#define OPTIONS_WHY_SIZE 512

/* Reads defaults, then the file of --config, then the environment, then the
 * flags in `argv` (argv[0] is skipped); the later wins. `options_out` need not
 * be initialised; free it with options_free() whatever comes back. OPTIONS_BAD
 * leaves one line in `why_out` that says what is wrong and what to do. */
enum options_result options_read(int argc, char **argv,
                                 struct options *options_out,
                                 char why_out[OPTIONS_WHY_SIZE])
    __attribute__((warn_unused_result));

/* Frees what options_read() took. */
void options_free(struct options *options);

/* The environment variable of a row: MAILSCOPE_HTTP_HOST. Returns `name_out`.
 */
char *option_variable(const struct option_row *row, char name_out[64]);

/* Gives the field of `row` in `options` the value `text` (NULL for a SWITCH
 * that is on). A list grows. Returns 0, or -1 with one line in `why_out`. */
int option_set(struct options *options, const struct option_row *row,
               const char *text, char why_out[OPTIONS_WHY_SIZE])
    __attribute__((warn_unused_result));

/* Reads 25M, 300s or 42 as `row` says into `number_out`; checks the range.
 * Returns 0, or -1. */
int option_number(const struct option_row *row, const char *text,
                  uint64_t *number_out) __attribute__((warn_unused_result));

/* Writes the options, by section, as --help shows them. */
void options_show_help(FILE *out);

/* The same as mdoc source, for the manual page. */
void options_show_manual(FILE *out);

#endif
