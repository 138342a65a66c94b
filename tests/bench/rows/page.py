# SPDX-License-Identifier: MIT
"""The page in a real browser: what its checks say in milliseconds"""
import json
import os
import shutil
import subprocess

import servers
from figures import Figure, median

SCRIPT = os.path.join(servers.ROOT, "tests", "bench", "page.mjs")

# What page.mjs prints, what it is called, must, aim, unit.
FIGURES = [
    ("first_message_ms", "2: the 250 to the row of the first message",
     500, 100, "ms"),
    ("first_rows_ms", "4: first rows of 100,000 messages", 600, 400, "ms"),
    ("scroll_p95_ms", "4: frame while scrolling them, p95", 20, 17, "ms"),
    ("scroll_longest_ms", "4: frame while scrolling them, longest",
     100, 50, "ms"),
    ("drawn_rows", "4: rows drawn", 60, 40, ""),
    ("jump_ms", "5: scrollbar to anywhere in them", 300, 150, "ms"),
    ("flood_requests", "7: requests during 1,000 messages", 25, 5, ""),
    ("flood_longest_task_ms", "7: longest task during 1,000 messages",
     200, 50, "ms"),
    ("streams_of_eight_tabs", "9: event streams of 8 tabs", 2, 1, ""),
    ("failover_ms", "9: the tab with the stream closes, the others go on",
     2000, 500, "ms"),
    ("live_row_ms", "33: command to its row in a live session, median",
     300, 150, "ms"),
    ("live_row_longest_ms", "33: command to its row, longest of 40",
     300, 280, "ms"),
    ("recipients_open_ms", "35: a session of 5,000 recipients opens",
     300, 200, "ms"),
    ("recipients_scroll_p95_ms", "35: frame while scrolling it, p95",
     33, 17, "ms"),
    ("script_kb", "40: script of the first view, gzip", 45, 40, "KB"),
    ("style_kb", "40: style, gzip", 10, 8, "KB"),
    ("first_paint_ms", "40: first contentful paint", 400, 200, "ms"),
]


def once(quick):
    ran = subprocess.run(["node", SCRIPT] + (["--quick"] if quick else []),
                         capture_output=True, text=True, timeout=900,
                         check=False)
    if ran.returncode != 0:
        raise RuntimeError(ran.stderr.strip()[-2000:])
    return json.loads(ran.stdout)


def measure(bench):
    if shutil.which("node") is None:
        yield Figure("ui", "the page", None, note="node is not installed")
        return
    found = bench.in_turn({"page": lambda: once(bench.quick)})["page"]
    for name, what, must, aim, unit in FIGURES:
        yield Figure("ui", what, median([one[name] for one in found]), must,
                     aim, unit=unit)
