# SPDX-License-Identifier: MIT
"""Five thousand waits at once, a thousand streams, and one too many."""
import resource
import selectors
import smtplib
import socket
import time
import unittest
import urllib.parse

import mailscope

MANY = 5000
STREAMS = 1000
MAIL = b"From: a@example.test\r\nSubject: everybody\r\n\r\nHello\r\n"


def waits(server):
    for line in server.ask("/metrics")[2].decode().splitlines():
        if line.startswith("mailscope_http_waits "):
            return int(line.split()[1])
    raise AssertionError("no mailscope_http_waits")


def ask(server, path):
    """A connection on which the request was sent, and nothing read yet."""
    where = urllib.parse.urlparse(server.url)
    link = socket.create_connection((where.hostname, where.port), 60)
    link.sendall(("GET %s HTTP/1.1\r\nHost: %s\r\n\r\n"
                  % (path, where.netloc)).encode())
    return link


def cpu_ticks(pid):
    """What the program has used, in hundredths of a second."""
    with open("/proc/%d/stat" % pid, encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


class Many(unittest.TestCase):
    def need_descriptors(self, count):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < count:
            self.skipTest("at most %d descriptors here" % hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE,
                        (soft, hard))

    def test_a_thousand_streams_hear_of_one_message(self):
        """Each is told, in silence nothing turns, and all ends are noticed."""
        self.need_descriptors(4 * STREAMS)
        with mailscope.Server() as server:
            links = [ask(server, "/api/events") for _ in range(STREAMS)]
            self.hear(links, b"event: hello")
            before = cpu_ticks(server.process.pid)
            time.sleep(1)  # what is measured is the silence
            self.assertLess(cpu_ticks(server.process.pid) - before, 50)
            with smtplib.SMTP(*server.smtp, timeout=60) as client:
                client.sendmail("a@example.test", ["b@example.test"], MAIL)
            self.hear(links, b"everybody")
            for link in links:
                link.close()
            with smtplib.SMTP(*server.smtp, timeout=60) as client:
                client.sendmail("a@example.test", ["b@example.test"], MAIL)
            mailscope.wait_for(lambda: waits(server) == 0, "their end")

    def hear(self, links, word):
        """Reads from each until `word` came."""
        for link in links:
            link.settimeout(4 * mailscope.WAIT_S)
            got = b""
            while word not in got:
                part = link.recv(65536)
                self.assertTrue(part, got)
                got += part

    def test_who_goes_away_is_noticed_when_the_wait_ends(self):
        with mailscope.Server() as server:
            links = [ask(server, "/api/messages?wait=1s&q=subject:never")
                     for _ in range(50)]
            for link in links:
                link.close()
            links = [ask(server, "/api/messages?wait=300s&q=subject:everybody")]
            mailscope.wait_for(lambda: waits(server) == 1, "their end")
            with smtplib.SMTP(*server.smtp, timeout=60) as client:
                client.sendmail("a@example.test", ["b@example.test"], MAIL)
            self.assertEqual(self.answers(links), {b"HTTP/1.1 200 OK": 1})

    def test_five_thousand_waits_are_answered_by_one_message(self):
        self.need_descriptors(3 * MANY)
        with mailscope.Server() as server:
            links = [ask(server, "/api/messages?wait=300s&q=subject:everybody")
                     for _ in range(MANY)]
            mailscope.wait_for(lambda: waits(server) == MANY, "the waits")
            with smtplib.SMTP(*server.smtp, timeout=60) as client:
                client.sendmail("a@example.test", ["b@example.test"], MAIL)
            self.assertEqual(self.answers(links), {b"HTTP/1.1 200 OK": MANY})
            mailscope.wait_for(lambda: waits(server) == 0, "their end")

    def answers(self, links):
        found = {}
        chooser = selectors.DefaultSelector()
        for link in links:
            chooser.register(link, selectors.EVENT_READ)
        end = time.monotonic() + 4 * mailscope.WAIT_S
        while chooser.get_map() and time.monotonic() < end:
            for key, _ in chooser.select(1):
                line = key.fileobj.recv(65536).split(b"\r\n")[0]
                found[line] = found.get(line, 0) + 1
                chooser.unregister(key.fileobj)
                key.fileobj.close()
        for key in list(chooser.get_map().values()):
            key.fileobj.close()
        chooser.close()
        return found

    def test_one_too_many_is_told_so(self):
        with mailscope.Server("--max-waits", "2") as server:
            links = [ask(server, "/api/events") for _ in range(2)]
            mailscope.wait_for(lambda: waits(server) == 2, "the streams")
            for path in ("/api/events", "/api/messages?wait=1s"):
                status, _, body = server.ask(path)
                self.assertEqual(status, 503)
                self.assertIn(b"--max-waits", body)
            self.assertEqual(server.ask("/api/messages")[0], 200)
            for link in links:
                link.close()


if __name__ == "__main__":
    unittest.main()
