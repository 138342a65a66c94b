# SPDX-License-Identifier: MIT
"""Final dot to the answer of a wait, beside the 250 itself"""
import select
import socket
import time

import http_client
import servers
from figures import Figure, median

MAIL = (b"From: <a@client.test>\r\nSubject: waited for\r\n\r\nHello\r\n.\r\n")


def exchange(smtp, line):
    smtp.sendall(line)
    return smtp.recv(4096)


def once(server, smtp):
    """Microseconds from the final dot to the 250 and to the wait's answer."""
    since = server.server.get("/api/info")["seq"]
    with socket.create_connection(("127.0.0.1",
                                   http_client.port(server)), 60) as http:
        http.sendall(b"GET /api/messages?wait=30s&since=%d HTTP/1.1\r\n"
                     b"Host: 127.0.0.1\r\n\r\n" % since)
        for line in (b"MAIL FROM:<a@client.test>\r\n",
                     b"RCPT TO:<b@client.test>\r\n", b"DATA\r\n"):
            exchange(smtp, line)
        time.sleep(0.02)  # the wait is certainly being waited for
        smtp.sendall(MAIL)
        sent = time.perf_counter()
        came = {}
        while len(came) < 2:
            ready, _, _ = select.select([http, smtp], [], [], 60)
            if not ready:
                raise RuntimeError("no answer for 60 s")
            for which in ready:
                answer = which.recv(65536)
                came.setdefault(which, (time.perf_counter() - sent) * 1e6)
                if not answer.startswith((b"250", b"HTTP/1.1 200", b"{")):
                    raise RuntimeError(answer[:200])
    return came[smtp], came[http]


def several(server, smtp, count):
    found = [once(server, smtp) for _ in range(count)]
    return median([a for a, _ in found]), median([b for _, b in found])


def measure(bench):
    with servers.Mailscope("memory") as server, socket.create_connection(
            ("127.0.0.1", server.port), 60) as smtp:
        smtp.recv(4096)
        exchange(smtp, b"EHLO client.test\r\n")
        found = bench.in_turn({
            "wait": lambda: several(server, smtp, bench.scaled(500) // 10)})
    replied = median([a for a, _ in found["wait"]]) / 1000
    answered = median([b for _, b in found["wait"]]) / 1000
    yield Figure("waits", "final dot to the answer of a wait", answered, 1, 1,
                 unit="ms", note="%.2g ms to the 250" % replied)
