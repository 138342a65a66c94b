# SPDX-License-Identifier: MIT
"""Clients that break servers: long lines, odd octets, floods, silence, resets,
the wrong protocol. Afterwards everybody else is served as before."""
import smtplib
import socket
import struct
import threading
import time
import unittest
import urllib.request

import mailscope


class Client:
    """A client that says exactly what it is told to."""

    def __init__(self, address):
        self.socket = socket.create_connection(address,
                                               timeout=mailscope.WAIT_S)
        self.file = self.socket.makefile("rb")

    def reply(self):
        """The next reply, all its lines; b"" at the end."""
        lines = b""
        while True:
            line = self.file.readline()
            lines += line
            if line[3:4] != b"-":
                return lines

    def say(self, octets):
        self.socket.sendall(octets)

    def ask(self, octets):
        self.say(octets)
        return self.reply()

    def greet(self):
        self.reply()
        return self.ask(b"EHLO client.test\r\n")

    def data(self):
        """Up to the 354."""
        self.ask(b"MAIL FROM:<a@client.test>\r\n")
        self.ask(b"RCPT TO:<b@x.test>\r\n")
        return self.ask(b"DATA\r\n")

    def reset(self):
        """Goes without goodbye."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack("ii", 1, 0))
        self.file.close()
        self.socket.close()

    def close(self):
        self.file.close()
        self.socket.close()


class BadInput(unittest.TestCase):
    def setUp(self):
        self.server = mailscope.Server(*self.flags()).start()
        self.addCleanup(self.server.stop)

    @staticmethod
    def flags():
        return ("--max-message-size", "100K")

    def client(self):
        client = Client(self.server.smtp)
        self.addCleanup(client.close)
        return client

    def is_well(self):
        """A usual client is served, and its mail found."""
        with smtplib.SMTP(*self.server.smtp,
                          timeout=mailscope.WAIT_S) as client:
            client.sendmail("well@client.test", ["b@x.test"],
                            "Subject: well\r\n\r\nyes\r\n")
        latest = self.server.get("/api/messages/latest")
        self.assertEqual(latest["subject"], "well")

    def closed(self, outcome):
        """The newest closed session with this outcome."""
        def find():
            sessions = self.server.get("/api/sessions")["sessions"]
            return [one for one in sessions if one["outcome"] == outcome]
        return mailscope.wait_for(find, "a session " + outcome)[0]

    def test_a_line_of_100_megabytes_without_end(self):
        client = self.client()
        client.greet()
        piece = b"x" * 1000000
        for _ in range(100):
            client.say(piece)
        self.assertEqual(client.ask(b"\r\n")[:9], b"500 5.5.2")
        self.assertEqual(client.ask(b"NOOP\r\n")[:3], b"250")
        self.is_well()

    def test_nul_and_other_odd_octets(self):
        client = self.client()
        client.greet()
        reply = client.ask(b"NO\0OP \xff\x80\r\n")
        self.assertIn(reply[:1], (b"5", b"2"))
        client.data()
        body = bytes(range(256)) + b"\r\n"
        self.assertEqual(client.ask(body + b".\r\n")[:3], b"250")
        ident = self.server.get("/api/messages/latest")["id"]
        raw = self.server.ask("/api/messages/%d/raw" % ident)[2]
        self.assertEqual(raw, body)
        self.is_well()

    def test_bare_line_ends_and_dots_are_kept_as_they_are(self):
        client = self.client()
        client.greet()
        client.data()
        body = b"one\ntwo\rthree\n.\nfour\r.\rfive\n.\r\nsix\r\n"
        self.assertEqual(client.ask(body + b".\r\n")[:3], b"250")
        ident = self.server.get("/api/messages/latest")["id"]
        raw = self.server.ask("/api/messages/%d/raw" % ident)[2]
        self.assertEqual(raw, body)

    def test_too_much_data_is_one_552_wherever_it_is_cut(self):
        body = b"..x\r\n" * 30000 + b"x\r.\n\r\r\n..\r\n" + b"y" * 70000
        for size in (997, 65536, 1 << 20):
            client = self.client()
            client.greet()
            client.data()
            for at in range(0, len(body), size):
                client.say(body[at:at + size])
            self.assertEqual(client.ask(b"\r\n.\r\n")[:9], b"552 5.3.4")
            self.assertEqual(client.data()[:3], b"354")
            self.assertEqual(client.ask(b"small\r\n.\r\n")[:3], b"250")
            self.assertEqual(client.ask(b"QUIT\r\n")[:3], b"221")
        session = self.closed("rejected")
        wire = self.server.ask("/api/sessions/%d/transcript?format=raw&dir=c"
                               % session["id"])[2]
        self.assertIn(body, wire)

    def test_a_hundred_thousand_recipients(self):
        client = self.client()
        client.greet()
        client.ask(b"MAIL FROM:<a@client.test>\r\n")
        count = 100000
        replies = []

        def read():
            for _ in range(count):
                replies.append(client.reply()[:9])
        reader = threading.Thread(target=read)
        reader.start()
        for at in range(0, count, 1000):
            client.say(b"".join(b"RCPT TO:<r%d@x.test>\r\n" % number
                                for number in range(at, at + 1000)))
        reader.join(mailscope.WAIT_S * 3)
        self.assertEqual(len(replies), count)
        self.assertEqual(set(replies[:1000]), {b"250 2.1.5"})
        self.assertEqual(set(replies[1000:]), {b"452 4.5.3"})
        self.assertEqual(client.ask(b"DATA\r\n")[:3], b"354")
        self.assertEqual(client.ask(b"x\r\n.\r\n")[:3], b"250")
        self.assertEqual(client.ask(b"QUIT\r\n")[:3], b"221")
        self.is_well()

    def test_a_client_that_stops_reading(self):
        client = self.client()
        client.greet()
        client.socket.settimeout(2)
        try:
            for _ in range(200):
                client.say(b"HELP\r\n" * 10000)
        except socket.timeout:
            pass  # our replies pile up, so the server stopped reading: right
        self.is_well()
        client.reset()
        self.is_well()

    def test_a_client_that_sends_an_octet_at_a_time(self):
        client = self.client()
        client.reply()
        for line in (b"EHLO client.test\r\n", b"MAIL FROM:<a@x.test>\r\n",
                     b"RCPT TO:<b@x.test>\r\n", b"DATA\r\n",
                     b"..a\r\n.\r\n"):
            for octet in line:
                client.say(bytes((octet,)))
                time.sleep(0.002)
            reply = client.reply()
            self.assertIn(reply[:1], (b"2", b"3"), reply)
        self.is_well()

    def test_a_reset_inside_data(self):
        client = self.client()
        client.greet()
        client.data()
        client.say(b"Subject: half\r\n\r\nhalf a mai")
        time.sleep(0.05)
        client.reset()
        session = self.closed("aborted")
        self.assertIn(session["close_reason"],
                      ("client_reset", "client_closed"))
        whole = self.server.get("/api/sessions/%d" % session["id"])
        self.assertIn("conn-dropped-in-data",
                      [one["check"] for one in whole["diagnosis"]])
        self.assertEqual(self.server.get("/api/messages")["total"], 0)
        self.is_well()

    def test_http_on_the_smtp_port(self):
        client = self.client()
        client.say(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertEqual(client.reply()[:3], b"220")
        self.assertIn(client.reply()[:1], (b"5", b"4"))
        client.close()
        mailscope.wait_for(
            lambda: [one for one in
                     self.server.get("/api/sessions")["sessions"]
                     if one["findings"]["error"] > 0], "the finding")
        self.is_well()

    def test_smtp_on_the_http_port(self):
        host, port = mailscope.split(self.server.url.split("//")[1])
        with socket.create_connection((host, port),
                                      timeout=mailscope.WAIT_S) as client:
            client.sendall(b"EHLO client.test\r\n\r\n")
            answer = client.recv(4096)
            self.assertTrue(answer == b"" or answer.startswith(b"HTTP/1."),
                            answer)
        self.is_well()

    def test_many_connections_that_say_nothing(self):
        idle = [socket.create_connection(self.server.smtp,
                                         timeout=mailscope.WAIT_S)
                for _ in range(500)]
        self.is_well()
        for one in idle:
            one.close()
        mailscope.wait_for(
            lambda: self.server.get("/api/sessions")["total"] >= 501,
            "their sessions")

    def test_the_metrics_count(self):
        self.is_well()
        with urllib.request.urlopen(self.server.url + "/metrics",
                                    timeout=mailscope.WAIT_S) as answer:
            self.assertIn(b"connections", answer.read())


class FullDrafts(BadInput):
    """All of the above with hardly any memory for mail that arrives."""

    @staticmethod
    def flags():
        return ("--max-message-size", "100K", "--max-draft-bytes", "1M")

    def test_a_draft_that_does_not_fit_is_452(self):
        clients = []
        for _ in range(20):
            client = self.client()
            client.greet()
            client.data()
            client.say(b"x" * 90000)
            clients.append(client)
        codes = {client.ask(b"\r\n.\r\n")[:9] for client in clients}
        self.assertLessEqual(codes, {b"250 2.0.0", b"452 4.3.1"})
        for client in clients:
            self.assertEqual(client.data()[:3], b"354")
            self.assertEqual(client.ask(b"x\r\n.\r\n")[:3], b"250")
        self.is_well()


if __name__ == "__main__":
    unittest.main()
