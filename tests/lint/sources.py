# SPDX-License-Identifier: MIT
"""What the lint scripts look at, and how they report."""
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


def listed(*patterns):
    """Files of the project that match, as paths from its top."""
    found = set()
    for pattern in patterns:
        found.update(glob.glob(os.path.join(ROOT, pattern), recursive=True))
    return sorted(os.path.relpath(path, ROOT) for path in found
                  if os.path.isfile(path) and "node_modules" not in path
                  and "/dist/" not in path)


def program(*kinds):
    """The C files of the program: .c and .h, or the kinds named."""
    return listed(*["%s/**/*.%s" % (room, kind)
                    for room in ("server", "inbox", "webui")
                    for kind in kinds or ("c", "h")])


def text(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as source:
        return source.read()


def bare(source):
    """C without comments, strings and character constants; the same lines."""
    def blank(match):
        found = match.group(0)
        if found[0] in "\"'":
            return found[0] * 2 + " " * (len(found) - 2)
        return re.sub(r"[^\n]", " ", found)
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'
                  r"'(?:\\.|[^'\\\n])*'", blank, source, flags=re.S)


def finish(complaints):
    """Prints what is wrong and ends with the status that says so."""
    for path, line, what in complaints:
        print("%s:%d: %s" % (path, line, what))
    sys.exit(1 if complaints else 0)
