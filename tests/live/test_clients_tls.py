# SPDX-License-Identifier: MIT
"""Clients that we did not write, over STARTTLS, inside TLS and logging in
with every method that they know."""
import os
import smtplib
import ssl
import unittest

import clients
from clients import MAIL, needs

USER, PASSWORD = "ann", "secret word"


def unverified():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Secured(clients.ClientCase):
    """Everybody may log in, as by default."""

    def kept(self, octets=MAIL):
        """The newest message, which is new and came over TLS."""
        message = self.newest()
        self.assertGreater(message["id"], self.before)
        if octets is not None:
            self.assertEqual(self.raw(message), octets)
        session = self.server.get("/api/sessions/%d" % message["session"])
        return message, session

    def setUp(self):
        listed = self.server.get("/api/messages?limit=1")["messages"]
        self.before = listed[0]["id"] if listed else 0

    def ca_path(self):
        path = os.path.join(self.folder, "ca.pem")
        status, _, pem = self.server.ask("/api/ca.pem")
        self.assertEqual(status, 200)
        with open(path, "wb") as out:
            out.write(pem)
        return path

    def test_python_smtplib_over_starttls_trusting_our_ca(self):
        context = ssl.create_default_context(cafile=self.ca_path())
        with smtplib.SMTP("localhost", self.server.smtp[1],
                          "client.test") as smtp:
            smtp.starttls(context=context)
            smtp.login(USER, PASSWORD)
            smtp.sendmail("a@client.test", ["b@client.test"], MAIL)
        _, session = self.kept()
        self.assertIsNotNone(session["tls"])
        self.assertIsNotNone(session["auth"])

    def test_python_smtplib_inside_tls(self):
        context = ssl.create_default_context(cafile=self.ca_path())
        with smtplib.SMTP_SSL("localhost", self.server.smtps[1],
                              "client.test", context=context) as smtp:
            smtp.sendmail("a@client.test", ["b@client.test"], MAIL)
        self.assertIsNotNone(self.kept()[1]["tls"])

    def swaks(self, port, *words):
        self.run_client("swaks", "--server", "127.0.0.1", "--port", port,
                        "--from", "a@client.test", "--to", "b@client.test",
                        "--helo", "client.test", *words)

    @needs("swaks")
    def test_swaks_over_starttls(self):
        self.swaks(self.server.smtp[1], "--tls")
        self.assertIsNotNone(self.kept(None)[1]["tls"])

    @needs("swaks")
    def test_swaks_inside_tls(self):
        self.swaks(self.server.smtps[1], "--tlsc")
        self.assertIsNotNone(self.kept(None)[1]["tls"])

    @needs("swaks")
    def test_swaks_with_every_login_method_that_everybody_may_use(self):
        for method in ("PLAIN", "LOGIN", "CRAM-MD5"):
            with self.subTest(method):
                self.setUp()
                self.swaks(self.server.smtp[1], "--tls", "--auth", method,
                           "--auth-user", USER, "--auth-password", PASSWORD)
                self.assertIsNotNone(self.kept(None)[1]["auth"])

    def curl(self, url, *words):
        self.run_client("curl", "-sS", url, "--mail-from", "a@client.test",
                        "--mail-rcpt", "b@client.test", "--upload-file",
                        self.mail_path, *words)

    @needs("curl")
    def test_curl_trusting_our_ca(self):
        for url in ("smtp://localhost:%d" % self.server.smtp[1],
                    "smtps://localhost:%d" % self.server.smtps[1]):
            with self.subTest(url):
                self.setUp()
                self.curl(url, "--ssl-reqd", "--cacert", self.ca_path())
                self.assertIsNotNone(self.kept()[1]["tls"])

    @needs("curl")
    def test_curl_with_every_login_method_that_everybody_may_use(self):
        url = "smtp://127.0.0.1:%d" % self.server.smtp[1]
        for method in ("PLAIN", "LOGIN", "CRAM-MD5"):
            with self.subTest(method):
                self.setUp()
                self.curl(url, "--ssl-reqd", "--insecure", "--user",
                          USER + ":" + PASSWORD, "--login-options",
                          "AUTH=" + method)
                self.assertIsNotNone(self.kept()[1]["auth"])
        for method in ("XOAUTH2", "OAUTHBEARER"):
            with self.subTest(method):
                self.setUp()
                self.curl(url, "--ssl-reqd", "--insecure", "--user",
                          USER + ":", "--oauth2-bearer", "token.of.ann",
                          "--login-options", "AUTH=" + method)
                self.assertIsNotNone(self.kept()[1]["auth"])

    def test_nodemailer(self):
        folder = clients.nodemailer_folder()
        for way, port in (("starttls", self.server.smtp[1]),
                          ("tls", self.server.smtps[1])):
            for method in ("PLAIN", "LOGIN", "CRAM-MD5"):
                with self.subTest((way, method)):
                    self.setUp()
                    self.run_client("node", "send.mjs", "127.0.0.1", port, way,
                                    USER, PASSWORD, method, folder=folder)
                    self.assertIsNotNone(self.kept(None)[1]["auth"])

    @needs("openssl")
    def test_openssl_s_client(self):
        lines = (b"EHLO client.test\r\nMAIL FROM:<a@client.test>\r\n"
                 b"RCPT TO:<b@client.test>\r\nDATA\r\n" +
                 MAIL.replace(b"\r\n.", b"\r\n..") + b".\r\nQUIT\r\n")
        for port, words in ((self.server.smtps[1], ()),
                            (self.server.smtp[1], ("-starttls", "smtp"))):
            with self.subTest(words):
                self.setUp()
                self.run_client("openssl", "s_client", "-quiet", "-connect",
                                "127.0.0.1:%d" % port, *words, stdin=lines)
                self.assertIsNotNone(self.kept()[1]["tls"])


class Users(Secured):
    """Only who stands in the file may log in; SCRAM is offered then."""

    @classmethod
    def flags(cls):
        path = os.path.join(cls.folder, "users")
        with open(path, "w") as users:
            users.write("%s:%s\n" % (USER, PASSWORD))
        return ("--auth-file", path)

    def msmtp(self, method, password=PASSWORD):
        self.run_client(
            "msmtp", "--file=" + os.devnull, "--host=127.0.0.1",
            "--port=%d" % self.server.smtp[1], "--tls=on",
            "--tls-starttls=on", "--tls-certcheck=off", "--auth=" + method,
            "--user=" + USER, "--passwordeval=echo " + password,
            "--from=a@client.test", "--domain=client.test", "b@client.test",
            stdin=MAIL.replace(b"\r\n", b"\n"))

    @needs("msmtp")
    def test_msmtp_with_every_login_method(self):
        for method in ("plain", "login", "cram-md5", "scram-sha-1",
                       "scram-sha-256"):
            with self.subTest(method):
                self.setUp()
                self.msmtp(method)
                self.assertIsNotNone(self.kept()[1]["auth"])

    @needs("curl")
    def test_a_wrong_password_delivers_nothing(self):
        with self.assertRaises(AssertionError):
            self.curl("smtp://127.0.0.1:%d" % self.server.smtp[1],
                      "--ssl-reqd", "--insecure", "--user", USER + ":wrong")
        listed = self.server.get("/api/messages?limit=1")["messages"]
        self.assertEqual(listed[0]["id"] if listed else 0, self.before)

    # A token is nobody's password in the file.
    test_curl_with_every_login_method_that_everybody_may_use = None


if __name__ == "__main__":
    unittest.main()
