# SPDX-License-Identifier: MIT
"""A farm of 5,000 slow clients, and what it costs a normal one"""
import resource

import servers
from figures import Figure, median, ratios
from rows import memory


def measure(bench):
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    farm = min(bench.scaled(5000), limit - 200 if limit > 0 else 1 << 20)
    count = bench.scaled(8000)

    def once(server):
        return servers.load(server, sessions=10, messages=count)["rate"]

    with servers.Mailscope("memory") as alone:
        with servers.Mailscope("memory") as beset:
            beset.settle = alone.settle = lambda: 0
            words = [servers.built("load"), "--port", beset.port, "--hold",
                     "--sessions", farm, "--drip", 1000]
            with memory.held(*words):
                found = bench.in_turn({"alone": lambda: once(alone),
                                       "beset": lambda: once(beset)})
    bench.say("%.0f/s alone, %.0f/s beside %d slow ones" % (
        median(found["alone"]), median(found["beset"]), farm))
    yield Figure("drip", "messages/s beside %d slow clients vs alone" % farm,
                 ratios(found["beset"], found["alone"]), 0.9, 0.95, less=False)
