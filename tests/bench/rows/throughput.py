# SPDX-License-Identifier: MIT
"""Messages a second, against smtp-sink, in memory and `process`"""
import contextlib

import servers
from figures import Figure, mean, median, ratios

KINDS = ("memory", "process")
SESSIONS = (10, 50)
SHAPES = {
    "1K 1/conn": ({"per_connection": 1, "messages": 12000}, 1.3, 1.6),
    "1K many": ({"messages": 30000}, 1.2, 1.5),
    "10K": ({"messages": 12000, "body": 10240}, 2.0, 2.7),
    "1 MB": ({"messages": 400, "body": 1048576}, 8, 13)}


def compare(bench, row, kinds, shapes, sessions):
    """Rates of mailscope in these kinds divided by those of smtp-sink."""
    if servers.Sink.path() is None:
        yield Figure(row, "messages/s vs smtp-sink", None,
                     note="smtp-sink is not installed")
        return
    with contextlib.ExitStack() as stack:
        others = [stack.enter_context(servers.Sink()),
                  stack.enter_context(servers.Ceiling())]
        memory = [stack.enter_context(servers.Mailscope(kind))
                  for kind in kinds if kind == "memory"]
        for shape, wanted in shapes.items():
            # On disk a fresh store for each shape: with gigabytes of one still
            # to be written back, the next would be a measure of the disk.
            with contextlib.ExitStack() as fresh:
                ours = memory + [
                    fresh.enter_context(servers.Mailscope(kind))
                    for kind in kinds if kind != "memory"]
                yield from one_shape(bench, (row, shape, wanted), ours, others,
                                     sessions)


def one_shape(bench, what, ours, others, sessions):
    row, shape, (options, must, aim) = what
    found = {at.kind: [] for at in ours}
    highest = []
    options = dict(options, messages=bench.scaled(options["messages"]))
    for count in sessions:
        rates = bench.in_turn({
            at.name: lambda at=at: servers.warm_load(
                at, sessions=count, **options)["rate"]
            for at in ours + others})
        for at in ours:
            found[at.kind].append(ratios(rates[at.name], rates["smtp-sink"]))
        highest.append(ratios(rates["ceiling"], rates["smtp-sink"]))
        bench.say("%s s=%d: %s" % (shape, count, ", ".join(
            "%s %.0f/s" % (name, median(values))
            for name, values in rates.items())))
    for at in ours:
        yield Figure(row, "messages/s vs smtp-sink, %s, %s" % (
            at.kind, shape), mean(found[at.kind]), must, aim, less=False)
    # Who keeps nothing is no quicker than this: the generator has one core, as
    # each server has.
    yield Figure(row, "the same of the ceiling, the most that can be seen "
                 "here, " + shape, mean(highest), less=False)


def measure(bench):
    yield from compare(bench, "3", KINDS, SHAPES, SESSIONS)
