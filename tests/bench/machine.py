# SPDX-License-Identifier: MIT
"""The machine under the bench: is it quiet, has its connection tracker room, is
its free memory its own?"""
import glob
import os
import subprocess
import time

TRACKER = "/proc/sys/net/netfilter/nf_conntrack_"


def busy_share(seconds=1.0):
    """How much of all cores was busy, nothing of ours running."""
    def read():
        with open("/proc/stat") as stat:
            fields = [int(word) for word in stat.readline().split()[1:9]]
        return sum(fields), fields[3] + fields[4]
    total, idle = read()
    time.sleep(seconds)
    later, still_idle = read()
    return 1 - (still_idle - idle) / max(1, later - total)


def wait_quiet(limit_s, enough=0.08):
    """Waits for a quiet moment; how busy it was at the end."""
    end = time.monotonic() + limit_s
    while True:
        busy = busy_share()
        if busy <= enough or time.monotonic() > end:
            return busy


def tracked():
    """Share of the connection tracker that is taken; 0 without one."""
    try:
        with open(TRACKER + "count") as count, open(TRACKER + "max") as most:
            return int(count.read()) / max(1, int(most.read()))
    except OSError:
        return 0.0


def wait_tracker(limit_s=200):
    """Waits until old connections have left; False when they do not."""
    end = time.monotonic() + limit_s
    while tracked() > 0.5:
        if time.monotonic() > end:
            return False
        time.sleep(2)
    return True


def is_lent():
    """Does a host take back what is free here?"""
    return bool(glob.glob("/sys/bus/virtio/drivers/virtio_balloon/virtio*"))


def warm(program, octets):
    """Memory that is free and this machine's own, for what the next run is
    going to keep; never more than an eighth of what is available. See warm.c."""
    with open("/proc/meminfo") as info:
        available = next(int(line.split()[1]) * 1024 for line in info
                         if line.startswith("MemAvailable:"))
    megabytes = max(1, min(octets, available // 8) >> 20)
    subprocess.run([program, str(megabytes), "2200" if is_lent() else "0"],
                   check=True)


def describe():
    model = "unknown CPU"
    with open("/proc/cpuinfo") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return "%s, %d cores, Linux %s" % (model, os.cpu_count() or 1,
                                       os.uname().release)
