# SPDX-License-Identifier: MIT
"""System calls a message, counted by strace, against a server that does
nothing: row 1 of the bench, which is a count and not a time."""
import os
import shutil
import sys
import tempfile
import unittest

import mailscope

sys.path.insert(0, os.path.join(mailscope.ROOT, "tests", "bench"))
import servers  # noqa: E402
from rows import syscalls  # noqa: E402

# How many messages wait together for one write hangs on the scheduler; that
# the count can be reached is the claim, so a bad run is repeated. On a machine
# that is busy with something else none may be a good one: what is only a
# little above is then left open, what is more has another cause.
TRIES = 5
BUSY = 0.15
MESSAGES = 1500


@unittest.skipUnless(mailscope.can_trace(), "strace cannot trace here")
@unittest.skipUnless(os.path.exists(servers.built("load")), "no generator")
class Syscalls(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="mailscope-strace-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def count(self, make):
        return syscalls.per_message(make, MESSAGES, self.folder)

    def hold(self, kind):
        must = syscalls.MUST[kind][0]
        makers = syscalls.makers()
        ceiling = sum(self.count(makers["ceiling"]).values())
        seen = {}
        for _ in range(TRIES):
            calls = self.count(makers[kind])
            ratio = sum(calls.values()) / ceiling
            seen[ratio] = "%.3f: %s" % (ratio, syscalls.shown(calls))
            if ratio <= must:
                return
        said = "at most %.2f of the ceiling, got:\n%s" % (
            must, "\n".join(seen.values()))
        if min(seen) <= must + BUSY:
            self.skipTest("this machine is busy: " + said)
        self.fail(said)

    def test_in_memory(self):
        self.hold("memory")

    def test_on_disk_as_far_as_the_process_goes(self):
        self.hold("process")

    def test_on_disk_against_a_power_cut(self):
        self.hold("power")


if __name__ == "__main__":
    unittest.main()
