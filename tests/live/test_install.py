# SPDX-License-Identifier: MIT
"""`make install` puts the program, its page of the manual, completions and
units where they belong, and the program runs from there."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import mailscope

EXPECTED = (
    "bin/mailscope", "bin/mailscope-sendmail", "share/man/man1/mailscope.1.gz",
    "share/bash-completion/completions/mailscope",
    "share/zsh/vendor-completions/_mailscope",
    "share/fish/vendor_completions.d/mailscope.fish",
    "lib/systemd/system/mailscope.service",
    "lib/systemd/system/mailscope.socket",
)


def make(*words):
    """Runs make in the project and returns what it printed."""
    done = subprocess.run(["make", "-s", *words], cwd=mailscope.ROOT,
                          capture_output=True, text=True, timeout=600,
                          env=mailscope.environment(), check=False)
    if done.returncode != 0:
        raise AssertionError("make %s: %s%s" % (
            " ".join(words), done.stdout, done.stderr))
    return done.stdout.strip()


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="mailscope-install-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        make("install", "DESTDIR=" + cls.folder, "PREFIX=/opt/mail")
        cls.root = os.path.join(cls.folder, "opt/mail")

    def test_everything_is_where_it_belongs(self):
        for path in EXPECTED:
            with self.subTest(path):
                self.assertTrue(os.path.exists(os.path.join(self.root, path)))

    def test_the_installed_program_says_version_and_libraries(self):
        said = subprocess.run(
            [os.path.join(self.root, "bin/mailscope"), "--version"],
            capture_output=True, text=True, check=True, timeout=60).stdout
        self.assertRegex(said, r"mailscope \d+\.\d+\.\d+")
        for library in ("libuv", "openssl", "libmicrohttpd", "sqlite3"):
            self.assertIn(library, said)

    def test_the_unit_starts_the_program_of_its_prefix(self):
        with open(os.path.join(self.root,
                               "lib/systemd/system/mailscope.service"),
                  encoding="utf-8") as unit:
            text = unit.read()
        self.assertIn("ExecStart=/opt/mail/bin/mailscope ", text)
        self.assertNotIn("@PREFIX@", text)

    @unittest.skipUnless(shutil.which("man"), "man is not installed")
    def test_the_manual_is_well_formed(self):
        page = os.path.join(self.root, "share/man/man1/mailscope.1.gz")
        read = subprocess.run(
            ["man", "--warnings=all", "-E", "UTF-8", "-l", "-Tutf8", page],
            capture_output=True, text=True, timeout=60, check=True,
            env=mailscope.environment(MANWIDTH="100", LC_ALL="C.UTF-8"))
        self.assertEqual(read.stderr, "")
        for word in ("NAME", "SYNOPSIS", "--smtp", "MAILSCOPE_"):
            self.assertIn(word, re.sub(".\x08", "", read.stdout))


if __name__ == "__main__":
    unittest.main()
