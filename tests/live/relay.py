# SPDX-License-Identifier: MIT
"""A real Postfix in a directory of its own, never as a service of the system.
Raises unittest.SkipTest where it cannot be run."""
import os
import pwd
import shutil
import signal
import smtplib
import subprocess
import tempfile
import unittest

import mailscope

DAEMONS = "/usr/lib/postfix/sbin"

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/lib
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_relay_restrictions = permit_mynetworks, reject
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
alias_maps =
alias_database =
"""

MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """Takes mail on `address` and relays all of it as `settings` say."""

    def __init__(self, **settings):
        if os.geteuid() != 0:
            raise unittest.SkipTest("Postfix starts as root only")
        if not os.path.exists(os.path.join(DAEMONS, "master")):
            raise unittest.SkipTest("not installed: postfix")
        self.folder = tempfile.mkdtemp(prefix="mailscope-postfix-")
        os.chmod(self.folder, 0o755)
        self.etc = os.path.join(self.folder, "etc")
        self.address = ("127.0.0.1", mailscope.free_port())
        self.master = None
        for name in ("etc", "queue", "lib"):
            os.mkdir(os.path.join(self.folder, name))
        owner = pwd.getpwnam("postfix")
        os.chown(os.path.join(self.folder, "lib"), owner.pw_uid, owner.pw_gid)
        text = MAIN.format(folder=self.folder, daemons=DAEMONS) + "".join(
            "%s = %s\n" % pair for pair in settings.items())
        self._write("main.cf", text)
        self._write("master.cf", MASTER.format(port=self.address[1]))

    def _write(self, name, text):
        with open(os.path.join(self.etc, name), "w") as out:
            out.write(text)

    def log(self):
        try:
            with open(os.path.join(self.folder, "log")) as log:
                return log.read()
        except OSError:
            return "(no log)"

    def __enter__(self):
        checked = subprocess.run(["postfix", "-c", self.etc, "check"],
                                 capture_output=True, timeout=120, check=False)
        if checked.returncode != 0:
            self.remove()
            raise unittest.SkipTest("postfix check: %s" % checked.stderr)
        # -e: it ends by itself should this test not live to end it.
        self.master = subprocess.Popen(
            [os.path.join(DAEMONS, "master"), "-d", "-c", self.etc, "-e",
             "600"], env=dict(os.environ, MAIL_CONFIG=self.etc),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        try:
            mailscope.wait_for(self._answers, "Postfix")
        except AssertionError:
            log = self.log()
            self.__exit__()
            raise unittest.SkipTest("Postfix does not run here: " + log)
        return self

    def _answers(self):
        if self.master.poll() is not None:
            raise AssertionError("master ended")
        try:
            with smtplib.SMTP(*self.address, "client.test", timeout=10):
                return True
        except (OSError, smtplib.SMTPException):
            return False

    def __exit__(self, *_):
        self.master.send_signal(signal.SIGTERM)
        self.master.wait(60)
        self.remove()

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)
