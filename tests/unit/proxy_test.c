/* SPDX-License-Identifier: MIT */
#include "server/peer/proxy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static enum proxy_result read_text(const char *text,
                                   struct proxy_header *header, size_t *size)
{
    *size = 0;
    return proxy_read(bytes_of(text), header, size);
}

static void version_one_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *source;
        const char *target;
    } rows[] = {
        {"PROXY TCP4 192.0.2.1 198.51.100.2 4711 25\r\nEHLO x\r\n",
         "192.0.2.1:4711", "198.51.100.2:25"},
        {"PROXY TCP6 2001:db8::1 2001:db8::2 65535 0\r\n",
         "[2001:db8::1]:65535", "[2001:db8::2]:0"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct proxy_header header;
        size_t size = 0;
        assert_int_equal(read_text(rows[i].line, &header, &size), PROXY_FOUND);
        assert_int_equal(size, strcspn(rows[i].line, "\n") + 1);
        assert_int_equal(header.version, 1);
        assert_false(header.is_local);
        assert_string_equal(header.source, rows[i].source);
        assert_string_equal(header.target, rows[i].target);
    }
}

static void unknown_means_the_real_peer(void **state)
{
    (void)state;
    struct proxy_header header;
    size_t size = 0;
    assert_int_equal(read_text("PROXY UNKNOWN\r\n", &header, &size),
                     PROXY_FOUND);
    assert_true(header.is_local);
    assert_int_equal(read_text("PROXY UNKNOWN a b c d\r\n", &header, &size),
                     PROXY_FOUND);
    assert_true(header.is_local);
}

static void version_one_is_exact(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "EHLO client.test\r\n",
        "proxy TCP4 192.0.2.1 198.51.100.2 4711 25\r\n",
        "PROXY  TCP4 192.0.2.1 198.51.100.2 4711 25\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 4711 65536\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 04711 25\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 -1 25\r\n",
        "PROXY TCP4 2001:db8::1 198.51.100.2 1 25\r\n",
        "PROXY TCP6 192.0.2.1 198.51.100.2 1 25\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 4711\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 4711 25 \r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 4711 25\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 4711 25\rX\n",
        "PROXY UDP4 192.0.2.1 198.51.100.2 4711 25\r\n",
        "PROXY UNKNOWNX\r\n",
        "PROXY TCP4 "
        "11111111111111111111111111111111111111111111111111111111111111"
        "11111111111111111111111111111111111111111111111111111111111111",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct proxy_header header;
        size_t size = 0;
        assert_int_equal(read_text(rows[i], &header, &size), PROXY_BAD);
    }
}

static const unsigned char v2_header[] =
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x17"
    "\xc0\0\x02\x01\xc6\x33\x64\x02\x12\x67\0\x19"
    "\x02\0\x08"
    "mail.tst";
#define V2_SIZE (sizeof(v2_header) - 1)

static void version_two_is_read(void **state)
{
    (void)state;
    struct proxy_header header;
    size_t size = 0;
    struct bytes run = {v2_header, V2_SIZE};
    assert_int_equal(proxy_read(run, &header, &size), PROXY_FOUND);
    assert_int_equal(size, V2_SIZE);
    assert_string_equal(header.source, "192.0.2.1:4711");
    assert_string_equal(header.target, "198.51.100.2:25");
    assert_string_equal(header.authority, "mail.tst");
}

static void every_part_of_a_header_waits_for_more(void **state)
{
    (void)state;
    static const char line[] = "PROXY TCP4 192.0.2.1 198.51.100.2 4711 25\r\n";
    struct proxy_header header;
    size_t size = 0;
    for (size_t i = 0; i < V2_SIZE; i++) {
        unsigned char *part = malloc(i + 1);
        memcpy(part, v2_header, i);
        struct bytes run = {part, i};
        assert_int_equal(proxy_read(run, &header, &size), PROXY_MORE);
        free(part);
    }
    for (size_t i = 0; i < sizeof(line) - 1; i++) {
        unsigned char *part = malloc(i + 1);
        memcpy(part, line, i);
        struct bytes run = {part, i};
        assert_int_equal(proxy_read(run, &header, &size), PROXY_MORE);
        free(part);
    }
}

static void version_two_is_exact(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        unsigned char octet;
    } rows[] = {
        {12, 0x11}, /* version 1 in a binary header */
        {12, 0x22}, /* no such command */
        {13, 0x41}, /* no such family */
        {15, 0x0b}, /* shorter than two addresses */
        {15, 0x0d}, /* half a value behind them */
        {30, 0x09}, /* a value longer than the header */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned char changed[V2_SIZE];
        struct proxy_header header;
        size_t size = 0;
        memcpy(changed, v2_header, V2_SIZE);
        changed[rows[i].at] = rows[i].octet;
        struct bytes run = {changed, V2_SIZE};
        assert_int_equal(proxy_read(run, &header, &size), PROXY_BAD);
    }
}

static void local_and_unspecified_mean_the_real_peer(void **state)
{
    (void)state;
    unsigned char changed[V2_SIZE];
    struct proxy_header header;
    size_t size = 0;
    struct bytes run = {changed, V2_SIZE};
    memcpy(changed, v2_header, V2_SIZE);
    changed[12] = 0x20;
    assert_int_equal(proxy_read(run, &header, &size), PROXY_FOUND);
    assert_true(header.is_local);
    changed[12] = 0x21;
    changed[13] = 0x00;
    assert_int_equal(proxy_read(run, &header, &size), PROXY_FOUND);
    assert_true(header.is_local);
}

static void a_wrong_checksum_is_refused(void **state)
{
    (void)state;
    unsigned char header[16 + 12 + 7] = {0};
    struct proxy_header read;
    size_t size = 0;
    memcpy(header, v2_header, 28);
    header[15] = 12 + 7;
    header[28] = 0x03;
    header[30] = 4;
    struct bytes run = {header, sizeof(header)};
    assert_int_equal(proxy_read(run, &read, &size), PROXY_BAD);
    /* Only one sum of 2^32 is right: find it as a sender would. */
    uint32_t sum = 0xffffffffU;
    for (size_t i = 0; i < sizeof(header); i++) {
        sum ^= header[i];
        for (int bit = 0; bit < 8; bit++) {
            sum = (sum & 1U) != 0 ? sum >> 1 ^ 0x82f63b78U : sum >> 1;
        }
    }
    sum ^= 0xffffffffU;
    for (size_t i = 0; i < 4; i++) {
        header[31 + i] = (unsigned char)(sum >> (24 - 8 * i));
    }
    assert_int_equal(proxy_read(run, &read, &size), PROXY_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_one_is_read),
        cmocka_unit_test(unknown_means_the_real_peer),
        cmocka_unit_test(version_one_is_exact),
        cmocka_unit_test(version_two_is_read),
        cmocka_unit_test(every_part_of_a_header_waits_for_more),
        cmocka_unit_test(version_two_is_exact),
        cmocka_unit_test(local_and_unspecified_mean_the_real_peer),
        cmocka_unit_test(a_wrong_checksum_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
