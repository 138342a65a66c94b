# SPDX-License-Identifier: MIT
"""Start, ready file, command of its own, and the ways to end."""
import json
import os
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest
import warnings

import mailscope
from test_bad_input import Client


class Serve(unittest.TestCase):
    def test_the_ready_file_says_where_we_are(self):
        with mailscope.Server(listeners=(
                "--smtp", "127.0.0.1:0", "--smtps", "127.0.0.1:0",
                "--lmtp", "127.0.0.1:0")) as server:
            self.assertEqual(set(server.ready),
                             {"pid", "smtp", "smtps", "lmtp", "http"})
            self.assertEqual(server.ready["pid"], server.process.pid)
            for kind in ("smtp", "smtps", "lmtp"):
                self.assertEqual(len(server.ready[kind]), 1)
                with socket.create_connection(
                        mailscope.split(server.ready[kind][0])):
                    pass
            self.assertEqual(server.get("/api/info")["name"], "mailscope")

    def test_each_message_and_each_failed_session_is_a_line(self):
        with mailscope.Server() as server:
            with smtplib.SMTP(*server.smtp,
                              timeout=mailscope.WAIT_S) as client:
                client.sendmail("a@x.test", ["b@x.test"], "Subject: x\r\n\r\n")
            client = Client(server.smtp)
            client.greet()
            client.data()
            client.reset()
            mailscope.wait_for(
                lambda: "/messages/1" in server.log()
                and "outcome=aborted" in server.log(), "both lines")
            self.assertIn(server.url + "/messages/1", server.log())

    def test_log_warn_is_silent(self):
        with mailscope.Server("--log", "warn") as server:
            with smtplib.SMTP(*server.smtp,
                              timeout=mailscope.WAIT_S) as client:
                client.sendmail("a@x.test", ["b@x.test"], "Subject: x\r\n\r\n")
            server.stop()
            self.assertEqual(server.log(), "")

    def test_a_port_in_use_is_said_and_nothing_is_half_started(self):
        with mailscope.Server() as server:
            smtp = server.ready["smtp"][0]
            done = mailscope.run("serve", "--smtp", smtp, "--http",
                                 "127.0.0.1:0")
            self.assertEqual(done.returncode, 2)
            self.assertIn(smtp, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)
            http = server.url.split("//")[1]
            done = mailscope.run("serve", "--smtp", "127.0.0.1:0", "--http",
                                 http)
            self.assertEqual(done.returncode, 2)
            self.assertIn(http.rsplit(":", 1)[1], done.stderr)
            self.assertEqual(done.stdout, "")

    def test_a_directory_that_cannot_be_written_is_said(self):
        done = mailscope.run("serve", "--smtp", "127.0.0.1:0", "--http",
                             "127.0.0.1:0", "--data", "/proc/nowhere")
        self.assertEqual(done.returncode, 2)
        self.assertIn("/proc/nowhere", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_what_does_not_fit_is_said(self):
        for flags in (("--tls-cert", "/nowhere.pem"),
                      ("--tls-cert", "/nowhere.pem", "--tls-key", "/no.pem"),
                      ("--tls-min", "1.3", "--tls-max", "1.2"),
                      ("--trust", "10.0.0.0/99"),
                      ("--auth-file", "/nowhere"),
                      ("--without", "NONSENSE"),
                      ("--smtp", "127.0.0.1"),
                      ("--smtp", "192.0.2.1:0"),
                      ("--ready-file", "/proc/nowhere/ready")):
            done = mailscope.run("serve", "--smtp", "127.0.0.1:0", "--http",
                                 "127.0.0.1:0", *flags)
            self.assertEqual(done.returncode, 2, flags)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_an_auth_file_without_users_is_said(self):
        done = mailscope.run("serve", "--auth-file", os.devnull)
        self.assertEqual(done.returncode, 2)
        self.assertIn("nobody is in it", done.stderr)
        self.assertNotIn("line 0", done.stderr)

    def test_a_command_gets_a_server_of_its_own(self):
        script = ("import os, smtplib, sys, urllib.request as u\n"
                  "s = smtplib.SMTP(os.environ['SMTP_HOST'],"
                  " int(os.environ['SMTP_PORT']))\n"
                  "s.sendmail('a@x.test', ['b@x.test'], 'Subject: x\\n\\n')\n"
                  "s.quit()\n"
                  "o = u.build_opener(u.ProxyHandler({}))\n"
                  "a = o.open(os.environ['MAILSCOPE_URL'] + '/api/messages')\n"
                  "print(a.read().decode())\n"
                  "sys.exit(7)\n")
        done = mailscope.run("serve", "--", sys.executable, "-c", script)
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertEqual(json.loads(done.stdout)["total"], 1)

    def test_a_command_that_is_empty(self):
        """serve -- $COMMAND in a script where nobody set it."""
        asked = mailscope.run("serve", "--")
        self.assertEqual(asked.returncode, 2)
        self.assertIn("behind --", asked.stderr)

    def test_a_command_asks_its_server_by_https(self):
        asked = mailscope.run(
            "serve", "--http-tls", "--", "sh", "-c",
            "cd \"$(mktemp -d)\" && {0} ready && {0} ca >ca.pem &&"
            " {0} list --ca-file ca.pem && ! {0} list --ca-file /dev/null"
            .format(mailscope.PROGRAM))
        self.assertEqual(asked.returncode, 0, asked.stderr)

    def test_a_command_asks_its_server_by_a_unix_socket(self):
        folder = tempfile.mkdtemp(prefix="mailscope-test-")
        self.addCleanup(shutil.rmtree, folder)
        asked = mailscope.run(
            "serve", "--http", "unix:" + os.path.join(folder, "http"), "--",
            "sh", "-c", "{0} ready && {0} send && {0} expect".format(
                mailscope.PROGRAM))
        self.assertEqual(asked.returncode, 0, asked.stderr)

    def test_a_command_asks_its_server_with_a_login(self):
        asked = mailscope.run(
            "serve", "--http-auth", "ada:sesame", "--", "sh", "-c",
            "{0} ready && {0} list --url http://ada:sesame@${{MAILSCOPE_URL#*//}}"
            " && ! {0} list".format(mailscope.PROGRAM))
        self.assertEqual(asked.returncode, 0, asked.stderr)
        self.assertIn("USER:PASSWORD@", asked.stderr)

    def test_what_others_can_reach_is_warned_of(self):
        """A line for each, which names the flag; loopback alone is silent."""
        for http, smtp, more, said in (
                ("0.0.0.0:0", "127.0.0.1:0", (), ["everybody", "--http"]),
                ("[::]:0", "127.0.0.1:0", ("--http-auth", "a:b"),
                 ["knows the login", "--http"]),
                ("127.0.0.1:0", "0.0.0.0:0", (), ["send mail", "--smtp"]),
                ("127.0.0.1:0", "127.0.0.1:0", (), [])):
            if http.startswith("[") and not socket.has_ipv6:
                continue
            with mailscope.Server(*more, http=http,
                                  listeners=("--smtp", smtp)) as server:
                warned = [line for line in server.log().splitlines()
                          if line.startswith("warn:")]
                self.assertEqual(len(warned), 1 if said else 0, warned)
                for word in said:
                    self.assertIn(word, warned[0])

    def test_a_command_that_is_not_there(self):
        done = mailscope.run("serve", "--", "/nowhere/program")
        self.assertEqual(done.returncode, 2)
        self.assertIn("/nowhere/program", done.stderr)

    def test_exit_after(self):
        server = mailscope.Server("--exit-after", "2").start()
        self.addCleanup(server.stop)
        with smtplib.SMTP(*server.smtp, timeout=mailscope.WAIT_S) as client:
            for _ in range(2):
                client.sendmail("a@x.test", ["b@x.test"], "Subject: x\r\n\r\n")
        self.assertEqual(server.process.wait(mailscope.WAIT_S), 0)

    def test_idle_exit(self):
        done = mailscope.run("serve", "--smtp", "127.0.0.1:0", "--http",
                             "127.0.0.1:0", "--idle-exit", "1s")
        self.assertEqual(done.returncode, 0, done.stderr)


class Ending(unittest.TestCase):
    def end(self, server, how):
        server.process.send_signal(how)

    def test_the_idle_are_told_and_what_is_in_flight_is_finished(self):
        for how in (signal.SIGTERM, signal.SIGINT):
            server = mailscope.Server().start()
            self.addCleanup(server.stop)
            idle, busy = Client(server.smtp), Client(server.smtp)
            self.addCleanup(idle.close)
            self.addCleanup(busy.close)
            idle.greet()
            busy.greet()
            busy.data()
            busy.say(b"Subject: in flight\r\n\r\n")
            self.end(server, how)
            busy.say(b"done\r\n.\r\n")
            self.assertEqual(idle.reply()[:9], b"421 4.3.2")
            self.assertEqual(busy.reply()[:9], b"250 2.0.0")
            self.assertEqual(busy.reply()[:9], b"421 4.3.2")
            self.assertEqual(server.process.wait(mailscope.WAIT_S), 0)

    def test_who_never_ends_is_not_waited_for_long(self):
        server = mailscope.Server().start()
        self.addCleanup(server.stop)
        busy = Client(server.smtp)
        self.addCleanup(busy.close)
        busy.greet()
        busy.data()
        self.end(server, signal.SIGTERM)
        self.assertEqual(server.process.wait(mailscope.WAIT_S), 0)

    def test_nobody_is_accepted_any_more(self):
        server = mailscope.Server().start()
        self.addCleanup(server.stop)
        busy = Client(server.smtp)
        self.addCleanup(busy.close)
        busy.greet()
        busy.data()
        self.end(server, signal.SIGTERM)

        def is_closed():
            try:
                socket.create_connection(server.smtp, timeout=5).close()
                return False
            except OSError:
                return True
        mailscope.wait_for(is_closed, "the listener's end")
        self.assertEqual(server.process.wait(mailscope.WAIT_S), 0)

    def test_what_was_kept_is_there_again(self):
        with tempfile.TemporaryDirectory() as folder:
            for count in (1, 2, 3):
                with mailscope.Server("--data", folder) as server:
                    with smtplib.SMTP(*server.smtp,
                                      timeout=mailscope.WAIT_S) as client:
                        client.sendmail("a@x.test", ["b@x.test"],
                                        "Subject: %d\r\n\r\n" % count)
                    found = server.get("/api/messages")
                    self.assertEqual(found["total"], count)
                    self.assertEqual(found["messages"][0]["subject"],
                                     str(count))

    def test_what_is_kept_is_for_its_owner_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            with mailscope.Server("--data", folder) as server:
                with smtplib.SMTP(*server.smtp,
                                  timeout=mailscope.WAIT_S) as client:
                    client.sendmail("a@x.test", ["b@x.test"], "\r\n\r\n")
                server.get("/api/messages")
                open_to_all = [
                    name for where, _, names in os.walk(folder)
                    for name in names
                    if os.stat(os.path.join(where, name)).st_mode & 0o077]
            self.assertEqual(open_to_all, ["ca.pem"])

    def test_a_reader_of_stdout_that_sleeps_stops_nobody(self):
        server = mailscope.Server()
        server.process = subprocess.Popen(
            server.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env=server.env)
        open(server.log_path, "wb").close()
        self.addCleanup(server.process.stdout.close)
        self.addCleanup(server.stop, False)
        mailscope.wait_for(lambda: os.path.exists(server.ready_path), "ready")
        with open(server.ready_path, encoding="utf-8") as ready:
            server.ready = json.load(ready)
        with smtplib.SMTP(*server.smtp, timeout=mailscope.WAIT_S) as client:
            for _ in range(1500):
                client.sendmail("a@x.test", ["b@x.test"], "Subject: x\r\n\r\n")


class Tls(unittest.TestCase):
    def setUp(self):
        self.start("--tls-client-cert", "ask")

    def start(self, *flags):
        self.server = mailscope.Server(
            *flags,
            listeners=("--smtp", "127.0.0.1:0", "--smtps", "127.0.0.1:0"))
        self.server.start()
        self.addCleanup(self.server.stop)
        self.pem = self.server.ask("/api/ca.pem")[2].decode()

    def trusting(self):
        return ssl.create_default_context(cadata=self.pem)

    def session(self):
        def closed():
            return self.server.get("/api/sessions")["sessions"]
        ident = mailscope.wait_for(closed, "the session")[0]["id"]
        return self.server.get("/api/sessions/%d" % ident)

    def test_starttls_is_described(self):
        with smtplib.SMTP(*self.server.smtp,
                          timeout=mailscope.WAIT_S) as client:
            client._host = "localhost"
            client.starttls(context=self.trusting())
            client.sendmail("a@x.test", ["b@x.test"], "Subject: x\r\n\r\n")
        tls = self.session()["tls"]
        self.assertEqual(tls["mode"], "starttls")
        self.assertIn(tls["version"], ("TLSv1.2", "TLSv1.3"))
        self.assertEqual(tls["sni"], "localhost")
        self.assertTrue(tls["cipher"])
        self.assertFalse(tls["resumed"])
        self.assertIsNone(tls["error"])

    def test_resumption_is_seen(self):
        context = self.trusting()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        kept = None
        for _ in range(2):
            plain = socket.create_connection(self.server.smtps,
                                             timeout=mailscope.WAIT_S)
            with context.wrap_socket(plain, server_hostname="localhost",
                                     session=kept) as client:
                client.recv(100)
                kept = client.session
                client.sendall(b"QUIT\r\n")
                client.recv(100)

        def resumed():
            sessions = self.server.get("/api/sessions")["sessions"]
            return [one for one in sessions if one["tls"]["resumed"]]
        self.assertEqual(len(mailscope.wait_for(resumed, "resumption")), 1)

    def test_a_client_that_does_not_trust_us_is_explained(self):
        with self.assertRaises(ssl.SSLError):
            smtplib.SMTP_SSL(*self.server.smtps, timeout=mailscope.WAIT_S,
                             context=ssl.create_default_context())
        session = self.session()
        self.assertEqual(session["outcome"], "tls_failed")
        self.assertIn("mailscope ca", session["tls"]["error"])
        self.assertEqual([one["check"] for one in session["diagnosis"]],
                         ["tls-cert-rejected"])

    def test_every_version_of_tls_by_option(self):
        self.start("--tls-min", "1.0")
        address = mailscope.split(self.server.ready["smtps"][0])
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1,
                        ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = version
                context.maximum_version = version
            with socket.create_connection(address, mailscope.WAIT_S) as plain:
                with context.wrap_socket(plain) as client:
                    self.assertEqual(client.recv(3), b"220")
                    self.assertEqual(client.version().replace(".", "_"),
                                     version.name)

    def test_a_certificate_that_must_be_shown(self):
        self.start("--tls-client-cert", "require")
        address = mailscope.split(self.server.ready["smtps"][0])
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            with socket.create_connection(address, mailscope.WAIT_S) as plain:
                with self.trusting().wrap_socket(
                        plain, server_hostname="localhost") as client:
                    client.recv(3)
                    raise ConnectionError("closed without an alert")
        session = self.session()
        self.assertEqual(session["outcome"], "tls_failed")
        self.assertEqual(session["tls"]["alert"], "certificate required")
        self.assertIn("--tls-client-cert", session["tls"]["error"])

    def test_plain_smtp_on_the_tls_port_is_explained(self):
        with socket.create_connection(self.server.smtps,
                                      timeout=mailscope.WAIT_S) as client:
            client.sendall(b"EHLO client.test\r\n")
            try:
                while client.recv(100):
                    pass
            except ConnectionResetError:
                pass
        session = self.session()
        self.assertEqual(session["outcome"], "tls_failed")
        self.assertIn("conn-plaintext-on-tls-port",
                      [one["check"] for one in session["diagnosis"]])

    def test_a_port_probe_is_no_failure(self):
        socket.create_connection(self.server.smtps,
                                 timeout=mailscope.WAIT_S).close()
        session = self.session()
        self.assertEqual(session["outcome"], "empty")
        self.assertEqual([one["check"] for one in session["diagnosis"]],
                         ["conn-no-command"])

    def test_octets_split_anywhere_make_the_same_session(self):
        context = self.trusting()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = context.wrap_bio(incoming, outgoing,
                                  server_hostname="localhost")
        with socket.create_connection(self.server.smtps,
                                      timeout=mailscope.WAIT_S) as plain:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

            def pump(action):
                while True:
                    try:
                        result = action()
                        wants = False
                    except ssl.SSLWantReadError:
                        result, wants = None, True
                    for octet in outgoing.read():
                        plain.sendall(bytes((octet,)))
                    if not wants:
                        return result
                    incoming.write(plain.recv(65536))
            pump(client.do_handshake)
            self.assertEqual(pump(lambda: client.read(3)), b"220")
            pump(lambda: client.write(
                b"EHLO x.test\r\nMAIL FROM:<a@x.test>\r\n"
                b"RCPT TO:<b@x.test>\r\nDATA\r\n"))
            seen = b""
            while b"\r\n354" not in seen:
                seen += pump(lambda: client.read(4096))
            pump(lambda: client.write(b"Subject: split\r\n\r\n.\r\nQUIT\r\n"))
            while b"\r\n221" not in seen:
                seen += pump(lambda: client.read(4096))
        self.assertEqual(self.server.get("/api/messages/latest")["subject"],
                         "split")

    def test_an_own_ca_is_kept(self):
        with tempfile.TemporaryDirectory() as folder:
            pems = set()
            for _ in range(2):
                with mailscope.Server("--ca-dir", folder) as server:
                    pems.add(server.ask("/api/ca.pem")[2])
            self.assertEqual(len(pems), 1)

    def test_a_client_certificate_is_shown(self):
        with tempfile.TemporaryDirectory() as folder:
            key, cert = folder + "/key.pem", folder + "/cert.pem"
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec",
                            "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-keyout", key, "-out", cert, "-days", "2",
                            "-subj", "/CN=app client"], check=True,
                           capture_output=True)
            context = self.trusting()
            context.load_cert_chain(cert, key)
            plain = socket.create_connection(self.server.smtps,
                                             timeout=mailscope.WAIT_S)
            with context.wrap_socket(plain,
                                     server_hostname="localhost") as client:
                client.recv(100)
                client.sendall(b"EHLO client.test\r\n")
                offered = client.recv(4096)
                client.sendall(b"AUTH EXTERNAL =\r\n")
                self.assertEqual(client.recv(100)[:3], b"235")
                client.sendall(b"QUIT\r\n")
                client.recv(100)
        self.assertIn(b"EXTERNAL", offered)
        shown = self.session()["tls"]["client_cert"]
        self.assertIn("app client", shown["subject"])
        self.assertFalse(shown["verified"])


if __name__ == "__main__":
    unittest.main()
