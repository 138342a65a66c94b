/* SPDX-License-Identifier: MIT */
#include "inbox/store/route.h"

#include "inbox/store/commit.h"

struct box *route_need(struct inbox *inbox, const char *name)
{
    struct box *box = boxes_find(&inbox->boxes, name);
    if (box != NULL) {
        return box;
    }
    box = boxes_add(&inbox->boxes, name);
    if (index_begin(inbox->index) != 0 ||
        index_add_box(inbox->index, box->id, box->name) != 0 ||
        index_pause(inbox->index) != 0) {
        commit_failed(inbox);
    }
    return box;
}

static const struct box *created(struct inbox *inbox, const char *name)
{
    const struct box *box =
        name[0] == '\0' ? NULL : boxes_find(&inbox->boxes, name);
    return box != NULL && box->is_created ? box : NULL;
}

/* First rule that applies wins: the listener's; the login's part behind its
 * last plus; the first accepted recipient's; the one without a name. A
 * session's own, once it has one, is that of its first message. */
uint32_t route_delivery(struct inbox *inbox, const struct job *job,
                        const struct live *live)
{
    if (job->bound[0] != '\0') {
        return route_need(inbox, job->bound)->id;
    }
    const struct box *box = created(inbox, job->login);
    if (box == NULL && job->is_message) {
        box = created(inbox, job->plus);
    }
    if (box == NULL && !job->is_message && live != NULL &&
        live->pending_box != 0) {
        box = boxes_by_id(&inbox->boxes, live->pending_box);
    }
    return box == NULL ? INDEX_DEFAULT_BOX : box->id;
}

int route_index(struct inbox *inbox)
{
    int result = index_begin(inbox->index);
    for (size_t i = 0; i < inbox->boxes.count && result == 0; i++) {
        result = index_add_box(inbox->index, inbox->boxes.items[i].id,
                               inbox->boxes.items[i].name);
    }
    return result == 0 ? index_pause(inbox->index) : result;
}
