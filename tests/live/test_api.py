# SPDX-License-Identifier: MIT
"""The API of the running program: what was sent is what is answered."""
import datetime
import http.client
import json
import smtplib
import socket
import ssl
import threading
import unittest
import urllib.parse

import mailscope

PLAIN = (b"From: App <app@example.test>\r\nTo: Ada <ada@example.test>\r\n"
         b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
         b"Message-ID: <1@example.test>\r\n"
         b"Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n\r\n"
         b"Hello Ada\r\n.dot\r\n..two\r\n")

def send(server, octets, sender="bounce@example.test",
         to=("ada@example.test",)):
    with smtplib.SMTP(*server.smtp, timeout=mailscope.WAIT_S) as client:
        client.sendmail(sender, list(to), octets)


def newest(server):
    return server.get("/api/messages?limit=1")["messages"][0]


class Api(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = mailscope.Server().start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def sent(self, octets=PLAIN, **more):
        send(self.server, octets, **more)
        return newest(self.server)

    def test_a_message_is_found_right_after_its_250(self):
        before = self.server.get("/api/messages")["total"]
        for number in range(1, 21):
            send(self.server, PLAIN)
            listed = self.server.get("/api/messages")
            self.assertEqual(listed["total"], before + number)

    def test_the_summary_has_what_was_sent(self):
        message = self.sent()
        self.assertEqual(message["subject"], "Grüße")
        self.assertEqual(message["from"],
                         {"name": "App", "address": "app@example.test"})
        self.assertEqual(message["to"],
                         [{"name": "Ada", "address": "ada@example.test"}])
        self.assertEqual(message["envelope"]["from"], "bounce@example.test")
        self.assertEqual(message["envelope"]["to"], ["ada@example.test"])
        self.assertEqual(message["message_id"], "<1@example.test>")
        self.assertEqual(message["date"], "2026-11-21T10:00:00.000000Z")
        self.assertTrue(message["snippet"].startswith("Hello Ada"))
        self.assertEqual(message["attachments"], 0)
        self.assertEqual(message["inbox"], "default")
        self.assertFalse(message["read"])

    def test_the_octets_come_back_exactly(self):
        message = self.sent()
        path = "/api/messages/%d" % message["id"]
        status, headers, raw = self.server.ask(path + "/raw")
        self.assertEqual((status, raw), (200, PLAIN))
        self.assertEqual(headers["Content-Type"], "message/rfc822")
        wire = self.server.ask(path + "/wire")[2]
        self.assertEqual(wire, PLAIN.replace(b"\n.", b"\n..") + b".\r\n")

    def test_a_range_of_the_octets_is_served(self):
        path = "/api/messages/%d/raw" % self.sent()["id"]
        for said, want in (("bytes=0-4", PLAIN[:5]), ("bytes=5-", PLAIN[5:]),
                           ("bytes=-6", PLAIN[-6:])):
            status, headers, got = self.server.ask(path,
                                                   headers={"Range": said})
            self.assertEqual((status, got), (206, want))
            self.assertTrue(headers["Content-Range"].endswith(
                "/%d" % len(PLAIN)))
        self.assertEqual(
            self.server.ask(path, headers={"Range": "bytes=99999-"})[0], 416)

    def test_a_message_whole_has_headers_in_order(self):
        message = self.server.get("/api/messages/%d" % self.sent()["id"])
        self.assertEqual([h["name"] for h in message["headers"]],
                         ["From", "To", "Subject", "Message-ID", "Date"])
        self.assertEqual(message["headers"][2]["value"], "Grüße")
        self.assertIn("=?utf-8?q?", message["headers"][2]["raw"])
        self.assertIn("Hello Ada", message["text"])
        self.assertIsNone(message["html"])
        self.assertIsNone(message["preview"])
        self.assertEqual(message["transaction"]["code"], 250)
        self.assertEqual(message["transaction"]["message"], message["id"])

    def test_marks_are_kept_and_reading_changes_nothing(self):
        message = self.sent()
        path = "/api/messages/%d" % message["id"]
        self.assertFalse(self.server.get(path)["read"])
        self.assertFalse(self.server.get(path)["read"])
        status, answer = self.server.send_json(
            "PATCH", path, {"read": True, "tags": ["a", "grün", "a"]})
        self.assertEqual((status, answer), (200, {"changed": 1}))
        after = self.server.get(path)
        self.assertTrue(after["read"])
        self.assertEqual(after["tags"], ["a", "grün"])
        self.assertEqual(after["seq"], message["seq"])

    def test_wrong_marks_are_refused_with_their_place(self):
        path = "/api/messages/%d" % self.sent()["id"]
        for body, at in (({"read": 1}, "/read"), ({"tags": "a"}, "/tags"),
                         ({"tags": ["t%d" % n for n in range(51)]}, "/tags"),
                         ({"tags": ["a" * 101]}, "/tags/0"),
                         ({"tags": [1]}, "/tags/0"), ({"x": 1}, "/x"),
                         ({}, ""), ([], "")):
            status, problem = self.server.send_json("PATCH", path, body)
            self.assertEqual((status, problem["at"]), (400, at))
        status, _, _ = self.server.ask(path, "PATCH", b"{}",
                                       {"Content-Type": "text/plain"})
        self.assertEqual(status, 415)
        status, problem = self.server.send_json(
            "PATCH", "/api/messages/999999999", {"read": True})
        self.assertEqual(status, 404)

    def test_deleting_is_idempotent(self):
        message = self.sent()
        path = "/api/messages/%d" % message["id"]
        for want in (1, 0):
            status, _, body = self.server.ask(path, "DELETE")
            self.assertEqual((status, json.loads(body)),
                             (200, {"deleted": want}))
        self.assertEqual(self.server.ask(path)[0], 404)
        self.assertEqual(self.server.ask(path + "/raw")[0], 404)

    def test_a_session_goes_with_its_last_message(self):
        message = self.sent()
        self.server.ask("/api/messages/%d" % message["id"], "DELETE")
        mailscope.wait_for(
            lambda: self.server.ask(
                "/api/sessions/%d" % message["session"])[0] == 404,
            "the session to be gone")

    def test_deleting_up_to_an_id_spares_what_came_later(self):
        first = self.sent()
        second = self.sent()
        self.server.ask("/api/messages?up_to=%d" % first["id"], "DELETE")
        left = self.server.get("/api/messages")
        self.assertEqual([m["id"] for m in left["messages"]], [second["id"]])
        self.assertEqual(left["total"], 1)

    def test_lists_are_paged_by_ids(self):
        self.server.ask("/api/messages", "DELETE")
        for _ in range(7):
            send(self.server, PLAIN)
        whole = [m["id"] for m in self.server.get("/api/messages")["messages"]]
        self.assertEqual(whole, sorted(whole, reverse=True))
        seen, path = [], "/api/messages?limit=3"
        while path:
            page = self.server.get(path)
            self.assertEqual(page["total"], 7)
            seen += [m["id"] for m in page["messages"]]
            path = page["next"] and "/api/messages?limit=3&before=%d" % (
                page["next"])
        self.assertEqual(seen, whole)
        above = self.server.get("/api/messages?limit=2&after=%d" % whole[4])
        self.assertEqual([m["id"] for m in above["messages"]], whole[2:4])
        at = self.server.get("/api/messages?limit=2&at=3")
        self.assertEqual([m["id"] for m in at["messages"]], whole[3:5])
        status, _, body = self.server.ask("/api/messages?q=a&at=3")
        self.assertEqual(status, 400)
        self.assertIn("before", json.loads(body)["detail"])

    def test_since_asks_for_what_came_after(self):
        mark = self.server.get("/api/info")["seq"]
        message = self.sent()
        listed = self.server.get("/api/messages?since=%d" % mark)
        self.assertEqual([m["id"] for m in listed["messages"]],
                         [message["id"]])
        status, _, body = self.server.ask("/api/messages?since=%d" % 10**15)
        self.assertEqual(status, 400)
        self.assertIn("epoch", json.loads(body)["detail"])

    def test_posted_octets_are_kept_as_if_received(self):
        octets = PLAIN + b"\xff\x00 bytes\n"
        status, headers, body = self.server.ask(
            "/api/messages?from=a%40x.test&to=b%40x.test,c%40x.test", "POST",
            octets, {"Content-Type": "message/rfc822"})
        message = json.loads(body)
        self.assertEqual(status, 201)
        self.assertEqual(headers["Location"],
                         "/api/messages/%d" % message["id"])
        self.assertIsNone(message["session"])
        self.assertEqual(message["envelope"]["to"], ["b@x.test", "c@x.test"])
        path = "/api/messages/%d" % message["id"]
        self.assertEqual(self.server.ask(path + "/raw")[2], octets)
        self.assertEqual(self.server.ask(path + "/wire")[0], 404)
        self.assertIsNone(self.server.get(path)["transaction"])
        self.assertEqual(self.server.ask(
            "/api/messages", "POST", octets,
            {"Content-Type": "text/plain"})[0], 415)

    def test_the_latest_is_where_the_page_shows_it(self):
        message = self.sent()
        for path, view in (("/messages/latest", ""),
                           ("/messages/latest/text?q=from:app", "/text")):
            link = http.client.HTTPConnection(
                *mailscope.split(self.server.url.split("//")[1]), timeout=60)
            link.request("GET", path)
            answer = link.getresponse()
            self.assertEqual(answer.status, 302)
            self.assertEqual(answer.headers["Location"],
                             "/messages/%d%s" % (message["id"], view))
            link.close()

    def test_errors_are_problems(self):
        for path, want in (("/api/nothing", 404), ("/api/messages/0", 404),
                           ("/api/messages?limit=0", 400),
                           ("/api/messages?limit=501", 400),
                           ("/api/messages?limit=x", 400),
                           ("/api/messages?unknown=1", 400),
                           ("/api/messages?before=1&after=2", 400),
                           ("/api/messages?inbox=a%2Fb", 400),
                           ("/api/info?x=1", 400),
                           ("/api/%zz", 400)):
            status, headers, body = self.server.ask(path)
            problem = json.loads(body)
            self.assertEqual((path, status), (path, want))
            self.assertEqual(headers["Content-Type"],
                             "application/problem+json")
            self.assertEqual(problem["status"], want)
            self.assertTrue(problem["detail"])

    def test_a_wrong_query_names_its_place(self):
        status, _, body = self.server.ask(
            "/api/messages?q=" + urllib.parse.quote("to:ada nonsense:x"))
        problem = json.loads(body)
        self.assertEqual(status, 400)
        self.assertEqual(problem["at"], 7)

    def test_another_method_is_405_with_what_is_allowed(self):
        status, headers, _ = self.server.ask("/api/messages/1", "PUT", b"")
        self.assertEqual((status, headers["Allow"]),
                         (405, "GET, HEAD, PATCH, DELETE"))

    def test_sessions_tell_what_became_of_them(self):
        message = self.sent()
        session = mailscope.wait_for(
            lambda: [s for s in self.server.get("/api/sessions")["sessions"]
                     if s["id"] == message["session"]], "the session")[0]
        self.assertEqual(session["outcome"], "delivered")
        self.assertEqual(session["close_reason"], "quit")
        self.assertEqual(session["messages"], [message["id"]])
        self.assertNotIn("transactions", session)
        whole = self.server.get("/api/sessions/%d" % session["id"])
        to = whole["transactions"][0]["rcpt_to"][0]
        self.assertEqual((to["address"], to["code"]),
                         ("ada@example.test", 250))

    def test_all_the_time_of_a_session_was_a_wait_for_somebody(self):
        mark = self.server.get("/api/info")["seq"]
        with smtplib.SMTP(*self.server.smtp, timeout=60) as client:
            client.starttls(context=ssl._create_unverified_context())
            client.ehlo("waits.example.test")
            live = [s for s in
                    self.server.get("/api/sessions?live=1")["sessions"]
                    if s["helo"] == "waits.example.test"]
            client.sendmail("a@app.test", ["b@x.test"], PLAIN)
        self.assertEqual([s["waits"] for s in live], [None])
        path = "/api/sessions?since=%d" % mark
        listed = mailscope.wait_for(
            lambda: self.server.get(path)["sessions"], "the session")[0]
        began, ended = (datetime.datetime.fromisoformat(listed[name])
                        for name in ("opened_at", "closed_at"))
        waits = listed["waits"]
        self.assertGreater(min(waits.values()), 0)
        self.assertEqual(sum(waits.values()),
                         (ended - began) // datetime.timedelta(microseconds=1))
        whole = self.server.get("/api/sessions/%d" % listed["id"])
        self.assertEqual(whole["waits"], waits)

    def test_a_session_without_mail_is_activity(self):
        mark = self.server.get("/api/info")["seq"]
        with smtplib.SMTP(*self.server.smtp, timeout=60) as client:
            client.ehlo("silent.example.test")
        listed = mailscope.wait_for(
            lambda: self.server.get("/api/activity?since=%d" % mark)[
                "activity"], "the session")
        self.assertEqual(listed[0]["kind"], "session")
        self.assertEqual(listed[0]["helo"], "silent.example.test")
        self.assertEqual(listed[0]["outcome"], "empty")

    def test_a_transcript_has_all_its_forms(self):
        message = self.sent()
        path = "/api/sessions/%d/transcript" % message["session"]
        transcript = self.server.get(path)
        kinds = [e["type"] for e in transcript["events"]]
        self.assertIn("cmd", kinds)
        self.assertIn("reply", kinds)
        text = self.server.ask(path + "?format=text")[2]
        self.assertIn(b"mail from:<bounce@example.test>", text.lower())
        client = self.server.ask(path + "?format=raw&dir=c")[2]
        self.assertTrue(client.lower().startswith(b"ehlo "))
        self.assertIn(PLAIN.replace(b"\n.", b"\n..") + b".\r\n", client)
        server = self.server.ask(path + "?format=raw&dir=s")[2]
        self.assertTrue(server.startswith(b"220 "))
        self.assertEqual(self.server.ask(path + "?format=x")[0], 400)

    def test_a_session_is_known_at_every_instant(self):
        """From its first octet through its end: open, ending, kept."""
        stop = threading.Event()
        paths, wrong = [], []

        def look():
            link = http.client.HTTPConnection(
                *mailscope.split(self.server.url.split("//")[1]),
                timeout=mailscope.WAIT_S)
            while not stop.is_set():
                for path in paths[-2:]:
                    link.request("GET", path)
                    answer = link.getresponse()
                    answer.read()
                    if answer.status != 200:
                        wrong.append((path, answer.status))
            link.close()

        readers = [threading.Thread(target=look) for _ in range(4)]
        for reader in readers:
            reader.start()
        try:
            for _ in range(60):
                with socket.create_connection(self.server.smtp, 60) as client:
                    client.recv(1000)
                    newest = self.server.get("/api/sessions?live=1&limit=1")
                    path = "/api/sessions/%d" % newest["sessions"][0]["id"]
                    paths.extend([path, path + "/transcript?format=text"])
                    client.sendall(b"EHLO gap.example.test\r\n")
                    client.recv(1000)
        finally:
            stop.set()
            for reader in readers:
                reader.join()
        self.assertEqual(wrong, [])

    def test_a_session_leaves_one_list_for_the_other(self):
        for _ in range(20):
            with socket.create_connection(self.server.smtp, 60) as client:
                client.recv(1000)
                session = self.server.get("/api/sessions?live=1&limit=1")[
                    "sessions"][0]["id"]
            mailscope.wait_for(lambda: session not in [
                one["id"] for one in
                self.server.get("/api/sessions?live=1")["sessions"]], "its end")
            self.assertEqual(self.server.get(
                "/api/sessions?limit=1")["sessions"][0]["id"], session)

    def deliver(self, client):
        """A message over an open connection; its id."""
        for line in (b"MAIL FROM:<a@x.test>", b"RCPT TO:<b@x.test>", b"DATA",
                     b"Subject: open\r\n\r\nx\r\n."):
            client.sendall(line + b"\r\n")
            self.assertIn(client.recv(1000)[:1], (b"2", b"3"))
        return self.server.get("/api/messages?limit=1")["messages"][0]["id"]

    def test_open_sessions_are_listed_and_closed(self):
        with socket.create_connection(self.server.smtp, 60) as client:
            client.recv(1000)
            client.sendall(b"EHLO live.example.test\r\n")
            client.recv(1000)
            live = mailscope.wait_for(
                lambda: [s for s in self.server.get(
                    "/api/sessions?live=1")["sessions"]
                    if s["helo"] == "live.example.test"], "the session")[0]
            self.assertTrue(live["live"])
            self.assertIsNone(live["outcome"])
            self.assertIsNone(live["seq"])
            self.assertEqual(live["inbox"], "default")
            self.assertEqual(self.server.get(
                "/api/sessions?live=1&inbox=other")["sessions"], [])
            path = "/api/sessions/%d" % live["id"]
            self.assertTrue(self.server.get(path)["live"])
            kept = [self.deliver(client) for _ in range(3)]
            self.assertEqual(self.server.ask(
                "/api/messages/%d" % kept.pop(1), "DELETE")[0], 200)
            self.assertEqual(self.server.get(path)["messages"], kept)
            self.assertEqual([one["messages"] for one in self.server.get(
                "/api/sessions?live=1")["sessions"]
                if one["id"] == live["id"]], [kept])
            text = self.server.ask(path + "/transcript?format=text")[2]
            self.assertIn(b"EHLO live.example.test", text)
            status, _, body = self.server.ask(path + "/close", "POST", b"")
            self.assertEqual((status, json.loads(body)), (200, {"closed": 1}))
            rest = b""
            while True:
                part = client.recv(1000)
                if not part:
                    break
                rest += part
            self.assertTrue(rest.startswith(b"421 "), rest)
        closed = mailscope.wait_for(
            lambda: (lambda s: None if s["live"] else s)(
                self.server.get(path)), "its end")
        self.assertEqual(closed["close_reason"], "api")

    def test_what_it_is_can_be_asked(self):
        about = self.server.get("/api/info")
        self.assertEqual(about["name"], "mailscope")
        kinds = {(one["kind"], one["port"]) for one in about["listeners"]}
        self.assertIn(("smtp", self.server.smtp[1]), kinds)
        self.assertEqual(about["store"]["kind"], "memory")
        self.assertEqual(about["limits"]["max_bytes"], 1 << 30)
        self.assertEqual(about["limits"]["max_age_ms"], 0)
        self.assertIn("from", [f["field"] for f in self.server.get(
            "/api/grammar")["fields"]])
        self.assertGreater(len(self.server.get("/api/checks")["checks"]), 50)

    def test_health_and_metrics_answer(self):
        self.assertEqual(self.server.ask("/healthz")[2], b"ok\n")
        self.assertEqual(self.server.ask("/readyz")[0], 200)
        status, headers, body = self.server.ask("/metrics")
        self.assertEqual(status, 200)
        self.assertTrue(headers["Content-Type"].startswith("text/plain"))
        names = set()
        for line in body.decode().splitlines():
            if line.startswith("#"):
                continue
            name, value = line.rsplit(" ", 1)
            float(value)
            names.add(name.split("{")[0])
        self.assertIn("mailscope_messages", names)
        self.assertIn("mailscope_smtp_connections_total", names)

    def test_the_test_message_arrives(self):
        mark = self.server.get("/api/info")["seq"]
        status, _, body = self.server.ask("/api/test-message", "POST", b"")
        self.assertEqual(status, 202, body)
        mailscope.wait_for(
            lambda: self.server.get("/api/messages?since=%d" % mark)[
                "messages"], "the test message")

    def test_mail_that_nobody_can_parse_is_shown_all_the_same(self):
        octets = b"\xff\xfe\x00no header at all\r\n\r\n\x80\x81"
        status, _, body = self.server.ask(
            "/api/messages", "POST", octets,
            {"Content-Type": "message/rfc822"})
        self.assertEqual(status, 201)
        path = "/api/messages/%d" % json.loads(body)["id"]
        self.assertEqual(self.server.ask(path + "/raw")[2], octets)
        self.assertIn("parts", self.server.get(path))


if __name__ == "__main__":
    unittest.main()
