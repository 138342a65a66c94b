#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Calls that are not made, names that say nothing, words of the unfinished,
and the licence line."""
import re

import sources

CALLS = re.compile(
    r"(?<![\w.>])(strcpy|strcat|strncat|sprintf|vsprintf|gets|strtok|atoi|atol"
    r"|localtime|gmtime|asctime|ctime|rand|srand|alloca|system|tmpnam|tempnam"
    r"|mktemp|bcopy|bzero|usleep|signal|setjmp|longjmp)\s*\(")
# A declaration of something whose name says nothing.
NAMES = re.compile(
    r"\b(?!return\b|goto\b|case\b|else\b)[a-z_]\w* \**"
    r"(data|info|util|utils|helper|manager|process|tmp|foo|bar)\s*(?:[=;,)\[]|$)")
UNFINISHED = re.compile(
    r"\b(TODO|FIXME|XXX|HACK|stub)\b")
FILES = re.compile(r"(^|/)(data|info|utils?|helpers?|manager|misc|common|tmp)"
                   r"\.(c|h|py)$")


def check_c(path, source):
    for number, line in enumerate(sources.bare(source).splitlines(), 1):
        for found in CALLS.finditer(line):
            yield path, number, "%s() is not called here" % found.group(1)
        for found in NAMES.finditer(line):
            yield path, number, "'%s' says nothing" % found.group(1)


def check(path):
    source = sources.text(path)
    if FILES.search(path):
        yield path, 1, "the file's name says nothing"
    if path.endswith((".c", ".h", ".py", ".ts", ".tsx", ".mjs")) and (
            "SPDX-License-Identifier: MIT" not in source[:200]):
        yield path, 1, "no SPDX line"
    for number, line in enumerate(source.splitlines(), 1):
        if path != "tests/lint/words.py" and UNFINISHED.search(line):
            yield path, number, "sounds unfinished: " + line.strip()[:60]
    if path.endswith((".c", ".h")) and not path.startswith("tests/"):
        yield from check_c(path, source)


def main():
    paths = sources.program() + sources.listed(
        "tests/**/*.[ch]", "tests/**/*.py", "tests/**/*.mjs", "webui/**/*.ts",
        "webui/**/*.tsx", "webui/**/*.py", "webui/**/*.mjs", "docker/*",
        "Makefile", "README.md")
    sources.finish([what for path in paths for what in check(path)])


main()
