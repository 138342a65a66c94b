# SPDX-License-Identifier: MIT
"""A tap between a client that we did not write and the server: it copies both
directions and remembers them, so that a test knows what crossed the wire
without asking either side; and what a message is, defined a second time."""
import contextlib
import select
import socket
import threading


class Tap:
    """Listens on a free port and connects each client to `target`."""

    def __init__(self, target):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        self.connections = []  # of [octets of the client, of the server]
        self.threads = []
        self.accepting = threading.Thread(target=self._accept, daemon=True)
        self.accepting.start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            said = [bytearray(), bytearray()]
            self.connections.append(said)
            thread = threading.Thread(target=self._copy, args=(client, said),
                                      daemon=True)
            self.threads.append(thread)
            thread.start()

    def _copy(self, client, said):
        with client, socket.create_connection(self.target) as server:
            ends = [client, server]
            open_ends = list(ends)
            while open_ends:
                for end in select.select(open_ends, [], [])[0]:
                    side = ends.index(end)
                    try:
                        octets = end.recv(65536)
                    except OSError:
                        octets = b""
                    said[side] += octets
                    with contextlib.suppress(OSError):
                        if octets:
                            ends[1 - side].sendall(octets)
                        else:
                            ends[1 - side].shutdown(socket.SHUT_WR)
                    if not octets:
                        open_ends.remove(end)

    def client_octets(self):
        """What the first client that said anything sent, once it has gone."""
        for thread in self.threads:
            thread.join(60)
        for said in self.connections:
            if said[0]:
                return bytes(said[0])
        raise AssertionError("no client came")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


def unstuffed(octets):
    """The message at the start of what follows DATA CRLF, and the rest: up to
    the first CRLF.CRLF, one leading dot of each line removed."""
    if octets.startswith(b".\r\n"):
        return b"", octets[3:]
    body, end, rest = octets.partition(b"\r\n.\r\n")
    if not end:
        raise AssertionError("the message has no end")
    lines = (body + b"\r\n").split(b"\r\n")
    return b"\r\n".join(line[1:] if line.startswith(b".") else line
                        for line in lines), rest


def messages(octets):
    """The messages in what a client said in clear, DATA or BDAT."""
    found = []
    chunks = b""
    while octets:
        line, end, octets = octets.partition(b"\r\n")
        if not end:
            break
        word = line.upper().split()
        if word[:1] == [b"DATA"]:
            message, octets = unstuffed(octets)
            found.append(message)
        elif word[:1] == [b"BDAT"]:
            chunks += octets[:int(word[1])]
            octets = octets[int(word[1]):]
            if word[2:] == [b"LAST"]:
                found.append(chunks)
                chunks = b""
    return found
