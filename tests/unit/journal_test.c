/* SPDX-License-Identifier: MIT */
#include "inbox/journal/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inbox/base/checksum.h"
#include "inbox/base/pack.h"
#include "tests/support/store.h"

/* ---- What records are made of */

static void the_checksum_is_crc_32c_either_way(void **state)
{
    (void)state;
    /* RFC 3720 B.4 */
    unsigned char zeros[32] = {0};
    struct bytes run = {zeros, sizeof(zeros)};
    assert_int_equal(checksum_add(0, run), 0x8a9136aa);
    assert_int_equal(checksum_add_plain(0, run), 0x8a9136aa);
    struct bytes text = BYTES("123456789");
    for (size_t cut = 0; cut <= text.size; cut++) {
        uint32_t check = checksum_add(0, bytes_part(text, 0, cut));
        check = checksum_add(check, bytes_part(text, cut, SIZE_MAX));
        assert_int_equal(check, 0xe3069283);
    }
}

static void a_long_run_has_the_same_checksum_either_way(void **state)
{
    (void)state;
    unsigned char octets[10000];
    for (size_t i = 0; i < sizeof(octets); i++) {
        octets[i] = (unsigned char)(i * i >> 3);
    }
    for (size_t size = 0; size < sizeof(octets); size += 97) {
        const struct bytes run = {octets + size % 8, size - size % 8};
        assert_int_equal(checksum_add(7, run), checksum_add_plain(7, run));
    }
}

static void numbers_and_texts_come_back_as_they_were(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {0, 1, 127, 128, 300, UINT64_MAX};
    static const int64_t signed_ones[] = {0, -1, 63, -64, INT64_MIN, INT64_MAX};
    struct buffer out = {0};
    struct arena arena = {0};
    for (size_t i = 0; i < 6; i++) {
        pack_number(&out, numbers[i]);
        pack_signed(&out, signed_ones[i]);
    }
    pack_text(&out, "");
    pack_text(&out, NULL);
    pack_text(&out, "text");
    struct unpack from = {buffer_bytes(&out), false};
    for (size_t i = 0; i < 6; i++) {
        assert_true(unpack_number(&from) == numbers[i]);
        assert_true(unpack_signed(&from) == signed_ones[i]);
    }
    assert_string_equal(unpack_text(&from, &arena), "");
    assert_null(unpack_text(&from, &arena));
    assert_string_equal(unpack_text(&from, &arena), "text");
    assert_false(from.is_broken);
    assert_int_equal(unpack_number(&from), 0);
    assert_true(from.is_broken);
    buffer_free(&out);
    arena_free(&arena);
}

/* ---- A journal in a directory */

struct book {
    char dir[64];
    struct journal *journal;
};

static int open_book(struct book *book)
{
    char error[JOURNAL_ERROR_SIZE] = "";
    book->journal = journal_open(book->dir, false, error);
    return book->journal == NULL ? -1 : 0;
}

static int new_book(void **state)
{
    struct book *book = calloc(1, sizeof(*book));
    (void)snprintf(book->dir, sizeof(book->dir), "/tmp/mailscope-book-XXXXXX");
    assert_non_null(mkdtemp(book->dir));
    assert_int_equal(open_book(book), 0);
    assert_int_equal(journal_turn(book->journal, 0), 0);
    *state = book;
    return 0;
}

static int end_book(void **state)
{
    struct book *book = *state;
    journal_close(book->journal);
    store_remove(book->dir);
    free(book);
    return 0;
}

/* Appends a record of type 1 with `key` and `text`; returns its place. */
static struct journal_place add(struct book *book, uint64_t key,
                                const char *text)
{
    struct journal_batch batch = {0};
    journal_begin(book->journal, &batch);
    (void)journal_entry(&batch, 1, key, 0);
    journal_part(&batch, bytes_of(text));
    assert_int_equal(journal_append(book->journal, &batch), 0);
    struct journal_place place = batch.entries[0].place;
    journal_batch_free(&batch);
    return place;
}

/* Writes the keys that are there, in order, as digits. */
static uint64_t keys(struct book *book, uint64_t *damaged, uint64_t *cut)
{
    struct journal_walk walk;
    struct journal_found found;
    uint64_t digits = 0;
    assert_int_equal(journal_walk(book->journal, 1, 0, &walk), 0);
    while (journal_next(book->journal, &walk, &found) == 1) {
        digits = digits * 10 + found.key[0];
    }
    *damaged = walk.damaged;
    *cut = walk.cut;
    journal_walk_end(book->journal, &walk);
    return digits;
}

static int open_file(const struct book *book)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/journal/0000000001.log", book->dir);
    int file = open(path, O_RDWR | O_CLOEXEC);
    assert_true(file >= 0);
    return file;
}

static void again(struct book *book)
{
    journal_close(book->journal);
    assert_int_equal(open_book(book), 0);
}

static void records_are_there_after_opening_again(void **state)
{
    struct book *book = *state;
    struct journal_place place = add(book, 1, "one");
    (void)add(book, 2, "");
    (void)add(book, 3, "three");
    again(book);
    uint64_t damaged = 0;
    uint64_t cut = 0;
    assert_int_equal(keys(book, &damaged, &cut), 123);
    assert_int_equal(damaged + cut, 0);
    struct journal_found found;
    struct buffer octets = {0};
    assert_int_equal(journal_look(book->journal, place, &found), 0);
    assert_int_equal(journal_load(book->journal, &found, &octets), 0);
    assert_true(bytes_equal(buffer_bytes(&octets), BYTES("one")));
    buffer_free(&octets);
}

static void a_torn_tail_is_cut_wherever_it_is_torn(void **state)
{
    struct book *book = *state;
    (void)add(book, 1, "one");
    struct journal_place last = add(book, 2, "a somewhat longer text");
    size_t whole = JOURNAL_RECORD_HEAD + 22;
    for (size_t size = 1; size < whole; size++) {
        journal_close(book->journal);
        int file = open_file(book);
        assert_int_equal(ftruncate(file, (off_t)(last.offset + size)), 0);
        (void)close(file);
        assert_int_equal(open_book(book), 0);
        uint64_t damaged = 0;
        uint64_t cut = 0;
        assert_int_equal(keys(book, &damaged, &cut), 1);
        assert_int_equal(cut, size);
        last = add(book, 2, "a somewhat longer text");
        assert_int_equal(keys(book, &damaged, &cut), 12);
    }
}

static void a_damaged_record_costs_itself_alone(void **state)
{
    struct book *book = *state;
    (void)add(book, 1, "one");
    struct journal_place second = add(book, 2, "two");
    (void)add(book, 3, "three");
    for (size_t at = 0; at < JOURNAL_RECORD_HEAD + 3; at++) {
        int file = open_file(book);
        unsigned char octet = 0;
        off_t where = (off_t)(second.offset + at);
        assert_int_equal(pread(file, &octet, 1, where), 1);
        octet ^= 0x55;
        assert_int_equal(pwrite(file, &octet, 1, where), 1);
        again(book);
        uint64_t damaged = 0;
        uint64_t cut = 0;
        assert_int_equal(keys(book, &damaged, &cut), 13);
        assert_int_equal(damaged, 1);
        octet ^= 0x55;
        assert_int_equal(pwrite(file, &octet, 1, where), 1);
        (void)close(file);
    }
}

static void a_newer_format_is_refused(void **state)
{
    struct book *book = *state;
    unsigned char head[JOURNAL_SEGMENT_HEAD];
    char error[JOURNAL_ERROR_SIZE] = "";
    (void)add(book, 1, "one");
    int file = open_file(book);
    assert_int_equal(pread(file, head, sizeof(head), 0), sizeof(head));
    pack_u32(head + 20, JOURNAL_VERSION + 1);
    pack_u32(head + 60, checksum_add(0, (struct bytes){head, 60}));
    assert_int_equal(pwrite(file, head, sizeof(head), 0), sizeof(head));
    (void)close(file);
    assert_null(journal_open(book->dir, false, error));
    assert_non_null(strstr(error, "newer mailscope"));
}

static void a_new_generation_leaves_the_old_segments_behind(void **state)
{
    struct book *book = *state;
    (void)add(book, 1, "one");
    assert_int_equal(journal_turn(book->journal, 0), 0);
    (void)add(book, 2, "two");
    assert_int_equal(journal_renew(book->journal), 0);
    again(book);
    uint32_t numbers[4];
    assert_int_equal(journal_segments(book->journal, numbers, 4), 1);
    assert_int_equal(numbers[0], 2);
    assert_int_equal(journal_generation(book->journal), 1);
}

static void a_held_segment_stays_readable_when_it_is_dropped(void **state)
{
    struct book *book = *state;
    struct journal_place place = add(book, 1, "one");
    struct segment *held = journal_hold(book->journal, 1);
    unsigned char octets[3];
    assert_int_equal(journal_turn(book->journal, 0), 0);
    journal_drop(book->journal, 1);
    assert_null(journal_hold(book->journal, 1));
    assert_int_equal(
        segment_read(held, place.offset + JOURNAL_RECORD_HEAD, octets, 3), 3);
    assert_memory_equal(octets, "one", 3);
    journal_release(book->journal, held);
    assert_int_equal(journal_bury_all(book->journal), 1);
}

/* Few wait for that: their octets are still on the disk. */
static void dropped_files_do_not_pile_up(void **state)
{
    struct book *book = *state;
    for (uint32_t i = 1; i <= 10; i++) {
        assert_int_equal(journal_turn(book->journal, 0), 0);
        journal_drop(book->journal, i);
    }
    assert_int_equal(journal_bury_all(book->journal), 2);
    assert_int_equal(journal_bury_all(book->journal), 0);
}

int main(void)
{
#define IN_BOOK(test) cmocka_unit_test_setup_teardown(test, new_book, end_book)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checksum_is_crc_32c_either_way),
        cmocka_unit_test(a_long_run_has_the_same_checksum_either_way),
        cmocka_unit_test(numbers_and_texts_come_back_as_they_were),
        IN_BOOK(records_are_there_after_opening_again),
        IN_BOOK(a_torn_tail_is_cut_wherever_it_is_torn),
        IN_BOOK(a_damaged_record_costs_itself_alone),
        IN_BOOK(a_newer_format_is_refused),
        IN_BOOK(a_new_generation_leaves_the_old_segments_behind),
        IN_BOOK(a_held_segment_stays_readable_when_it_is_dropped),
        IN_BOOK(dropped_files_do_not_pile_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
