# SPDX-License-Identifier: MIT
"""A data directory that the user of the server may not write."""
import os
import pwd
import shutil
import smtplib
import subprocess
import tempfile
import unittest

import mailscope

AS_NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
BIG = "Subject: big\r\n\r\n" + ("x" * 70 + "\r\n") * 330000


def can_be_nobody(program):
    """As root nothing is unwritable: then another user must run it."""
    if os.geteuid() != 0:
        return True
    try:
        return subprocess.run(AS_NOBODY + [program, "--version"],
                              capture_output=True, check=False).returncode == 0
    except OSError:
        return False


class Unwritable(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="mailscope-unwritable-")
        self.addCleanup(shutil.rmtree, self.folder)
        os.chmod(self.folder, 0o755)
        self.program = os.path.join(self.folder, "mailscope")
        shutil.copy(mailscope.PROGRAM, self.program)
        os.chmod(self.program, 0o755)
        if not can_be_nobody(self.program):
            self.skipTest("no way to be another user than root here")

    def give(self, path):
        """To the user of the server."""
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(path, nobody.pw_uid, nobody.pw_gid)

    def directory(self, name, mode=0o700):
        path = os.path.join(self.folder, name)
        os.mkdir(path)
        self.give(path)
        os.chmod(path, mode)
        return path

    def server(self, path):
        server = mailscope.Server("--data", path)
        self.addCleanup(shutil.rmtree, server.folder, ignore_errors=True)
        self.addCleanup(server.stop, check=False)
        self.give(server.folder)
        server.command[0] = self.program
        if os.geteuid() == 0:
            server.command[:0] = AS_NOBODY
        return server

    def assert_refused(self, path, line):
        with self.assertRaises(AssertionError) as caught:
            self.server(path).start()
        said = str(caught.exception)
        self.assertIn("mailscope: " + line, said)
        self.assertEqual(said.strip().count("\n"), 0, said)

    def test_the_server_says_in_one_line_what_it_cannot_write(self):
        closed = self.directory("closed", 0o555)
        self.assert_refused(closed, closed + " cannot be written: Permission")
        below = os.path.join(closed, "a", "b")
        self.assert_refused(below, below + " cannot be made: Permission")

        path = self.directory("store")
        self.server(path).start().stop()
        os.chmod(path, 0o555)
        self.assert_refused(path, path + " cannot be written: Permission")
        os.chmod(path, 0o700)
        log = os.path.join(path, "journal", "0000000001.log")
        os.chmod(log, 0o400)
        self.assert_refused(path, log + " cannot be opened: Permission")
        os.chmod(log, 0o600)
        self.server(path).start().stop()

    def test_a_directory_that_becomes_unwritable_is_only_a_pause(self):
        path = self.directory("pause")
        server = self.server(path).start()
        journal = os.path.join(path, "journal")
        os.chmod(journal, 0o555)
        kept = 0
        with smtplib.SMTP(*server.smtp, timeout=mailscope.WAIT_S) as link:
            with self.assertRaises(smtplib.SMTPDataError) as caught:
                while kept < 10:
                    link.sendmail("a@x.test", ["b@x.test"], BIG)
                    kept += 1
            self.assertEqual(caught.exception.smtp_code, 452)
            self.assertIn(b"4.3.1", caught.exception.smtp_error)
            self.assertIn(b"Permission denied", caught.exception.smtp_error)
            self.assertIn("Permission denied",
                          server.get("/api/info")["store"]["failure"])
            os.chmod(journal, 0o700)
            link.sendmail("a@x.test", ["b@x.test"], BIG)
        self.assertIsNone(server.get("/api/info")["store"]["failure"])
        server.stop()
        server = self.server(path).start()
        self.assertEqual(server.get("/api/messages")["total"], kept + 1)


if __name__ == "__main__":
    unittest.main()
