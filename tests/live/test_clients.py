# SPDX-License-Identifier: MIT
"""Clients that we did not write, in clear: each mail is there right after its
250, with the octets that crossed the wire; so is the whole conversation."""
import os
import shutil
import smtplib
import subprocess
import unittest

import clients
import mailscope
import tap
from clients import MAIL, needs


class Clients(clients.ClientCase):
    def sent_unchanged(self, send):
        """For clients that send a file as it is."""
        _, raw = self.through_tap(send)
        self.assertEqual(raw, MAIL)

    def test_python_smtplib(self):
        def send(host, port):
            with smtplib.SMTP(host, port, "client.test") as smtp:
                smtp.sendmail("a@client.test", ["b@client.test"], MAIL)
        self.sent_unchanged(send)

    def test_python_smtplib_many_on_one_connection(self):
        with tap.Tap(self.server.smtp) as wire:
            with smtplib.SMTP(*wire.address, "client.test") as smtp:
                for count in range(20):
                    smtp.sendmail("a@client.test", ["b@client.test"],
                                  MAIL + b"%d\r\n" % count)
                    self.assertEqual(self.raw(self.newest()),
                                     MAIL + b"%d\r\n" % count)
            self.assertEqual(len(tap.messages(wire.client_octets())), 20)

    @needs("curl")
    def test_curl(self):
        self.sent_unchanged(lambda host, port: self.run_client(
            "curl", "-sS", "smtp://%s:%d/client.test" % (host, port),
            "--mail-from", "a@client.test", "--mail-rcpt", "b@client.test",
            "--upload-file", self.mail_path))

    @needs("swaks")
    def test_swaks(self):
        message, _ = self.through_tap(lambda host, port: self.run_client(
            "swaks", "--server", host, "--port", port, "--from",
            "a@client.test", "--to", "b@client.test,c@client.test",
            "--header", "Subject: Hello from swaks", "--body", ".dot",
            "--helo", "client.test"))
        self.assertEqual(message["subject"], "Hello from swaks")
        self.assertEqual(message["envelope"]["to"],
                         ["b@client.test", "c@client.test"])

    @needs("swaks")
    def test_swaks_pipelined(self):
        self.through_tap(lambda host, port: self.run_client(
            "swaks", "--server", host, "--port", port, "--from",
            "a@client.test", "--to", "b@client.test", "--pipeline",
            "--helo", "client.test"))

    @needs("msmtp")
    def test_msmtp(self):
        self.sent_unchanged(lambda host, port: self.run_client(
            "msmtp", "--file=" + os.devnull, "--host=" + host,
            "--port=%d" % port, "--from=a@client.test", "--domain=client.test",
            "b@client.test", stdin=MAIL.replace(b"\r\n", b"\n")))

    def test_nodemailer(self):
        folder = clients.nodemailer_folder()
        message, _ = self.through_tap(lambda host, port: self.run_client(
            "node", "send.mjs", host, port, "plain", folder=folder))
        self.assertEqual(message["subject"], "Grüße von nodemailer")
        self.assertEqual(message["attachments"], 1)

    @needs("perl")
    def test_perl_net_smtp(self):
        self.sent_unchanged(lambda host, port: self.run_client(
            "perl", os.path.join(clients.HERE, "send.pl"), host, port,
            stdin=MAIL))

    @needs("ruby")
    def test_ruby_net_smtp(self):
        self.sent_unchanged(lambda host, port: self.run_client(
            "ruby", os.path.join(clients.HERE, "send.rb"), host, port,
            stdin=MAIL))

    @needs("go")
    def test_go_net_smtp(self):
        binary = os.path.join(self.folder, "send-go")
        try:  # its library is compiled first, which takes a slow machine long
            self.run_client("go", "build", "-o", binary,
                            os.path.join(clients.HERE, "send.go"),
                            env={"GO111MODULE": "off", "GOFLAGS": "",
                                 "GOTOOLCHAIN": "local",
                                 "GOCACHE": os.path.join(mailscope.ROOT,
                                                         "build", "go")})
        except subprocess.TimeoutExpired:
            self.skipTest("go build did not come to an end")
        self.sent_unchanged(lambda host, port: self.run_client(
            binary, host, port, stdin=MAIL))

    @needs("cc")
    def test_libesmtp_in_bdat_chunks(self):
        binary = os.path.join(self.folder, "esmtp")
        built = subprocess.run(
            ["cc", "-o", binary, os.path.join(clients.HERE, "esmtp.c"),
             "-lesmtp"], capture_output=True, check=False)
        if built.returncode != 0:
            self.skipTest("not installed: libesmtp-dev")
        self.through_tap(lambda host, port: self.run_client(
            binary, "%s:%d" % (host, port), self.mail_path))

    @needs("git")
    def test_git_send_email(self):
        if not os.path.exists(os.path.join(subprocess.run(
                ["git", "--exec-path"], capture_output=True, text=True,
                check=True).stdout.strip(), "git-send-email")):
            self.skipTest("not installed: git-email")
        folder = os.path.join(self.folder, "repository")
        os.makedirs(folder)
        who = {"GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "a@client.test",
               "GIT_COMMITTER_NAME": "Ann",
               "GIT_COMMITTER_EMAIL": "a@client.test",
               "GIT_CONFIG_NOSYSTEM": "1"}
        for words in (["init", "-q"],
                      ["commit", "-q", "--allow-empty", "-m", "first"],
                      ["commit", "-q", "--allow-empty", "-m", "second"]):
            self.run_client("git", *words, env=who, folder=folder)
        with open(os.path.join(folder, "note"), "w") as note:
            note.write(".a line with a dot\n")
        self.run_client("git", "add", "note", folder=folder)
        self.run_client("git", "commit", "-qm", "note: say it", env=who,
                        folder=folder)
        message, _ = self.through_tap(lambda host, port: self.run_client(
            "git", "send-email", "--smtp-server=" + host,
            "--smtp-server-port=%d" % port, "--smtp-encryption=none",
            "--from=a@client.test", "--to=b@client.test", "--confirm=never",
            "--suppress-cc=all", "--no-validate", "-1", env=who,
            folder=folder))
        self.assertEqual(message["subject"], "[PATCH] note: say it")

    @needs("s-nail")
    def test_s_nail(self):
        message, _ = self.through_tap(lambda host, port: self.run_client(
            "s-nail", "-:/", "-Sv15-compat", "-Sexpandaddr",
            "-Smta=smtp://%s:%d" % (host, port), "-Ssmtp-config=-all", "-Ssmtp-auth=none",
            "-Sfrom=a@client.test", "-s", "Hello from s-nail",
            "b@client.test", stdin=b"Hello\n.dot\n"))
        self.assertEqual(message["subject"], "Hello from s-nail")

    def test_postfix_smtp_source(self):
        program = shutil.which("smtp-source", path=os.environ["PATH"] +
                               ":/usr/sbin:/usr/lib/postfix/sbin")
        if program is None:
            self.skipTest("not installed: postfix")
        before = self.server.get("/api/messages?limit=1")["total"]
        self.run_client(program, "-s", 10, "-m", 200, "-l", 5000, "-f",
                        "a@client.test", "-t", "b@client.test",
                        "127.0.0.1:%d" % self.server.smtp[1])
        after = self.server.get("/api/messages?limit=1")["total"]
        self.assertEqual(after - before, 200)


if __name__ == "__main__":
    unittest.main()
