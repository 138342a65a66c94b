# SPDX-License-Identifier: MIT
"""CPU a message, against the ceiling, in memory"""
import contextlib

import servers
from figures import Figure, mean, median, ratios

SHAPES = {"1K 1/conn": ({"per_connection": 1, "messages": 15000}, 1.25, 1.12),
          "1K many": ({"messages": 40000}, 1.45, 1.20)}


def measure(bench):
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(servers.Mailscope("memory"))
        ceiling = stack.enter_context(servers.Ceiling())
        for shape, (options, must, aim) in SHAPES.items():
            found = []
            options = dict(options, messages=bench.scaled(options["messages"]))
            for sessions in (10, 50):
                used = bench.in_turn({
                    at.name: lambda at=at: servers.load(
                        at, sessions=sessions, **options)["cpu_us"]
                    for at in (ours, ceiling)})
                found.append(ratios(used[ours.name], used[ceiling.name]))
                bench.say("%s s=%d: %s" % (shape, sessions, ", ".join(
                    "%s %.1f us" % (name, median(values))
                    for name, values in used.items())))
            yield Figure("2", "CPU a message vs ceiling, memory, " + shape,
                         mean(found), must, aim)
