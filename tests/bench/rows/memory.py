# SPDX-License-Identifier: MIT
"""Memory: an idle connection, plain and TLS; a kept message"""
import contextlib
import resource
import subprocess

import servers
from figures import Figure, median


@contextlib.contextmanager
def held(*words):
    """A generator that holds connections open while the block runs."""
    with subprocess.Popen([str(word) for word in words],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as holder:
        if not holder.stdout.readline().startswith('{"held"'):
            raise RuntimeError("the connections were not all opened")
        yield
        holder.stdin.close()


def idle_bytes(count, *words):
    """Private memory that one of `count` idle connections adds."""
    with servers.Mailscope("memory", "--idle-timeout", "600s") as server:
        program, *rest = words
        ports = [server.port if word == "PORT" else word for word in rest]
        server.settle()
        before = servers.private_bytes(server.pid)
        with held(servers.built(program), *ports):
            server.settle()
            return (servers.private_bytes(server.pid) - before) / count


def kept_bytes(count, **options):
    """Private memory that a kept message adds beyond its octets."""
    with servers.Mailscope("memory", "--max-bytes", "64G") as server:
        servers.load(server, sessions=50, messages=count // 10, **options)
        before = servers.private_bytes(server.pid)
        result = servers.load(server, sessions=50, messages=count, **options)
        grown = servers.private_bytes(server.pid) - before
        return grown / count - result["octets"]


def measure(bench):
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    room = limit - 200 if limit > 0 else 1 << 20
    plain = min(bench.scaled(10000), room)
    secured = min(bench.scaled(2000), room)
    count = bench.scaled(60000)
    found = bench.in_turn({
        "plain": lambda: idle_bytes(plain, "load", "--port", "PORT", "--hold",
                                    "--sessions", plain),
        "secured": lambda: idle_bytes(secured, "secure", "hold", "PORT",
                                      secured),
        "many": lambda: kept_bytes(count),
        "1/conn": lambda: kept_bytes(count // 2, per_connection=1)})
    yield Figure("12", "memory: idle plain connection (of %d)" % plain,
                 median(found["plain"]) / 1000, 2, 1.2, unit="KB")
    yield Figure("12", "memory: idle TLS connection (of %d)" % secured,
                 median(found["secured"]) / 1000, 24, 18, unit="KB")
    for way in ("many", "1/conn"):
        yield Figure("12", "memory: kept 1K message beyond its octets, " + way,
                     median(found[way]) / 1000, 2, 0.8, unit="KB")
