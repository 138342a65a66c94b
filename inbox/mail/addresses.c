/* SPDX-License-Identifier: MIT */
#include "inbox/mail/text.h"

#include <string.h>

#include <gmime/gmime.h>

/* Of one field; a thousand addresses take less. */
#define MOST_OCTETS ((size_t)64 * 1024)

/* What is being gathered. */
struct gathering {
    struct arena *arena;
    struct mail_address *addresses;
    size_t count;
    size_t room;
};

static void gather(struct gathering *all, const char *name, const char *address)
{
    if (all->count >= TEXT_MOST_ADDRESSES) {
        return;
    }
    if (all->count == all->room) {
        size_t room = all->room ? 2 * all->room : 4;
        struct mail_address *grown =
            arena_new(all->arena, room * sizeof(*grown));

        if (all->count > 0) {
            memcpy(grown, all->addresses, all->count * sizeof(*grown));
        }
        all->addresses = grown;
        all->room = room;
    }
    all->addresses[all->count++] =
        (struct mail_address){.name = name, .address = address};
}

/* Comments, groups, quoted pairs and encoded words are GMime's; what remains
 * is nearly every address ever sent, and costs a tenth. */
static bool is_plain(const char *text)
{
    bool is_quoted = false;

    for (; *text != '\0'; text++) {
        if (*text == '"') {
            is_quoted = !is_quoted;
        } else if (*text == '\\' || (*text == '=' && text[1] == '?')) {
            return false;
        } else if (!is_quoted && (*text == '(' || *text == ')' ||
                                  *text == ';' || *text == ':')) {
            return false;
        }
    }
    return !is_quoted;
}

static struct bytes unquoted(struct bytes text)
{
    text = text_trim(text);
    if (text.size >= 2 && text.at[0] == '"' && text.at[text.size - 1] == '"') {
        text = bytes_part(text, 1, text.size - 2);
    }
    return text;
}

/* mailbox = [display-name] "<" addr-spec ">" / addr-spec */
static void gather_plain(struct gathering *all, struct bytes item)
{
    const unsigned char *open;
    const unsigned char *close;

    item = text_trim(item);
    if (item.size == 0) {
        return;
    }
    open = memrchr(item.at, '<', item.size);
    close = memrchr(item.at, '>', item.size);
    if (open && close && open < close) {
        struct bytes name = bytes_part(item, 0, (size_t)(open - item.at));
        struct bytes address = bytes_part(item, (size_t)(open - item.at) + 1,
                                          (size_t)(close - open) - 1);

        gather(all, arena_text(all->arena, unquoted(name)),
               arena_text(all->arena, text_trim(address)));
        return;
    }
    gather(all, "", arena_text(all->arena, item));
}

static void gather_all_plain(struct gathering *all, const char *text)
{
    const char *start = text;
    bool is_quoted = false;

    for (; *text != '\0'; text++) {
        is_quoted = *text == '"' ? !is_quoted : is_quoted;
        if (*text == ',' && !is_quoted) {
            gather_plain(all, (struct bytes){(const unsigned char *)start,
                                             (size_t)(text - start)});
            start = text + 1;
        }
    }
    gather_plain(all, bytes_of(start));
}

static void gather_list(struct gathering *all, InternetAddressList *list,
                        int depth)
{
    int length = internet_address_list_length(list);

    for (int i = 0; i < length && all->count < TEXT_MOST_ADDRESSES; i++) {
        InternetAddress *one = internet_address_list_get_address(list, i);
        const char *name = internet_address_get_name(one);

        if (INTERNET_ADDRESS_IS_GROUP(one)) {
            InternetAddressList *members =
                internet_address_group_get_members(INTERNET_ADDRESS_GROUP(one));

            if (depth < 20 && members) {
                gather_list(all, members, depth + 1);
            }
        } else {
            const char *address = internet_address_mailbox_get_addr(
                INTERNET_ADDRESS_MAILBOX(one));

            gather(all, mail_utf8(bytes_of(name), all->arena),
                   mail_utf8(bytes_of(address), all->arena));
        }
    }
}

struct mail_address *text_addresses(struct bytes raw, struct arena *arena,
                                    struct mail_address *known, size_t *count)
{
    struct gathering all = {
        .arena = arena, .addresses = known, .count = *count, .room = *count};
    char *text = text_unfolded(bytes_part(raw, 0, MOST_OCTETS), arena);
    InternetAddressList *list;

    if (is_plain(text)) {
        gather_all_plain(&all, text);
    } else {
        text_begin();
        list = internet_address_list_parse(NULL, text);
        if (list) {
            gather_list(&all, list, 0);
            g_object_unref(list);
        }
        if (all.count == *count && text[0] != '\0' && !strchr(text, ';')) {
            gather(&all, "", text);
        }
    }
    *count = all.count;
    return all.addresses;
}
