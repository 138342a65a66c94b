/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_MATCH_SCENE_H
#define TESTS_SUPPORT_MATCH_SCENE_H

#include "inbox/match/match.h"

/* One message in its session, with all that may be asked of them, for tests of
 * queries and of expectations. */

struct match_scene {
    struct arena arena;
    struct bytes piece;
    struct facts of_message;
    struct facts of_session;
};

extern const struct inbox_message match_scene_message;

/* Set-up and tear-down of a test: `*state` is a struct match_scene. */
int match_scene_open(void **state);
int match_scene_close(void **state);

#endif
