# SPDX-License-Identifier: MIT
"""What tests of clients that we did not write share."""
import os
import shutil
import subprocess
import tempfile
import unittest

import mailscope
import tap

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clients")

# CRLF line ends, dots at line starts, a long line, blank lines at the end.
MAIL = (b"From: Ann <a@client.test>\r\nTo: b@client.test\r\n"
        b"Subject: Hello from a client\r\n"
        b"Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n"
        b"Message-ID: <1.clients@client.test>\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: 8bit\r\n\r\n"
        b".a dot\r\n..two dots\r\n...\r\nGr\xc3\xbc\xc3\x9fe\r\n" +
        b"x" * 900 + b"\r\n\r\n \r\nlast line\r\n")


def needs(*programs):
    """Skips a test where one of these programs is not installed."""
    missing = [name for name in programs if shutil.which(name) is None]
    return unittest.skipIf(missing, "not installed: " + " ".join(missing))


class ClientCase(unittest.TestCase):
    """One server for all tests of a class, flags as FLAGS says."""

    FLAGS = ()
    LISTENERS = ("--smtp", "127.0.0.1:0", "--smtps", "127.0.0.1:0")

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="mailscope-clients-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.mail_path = os.path.join(cls.folder, "mail.eml")
        with open(cls.mail_path, "wb") as mail:
            mail.write(MAIL)
        cls.server = mailscope.Server(*cls.flags(), listeners=cls.LISTENERS)
        cls.addClassCleanup(shutil.rmtree, cls.server.folder,
                            ignore_errors=True)
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)

    @classmethod
    def flags(cls):
        return cls.FLAGS

    def run_client(self, *command, stdin=b"", env=None, folder=None):
        """Runs a client to its end, which must be a good one."""
        home = {"HOME": self.folder, "LC_ALL": "C.UTF-8"}
        ran = subprocess.run(
            [str(word) for word in command], input=stdin,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
            cwd=folder or self.folder, check=False,
            env=dict(mailscope.environment(), **home, **(env or {})))
        self.assertEqual(ran.returncode, 0, ran.stdout.decode(
            "utf-8", "replace")[-3000:] + self.server.log()[-2000:])
        return ran.stdout

    def newest(self):
        """The newest message, asked for once: the 250 has left, so it is
        there; nothing is waited for."""
        return self.server.get("/api/messages?limit=1")["messages"][0]

    def raw(self, message):
        status, _, octets = self.server.ask(
            "/api/messages/%d/raw" % message["id"])
        self.assertEqual(status, 200)
        return octets

    def through_tap(self, send):
        """Lets `send(host, port)` talk through a tap; the newest message must
        be what crossed it, and the transcript must be all that crossed it."""
        with tap.Tap(self.server.smtp) as wire:
            send(*wire.address)
            message = self.newest()
            raw = self.raw(message)
            octets = wire.client_octets()
        self.assertEqual(tap.messages(octets)[-1], raw)
        path = "/api/sessions/%d" % message["session"]
        mailscope.wait_for(
            lambda: not self.server.get(path)["live"], "the session's end")
        _, _, kept = self.server.ask(
            path + "/transcript?format=raw&dir=c&reveal=1")
        self.assertEqual(kept, octets)
        return message, raw


def nodemailer_folder():
    """The folder of send.mjs with its library installed, or a skip."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise unittest.SkipTest("not installed: npm")
    if not os.path.isdir(os.path.join(HERE, "node_modules", "nodemailer")):
        ran = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--silent",
             "--ignore-scripts"], cwd=HERE, capture_output=True, timeout=300,
            check=False)
        if ran.returncode != 0:
            raise unittest.SkipTest("npm ci: nodemailer cannot be installed")
    return HERE
