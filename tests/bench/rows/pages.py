# SPDX-License-Identifier: MIT
"""A page of 50 anywhere in a million messages, and the exact total"""
import random

import http_client
import large
import servers
from figures import Figure, median


def measure(bench):
    chance = random.Random(7)
    with servers.Mailscope("process", folder=large.folder(bench)) as server:
        listed = server.server.get("/api/messages?limit=1")
        newest = listed["messages"][0]["id"]
        total = listed["total"]
        if total != bench.many:
            raise RuntimeError("total is %s, not %d" % (total, bench.many))
        ways = {"before": ["/api/messages?limit=50&before=%d" %
                           chance.randint(51, newest) for _ in range(500)],
                "at": ["/api/messages?limit=50&at=%d" %
                       chance.randrange(total - 50) for _ in range(500)],
                "total": ["/api/messages?limit=1"]}
        for paths in ways.values():  # what is read first comes from the disk
            http_client.fetch(server, paths, 1, 500)
        found = bench.in_turn({
            way: lambda paths=paths: http_client.fetch(
                server, paths, 1, bench.scaled(2000))["p99_us"] / 1000
            for way, paths in ways.items()})
    yield Figure("7", "page of 50 in %d messages, before=ID: p99" % total,
                 median(found["before"]), 5, 1, unit="ms")
    yield Figure("7", "page of 50 in %d messages, at=ORDINAL: p99" % total,
                 median(found["at"]), 5, 1, unit="ms")
    yield Figure("7", "exact total of %d messages: p99" % total,
                 median(found["total"]), 1, 1, unit="ms")
