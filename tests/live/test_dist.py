# SPDX-License-Identifier: MIT
"""The source archive has the same octets each time and builds where there is
neither Node.js nor npm."""
import hashlib
import os
import shutil
import subprocess
import tempfile
import unittest

import mailscope
from test_install import make


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

    def test_it_builds_without_node_and_npm(self):
        subprocess.run(["tar", "-xJf", self.archive, "-C", self.folder],
                       check=True)
        tree = os.path.join(self.folder, os.listdir(self.folder)[0])
        fence = os.path.join(self.folder, "bin")
        os.mkdir(fence)
        for name in ("node", "npm", "npx"):
            path = os.path.join(fence, name)
            with open(path, "w", encoding="utf-8") as script:
                script.write("#!/bin/sh\necho no Node.js here >&2\nexit 127\n")
            os.chmod(path, 0o755)
        built = subprocess.run(
            ["make", "-s"], cwd=tree, capture_output=True, text=True,
            timeout=900, check=False, env=mailscope.environment(
                PATH=fence + ":" + os.environ["PATH"], MAKEFLAGS="-j2"))
        self.assertEqual(built.returncode, 0, built.stdout + built.stderr)
        program = os.path.join(tree, "build/mailscope")
        said = subprocess.run([program, "--version"], capture_output=True,
                              text=True, check=True, timeout=60).stdout
        commit = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"], cwd=mailscope.ROOT,
            capture_output=True, text=True, check=True).stdout.strip()
        self.assertIn(commit, said)
        self.serves_the_page(program)

    def serves_the_page(self, program):
        server = mailscope.Server()
        server.command[0] = program
        with server:
            status, _, body = server.ask("/")
        self.assertEqual(status, 200)
        self.assertIn(b"<script", body)


if __name__ == "__main__":
    unittest.main()
