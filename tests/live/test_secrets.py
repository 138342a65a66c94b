# SPDX-License-Identifier: MIT
"""What clients say in a login stays covered, whatever became of it, whatever
it looked like, however long it was."""
import base64
import socket
import unittest

import mailscope

SECRET = base64.b64encode(b"\0anna\0heslo123")


class Secrets(unittest.TestCase):
    def test_secrets_that_nobody_took_are_covered_too(self):
        login = b"AUTH PLAIN " + SECRET
        ways = [login + b"\r\n",  # refused by the state or not offered
                b"AUTH\tPLAIN\t" + SECRET + b"\r\n",
                b" auth  plain  " + SECRET + b"\r\n",
                b"AUTH PLAIN \r" + SECRET + b"\r\n",
                b"AUTH PLAIN \0" + SECRET + b"\r\n",
                b"AUTH " + SECRET + b"\r\n",
                b"AUTH PLAIN " + SECRET * 2000 + b"\r\nNOOP\r\n",
                b"AUTH PLAIN\r\n" + SECRET * 2000 + b"\r\n",
                login,  # and gone
                b"AUTH PLAIN\r\n" + SECRET]
        for flags in (("--profile", "strict", "--max-errors", "9"),
                      ("--auth", "off"), ("--drop-secrets",)):
            with mailscope.Server(*flags) as server:
                for number, way in enumerate(ways, 1):
                    before = b"EHLO x\r\nMAIL FROM:<>\r\n"[:8 if number > 1
                                                            else None]
                    mailscope.exchange(server.smtp, before + way)
                    mailscope.wait_for(lambda: server.get(
                        "/api/sessions")["total"] == number)
                    self.look_for(server, number, SECRET[:14], way,
                                  "&reveal=1" if "--drop-secrets" in flags
                                  else "")

    def test_a_secret_that_a_reset_cut_off_is_not_stored(self):
        with mailscope.Server("--drop-secrets") as server:
            for number, way in enumerate((
                    b"AUTH PLAIN " + SECRET, b"AUTH LOGIN\r\n" + SECRET), 1):
                with socket.create_connection(server.smtp, 60) as client:
                    client.sendall(b"EHLO x\r\n" + way)
                    mailscope.wait_for(lambda: server.get(
                        "/api/sessions?live=1")["sessions"] and server.get(
                        "/api/sessions/%d" % number)["bytes_in"] ==
                        len(way) + 8)
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                      b"\1\0\0\0\0\0\0\0")
                mailscope.wait_for(lambda: server.get(
                    "/api/sessions")["total"] == number)
                self.look_for(server, number, SECRET[:14], way, "&reveal=1")

    def look_for(self, server, session, secret, way, more):
        for form in ("json", "text", "vector", "raw", "pcapng"):
            said = server.ask("/api/sessions/%d/transcript?format=%s%s" % (
                session, form, more))[2]
            self.assertFalse(secret in said, (form, way[:60]))
            self.assertTrue(said)

    def test_a_secret_of_any_length_is_covered_whole(self):
        long = base64.b64encode(b"\0anna\0" + b"heslo123" * 20000)
        ways = [b"AUTH PLAIN " + long + b"\r\n",
                b" auth plain " + long + b"\r\n",
                b"AUTH PLAIN\r\n" + long + b"\r\n"]
        # AUTH has a limit of its own; what only looks like it has the other.
        wide = ("--auth", "off", "--max-command-line", "1M")
        for flags in ((), wide, (*wide, "--drop-secrets")):
            with mailscope.Server("--log", "warn", *flags) as server:
                for number, way in enumerate(ways, 1):
                    mailscope.exchange(server.smtp,
                                       b"EHLO x\r\n" + way + b"NOOP\r\n")
                    mailscope.wait_for(lambda: server.get(
                        "/api/sessions")["total"] == number)
                    self.look_for(server, number, long[100:132], way,
                                  "&reveal=1" if "--drop-secrets" in flags
                                  else "")
                    said = server.ask("/api/sessions/%d/transcript?format=raw"
                                      % number)[2]
                    self.assertIn(b"*" * len(long), said)
                    self.assertTrue(said.endswith(b"NOOP\r\n"))


if __name__ == "__main__":
    unittest.main()
