# SPDX-License-Identifier: MIT
"""10 GB of mail through a server that may use 512 MB of memory, in memory
(which keeps the newest 64 MB) and on disk (which keeps all)."""
import json
import os
import shutil
import subprocess
import tempfile

import mailscope

GIGABYTES = 10
LIMIT = 512 << 20
# Octets of a body, and which share of all octets comes in such bodies.
MIX = ((1024, 0.1), (65536, 0.4), (4 << 20, 0.5))
LOAD = os.path.join(mailscope.ROOT, "build", "release", "bench", "load")


def peak_bytes(pid):
    with open("/proc/%d/status" % pid) as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM")


def send(port, octets):
    """Sends the mix; how many messages were acknowledged."""
    total = 0
    for body, share in MIX:
        count = max(20, int(octets * share / body))
        ran = subprocess.run(
            [LOAD, "--port", str(port), "--sessions", "20", "--messages",
             str(count), "--body", str(body)], capture_output=True, text=True,
            timeout=3600, check=False)
        if ran.returncode != 0:
            raise AssertionError(ran.stderr)
        result = json.loads(ran.stdout)
        if result["messages"] != count or result["failures"]:
            raise AssertionError("not all was acknowledged: %s" % result)
        total += count
    return total


def through(octets, *flags):
    """Sends so many octets; the peak of the server's memory and the totals."""
    with mailscope.Server("--log", "warn", *flags) as server:
        sent = send(server.smtp[1], octets)
        kept = server.get("/api/messages?limit=50")
        for message in kept["messages"][:5]:
            status, _, raw = server.ask("/api/messages/%d/raw" %
                                        message["id"])
            if status != 200 or len(raw) != message["size"]:
                raise AssertionError("a message cannot be read again")
        peak = peak_bytes(server.ready["pid"])
    if peak > LIMIT:
        raise AssertionError("used %d MB of memory" % (peak >> 20))
    return peak, sent, kept["total"]


def run(scale, say):
    octets = int(GIGABYTES * scale * (1 << 30)) // 2
    folder = tempfile.mkdtemp(prefix="mailscope-soak-")
    try:
        peak, sent, total = through(octets, "--max-bytes", "64M")
        say("in memory: %d messages, %d kept, peak %d MB" % (
            sent, total, peak >> 20))
        peak, sent, total = through(octets, "--data", folder)
        say("on disk: %d messages, %d kept, peak %d MB" % (
            sent, total, peak >> 20))
        if total != sent:
            raise AssertionError("%d sent, %d kept on disk" % (sent, total))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return "%.1f GB of mail within 512 MB" % (2 * octets / (1 << 30))
