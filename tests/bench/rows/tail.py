# SPDX-License-Identifier: MIT
"""`power`, 50 sessions: 99th percentile of final dot to 250 over a minute"""
import servers
from figures import Figure


def measure(bench):
    with servers.Mailscope("power") as ours:
        result = servers.load(ours, sessions=50,
                              seconds=5 if bench.quick else 60)
    bench.say("%d messages, %.0f/s, p50 %d us, longest %d us" % (
        result["messages"], result["rate"], result["p50_us"],
        result["max_us"]))
    yield Figure("6", "`power`, s=50: p99 of final dot to 250 over 60 s",
                 result["p99_us"] / 1000, 10, 4, unit="ms")
