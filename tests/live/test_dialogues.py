# SPDX-License-Identifier: MIT
"""Every dialogue against the running program, over TCP, TLS where it says so,
and LMTP: the replies, the messages kept and what was remarked on."""
import collections
import concurrent.futures
import contextlib
import glob
import os
import unittest

import dialogue
import mailscope

PATHS = sorted(glob.glob(os.path.join(mailscope.ROOT,
                                      "tests/dialogues/*.smtp")))
KNOWN = dialogue.remarks_in(PATHS)
LISTENERS = ("--smtp", "127.0.0.1:0", "--smtps", "127.0.0.1:0",
             "--lmtp", "127.0.0.1:0")


def hold(told, server):
    """None when the server kept to the dialogue, else what it did."""
    try:
        with contextlib.closing(dialogue.Talk(told, server)) as talk:
            talk.hold()
            talk.judge(KNOWN)
    except Exception as error:  # whatever it was, it belongs to this dialogue
        return "%s (%s): %s\n%s" % (told.name, told.profile, error,
                                    server.log()[-3000:])
    return None


class Dialogues(unittest.TestCase):
    def hold_all(self, profile):
        groups = collections.defaultdict(list)
        for path in PATHS:
            told = dialogue.Dialogue(path, profile)
            flags = told.flags()
            if flags is not None:
                groups[flags].append(told)
        self.assertGreater(sum(map(len, groups.values())), 150)
        failures = []
        for flags, dialogues in groups.items():
            with mailscope.Server(*flags, listeners=LISTENERS) as server, \
                    concurrent.futures.ThreadPoolExecutor(4) as pool:
                held = [pool.submit(hold, told, server) for told in dialogues]
                failures += [each.result() for each in held if each.result()]
        self.assertEqual(failures, [], "\n".join(failures))

    def test_sink(self):
        self.hold_all("sink")

    def test_strict(self):
        self.hold_all("strict")


if __name__ == "__main__":
    unittest.main()
