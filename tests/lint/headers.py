#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every function in a header is documented and names its parameters."""
import re

import sources

FUNCTION = re.compile(
    r"^(?!typedef|static|extern|#|struct \w+ \{|enum|union|_Static_assert)"
    r"[A-Za-z_][\w \*]*?[ \*](\w+)\((.*?)\)\s*(?:__attribute__.*?)?;", re.S)


def split(inside):
    """Parameters, apart; commas within parentheses belong to one."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(inside):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append(inside[start:place])
            start = place + 1
    return parts + [inside[start:]]


def is_named(parameter):
    words = re.sub(r"\[.*?\]", "", parameter).strip()
    if words in ("void", "...") or "(*" in words:
        return True
    found = re.match(r"^(?:(?:const|struct|enum|unsigned|signed|long|short|"
                     r"volatile)\s+)*\w+\s*(?:const\s*)?[\s\*]+(?:const\s+)?"
                     r"(\w+)$", words)
    return bool(found) and found.group(1) not in (
        "int", "char", "long", "short", "double", "const")


def declarations(bare):
    """(line, text) of each statement that begins in column 0."""
    lines = bare.splitlines()
    number = 0
    while number < len(lines):
        if re.match(r"[A-Za-z_]", lines[number]):
            first, words = number, lines[number]
            while ";" not in words and "{" not in words and (
                    number + 1 < len(lines)):
                number += 1
                words += "\n" + lines[number]
            yield first, words
            if "{" in words and "};" not in words:
                while number < len(lines) and not lines[number].startswith(
                        "}"):
                    number += 1
        number += 1


def is_covered(shown, first):
    """Does a comment stand above, in the same paragraph or as the head of a
    group of functions?"""
    number = first
    while number > 0 and shown[number - 1].strip():
        number -= 1
        if shown[number].strip().endswith("*/"):
            return True
    return number > 1 and shown[number - 2].strip().endswith("*/")


def check(path):
    source = sources.text(path)
    shown = source.splitlines()
    for first, words in declarations(sources.bare(source)):
        found = FUNCTION.match(words)
        if not found:
            continue
        if not is_covered(shown, first):
            yield path, first + 1, "%s() has no comment" % found.group(1)
        for parameter in split(found.group(2)):
            if not is_named(parameter):
                yield path, first + 1, "%s(): '%s' has no name" % (
                    found.group(1), parameter.strip())


def main():
    paths = sources.program("h") + sources.listed("tests/support/*.h")
    sources.finish([what for path in paths for what in check(path)])


main()
