# SPDX-License-Identifier: MIT
"""What README.md shows is so: its blocks run, its files are there. The blocks
that install are run by the tests of the archive, the package and the image."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import mailscope


def readme():
    with open(os.path.join(mailscope.ROOT, "README.md"),
              encoding="utf-8") as source:
        return source.read()


def block(kind, name):
    """The shell block behind <!-- KIND: NAME -->."""
    found = re.search(r"<!-- %s: %s -->\n```sh\n(.*?)```" % (kind, name),
                      readme(), re.S)
    if not found:
        raise AssertionError("README.md has no block %s: %s" % (kind, name))
    return found.group(1)


class Readme(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="mailscope-readme-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        os.symlink(mailscope.PROGRAM, os.path.join(self.folder, "mailscope"))

    def shell(self, text, **more):
        path = self.folder + os.pathsep + os.environ["PATH"]
        done = subprocess.run(
            ["sh", "-eu", "-c", text], text=True, capture_output=True,
            cwd=self.folder, timeout=300, stdin=subprocess.DEVNULL,
            check=False, env=mailscope.environment(PATH=path, **more))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_the_first_commands_show_the_first_mail(self):
        with mailscope.Server() as server:
            said = self.shell(block("run", "try"), MAILSCOPE_URL=server.url,
                              SMTP_HOST=server.smtp[0],
                              SMTP_PORT=str(server.smtp[1]))
            self.assertIn("Subject: Hello", said)
            self.assertIn("It works", said)

    def test_the_line_for_ci_runs(self):
        self.assertIn('"met": true', self.shell(block("run", "serve")))

    def test_its_excerpts_stand_in_the_recipes(self):
        excerpts = re.findall(
            r"<!-- excerpt: (\S+) -->\n```\w+\n(.*?)\n```", readme(), re.S)
        self.assertGreaterEqual(len(excerpts), 5)
        for path, text in excerpts:
            with open(os.path.join(mailscope.ROOT, path),
                      encoding="utf-8") as recipe:
                lines = [line.strip() for line in recipe]
            shown = [line.strip() for line in text.splitlines()]
            self.assertTrue(any(
                lines[at:at + len(shown)] == shown
                for at in range(len(lines))), path)

    def test_every_file_it_names_is_there(self):
        for path in re.findall(r"`((?:server|inbox|webui|tests|docker)/"
                               r"[\w./-]*)`", readme()):
            if path.upper() == path or re.search(r"[A-Z]{3}", path):
                continue  # a pattern such as tests/unit/MODULE_test.c
            self.assertTrue(
                os.path.exists(os.path.join(mailscope.ROOT, path)), path)
        for path in re.findall(r"\]\(([\w./-]+)\)", readme()):
            self.assertTrue(
                os.path.exists(os.path.join(mailscope.ROOT, path)), path)


if __name__ == "__main__":
    unittest.main()
