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
    "share/zsh/site-functions/_mailscope",
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

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh_looks_where_its_completion_is(self):
        said = subprocess.run(["zsh", "-fc", "print -l $fpath"], check=True,
                              capture_output=True, text=True, timeout=60)
        self.assertIn("/usr/local/share/zsh/site-functions",
                      said.stdout.split())

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


class Deps(unittest.TestCase):
    """`make deps` where it cannot install: it names what is missing."""

    def setUp(self):
        self.path = tempfile.mkdtemp(prefix="mailscope-path-")
        self.addCleanup(shutil.rmtree, self.path)
        for tool in ("awk", "cat", "cmp", "grep", "make", "mkdir", "tail",
                     "uname"):
            os.symlink(shutil.which(tool), os.path.join(self.path, tool))

    def script(self, name, text):
        path = os.path.join(self.path, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + text)
        os.chmod(path, 0o755)

    def deps(self):
        return subprocess.run(
            ["make", "-s", "deps"], cwd=mailscope.ROOT, capture_output=True,
            text=True, timeout=mailscope.WAIT_S, check=False,
            env=mailscope.environment(PATH=self.path))

    def test_without_a_package_manager_it_names_what_to_install(self):
        self.script("id", "echo 0\n")
        done = self.deps()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, "no apt-get here; install what "
                         "corresponds to: .*libuv1-dev")

    def test_without_root_and_sudo_it_names_what_to_install(self):
        self.script("id", "echo 1000\n")
        self.script("apt-get", "echo must not be called >&2; exit 1\n")
        done = self.deps()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, "neither root nor sudo here; install "
                         "what corresponds to: .*libuv1-dev")
        self.assertNotIn("must not", done.stderr)

    def test_a_user_installs_by_sudo_and_no_service_is_started(self):
        log = os.path.join(self.path, "log")
        self.script("id", "echo 1000\n")
        self.script("apt-get", "exit 1\n")
        self.script("sudo", 'echo "$*" >>%s\n' % log)
        self.assertEqual(self.deps().returncode, 0)
        with open(log, encoding="utf-8") as file:
            asked = file.read()
        self.assertRegex(asked, "apt-get .* install -y .*libuv1-dev")
        if not os.path.exists("/usr/sbin/policy-rc.d"):
            self.assertIn("install -m755 /dev/stdin /usr/sbin/policy-rc.d",
                          asked)
            self.assertIn("rm -f /usr/sbin/policy-rc.d", asked)


if __name__ == "__main__":
    unittest.main()
