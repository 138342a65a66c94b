# SPDX-License-Identifier: MIT
"""The options table as users meet it: help, file, environment, mistakes."""
import os
import re
import socket
import subprocess
import tempfile
import unittest

import mailscope


def flags():
    """The long flags of options.def."""
    path = os.path.join(mailscope.ROOT, "server/options/options.def")
    with open(path, encoding="utf-8") as source:
        return re.findall(r'^OPTION\([^"]*"([a-z-]+)"', source.read(), re.M)


class Options(unittest.TestCase):
    def test_help_shows_every_option_and_command(self):
        asked = mailscope.run("--help")
        self.assertEqual(asked.returncode, 0, asked.stderr)
        for flag in flags():
            self.assertRegex(asked.stdout, r"--%s\b" % flag)
        for name in ("serve", "expect", "sendmail", "probe"):
            self.assertRegex(asked.stdout, r"(?m)^  %s " % name)

    def test_version_says_version_commit_and_libraries(self):
        asked = mailscope.run("--version")
        self.assertEqual(asked.returncode, 0)
        self.assertRegex(asked.stdout, r"^mailscope \d+\.\d+\.\d+ \(\w+\)\n")
        for library in ("libuv", "openssl", "libmicrohttpd", "sqlite3"):
            self.assertRegex(asked.stdout, r"(?m)^%s \d" % library)

    def assert_refused(self, words, *said, env=None):
        asked = subprocess.run(
            [mailscope.PROGRAM, *words], text=True, capture_output=True,
            timeout=mailscope.WAIT_S, check=False, stdin=subprocess.DEVNULL,
            env=mailscope.environment(**(env or {})))
        self.assertEqual(asked.returncode, 2, asked.stdout + asked.stderr)
        self.assertEqual(asked.stderr.count("\n"), 1, asked.stderr)
        for part in said:
            self.assertIn(part, asked.stderr)

    def test_a_mistake_is_one_line_and_status_2(self):
        self.assert_refused(["--colour", "red"], "--colour", "--help")
        self.assert_refused(["nonsense"], "nonsense", "--help")
        self.assert_refused(["serve", "nonsense"], "nonsense")
        self.assert_refused(["--max-recipients", "0"], "--max-recipients")
        self.assert_refused(["--smtp", "nowhere"], "nowhere", "HOST:PORT")
        self.assert_refused(["--smtp", "127.0.0.1:0,colour=red"], "colour")
        self.assert_refused(["--config", "/nonexistent"], "/nonexistent")
        self.assert_refused(["expect", "--colour"], "--colour")
        self.assert_refused(["--idle-timeout", "1y"], "--idle-timeout")
        self.assert_refused(["--conf", "/nonexistent"], "/nonexistent")

    def test_a_mistake_in_the_environment_names_the_variable(self):
        self.assert_refused([], "MAILSCOPE_PROFILE",
                            env={"MAILSCOPE_PROFILE": "loose"})

    def test_a_port_in_use_is_said(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            where = "127.0.0.1:%d" % taken.getsockname()[1]
            self.assert_refused(["--smtp", where, "--http", "127.0.0.1:0"],
                                where)
            self.assert_refused(["--smtp", "127.0.0.1:0", "--http", where],
                                where)

    def test_a_directory_that_cannot_be_written_is_said(self):
        with tempfile.NamedTemporaryFile() as file:
            self.assert_refused(
                ["--smtp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data",
                 file.name + "/below"], file.name)

    def test_file_environment_and_flags_win_in_that_order(self):
        with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
            file.write("hostname = file.test\nmax-recipients = 7\n"
                       "max-message-size = 2M\n")
            file.flush()
            with mailscope.Server(
                    "--conf", file.name, "--max-recipients", "9",
                    env={"MAILSCOPE_MAX_MESSAGE_SIZE": "3M"}) as server:
                with socket.create_connection(server.smtp) as client:
                    client.settimeout(mailscope.WAIT_S)
                    self.assertIn(b"220 file.test ", client.recv(1000))
                    client.sendall(b"EHLO client.test\r\n")
                    said = b""
                    while b"\n250 " not in said:
                        said += client.recv(1000)
                    self.assertIn(b"SIZE 3145728", said)
                    client.sendall(b"QUIT\r\n")

    def test_the_ready_file_is_whole_and_true(self):
        with mailscope.Server() as server:
            self.assertEqual(server.ready["pid"], server.process.pid)
            self.assertEqual(server.ready["smtps"], [])
            self.assertEqual(server.ready["lmtp"], [])
            self.assertEqual(server.ask("/readyz")[0], 200)


if __name__ == "__main__":
    unittest.main()
