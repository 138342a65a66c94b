#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures what mailscope is to reach and writes build/bench.md.

ROWS=2,3 picks rows, ROUNDS=5 says how often each server is measured in turn,
QUICK=1 runs everything small (to see that it runs, not to judge), MANY is how
many messages the large stores of rows 7, 8 and 13 hold (1000000).
Ends with status 1 when a "must" is missed.
"""
import os
import shutil
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import figures  # noqa: E402
import machine  # noqa: E402
import servers  # noqa: E402
from rows import ROWS  # noqa: E402


class Bench:
    """What a row needs to know to measure."""

    def __init__(self):
        self.quick = os.environ.get("QUICK", "") not in ("", "0")
        self.rounds = int(os.environ.get("ROUNDS", "2" if self.quick else "5"))
        self.many = int(os.environ.get(
            "MANY", "20000" if self.quick else "1000000"))
        self.notes = []

    def scaled(self, count):
        return max(50, count // 10) if self.quick else count

    def say(self, text):
        print("    " + text, flush=True)

    def in_turn(self, what):
        """Runs each of a dict of callables `rounds` times, interleaved, in
        changing order; a dict of the lists of their results."""
        results = {name: [] for name in what}
        names = list(what)
        for turn in range(self.rounds):
            shift = turn % len(names)
            for name in names[shift:] + names[:shift]:
                if not machine.wait_tracker():
                    self.notes.append("the connection tracker stayed full")
                results[name].append(what[name]())
        return results


def wanted_rows():
    asked = os.environ.get("ROWS", "")
    if not asked:
        return ROWS
    names = {word.strip() for word in asked.split(",")}
    unknown = names - {name for name, _ in ROWS}
    if unknown:
        sys.exit("bench: unknown ROWS: %s (known: %s)" % (
            ", ".join(sorted(unknown)), ", ".join(name for name, _ in ROWS)))
    return [(name, row) for name, row in ROWS if name in names]


def measure(bench, name, row):
    """All figures of a row; one that says why when it breaks."""
    busy = machine.wait_quiet(2 if bench.quick else 60)
    if busy > 0.08:
        bench.notes.append("row %s: the machine was not quiet, %d %% of it "
                           "were busy before" % (name, busy * 100))
    started = time.monotonic()
    print("row %s: %s" % (name, row.__doc__.strip().splitlines()[0]),
          flush=True)
    try:
        found = list(row.measure(bench))
    except Exception as error:  # a broken row must not hide the others
        traceback.print_exc()
        found = [figures.Figure(name, row.__doc__.strip().splitlines()[0],
                                None, note="%s: %s" % (
                                    type(error).__name__, error))]
    for figure in found:
        bench.say("%s: %s %s (must %s, aim %s) %s" % (
            figure.metric, figures.number(figure.value), figure.unit,
            figures.number(figure.must), figures.number(figure.aim),
            figure.verdict()))
    bench.say("%.0f s" % (time.monotonic() - started))
    return found


def main():
    bench = Bench()
    shutil.rmtree(servers.WORK, ignore_errors=True)
    os.makedirs(servers.WORK)
    found = []
    try:
        for name, row in wanted_rows():
            found += measure(bench, name, row)
    finally:
        shutil.rmtree(servers.WORK, ignore_errors=True)
    text = "# What was measured\n\n%s, %s; %d rounds%s.\n\n%s\n" % (
        time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        machine.describe(), bench.rounds,
        ", QUICK: figures mean nothing" if bench.quick else "",
        figures.table(figures.in_order(found)))
    if bench.notes:
        text += "\n" + "\n".join("- " + note for note in bench.notes) + "\n"
    path = os.path.join(servers.ROOT, "build", "bench.md")
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    print("\n" + text)
    return 1 if any(figure.missed() for figure in found) else 0


if __name__ == "__main__":
    sys.exit(main())
