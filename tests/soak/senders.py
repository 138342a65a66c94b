# SPDX-License-Identifier: MIT
"""Clients that send all the time and remember what was acknowledged."""
import hashlib
import random
import socket
import threading


def compose(number, size, chance):
    """A message that says its number, with dots and long lines in it."""
    head = b"From: <a@client.test>\r\nSubject: soak %d\r\n\r\n" % number
    body = bytearray()
    while len(body) < size:
        length = chance.choice((0, 1, 30, 72, 200))
        body += chance.choice((b"", b".", b"..")) + b"x" * length + b"\r\n"
    return head + bytes(body)


def stuffed(message):
    lines = message.split(b"\r\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line
                        for line in lines) + b".\r\n"


def digest(octets):
    return hashlib.sha256(octets).digest()


class Senders:
    """Threads that send to an address until told to stop or cut off. `sent`
    has the digest of every message that was tried, by number; `acknowledged`
    the numbers whose 250 came; `refused` counts other final replies."""

    def __init__(self, count=6, seed=1, sizes=(0, 100, 1000, 5000, 200000)):
        self.count = count
        self.sizes = sizes
        self.chance = random.Random(seed)
        self.lock = threading.Lock()
        self.number = 0
        self.sent = {}
        self.acknowledged = set()
        self.refused = 0
        self.stopping = threading.Event()
        self.threads = []

    def start(self, address):
        self.stopping.clear()
        self.threads = [
            threading.Thread(target=self._run, daemon=True,
                             args=(address, random.Random(
                                 self.chance.random())))
            for _ in range(self.count)]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(120)
            if thread.is_alive():
                raise AssertionError("a client hangs: no reply for 120 s")

    def _run(self, address, chance):
        while not self.stopping.is_set():
            try:
                with socket.create_connection(address, 100) as at:
                    self._session(at, chance)
            except (ConnectionError, EOFError):
                # The server was killed, or hung up with a 421.
                self.stopping.wait(0.02)

    def _session(self, at, chance):
        replies = at.makefile("rb")
        expect(replies)
        say(at, replies, b"EHLO client.test\r\n")
        for _ in range(chance.choice((1, 5, 50))):
            if self.stopping.is_set():
                break
            self._message(at, replies, chance)
        say(at, replies, b"QUIT\r\n")

    def _message(self, at, replies, chance):
        with self.lock:
            self.number += 1
            number = self.number
        message = compose(number, chance.choice(self.sizes), chance)
        with self.lock:
            self.sent[number] = digest(message)
        say(at, replies, b"MAIL FROM:<a@client.test>\r\n")
        say(at, replies, b"RCPT TO:<b@client.test>\r\n")
        if say(at, replies, b"DATA\r\n") != 354:
            with self.lock:
                self.refused += 1
            say(at, replies, b"RSET\r\n")
            self.stopping.wait(0.01)
            return
        code = say(at, replies, stuffed(message))
        with self.lock:
            if code == 250:
                self.acknowledged.add(number)
            else:
                self.refused += 1
        if code != 250:
            self.stopping.wait(0.01)


def expect(replies):
    """The code of the next reply."""
    while True:
        line = replies.readline()
        if len(line) < 4 or not line.endswith(b"\n"):
            raise EOFError("the server hung up")
        if line[3:4] != b"-":
            return int(line[:3])


def say(at, replies, octets):
    at.sendall(octets)
    return expect(replies)


def kept_messages(server, after=0):
    """Summaries of all messages with an id above `after`, oldest first."""
    found = []
    while True:
        page = server.get("/api/messages?limit=500&after=%d" % after)
        if not page["messages"]:
            return found
        found += reversed(page["messages"])
        after = page["messages"][0]["id"]


def number_of(summary):
    word, _, number = (summary["subject"] or "").partition(" ")
    return int(number) if word == "soak" and number.isdigit() else None


def compare(server, senders, after=0, expected=None):
    """Every acknowledged message (of `expected`) is there, once, and every
    message that is there is one that was sent, octet for octet. Returns the
    highest id."""
    expected = senders.acknowledged if expected is None else expected
    seen = {}
    for summary in kept_messages(server, after):
        number = number_of(summary)
        if number in seen or number not in senders.sent:
            raise AssertionError("message %s is there twice or was never "
                                 "sent: %s" % (number, summary))
        status, _, raw = server.ask("/api/messages/%d/raw" % summary["id"])
        if status != 200 or digest(raw) != senders.sent[number]:
            raise AssertionError("message %d is not what was sent: %d, %d "
                                 "octets" % (number, status, len(raw)))
        seen[number] = after = summary["id"]
    lost = expected - seen.keys()
    if lost:
        raise AssertionError("%d acknowledged messages are lost: %s" % (
            len(lost), sorted(lost)[:10]))
    return after
