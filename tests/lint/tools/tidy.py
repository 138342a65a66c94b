#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""clang-tidy over the program, a file per core at a time."""
import concurrent.futures
import os
import shlex
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import sources  # noqa: E402


def tidy(path):
    flags = [flag for flag in shlex.split(sources.text("build/cflags"))
             if flag != "-Werror"]
    done = subprocess.run(
        ["clang-tidy", "--quiet", path, "--", *flags], cwd=sources.ROOT,
        check=False, text=True, capture_output=True)
    return path, done.returncode, done.stdout.strip()


def main():
    paths = sys.argv[1:] or sources.program("c")
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for _path, status, said in pool.map(tidy, paths):
            if status or said:
                bad += 1
                print(said)
    sys.exit(1 if bad else 0)


main()
