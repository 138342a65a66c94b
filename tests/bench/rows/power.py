# SPDX-License-Identifier: MIT
"""Messages a second, against smtp-sink, every 250 behind an fdatasync"""
from rows import throughput

SHAPES = {
    "1K 1/conn": ({"per_connection": 1, "messages": 12000}, 1.2, 1.4),
    "1K many": ({"messages": 30000}, 0.85, 1.1),
    "10K": ({"messages": 12000, "body": 10240}, 1.8, 2.5)}


def measure(bench):
    yield from throughput.compare(bench, "4", ("power",), SHAPES, (50,))
