# SPDX-License-Identifier: MIT
"""The public smuggling sequences end no message, in either profile; what is
sent in clear behind STARTTLS is never obeyed."""
import socket
import ssl
import unittest

import mailscope
import tap

# SEC Consult 2023, CVE-2023-51764 to 51766, CVE-2024-27305 and the lists of
# public test tools. None of these is CRLF . CRLF.
SEQUENCES = {
    "LF . LF": b"\n.\n",
    "LF . CRLF": b"\n.\r\n",
    "CRLF . LF": b"\r\n.\n",
    "CR . CR": b"\r.\r",
    "CR . LF": b"\r.\n",
    "LF . CR": b"\n.\r",
    "CR . CRLF": b"\r.\r\n",
    "CRLF . CR": b"\r\n.\r",
    "CRLF . CR CRLF": b"\r\n.\r\r\n",
    "CR CRLF . CR CRLF": b"\r\r\n.\r\r\n",
    "LF LF . CR LF": b"\n\n.\r\n",
    "LF . CR CRLF": b"\n.\r\r\n",
    "CRLF NUL . CRLF": b"\r\n\0.\r\n",
    "CRLF . NUL CRLF": b"\r\n.\0\r\n",
    "CRLF space . CRLF": b"\r\n .\r\n",
    "CRLF . space CRLF": b"\r\n. \r\n",
    "CRLF . . CRLF": b"\r\n..\r\n",
    "CRLF VT . CRLF": b"\r\n\x0b.\r\n",
    "NEL . NEL": b"\xc2\x85.\xc2\x85",
    "CRLF . FF CRLF": b"\r\n.\x0c\r\n"}

# Those without a bare CR or LF, a NUL or an octet above 127.
CLEAN = {"CRLF space . CRLF", "CRLF . space CRLF", "CRLF . . CRLF",
         "CRLF VT . CRLF", "CRLF . FF CRLF", "NEL . NEL"}

SMUGGLED = (b"MAIL FROM:<admin@victim.test>\r\nRCPT TO:<all@victim.test>\r\n"
            b"DATA\r\nSubject: smuggled\r\n\r\nThis is a second message.")


class Client:
    """A client that says exactly what it is told to."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, mailscope.WAIT_S)
        self.file = self.socket.makefile("rb")

    def reply(self):
        """The lines of the next reply, joined; empty when it hung up."""
        lines = []
        while True:
            line = self.file.readline()
            lines.append(line)
            if not line or line[3:4] != b"-":
                return b"".join(lines)

    def say(self, octets):
        self.socket.sendall(octets)
        return self.reply()

    def secure(self):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.file.close()
        self.socket = context.wrap_socket(self.socket)
        self.file = self.socket.makefile("rb")

    def greet(self):
        assert self.reply().startswith(b"220"), "no greeting"
        return self.say(b"EHLO client.test\r\n")

    def close(self):
        self.file.close()
        self.socket.close()


class Smuggling(unittest.TestCase):
    def send(self, server, sequence):
        """Sends a message with the sequence in it, all in one write."""
        client = Client(server.smtp)
        self.addCleanup(client.close)
        client.greet()
        client.say(b"MAIL FROM:<a@client.test>\r\n")
        client.say(b"RCPT TO:<b@client.test>\r\n")
        self.assertTrue(client.say(b"DATA\r\n").startswith(b"354"))
        wire = (b"Subject: outer\r\n\r\nouter" + sequence + SMUGGLED +
                b"\r\n.\r\n")
        final = client.say(wire)
        # Whatever came after it: the next reply answers the next command.
        self.assertTrue(client.say(b"NOOP\r\n").startswith(b"250"))
        self.assertTrue(client.say(b"QUIT\r\n").startswith(b"221"))
        return wire, final

    def test_no_sequence_ends_a_message_in_the_sink_profile(self):
        with mailscope.Server() as server:
            for count, (name, sequence) in enumerate(SEQUENCES.items(), 1):
                with self.subTest(name):
                    wire, final = self.send(server, sequence)
                    self.assertTrue(final.startswith(b"250"), final)
                    listed = server.get("/api/messages")
                    self.assertEqual(listed["total"], count)
                    newest = listed["messages"][0]["id"]
                    _, _, raw = server.ask("/api/messages/%d/raw" % newest)
                    self.assertEqual(raw, tap.unstuffed(wire)[0])
                    _, _, octets = server.ask("/api/messages/%d/wire" % newest)
                    self.assertEqual(octets, wire)

    def test_the_sink_profile_remarks_on_every_bare_sequence(self):
        with mailscope.Server() as server:
            for name in SEQUENCES.keys() - CLEAN:
                with self.subTest(name):
                    self.send(server, SEQUENCES[name])
                    newest = server.get("/api/messages")["messages"][0]["id"]
                    found = {finding["check"] for finding in server.get(
                        "/api/messages/%d" % newest)["diagnosis"]}
                    self.assertTrue(found & {
                        "data-bare-lf", "data-bare-cr", "data-nul-byte",
                        "data-nonstandard-eod"}, found)

    def test_the_strict_profile_refuses_them_after_the_real_end(self):
        with mailscope.Server("--profile", "strict") as server:
            for name in SEQUENCES.keys() - CLEAN:
                with self.subTest(name):
                    _, final = self.send(server, SEQUENCES[name])
                    self.assertTrue(final.startswith((b"550", b"554")), final)
            self.assertEqual(server.get("/api/messages")["total"], 0)

    def test_the_real_end_is_seen_wherever_it_is_cut(self):
        body = b"Subject: cut\r\n\r\n..dots\r\nend"
        ending = b"\r\n.\r\n"
        with mailscope.Server() as server:
            for cut in range(1, len(ending)):
                client = Client(server.smtp)
                self.addCleanup(client.close)
                client.greet()
                client.say(b"MAIL FROM:<a@client.test>\r\n")
                client.say(b"RCPT TO:<b@client.test>\r\n")
                client.say(b"DATA\r\n")
                client.socket.setsockopt(socket.IPPROTO_TCP,
                                         socket.TCP_NODELAY, 1)
                client.socket.sendall(body + ending[:cut])
                client.socket.sendall(ending[cut:])
                self.assertTrue(client.reply().startswith(b"250"))
                newest = server.get("/api/messages")["messages"][0]["id"]
                _, _, raw = server.ask("/api/messages/%d/raw" % newest)
                self.assertEqual(raw, b"Subject: cut\r\n\r\n.dots\r\nend\r\n")


class Injection(unittest.TestCase):
    def inject(self, server, behind):
        """STARTTLS with something behind it in the same write; the client
        after the handshake."""
        client = Client(server.smtp)
        self.addCleanup(client.close)
        self.assertIn(b"STARTTLS", client.greet())
        self.assertTrue(client.say(b"STARTTLS\r\n" + behind).startswith(
            b"220"))
        client.secure()
        return client

    def test_a_command_behind_starttls_is_forgotten(self):
        behind = (b"NOOP\r\n", b"RSET\r\nEHLO evil.test\r\n",
                  b"EHLO evil.test\r\nMAIL FROM:<evil@evil.test>\r\n"
                  b"RCPT TO:<b@client.test>\r\nDATA\r\n", b"MAIL FR",
                  b"AUTH PLAIN AGFubgBzZWNyZXQ=\r\n")
        with mailscope.Server() as server:
            for octets in behind:
                with self.subTest(octets):
                    client = self.inject(server, octets)
                    answer = client.say(b"EHLO inside.test\r\n")
                    # The first reply inside is to the first command inside.
                    self.assertTrue(answer.startswith(b"250-"), answer)
                    self.assertNotIn(b"STARTTLS", answer)
                    self.assertTrue(client.say(
                        b"RCPT TO:<b@client.test>\r\n").startswith(b"503"))
                    self.assertTrue(client.say(b"QUIT\r\n").startswith(b"221"))
            self.assertEqual(server.get("/api/messages")["total"], 0)

    def test_what_was_forgotten_is_shown_and_remarked(self):
        with mailscope.Server() as server:
            client = self.inject(server, b"VRFY injected-octets\r\n")
            client.say(b"EHLO inside.test\r\n")
            client.say(b"QUIT\r\n")

            def closed():
                return server.get("/api/sessions")["sessions"]

            session = mailscope.wait_for(closed, "the session's end")[0]
            whole = server.get("/api/sessions/%d" % session["id"])
            self.assertIn("tls-starttls-pipelined",
                          {found["check"] for found in whole["diagnosis"]})
            _, _, octets = server.ask(
                "/api/sessions/%d/transcript?format=raw&dir=c" % session["id"])
            self.assertIn(b"injected-octets", octets)

    def test_nothing_of_before_starttls_holds_after_it(self):
        with mailscope.Server("--profile", "strict") as server:
            client = Client(server.smtp)
            self.addCleanup(client.close)
            client.greet()
            client.say(b"MAIL FROM:<a@client.test>\r\n")
            client.say(b"RSET\r\n")
            self.assertTrue(client.say(b"STARTTLS\r\n").startswith(b"220"))
            client.secure()
            # RFC 3207 4.2: what EHLO said before is forgotten.
            answer = client.say(b"MAIL FROM:<a@client.test>\r\n")
            self.assertTrue(answer.startswith(b"503"), answer)


if __name__ == "__main__":
    unittest.main()
