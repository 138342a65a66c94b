/* SPDX-License-Identifier: MIT */
#include "server/options/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/log.h"

const struct option_row option_rows[OPTION_COUNT] = {
#define OPTION(section, type, field, flag, preset, value, min, max, sentence) \
    {#section, OPTION_##type, offsetof(struct options, field),                \
     flag,     preset,        value,                                          \
     min,      max,           sentence},
#include "server/options/options.def"
#undef OPTION
};

_Static_assert(LOG_ERROR == 0 && LOG_WARN == 1 && LOG_INFO == 2 &&
                   LOG_DEBUG == 3,
               "the words of --log stand in the order of enum log_level");

/* One source of values: a list given by a later one replaces the earlier. */
struct source {
    struct options *options;
    bool given[OPTION_COUNT];
    char *why;
};

char *option_variable(const struct option_row *row, char name_out[64])
{
    int used = snprintf(name_out, 64, "MAILSCOPE_%s", row->flag);
    for (int i = 0; i < used && i < 63; i++) {
        char letter = name_out[i];
        name_out[i] =
            letter == '-' ? '_' : (char)toupper((unsigned char)letter);
    }
    return name_out;
}

static const struct option_row *row_of(const char *flag)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strcmp(option_rows[i].flag, flag) == 0) {
            return &option_rows[i];
        }
    }
    return NULL;
}

static void list_empty(struct option_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i]);
    }
    free(list->items);
    *list = (struct option_list){0};
}

static void source_give(struct source *source, const struct option_row *row)
{
    size_t place = (size_t)(row - option_rows);
    source->given[place] = true;
    source->options->given[place] = true;
}

static int source_set(struct source *source, const struct option_row *row,
                      const char *text)
{
    size_t place = (size_t)(row - option_rows);
    if (!source->given[place] && row->type == OPTION_LIST) {
        list_empty(
            (struct option_list *)((char *)source->options + row->offset));
    }
    source_give(source, row);
    return option_set(source->options, row, text, source->why);
}

/* Is a switch in the environment or in a file on? -1: neither on nor off. */
static int switch_word(const char *text)
{
    static const char *const words[][2] = {
        {"on", "off"}, {"yes", "no"}, {"true", "false"}, {"1", "0"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(text, words[i][0]) == 0) {
            return 1;
        }
        if (strcmp(text, words[i][1]) == 0) {
            return 0;
        }
    }
    return -1;
}

static int source_set_written(struct source *source,
                              const struct option_row *row, const char *text)
{
    if (row->type != OPTION_SWITCH) {
        return source_set(source, row, text);
    }
    int is_on = switch_word(text);
    if (is_on < 0) {
        snprintf(source->why, OPTIONS_WHY_SIZE, "%s: write on or off, not '%s'",
                 row->flag, text);
        return -1;
    }
    if (is_on) {
        return source_set(source, row, NULL);
    }
    source_give(source, row);
    *(bool *)((char *)source->options + row->offset) = false;
    return 0;
}

static int on_ini_row(void *user, const char *section, const char *name,
                      const char *value)
{
    struct source *source = user;
    if (*section != '\0' && strcmp(section, "mailscope") != 0) {
        snprintf(source->why, OPTIONS_WHY_SIZE,
                 "section [%s]: only [mailscope] or none is known", section);
        return 0;
    }
    const struct option_row *row = row_of(name);
    if (row == NULL || strcmp(name, "config") == 0) {
        snprintf(source->why, OPTIONS_WHY_SIZE,
                 "unknown key '%.100s': write a long flag without --", name);
        return 0;
    }
    return source_set_written(source, row, value ? value : "on") == 0;
}

static int read_file(struct options *options, const char *path, char *why)
{
    char reason[OPTIONS_WHY_SIZE] = "";
    struct source source = {.options = options, .why = reason};
    int line = ini_parse(path, on_ini_row, &source);
    if (line == 0) {
        return 0;
    }
    if (line < 0) {
        snprintf(why, OPTIONS_WHY_SIZE, "--config %.200s: cannot be read: %s",
                 path, strerror(errno));
    } else {
        snprintf(why, OPTIONS_WHY_SIZE, "%.200s line %d: %.280s", path, line,
                 *reason ? reason : "write: flag = value");
    }
    return -1;
}

static int read_environment(struct options *options, char *why)
{
    char reason[OPTIONS_WHY_SIZE] = "";
    struct source source = {.options = options, .why = reason};
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char name[64];
        const char *text = getenv(option_variable(&option_rows[i], name));
        if (text == NULL || *text == '\0') {
            continue;
        }
        if (source_set_written(&source, &option_rows[i], text) != 0) {
            snprintf(why, OPTIONS_WHY_SIZE, "environment %s: %.400s", name,
                     reason);
            return -1;
        }
    }
    return 0;
}

/* getopt_long() numbers: a row's place, then help and version. */
enum { PLACE_HELP = OPTION_COUNT, PLACE_VERSION };

static void fill_flags(struct option flags_out[OPTION_COUNT + 3])
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        flags_out[i] = (struct option){option_rows[i].flag,
                                       option_rows[i].type == OPTION_SWITCH
                                           ? no_argument
                                           : required_argument,
                                       NULL, i + 256};
    }
    flags_out[PLACE_HELP] =
        (struct option){"help", no_argument, NULL, PLACE_HELP + 256};
    flags_out[PLACE_VERSION] =
        (struct option){"version", no_argument, NULL, PLACE_VERSION + 256};
    flags_out[PLACE_VERSION + 1] = (struct option){0};
}

static void say_bad_flag(int answer, char **argv, char *why)
{
    const char *word = argv[optind - 1];
    if (answer == ':') {
        snprintf(why, OPTIONS_WHY_SIZE,
                 "%.200s needs a value; see mailscope --help", word);
    } else {
        snprintf(why, OPTIONS_WHY_SIZE,
                 "unknown option '%.200s'; see mailscope --help", word);
    }
}

static enum options_result take_flag(struct source *source, int answer,
                                     char **argv)
{
    int place = answer - 256;
    if (answer == 'h' || place == PLACE_HELP) {
        return OPTIONS_HELP;
    }
    if (answer == 'V' || place == PLACE_VERSION) {
        return OPTIONS_VERSION;
    }
    if (place < 0 || place >= OPTION_COUNT) {
        say_bad_flag(answer, argv, source->why);
        return OPTIONS_BAD;
    }
    return source_set(source, &option_rows[place], optarg) == 0 ? OPTIONS_OK
                                                                : OPTIONS_BAD;
}

static void begin_flags(void)
{
    optind = 0; /* glibc and musl: start anew, somebody may have used it */
    opterr = 0;
}

static enum options_result read_flags(struct options *options, int argc,
                                      char **argv, char *why)
{
    struct source source = {.options = options, .why = why};
    struct option flags[OPTION_COUNT + 3];
    fill_flags(flags);
    int answer;
    begin_flags();
    while ((answer = getopt_long(argc, argv, "+:hV", flags, NULL)) != -1) {
        enum options_result result = take_flag(&source, answer, argv);
        if (result != OPTIONS_OK) {
            return result;
        }
    }
    bool ended = optind > 1 && strcmp(argv[optind - 1], "--") == 0;
    if (optind < argc && !ended) {
        snprintf(why, OPTIONS_WHY_SIZE,
                 "unexpected '%.200s'; see mailscope --help", argv[optind]);
        return OPTIONS_BAD;
    }
    if (ended && optind == argc) { /* serve -- $COMMAND, and it was empty */
        snprintf(why, OPTIONS_WHY_SIZE, "a command is expected behind --");
        return OPTIONS_BAD;
    }
    options->command = optind < argc ? argv + optind : NULL;
    return OPTIONS_OK;
}

/* The file that flags or environment name; flags are read before the file
 * whose values they override, so this looks without keeping anything. */
static const char *config_path(int argc, char **argv)
{
    const char *path = getenv("MAILSCOPE_CONFIG");
    struct option flags[OPTION_COUNT + 3];
    fill_flags(flags);
    int answer;
    begin_flags();
    while ((answer = getopt_long(argc, argv, "+:hV", flags, NULL)) != -1) {
        if (answer - 256 == OPTION_ID_config) {
            path = optarg;
        }
    }
    return path != NULL && *path != '\0' ? path : NULL;
}

static void set_defaults(struct options *options)
{
    char why[OPTIONS_WHY_SIZE];
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        if (row->preset != NULL && option_set(options, row, row->preset, why)) {
            abort(); /* a row of options.def contradicts itself */
        }
    }
}

enum options_result options_read(int argc, char **argv,
                                 struct options *options_out,
                                 char why_out[OPTIONS_WHY_SIZE])
{
    *options_out = (struct options){0};
    *why_out = '\0';
    set_defaults(options_out);
    const char *path = config_path(argc, argv);
    if (path != NULL && read_file(options_out, path, why_out) != 0) {
        return OPTIONS_BAD;
    }
    if (read_environment(options_out, why_out) != 0) {
        return OPTIONS_BAD;
    }
    return read_flags(options_out, argc, argv, why_out);
}

void options_free(struct options *options)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        void *field = (char *)options + option_rows[i].offset;
        if (option_rows[i].type == OPTION_TEXT) {
            free(*(char **)field);
        } else if (option_rows[i].type == OPTION_LIST) {
            list_empty(field);
        }
    }
    *options = (struct options){0};
}
