#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The arrows of the house, by #include: who may look at whom, and which file
may spell which library."""
import os
import re

import sources

# What the other rooms know of inbox/ and of webui/ is a face: a room of its own,
# because its words are what the rooms behind it speak, too.
FACE = "inbox/inbox.h"
FACE_PARTS = ("inbox/said.h", "inbox/keeping.h")
WEB_FACE = "webui/webui.h"

# A room, and the rooms whose headers it may include beside its own. No room may
# reach itself along these arrows.
ARROWS = {
    "inbox/base": [],
    FACE: ["inbox/base"],
    "inbox/mail": ["inbox/base"],
    "inbox/diagnosis": ["inbox/mail", "inbox/base"],
    "inbox/transcript": ["inbox/base"],
    "inbox/query": ["inbox/transcript", "inbox/mail", FACE, "inbox/base"],
    "inbox/match": ["inbox/query", "inbox/base"],
    "inbox/journal": ["inbox/base"],
    "inbox/record": ["inbox/journal", "inbox/diagnosis", FACE, "inbox/base"],
    "inbox/index": ["inbox/record", "inbox/journal", "inbox/query",
                    "inbox/mail", FACE, "inbox/base"],
    "inbox/store": ["inbox/index", "inbox/record", "inbox/journal",
                    "inbox/diagnosis", FACE, "inbox/base"],
    "inbox/upkeep": ["inbox/store", "inbox/index", "inbox/record",
                     "inbox/journal", FACE, "inbox/base"],
    "inbox/keeper": ["inbox/upkeep", "inbox/store", "inbox/index",
                     "inbox/record", "inbox/journal", FACE, "inbox/base"],
    "inbox/reading": ["inbox/upkeep", "inbox/store", "inbox/index",
                      "inbox/record", "inbox/journal", "inbox/match",
                      "inbox/query", "inbox/mail", FACE, "inbox/base"],
    "inbox": ["inbox/reading", "inbox/keeper", "inbox/upkeep", "inbox/store",
              "inbox/index", "inbox/record", "inbox/journal", FACE,
              "inbox/base"],
    "server/smtp": ["inbox/base"],
    "server/options": ["inbox/base"],
    "server/login": ["server/smtp", "inbox/base"],
    "server/peer": ["server/smtp", "inbox/base"],
    "server/tls": ["inbox/transcript", "inbox/base"],
    "server/recorder": ["server/smtp", "inbox/transcript", FACE, "inbox/base"],
    "server/conversation": ["server/recorder", "server/login", "server/peer",
                            "server/options", "server/smtp",
                            "inbox/transcript", FACE, "inbox/base"],
    "server/loop": ["server/conversation", "server/recorder", "server/tls",
                    "server/peer", "server/options", "server/smtp",
                    "inbox/transcript", FACE, "inbox/base"],
    WEB_FACE: [FACE, "inbox/base"],
    "webui/http": [WEB_FACE, "inbox/base"],
    "webui/json": ["inbox/transcript", "inbox/diagnosis", FACE, "inbox/base"],
    "webui/preview": ["inbox/mail", "inbox/base"],
    "webui/transcript": ["webui/json", "inbox/transcript", "inbox/diagnosis",
                         "inbox/mail", FACE, "inbox/base"],
    "webui/call": ["webui/http", "webui/json", WEB_FACE, "inbox/query", FACE,
                   "inbox/base"],
    "webui/describe": ["webui/call", "webui/json", "inbox/match", "inbox/base"],
    "webui/follow": ["webui/call", "webui/http", "webui/json", "inbox/match",
                     "inbox/query", FACE, "inbox/base"],
    "webui/expect": ["webui/follow", "webui/call", "webui/json", "inbox/match",
                     "inbox/query", FACE, "inbox/base"],
    "webui/api": ["webui/expect", "webui/follow", "webui/call", "webui/json",
                  "webui/preview", "webui/transcript", "inbox/match",
                  "inbox/query", "inbox/transcript", "inbox/mail",
                  "inbox/diagnosis", FACE, "inbox/base"],
    "webui": ["webui/api", "webui/expect", "webui/describe", "webui/follow",
              "webui/call", "webui/http", "webui/json", WEB_FACE, FACE,
              "inbox/base"],
}
# These put the program together and may include anything of ours.
ANYTHING = re.compile(
    r"server/(main\.c|loop/control[a-z_]*\.[ch]|commands/.*)$")

LIBRARIES = {
    r"uv\.h|uv/.*": r"server/(loop/.*|commands/serve[a-z_]*\.[ch])",
    r"openssl/.*": r"server/(tls|login)/.*",
    r"microhttpd\.h": r"webui/http/(http|bind)\.[ch]",
    r"gmime/.*|glib.*": r"inbox/mail/.*",
    r"sqlite3\.h": r"inbox/index/.*",
    r"jansson\.h": r"webui/json/json\.c",
    r"curl/.*": r"server/commands/client[a-z_]*\.[ch]",
    r"stringprep\.h": r"server/login/accounts\.c",
    r"ini\.h": r"server/options/.*\.c",
    r"pcre2\.h": r"inbox/match/.*\.c",
    r"crypt\.h": r"webui/http/auth\.c",
}

# What a room must never ask for: the world belongs to the edges.
WORLD = (r"sys/socket\.h|netinet/.*|netdb\.h|time\.h|sys/time\.h|"
         r"unistd\.h|fcntl\.h|sys/random\.h|pthread\.h|threads\.h|"
         r"inbox/base/(log|clock)\.h")
PURE = {"server/smtp": WORLD, "inbox/diagnosis": WORLD,
        "inbox/transcript": WORLD, "inbox/query": WORLD, "inbox/match": WORLD,
        "inbox/mail": r"inbox/base/log\.h|sys/socket\.h|fcntl\.h"}


def room_of(path):
    if path in FACE_PARTS:
        return FACE
    return path if path in (FACE, WEB_FACE) else os.path.dirname(path)


def why_not(path, name):
    """What is wrong with including `name` in `path`, or None."""
    for library, allowed in LIBRARIES.items():
        if re.fullmatch(library, name) and not re.fullmatch(allowed, path):
            return "<%s> may be spelled only in %s" % (name, allowed)
    room = room_of(path)
    if re.fullmatch(PURE.get(room, "nothing"), name):
        return "%s must not touch <%s>" % (room, name)
    target = room_of(name)
    ours = target.startswith(("server", "inbox", "webui"))
    if not ours or target == room:
        return None
    if os.path.basename(name).endswith("inside.h"):
        return "%s is for %s alone" % (name, target)
    if ANYTHING.match(path) or target in ARROWS.get(room, []):
        return None
    return "%s must not look at %s" % (room, target)


def circle(room, way=()):
    """The rooms through which `room` reaches itself, or None."""
    if room in way:
        return way[way.index(room):] + (room,)
    for target in ARROWS.get(room, []):
        found = circle(target, way + (room,))
        if found:
            return found
    return None


def main():
    complaints = []
    for room in ARROWS:
        found = circle(room)
        if found:
            complaints.append(("tests/lint/layers.py", 1,
                               "a circle: " + " -> ".join(found)))
    for path in sources.program():
        for number, line in enumerate(sources.text(path).splitlines(), 1):
            found = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
            what = why_not(path, found.group(1)) if found else None
            if what:
                complaints.append((path, number, what))
    sources.finish(complaints)


main()
