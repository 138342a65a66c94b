# SPDX-License-Identifier: MIT
"""The source archive has the same octets each time, and README's lines install
it where there is neither Node.js nor npm."""
import hashlib
import os
import shutil
import subprocess
import tempfile
import unittest

import mailscope
from test_install import make
from test_readme import block


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


@unittest.skipUnless(os.path.isdir(os.path.join(mailscope.ROOT, ".git")),
                     "the archive is made of a commit: no git repository here")
class Dist(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.archive = make("dist").splitlines()[-1]
        cls.folder = tempfile.mkdtemp(prefix="mailscope-dist-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)

    def test_made_twice_it_has_the_same_octets(self):
        first = digest(self.archive)
        os.unlink(self.archive)
        make("dist")
        self.assertEqual(digest(self.archive), first)

    def test_readmes_lines_install_it_without_node_and_npm(self):
        subprocess.run(["tar", "-xJf", self.archive, "-C", self.folder],
                       check=True)
        tree = os.path.join(self.folder, os.listdir(self.folder)[0])
        fence = self.fence(tree)
        built = subprocess.run(
            ["sh", "-eu", "-c", block("install", "source")], cwd=tree,
            capture_output=True, text=True, timeout=900, check=False,
            stdin=subprocess.DEVNULL, env=mailscope.environment(
                PATH=fence + ":" + os.environ["PATH"], MAKEFLAGS="-j2"))
        self.assertEqual(built.returncode, 0, built.stdout + built.stderr)
        program = os.path.join(tree, "root/usr/local/bin/mailscope")
        said = subprocess.run([program, "--version"], capture_output=True,
                              text=True, check=True, timeout=60).stdout
        commit = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"], cwd=mailscope.ROOT,
            capture_output=True, text=True, check=True).stdout.strip()
        self.assertIn(commit, said)
        self.serves_the_page(program)

    @staticmethod
    def fence(tree):
        """A folder for PATH: no Node.js, and a sudo that installs aside."""
        fence = os.path.join(tree, "fence")
        os.mkdir(fence)
        scripts = dict.fromkeys(("node", "npm", "npx"),
                                "echo no Node.js here >&2; exit 127")
        scripts["sudo"] = 'exec env DESTDIR="%s/root" "$@"' % tree
        for name, text in scripts.items():
            path = os.path.join(fence, name)
            with open(path, "w", encoding="utf-8") as script:
                script.write("#!/bin/sh\n%s\n" % text)
            os.chmod(path, 0o755)
        return fence

    def serves_the_page(self, program):
        server = mailscope.Server()
        server.command[0] = program
        with server:
            status, _, body = server.ask("/")
        self.assertEqual(status, 200)
        self.assertIn(b"<script", body)


if __name__ == "__main__":
    unittest.main()
