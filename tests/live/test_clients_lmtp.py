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


if __name__ == "__main__":
    unittest.main()
