# SPDX-License-Identifier: MIT
"""A full STARTTLS session, against the bare handshake in process, P-256"""
import json
import subprocess

import servers
from figures import Figure, median, ratios


def run(*words):
    ran = subprocess.run([servers.built("secure"), *map(str, words)],
                         capture_output=True, text=True, timeout=600,
                         check=False)
    if ran.returncode != 0:
        raise RuntimeError(ran.stderr.strip())
    return json.loads(ran.stdout)


def session_us(server, count):
    """CPU of a session until its message is kept and listed, as row 2 has it:
    what is read of it in idle time is no part of it."""
    before = servers.cpu_us(server.pid)
    idle = servers.cpu_us(server.pid, "filler")
    run("send", server.port, count)
    used = server.settle() - before
    return (used - servers.cpu_us(server.pid, "filler") + idle) / count


def measure(bench):
    count = bench.scaled(1500)
    with servers.Mailscope("memory") as server:
        session_us(server, 50)
        found = bench.in_turn({
            "session": lambda: session_us(server, count),
            "bare": lambda: run("bare", count)["bare_us"]})
    bench.say("session %.0f us, bare handshake %.0f us" % (
        median(found["session"]), median(found["bare"])))
    yield Figure("11", "full STARTTLS session, CPU vs the bare handshake",
                 ratios(found["session"], found["bare"]), 2.0, 1.5)
