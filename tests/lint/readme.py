#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""README.md shows the options as options.def has them (`--write` mends it),
and every room has a README of at most 40 lines."""
import os
import re
import sys

import sources

BEGIN, END = "<!-- options -->", "<!-- /options -->"
ROOMS = ["server", "server/smtp", "server/commands", "inbox", "inbox/base",
         "inbox/mail", "inbox/diagnosis", "webui", "webui/app", "tests",
         "docker"]
STRING = r'"(?:[^"\\]|\\.)*"'


def unquote(text):
    return "".join(part[1:-1] for part in re.findall(STRING, text))


def options():
    """(flag, default, value, sentence) of every row of options.def."""
    source = re.sub(r"/\*.*?\*/", "", sources.text("server/options.def"),
                    flags=re.S)
    row = re.compile(
        r"OPTION\(\s*\w+,\s*\w+,\s*\w+,\s*(%s),\s*(%s|NULL),\s*(%s|NULL),"
        r"\s*\d+,\s*\d+,\s*((?:%s\s*)+)\)" % ((STRING,) * 4))
    found = row.findall(source)
    if len(found) != len(re.findall(r"^OPTION\(", source, re.M)):
        sys.exit("options.def: a row cannot be read")
    return [tuple(unquote(part) for part in parts) for parts in found]


def table():
    lines = ["| option | default | what it does |", "|---|---|---|"]
    for flag, preset, value, sentence in options():
        shown = "--" + flag + (" " + value if value else "")
        lines.append("| `%s` | %s | %s |" % (
            shown.replace("|", "\\|"),
            "`%s`" % preset if preset else "",
            sentence.replace("|", "\\|")))
    return "\n".join(lines)


def check_readme():
    source = sources.text("README.md")
    if BEGIN not in source or END not in source:
        yield "README.md", 1, "no %s ... %s" % (BEGIN, END)
        return
    before, rest = source.split(BEGIN, 1)
    shown, after = rest.split(END, 1)
    if "--write" in sys.argv:
        with open(os.path.join(sources.ROOT, "README.md"), "w",
                  encoding="utf-8") as out:
            out.write(before + BEGIN + "\n" + table() + "\n" + END + after)
    elif shown.strip() != table():
        yield ("README.md", before.count("\n") + 1,
               "the options differ from options.def: run "
               "tests/lint/readme.py --write")


def check_rooms():
    for room in ROOMS:
        path = room + "/README.md"
        if not os.path.isdir(os.path.join(sources.ROOT, room)):
            continue
        if not os.path.exists(os.path.join(sources.ROOT, path)):
            yield path, 1, "is missing: what lives here, what it may touch"
        elif sources.text(path).count("\n") > 40:
            yield path, 41, "longer than 40 lines"


def main():
    sources.finish(list(check_readme()) + list(check_rooms()))


main()
