# SPDX-License-Identifier: MIT
"""Runs one test file and counts what it says."""
import dataclasses
import os
import re
import signal
import subprocess
import tempfile
import time


@dataclasses.dataclass
class Case:
    suite: str
    name: str
    command: list
    parser: str = "exit"     # cmocka, unittest, node, exit
    parallel: bool = True
    limit_s: int = 600
    env: dict = dataclasses.field(default_factory=dict)
    cwd: str = "."
    tries: int = 1           # a second try is always reported


@dataclasses.dataclass
class Result:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    tries: int = 1
    seconds: float = 0.0
    output: str = ""
    details: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


def of_cmocka(output, result):
    """CMOCKA_MESSAGE_OUTPUT=TAP: ok 1 - name, not ok 2 - name."""
    for line in output.splitlines():
        if re.match(r"ok \d+", line):
            if "# SKIP" in line.upper():
                result.skipped += 1
            else:
                result.passed += 1
        elif re.match(r"not ok \d+", line):
            result.failed += 1


def of_node(output, result):
    """node --test --test-reporter=tap: # pass 3."""
    for word, field in (("pass", "passed"), ("fail", "failed"),
                        ("cancelled", "failed"), ("skipped", "skipped")):
        for count in re.findall(r"^# %s (\d+)$" % word, output, re.M):
            setattr(result, field, getattr(result, field) + int(count))


def of_unittest(output, result):
    """python -m unittest: Ran 3 tests, FAILED (failures=1, skipped=1)."""
    ran = sum(map(int, re.findall(r"^Ran (\d+) tests?", output, re.M)))
    last = re.findall(r"^(?:OK|FAILED)(?: \((.*)\))?$", output, re.M)
    counts = dict(re.findall(r"([a-z ]+)=(\d+)", last[-1] if last else ""))
    counts = {key.strip(): int(value) for key, value in counts.items()}
    result.skipped = counts.get("skipped", 0)
    result.failed = (counts.get("failures", 0) + counts.get("errors", 0) +
                     counts.get("unexpected successes", 0))
    result.passed = max(0, ran - result.failed - result.skipped)
    if result.skipped:
        reasons = re.findall(r"\.\.\. (skipped .*)$", output, re.M)
        result.notes = sorted({reason[:140] for reason in reasons})


def of_exit(output, result):
    """A program that says nothing countable, or `N passed, N failed`."""
    found = re.findall(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$",
                       output, re.M)
    if found:
        result.passed, result.failed, result.skipped = (
            int(number or 0) for number in found[-1])


PARSERS = {"cmocka": of_cmocka, "node": of_node, "unittest": of_unittest,
           "exit": of_exit}


def execute(case, root, log):
    """Runs the command with a limit. Returns its status, None: over time."""
    environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP",
                       PYTHONPATH=os.path.join(root, "tests", "live"),
                       PYTHONDONTWRITEBYTECODE="1",
                       MAILSCOPE_ROOT=root)
    environment.update(case.env)
    try:
        running = subprocess.Popen(
            case.command, cwd=os.path.join(root, case.cwd), env=environment,
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            start_new_session=True)
    except OSError as error:
        log.write(str(error).encode())
        return 127
    try:
        return running.wait(case.limit_s)
    except subprocess.TimeoutExpired:
        return None
    finally:
        try:  # what the file left behind goes with it
            os.killpg(running.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        running.wait()


def run_once(case, root):
    result = Result()
    started = time.monotonic()
    with tempfile.TemporaryFile() as log:
        status = execute(case, root, log)
        log.seek(0)
        result.output = log.read().decode("utf-8", "replace")
    result.seconds = time.monotonic() - started
    PARSERS[case.parser](result.output, result)
    if status is None:
        result.failed += 1
        result.output += "\nnot finished after %d s: stopped" % case.limit_s
    elif status != 0 and result.failed == 0:
        result.failed += 1
        result.output += "\nended with status %d" % status
    elif status == 0 and case.parser == "exit" and not (
            result.passed + result.failed + result.skipped):
        result.passed = 1
    elif result.passed + result.failed + result.skipped == 0:
        result.failed += 1
        result.output += "\nran no test at all"
    return result


def reasons(output):
    """Which tests of a file failed, and the line that says why."""
    lines = [line.strip() for line in output.splitlines()]
    found = [line for line in lines
             if re.match(r"(FAIL|ERROR): |not ok |\w*(Error|Exception)\b", line)]
    return " / ".join(found or lines[-3:])[:600]


def run(case, root):
    """Runs a case; again when it failed and may be tried again."""
    result = run_once(case, root)
    for number in range(2, case.tries + 1):
        if not result.failed:
            break
        again = run_once(case, root)
        again.tries = number
        again.notes.append("try %d; the one before failed: %s" % (
            number, reasons(result.output.strip())))
        result = again
    return result
