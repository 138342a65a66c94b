/* SPDX-License-Identifier: MIT */
#include "inbox/mail/tree.h"

#include "inbox/mail/text.h"

#include <string.h>
#include <strings.h>

#include <gmime/gmime.h>

/* GMime's cost is quadratic in open boundaries and 150 times the octets of a
 * mail that is all parts: 10,000 lines that may be boundaries, and 100,000 that
 * may be header fields, keep the worst below half a second. */
#define MOST_BOUNDARIES 10000
#define MOST_FIELDS 100000
#define MOST_DEPTH 100

struct walk {
    struct bytes raw;
    struct arena *arena;
    size_t count;
    bool is_cut;
};

static bool may_be_field(struct bytes line)
{
    size_t at = 0;

    while (at < line.size && line.at[at] > ' ' && line.at[at] < 0x7F &&
           line.at[at] != ':' && at < 80) {
        at++;
    }
    return at > 0 && at < line.size && line.at[at] == ':';
}

/* The part of `raw` that is within the limits. */
static struct bytes within_limits(struct bytes raw)
{
    size_t boundaries = 0;
    size_t fields = 0;
    size_t at = 0;

    while (at < raw.size) {
        const unsigned char *end = memchr(raw.at + at, '\n', raw.size - at);
        size_t next = end ? (size_t)(end - raw.at) + 1 : raw.size;
        struct bytes line = bytes_part(raw, at, next - at);

        boundaries += line.size > 2 && line.at[0] == '-' && line.at[1] == '-';
        fields += may_be_field(line);
        if (boundaries > MOST_BOUNDARIES || fields > MOST_FIELDS) {
            return bytes_part(raw, 0, at);
        }
        at = next;
    }
    return raw;
}

/* Text from the library: it is in whatever charset the sender had. */
static const char *own(struct walk *walk, const char *text)
{
    return text ? mail_utf8(bytes_of(text), walk->arena) : NULL;
}

static const char *own_lower(struct walk *walk, const char *text)
{
    char *lower = text ? mail_utf8(bytes_of(text), walk->arena) : NULL;

    for (char *at = lower; at && *at != '\0'; at++) {
        if (*at >= 'A' && *at <= 'Z') {
            *at = (char)(*at + ('a' - 'A'));
        }
    }
    return lower;
}

static const char *header_of(struct walk *walk, GMimeObject *object,
                             const char *name)
{
    GMimeHeader *header = g_mime_header_list_get_header(
        g_mime_object_get_header_list(object), name);
    const char *value = header ? g_mime_header_get_raw_value(header) : NULL;

    return value ? text_header(bytes_of(value), walk->arena) : NULL;
}

static const char *without_brackets(struct walk *walk, const char *id)
{
    struct bytes text = text_trim(bytes_of(id));

    if (!id) {
        return NULL;
    }
    if (text.size >= 2 && text.at[0] == '<' && text.at[text.size - 1] == '>') {
        text = bytes_part(text, 1, text.size - 2);
    }
    return arena_text(walk->arena, text);
}

static const char *first_word(struct walk *walk, const char *value)
{
    size_t size = value ? strcspn(value, " \t;(") : 0;

    return size > 0
               ? own_lower(walk,
                           arena_text(walk->arena,
                                      bytes_part(bytes_of(value), 0, size)))
               : NULL;
}

/* The parameter of a field in which there are encoded words: given to GMime
 * anew, for as it stands there it reads no further than the first padding. */
static const char *worded_parameter(struct walk *walk, GMimeObject *object,
                                    const char *field, const char *name)
{
    GMimeHeader *header = g_mime_header_list_get_header(
        g_mime_object_get_header_list(object), field);
    const char *raw = header ? g_mime_header_get_raw_value(header) : NULL;
    const char *found = NULL;

    if (!raw || !text_has_words(bytes_of(raw))) {
        return NULL;
    }
    const char *text = text_unfolded(bytes_of(raw), walk->arena);
    const char *start = strchr(text, ';');
    GMimeParamList *list =
        g_mime_param_list_parse(NULL, start ? start + 1 : "");
    GMimeParam *one = g_mime_param_list_get_parameter(list, name);
    if (one) {
        found = own(walk, g_mime_param_get_value(one));
    }
    g_object_unref(list);
    return found;
}

static const char *filename_of(struct walk *walk, GMimeObject *object)
{
    const char *found =
        worded_parameter(walk, object, "Content-Disposition", "filename");

    if (!found) {
        found =
            g_mime_object_get_content_disposition_parameter(object, "filename");
    }
    if (!found) {
        found = worded_parameter(walk, object, "Content-Type", "name");
    }
    return found ? found
                 : g_mime_object_get_content_type_parameter(object, "name");
}

static void describe(struct walk *walk, GMimeObject *object,
                     struct mail_part *part)
{
    GMimeContentType *type = g_mime_object_get_content_type(object);
    const char *filename = filename_of(walk, object);

    part->type = own_lower(
        walk, arena_print(walk->arena, "%s/%s",
                          g_mime_content_type_get_media_type(type),
                          g_mime_content_type_get_media_subtype(type)));
    part->charset =
        own(walk, g_mime_object_get_content_type_parameter(object, "charset"));
    part->filename =
        filename ? text_header(bytes_of(filename), walk->arena) : NULL;
    part->encoding =
        first_word(walk, header_of(walk, object, "Content-Transfer-Encoding"));
    part->disposition =
        first_word(walk, header_of(walk, object, "Content-Disposition"));
    part->content_id =
        without_brackets(walk, header_of(walk, object, "Content-ID"));
    part->location = header_of(walk, object, "Content-Location");
}

/* Where the header block that begins at `at` ends. */
static size_t after_headers(struct walk *walk, size_t at)
{
    struct bytes block = bytes_part(walk->raw, at, walk->raw.size);
    struct text_field field;
    size_t end = 0;

    while (text_next_field(block, &end, &field)) {
    }
    return at + end;
}

/* `end`: where the part's octets end at the latest. Only a leaf knows its own
 * bounds; its stream is a window into the whole. */
static void place(struct walk *walk, GMimeObject *object, size_t end,
                  struct mail_part *part)
{
    GMimeHeaderList *headers = g_mime_object_get_header_list(object);
    GMimeDataWrapper *content =
        GMIME_IS_PART(object) ? g_mime_part_get_content(GMIME_PART(object))
                              : NULL;
    GMimeStream *stream =
        content ? g_mime_data_wrapper_get_stream(content) : NULL;
    int64_t header = -1;

    if (headers && g_mime_header_list_get_count(headers) > 0) {
        header = g_mime_header_get_offset(
            g_mime_header_list_get_header_at(headers, 0));
    }
    if (stream && stream->bound_start >= 0 &&
        (size_t)stream->bound_start <= end) {
        part->body_offset = (size_t)stream->bound_start;
        if (stream->bound_end >= stream->bound_start &&
            (size_t)stream->bound_end < end) {
            end = (size_t)stream->bound_end;
        }
    } else if (header >= 0 && (size_t)header <= end) {
        part->body_offset = after_headers(walk, (size_t)header);
    }
    if (part->body_offset > end) {
        part->body_offset = end;
    }
    part->header_offset = header >= 0 && (size_t)header <= part->body_offset
                              ? (size_t)header
                              : part->body_offset;
    part->header_size = part->body_offset - part->header_offset;
    part->body_size = end - part->body_offset;
}

/* An object of the tree, and where it ends at the latest. */
struct node {
    GMimeObject *object;
    size_t end;
    int depth;
};

static void read_object(struct walk *walk, struct node node,
                        struct mail_part *part);

static void name_part(struct walk *walk, struct mail_part *part,
                      const char *above, int number)
{
    part->section = above[0] != '\0'
                        ? arena_print(walk->arena, "%s.%d", above, number)
                        : arena_print(walk->arena, "%d", number);
}

/* The last octet before the boundary line behind `from`; `end` when there is
 * none. The line end before a boundary belongs to it (RFC 2046 5.1.1). */
static size_t before_boundary(struct walk *walk, GMimeObject *multipart,
                              size_t from, size_t end)
{
    const char *boundary =
        g_mime_object_get_content_type_parameter(multipart, "boundary");
    char *mark = arena_print(walk->arena, "\n--%s", boundary ? boundary : "");
    const unsigned char *found;

    if (!boundary || boundary[0] == '\0' || from >= end) {
        return end;
    }
    from -= from > 0;
    found = memmem(walk->raw.at + from, end - from, mark, strlen(mark));
    if (!found) {
        return end;
    }
    end = (size_t)(found - walk->raw.at);
    return end > from && walk->raw.at[end - 1] == '\r' ? end - 1 : end;
}

/* Sections below "TEXT" (a multipart that is a whole message) count from what
 * stands above it (RFC 3501 6.4.5). */
static const char *prefix_of(struct walk *walk, const char *section)
{
    size_t size = strlen(section);

    if (strcmp(section, "TEXT") == 0) {
        return "";
    }
    if (size > 5 && strcmp(section + size - 5, ".TEXT") == 0) {
        return arena_text(walk->arena,
                          bytes_part(bytes_of(section), 0, size - 5));
    }
    return section;
}

static void read_children(struct walk *walk, struct node node,
                          struct mail_part *part)
{
    GMimeMultipart *parts = GMIME_MULTIPART(node.object);
    int count = g_mime_multipart_get_count(parts);
    const char *above = prefix_of(walk, part->section);
    size_t reached = part->body_offset;

    part->children =
        arena_new(walk->arena, ((size_t)count + 1) * sizeof(*part));
    for (int i = 0; i < count; i++) {
        GMimeObject *child = g_mime_multipart_get_part(parts, i);
        struct mail_part *to = &part->children[part->child_count++];

        name_part(walk, to, above, i + 1);
        read_object(walk, (struct node){child, node.end, node.depth + 1}, to);
        if (to->child_count > 0 || GMIME_IS_MESSAGE_PART(child)) {
            size_t inner = to->body_offset;

            for (const struct mail_part *last = to; last->child_count > 0;) {
                last = &last->children[last->child_count - 1];
                inner = last->body_offset + last->body_size;
            }
            /* An empty body: its line end is the boundary's already. */
            size_t stop = before_boundary(walk, node.object, inner, node.end);
            to->body_size = stop > to->body_offset ? stop - to->body_offset : 0;
        }
        if (to->header_offset < reached) {
            to->header_offset = to->body_offset;
            to->header_size = 0;
        }
        reached = to->body_offset;
    }
}

static void read_message(struct walk *walk, struct node node,
                         struct mail_part *part)
{
    GMimeMessage *message =
        g_mime_message_part_get_message(GMIME_MESSAGE_PART(node.object));
    GMimeObject *body = message ? g_mime_message_get_mime_part(message) : NULL;
    GMimeHeaderList *headers;

    if (!body) {
        return;
    }
    part->children = arena_new(walk->arena, sizeof(*part));
    part->child_count = 1;
    part->children[0].section =
        GMIME_IS_MULTIPART(body)
            ? arena_print(walk->arena, "%s.TEXT", part->section)
            : arena_print(walk->arena, "%s.1", part->section);
    read_object(walk, (struct node){body, node.end, node.depth + 1},
                &part->children[0]);
    headers = g_mime_object_get_header_list(GMIME_OBJECT(message));
    if (headers && g_mime_header_list_get_count(headers) > 0) {
        int64_t first = g_mime_header_get_offset(
            g_mime_header_list_get_header_at(headers, 0));

        /* The headers of the inner message belong to its only part. */
        if (first >= 0 && (size_t)first >= part->body_offset &&
            (size_t)first <= part->children[0].body_offset) {
            part->children[0].header_offset = (size_t)first;
            part->children[0].header_size =
                part->children[0].body_offset - (size_t)first;
        }
    }
}

static void read_object(struct walk *walk, struct node node,
                        struct mail_part *part)
{
    walk->count++;
    describe(walk, node.object, part);
    place(walk, node.object, node.end, part);
    if (node.depth >= MOST_DEPTH) {
        walk->is_cut = true;
    } else if (GMIME_IS_MULTIPART(node.object)) {
        read_children(walk, node, part);
    } else if (GMIME_IS_MESSAGE_PART(node.object)) {
        read_message(walk, node, part);
    }
}

/* A stream over octets that stay the caller's. */
static GMimeStream *stream_over(struct bytes raw, GByteArray **array_out)
{
    GMimeStream *stream;

    *array_out = g_byte_array_new_take((guint8 *)(uintptr_t)raw.at, raw.size);
    stream = g_mime_stream_mem_new_with_byte_array(*array_out);
    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
    return stream;
}

static struct mail_part *no_tree(struct walk *walk)
{
    struct mail_part *root = arena_new(walk->arena, sizeof(*root));

    walk->count = 1;
    root->section = "1";
    root->type = "text/plain";
    root->body_offset = after_headers(walk, 0);
    root->header_size = root->body_offset;
    root->body_size = walk->raw.size - root->body_offset;
    return root;
}

static struct mail_part *walk_message(struct walk *walk, GMimeMessage *message)
{
    GMimeObject *body = g_mime_message_get_mime_part(message);
    struct mail_part *root;

    if (!body) {
        return no_tree(walk);
    }
    root = arena_new(walk->arena, sizeof(*root));
    root->section = GMIME_IS_MULTIPART(body) ? "TEXT" : "1";
    read_object(walk, (struct node){body, walk->raw.size, 0}, root);
    /* The message's own fields and those of its root part are one block. */
    root->header_offset = 0;
    root->header_size = root->body_offset;
    return root;
}

struct mail_part *tree_read(struct bytes raw, struct arena *arena,
                            size_t *count_out, bool *cut_out)
{
    struct walk walk = {.raw = raw, .arena = arena};
    struct bytes within;
    struct mail_part *root = tree_single(raw, arena);
    GByteArray *array;
    GMimeStream *stream;
    GMimeParser *parser;
    GMimeMessage *message;

    *count_out = 1;
    *cut_out = false;
    if (root) {
        return root;
    }
    text_begin();
    within = within_limits(raw);
    if (within.size == 0) {
        root = no_tree(&walk);
        *cut_out = raw.size > 0;
        return root;
    }
    stream = stream_over(within, &array);
    parser = g_mime_parser_new_with_stream(stream);
    g_mime_parser_set_persist_stream(parser, TRUE);
    message = g_mime_parser_construct_message(parser, NULL);
    walk.is_cut = within.size < raw.size;
    root = message ? walk_message(&walk, message) : no_tree(&walk);
    if (message) {
        g_object_unref(message);
    }
    g_object_unref(parser);
    g_object_unref(stream);
    g_byte_array_free(array, FALSE);
    *count_out = walk.count;
    *cut_out = walk.is_cut;
    return root;
}

bool tree_is_message(const struct mail_part *part)
{
    return part->child_count > 0 && strncmp(part->type, "multipart/", 10) != 0;
}
