# SPDX-License-Identifier: MIT
"""Service managers: sockets that are handed over (LISTEN_FDS) are served, and
readiness and the end are told (NOTIFY_SOCKET)."""
import json
import os
import signal
import smtplib
import socket
import subprocess
import tempfile
import unittest
import urllib.request

import mailscope


class Activation(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="mailscope-fds-")
        self.addCleanup(self.folder.cleanup)
        self.smtp, self.http = socket.socket(), socket.socket()
        for one in (self.smtp, self.http):
            one.bind(("127.0.0.1", 0))
            one.listen()
            self.addCleanup(one.close)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.notify.close)
        self.path = os.path.join(self.folder.name, "notify")
        self.notify.bind(self.path)
        self.notify.settimeout(mailscope.WAIT_S)

    def start(self):
        """The program with our two sockets as descriptors 3 and 4."""
        names = ["127.0.0.1:%d" % one.getsockname()[1]
                 for one in (self.smtp, self.http)]
        script = "exec 3<&%d 4<&%d; LISTEN_PID=$$ exec \"$@\"" % (
            self.smtp.fileno(), self.http.fileno())
        process = subprocess.Popen(
            ["bash", "-c", script, "activate", mailscope.PROGRAM, "serve",
             "--smtp", names[0], "--http", names[1]],
            pass_fds=(self.smtp.fileno(), self.http.fileno()),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=mailscope.environment(LISTEN_FDS="2",
                                      NOTIFY_SOCKET=self.path))
        self.addCleanup(self.end, process)
        self.told("READY=1")
        return process

    def end(self, process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def told(self, word):
        """Reads notifications until one says `word`."""
        while True:
            said = self.notify.recv(4096).decode().splitlines()
            if word in said:
                return

    def test_handed_over_sockets_are_served_and_the_end_is_told(self):
        process = self.start()
        port = self.smtp.getsockname()[1]
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            client.sendmail("a@app.test", ["b@example.test"],
                            "Subject: activated\r\n\r\nHello\r\n")
        url = "http://127.0.0.1:%d/api/messages" % self.http.getsockname()[1]
        with urllib.request.urlopen(url, timeout=60) as answer:
            kept = json.load(answer)["messages"]
        self.assertEqual([one["subject"] for one in kept], ["activated"])
        process.send_signal(signal.SIGTERM)
        self.told("STOPPING=1")
        said, _ = process.communicate(timeout=mailscope.WAIT_S)
        self.assertEqual(process.returncode, 0, said)

    def test_descriptors_meant_for_another_process_are_left_alone(self):
        done = mailscope.run("--version", LISTEN_FDS="2", LISTEN_PID="1")
        self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
