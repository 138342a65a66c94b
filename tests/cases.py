# SPDX-License-Identifier: MIT
"""What there is to run: each suite is a function that lists its files."""
import glob
import os
import subprocess
import sys

from outcome import Case

HERE = os.path.dirname(os.path.abspath(__file__))

SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:"
                    "detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1:suppressions=" +
                    os.path.join(HERE, "tsan.supp"),
    "LSAN_OPTIONS": "print_suppressions=0",
}


def files(root, pattern):
    return sorted(os.path.relpath(path, root)
                  for path in glob.glob(os.path.join(root, pattern)))


def stem(path):
    return os.path.basename(path).split(".")[0]


def program(mode):
    return {"MAILSCOPE_PROGRAM": "build/%s/mailscope" % mode}


def unit(root, _given):
    return [Case("unit", stem(path), ["build/asan/tests/" + stem(path)],
                 "cmocka", env=SANITIZERS)
            for path in files(root, "tests/unit/*_test.c")]


def clang(root, _given):
    """The same tests and the program as the other compiler makes them."""
    return [Case("clang", stem(path), ["build/clang/tests/" + stem(path)],
                 "cmocka") for path in files(root, "tests/unit/*_test.c")] + [
        python_case("clang", path, "clang") for path in
        live_files(root, lambda name: name in UNDER_CLANG)]


def unrandomized():
    """What to put before a program under TSan, whose shadow memory some
    kernels' address randomization runs into; nothing where it is forbidden."""
    words = ["setarch", "-R"]
    try:
        allowed = subprocess.run(words + ["true"], check=False,
                                 capture_output=True).returncode == 0
    except OSError:
        allowed = False
    return words if allowed else []


def threads(root, _given):
    """Unit tests that say `threads: yes` in a comment, under TSan."""
    wrap = unrandomized()
    found = []
    for path in files(root, "tests/unit/*_test.c"):
        with open(os.path.join(root, path), encoding="utf-8") as source:
            if "threads: yes" in source.read():
                found.append(Case("threads", stem(path), wrap + [
                    "build/tsan/tests/" + stem(path)], "cmocka",
                    env=SANITIZERS))
    return found


def replay(root, _given):
    """Every input the fuzzers ever found worth keeping, under ASan."""
    if not os.path.exists(os.path.join(root, "tests/fuzz/replay.c")):
        return []
    found = []
    for path in files(root, "tests/fuzz/*_fuzz.c"):
        name = stem(path)[:-len("_fuzz")]
        corpus = files(root, "tests/fuzz/corpus/%s/*" % name)
        if corpus:
            found.append(Case("replay", name, [
                "build/asan/tests/%s_replay" % name,
                "tests/fuzz/corpus/" + name], env=SANITIZERS))
    return found


def fuzz(root, given):
    """The fuzzers share the time; what they find is left in build/."""
    targets = files(root, "tests/fuzz/*_fuzz.c")
    share = max(2, given.seconds * max(1, given.jobs) // max(1, len(targets)))
    found = []
    for path in targets:
        name = stem(path)[:-len("_fuzz")]
        work = "build/fuzz/corpus/" + name
        os.makedirs(os.path.join(root, work), exist_ok=True)
        command = ["build/fuzz/tests/%s_fuzz" % name, work]
        seeds = "tests/fuzz/corpus/" + name
        if os.path.isdir(os.path.join(root, seeds)):
            command.append(seeds)
        words = "tests/fuzz/%s.dict" % name
        if os.path.exists(os.path.join(root, words)):
            command.append("-dict=" + words)
        # In CI the same minute each time, so that no landing hangs on luck;
        # elsewhere always another one.
        if os.environ.get("CI"):
            command.append("-seed=1")
        command += ["-max_total_time=%d" % share, "-timeout=25",
                    "-rss_limit_mb=3000", "-print_final_stats=1",
                    "-artifact_prefix=build/fuzz/%s-" % name]
        found.append(Case("fuzz", name, command, limit_s=share + 300,
                          env=SANITIZERS))
    return found


def page(root, _given):
    if not os.path.exists(os.path.join(root, "webui/app/package.json")):
        return []
    return [Case("page", "check", ["npm", "run", "--silent", "check"],
                 cwd="webui/app"),
            Case("page", "unit", ["npm", "test", "--silent"], "node",
                 cwd="webui/app")]


# Files of tests/live that measure load or need the machine for themselves.
ALONE = ("load", "crash", "limits", "recipes", "soak", "syscalls", "package",
         "dist", "image", "install", "service")
# Files that also run against the program under a sanitizer: those that reach
# its threads and its parsers, not those that start many clients.
UNDER_ASAN = ("activation", "api", "bad_input", "commands", "dialogues", "events",
              "http_security", "inboxes", "limits", "secrets", "serve",
              "smuggling",
              "tls", "transcripts", "wait", "expect", "sessions")
UNDER_TSAN = ("api", "events", "expect", "inboxes", "serve", "tls",
              "transcripts", "wait", "sessions")
UNDER_CLANG = ("api", "commands", "dialogues")
SHIP = ("package", "dist", "install", "service")
IMAGE = ("image",)


def python_case(suite, path, mode):
    name = stem(path)
    short = name[len("test_"):]
    wrap = unrandomized() if mode == "tsan" else []
    return Case(suite, name, wrap + [
        sys.executable, "-m", "unittest", "-v", path],
                "unittest", parallel=short not in ALONE,
                env=dict(SANITIZERS, **program(mode)), tries=2,
                limit_s=2400 if short in SHIP + IMAGE else
                900 if mode != "release" or short in ALONE else 600)


def live_files(root, wanted):
    return [path for path in files(root, "tests/live/test_*.py")
            if wanted(stem(path)[len("test_"):])]


def live(root, _given):
    return [python_case("live", path, "release") for path in
            live_files(root, lambda name: name not in SHIP + IMAGE)]


def live_asan(root, _given):
    return [python_case("live-asan", path, "asan") for path in
            live_files(root, lambda name: name in UNDER_ASAN)]


def live_tsan(root, _given):
    return [python_case("live-tsan", path, "tsan") for path in
            live_files(root, lambda name: name in UNDER_TSAN)]


def ship(root, _given):
    return [python_case("ship", path, "release") for path in
            live_files(root, lambda name: name in SHIP)]


def image(root, _given):
    return [python_case("image", path, "release") for path in
            live_files(root, lambda name: name in IMAGE)]


def browser(root, _given):
    found = [os.path.relpath(path, "tests/live/browser")
             for path in files(root, "tests/live/browser/*.test.mjs")]
    return [Case("browser", stem(path), [
        "node", "--test", "--test-reporter=tap", path], "node",
        parallel=False, cwd="tests/live/browser", tries=2,
        env=program("release"))
        for path in found]


def lint(root, _given):
    python = sys.executable
    checks = [Case("lint", stem(path), [python, path])
              for path in files(root, "tests/lint/*.py")
              if stem(path) != "sources"]
    return checks + [
        Case("lint", "format", [python, "tests/lint/tools/format.py"]),
        Case("lint", "cppcheck", [python, "tests/lint/tools/cppcheck.py"],
             limit_s=1200),
        Case("lint", "musl", [python, "tests/lint/tools/musl.py"]),
        Case("lint", "clang-tidy", [python, "tests/lint/tools/tidy.py"],
             parallel=False, limit_s=1800),
    ]


SUITES = {"unit": unit, "threads": threads, "replay": replay, "page": page,
          "live": live, "live-asan": live_asan, "live-tsan": live_tsan,
          "browser": browser, "ship": ship, "image": image, "lint": lint,
          "clang": clang, "fuzz": fuzz}
DEFAULT = ["unit", "threads", "replay", "page", "live", "live-asan",
           "live-tsan", "browser", "ship", "image"]
