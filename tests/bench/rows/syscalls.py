# SPDX-License-Identifier: MIT
"""System calls a message, against the ceiling, at 50 sessions (strace)"""
import os
import re

import servers
from figures import Figure

MUST = {"memory": (1.10, 1.05), "process": (1.10, 1.05), "power": (1.40, 1.20)}


# libuv's loop yields while a thread is in the middle of nudging it, which only
# the tracer makes long.
LEFT_OUT = ("total", "sched_yield")


def counted(path):
    """System calls by name from the summary of strace -c."""
    calls = {}
    with open(path) as summary:
        for line in summary:
            found = re.match(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?"
                             r"(\w+)$", line)
            if found and found.group(2) not in LEFT_OUT:
                calls[found.group(2)] = int(found.group(1))
    return calls


def tracer(path):
    return ("strace", "-f", "-qq", "-c", "-o", path)


def traced(make, messages, path):
    """Calls by name of one server from start to end."""
    if os.path.exists(path):
        os.remove(path)
    server = make(tracer(path))
    with server:
        if messages:
            both = {"sessions": 50, "messages": messages}
            run_load(server, per_connection=1, **both)
            run_load(server, **both)
    return counted(path)


def run_load(server, **options):
    """The generator without the CPU accounting, which a tracer disturbs."""
    server.listed = server.settle = lambda: 0
    return servers.load(server, **options)


def per_message(make, messages, folder):
    """Calls a message by name: a run with messages less one without."""
    path = os.path.join(folder, "strace")
    idle = traced(make, 0, path)
    busy = traced(make, messages, path)
    return {name: (count - idle.get(name, 0)) / (2 * messages)
            for name, count in busy.items()}


def makers():
    found = {"ceiling": lambda prefix: servers.Ceiling(prefix=prefix)}
    for kind in MUST:
        found[kind] = lambda prefix, kind=kind: servers.Mailscope(
            kind, prefix=prefix)
    return found


def shown(calls):
    most = sorted(calls.items(), key=lambda pair: -pair[1])[:9]
    return ", ".join("%s %.2f" % pair for pair in most if pair[1] >= 0.005)


def measure(bench):
    os.makedirs(servers.WORK, exist_ok=True)
    totals = {}
    for name, make in makers().items():
        calls = per_message(make, bench.scaled(3000), servers.WORK)
        totals[name] = sum(calls.values())
        bench.say("%-8s %.2f: %s" % (name, totals[name], shown(calls)))
    for kind, (must, aim) in MUST.items():
        yield Figure("1", "system calls a message vs ceiling, " + kind,
                     totals[kind] / totals["ceiling"], must, aim)
