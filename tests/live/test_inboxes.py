# SPDX-License-Identifier: MIT
"""Inboxes: many apps and parallel tests on one server, unseen by each other."""
import json
import smtplib
import unittest

import mailscope
from sse import Stream

MAIL = b"From: app@example.test\r\nSubject: %s\r\n\r\nHello\r\n"


class Inboxes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = mailscope.Server().start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def create(self, name, **more):
        status, box = self.server.send_json("POST", "/api/inboxes",
                                            dict(name=name, **more))
        self.assertEqual(status, 201, box)
        return box

    def send(self, subject, to="ada@example.test", user=None):
        with smtplib.SMTP(*self.server.smtp, timeout=60) as client:
            client.ehlo()
            if user:
                client.user, client.password = user, "any"
                client.auth("PLAIN", client.auth_plain)
            client.sendmail("a@example.test", [to], MAIL % subject.encode())

    def subjects(self, inbox):
        listed = self.server.get("/api/messages?inbox=" + inbox)
        self.assertEqual(listed["total"], len(listed["messages"]))
        return sorted(m["subject"] for m in listed["messages"])

    def test_a_login_leads_to_its_inbox(self):
        box = self.create("by-login")
        self.assertEqual(box["credentials"]["user"], "inbox+by-login")
        self.send("mine", user=box["credentials"]["user"])
        self.send("theirs")
        self.assertEqual(self.subjects("by-login"), ["mine"])

    def test_a_plus_in_the_recipient_leads_to_its_inbox(self):
        self.create("by-plus")
        self.send("mine", to="ada+by-plus@example.test")
        self.send("nowhere", to="ada+unknown@example.test")
        self.assertEqual(self.subjects("by-plus"), ["mine"])
        self.assertIn("nowhere", self.subjects("default"))

    def test_the_oldest_go_at_the_limit(self):
        box = self.create("small", max_messages=2)
        for number in range(4):
            self.send("m%d" % number, user=box["credentials"]["user"])
        mailscope.wait_for(lambda: self.subjects("small") == ["m2", "m3"],
                           "the oldest to go")

    def test_the_oldest_go_beyond_the_octets(self):
        user = self.create("light", max_bytes=250)["credentials"]["user"]
        for number in range(4):
            self.send("%d%s" % (number, "x" * 49), user=user)
        mailscope.wait_for(lambda: len(self.subjects("light")) == 2,
                           "the oldest to go")
        box = self.server.get("/api/inboxes/light")
        self.assertEqual((box["messages"], box["bytes"] <= 250), (2, True))

    def test_deleting_takes_the_messages_along(self):
        box = self.create("gone")
        self.send("mine", user=box["credentials"]["user"])
        status, _, body = self.server.ask("/api/inboxes/gone", "DELETE")
        self.assertEqual((status, json.loads(body)), (200, {"deleted": 1}))
        self.assertEqual(self.server.ask("/api/inboxes/gone")[0], 404)
        self.assertEqual(self.subjects("gone"), [])
        self.send("later", user=box["credentials"]["user"])
        self.assertIn("later", self.subjects("default"))
        self.assertEqual(self.server.ask("/api/inboxes/gone", "DELETE")[0],
                         200)

    def test_streams_and_waits_keep_to_their_inbox(self):
        box = self.create("apart")
        with Stream(self.server, "?inbox=apart") as stream:
            stream.next("hello")
            self.send("other")
            self.send("mine", user=box["credentials"]["user"])
            self.assertEqual(stream.next("message")["data"]["subject"],
                             "mine")
        status, answer = self.server.send_json(
            "POST", "/api/expect", {"inbox": "apart", "within_ms": 60000,
                                    "match": {"subject": "mine"}})
        self.assertEqual((status, answer["matched"][0]["inbox"]),
                         (200, "apart"))

    def test_all_of_them_are_listed(self):
        self.create("listed", ttl_s=3600, max_messages=5, max_bytes=10000,
                    max_age_s=60)
        boxes = {box["name"]: box
                 for box in self.server.get("/api/inboxes")["inboxes"]}
        self.assertIn("default", boxes)
        self.assertEqual([boxes["listed"][limit] for limit in (
            "max_messages", "max_bytes", "max_age_s")], [5, 10000, 60])
        self.assertTrue(boxes["listed"]["expires_at"])
        self.assertTrue(boxes["listed"]["created"])
        self.assertEqual(self.server.get("/api/inboxes/listed"),
                         boxes["listed"])

    def test_wrong_names_are_refused(self):
        for body, at in (({"name": ""}, "/name"), ({"name": "a b"}, "/name"),
                         ({"name": "x" * 65}, "/name"), ({}, "/name"),
                         ({"name": "a", "ttl_s": 0}, "/ttl_s"),
                         ({"name": "a", "max_messages": "5"},
                          "/max_messages")):
            status, problem = self.server.send_json("POST", "/api/inboxes",
                                                    body)
            self.assertEqual((status, problem["at"]), (400, at))


if __name__ == "__main__":
    unittest.main()
