# SPDX-License-Identifier: MIT
"""Small JSON GETs: CPU of a request, requests a second on one core"""
import os

import http_client
import servers
from figures import Figure, median

PATH = "/api/inboxes"  # a short answer that is made anew for each request


def measure(bench):
    cores = sorted(os.sched_getaffinity(0))
    prefix = ["taskset", "-c", str(cores[-1])] if len(cores) > 1 else []

    def once(server):
        before = servers.cpu_us(server.pid)
        result = http_client.fetch(server, [PATH], 50, bench.scaled(40000),
                                   prefix)
        used = servers.cpu_us(server.pid) - before
        return (used / result["requests"],
                result["requests"] / result["seconds"])

    with servers.Mailscope("memory") as server:
        if len(cores) > 1:
            for task in os.listdir("/proc/%d/task" % server.pid):
                os.sched_setaffinity(int(task), {cores[0]})
        http_client.fetch(server, [PATH], 50, 1000)
        found = bench.in_turn({"get": lambda: once(server)})["get"]
    yield Figure("9", "small JSON GET: CPU", median([a for a, _ in found]),
                 20, 12, unit="us")
    yield Figure("9", "small JSON GET: requests/s on one core",
                 median([b for _, b in found]), 45000, 80000, less=False,
                 unit="/s")
