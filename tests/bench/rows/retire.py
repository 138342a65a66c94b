# SPDX-License-Identifier: MIT
"""Retiring 100,000 while mail comes in, and deleting a million"""
import shutil
import time

import large
import servers
from figures import Figure


def trickle(server, seconds):
    """One session that sends all the time; its slowest 250."""
    return servers.load(server, sessions=1, seconds=seconds)


def kept(server):
    return server.server.get("/api/info")["store"]["messages"]


def retire(bench, folder):
    """The longest delay of a 250 until a tenth of the store has gone."""
    limit = bench.many - bench.many // 10
    worst = 0
    begun = time.monotonic()
    with servers.Mailscope("process", "--max-messages", str(limit),
                           folder=folder) as server:
        server.settle = lambda: servers.cpu_us(server.pid)
        while True:
            worst = max(worst, trickle(server, 1)["max_us"])
            # The total is published some moments late, and mail comes in.
            if (kept(server) <= limit + 1000
                    or time.monotonic() - begun > 300):
                break
        left = kept(server)
        bench.say("%d messages left after %.0f s" % (
            left, time.monotonic() - begun))
        if left > limit + 1000:
            raise RuntimeError("retiring did not come to an end")
        alone = trickle(server, 5)["max_us"]
    return worst, alone


def delete_all(bench, folder):
    """Milliseconds until a DELETE of everything answers."""
    with servers.Mailscope("process", folder=folder) as server:
        before = kept(server)
        begun = time.perf_counter()
        status, _, body = server.server.ask("/api/messages", "DELETE")
        took_ms = (time.perf_counter() - begun) * 1000
        left = kept(server)
    if status != 200 or left:
        raise RuntimeError("DELETE of %d: %d %s, %d left" % (
            before, status, body, left))
    return took_ms


def measure(bench):
    folder = large.copy(bench)
    try:
        worst, alone = retire(bench, folder)
        took_ms = delete_all(bench, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    yield Figure("8", "retiring %d: longest delay of a 250" %
                 (bench.many // 10), worst / 1000, 20, 2, unit="ms",
                 note="%.2g ms without" % (alone / 1000))
    yield Figure("8", "deleting %d: until the API answers" % bench.many,
                 took_ms, 500, 50, unit="ms")
