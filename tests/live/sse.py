# SPDX-License-Identifier: MIT
"""A client of event streams, for the live tests."""
import http.client
import json
import queue
import socket
import threading
import urllib.parse

import mailscope


class Stream:
    """Reads /api/events in a thread; frames come out of next()."""

    def __init__(self, server, query="", last=None, headers=None):
        where = urllib.parse.urlparse(server.url)
        self.link = http.client.HTTPConnection(where.hostname, where.port,
                                               timeout=mailscope.WAIT_S * 6)
        headers = dict(headers or {})
        if last is not None:
            headers["Last-Event-ID"] = str(last)
        self.link.request("GET", where.path.rstrip("/") + "/api/events" +
                          query, headers=headers)
        self.socket = self.link.sock
        self.answer = self.link.getresponse()
        self.frames = queue.Queue()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        frame = {}
        try:
            for line in self.answer:
                line = line.decode().rstrip("\r\n")
                if not line and frame:
                    self.frames.put(frame)
                    frame = {}
                elif line and not line.startswith(":"):
                    name, _, value = line.partition(": ")
                    frame[name] = json.loads(value) if name == "data" else value
        except (OSError, ValueError, AttributeError,
                http.client.HTTPException):
            pass
        self.frames.put(None)

    def next(self, kind=None):
        """The next frame (of a kind); None: the stream ended."""
        while True:
            frame = self.frames.get(timeout=mailscope.WAIT_S)
            if frame is None or kind is None or frame.get("event") == kind:
                return frame

    def close(self):
        # the reader's lock is held while it reads: wake it first
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.thread.join(mailscope.WAIT_S)
        self.link.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
