# SPDX-License-Identifier: MIT
"""Lists and what is asked by number: bounds, places, what is gone."""
import json
import smtplib
import unittest

import mailscope

MAIL = b"From: a@x.test\r\nSubject: one\r\n\r\nHello\r\n"


class Lists(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = mailscope.Server().start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def sent(self):
        with smtplib.SMTP(*self.server.smtp, timeout=60) as client:
            client.sendmail("a@x.test", ["b@x.test"], MAIL)
        return self.server.get("/api/messages?limit=1")["messages"][0]

    def test_nothing_is_older_than_the_first(self):
        self.sent()
        for path in ("/api/messages", "/api/sessions", "/api/activity"):
            for more in ("", "&q=is:message", "&inbox=default"):
                before = self.server.get("/api/messages")["total"]
                status, _, body = self.server.ask(
                    path + "?up_to=0" + more, "DELETE")
                self.assertEqual((status, json.loads(body)["deleted"]),
                                 (200, 0), path + more)
                self.assertEqual(self.server.get("/api/messages")["total"],
                                 before)
        status, answer = self.server.send_json(
            "PATCH", "/api/messages?up_to=0", {"read": True})
        self.assertEqual((status, answer), (200, {"changed": 0}))

    def test_what_is_gone_is_told_from_what_never_was(self):
        gone = self.sent()
        self.sent()
        self.server.ask("/api/messages/%d" % gone["id"], "DELETE")
        for path in ("/api/messages/%d" % gone["id"],
                     "/api/messages/%d/raw" % gone["id"],
                     "/api/sessions/%d" % gone["session"]):
            # a session goes with its end, which may be on its way
            mailscope.wait_for(lambda: b"is gone: it was deleted" in
                               self.server.ask(path)[2], "the end of " + path)
            self.assertEqual(self.server.ask(path)[0], 404)
        for path in ("/api/messages/999999", "/api/sessions/999999"):
            status, _, body = self.server.ask(path)
            self.assertEqual(status, 404)
            self.assertIn("has the id 999999", json.loads(body)["detail"])

    def test_a_search_is_counted_up_to_ten_thousand(self):
        one = (b"MAIL FROM:<>\r\nRCPT TO:<b@x.test>\r\nBDAT 20 LAST\r\n"
               b"Subject: counted\r\n\r\n")
        asked = "/api/messages?limit=2&q=subject:counted"
        for _ in range(20):
            heard = mailscope.exchange(self.server.smtp,
                                       b"EHLO x\r\n" + one * 500)
            self.assertEqual(heard.count(b"\r\n250 2.0.0"), 500)
        # Less, where time runs out: then it is not counted at all.
        mailscope.wait_for(lambda: self.server.get(asked)["total"] == 10000,
                           "the exact count")
        mailscope.exchange(self.server.smtp, b"EHLO x\r\n" + one)
        answer = self.server.get(asked)
        self.assertIsNone(answer["total"])
        self.assertEqual(len(answer["messages"]), 2)
        self.assertEqual(answer["next"], answer["messages"][-1]["id"])
        self.assertEqual(self.server.get("/api/messages?limit=1")["total"],
                         self.server.get("/api/info")["store"]["messages"])

    def test_a_zone_is_within_a_day(self):
        for zone, status in (("1440", 200), ("-1440", 200), ("1441", 400),
                             ("-1441", 400), ("", 400), ("x", 400)):
            self.assertEqual(self.server.ask(
                "/api/messages?limit=1&zone=" + zone)[0], status, zone)


if __name__ == "__main__":
    unittest.main()
