# SPDX-License-Identifier: MIT
"""The image, built and run by podman: small, unprivileged, read-only, and it
keeps mail in a volume when asked to."""
import os
import re
import smtplib
import subprocess
import unittest
import urllib.request
import json

import mailscope
from podman import Podman
from test_install import make

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
        cls.podman.run("build", "--format=docker", "--isolation=chroot",
                       "--network=host", "-q", "-t", "mailscope",
                       "-f", tree + "/docker/Dockerfile", tree, timeout=900)

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

    def subjects(self, port):
        address = "http://127.0.0.1:%d/api/messages" % port
        with urllib.request.urlopen(address, timeout=60) as answer:
            return [one["subject"] for one in json.load(answer)["messages"]]

    def test_unpacked_it_is_small(self):
        size = int(self.podman.run("image", "inspect", "mailscope",
                                   "--format", "{{.Size}}"))
        self.assertLessEqual(size, LIMIT_BYTES)

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
