#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the session fuzzer's seeds from tests/dialogues: what the client says
there, a write after the other. Run it by hand after adding dialogues."""
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/live"))
import dialogue  # noqa: E402

FOLDER = os.path.join(ROOT, "tests/fuzz/corpus/session")
SHAPES = {"lmtp": 2, "trusted": 4, "submission": 8, "auth-required": 32,
          "tls-required": 64}
# A seed need not be long to be one.
MOST = 700


def seed(path):
    """The fuzzer's input for one dialogue."""
    shape, writes, goes_on = 0, [], False
    with open(path, encoding="utf-8") as file:
        for line in file.read().split("\n"):
            shape |= SHAPES.get(line, 0)
            match = re.match(r"C([:&]|=&?)(?: (.*))?$", line)
            if not match:
                continue
            text = match.group(2) or ""
            said = (dialogue.octets(text, MOST) if match.group(1)[0] == "="
                    else text.encode() + b"\r\n").replace(b"\xfe", b"")
            if goes_on:
                writes[-1] += said
            else:
                writes.append(said)
            goes_on = match.group(1).endswith("&")
    return bytes([shape, 0]) + b"\xfe".join(writes)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    for path in glob.glob(os.path.join(ROOT, "tests/dialogues/*.smtp")):
        name = os.path.basename(path)[:-len(".smtp")]
        with open(os.path.join(FOLDER, name), "wb") as file:
            file.write(seed(path))


if __name__ == "__main__":
    main()
