/* SPDX-License-Identifier: MIT */
/* One value of one option: text -> field, checked. */
#include "server/options/options.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit size_units[] = {
    {"K", 1024},          {"M", 1048576},         {"G", 1073741824},
    {"T", 1099511627776}, {"KiB", 1024},          {"MiB", 1048576},
    {"GiB", 1073741824},  {"TiB", 1099511627776}, {"", 1}};

static const struct unit time_units[] = {{"ms", 1},       {"s", 1000},
                                         {"m", 60000},    {"h", 3600000},
                                         {"d", 86400000}, {"", 1000}};

static const struct unit no_units[] = {{"", 1}};

static uint64_t unit_factor(const struct unit *units, size_t count,
                            const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(units[i].name, name) == 0) {
            return units[i].factor;
        }
    }
    return 0;
}

static uint64_t row_factor(const struct option_row *row, const char *name)
{
    switch (row->type) {
    case OPTION_SIZE:
        return unit_factor(size_units, sizeof size_units / sizeof *size_units,
                           name);
    case OPTION_TIME:
        return unit_factor(time_units, sizeof time_units / sizeof *time_units,
                           name);
    default:
        return unit_factor(no_units, 1, name);
    }
}

int option_number(const struct option_row *row, const char *text,
                  uint64_t *number_out)
{
    uint64_t number = 0;
    const char *at = text;
    for (; isdigit((unsigned char)*at); at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (number > (UINT64_MAX - digit) / 10) {
            return -1;
        }
        number = number * 10 + digit;
    }
    uint64_t factor = at == text ? 0 : row_factor(row, at);
    if (factor == 0 || number > UINT64_MAX / factor) {
        return -1;
    }
    number *= factor;
    if (number < row->min || (row->max != 0 && number > row->max)) {
        return -1;
    }
    *number_out = number;
    return 0;
}

/* Writes a number the way this row's values are written. */
static void show_number(const struct option_row *row, uint64_t number,
                        char text_out[32])
{
    const struct unit *units =
        row->type == OPTION_TIME ? time_units : size_units;
    size_t count = row->type == OPTION_NUMBER ? 0
                   : row->type == OPTION_TIME ? 5
                                              : 4;
    const struct unit *best = &no_units[0];
    for (size_t i = 0; i < count; i++) {
        if (number != 0 && number % units[i].factor == 0) {
            best = &units[i];
        }
    }
    snprintf(text_out, 32, "%" PRIu64 "%s", number / best->factor, best->name);
}

static int set_number(const struct option_row *row, const char *text,
                      uint64_t *field, char *why)
{
    if (option_number(row, text, field) == 0) {
        return 0;
    }
    char low[32];
    char high[32];
    show_number(row, row->min, low);
    show_number(row, row->max, high);
    const char *form = row->type == OPTION_SIZE   ? "a size such as 25M"
                       : row->type == OPTION_TIME ? "a time such as 30s"
                                                  : "a number";
    snprintf(why, OPTIONS_WHY_SIZE, "--%s: '%.100s' is not %s from %s to %s",
             row->flag, text, form, low, high);
    return -1;
}

static int set_word(const struct option_row *row, const char *text,
                    unsigned *field, char *why)
{
    size_t size = strlen(text);
    unsigned place = 0;
    for (const char *at = row->value; at != NULL; place++) {
        size_t word = strcspn(at, "|");
        if (word == size && memcmp(at, text, size) == 0) {
            *field = place;
            return 0;
        }
        at = at[word] == '|' ? at + word + 1 : NULL;
    }
    snprintf(why, OPTIONS_WHY_SIZE, "--%s: '%.100s' is not one of %s",
             row->flag, text, row->value);
    return -1;
}

static void list_add(struct option_list *list, const char *text)
{
    list->items =
        memory_resize(list->items, (list->count + 1) * sizeof *list->items);
    list->items[list->count++] = memory_text(text);
}

int option_set(struct options *options, const struct option_row *row,
               const char *text, char why_out[OPTIONS_WHY_SIZE])
{
    void *field = (char *)options + row->offset;
    switch (row->type) {
    case OPTION_SWITCH:
        *(bool *)field = true;
        return 0;
    case OPTION_TEXT:
        free(*(char **)field);
        *(char **)field = memory_text(text);
        return 0;
    case OPTION_LIST:
        list_add(field, text);
        return 0;
    case OPTION_WORD:
        return set_word(row, text, field, why_out);
    case OPTION_NUMBER:
    case OPTION_SIZE:
    case OPTION_TIME:
        return set_number(row, text, field, why_out);
    }
    return -1;
}
