# SPDX-License-Identifier: MIT
"""The image, built and run by podman: small, unprivileged, read-only, and it
keeps mail in a volume when asked to."""
import json
import os
import re
import smtplib
import subprocess
import tarfile
import unittest
import urllib.request

import compose_files
import mailscope
from podman import Podman
from test_install import make
from test_readme import block

LIMIT_BYTES = 40 * 1000 * 1000


class Image(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.podman = Podman()
        cls.addClassCleanup(cls.podman.close)
        try:
            cls.build()
        except subprocess.TimeoutExpired as late:
            raise unittest.SkipTest("too slow here: %s" % late) from late

    @classmethod
    def build(cls):
        cls.podman.base()
        archive = make("dist").splitlines()[-1]
        tree = os.path.join(cls.podman.folder, "tree")
        os.mkdir(tree)
        subprocess.run(["tar", "-xJf", archive, "-C", tree,
                        "--strip-components=1"], check=True)
        cls.tree = tree
        cls.podman.as_docker()
        cls.readme = block("install", "image").splitlines()
        done = cls.shell(cls.readme[0])
        output, _ = done.communicate(timeout=900)
        if done.returncode != 0:
            raise AssertionError(output[-3000:])

    @classmethod
    def shell(cls, line):
        """Starts a line as README has it; its docker is our podman."""
        return subprocess.Popen(
            ["sh", "-c", "exec " + line], cwd=cls.tree, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=cls.podman.env)

    def start(self, *words, args=()):
        """A container with its ports published; (name, smtp, http)."""
        smtp, http = mailscope.free_port(), mailscope.free_port()
        name = self.podman.run(
            "run", "-d", "--read-only", "--network=slirp4netns",
            "-p", "127.0.0.1:%d:2525" % smtp,
            "-p", "127.0.0.1:%d:8025" % http, *words, "mailscope", *args)
        self.addCleanup(self.podman.run, "rm", "-f", "-t", "0", name,
                        check=False)
        mailscope.wait_for(lambda: self.podman.run(
            "exec", name, "/usr/bin/mailscope", "ready",
            check=False).returncode == 0, "the container")
        return name, smtp, http

    def send(self, port, subject):
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            client.sendmail("app@example.test", ["ada@example.test"],
                            "Subject: %s\r\n\r\nHello\r\n" % subject)

    def answers(self, port):
        try:
            return self.subjects(port) == []
        except OSError:
            return False

    def subjects(self, port):
        address = "http://127.0.0.1:%d/api/messages" % port
        with urllib.request.urlopen(address, timeout=60) as answer:
            return [one["subject"] for one in json.load(answer)["messages"]]

    def test_unpacked_it_is_small(self):
        size = int(self.podman.run("image", "inspect", "mailscope",
                                   "--format", "{{.Size}}"))
        self.assertLessEqual(size, LIMIT_BYTES)

    def test_readmes_lines_build_and_run_it(self):
        smtp, http = mailscope.free_port(), mailscope.free_port()
        line = self.readme[1]
        for theirs, ours in ((2525, smtp), (8025, http)):
            published = "127.0.0.1:%d:%d"
            self.assertIn(published % (theirs, theirs), line)
            line = line.replace(published % (theirs, theirs),
                                published % (ours, theirs))
        running = self.shell(line)
        try:
            mailscope.wait_for(lambda: running.poll() is not None or
                               self.answers(http), "the page")
            self.send(smtp, "as README says")
            self.assertEqual(self.subjects(http), ["as README says"])
        finally:
            running.terminate()
            output, _ = running.communicate(timeout=mailscope.WAIT_S)
        self.assertEqual(running.returncode, 0, output)

    def test_app_and_test_of_the_compose_file_meet(self):
        services = compose_files.services("compose.yml")
        name, _, _ = self.start("--add-host=mailscope:127.0.0.1",
                                args=services["mailscope"])
        for service in ("app", "test"):
            said = self.podman.run(
                "run", "--rm", "--network=container:" + name,
                "-e", "MAILSCOPE_URL=http://mailscope:8025", "mailscope",
                *services[service])
        self.assertIn('"subject": "Welcome"', said)

    def test_it_says_which_commit_it_is(self):
        said = self.podman.run("run", "--rm", "--network=none", "mailscope",
                               "--version")
        with open(os.path.join(self.tree, ".commit"),
                  encoding="utf-8") as commit:
            self.assertIn("(%s)" % commit.read().strip(), said)

    def test_there_is_nothing_else_in_it(self):
        name = self.podman.run("create", "mailscope")
        self.addCleanup(self.podman.run, "rm", "-f", name, check=False)
        archive = os.path.join(self.podman.folder, "image.tar")
        self.podman.run("export", "-o", archive, name)
        with tarfile.open(archive) as files:
            inside = [member for member in files if not member.isdir()]
        started = {member.name for member in inside if member.mode & 0o111
                   and member.isfile() and ".so" not in member.name}
        self.assertEqual(started, {"usr/bin/mailscope"})
        self.assertFalse([member.name for member in inside
                          if member.mode & 0o6000])

    def test_it_takes_mail_at_its_published_port_and_is_healthy(self):
        name, smtp, http = self.start()
        self.send(smtp, "into the container")
        self.assertEqual(self.subjects(http), ["into the container"])
        self.assertEqual(self.podman.run("healthcheck", "run", name), "")

    def test_it_runs_unprivileged_and_reads_every_charset(self):
        name, smtp, http = self.start()
        ids = self.podman.run("top", name, "user")
        self.assertNotIn("root", ids)
        self.send(smtp, "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=")
        self.assertEqual(self.subjects(http), ["\u65e5\u672c"])

    def test_mail_in_a_volume_outlives_the_container(self):
        volume = ("-v", "mail:/data")
        kept = ("--data", "/data")
        name, smtp, _ = self.start(*volume, args=kept)
        self.send(smtp, "kept")
        self.podman.run("kill", "-s", "KILL", name)
        self.podman.run("rm", "-f", "-t", "0", name)
        _, _, http = self.start(*volume, args=kept)
        self.assertEqual(self.subjects(http), ["kept"])

    def test_sigterm_ends_it_in_order(self):
        name, _, _ = self.start()
        self.podman.run("stop", "-t", "30", name)
        state = self.podman.run("inspect", name, "--format",
                                "{{.State.ExitCode}}")
        self.assertTrue(re.fullmatch("0", state), state)


if __name__ == "__main__":
    unittest.main()
