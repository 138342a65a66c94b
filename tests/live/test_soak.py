# SPDX-License-Identifier: MIT
"""A short form of `make soak`."""
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "soak"))
import faults  # noqa: E402
import flat  # noqa: E402
import flow  # noqa: E402
import kills  # noqa: E402


class Soak(unittest.TestCase):
    def test_what_was_acknowledged_survives_kills(self):
        kills.run(0.1, print)

    def test_a_full_disk_is_said_and_got_over(self):
        try:
            faults.full_disk()
        except faults.Skipped as reason:
            self.skipTest(str(reason))

    def test_a_broken_disk_loses_nothing_acknowledged(self):
        try:
            shim = faults.build_shim()
        except faults.Skipped as reason:
            self.skipTest(str(reason))
        for octet, durability, name in faults.RULES:
            with self.subTest(name):
                faults.with_shim(shim, octet, durability)

    def test_much_mail_goes_through_little_memory(self):
        flow.run(0.1, print)

    def test_memory_stays_flat(self):
        flat.run(0.1, print)


if __name__ == "__main__":
    unittest.main()
