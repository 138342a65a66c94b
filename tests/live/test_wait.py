# SPDX-License-Identifier: MIT
"""Waiting and expecting: answered by what comes, explained when nothing does."""
import json
import smtplib
import threading
import time
import unittest
import urllib.parse

import mailscope

MAIL = ("From: App <app@example.test>\r\nTo: %s\r\nSubject: %s\r\n"
        "X-Id: 17\r\n\r\nSee https://example.test/reset/abc\r\n")


def send(server, to="ada@example.test", subject="Welcome"):
    with smtplib.SMTP(*server.smtp, timeout=mailscope.WAIT_S) as client:
        client.sendmail("bounce@example.test", [to],
                        (MAIL % (to, subject)).encode())


class Asking(threading.Thread):
    """One request in its own thread; join() gives (status, JSON)."""

    def __init__(self, ask):
        super().__init__(daemon=True)
        self.ask = ask
        self.result = None
        self.start()

    def run(self):
        self.result = self.ask()

    def answer(self):
        self.join(mailscope.WAIT_S * 6)
        return self.result


class Waiting(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = mailscope.Server().start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def seq(self):
        return self.server.get("/api/info")["seq"]

    def wait(self, query, within="120s", **more):
        words = urllib.parse.urlencode(dict(q=query, wait=within, **more))
        status, _, body = self.server.ask("/api/messages?" + words)
        return status, json.loads(body)

    def waits(self):
        body = self.server.ask("/metrics")[2].decode()
        for line in body.splitlines():
            if line.startswith("mailscope_http_waits "):
                return int(line.split()[1])
        raise AssertionError(body)

    def expect(self, **body):
        return self.server.send_json("POST", "/api/expect", body)

    def parked(self, ask, count=1):
        """Starts requests and returns once they wait."""
        base = self.waits()
        asking = [Asking(ask) for _ in range(count)]
        mailscope.wait_for(lambda: self.waits() >= base + count, "the waits")
        return asking

    def test_a_wait_is_answered_by_what_comes(self):
        mark = self.seq()
        asking = self.parked(lambda: self.wait("subject:later", since=mark))
        send(self.server, subject="other")
        send(self.server, subject="later")
        status, answer = asking[0].answer()
        self.assertEqual(status, 200)
        self.assertEqual([m["subject"] for m in answer["messages"]],
                         ["later"])

    def test_a_wait_finds_what_is_there_already(self):
        mark = self.seq()
        send(self.server, subject="there")
        status, answer = self.wait("subject:there", since=mark)
        self.assertEqual((status, len(answer["messages"])), (200, 1))

    def test_nothing_is_missed_between_a_list_and_a_wait(self):
        for number in range(20):
            mark = self.seq()
            sender = threading.Thread(
                target=send, args=(self.server, "ada@example.test",
                                   "race%d" % number))
            sender.start()
            status, answer = self.wait("subject:race%d" % number, since=mark)
            sender.join()
            self.assertEqual((status, len(answer["messages"])), (200, 1))

    def test_a_count_is_waited_for(self):
        mark = self.seq()
        asking = self.parked(
            lambda: self.wait("subject:thrice", since=mark, count=3))
        for _ in range(3):
            send(self.server, subject="thrice")
        status, answer = asking[0].answer()
        self.assertEqual((status, len(answer["messages"])), (200, 3))

    def test_a_wait_on_the_body_reads_the_message(self):
        mark = self.seq()
        asking = self.parked(lambda: self.wait("body:reset", since=mark))
        send(self.server, subject="reset")
        self.assertEqual(asking[0].answer()[0], 200)

    def test_a_wait_in_vain_is_a_404_that_explains(self):
        mark = self.seq()
        send(self.server, subject="something else")
        status, answer = self.wait("subject:never", "100ms", since=mark)
        self.assertEqual(status, 404)
        self.assertEqual(answer["status"], 404)
        self.assertFalse(answer["met"])
        self.assertEqual(answer["saw"]["messages"], 1)
        self.assertEqual(answer["expected"]["q"], "subject:never")

    def test_a_wait_in_vain_shows_the_nearest(self):
        mark = self.seq()
        send(self.server, "nan@example.test", "Wellcome Nan")
        status, answer = self.wait("to:nan subject:welcome", "0s", since=mark)
        near = answer["nearest"][0]
        self.assertEqual((status, near["score"]), (404, 0.5))
        self.assertEqual(near["differences"], [
            {"field": "subject", "expected": {"contains": "welcome"},
             "actual": "Wellcome Nan",
             "at": near["differences"][0]["at"]}])

    def test_a_wait_out_of_bounds_is_refused(self):
        for path in ("wait=301s", "wait=x", "wait=5s&count=0",
                     "wait=5s&count=501", "wait="):
            self.assertEqual(self.server.ask("/api/messages?" + path)[0], 400)

    def test_the_latest_can_be_waited_for(self):
        mark = self.seq()
        asking = self.parked(lambda: self.server.ask(
            "/api/messages/latest?wait=120s&since=%d" % mark))
        send(self.server, subject="newest")
        status, _, body = asking[0].answer()
        self.assertEqual((status, json.loads(body)["subject"]),
                         (200, "newest"))

    def test_hundreds_wait_at_once(self):
        mark = self.seq()
        asking = self.parked(
            lambda: self.wait("subject:everybody", since=mark), 300)
        send(self.server, subject="everybody")
        self.assertEqual({one.answer()[0] for one in asking}, {200})

    def test_an_expectation_is_met_by_what_comes(self):
        mark = self.seq()
        asking = self.parked(lambda: self.expect(
            within_ms=120000, since=mark,
            match={"to": "eve@example.test", "subject": {"contains": "elco"},
                   "header.x-id": {"matches": "^[0-9]+$"},
                   "text": {"contains": "https://"}, "attachments": 0}))
        send(self.server, "eve@example.test")
        status, answer = asking[0].answer()
        self.assertEqual(status, 200, answer)
        self.assertTrue(answer["met"])
        self.assertEqual(answer["matched"][0]["to"][0]["address"],
                         "eve@example.test")

    def test_a_missed_expectation_shows_the_nearest(self):
        mark = self.seq()
        send(self.server, "nan@example.test", "Wellcome Nan")
        status, answer = self.expect(
            within_ms=0, since=mark,
            match={"to": "nan@example.test",
                   "subject": {"contains": "Welcome"}})
        self.assertEqual((status, answer["met"]), (417, False))
        near = answer["nearest"][0]
        self.assertEqual(len(near["differences"]), 1)
        difference = near["differences"][0]
        self.assertEqual(difference["field"], "subject")
        self.assertEqual(difference["expected"], {"contains": "Welcome"})
        self.assertEqual(difference["actual"], "Wellcome Nan")
        self.assertGreaterEqual(near["score"], 0.5)
        self.assertEqual(answer["saw"]["messages"], 1)

    def test_the_text_form_is_for_people(self):
        mark = self.seq()
        send(self.server, "nan@example.test", "Wellcome Nan")
        status, headers, body = self.server.ask(
            "/api/expect", "POST",
            json.dumps({"within_ms": 0, "since": mark,
                        "match": {"subject": "Welcome"}}).encode(),
            {"Content-Type": "application/json", "Accept": "text/plain"})
        self.assertEqual(status, 417)
        self.assertTrue(headers["Content-Type"].startswith("text/plain"))
        message = self.server.get("/api/messages?limit=1")["messages"][0]["id"]
        text = body.decode()
        self.assertEqual(text[:text.rindex(",")], """\
not met: no message matched within 0 ms, at least 1 was expected
expected
  subject: "Welcome"
nearest: message %d
  subject
    expected "Welcome"
    was      "Wellcome Nan" (differs at character 4)
saw: 1 message""" % message)

    def test_a_long_value_is_shown_where_it_differs(self):
        send(self.server, "nan@example.test", "ä" * 500 + " wellcome")
        _, _, body = self.server.ask(
            "/api/expect", "POST",
            json.dumps({"within_ms": 0, "match": {
                "subject": "ä" * 500 + " welcome"}}).encode(),
            {"Content-Type": "application/json", "Accept": "text/plain"})
        self.assertIn("ä wellcome\" (differs at character 505)",
                      body.decode())
        self.assertLess(len(body), 4000)

    def test_too_many_are_named_and_nothing_is_near(self):
        mark = self.seq()
        send(self.server, "nan@example.test", "one of two")
        send(self.server, "nan@example.test", "two of two")
        status, answer = self.expect(none=True, since=mark, within_ms=0,
                                     match={"subject": "one of two"})
        self.assertEqual((status, answer["nearest"]), (417, []))
        self.assertEqual(answer["detail"],
                         "1 message matched, none was expected")

    def test_a_wait_explains_itself_to_people_too(self):
        status, _, body = self.server.ask(
            "/api/messages?wait=1ms&inbox=nobody&q=subject:never",
            headers={"Accept": "text/plain"})
        self.assertEqual((status, body.decode()), (404, """\
not met: no message matched, 1 was expected
expected
  subject:never
saw: 0 messages, 0 sessions (0 refused)
"""))

    def test_none_is_met_by_silence(self):
        mark = self.seq()
        status, answer = self.expect(none=True, quiet_ms=100, since=mark,
                                     within_ms=120000,
                                     match={"subject": "nothing"})
        self.assertEqual((status, answer["met"]), (200, True))

    def test_none_is_missed_at_once(self):
        mark = self.seq()
        asking = self.parked(lambda: self.expect(
            none=True, quiet_ms=120000, since=mark, within_ms=120000,
            match={"subject": "unwanted"}))
        send(self.server, subject="unwanted")
        status, answer = asking[0].answer()
        self.assertEqual((status, len(answer["matched"])), (417, 1))

    def test_silence_waits_for_an_open_transaction(self):
        mark = self.seq()
        with smtplib.SMTP(*self.server.smtp, timeout=60) as client:
            client.ehlo()
            client.mail("a@example.test")
            asking = self.parked(lambda: self.expect(
                none=True, quiet_ms=50, since=mark, within_ms=120000,
                match={"subject": "slow"}))
            time.sleep(0.3)  # no verdict: more silence than was asked for
            self.assertIsNone(asking[0].result)
            client.rcpt("ada@example.test")
            client.data(MAIL.replace("%s", "x", 1) % "slow")
        self.assertEqual(asking[0].answer()[0], 417)

    def test_counts_have_bounds(self):
        mark = self.seq()
        for _ in range(3):
            send(self.server, subject="counted")
        match = {"subject": "counted"}
        for count, want in ((3, 200), (4, 417), ({"min": 2, "max": 3}, 200),
                            ({"max": 2}, 417), ({"min": 4}, 417)):
            status, answer = self.expect(since=mark, match=match, count=count,
                                         within_ms=1000, quiet_ms=0)
            self.assertEqual((count, status), (count, want), answer)

    def test_sessions_can_be_expected(self):
        mark = self.seq()
        asking = self.parked(lambda: self.expect(
            of="sessions", since=mark, within_ms=120000,
            match={"helo": "probe.example.test", "outcome": "empty"}))
        with smtplib.SMTP(*self.server.smtp, timeout=60) as client:
            client.ehlo("probe.example.test")
        status, answer = asking[0].answer()
        self.assertEqual(status, 200, answer)
        self.assertEqual(answer["matched"][0]["helo"], "probe.example.test")

    def test_wrong_expectations_are_refused_with_their_place(self):
        for body, at in (({"match": {"nonsense": 1}}, "/match/nonsense"),
                         ({"match": {"subject": {"matches": "("}}},
                          "/match/subject"),
                         ({"match": {"subject": {"contains": 1}}},
                          "/match/subject"),
                         ({"match": []}, "/match"),
                         ({"count": -1}, "/count"),
                         ({"within_ms": 300001}, "/within_ms"),
                         ({"inbox": "a b"}, "/inbox"),
                         ({"of": "cats"}, "/of"),
                         ({"unknown": 1}, "/unknown"),
                         ({"count": {"min": 3, "max": 2}}, "/count"),
                         ({"count": {"most": 2}}, "/count/most"),
                         ({"count": {"min": "1"}}, "/count/min"),
                         ({"count": 2, "none": True}, "/count"),
                         ({"since": 10**15}, "/since")):
            status, problem = self.server.send_json("POST", "/api/expect",
                                                    body)
            self.assertEqual((status, problem["at"]), (400, at), problem)

    def test_every_field_that_is_named_can_be_asked_for(self):
        for row in self.server.get("/api/grammar")["expectation"]:
            name = {"header": "header.x", "findings": "findings.error"}.get(
                row["field"], row["field"])
            for of in ("messages", "sessions"):
                status, problem = self.server.send_json(
                    "POST", "/api/expect", {
                        "of": of, "within_ms": 0, "match": {name: "nobody"}})
                self.assertEqual(status, 417 if row[of] else 400, problem)


class Stopping(unittest.TestCase):
    def test_waits_end_with_the_program(self):
        with mailscope.Server() as server:
            asking = Asking(lambda: server.ask(
                "/api/messages?wait=300s&q=subject:never"))
            mailscope.wait_for(lambda: b"mailscope_http_waits 1" in
                               server.ask("/metrics")[2], "the wait")
            server.stop()
            self.assertIn(asking.answer()[0], (404, 503))


if __name__ == "__main__":
    unittest.main()
