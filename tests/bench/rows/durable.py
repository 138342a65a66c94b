# SPDX-License-Identifier: MIT
"""`power`, one session: final dot to 250, less one measured fdatasync"""
import os
import time

import servers
from figures import Figure, median


def sync_us(folder, count):
    """Median microseconds of an fdatasync over 2 KB of zero-filled file."""
    path = os.path.join(folder, "sync-probe")
    took = []
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.pwrite(handle, bytes(4 << 20), 0)
        os.fsync(handle)
        for i in range(count):
            os.pwrite(handle, b"x" * 2048, (i * 2048) % (4 << 20))
            before = time.perf_counter_ns()
            os.fdatasync(handle)
            took.append((time.perf_counter_ns() - before) / 1000)
    finally:
        os.close(handle)
        os.remove(path)
    return median(took)


def measure(bench):
    count = bench.scaled(1500)
    with servers.Mailscope("power") as ours:
        found = bench.in_turn({
            "250": lambda: servers.load(ours, sessions=1, messages=count)
                           ["p50_us"],
            "fdatasync": lambda: sync_us(servers.WORK, count)})
    extra = [a - b for a, b in zip(found["250"], found["fdatasync"])]
    bench.say("final dot to 250: %.0f us, fdatasync: %.0f us" % (
        median(found["250"]), median(found["fdatasync"])))
    yield Figure("5", "`power`, s=1: final dot to 250 less one fdatasync",
                 median(extra), 150, 80, unit="us")
