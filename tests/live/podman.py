# SPDX-License-Identifier: MIT
"""podman in a folder of its own, for the tests of the image. What this machine
cannot do raises unittest.SkipTest: that is no fault of the image."""
import os
import shutil
import subprocess
import tempfile
import unittest

CONF = """[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
DOCKER = """#!/bin/sh
verb=$1
shift
case $verb in
build) set -- --format=docker --isolation=chroot --network=host -q "$@" ;;
run) set -- --network=slirp4netns "$@" ;;
esac
exec podman --root '{folder}/store' --runroot '{folder}/run' "$verb" "$@"
"""
BASE = "docker.io/library/debian:bookworm-slim"


class Podman:
    def __init__(self):
        for tool in ("podman", "runc", "mmdebstrap", "slirp4netns"):
            if not shutil.which(tool):
                raise unittest.SkipTest(tool + " is not installed")
        if os.getuid() != 0:
            raise unittest.SkipTest("needs root")
        self.folder = tempfile.mkdtemp(prefix="mailscope-image-")
        conf = os.path.join(self.folder, "containers.conf")
        with open(conf, "w", encoding="utf-8") as file:
            file.write(CONF)
        self.env = dict(os.environ, CONTAINERS_CONF=conf)

    def run(self, *words, timeout=300, check=True):
        """Runs podman; its stdout."""
        done = subprocess.run(
            ["podman", "--root", self.folder + "/store", "--runroot",
             self.folder + "/run", *words], capture_output=True, text=True,
            timeout=timeout, env=self.env, stdin=subprocess.DEVNULL,
            check=False)
        if check and done.returncode != 0:
            raise AssertionError("podman %s: %s%s" % (
                " ".join(words), done.stdout[-3000:], done.stderr[-3000:]))
        return done if not check else done.stdout.strip()

    def base(self):
        """Makes the image that ours is built FROM, and sees that containers
        run here at all."""
        archive = os.path.join(self.folder, "base.tar")
        made = subprocess.run(
            ["mmdebstrap", "--quiet", "--variant=apt", "bookworm", archive],
            capture_output=True, text=True, timeout=600, check=False)
        if made.returncode != 0:
            raise unittest.SkipTest("no Debian tree: " + made.stderr[-200:])
        for words in (("import", archive, BASE),
                      ("run", "--rm", "--network=slirp4netns", "-p",
                       "127.0.0.1::25", BASE, "/bin/true"),
                      ("build", "--isolation=chroot", "--network=host", "-q",
                       "-f", self.probe(), self.folder)):
            tried = self.run(*words, check=False)
            if tried.returncode != 0:
                raise unittest.SkipTest("podman cannot work here: " +
                                        tried.stderr[-300:])
        os.unlink(archive)

    def as_docker(self):
        """Puts a `docker` first in PATH: podman with what it needs here."""
        path = os.path.join(self.folder, "bin")
        os.mkdir(path)
        with open(os.path.join(path, "docker"), "w",
                  encoding="utf-8") as script:
            script.write(DOCKER.format(folder=self.folder))
        os.chmod(os.path.join(path, "docker"), 0o755)
        self.env["PATH"] = path + os.pathsep + self.env["PATH"]

    def probe(self):
        """A build that fetches packages and does nothing else."""
        path = os.path.join(self.folder, "Probe")
        with open(path, "w", encoding="utf-8") as file:
            file.write("FROM %s\nRUN apt-get -qq update\n" % BASE)
        return path

    def close(self):
        self.run("rm", "-f", "-a", "-t", "0", check=False)
        self.run("umount", "-a", check=False)
        subprocess.run(["umount", "-R", self.folder + "/store/overlay"],
                       capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
