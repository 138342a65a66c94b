#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The arrows of the house, by #include: who may look at whom, and which file
may spell which library."""
import os
import re

import sources

# A room, and the rooms whose headers it may include beside its own.
ARROWS = {
    "inbox/base": [],
    "inbox/mail": ["inbox/base"],
    "inbox/diagnosis": ["inbox/mail", "inbox/base"],
    "inbox": ["inbox/diagnosis", "inbox/mail", "inbox/base"],
    "server/smtp": ["inbox/base"],
    "server": ["server/smtp", "inbox", "inbox/base"],
    "webui": ["inbox", "inbox/mail", "inbox/diagnosis", "inbox/base"],
}
# These put the program together and may include anything of ours.
ANYTHING = re.compile(r"server/(main\.c|control[a-z_]*\.[ch]|commands/.*)$")

LIBRARIES = {
    r"uv\.h|uv/.*": r"server/(main|loop|listener|connection|control)[a-z_]*\.[ch]"
                    r"|server/commands/serve[a-z_]*\.[ch]",
    r"openssl/.*": r"server/(tls|certificates|accounts|scram)[a-z_]*\.[ch]",
    r"microhttpd\.h": r"webui/http[a-z_]*\.[ch]",
    r"gmime/.*|glib.*": r"inbox/mail/.*",
    r"sqlite3\.h": r"inbox/index[a-z_]*\.[ch]",
    r"jansson\.h": r"webui/json[a-z_]*\.[ch]",
    r"curl/.*": r"server/commands/client[a-z_]*\.[ch]",
    r"stringprep\.h": r"server/accounts\.c",
    r"ini\.h": r"server/options[a-z_]*\.c",
    r"pcre2\.h": r"inbox/match[a-z_]*\.c",
    r"crypt\.h": r"webui/auth[a-z_]*\.c",
}

# What a room must never ask for: the world belongs to the edges.
WORLD = (r"sys/socket\.h|netinet/.*|netdb\.h|time\.h|sys/time\.h|"
         r"unistd\.h|fcntl\.h|sys/random\.h|pthread\.h|threads\.h|"
         r"inbox/base/(log|clock)\.h")
PURE = {"server/smtp": WORLD, "inbox/diagnosis": WORLD,
        "inbox/mail": r"inbox/base/log\.h|sys/socket\.h|fcntl\.h"}


def room_of(path):
    return os.path.dirname(path)


def why_not(path, name):
    """What is wrong with including `name` in `path`, or None."""
    for library, allowed in LIBRARIES.items():
        if re.fullmatch(library, name) and not re.fullmatch(allowed, path):
            return "<%s> may be spelled only in %s" % (name, allowed)
    room = room_of(path)
    if re.fullmatch(PURE.get(room, "nothing"), name):
        return "%s must not touch <%s>" % (room, name)
    target = room_of(name)
    ours = target in ARROWS or target.startswith(("server", "inbox", "webui"))
    if not ours or ANYTHING.match(path) or target == room:
        return None
    if target in ARROWS.get(room, []):
        return None
    return "%s must not look at %s" % (room, target)


def main():
    complaints = []
    for path in sources.program():
        for number, line in enumerate(sources.text(path).splitlines(), 1):
            found = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
            what = why_not(path, found.group(1)) if found else None
            if what:
                complaints.append((path, number, what))
    sources.finish(complaints)


main()
