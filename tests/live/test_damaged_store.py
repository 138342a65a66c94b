# SPDX-License-Identifier: MIT
"""Stores that were written by others, damaged, cut or mixed up: a start says
what it found and loses only what is damaged."""
import os
import shutil
import smtplib
import struct
import tempfile
import unittest

import mailscope

STORES = os.path.join(mailscope.ROOT, "tests", "stores")
MESSAGE, PIECE = 1, 3


def send(server, subject):
    with smtplib.SMTP(*server.smtp, timeout=mailscope.WAIT_S) as client:
        client.sendmail("a@client.test", ["b@client.test"],
                        "Subject: %s\r\n\r\nSome text.\r\n" % subject)


def segment(folder, number=1):
    return os.path.join(folder, "journal", "%010d.log" % number)


def records(path, kind):
    """Places and sizes of the records of that kind."""
    with open(path, "rb") as log:
        octets = log.read()
    at, found = 64, []
    while octets[at:at + 3] == b"\xb5ms":
        size = struct.unpack_from("<I", octets, at + 12)[0]
        if octets[at + 3] == kind:
            found.append((at, size))
        at += 32 + size
    return found


def flip(path, at):
    with open(path, "r+b") as log:
        log.seek(at)
        octet = log.read(1)[0]
        log.seek(at)
        log.write(bytes([octet ^ 0x41]))


class Damaged(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="mailscope-stores-")
        cls.whole = os.path.join(cls.folder, "whole")
        cls.other = os.path.join(cls.folder, "other")
        for path, count in ((cls.whole, 5), (cls.other, 1)):
            with mailscope.Server("--data", path) as server:
                for number in range(count):
                    send(server, "m%d" % (number + 1))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    def copy(self, source=None):
        path = os.path.join(self.folder, "copy")
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(source or self.whole, path)
        return path

    def start(self, path):
        server = mailscope.Server("--data", path)
        self.addCleanup(shutil.rmtree, server.folder, ignore_errors=True)
        self.addCleanup(server.stop, check=False)
        return server.start()

    def kept(self, server):
        """Subjects, oldest first; each message can be read whole."""
        listed = server.get("/api/messages")
        for message in listed["messages"]:
            status, _, raw = server.ask("/api/messages/%d/raw" %
                                        message["id"])
            self.assertEqual((status, len(raw)), (200, message["size"]))
        self.assertEqual(listed["total"], len(listed["messages"]))
        return [one["subject"] for one in reversed(listed["messages"])]

    def has(self, server, count):
        """False as long as the index is being built."""
        try:
            return len(self.kept(server)) == count
        except AssertionError:
            return False

    def assert_refused(self, path, words):
        with self.assertRaises(AssertionError) as caught:
            self.start(path)
        said = str(caught.exception)
        self.assertIn(words, said)
        self.assertEqual(said.count("mailscope: "), 1, said)

    def test_older_formats_are_carried_over(self):
        for number, word in ((1, "one"), (2, "two")):
            before = ["format %s 0" % word, "format %s 1" % word]
            path = self.copy(os.path.join(STORES, "format-%d" % number))
            server = self.start(path)
            self.assertEqual(self.kept(server), before)
            marked = server.get("/api/messages/2")
            self.assertEqual((marked["read"], marked["tags"]),
                             (True, ["kept"]))
            send(server, "new")
            server.stop()
            with open(segment(path), "rb") as log:
                head = log.read(64)
            self.assertEqual(struct.unpack_from("<I", head, 20)[0], 3)
            with open(os.path.join(path, "format")) as said:
                self.assertEqual(said.read(), "mailscope store 3\n")
            self.assertEqual(self.kept(self.start(path)), before + ["new"])

    def test_an_older_transcript_is_read(self):
        server = self.start(self.copy(os.path.join(STORES, "format-2")))
        status, _, said = server.ask("/api/sessions/1/transcript?format=text")
        self.assertEqual(status, 200)
        for part in (b"250-PIPELINING", b"mail FROM:<app@x.test>",
                     b"1 dot unstuffed", b"kept as 1", b"QUIT"):
            self.assertIn(part, said)
        session = server.get("/api/sessions/1")
        self.assertEqual(session["local"], session["listener"])
        self.assertEqual(session["outcome"], "delivered")
        self.assertIsNone(session["waits"])

    def test_a_newer_format_is_refused(self):
        path = self.copy()
        with open(os.path.join(path, "format"), "w") as said:
            said.write("mailscope store 99\n")
        self.assert_refused(path, "written by a newer mailscope")

    def test_a_damaged_message_costs_itself_alone(self):
        place, size = records(segment(self.whole), MESSAGE)[2]
        for at in (place + 9, place + 32 + size - 1):
            path = self.copy()
            flip(segment(path), at)
            server = self.start(path)
            self.assertEqual(self.kept(server), ["m1", "m2", "m4", "m5"])
            self.assertIn("event=messages-damaged", server.log())
            self.assertEqual(
                server.get("/api/info")["store"]["damaged_records"], 1)
            server.stop()

    def test_damage_that_is_met_while_it_runs(self):
        path = self.copy()
        server = self.start(path)
        place, size = records(segment(path), MESSAGE)[2]
        flip(segment(path), place + 32 + size - 1)
        status, _, _ = server.ask("/api/messages/3/raw")
        self.assertEqual(status, 404)
        mailscope.wait_for(
            lambda: server.get("/api/messages")["total"] == 4, "four of five")
        self.assertEqual(self.kept(server), ["m1", "m2", "m4", "m5"])
        self.assertEqual(server.ask("/api/messages/3")[0], 404)
        self.assertEqual(server.log().count("event=message-damaged"), 1)
        # What its session said is there still, and is an entry by itself.
        self.assertIn(3, [item["id"] for item in
                          server.get("/api/activity")["activity"]
                          if item["kind"] == "session"])

    def test_damage_in_what_is_old_is_found_in_idle_time(self):
        """Nobody reads it, and the index needs none of it."""
        path = os.path.join(self.folder, "old")
        big = "x" * 70 + "\r\n"
        with mailscope.Server("--data", path) as server:
            for number in range(3):
                send(server, "m%d" % (number + 1))
            with smtplib.SMTP(*server.smtp, timeout=mailscope.WAIT_S) as link:
                for _ in range(3):
                    link.sendmail("a@client.test", ["b@client.test"],
                                  "Subject: big\r\n\r\n" + big * 330000)
            mailscope.wait_for(lambda: os.path.exists(segment(path, 2)),
                               "a second segment")
            mailscope.wait_for(
                lambda: all(one["attachments"] is not None for one in
                            server.get("/api/messages")["messages"]), "")
        message = records(segment(path), MESSAGE)[1]
        piece = records(segment(path), PIECE)[4]
        flip(segment(path), message[0] + 32 + message[1] - 1)
        flip(segment(path), piece[0] + 60)
        server = self.start(path)
        mailscope.wait_for(
            lambda: server.get("/api/info")["store"]["damaged_records"] == 2,
            "both to be found")
        self.assertEqual(self.kept(server), ["m1", "m3", "big", "big", "big"])
        log = server.log()
        self.assertIn("event=message-damaged id=2 segment=1", log)
        self.assertIn("event=journal-damaged segment=1 offset=%d" % piece[0],
                      log)
        self.assertIn("mailscope_damaged_records 2",
                      server.ask("/metrics")[2].decode())
        shutil.rmtree(path)

    def test_a_damaged_piece_costs_no_message(self):
        path = self.copy()
        flip(segment(path), records(segment(path), PIECE)[2][0] + 60)
        server = self.start(path)
        self.assertEqual(len(self.kept(server)), 5)
        self.assertIn("event=journal-damaged", server.log())

    def test_a_segment_whose_head_is_damaged_is_kept(self):
        for index in (True, False):
            path = self.copy()
            flip(segment(path), 30)
            if not index:
                os.remove(os.path.join(path, "index.db"))
            server = self.start(path)
            self.assertEqual(len(self.kept(server)), 5)
            self.assertIn("event=segment-head-damaged", server.log())
            server.stop()

    def test_a_journal_that_was_cut_has_what_is_left(self):
        path = self.copy()
        os.truncate(segment(path), records(segment(path), MESSAGE)[3][0] + 40)
        server = self.start(path)
        self.assertEqual(self.kept(server), ["m1", "m2", "m3"])
        self.assertIn("event=index-rebuilt", server.log())
        send(server, "new")
        self.assertEqual(self.kept(server), ["m1", "m2", "m3", "new"])

    def test_a_lost_journal_leaves_no_rows_behind(self):
        path = self.copy()
        os.remove(segment(path))
        server = self.start(path)
        self.assertEqual(self.kept(server), [])
        self.assertIn('event=index-rebuilt reason="the journal is gone"',
                      server.log())

    def test_segments_that_do_not_belong_are_named(self):
        path = self.copy()
        shutil.copy(segment(path), segment(path, 2))
        self.assert_refused(path, "0000000002.log says that it is segment 1")
        path = self.copy()
        os.rename(segment(path), segment(path, 2))
        with open(segment(self.other), "rb") as log:
            head = log.read()
        with open(segment(path), "wb") as log:
            log.write(head)
        self.assert_refused(path, "0000000002.log says that it is segment 1")
        self.assertEqual(sorted(os.listdir(os.path.join(path, "journal"))),
                         ["0000000001.log", "0000000002.log"])

    def test_an_index_of_another_store_is_not_believed(self):
        path = self.copy()
        shutil.copy(os.path.join(self.other, "index.db"),
                    os.path.join(path, "index.db"))
        server = self.start(path)
        self.assertEqual(len(self.kept(server)), 5)
        self.assertIn("it is of another journal", server.log())

    def test_an_index_that_is_no_file_is_named(self):
        path = self.copy()
        index = os.path.join(path, "index.db")
        os.remove(index)
        os.mkdir(index)
        self.assert_refused(path, "mailscope: %s cannot be opened: " % index)
        os.rename(index, index + ".away")
        self.assertEqual(len(self.kept(self.start(path))), 5)

    def test_a_damaged_index_is_built_again_while_it_runs(self):
        pages = os.path.getsize(os.path.join(self.whole, "index.db")) // 16384
        for page in range(pages):
            path = self.copy()
            with open(os.path.join(path, "index.db"), "r+b") as index:
                index.seek(page * 16384 + (100 if page == 0 else 0))
                index.write(b"\xff" * 200)
            with self.subTest(page=page):
                server = self.start(path)
                for route in ("/api/messages", "/api/activity",
                              "/api/sessions", "/api/inboxes"):
                    mailscope.wait_for(
                        lambda: server.ask(route)[0] == 200, route)
                send(server, "new")
                mailscope.wait_for(lambda: self.has(server, 6), "all six")
                server.stop()


if __name__ == "__main__":
    unittest.main()
