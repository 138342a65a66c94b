# SPDX-License-Identifier: MIT
"""Starts the real program on free ports, for the live tests.

    with mailscope.Server() as server:
        smtplib.SMTP(*server.smtp).sendmail(...)
        server.get("/api/messages")["messages"]

The program is build/mailscope, or what MAILSCOPE_PROGRAM names.
"""
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
PROGRAM = os.path.join(ROOT, os.environ.get("MAILSCOPE_PROGRAM",
                                            "build/mailscope"))
WAIT_S = 60  # for any state that must come; never a verdict on speed


def environment(**more):
    """The environment without any MAILSCOPE_ option of the caller's."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("MAILSCOPE_")}
    kept.update(more)
    return kept


def wait_for(ask, what="the state", seconds=WAIT_S):
    """Asks until the answer is true, and returns it."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError("waited %d s for %s" % (seconds, what))
        time.sleep(0.02)


def run(*words, stdin=None, timeout=WAIT_S * 2, **more):
    """Runs a subcommand to its end; stdout and stderr as text."""
    return subprocess.run([PROGRAM, *words], input=stdin, text=True,
                          capture_output=True, timeout=timeout,
                          env=environment(**more), check=False)


def free_port():
    """A port that nobody listens on, for programs that cannot bind port 0:
    below the range the kernel hands out, so that no connection takes it."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def can_trace():
    """Whether strace is here and may trace a program of its own."""
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-f", "-c", "-o", os.devnull, "true"],
                          capture_output=True, check=False).returncode == 0


def split(address):
    """127.0.0.1:2525 or [::1]:2525 as (host, port)."""
    host, port = address.rsplit(":", 1)
    return host.strip("[]"), int(port)


def exchange(address, said):
    """Sends `said` at once and returns all that came back."""
    heard = b""
    with socket.create_connection(address, WAIT_S) as client:
        try:
            client.sendall(said)
            client.shutdown(socket.SHUT_WR)
            while True:
                more = client.recv(65536)
                if not more:
                    return heard
                heard += more
        except OSError:
            return heard


class Server:
    """`mailscope serve` with the flags given, on free ports."""

    def __init__(self, *flags, listeners=("--smtp", "127.0.0.1:0"),
                 http="127.0.0.1:0", env=None, prefix=()):
        self.folder = tempfile.mkdtemp(prefix="mailscope-test-")
        self.ready_path = os.path.join(self.folder, "ready.json")
        self.log_path = os.path.join(self.folder, "log")
        self.command = [*prefix, PROGRAM, "serve", *listeners, "--http", http,
                        "--ready-file", self.ready_path, *flags]
        self.env = environment(**(env or {}))
        self.process = None
        self.ready = None

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, env=self.env)
        try:
            wait_for(self._is_ready, "the ready file")
        except BaseException:
            self.stop(check=False)
            raise
        with open(self.ready_path, encoding="utf-8") as ready:
            self.ready = json.load(ready)
        return self

    def _is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError("mailscope ended with %s: %s" % (
                self.process.returncode, self.log()))
        return os.path.exists(self.ready_path)

    def stop(self, check=True, how=signal.SIGTERM):
        """Ends the server; its status must be 0 unless check is False."""
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(how)
            try:
                self.process.wait(WAIT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            status, text = self.process.returncode, self.log()
            self.process = None
            if check and status != 0:
                raise AssertionError("mailscope ended with %d:\n%s" % (
                    status, text[-8000:]))
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        self.stop(check=kind is None)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def smtp(self):
        return split(self.ready["smtp"][0])

    @property
    def smtps(self):
        return split(self.ready["smtps"][0])

    @property
    def url(self):
        return self.ready["http"]

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def ask(self, path, method="GET", body=None, headers=None):
        """Returns (status, headers, bytes); an error status is no error."""
        request = urllib.request.Request(
            self.url + path, data=body, method=method, headers=headers or {})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=WAIT_S * 6) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def get(self, path):
        """The JSON of a GET that must succeed."""
        status, _, body = self.ask(path)
        if status != 200:
            raise AssertionError("GET %s: %d %s" % (path, status, body))
        return json.loads(body)

    def send_json(self, method, path, value):
        """Returns (status, JSON) of a request with a JSON body."""
        status, _, body = self.ask(path, method, json.dumps(value).encode(),
                                   {"Content-Type": "application/json"})
        return status, json.loads(body) if body else None
