# SPDX-License-Identifier: MIT
"""The Debian package is clean for lintian, and in a fresh Debian 12 tree it
installs and does the main job."""
import os
import shutil
import subprocess
import tempfile
import unittest

import mailscope
from test_install import make
from test_readme import block

INSIDE = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          "HOME": "/root", "LC_ALL": "C.UTF-8",
          "DEBIAN_FRONTEND": "noninteractive"}
# Runs inside the tree, on free ports of its own; ends by itself.
MAIN_JOB = r"""
set -eu
cd /tmp
mailscope serve --smtp 127.0.0.1:0 --http 127.0.0.1:0 --ready-file /tmp/ready \
    --data /tmp/mail >/tmp/log 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
for i in $(seq 600); do [ -e /tmp/ready ] && break; sleep 0.1; done
field() { sed -n "s/.*\"$1\":\[*\"\([^\"]*\)\".*/\1/p" /tmp/ready; }
export MAILSCOPE_URL="$(field http)"
mailscope send --server "$(field smtp)" --from app@example.test \
    --to ada@example.test --subject "From the package" --text Hello
mailscope expect --to ada@example.test --subject-contains "the package" \
    --within 30s >/tmp/expected
printf 'Subject: by sendmail\nTo: bob@example.test\n\nHello\n' |
    SMTP_HOST="$(field smtp | cut -d: -f1)" \
    SMTP_PORT="$(field smtp | cut -d: -f2)" /usr/sbin/sendmail -t -i
mailscope expect --subject-contains "by sendmail" --within 30s >/tmp/expected
kill -TERM $server
wait $server
trap - EXIT
mailscope --version
"""


@unittest.skipUnless(shutil.which("dpkg-deb"), "no dpkg here")
class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.deb = make("deb").splitlines()[-1]
        cls.folder = tempfile.mkdtemp(prefix="mailscope-package-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)

    def test_lintian_is_quiet(self):
        if not shutil.which("lintian"):
            self.skipTest("lintian is not installed")
        said = subprocess.run(
            ["lintian", "--allow-root", "--no-tag-display-limit", self.deb],
            capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(said.stdout, "")

    def test_completions_are_where_debian_has_them(self):
        listed = subprocess.run(["dpkg-deb", "-c", self.deb], check=True,
                                capture_output=True, text=True).stdout
        for path in ("bash-completion/completions/mailscope",
                     "zsh/vendor-completions/_mailscope",
                     "fish/vendor_completions.d/mailscope.fish"):
            self.assertIn("./usr/share/" + path + "\n", listed)

    def test_made_twice_it_has_the_same_octets(self):
        with open(self.deb, "rb") as file:
            first = file.read()
        make("deb")
        with open(self.deb, "rb") as file:
            self.assertEqual(file.read(), first)

    def test_in_a_fresh_tree_it_does_the_main_job(self):
        if os.getuid() != 0 or not shutil.which("mmdebstrap"):
            self.skipTest("needs root and mmdebstrap")
        tree = os.path.join(self.folder, "tree")
        try:
            self.prepare(tree)
        except subprocess.TimeoutExpired as late:
            self.skipTest("no Debian tree in time: %s" % late)
        installed = self.as_readme_says(tree)
        self.assertEqual(installed.returncode, 0,
                         installed.stdout + installed.stderr)
        done = self.inside(tree, MAIN_JOB)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"mailscope \d+\.\d+\.\d+ \(\w+\)\n"
                         r"libuv \d(.|\n)*sqlite3 \d")
        removed = self.inside(tree, "mkdir -p /var/lib/private/mailscope && "
                              "apt-get remove -y -qq mailscope && "
                              "! command -v mailscope && "
                              "! [ -e /usr/sbin/sendmail ] && "
                              "[ -e /var/lib/private/mailscope ] && "
                              "apt-get purge -y -qq mailscope && "
                              "! [ -e /var/lib/private/mailscope ]")
        self.assertEqual(removed.returncode, 0, removed.stderr)

    def prepare(self, tree):
        """A fresh tree with all that the package needs fetched, or a skip:
        a network that fails says nothing about the package."""
        made = subprocess.run(
            ["mmdebstrap", "--quiet", "--variant=apt", "bookworm", tree],
            capture_output=True, text=True, timeout=600, check=False)
        if made.returncode != 0:
            self.skipTest("no Debian tree here: " + made.stderr[-200:])
        shutil.copy(self.deb, os.path.join(tree, "tmp/mailscope.deb"))
        fetched = self.inside(tree, "apt-get update -qq && apt-get install "
                              "-y -qq --no-install-recommends --download-only "
                              "/tmp/mailscope.deb")
        if fetched.returncode != 0:
            self.skipTest("no packages here: " + fetched.stderr[-200:])

    def as_readme_says(self, tree):
        """README's lines, with a sudo that leads into the tree and whoever
        sits there says yes."""
        with open(os.path.join(tree, "etc/apt/apt.conf.d/90test"), "w",
                  encoding="utf-8") as conf:
            conf.write('APT::Get::Assume-Yes "true";\nquiet "2";\n')
        sudo = os.path.join(self.folder, "sudo")
        with open(sudo, "w", encoding="utf-8") as script:
            script.write(
                "#!/bin/sh\nset -e\nmkdir -p '%s/build'\n"
                "cp build/mailscope_*.deb '%s/build/'\n"
                "exec env %s chroot '%s' \"$@\"\n" % (
                    tree, tree, " ".join("%s=%s" % pair
                                         for pair in INSIDE.items()), tree))
        os.chmod(sudo, 0o755)
        return subprocess.run(
            ["sh", "-eu", "-c", block("install", "package")],
            cwd=mailscope.ROOT, capture_output=True, text=True, timeout=900,
            check=False, stdin=subprocess.DEVNULL, env=mailscope.environment(
                PATH=self.folder + os.pathsep + os.environ["PATH"]))

    def inside(self, tree, script):
        return subprocess.run(
            ["chroot", tree, "/bin/sh", "-c", script], capture_output=True,
            text=True, timeout=600, check=False, stdin=subprocess.DEVNULL,
            env=mailscope.environment(**INSIDE))


if __name__ == "__main__":
    unittest.main()
