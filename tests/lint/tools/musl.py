#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""All of the program compiles with musl's headers (Alpine), and its SMTP engine,
which needs no library, runs with musl what the fuzzer found. The libraries'
headers are Debian's; none of them shows glibc to us."""
import concurrent.futures
import glob
import os
import shlex
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import sources  # noqa: E402

WORK = os.path.join(sources.ROOT, "build/musl")
PACKAGES = ["gmime-3.0"]
HEADERS = ["uv.h", "uv", "microhttpd.h", "jansson.h", "jansson_config.h",
           "sqlite3.h", "curl", "pcre2.h", "ini.h", "stringprep.h",
           "idn-int.h", "zlib.h", "zconf.h",
           "openssl", "linux", "asm", "asm-generic"]
# Debian's musl leaves its crypt.h out; these are its words that we use.
CRYPT = """struct crypt_data { int initialized; char buf[256]; };
char *crypt_r(const char *, const char *, struct crypt_data *);
"""


def headers():
    """A folder with the libraries' headers and none of glibc's."""
    include = os.path.join(WORK, "include")
    os.makedirs(include, exist_ok=True)
    for top in ["/usr/include", *glob.glob("/usr/include/*-linux-gnu")]:
        for name in HEADERS:
            link(os.path.join(top, name), os.path.join(include, name))
    with open(os.path.join(include, "crypt.h"), "w", encoding="utf-8") as out:
        out.write(CRYPT)
    return include


def link(source, target):
    """Links a header; a folder that is in two places becomes one."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
        for name in os.listdir(source):
            link(os.path.join(source, name), os.path.join(target, name))
    elif os.path.exists(source) and not os.path.lexists(target):
        os.symlink(source, target)


def compile_all(flags):
    """Compiles file by file, linking nothing; the files that failed."""
    def fails(path):
        return subprocess.run(
            ["musl-gcc", *flags, "-Wall", "-Wextra", "-Werror",
             "-fsyntax-only", path], cwd=sources.ROOT, check=False).returncode
    files = sources.program("c")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        return [path for path, failed in zip(files, pool.map(fails, files))
                if failed]


def run_engine(flags):
    """Links the engine statically with musl and replays the fuzzer's corpus."""
    program = os.path.join(WORK, "session_replay")
    subprocess.run(
        ["musl-gcc", *flags, "-O1", "-static", "-o", program,
         "tests/fuzz/session_fuzz.c", "tests/fuzz/replay.c",
         *sources.listed("server/smtp/*.c", "inbox/base/*.c")],
        cwd=sources.ROOT, check=True)
    subprocess.run([program, "tests/fuzz/corpus/session"], cwd=sources.ROOT,
                   check=True)


def main():
    flags = subprocess.run(["pkg-config", "--cflags", *PACKAGES], check=True,
                           capture_output=True, text=True).stdout
    flags = ["-std=c17", "-D_GNU_SOURCE", "-I.", "-isystem", headers(),
             *shlex.split(flags.replace("-I", "-isystem "))]
    if compile_all(flags):
        sys.exit(1)
    run_engine(flags)


main()
