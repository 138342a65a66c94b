# SPDX-License-Identifier: MIT
"""Ten minutes of mixed load: the memory at the end is that of the middle."""
import os
import statistics
import subprocess
import threading
import time

import mailscope
import senders

SECONDS = 600
LOAD = os.path.join(mailscope.ROOT, "build", "release", "bench", "load")


def private_bytes(pid):
    with open("/proc/%d/smaps_rollup" % pid) as rollup:
        return sum(int(line.split()[1]) * 1024 for line in rollup
                   if line.startswith("Private_"))


def read_all_the_time(server, stopping, failures):
    """What a page and a test suite ask for."""
    while not stopping.is_set():
        listed = server.get("/api/activity?limit=50")
        for item in listed.get("activity", [])[:3]:
            if item["kind"] == "message":
                status, _, _ = server.ask("/api/messages/%d" % item["id"])
                if status not in (200, 404):  # it may just have been retired
                    failures.append(status)
        server.ask("/api/messages?q=subject:soak&limit=5")
        stopping.wait(0.05)


def flood(server, stopping):
    """Bursts of small messages, each on a connection of its own or not."""
    turn = 0
    while not stopping.is_set():
        turn += 1
        subprocess.run(
            [LOAD, "--port", str(server.smtp[1]), "--sessions", "10",
             "--messages", "300", "--per-connection", str(turn % 3)],
            capture_output=True, timeout=300, check=True)
        stopping.wait(0.2)


def watch(server, clients, seconds):
    """Private memory, measured all along."""
    stopping = threading.Event()
    failures = []
    workers = [threading.Thread(target=read_all_the_time,
                                args=(server, stopping, failures)),
               threading.Thread(target=flood, args=(server, stopping))]
    clients.start(server.smtp)
    for worker in workers:
        worker.start()
    measured = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(seconds / 200)
        measured.append(private_bytes(server.ready["pid"]))
    stopping.set()
    for worker in workers:
        worker.join(300)
    clients.stop()
    if failures:
        raise AssertionError("reading failed: %s" % failures[:5])
    return measured


def run(scale, say):
    seconds = max(20, SECONDS * scale)
    clients = senders.Senders(count=3, seed=11, sizes=(100, 5000, 100000))
    with mailscope.Server("--log", "warn", "--max-messages", "2000",
                          "--max-bytes", "64M") as server:
        measured = watch(server, clients, seconds)
    quarter = len(measured) // 4
    middle = statistics.median(measured[quarter:2 * quarter])
    last = statistics.median(measured[-quarter:])
    say("%d s: %.1f MB in the second quarter, %.1f MB in the last" % (
        seconds, middle / 1e6, last / 1e6))
    # A leak grows without end; allocators and caches differ by some MB.
    if last > middle * 1.3 + (24 << 20):
        raise AssertionError("memory grew from %d to %d octets" % (
            middle, last))
    return "memory was flat over %d s, %d messages acknowledged" % (
        seconds, len(clients.acknowledged))
