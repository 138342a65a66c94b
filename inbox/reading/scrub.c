/* SPDX-License-Identifier: MIT */
#include "inbox/reading/scrub.h"

#include "inbox/upkeep/damage.h"

bool scrub_some(struct inbox *inbox)
{
    if (inbox->dir == NULL) {
        return false;
    }
    int found = journal_check(inbox->journal, &inbox->check);
    if (found == 1) {
        damage_hole(inbox, inbox->check.hole, inbox->check.until);
    }
    return found >= 0;
}
