/* SPDX-License-Identifier: MIT */
#include "inbox/mail/text.h"

#include <errno.h>
#include <strings.h>

#include <gmime/gmime.h>

/* What senders write and what they mean: the labels of the WHATWG encoding
 * standard, where a superset has long replaced the charset of that name. */
static const struct {
    const char *label;
    const char *meant;
} labels[] = {
    {"iso-8859-1", "windows-1252"},
    {"iso8859-1", "windows-1252"},
    {"iso_8859-1", "windows-1252"},
    {"latin1", "windows-1252"},
    {"ansi_x3.4-1968", "windows-1252"},
    {"us-ascii", "windows-1252"},
    {"ascii", "windows-1252"},
    {"iso-8859-9", "windows-1254"},
    {"latin5", "windows-1254"},
    {"iso-8859-11", "windows-874"},
    {"tis-620", "windows-874"},
    {"gb2312", "gb18030"},
    {"gb_2312-80", "gb18030"},
    {"gbk", "gb18030"},
    {"x-gbk", "gb18030"},
    {"shift_jis", "cp932"},
    {"shift-jis", "cp932"},
    {"sjis", "cp932"},
    {"x-sjis", "cp932"},
    {"windows-31j", "cp932"},
    {"ks_c_5601-1987", "cp949"},
    {"ks_c_5601", "cp949"},
    {"euc-kr", "cp949"},
    {"unicode-1-1-utf-7", "utf-7"},
    {"utf8", "utf-8"},
    {"big5", "big5-hkscs"},
    {"eucgb2312_cn", "gb18030"}, /* this and the next are Python's own */
    {"big5_tw", "big5-hkscs"},
};

const char *text_charset(const char *label)
{
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        if (strcasecmp(labels[i].label, label) == 0) {
            return labels[i].meant;
        }
    }
    return label;
}

struct conversion {
    iconv_t converter;
    char *from;
    size_t left;
    bool is_bad; /* something stood for nothing */
};

/* One step of a conversion; false when nothing more can be converted. */
static bool convert_some(struct conversion *conversion, struct buffer *out)
{
    char room[4096];
    char *to = room;
    size_t free_bytes = sizeof(room);
    size_t done = iconv(conversion->converter, &conversion->from,
                        &conversion->left, &to, &free_bytes);
    int why = errno;

    buffer_add(
        out, (struct bytes){(unsigned char *)room, sizeof(room) - free_bytes});
    if (done != (size_t)-1 || why == E2BIG) {
        return done == (size_t)-1 || conversion->left > 0;
    }
    conversion->is_bad = true;
    buffer_add(out, BYTES("\xEF\xBF\xBD"));
    if (why != EILSEQ || conversion->left == 0) {
        return false;
    }
    conversion->from++;
    conversion->left--;
    return conversion->left > 0;
}

/* -1: nobody knows this charset. */
static int convert(const char *charset, struct bytes text, struct buffer *out,
                   bool *bad_out)
{
    struct conversion conversion = {.converter = iconv_open("UTF-8", charset),
                                    .from = (char *)(uintptr_t)text.at,
                                    .left = text.size};

    if (conversion.converter == (iconv_t)-1) {
        return -1;
    }
    while (conversion.left > 0 && convert_some(&conversion, out)) {
    }
    *bad_out = *bad_out || conversion.is_bad;
    iconv_close(conversion.converter);
    return 0;
}

static bool is_name_safe(const char *charset)
{
    /* "//TRANSLIT" and paths are iconv's own language. */
    for (const char *at = charset; *at != '\0'; at++) {
        if (*at == '/' || (unsigned char)*at <= ' ' ||
            (unsigned char)*at >= 0x7F || at - charset > 60) {
            return false;
        }
    }
    return charset[0] != '\0';
}

static bool says_nothing(const char *charset)
{
    return !charset || charset[0] == '\0' ||
           strcasecmp(charset, "us-ascii") == 0 ||
           strcasecmp(charset, "ascii") == 0 ||
           strcasecmp(charset, "utf-8") == 0 ||
           strcasecmp(charset, "utf8") == 0;
}

void text_add_charset(struct buffer *out, struct bytes text,
                      const char *charset, bool *bad_out)
{
    struct buffer converted = {0};

    *bad_out = false;
    if (says_nothing(charset) && text_is_utf8(text)) {
        buffer_add(out, text);
        return;
    }
    if (charset && strncasecmp(charset, "utf", 3) == 0 &&
        says_nothing(charset)) {
        *bad_out = true;
        text_add_valid(out, text);
        return;
    }
    if (says_nothing(charset)) {
        /* 8-bit octets that nobody announced: what browsers assume. */
        *bad_out = true;
        charset = "windows-1252";
    }
    bool is_bad = false;

    if (!is_name_safe(charset) ||
        convert(text_charset(charset), text, &converted, &is_bad) != 0) {
        is_bad = !text_is_utf8(text);
        text_add_valid(out, text);
    } else {
        text_add_valid(out, buffer_bytes(&converted));
    }
    *bad_out = *bad_out || is_bad;
    buffer_free(&converted);
}
