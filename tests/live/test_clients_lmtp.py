# SPDX-License-Identifier: MIT
"""LMTP clients, over TCP and over a unix socket: one reply a recipient."""
import os
import shutil
import smtplib
import tempfile
import unittest

import clients
from clients import MAIL, needs

RECIPIENTS = ["b@client.test", "c@client.test", "d@client.test"]


class Lmtp(clients.ClientCase):
    @classmethod
    def setUpClass(cls):
        cls.sockets = tempfile.mkdtemp(prefix="mailscope-lmtp-")
        cls.addClassCleanup(shutil.rmtree, cls.sockets, ignore_errors=True)
        cls.path = os.path.join(cls.sockets, "lmtp")
        cls.LISTENERS = ("--lmtp", "127.0.0.1:0", "--lmtp", "unix:" + cls.path)
        super().setUpClass()

    def kept(self):
        message = self.newest()
        self.assertEqual(message["envelope"]["to"], RECIPIENTS)
        return message

    def test_python_smtplib(self):
        host, port = self.server.ready["lmtp"][0].rsplit(":", 1)
        for where in ((host, int(port)), (self.path, 0)):
            with self.subTest(where):
                with smtplib.LMTP(*where, "client.test") as lmtp:
                    lmtp.sendmail("a@client.test", RECIPIENTS, MAIL)
                    # smtplib reads one reply; LMTP has one per recipient
                    # (RFC 2033 4.2).
                    for _ in RECIPIENTS[1:]:
                        self.assertEqual(lmtp.getreply()[0], 250)
                self.assertEqual(self.raw(self.kept()), MAIL)

    @needs("swaks")
    def test_swaks(self):
        where = (["--server", "127.0.0.1", "--port",
                  self.server.ready["lmtp"][0].rsplit(":", 1)[1]],
                 ["--socket", self.path])
        for words in where:
            with self.subTest(words):
                before = self.server.get("/api/messages?limit=1")["total"]
                self.run_client(
                    "swaks", *words, "--protocol", "LMTP", "--from",
                    "a@client.test", "--to", ",".join(RECIPIENTS), "--helo",
                    "client.test")
                after = self.server.get("/api/messages?limit=1")["total"]
                self.assertEqual(after, before + 1)
                self.kept()

    def test_postfix_smtp_source(self):
        program = shutil.which("smtp-source", path=os.environ["PATH"] +
                               ":/usr/sbin:/usr/lib/postfix/sbin")
        if program is None:
            self.skipTest("not installed: postfix")
        for where in (self.server.ready["lmtp"][0], "unix:" + self.path):
            with self.subTest(where):
                before = self.server.get("/api/messages?limit=1")["total"]
                self.run_client(program, "-L", "-s", 4, "-m", 40, "-r", 3,
                                "-f", "a@client.test", "-t", "b@client.test",
                                where)
                after = self.server.get("/api/messages?limit=1")["total"]
                self.assertEqual(after - before, 40)

    @needs("msmtp")
    def test_msmtp(self):
        host, port = self.server.ready["lmtp"][0].rsplit(":", 1)
        self.run_client(
            "msmtp", "--file=" + os.devnull, "--protocol=lmtp",
            "--host=" + host, "--port=" + port, "--from=a@client.test",
            "--domain=client.test", *RECIPIENTS,
            stdin=MAIL.replace(b"\r\n", b"\n"))
        self.assertEqual(self.raw(self.kept()), MAIL)


if __name__ == "__main__":
    unittest.main()
