# SPDX-License-Identifier: MIT
"""Transcripts of real connections: nothing lost, nothing made up, and every
form of them can be used."""
import base64
import glob
import json
import os
import random
import re
import shutil
import smtplib
import socket
import ssl
import subprocess
import unittest

from dialogue import octets
import mailscope

MAIL = (b"From: a@x.test\r\nTo: b@x.test\r\nSubject: hi there\r\n\r\n"
        b".body\r\n..\r\n")


def b64(text):
    return base64.b64encode(text.encode())


def steps(text):
    """What a dialogue says: ("C", octets to send) and ("S", line)."""
    joined = b""
    for line in text.split("\n"):
        match = re.match(r"C(:|&|=&?)(?: (.*))?$", line)
        if match:
            mark, said = match.group(1), match.group(2) or ""
            joined += octets(said) if "=" in mark else said.encode() + b"\r\n"
            if "&" not in mark:
                yield "C", joined
                joined = b""
        elif line.startswith(("S: ", "S* ")):
            yield line[:2], line[3:]


def random_talk(chance):
    """A conversation that makes some sense and much nonsense."""
    lines = [b"EHLO x\r\n", b"MAIL FROM:<a@x.test>\r\n", b"DATA\r\n",
             b"RCPT TO:<b@x.test>\r\n", b"..\r\n", b".\r\n", b"RSET\r\n",
             b"text\r\n", b"\n", b"\r", b"\0", b"BDAT 3\r\nabc", b"NOOP\r\n",
             b"BDAT 4 LAST\r\n.\r\nx", b"AUTH PLAIN AGEAYg==\r\n", b".\n",
             b"\xff\xfe\r\n", b"HELP\r\n", b".line\r\n"]
    start = lines[:2] + [lines[3], lines[2]] if chance.random() < 0.7 else []
    return b"".join(start + chance.choices(lines, k=chance.randrange(12)))


class Transcripts(unittest.TestCase):
    """One server for all."""

    @classmethod
    def setUpClass(cls):
        cls.server = mailscope.Server("--log", "warn").start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        shutil.rmtree(cls.server.folder, ignore_errors=True)

    def sessions(self, after):
        path = "/api/sessions?limit=500&after=%d" % after
        return self.server.get(path)["sessions"]

    def quiet(self):
        """Waits until no session is open; returns the newest."""
        mailscope.wait_for(
            lambda: not self.server.get("/api/sessions?live=1")["sessions"],
            "the end of the sessions before")
        return self.newest()

    def newest(self):
        listed = self.server.get("/api/sessions?limit=1")["sessions"]
        return listed[0]["id"] if listed else 0

    def transcript(self, session, words):
        status, _, body = self.server.ask(
            "/api/sessions/%d/transcript?%s" % (session, words))
        self.assertEqual(status, 200, body)
        return body

    def talk(self, talks):
        """Has each conversation; the session of each by its peer's port is
        not known, so they come one after the other."""
        last = self.quiet()
        heard = [mailscope.exchange(self.server.smtp, said) for said in talks]
        mailscope.wait_for(
            lambda: len(self.sessions(last)) >= min(len(talks), 500),
            "the sessions' ends")
        ids = sorted(one["id"] for one in self.sessions(last))
        self.assertEqual(len(ids), len(talks))
        return zip(ids, talks, heard)

    def compare(self, talks):
        for session, said, heard in self.talk(talks):
            client = self.transcript(session, "format=raw&dir=c&reveal=1")
            server = self.transcript(session, "format=raw&dir=s")
            self.assertTrue(server.startswith(heard), (said, heard, server))
            # What follows a goodbye may never have been read.
            self.assertTrue(said.startswith(client), (said, client))
            reason = self.server.get("/api/sessions/%d" % session)
            if reason["close_reason"] == "client_closed":
                self.assertEqual(client, said)
                self.assertEqual(server, heard)

    def test_every_dialogue_is_rebuilt_octet_for_octet(self):
        folder = os.path.join(mailscope.ROOT, "tests/dialogues")
        talks = []
        for path in sorted(glob.glob(folder + "/*.smtp")):
            with open(path, encoding="utf-8") as file:
                said = b"".join(what for who, what in steps(file.read())
                                if who == "C")
            if len(said) < 1 << 20:
                talks.append(said)
        self.assertGreater(len(talks), 50)
        for start in range(0, len(talks), 100):
            self.compare(talks[start:start + 100])

    def test_random_conversations_are_rebuilt_octet_for_octet(self):
        chance = random.Random(4711)
        for _ in range(5):
            self.compare([random_talk(chance) for _ in range(100)])

    def replay(self, text):
        with socket.create_connection(self.server.smtp,
                                      mailscope.WAIT_S) as client:
            replies = client.makefile("rb")
            for who, what in steps(text):
                if who == "C":
                    client.sendall(what)
                    continue
                line = replies.readline().decode().rstrip("\r\n")
                want = what[:-1] if what.endswith("*") else what
                self.assertTrue(line.startswith(want), (line, what))
                while who == "S*" and line[3:4] == "-":
                    line = replies.readline().decode()

    def test_a_captured_session_is_a_dialogue_that_holds_again(self):
        last = self.quiet()
        with smtplib.SMTP(*self.server.smtp) as client:
            client.sendmail("a@x.test", ["b@x.test", "c@x.test"], MAIL)
        session = mailscope.wait_for(lambda: self.sessions(last))[0]["id"]
        text = self.transcript(session, "format=vector").decode()
        self.assertIn("M= From: a@x.test\\r\\n", text)
        self.replay(text)

    def test_secrets_are_covered_in_every_form_until_revealed(self):
        last = self.quiet()
        with smtplib.SMTP(*self.server.smtp) as client:
            client.ehlo()
            client.docmd("AUTH", "PLAIN AGFubgBoZXNsbzEyMw==")
            client.docmd("AUTH", "LOGIN YW5uYQ==")
        session = mailscope.wait_for(lambda: self.sessions(last))[0]["id"]
        for form in ("json", "text", "vector", "raw", "pcapng"):
            words = "format=%s" % form
            hidden = self.transcript(session, words)
            shown = self.transcript(session, words + "&reveal=1")
            self.assertNotIn(b"AGFubgBoZXNsbzEyMw", hidden, form)
            self.assertIn(b"AGFubgBoZXNsbzEyMw", shown, form)
            self.assertEqual(len(hidden) if form == "raw" else 0,
                             len(shown) if form == "raw" else 0)

    def test_every_way_to_say_a_secret_is_covered(self):
        user, password = b64("anna"), b64("heslo123")
        plain = b64("\0anna\0heslo123")
        ways = ([b"AUTH LOGIN", user, password],
                [b"AUTH LOGIN " + user, password],
                [b"auth  login", user, password],
                [b"AUTH PLAIN", plain],
                [b"AUTH PLAIN " + plain],
                [b"AUTH PLAIN =" + plain],  # refused, as the next
                [b"AUTH NOSUCH " + plain],
                [b"AUTH XOAUTH2 " + b64("user=ann\1auth=Bearer heslo123\1\1")],
                [b"AUTH OAUTHBEARER",
                 b64("n,a=a,\1auth=Bearer heslo123\1\1")])
        for way in ways:
            last = self.quiet()
            with socket.create_connection(self.server.smtp, 60) as client:
                answers = client.makefile("rb")
                answers.readline()
                client.sendall(b"EHLO x.test\r\n")
                while answers.readline()[3:4] == b"-":
                    pass
                for line in way:
                    client.sendall(line + b"\r\n")
                    answers.readline()
                client.sendall(b"*\r\nQUIT\r\n")
                while answers.readline():
                    pass
            session = mailscope.wait_for(lambda: self.sessions(last))[0]["id"]
            secrets = [word for word in b" ".join(way).split()
                       if len(word) >= len(password)]
            for form in ("json", "text", "vector", "raw", "pcapng"):
                hidden = self.transcript(session, "format=" + form)
                shown = self.transcript(session, "format=%s&reveal=1" % form)
                for secret in secrets:
                    self.assertNotIn(secret, hidden, (form, way))
                    self.assertIn(secret, shown, (form, way))
            for path in ("/api/sessions/%d" % session, "/api/activity",
                         "/api/findings"):
                answer = self.server.ask(path)[2]
                for secret in secrets + [b"heslo123"]:
                    self.assertNotIn(secret, answer, (path, way))

    def test_the_name_of_a_mechanism_is_no_secret(self):
        last = self.quiet()
        mailscope.exchange(
            self.server.smtp, b"EHLO x\r\nAUTH NTLM\r\nauth gssapi\r\n"
            b"AUTH LOGIN\r\n*\r\nAUTH SCRAM-SHA-256-PLUS\r\nQUIT\r\n")
        session = mailscope.wait_for(lambda: self.sessions(last))[0]["id"]
        said = self.transcript(session, "format=raw")
        self.assertIn(b"AUTH NTLM\r\nauth gssapi\r\nAUTH LOGIN\r\n*\r\n"
                      b"AUTH SCRAM-SHA-256-PLUS\r\n", said)

    def test_a_page_follows_from_an_event_on(self):
        last = self.quiet()
        with smtplib.SMTP(*self.server.smtp) as client:
            client.noop()
        session = mailscope.wait_for(lambda: self.sessions(last))[0]["id"]
        whole = json.loads(self.transcript(session, "format=json"))["events"]
        rest = json.loads(self.transcript(session, "from=4"))["events"]
        self.assertEqual(rest, whole[3:])
        for beyond in (len(whole) + 1, len(whole) + 2, 10 ** 9):
            answer = json.loads(self.transcript(session, "from=%d" % beyond))
            self.assertEqual(answer["events"], [])


    def test_a_session_that_is_still_open_can_be_read_and_followed(self):
        self.quiet()
        with smtplib.SMTP(*self.server.smtp) as client:
            client.ehlo("live.test")
            live = mailscope.wait_for(
                lambda: self.server.get("/api/sessions?live=1")["sessions"])
            session = live[0]["id"]
            text = self.transcript(session, "format=text").decode()
            self.assertIn(" -> ehlo live.test\n", text)
            self.assertIn("=== still open\n", text)
            first = json.loads(self.transcript(session, "format=json"))
            self.assertIsNone(first["session"]["closed_at"])
            client.mail("a@x.test")
            client.rcpt("b@x.test")
            after = first["events"][-1]["event"] + 1
            more = json.loads(self.transcript(session, "from=%d" % after))
            self.assertEqual(more["events"][0]["event"], after)
            self.assertIn("MAIL", [one.get("verb") for one in more["events"]])
        mailscope.wait_for(
            lambda: b"=== outcome:" in self.transcript(session, "format=text"))

    def test_many_messages_on_one_connection(self):
        count = 600
        one = (b"MAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\n"
               b"DATA\r\n" + MAIL.replace(b"\n.", b"\n..") + b".\r\n")
        said = b"EHLO x\r\n" + one * count + b"QUIT\r\n"
        (session, _, heard), = self.talk([said])
        whole = self.server.get("/api/sessions/%d" % session)
        self.assertEqual(len(whole["messages"]), count)
        self.assertEqual([one["message"] for one in whole["transactions"]],
                         whole["messages"])
        self.assertEqual(
            self.transcript(session, "format=raw&dir=c"), said)
        self.assertEqual(
            self.transcript(session, "format=raw&dir=s"), heard)
        events = json.loads(self.transcript(session, ""))["events"]
        self.assertEqual([one["message"] for one in events
                          if one["type"] == "body"], whole["messages"])

    def test_what_was_retired_is_said_in_every_form(self):
        one = (b"MAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\n"
               b"DATA\r\n" + MAIL.replace(b"\n.", b"\n..") + b".\r\n")
        said = b"EHLO x\r\nAUTH PLAIN AGEAc2VzYW1l\r\n" + one * 10
        with mailscope.Server("--log", "warn", "--max-messages",
                              "3") as server:
            def asked(words):
                return server.ask("/api/sessions/1/transcript?" + words)[2]
            with socket.create_connection(server.smtp, 60) as client:
                client.sendall(said)
                mailscope.wait_for(
                    lambda: server.get("/api/info")["store"][
                        "retired_messages"] == 7, "seven to go")
                whole = json.loads(asked("format=json"))
                gone = whole["session"]["retired"]
                self.assertGreaterEqual(gone["transactions"], 6)
                self.assertFalse(whole["session"]["lossless"])
                self.assertTrue(whole["session"]["live"])
                self.assertEqual(whole["events"][0]["event"],
                                 gone["events"] + 1)
                bodies = [event["message"] for event in whole["events"]
                          if event["type"] == "body"]
                self.assertEqual(bodies, [8, 9, 10])
                _, fields, raw = server.ask(
                    "/api/sessions/1/transcript?format=raw&dir=c")
                self.assertEqual(raw, said[gone["octets_c"]:])
                self.assertEqual(fields["Mailscope-Missing-Octets"],
                                 str(gone["octets_c"]))
                told = mailscope.run("transcript", "1", "--url", server.url,
                                     "--format", "raw", "--dir", "s")
                self.assertIn("%d octets were retired" % gone["octets_s"],
                              told.stderr)
                for form in ("text", "vector", "pcapng"):
                    self.assertRegex(
                        asked("format=" + form),
                        b"the beginning was retired.*: %d transactions" %
                        gone["transactions"], form)
            more = json.loads(asked("from=%d" % bodies[-1]))
            self.assertEqual(more["events"][0], whole["events"][0])
            session = server.get("/api/sessions/1")
            self.assertEqual(session["retired_transactions"],
                             gone["transactions"])
            self.assertEqual([one["message"] for one in
                              session["transactions"]][-3:], [8, 9, 10])
            for number in (8, 9, 10):
                message = server.get("/api/messages/%d" % number)
                self.assertEqual(message["transaction"]["message"], number)
                status, _, wire = server.ask("/api/messages/%d/wire" % number)
                self.assertEqual((status, wire),
                                 (200, MAIL.replace(b"\n.", b"\n..") +
                                  b".\r\n"))

    def test_a_deleted_message_is_said_to_be_deleted(self):
        last = self.quiet()
        with smtplib.SMTP(*self.server.smtp) as client:
            client.sendmail("a@x.test", ["b@x.test"], MAIL)
            client.sendmail("a@x.test", ["b@x.test"], MAIL)
        session = mailscope.wait_for(lambda: self.sessions(last))[0]
        first = min(session["messages"])
        status, _, _ = self.server.ask("/api/messages/%d" % first, "DELETE")
        self.assertEqual(status, 200)
        whole = json.loads(self.transcript(session["id"], "format=json"))
        bodies = [one for one in whole["events"] if one["type"] == "body"]
        self.assertEqual([one["deleted"] for one in bodies], [True, False])
        self.assertEqual([one["len"] for one in bodies],
                         [bodies[0]["len"]] * 2)
        text = self.transcript(session["id"], "format=text")
        self.assertIn(b"deleted", text)
        path = "/api/sessions/%d/transcript?format=raw&dir=" % session["id"]
        gone = bodies[0]["len"] - len(b".\r\n")  # the final dot is there
        for direction, size in (("c", gone), ("s", 0)):
            _, fields, _ = self.server.ask(path + direction)
            self.assertEqual(fields["Mailscope-Missing-Octets"], str(size))


def unverified():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@unittest.skipUnless(shutil.which("tshark"), "tshark is not installed")
class Captures(unittest.TestCase):
    """Wireshark's own reader opens what we write."""

    @classmethod
    def setUpClass(cls):
        cls.server = mailscope.Server(
            "--log", "warn", "--keep-tls-records", "10",
            listeners=("--smtp", "127.0.0.1:0",
                       "--smtps", "127.0.0.1:0")).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        shutil.rmtree(cls.server.folder, ignore_errors=True)

    def fields(self, session, words, wanted, shown="smtp || imf"):
        path = os.path.join(self.server.folder, "capture.pcapng")
        status, _, body = self.server.ask(
            "/api/sessions/%d/transcript?format=pcapng%s" % (session, words))
        self.assertEqual(status, 200, body)
        with open(path, "wb") as file:
            file.write(body)
        command = ["tshark", "-r", path, "-o", "tcp.check_checksum:TRUE",
                   "-o", "ip.check_checksum:TRUE", "-Y", shown, "-T",
                   "fields"]
        for field in wanted:
            command += ["-e", field]
        done = subprocess.run(command, capture_output=True, text=True,
                              timeout=mailscope.WAIT_S * 4, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def ended(self, count):
        def ask():
            listed = self.server.get("/api/sessions")["sessions"]
            return listed if len(listed) >= count else None
        return mailscope.wait_for(ask, "the session's end")[0]["id"]

    def count(self):
        mailscope.wait_for(
            lambda: not self.server.get("/api/sessions?live=1")["sessions"],
            "the end of the sessions before")
        return len(self.server.get("/api/sessions")["sessions"])

    def check(self, session, words, more=()):
        seen = self.fields(session, words, ["smtp.req.command", "imf.subject"])
        for want in ("ehlo", "mail", "rcpt", "data", "hi there", *more):
            self.assertIn(want, seen)
        wrong = self.fields(session, words, ["frame.number"],
                            "_ws.malformed || tcp.analysis.flags || "
                            "tcp.checksum.status == 0 || "
                            "ip.checksum.status == 0")
        self.assertEqual(wrong, "")

    def test_a_plain_session(self):
        count = self.count()
        with smtplib.SMTP(*self.server.smtp) as client:
            client.sendmail("a@x.test", ["b@x.test"], MAIL)
        self.check(self.ended(count + 1), "")

    def test_starttls_with_its_records_and_decrypted(self):
        count = self.count()
        with smtplib.SMTP(*self.server.smtp) as client:
            client.starttls(context=unverified())
            client.sendmail("a@x.test", ["b@x.test"], MAIL)
        session = self.ended(count + 1)
        self.check(session, "", ["STAR"])
        self.check(session, "&reveal=1", ["STAR"])
        self.check(session, "&reveal=1&tls=elide")
        records = self.fields(session, "&reveal=1", ["tls.handshake.type"],
                              "tls.handshake")
        self.assertIn("1", records)

    def test_tls_from_the_start(self):
        count = self.count()
        with smtplib.SMTP_SSL(*self.server.smtps,
                              context=unverified()) as client:
            client.sendmail("a@x.test", ["b@x.test"], MAIL)
        session = self.ended(count + 1)
        self.check(session, "")
        self.check(session, "&reveal=1")


if __name__ == "__main__":
    unittest.main()
