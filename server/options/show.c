/* SPDX-License-Identifier: MIT */
/* The options table, for people. */
#include "server/options/options.h"

#include <string.h>

struct section {
    const char *id;
    const char *title;
};

static const struct section sections[] = {{"LISTEN", "Where to listen"},
                                          {"PROTOCOL", "How to speak SMTP"},
                                          {"TLS", "TLS"},
                                          {"LIMITS", "Limits"},
                                          {"STORE", "What is kept"},
                                          {"HTTP", "The page and the API"},
                                          {"RUN", "Running"}};

/* Breaks `text` into lines of at most `width`, each behind `indent` blanks;
 * the first continues the line where the cursor is. */
static void show_wrapped(FILE *out, const char *text, int indent, int width)
{
    int column = 0;
    while (*text != '\0') {
        int word = (int)strcspn(text, " ");
        if (column > 0 && column + 1 + word > width) {
            fprintf(out, "\n%*s", indent, "");
            column = 0;
        } else if (column > 0) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", word, text);
        column += word;
        text += word;
        text += strspn(text, " ");
    }
}

static void sentence_of(const struct option_row *row, char *out, size_t size)
{
    int used = snprintf(out, size, "%s", row->sentence);
    if (row->preset != NULL && strcmp(row->preset, "0") != 0 && used > 0) {
        snprintf(out + used, size - (size_t)used, " [%s]", row->preset);
    }
}

static void show_row(FILE *out, const struct option_row *row)
{
    char sentence[400];
    sentence_of(row, sentence, sizeof sentence);
    int used = fprintf(out, "  --%s%s%s", row->flag, row->value ? " " : "",
                       row->value ? row->value : "");
    if (used > 28) {
        fprintf(out, "\n%*s", 30, "");
    } else {
        fprintf(out, "%*s", 30 - used, "");
    }
    show_wrapped(out, sentence, 30, 49);
    fputc('\n', out);
}

void options_show_help(FILE *out)
{
    for (size_t s = 0; s < sizeof sections / sizeof *sections; s++) {
        fprintf(out, "\n%s:\n", sections[s].title);
        for (size_t i = 0; i < OPTION_COUNT; i++) {
            if (strcmp(option_rows[i].section, sections[s].id) == 0) {
                show_row(out, &option_rows[i]);
            }
        }
    }
}

void options_show_manual(FILE *out)
{
    for (size_t s = 0; s < sizeof sections / sizeof *sections; s++) {
        fprintf(out, ".Ss %s\n.Bl -tag -width Ds\n", sections[s].title);
        for (size_t i = 0; i < OPTION_COUNT; i++) {
            const struct option_row *row = &option_rows[i];
            if (strcmp(row->section, sections[s].id) != 0) {
                continue;
            }
            char sentence[400];
            sentence_of(row, sentence, sizeof sentence);
            fprintf(out, ".It Fl -%s%s%s\n%s.\n", row->flag,
                    row->value ? " Ar " : "", row->value ? row->value : "",
                    sentence);
        }
        fputs(".El\n", out);
    }
}
