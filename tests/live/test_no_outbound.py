# SPDX-License-Identifier: MIT
"""The program connects to nobody but itself, whatever mail it shows."""
import json
import os
import re
import subprocess
import unittest

import mailscope

HOSTILE = (b"From: a@example.test\r\nTo: b@example.test\r\n"
           b"List-Unsubscribe: <https://far.example/u>\r\n"
           b"Content-Type: text/html\r\n\r\n"
           b"<link rel=preconnect href=\"https://far.example\">"
           b"<img src=\"https://far.example/x.png\">"
           b"<style>@import url(https://far.example/s.css)</style>\r\n")


@unittest.skipUnless(mailscope.can_trace(), "no strace here")
class Outbound(unittest.TestCase):
    def test_nothing_leaves_the_machine(self):
        server = mailscope.Server()
        trace = os.path.join(server.folder, "trace")
        server.command = ["strace", "-f", "-qq", "-e", "signal=none", "-e",
                          "trace=connect,sendto,sendmsg", "-o", trace,
                          *server.command]
        with server:
            _, _, body = server.ask("/api/messages", "POST", HOSTILE,
                                    {"Content-Type": "message/rfc822"})
            path = "/api/messages/%d" % json.loads(body)["id"]
            message = server.get(path)
            for remote in ("", "?remote=img", "?remote=all"):
                self.assertEqual(server.ask(message["preview"] + remote)[0],
                                 200)
            self.assertEqual(server.ask(path + "/parts/1")[0], 200)
            server.ask("/api/test-message", "POST", b"")
            self.assertEqual(server.ask("/readyz")[0], 200)
            child = subprocess.run(["pgrep", "-P", str(server.process.pid)],
                                   check=True, capture_output=True, text=True)
            os.kill(int(child.stdout.split()[0]), 15)
            server.process.wait(mailscope.WAIT_S)
            with open(trace, encoding="utf-8", errors="replace") as file:
                said = file.read()
        for line in said.splitlines():
            for address in re.findall(r'inet_addr\("([^"]*)"\)', line):
                self.assertTrue(address.startswith("127."), line)
            for address in re.findall(r'inet_pton\(AF_INET6, "([^"]*)"',
                                      line):
                self.assertEqual(address, "::1", line)


if __name__ == "__main__":
    unittest.main()
