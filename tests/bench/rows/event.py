# SPDX-License-Identifier: MIT
"""Final dot to event: one subscriber, and the last of 1,000"""
import json
import subprocess

import http_client
import servers
from figures import Figure, median


def once(server, subscribers, messages):
    ran = subprocess.run(
        [servers.built("events"), str(server.port),
         str(http_client.port(server)), str(subscribers), str(messages)],
        capture_output=True, text=True, timeout=600, check=False)
    if ran.returncode != 0:
        raise RuntimeError(ran.stderr.strip())
    return json.loads(ran.stdout)


def measure(bench):
    with servers.Mailscope("memory") as server:
        found = bench.in_turn({
            "one": lambda: once(server, 1, bench.scaled(60) // 3)
                           ["last"]["p50_us"],
            "many": lambda: once(server, 1000, bench.scaled(60) // 3)
                            ["last"]["p50_us"]})
    yield Figure("10", "final dot to event, 1 subscriber",
                 median(found["one"]) / 1000, 1, 0.25, unit="ms")
    yield Figure("10", "final dot to event, last of 1,000",
                 median(found["many"]) / 1000, 40, 20, unit="ms")
