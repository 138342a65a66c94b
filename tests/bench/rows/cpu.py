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
            whole = []
            options = dict(options, messages=bench.scaled(options["messages"]))
            for sessions in (10, 50):
                used = bench.in_turn({
                    at.name: lambda at=at: servers.warm_load(
                        at, sessions=sessions, **options)
                    for at in (ours, ceiling)})
                kept = [one["cpu_us"] for one in used[ours.name]]
                idle = [one["idle_us"] for one in used[ours.name]]
                canned = [one["cpu_us"] for one in used[ceiling.name]]
                found.append(ratios(kept, canned))
                whole.append(ratios([sum(both) for both in zip(kept, idle)],
                                    canned))
                bench.say("%s s=%d: %.1f us, and %.1f us in idle time; ceiling "
                          "%.1f us" % (shape, sessions, median(kept),
                                       median(idle), median(canned)))
            yield Figure("2", "CPU a message vs ceiling, memory, " + shape,
                         mean(found), must, aim)
            yield Figure("2", "the same with what is read in idle time (text "
                         "index, snippet), " + shape, mean(whole))
