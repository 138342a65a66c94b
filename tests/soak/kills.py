# SPDX-License-Identifier: MIT
"""kill -9 under load at random instants: whatever was acknowledged is there
after the restart, octet for octet, and nothing half."""
import os
import random
import shutil
import signal
import tempfile
import time

import mailscope
import senders

KILLS = 200


def round_of(folder, durability, clients, chance, after):
    """One start, load, kill and restart; the highest id and what was
    acknowledged meanwhile."""
    before = set(clients.acknowledged)
    server = mailscope.Server("--log", "warn", "--data", folder,
                              "--durability", durability)
    try:
        server.start()
        clients.start(server.smtp)
        time.sleep(chance.choice((0.02, 0.1, 0.3, 0.8)) * chance.random())
        server.stop(check=False, how=signal.SIGKILL)
        clients.stop()
    finally:
        server.stop(check=False, how=signal.SIGKILL)
        shutil.rmtree(server.folder, ignore_errors=True)
    with mailscope.Server("--log", "warn", "--data", folder) as again:
        return senders.compare(again, clients, after,
                               clients.acknowledged - before)


def run(scale, say):
    kills = max(4, int(KILLS * scale))
    chance = random.Random(2821)
    folder = tempfile.mkdtemp(prefix="mailscope-soak-")
    clients = senders.Senders(seed=5321)
    last = 0
    try:
        for turn in range(kills):
            durability = "power" if turn % 2 else "process"
            last = round_of(folder, durability, clients, chance, last)
            if turn % 20 == 19:
                say("%d kills, %d acknowledged" % (
                    turn + 1, len(clients.acknowledged)))
        with mailscope.Server("--log", "warn", "--data", folder) as server:
            senders.compare(server, clients)
        os.makedirs(folder, exist_ok=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return "%d kills, %d messages acknowledged, all there octet for octet" % (
        kills, len(clients.acknowledged))
