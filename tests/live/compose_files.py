# SPDX-License-Identifier: MIT
"""Reads the compose files of docker/, as far as the tests need them."""
import json
import os
import re

import mailscope


def path(name):
    return os.path.join(mailscope.ROOT, "docker", name)


def services(name):
    """{service: its command}, of a file whose commands are JSON lists."""
    with open(path(name), encoding="utf-8") as file:
        text = re.sub(r"^ *#.*\n", "", file.read(), flags=re.M)
    parts = re.split(r"^  (\w+):\n", text, flags=re.M)
    found = {}
    for service, body in zip(parts[1::2], parts[2::2]):
        command = re.search(r"command:\s*(\[.*?\])", body, re.S)
        found[service] = json.loads(command.group(1)) if command else []
    return found
