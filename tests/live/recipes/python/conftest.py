# SPDX-License-Identifier: MIT
"""A pytest fixture: one mailscope for the whole run, on free ports."""
import json
import os
import subprocess
import time

import pytest


class Mailscope:
    def __init__(self, ready):
        self.smtp_host, port = ready["smtp"][0].rsplit(":", 1)
        self.smtp_port = int(port)
        self.url = ready["http"]

    def expect(self, *flags):
        """Fails the test, with the reason, when no such mail came."""
        asked = subprocess.run(
            ["mailscope", "expect", "--url", self.url, *flags],
            capture_output=True, text=True, check=False)
        assert asked.returncode == 0, asked.stderr
        return json.loads(asked.stdout)["matched"]


@pytest.fixture(scope="session")
def mailscope(tmp_path_factory):
    path = tmp_path_factory.mktemp("mailscope") / "ready.json"
    server = subprocess.Popen(
        ["mailscope", "serve", "--smtp", "127.0.0.1:0", "--http",
         "127.0.0.1:0", "--ready-file", str(path), "--log", "warn"])
    while not os.path.exists(path):
        assert server.poll() is None, "mailscope did not start"
        time.sleep(0.02)
    yield Mailscope(json.loads(path.read_text()))
    server.terminate()
    server.wait()
