#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the tests: a line for each file, details of failures only.

    tests/run.py                          what `make test` runs
    tests/run.py --suite live --only clients
    tests/run.py --list

The last line counts: N passed, N failed[, N skipped].
"""
import argparse
import concurrent.futures
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cases  # noqa: E402
import outcome  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def report(case, result, tail=60):
    """One line for a file; what it said when it failed."""
    mark = " " if not result.failed else "!"
    print("%s %-10s %-34s %5d passed %3d failed %3d skipped %6.1f s" % (
        mark, case.suite, case.name, result.passed, result.failed,
        result.skipped, result.seconds), flush=True)
    for note in result.notes:
        print("    " + note, flush=True)
    if result.failed:
        lines = result.output.splitlines()
        for line in lines[-tail:] if not result.details else result.details:
            print("    | " + line)
        sys.stdout.flush()


def run_all(chosen, jobs):
    """Runs the cases that may run side by side, then the others."""
    total = outcome.Result()
    again = []
    for together in (True, False):
        group = [case for case in chosen if case.parallel is together]
        workers = jobs if together else 1
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            running = {pool.submit(outcome.run, case, ROOT): case
                       for case in group}
            for done in concurrent.futures.as_completed(running):
                result = done.result()
                report(running[done], result)
                total.add(result)
                if result.tries > 1:
                    again.append("%s/%s" % (running[done].suite,
                                            running[done].name))
    if again:
        print("needed a second try: " + " ".join(again))
    return total


def main():
    parser = argparse.ArgumentParser(description="run the tests")
    parser.add_argument("--suite", action="append", default=[])
    parser.add_argument("--only", default="")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    given = parser.parse_args()
    unknown = set(given.suite) - set(cases.SUITES)
    if unknown:
        parser.error("unknown suite: %s (known: %s)" % (
            ", ".join(sorted(unknown)), ", ".join(cases.SUITES)))
    suites = given.suite or cases.DEFAULT
    chosen = [case for suite in suites
              for case in cases.SUITES[suite](ROOT, given)
              if given.only in case.name]
    if given.list:
        for case in chosen:
            print(case.suite, case.name, " ".join(case.command))
        return 0
    started = time.monotonic()
    total = run_all(chosen, given.jobs)
    if not chosen:
        print("nothing to run")
    print("%d files, %.0f s" % (len(chosen), time.monotonic() - started))
    print("%d passed, %d failed, %d skipped" % (
        total.passed, total.failed, total.skipped), flush=True)
    return 1 if total.failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
