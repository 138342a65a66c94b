#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""README.md shows options and commands as their tables have them (`--write`
mends it), and every room has a README of at most 40 lines."""
import os
import re
import sys

import sources

ROOMS = sorted({os.path.dirname(path) for path in sources.program()}
               | {"webui/app", "tests", "docker"})
STRING = r'"(?:[^"\\]|\\.)*"'


def unquote(text):
    return "".join(part[1:-1] for part in re.findall(STRING, text))


def options():
    """(flag, default, value, sentence) of every row of options.def."""
    source = re.sub(r"/\*.*?\*/", "", sources.text("server/options/options.def"),
                    flags=re.S)
    row = re.compile(
        r"OPTION\(\s*\w+,\s*\w+,\s*\w+,\s*(%s),\s*(%s|NULL),\s*(%s|NULL),"
        r"\s*\d+,\s*\d+,\s*((?:%s\s*)+)\)" % ((STRING,) * 4))
    found = row.findall(source)
    if len(found) != len(re.findall(r"^OPTION\(", source, re.M)):
        sys.exit("options.def: a row cannot be read")
    return [tuple(unquote(part) for part in parts) for parts in found]


def commands():
    source = sources.text("server/commands/commands.def")
    rows = re.findall(r"COMMAND\((\w+),\s*(%s),\s*((?:%s\s*)+)\)" % (
        STRING, STRING), source)
    lines = ["| command | what it does |", "|---|---|"]
    for name, arguments, sentence in rows:
        shown = ("mailscope %s %s" % (name, unquote(arguments))).strip()
        lines.append("| `%s` | %s |" % (shown.replace("|", "\\|"),
                                        unquote(sentence)))
    return "\n".join(lines)


def options_table():
    lines = ["| option | default | what it does |", "|---|---|---|"]
    for flag, preset, value, sentence in options():
        shown = "--" + flag + (" " + value if value else "")
        lines.append("| `%s` | %s | %s |" % (
            shown.replace("|", "\\|"),
            "`%s`" % preset if preset else "",
            sentence.replace("|", "\\|")))
    return "\n".join(lines)


TABLES = {"options": options_table, "commands": commands}


def check_readme():
    for name, table in TABLES.items():
        begin, end = "<!-- %s -->" % name, "<!-- /%s -->" % name
        source = sources.text("README.md")
        if begin not in source or end not in source:
            yield "README.md", 1, "no %s ... %s" % (begin, end)
            continue
        before, rest = source.split(begin, 1)
        shown, after = rest.split(end, 1)
        if "--write" in sys.argv:
            with open(os.path.join(sources.ROOT, "README.md"), "w",
                      encoding="utf-8") as out:
                out.write(before + begin + "\n" + table() + "\n" + end + after)
        elif shown.strip() != table():
            yield ("README.md", before.count("\n") + 1,
                   "the %s differ from their table: run "
                   "tests/lint/readme.py --write" % name)


def check_rooms():
    for room in ROOMS:
        path = room + "/README.md"
        if not os.path.exists(os.path.join(sources.ROOT, path)):
            yield path, 1, "is missing: what lives here, what it may touch"
        elif sources.text(path).count("\n") > 40:
            yield path, 41, "longer than 40 lines"


def main():
    sources.finish(list(check_readme()) + list(check_rooms()))


main()
