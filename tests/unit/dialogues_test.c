/* SPDX-License-Identifier: MIT */
#include "tests/support/dialogue.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Longer ones are cut at this many places only: what matters lies near line
 * ends, and each run costs the whole dialogue. */
#define CUTS_MAX 1500

static glob_t files;

static const char *const profile_names[] = {"sink", "strict"};

/* Runs the file in one profile; returns how often it was not as said. */
static size_t run_cuts(const char *path, enum smtp_profile profile, bool is_cut)
{
    char *error = NULL;
    struct dialogue *dialogue = dialogue_read(path, profile, &error);
    size_t failures = 0;
    size_t first = is_cut ? 1 : DIALOGUE_WHOLE;
    size_t last = is_cut ? (dialogue == NULL ? 0 : dialogue->size) : 1;
    size_t step = last / CUTS_MAX + 1;
    for (size_t cut = first; error == NULL && cut < last; cut += step) {
        error = dialogue_run(dialogue, cut);
        if (error != NULL) {
            print_error("%s (%s, cut at %zu): %s\n", path,
                        profile_names[profile], cut, error);
        }
    }
    if (error == NULL && is_cut) {
        error = dialogue_run(dialogue, DIALOGUE_EACH);
        if (error != NULL) {
            print_error("%s (%s, octet by octet): %s\n", path,
                        profile_names[profile], error);
        }
    }
    if (error != NULL) {
        failures = 1;
        print_error("%s: %s\n", path, error);
        free(error);
    }
    if (dialogue != NULL) {
        dialogue_free(dialogue);
    }
    return failures;
}

static void run_all(enum smtp_profile profile, bool is_cut)
{
    size_t failures = 0;
    for (size_t i = 0; i < files.gl_pathc; i++) {
        failures += run_cuts(files.gl_pathv[i], profile, is_cut);
    }
    assert_int_equal(failures, 0);
}

static void there_are_dialogues(void **state)
{
    (void)state;
    assert_true(files.gl_pathc >= 100);
}

static void sink_holds_every_dialogue_whole(void **state)
{
    (void)state;
    run_all(SMTP_PROFILE_SINK, false);
}

static void strict_holds_every_dialogue_whole(void **state)
{
    (void)state;
    run_all(SMTP_PROFILE_STRICT, false);
}

static void sink_holds_every_dialogue_however_it_is_cut(void **state)
{
    (void)state;
    run_all(SMTP_PROFILE_SINK, true);
}

static void strict_holds_every_dialogue_however_it_is_cut(void **state)
{
    (void)state;
    run_all(SMTP_PROFILE_STRICT, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_are_dialogues),
        cmocka_unit_test(sink_holds_every_dialogue_whole),
        cmocka_unit_test(strict_holds_every_dialogue_whole),
        cmocka_unit_test(sink_holds_every_dialogue_however_it_is_cut),
        cmocka_unit_test(strict_holds_every_dialogue_however_it_is_cut),
    };
    (void)glob("tests/dialogues/*.smtp", 0, NULL, &files);
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    globfree(&files);
    return failures;
}
