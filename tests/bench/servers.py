# SPDX-License-Identifier: MIT
"""What is measured: mailscope, the ceiling and smtp-sink, behind one face."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "live"))
import machine  # noqa: E402
import mailscope  # noqa: E402

BUILT = os.path.join(ROOT, "build", "release", "bench")
WORK = os.path.join(ROOT, "build", "bench-work")


def built(name):
    return os.path.join(BUILT, name)


def cpu_us(pid, only=None):
    """Microseconds of CPU that all threads of a process took so far, or those
    of the name `only`."""
    total = 0
    for task in os.listdir("/proc/%d/task" % pid):
        folder = "/proc/%d/task/%s/" % (pid, task)
        try:
            with open(folder + "comm") as name:
                is_asked = only is None or name.read().strip() == only
            with open(folder + "schedstat") as stat:
                total += int(stat.read().split()[0]) if is_asked else 0
        except (OSError, IndexError):
            continue  # a thread that has just ended
    return total / 1000


def private_bytes(pid):
    """Memory that only this process has; the kernel's sockets are not in."""
    total = 0
    with open("/proc/%d/smaps_rollup" % pid) as rollup:
        for line in rollup:
            if line.startswith(("Private_Dirty:", "Private_Clean:")):
                total += int(line.split()[1]) * 1024
    return total


class Measured:
    """A server that runs; pid and port say where."""

    def __init__(self, name):
        self.name = name
        self.pid = None
        self.port = None

    def listed(self):
        """Waits until everything that came can be listed; CPU then."""
        return cpu_us(self.pid)

    def settle(self):
        """Waits until what it does behind the replies is done; CPU then."""
        before = cpu_us(self.pid)
        quiet = 0
        # What is read in idle time begins 0.3 to 0.6 s after the last mail: a
        # pause shorter than that is none.
        for _ in range(1200):
            time.sleep(0.1)
            after = cpu_us(self.pid)
            quiet = quiet + 1 if after - before < 2000 else 0
            if quiet == 8:
                return after
            before = after
        return before

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


class Mailscope(Measured):
    """kind: memory, process or power (the last two keep on disk)."""

    def __init__(self, kind, *flags, folder=None, prefix=()):
        super().__init__("mailscope " + kind)
        self.kind = kind
        self.keep = folder is not None
        self.folder = folder or os.path.join(WORK, "store-" + kind)
        store = [] if kind == "memory" else [
            "--data", self.folder, "--durability", kind]
        self.server = mailscope.Server("--log", "warn", *store, *flags,
                                       prefix=prefix)

    def start(self):
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        if self.kind != "memory":
            os.makedirs(self.folder, exist_ok=True)
        self.server.start()
        self.pid = self.server.ready["pid"]
        self.port = self.server.smtp[1]
        return self

    def listed(self):
        # A list has what was acknowledged before it was asked for.
        self.server.get("/api/activity?limit=1")
        return super().listed()

    def stop(self):
        # A tracer in front does not hand the signal on.
        if self.pid:
            os.kill(self.pid, signal.SIGTERM)
        if self.server.process:
            self.server.process.wait(120)
        self.pid = None
        self.server.stop(check=False)
        shutil.rmtree(self.server.folder, ignore_errors=True)
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)


class Ceiling(Measured):
    def __init__(self, prefix=()):
        super().__init__("ceiling")
        self.prefix = prefix
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [*self.prefix, built("ceiling")], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.pid = self.process.pid
        return self

    def stop(self):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()


class Sink(Measured):
    """Postfix's smtp-sink, which throws the mail away."""

    def __init__(self):
        super().__init__("smtp-sink")
        self.process = None

    @staticmethod
    def path():
        return shutil.which("smtp-sink", path=os.environ["PATH"] +
                            ":/usr/sbin:/usr/lib/postfix/sbin")

    def start(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        who = ["-u", "nobody"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(
            [self.path(), *who, "-m", "20000", "127.0.0.1:%d" % self.port,
             "4096"], stdin=subprocess.DEVNULL)
        self.pid = self.process.pid
        mailscope.wait_for(self._answers, "smtp-sink")
        return self

    def _answers(self):
        if self.process.poll() is not None:
            raise RuntimeError("smtp-sink ended by itself")
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as at:
                return at.recv(100)
        except ConnectionRefusedError:
            return None

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


def load(server, **options):
    """Runs the generator against a server; its JSON with CPU a message:
    cpu_us until it is kept and listed, idle_us for reading it whole (snippet,
    attachments, text index), which waits until nothing else is to be done."""
    words = [built("load"), "--port", str(server.port)]
    for name, value in options.items():
        words.append("--" + name.replace("_", "-"))
        if value is not True:
            words.append(str(value))
    before = cpu_us(server.pid)
    ran = subprocess.run(words, capture_output=True, text=True, timeout=900,
                         check=False)
    if ran.returncode != 0:
        raise RuntimeError("%s: %s" % (server.name, ran.stderr.strip()))
    result = json.loads(ran.stdout)
    kept = server.listed()
    result["cpu_us"] = (kept - before) / max(1, result["messages"])
    result["idle_us"] = (server.settle() - kept) / max(1, result["messages"])
    return result


def warm_load(server, messages, body=1024, **options):
    """load(), once memory is warm for what is to be kept: twice the octets of
    the messages and of their headers and sessions, for drafts and the index.
    What earlier runs left to be written to disk is no part of this one."""
    os.sync()
    machine.warm(built("warm"), 2 * messages * (body + 3000))
    return load(server, messages=messages, body=body, **options)
