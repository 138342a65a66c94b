# SPDX-License-Identifier: MIT
"""Limits, timeouts, PROXY, XCLIENT, LMTP and unix sockets against the running
program: each limit is an option with its reply."""
import os
import signal
import smtplib
import socket
import struct
import unittest

import mailscope
from test_bad_input import Client


class Limits(unittest.TestCase):
    def start(self, *flags, listeners=("--smtp", "127.0.0.1:0")):
        self.server = mailscope.Server(*flags, listeners=listeners).start()
        self.addCleanup(self.server.stop)

    def client(self, address=None):
        client = Client(address or self.server.smtp)
        self.addCleanup(client.close)
        return client

    def ended(self, reason):
        sessions = self.server.get("/api/sessions")["sessions"]
        return [one for one in sessions if one["close_reason"] == reason]

    def closed(self, reason):
        return mailscope.wait_for(lambda: self.ended(reason),
                                  "a session ended by " + reason)[0]

    def test_connections(self):
        self.start("--max-connections", "2")
        first, second = self.client(), self.client()
        self.assertEqual(first.reply()[:3], b"220")
        self.assertEqual(second.reply()[:3], b"220")
        third = self.client()
        self.assertEqual(third.reply()[:9], b"421 4.3.2"[:9])
        self.assertEqual(third.reply(), b"")
        self.closed("limit")
        first.ask(b"QUIT\r\n")
        first.close()

        def is_free():
            client = self.client()
            code = client.reply()[:3]
            client.close()
            return code == b"220"
        mailscope.wait_for(is_free, "room for another connection")

    def test_connections_of_one_address(self):
        self.start("--max-connections-per-address", "1")
        self.assertEqual(self.client().reply()[:3], b"220")
        self.assertEqual(self.client().reply()[:3], b"421")
        self.closed("limit")

    def test_who_left_before_we_accepted_is_no_unix_client(self):
        self.start("--trust", "unix")
        self.server.process.send_signal(signal.SIGSTOP)
        self.client().reset()
        self.server.process.send_signal(signal.SIGCONT)
        self.assertEqual(self.closed("client_reset")["peer"], "unknown")

    def test_an_idle_client_is_told_so(self):
        self.start("--idle-timeout", "1s")
        client = self.client()
        replies = []
        while not replies or replies[-1]:
            replies.append(client.reply()[:9])
        self.assertEqual(replies, [b"220 mails", b"421 4.4.2", b""])
        session = self.closed("idle")
        self.assertEqual(session["outcome"], "timeout")
        self.assertGreaterEqual(session["waits"]["client_us"], 900000)
        self.assertGreaterEqual(session["slowest_gap_ms"], 900)
        whole = self.server.get("/api/sessions/%d" % session["id"])
        self.assertIn("conn-idle-timeout",
                      [one["check"] for one in whole["diagnosis"]])

    def test_a_long_session_is_ended(self):
        self.start("--session-timeout", "1s")
        client = self.client()
        client.reply()
        end = b"250"
        while end[:3] == b"250":
            try:
                end = client.ask(b"NOOP\r\n")
            except OSError:
                break
        self.assertEqual(self.closed("total")["outcome"], "timeout")

    def test_commands_errors_and_recipients(self):
        self.start("--max-commands", "5", "--max-errors", "3",
                   "--max-recipients", "1")
        client = self.client()
        client.greet()
        replies = [client.ask(b"NOOP\r\n")[:3] for _ in range(5)]
        self.assertEqual(replies, [b"250"] * 4 + [b"421"])
        self.closed("limit")
        client = self.client()
        client.greet()
        replies = [client.ask(b"GARBAGE\r\n")[:3] for _ in range(3)]
        self.assertEqual(replies, [b"500"] * 2 + [b"421"])
        self.closed("too_many_errors")
        client = self.client()
        client.greet()
        client.ask(b"MAIL FROM:<a@x.test>\r\n")
        self.assertEqual(client.ask(b"RCPT TO:<b@x.test>\r\n")[:3], b"250")
        self.assertEqual(client.ask(b"RCPT TO:<c@x.test>\r\n")[:9],
                         b"452 4.5.3")

    def test_a_limit_of_messages(self):
        self.start("--max-transactions", "1")
        client = self.client()
        client.greet()
        client.ask(b"MAIL FROM:<a@x.test>\r\n")
        client.ask(b"RSET\r\n")
        self.assertEqual(client.ask(b"MAIL FROM:<a@x.test>\r\n")[:9],
                         b"421 4.7.0")
        self.closed("limit")

    def test_what_speaks_no_smtp_is_sent_away(self):
        self.start()
        for said in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                     b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"):
            client = self.client()
            client.reply()
            self.assertEqual(client.ask(said)[:9], b"421 4.7.0")
            self.assertEqual(client.reply(), b"")
            client.close()
        mailscope.wait_for(lambda: len(self.ended("not_smtp")) == 2,
                           "two sessions that were no SMTP")
        self.assertEqual({one["outcome"] for one in self.ended("not_smtp")},
                         {"refused"})

    def test_a_client_hello_before_the_220_is_soon_told(self):
        self.start()
        client = self.client()
        client.greet()
        client.say(b"STARTTLS\r\n\x16\x03\x01\x02\x00\x01\x00\x01\xfc")
        self.assertEqual(client.reply()[:9], b"220 2.0.0")
        self.assertEqual(client.reply(), b"")
        session = self.closed("idle")
        self.assertEqual(session["outcome"], "tls_failed")
        whole = self.server.get("/api/sessions/%d" % session["id"])
        checks = [one["check"] for one in whole["diagnosis"]]
        self.assertIn("tls-clienthello-before-220", checks)
        self.assertIn("before it read the 220", whole["tls"]["error"])

    def test_the_silence_of_a_client_that_ended_its_mail_wrongly(self):
        self.start()
        client = self.client()
        client.greet()
        client.data()
        client.say(b"Subject: x\n\nwrong\n.\n")
        live = "/api/sessions?live=1"
        ident = self.server.get(live)["sessions"][0]["id"]

        def has_finding():
            whole = self.server.get("/api/sessions/%d" % ident)
            return "data-eod-stall" in [one["check"]
                                        for one in whole["diagnosis"]]
        mailscope.wait_for(has_finding, "data-eod-stall")


class Proxy(unittest.TestCase):
    V2 = (b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack(">H", 12) +
          socket.inet_aton("192.0.2.7") + socket.inet_aton("198.51.100.1") +
          struct.pack(">HH", 4711, 25))

    def setUp(self):
        self.server = mailscope.Server("--proxy-protocol", "--trust",
                                       "192.0.2.7").start()
        self.addCleanup(self.server.stop)

    def client(self):
        client = Client(self.server.smtp)
        self.addCleanup(client.close)
        return client

    def peer_of(self, client):
        live = self.server.get("/api/sessions?live=1")["sessions"]
        self.assertEqual(len(live), 1)
        client.ask(b"QUIT\r\n")
        client.close()
        return live[0]["peer"]

    def test_version_one(self):
        client = self.client()
        client.say(b"PROXY TCP4 192.0.2.9 198.51.100.1 4712 25\r\n")
        client.greet()
        self.assertEqual(self.peer_of(client), "192.0.2.9:4712")

    def test_version_two_in_pieces_with_the_first_command(self):
        client = self.client()
        for octet in self.V2:
            client.say(bytes((octet,)))
        client.say(b"EHLO client.test\r\n")
        self.assertEqual(client.reply()[:3], b"220")
        self.assertEqual(client.reply()[:3], b"250")
        self.assertEqual(self.peer_of(client), "192.0.2.7:4711")

    def test_a_missing_header_ends_it(self):
        client = self.client()
        client.say(b"EHLO client.test\r\n")
        try:
            self.assertEqual(client.reply(), b"")
        except ConnectionResetError:
            pass

        def checks():
            sessions = self.server.get("/api/sessions")["sessions"]
            return sessions and [one["check"] for one in self.server.get(
                "/api/sessions/%d" % sessions[0]["id"])["diagnosis"]]
        self.assertIn("conn-proxy-header-missing",
                      mailscope.wait_for(checks, "the session"))

    def test_a_trusted_client_may_speak_for_another(self):
        client = self.client()
        client.say(self.V2)
        self.assertIn(b"XCLIENT", client.greet())
        reply = client.ask(b"XCLIENT ADDR=203.0.113.5 PORT=99 "
                           b"HELO=app.test LOGIN=ann\r\n")
        self.assertEqual(reply[:3], b"220")
        client.ask(b"EHLO client.test\r\n")
        self.assertEqual(self.peer_of(client), "203.0.113.5:99")

    def test_others_may_not(self):
        client = self.client()
        client.say(b"PROXY TCP4 192.0.2.9 198.51.100.1 4712 25\r\n")
        self.assertNotIn(b"XCLIENT", client.greet())
        reply = client.ask(b"XCLIENT ADDR=203.0.113.5\r\n")
        self.assertEqual(reply[:1], b"5")


class Sockets(unittest.TestCase):
    def test_lmtp_answers_for_each_recipient(self):
        server = mailscope.Server(listeners=("--lmtp", "127.0.0.1:0")).start()
        self.addCleanup(server.stop)
        client = Client(mailscope.split(server.ready["lmtp"][0]))
        self.addCleanup(client.close)
        client.reply()
        client.ask(b"LHLO client.test\r\n")
        client.ask(b"MAIL FROM:<a@x.test>\r\n")
        for name in (b"b", b"c", b"d"):
            client.ask(b"RCPT TO:<" + name + b"@x.test>\r\n")
        client.ask(b"DATA\r\n")
        client.say(b"Subject: three\r\n\r\nx\r\n.\r\n")
        for _ in range(3):
            self.assertEqual(client.reply()[:3], b"250")
        self.assertEqual(client.ask(b"QUIT\r\n")[:3], b"221")
        kept = server.get("/api/messages")
        self.assertEqual(kept["total"], 1)
        self.assertEqual(len(kept["messages"][0]["envelope"]["to"]), 3)

    def test_a_unix_socket(self):
        server = mailscope.Server()
        path = os.path.join(server.folder, "smtp")
        server.command[2:4] = ["--smtp", "unix:" + path]
        server.start()
        self.addCleanup(server.stop)
        self.assertEqual(server.ready["smtp"], ["unix:" + path])
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(mailscope.WAIT_S)
            client.connect(path)
            reader = client.makefile("rb")
            self.assertEqual(reader.readline()[:3], b"220")
            client.sendall(b"EHLO x.test\r\nMAIL FROM:<a@x.test>\r\n"
                           b"RCPT TO:<b@x.test>\r\nDATA\r\n")
            while reader.readline()[:3] != b"354":
                pass
            client.sendall(b"Subject: unix\r\n\r\nx\r\n.\r\nQUIT\r\n")
            self.assertEqual(reader.readline()[:3], b"250")
            reader.close()
        self.assertEqual(server.get("/api/messages/latest")["subject"], "unix")

    def test_a_listener_has_its_own_keys(self):
        server = mailscope.Server(listeners=(
            "--smtp", "127.0.0.1:0,role=submission,without=CHUNKING,inbox=t42",
            "--smtp", "127.0.0.1:0")).start()
        self.addCleanup(server.stop)
        first, second = [mailscope.split(one)
                         for one in server.ready["smtp"]]
        with smtplib.SMTP(*first, timeout=mailscope.WAIT_S) as client:
            client.ehlo()
            self.assertFalse(client.has_extn("chunking"))
            client.sendmail("a@x.test", ["b@x.test"], "Subject: bound\r\n\r\n")
        with smtplib.SMTP(*second, timeout=mailscope.WAIT_S) as client:
            client.ehlo()
            self.assertTrue(client.has_extn("chunking"))
            client.sendmail("a@x.test", ["b@x.test"], "Subject: free\r\n\r\n")
        names = {one["subject"]: one["inbox"]
                 for one in server.get("/api/messages")["messages"]}
        self.assertEqual(names, {"bound": "t42", "free": "default"})


if __name__ == "__main__":
    unittest.main()
