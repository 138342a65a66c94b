#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Long runs that look for what only time and bad luck find.

PART=kills|faults|flow|flat picks one (all), SCALE=0.1 runs a tenth.
Figures go to the standard output; ends with status 1 when a part failed.
"""
import os
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "live"))
import faults  # noqa: E402
import flat  # noqa: E402
import flow  # noqa: E402
import kills  # noqa: E402

PARTS = {"kills": kills, "faults": faults, "flow": flow, "flat": flat}


def say(text):
    print("    " + text, flush=True)


def main():
    scale = float(os.environ.get("SCALE", "1"))
    asked = os.environ.get("PART", "")
    names = asked.split(",") if asked else list(PARTS)
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        sys.exit("soak: unknown PART: %s (known: %s)" % (
            ", ".join(unknown), ", ".join(PARTS)))
    failed = 0
    for name in names:
        begun = time.monotonic()
        print("%s: %s" % (name, PARTS[name].__doc__.splitlines()[0]),
              flush=True)
        try:
            result = PARTS[name].run(scale, say)
        except Exception:
            traceback.print_exc()
            failed += 1
            result = "FAILED"
        print("%s: %s (%.0f s)" % (name, result, time.monotonic() - begun),
              flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
