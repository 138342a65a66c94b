# SPDX-License-Identifier: MIT
"""The rows of the table, in its order: (name, module with measure())."""
from rows import (cpu, drip, durable, event, fetch, memory, page, pages,
                  power, retire, secure, start, syscalls, tail, throughput, waits)

# Row 13 comes before 8, which spoils the large store.
ROWS = [("1", syscalls), ("2", cpu), ("3", throughput), ("4", power),
        ("5", durable), ("6", tail), ("7", pages), ("13", start),
        ("8", retire), ("9", fetch), ("10", event), ("11", secure),
        ("12", memory), ("waits", waits), ("drip", drip),
        ("ui", page)]
