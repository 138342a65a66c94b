# SPDX-License-Identifier: MIT
"""The units of `make install`: systemd reads them without complaint, finds them
hardened, and their filter lets through every system call that is needed."""
import os
import re
import shutil
import smtplib
import ssl
import subprocess
import tempfile
import unittest
import urllib.request

import mailscope
from test_install import make

EXPOSURE = 20  # tenths; systemd calls 4.9 and less OK


def systemd(*words):
    return subprocess.run(["systemd-analyze", *words], capture_output=True,
                          text=True, check=False, timeout=mailscope.WAIT_S)


@unittest.skipUnless(shutil.which("systemd-analyze"), "no systemd here")
class Unit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="mailscope-units-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        make("install", "PREFIX=" + cls.folder)
        units = os.path.join(cls.folder, "lib/systemd/system")
        cls.service = os.path.join(units, "mailscope.service")
        cls.socket = os.path.join(units, "mailscope.socket")

    def test_systemd_reads_them_without_complaint(self):
        done = systemd("verify", "--man=no", "--recursive-errors=no",
                       self.service, self.socket)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("mailscope", done.stderr)

    def test_the_service_is_hardened(self):
        done = systemd("security", "--offline=true",
                       "--threshold=%d" % EXPOSURE, self.service)
        self.assertEqual(done.returncode, 0, done.stdout[-300:])

    def test_the_filter_lets_through_what_is_called(self):
        if not mailscope.can_trace():
            self.skipTest("strace cannot trace here")
        with open(self.service, encoding="utf-8") as unit:
            filters = re.findall(r"^SystemCallFilter=(.*)$", unit.read(), re.M)
        self.assertEqual(filters[0], "@system-service")
        allowed = calls_of(filters[0]) | calls_of("@default") | {"execve"}
        for one in filters[1:]:
            allowed -= calls_of(one.removeprefix("~"))
        if os.getuid() == 0:
            allowed.add("fchown")  # SQLite, when it is root
        self.assertEqual(self.called() - allowed, set())

    def called(self):
        """The system calls of a run that uses what the service offers."""
        log = os.path.join(self.folder, "calls")
        server = mailscope.Server(
            "--smtps", "127.0.0.1:0", "--data", self.folder + "/mail",
            "--durability", "power", "--max-messages", "2",
            prefix=["strace", "-D", "-f", "-o", log])
        with server:
            started = server.process.pid
            trust = ssl.create_default_context()
            trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
            for number in range(4):
                with smtplib.SMTP_SSL(*server.smtps, context=trust,
                                      timeout=mailscope.WAIT_S) as client:
                    client.login("dev", "secret")
                    client.sendmail("a@app.test", ["b@example.test"],
                                    "Subject: %d\r\n\r\nHello\r\n" % number)
            for path in ("/", "/api/messages?q=subject:3", "/api/sessions"):
                server.ask(path)
        end = "%d +++ exited" % started

        def traced():
            with open(log, encoding="utf-8", errors="replace") as lines:
                text = re.sub(" +", " ", lines.read())
            return text if end in text else None

        text = mailscope.wait_for(traced, "the end of the trace")
        return set(re.findall(r"^\d+ (\w+)\(", text, re.M))


def calls_of(group):
    """The system calls in a group of systemd, and in those it names."""
    found = set()
    listed = systemd("syscall-filter", group).stdout.splitlines()
    for line in listed[1:]:
        word = line.strip()
        if word.startswith("@"):
            found |= calls_of(word)
        elif word and not word.startswith("#"):
            found.add(word)
    return found


@unittest.skipUnless(shutil.which("systemd-socket-activate"),
                     "no systemd here")
class SocketActivation(unittest.TestCase):
    """systemd's own part that holds the sockets, at ports of ours."""

    def test_the_first_connection_starts_it(self):
        folder = tempfile.mkdtemp(prefix="mailscope-activate-")
        self.addCleanup(shutil.rmtree, folder)
        ready = os.path.join(folder, "ready.json")
        smtp, http = ("127.0.0.1:%d" % mailscope.free_port()
                      for _ in range(2))
        with open(os.path.join(folder, "log"), "w+b") as log:
            process = subprocess.Popen(
                ["systemd-socket-activate", "-l", smtp, "-l", http,
                 mailscope.PROGRAM, "serve", "--smtp", smtp, "--http", http,
                 "--ready-file", ready], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env=mailscope.environment())
            self.addCleanup(self.end, process)

            def listens():
                log.seek(0)
                return b"Listening on %s" % http.encode() in log.read()

            mailscope.wait_for(listens, "the sockets")
            self.assertFalse(os.path.exists(ready))
            with smtplib.SMTP(*mailscope.split(smtp),
                              timeout=mailscope.WAIT_S) as client:
                client.sendmail("a@app.test", ["b@example.test"],
                                "Subject: woken\r\n\r\nHello\r\n")
            with urllib.request.urlopen("http://%s/api/messages" % http,
                                        timeout=mailscope.WAIT_S) as answer:
                self.assertIn(b"woken", answer.read())
            process.terminate()
            self.assertEqual(process.wait(mailscope.WAIT_S), 0)

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.wait()


if __name__ == "__main__":
    unittest.main()
