# SPDX-License-Identifier: MIT
"""A full STARTTLS session, against the bare handshake in process, P-256"""
import json
import subprocess

import machine
import servers
from figures import Figure, mean, median, ratios


def run(program, *words):
    ran = subprocess.run([servers.built(program), *map(str, words)],
                         capture_output=True, text=True, timeout=600,
                         check=False)
    if ran.returncode != 0:
        raise RuntimeError(ran.stderr.strip())
    return json.loads(ran.stdout)


def session_us(server, count, at_once):
    """CPU of a session until its message is kept and listed, as in row 2: on
    warm memory, and what is read of it in idle time is no part of it."""
    machine.warm(servers.built("warm"), count * 16384)
    before = servers.cpu_us(server.pid)
    run("secure", "send", server.port, count, at_once)
    used = server.listed() - before
    server.settle()
    return used / count


def measure(bench):
    count = bench.scaled(1500)
    with servers.Mailscope("memory") as server:
        session_us(server, 50, 10)
        found = bench.in_turn({
            **{at_once: lambda at_once=at_once: session_us(
                server, count, at_once) for at_once in (1, 10, 50)},
            "bare": lambda: run("handshake", count)["bare_us"]})
    bare = found.pop("bare")
    for at_once, spent in found.items():
        bench.say("s=%d: session %.0f us, bare handshake %.0f us" % (
            at_once, median(spent), median(bare)))
    yield Figure("11", "full STARTTLS session, CPU vs the bare handshake",
                 mean([ratios(found[10], bare), ratios(found[50], bare)]),
                 2.0, 1.5)
    yield Figure("11", "the same, one session at a time",
                 ratios(found[1], bare))
