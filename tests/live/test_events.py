# SPDX-License-Identifier: MIT
"""Event streams: what happened, in order, once, or a gap that says so."""
import json
import smtplib
import socket
import tempfile
import threading
import unittest

import mailscope
from sse import Stream

MAIL = (b"From: app@example.test\r\nTo: ada@example.test\r\n"
        b"Subject: %s\r\n\r\nHello\r\n")


SCRATCH = tempfile.TemporaryDirectory(prefix="mailscope-events-")


def send(server, subject="one", count=1):
    with smtplib.SMTP(*server.smtp, timeout=mailscope.WAIT_S) as client:
        for _ in range(count):
            client.sendmail("a@example.test", ["ada@example.test"],
                            MAIL % subject.encode())


class Events(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = mailscope.Server().start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def test_a_stream_begins_with_hello(self):
        with Stream(self.server) as stream:
            self.assertEqual(stream.answer.status, 200)
            self.assertEqual(stream.answer.headers["Content-Type"],
                             "text/event-stream")
            hello = stream.next()
            self.assertEqual(hello["event"], "hello")
            about = self.server.get("/api/info")
            self.assertEqual(hello["data"]["epoch"], about["epoch"])
            self.assertEqual(hello["data"]["version"], about["version"])

    def test_messages_and_sessions_come_in_order(self):
        with Stream(self.server) as stream:
            stream.next("hello")
            send(self.server, "first")
            message = stream.next("message")
            session = stream.next("session")
            self.assertEqual(message["data"]["subject"], "first")
            self.assertEqual(int(message["id"]), message["data"]["seq"])
            self.assertEqual(session["data"]["id"],
                             message["data"]["session"])
            self.assertGreater(int(session["id"]), int(message["id"]))
            listed = self.server.get("/api/messages?limit=1")["messages"][0]
            self.assertEqual(listed, message["data"])

    def test_findings_are_told_with_their_session(self):
        with Stream(self.server) as stream:
            stream.next("hello")
            with socket.create_connection(self.server.smtp, 60) as client:
                client.recv(1000)
                client.sendall(b"HELO x.test\nQUIT\n")  # bare LF
                while client.recv(1000):
                    pass
            session = stream.next("session")
            finding = stream.next("finding")
            self.assertEqual(finding["data"]["session"],
                             session["data"]["id"])
            self.assertEqual(finding["id"], session["id"])
            self.assertIn(finding["data"]["check"],
                          [f["check"] for f in self.server.get(
                              "/api/findings")["findings"]])

    def test_changes_and_deletions_are_told(self):
        with Stream(self.server) as stream:
            stream.next("hello")
            send(self.server, "marked")
            message = stream.next("message")["data"]
            path = "/api/messages/%d" % message["id"]
            self.server.send_json("PATCH", path, {"read": True})
            changed = stream.next("changed")
            self.assertTrue(changed["data"]["read"])
            self.assertEqual(changed["data"]["id"], message["id"])
            self.server.ask(path, "DELETE")
            deleted = stream.next("deleted")
            self.assertEqual((deleted["data"]["kind"], deleted["data"]["id"]),
                             ("message", message["id"]))

    def test_a_stream_goes_on_where_it_was(self):
        with Stream(self.server) as stream:
            stream.next("hello")
            send(self.server, "before")
            last = int(stream.next("session")["id"])
        send(self.server, "missed")
        with Stream(self.server, "?since=0", last=last) as stream:
            self.assertEqual(stream.next()["event"], "hello")
            self.assertEqual(stream.next()["data"]["subject"], "missed")

    def test_since_asks_for_what_came_after(self):
        mark = self.server.get("/api/info")["seq"]
        send(self.server, "since")
        with Stream(self.server, "?since=%d" % mark) as stream:
            self.assertEqual(stream.next("message")["data"]["subject"],
                             "since")

    def test_open_sessions_of_another_inbox_are_not_told(self):
        with Stream(self.server, "?live=1&inbox=other") as stream:
            stream.next("hello")
            with socket.create_connection(self.server.smtp, 60) as client:
                client.recv(1000)
                with Stream(self.server, "?live=1") as all_of_them:
                    all_of_them.next("hello")
                    client.sendall(b"EHLO live.test\r\n")
                    all_of_them.next("session")
            self.server.send_json("POST", "/api/inboxes", {"name": "other"})
            self.assertEqual(stream.next()["event"], "inbox")

    def test_all_of_a_crowd_is_told_once_and_in_order(self):
        # fewer changes than would become a gap when they come at once
        for flags in ((), ("--data", tempfile.mkdtemp(dir=SCRATCH.name))):
            with mailscope.Server(*flags) as server:
                crowd = [threading.Thread(target=send,
                                          args=(server, "crowd", 15))
                         for _ in range(8)]
                with Stream(server, "?since=0") as stream:
                    stream.next("hello")
                    for one in crowd:
                        one.start()
                    frames = []
                    while sum(f["event"] == "session" for f in frames) < 8:
                        frames.append(stream.next())
                    for one in crowd:
                        one.join()
                told = [int(f["id"]) for f in frames
                        if f["event"] in ("message", "session")]
                self.assertEqual(told, list(range(1, 129)))
                self.assertEqual(sorted(
                    f["data"]["id"] for f in frames
                    if f["event"] == "message"), list(range(1, 121)))

    def test_filters_leave_out_what_does_not_match(self):
        with Stream(self.server, "?q=subject:wanted") as stream:
            stream.next("hello")
            send(self.server, "other")
            send(self.server, "wanted")
            self.assertEqual(stream.next("message")["data"]["subject"],
                             "wanted")

    def test_a_body_can_be_asked_for(self):
        with Stream(self.server, "?q=body:Hello+subject:readme") as stream:
            stream.next("hello")
            send(self.server, "readme")
            self.assertEqual(stream.next("message")["data"]["subject"],
                             "readme")

    def test_a_since_beyond_the_newest_is_a_gap(self):
        newest = self.server.get("/api/info")["seq"]
        for since in (newest + 1, 999999999):
            with Stream(self.server, "?since=%d" % since) as stream:
                self.assertEqual(stream.next()["event"], "hello")
                self.assertEqual(stream.next()["event"], "gap")

    def test_a_since_that_is_too_old_is_a_gap(self):
        # more changes than a subscriber may have waiting
        send(self.server, "many", 300)
        with Stream(self.server, "?since=0") as stream:
            gap = stream.next("gap")
            to = gap["data"]["to"]
            self.assertGreaterEqual(to, 300)
            self.assertEqual(int(gap["id"]), to)
            send(self.server, "after the gap")
            self.assertEqual(stream.next("message")["data"]["subject"],
                             "after the gap")

    def test_open_sessions_are_told_to_who_asks(self):
        with Stream(self.server, "?live=1") as stream:
            stream.next("hello")
            with smtplib.SMTP(*self.server.smtp, timeout=60) as client:
                client.ehlo("open.example.test")
                while True:
                    opened = stream.next("session")
                    self.assertIsNotNone(opened)
                    if opened["data"]["helo"] == "open.example.test":
                        break
                self.assertTrue(opened["data"]["live"])
                self.assertNotIn("id", opened)
            while True:
                ended = stream.next("session")
                if not ended["data"]["live"]:
                    break
            self.assertIn("id", ended)

    def test_many_subscribers_hear_the_same(self):
        streams = [Stream(self.server) for _ in range(100)]
        for stream in streams:
            stream.next("hello")
        send(self.server, "all")
        for stream in streams:
            self.assertEqual(stream.next("message")["data"]["subject"], "all")
            stream.close()

    def test_wrong_filters_are_refused(self):
        for query in ("?q=nonsense:x", "?inbox=a%20b", "?live=maybe",
                      "?since=x", "?x=1"):
            status, _, body = self.server.ask("/api/events" + query)
            self.assertEqual(status, 400)
            self.assertEqual(json.loads(body)["status"], 400)

    def test_streams_end_with_the_program(self):
        with mailscope.Server() as server:
            stream = Stream(server)
            stream.next("hello")
            server.stop()
            self.assertIsNone(stream.next("never"))
            stream.close()


if __name__ == "__main__":
    unittest.main()
