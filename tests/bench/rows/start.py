# SPDX-License-Identifier: MIT
"""Start to ready: in memory, and on disk with a million messages"""
import os
import subprocess
import time

import large
import servers
from figures import Figure, median


def ready_ms(*flags):
    """Milliseconds from the start of the program to its ready file."""
    server = servers.Mailscope("memory", *flags)
    command = server.server.command
    path = server.server.ready_path
    begun = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL,
                          env=server.server.env) as program:
        while not os.path.exists(path):
            if program.poll() is not None:
                raise RuntimeError("mailscope ended: %d" % program.returncode)
            time.sleep(0.0002)
        took = (time.perf_counter() - begun) * 1000
        program.terminate()
        program.wait(120)
    server.stop()
    return took


def measure(bench):
    folder = large.folder(bench)
    ready_ms("--data", folder)
    found = bench.in_turn({
        "memory": lambda: median([ready_ms() for _ in range(5)]),
        "disk": lambda: ready_ms("--data", folder)})
    yield Figure("13", "start to ready, in memory", median(found["memory"]),
                 20, 8, unit="ms")
    yield Figure("13", "start to ready, %d on disk" % bench.many,
                 median(found["disk"]), 300, 100, unit="ms")
