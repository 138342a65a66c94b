# SPDX-License-Identifier: MIT
"""A dialogue of tests/dialogues against the running program: what it needs of
the server, and whether the server keeps to it."""
import contextlib
import itertools
import json
import os
import re
import socket
import ssl
import time

import mailscope

ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}
FEATURES = set("""PIPELINING SIZE STARTTLS AUTH 8BITMIME BINARYMIME CHUNKING
    SMTPUTF8 DSN ENHANCEDSTATUSCODES REQUIRETLS DELIVERBY FUTURERELEASE
    MT-PRIORITY RRVS MTRK HELP XCLIENT XFORWARD VRFY EXPN LIMITS""".split())
LIMITS = {"max_recipients": "--max-recipients",
          "max_commands": "--max-commands", "max_errors": "--max-errors",
          "max_transactions": "--max-transactions",
          "max_domains": "--max-domains",
          "max_message_bytes": "--max-message-size",
          "max_line_bytes": "--max-command-line"}
# What only the engine's own test can do: answers of another host, and
# listeners that no option makes.
ELSEWHERE = ("answer ", "mechanisms ", "tls-required", "certificate", "early")
TALKS = itertools.count()
# Not offered unless a dialogue asks for it.
UNUSUAL = {"EXPN", "LIMITS"}


def octets(text, most=None):
    """The octets that an escaped text stands for; what it repeats, at most
    `most` times."""
    out = b""
    for part in re.findall(r"\\x..|\\\{[^}]*\}|\\.|[^\\]+", text):
        if part.startswith("\\x"):
            out += bytes([int(part[2:], 16)])
        elif part.startswith("\\{"):
            count, what = part[2:-1].split(" ", 1)
            out += what.encode() * min(int(count), most or int(count))
        elif part.startswith("\\"):
            out += ESCAPES[part[1]]
        else:
            out += part.encode()
    return out


def remarks_in(paths):
    """Every check that some dialogue names."""
    found = set()
    for path in paths:
        with open(path, encoding="utf-8") as file:
            found.update(re.findall(r"^remark (\S+)", file.read(), re.M))
    return found


class Dialogue:
    """One file, as it holds for one profile."""

    def __init__(self, path, profile):
        self.name = os.path.basename(path)[:-len(".smtp")]
        self.profile = profile
        self.lines = []
        other = "profile strict" if profile == "sink" else "profile sink"
        is_here = True
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file.read().split("\n"), 1):
                if line.startswith("profile "):
                    is_here = line != other
                elif is_here and line and not line.startswith("#"):
                    self.lines.append((number, line))
        self.words = {line for _, line in self.lines}
        self.remarks = {line.split(" ")[1] for line in self.words
                        if line.startswith("remark ")}
        self.messages = [octets(line[2:].lstrip(" ")) for _, line in
                         self.lines if line.startswith("M=")]

    def flags(self):
        """What the server must be started with; None: it cannot be."""
        if any(line.startswith(ELSEWHERE) for line in self.words):
            return None
        offered = FEATURES - UNUSUAL
        flags = ["--profile", self.profile]
        for _, line in self.lines:
            word, _, rest = line.partition(" ")
            if word == "offer":
                offered = set(rest.upper().split())
            elif word == "without":
                offered -= set(rest.upper().split())
            elif word == "policy":
                key, value = rest.split(" ")
                flags += [LIMITS[key], value]
            elif word == "auth-required":
                flags.append("--auth-required")
            elif word == "trusted":
                flags += ["--trust", "127.0.0.0/8"]
        if "submission" not in self.words:
            offered.discard("FUTURERELEASE")
        for keyword in sorted(FEATURES - offered):
            flags += ["--without", keyword]
        return tuple(flags)

    def address(self, server):
        """Where on `server` the dialogue is held."""
        kind = ("lmtp" if "lmtp" in self.words else
                "smtps" if "tls" in self.words else "smtp")
        return mailscope.split(server.ready[kind][0])


def unsafe_context():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Talk:
    """A dialogue under way. What is not as said raises AssertionError."""

    def __init__(self, dialogue, server):
        self.dialogue = dialogue
        self.server = server
        # An address of its own: among hundreds of sessions some ports of one
        # address come twice, and the wrong session would be judged.
        number = next(TALKS)
        self.source = "127.1.%d.%d" % (number // 250, number % 250 + 1)
        self.socket = socket.create_connection(
            dialogue.address(server), mailscope.WAIT_S, (self.source, 0))
        if "tls" in dialogue.words:
            self.socket = unsafe_context().wrap_socket(self.socket)
        self.file = self.socket.makefile("rb")
        self.group = b""
        self.number = None  # of the session, once it is known

    def close(self):
        with contextlib.suppress(OSError):
            self.file.close()
            self.socket.close()

    def send(self, line):
        """Collects what belongs to one write, then writes it."""
        mark, _, text = line.partition(" ")
        said = octets(text) if "=" in mark else text.encode() + b"\r\n"
        self.group += said
        if not mark.endswith("&"):
            self.socket.sendall(self.group)
            self.group = b""

    def hear(self, line):
        """Reads the reply, or the line of one, that `line` expects."""
        pattern = line[3:]
        got = self.file.readline().decode("utf-8", "replace")
        text = got[:-2] if got.endswith("\r\n") else repr(got)
        fits = (text.startswith(pattern[:-1]) if pattern.endswith("*")
                else text == pattern)
        assert fits, "expected %r, got %r" % (pattern, text)
        while line.startswith("S*") and text[3:4] == "-":
            text = self.file.readline().decode()

    def secure(self):
        self.file.close()
        self.socket = unsafe_context().wrap_socket(self.socket)
        self.file = self.socket.makefile("rb")

    def find(self):
        """The number of the session, while it is open; None before it is."""
        for entry in self.server.get("/api/sessions?live=1")["sessions"]:
            if entry["peer"].rsplit(":", 1)[0] == self.source:
                return entry["id"]
        return None

    def session(self):
        """What is known of it; None while it goes from the open ones to the
        kept ones."""
        status, _, body = self.server.ask("/api/sessions/%d" % self.number)
        return json.loads(body) if status == 200 else None

    def checks(self):
        """What is found so far."""
        session = self.session()
        found = session["diagnosis"] if session else []
        return {finding["check"] for finding in found}

    def wait(self):
        """Lets the client be silent for so long that it counts as stalled."""
        if "data-eod-stall" in self.dialogue.remarks:
            mailscope.wait_for(lambda: "data-eod-stall" in self.checks(),
                               "data-eod-stall")
        else:
            time.sleep(2.5)

    def step(self, line):
        if re.match(r"C[:&=]", line):
            self.send(line)
        elif re.match(r"S[:*]", line):
            self.hear(line)
        elif line == "secure":
            self.secure()
        elif line == "wait 2s":
            self.wait()
        elif line == "end":
            self.socket.shutdown(socket.SHUT_WR)
        elif line == "closed":
            with contextlib.suppress(ConnectionResetError):
                assert self.file.read(1) == b"", "the server goes on"

    def hold(self):
        for number, line in self.dialogue.lines:
            try:
                self.step(line)
                if self.number is None and line.startswith("S"):
                    self.number = mailscope.wait_for(self.find, "the session")
            except (AssertionError, OSError) as error:
                raise AssertionError("line %d: %s" % (number, error)) from error
        self.close()

    def finished(self):
        session = self.session()
        return session if session and not session["live"] else None

    def judge(self, known):
        """Compares what is kept with what the dialogue says; `known` are the
        checks it speaks of."""
        session = mailscope.wait_for(self.finished, "the end of the session")
        found = {finding["check"] for finding in session["diagnosis"]}
        expected = self.dialogue.remarks
        assert found & known == expected, "missing %s, too many %s" % (
            sorted(expected - found), sorted((found & known) - expected))
        kept = [self.server.ask("/api/messages/%d/raw" % number)[2]
                for number in session["messages"]]
        assert kept == self.dialogue.messages, "kept %r" % kept
