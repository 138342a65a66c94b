# SPDX-License-Identifier: MIT
"""A store of a million messages on disk, made once and copied for rows that
change it."""
import os
import shutil

import servers

BODY = 200  # octets: what such a store is asked for does not depend on it


def fill(server, count):
    servers.load(server, sessions=50, messages=count, body=BODY,
                 pipelined=True)


def folder(bench):
    """The folder of the large store; filled at the first call."""
    path = os.path.join(servers.WORK, "large")
    if not os.path.isdir(path):
        bench.say("filling a store with %d messages" % bench.many)
        os.makedirs(path)
        with servers.Mailscope("process", folder=path) as server:
            fill(server, bench.many)
    return path


def copy(bench):
    """A copy that a row may spoil; the row removes it."""
    path = os.path.join(servers.WORK, "large-copy")
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(folder(bench), path)
    return path
