#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Files, functions, nesting and parameters stay small."""
import re

import sources

FILE_LINES = 500
FUNCTION_LINES = 60
NESTING = 3
PARAMETERS = 4
PARAMETERS_OF_TESTS = 5
CONTROL = re.compile(r"^\s*(?:\} )?(if|for|while|switch|do|else)\b")


def functions(lines):
    """(first line, last line) of each function: { and } in column 0."""
    start = None
    for number, line in enumerate(lines):
        if line == "{":
            start = number
            while start > 0 and lines[start - 1].strip() and not re.match(
                    r"[#}/ ]?\*?/?$|#|.*[;}]$|.*\*/$", lines[start - 1]):
                start -= 1
        elif line == "}" and start is not None:
            yield start, number
            start = None


def deepest(lines, first, last):
    """The deepest nesting of control blocks, and its line."""
    stack, most, where = [], 0, first
    for number in range(first, last + 1):
        line = lines[number].rstrip()
        for letter in line:
            if letter == "}" and stack:
                stack.pop()
            elif letter == "{":
                stack.append(bool(CONTROL.match(line)) or (
                    line.startswith(" ") and line.endswith(") {")))
        if sum(stack) > most:
            most, where = sum(stack), number
    return most, where


def parameters(lines, first):
    head = " ".join(lines[first:first + 12]).split("{")[0]
    inside = head[head.find("(") + 1:]
    depth, count = 0, 1
    for letter in inside:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0:
            break
        count += letter == "," and depth == 0
    return count


def check(path):
    lines = sources.bare(sources.text(path)).splitlines()
    if len(lines) > FILE_LINES:
        yield path, len(lines), "longer than %d lines" % FILE_LINES
    if not path.endswith((".c", ".h")):
        return
    for first, last in functions(lines):
        size = last - first + 1
        if size > FUNCTION_LINES:
            yield path, first + 1, "a function of %d lines (at most %d)" % (
                size, FUNCTION_LINES)
        most, where = deepest(lines, first, last)
        if most > NESTING:
            yield path, where + 1, "nested %d deep (at most %d)" % (
                most, NESTING)
        is_callback = any(re.search(r"\bon_\w+\(", line)
                          for line in lines[first:first + 3])
        most = PARAMETERS_OF_TESTS if path.startswith("tests/") else PARAMETERS
        if parameters(lines, first) > most and not is_callback:
            yield path, first + 1, "%d parameters: make it a struct" % (
                parameters(lines, first))


def main():
    paths = sources.program() + sources.listed(
        "tests/**/*.c", "tests/**/*.h", "tests/**/*.py", "tests/**/*.mjs",
        "webui/**/*.ts", "webui/**/*.tsx", "webui/**/*.css", "webui/**/*.py",
        "webui/**/*.mjs")
    sources.finish([what for path in paths for what in check(path)])


main()
