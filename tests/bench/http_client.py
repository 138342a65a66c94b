# SPDX-License-Identifier: MIT
"""What rows ask over HTTP."""
import json
import subprocess

import mailscope
import servers


def port(server):
    return mailscope.split(server.server.ready["http"].split("//")[1])[1]


def fetch(server, paths, connections, requests, prefix=()):
    """Runs fetch against a server; every answer must be a 200."""
    ran = subprocess.run(
        [*prefix, servers.built("fetch"), str(port(server)),
         str(connections), str(requests)], input="\n".join(paths) + "\n",
        capture_output=True, text=True, timeout=600, check=False)
    if ran.returncode != 0:
        raise RuntimeError(ran.stderr.strip())
    result = json.loads(ran.stdout)
    if result["refused"]:
        raise RuntimeError("%d of %d answers were not 200" % (
            result["refused"], result["requests"]))
    return result
