# SPDX-License-Identifier: MIT
"""Logins against --auth-file, with every mechanism that it offers. SCRAM's
client (RFC 5802) is written here, on Python's own digests."""
import base64
import hashlib
import hmac
import os
import smtplib
import ssl
import unittest

import mailscope

USERS = "# who may\ntim:tanstaaftanstaaf\nann:with: colon\n"


def encoded(octets):
    return base64.b64encode(octets).decode()


class Scram:
    """One exchange; verify() says whether the server knew the password."""

    def __init__(self, digest, user, password, header="n,,", binding=b""):
        self.digest, self.password = digest, password
        self.header, self.binding = header, binding
        self.bare = "n=%s,r=clientnonce" % user

    def first(self):
        return (self.header + self.bare).encode()

    def hmac(self, key, text):
        return hmac.new(key, text, self.digest).digest()

    def final(self, challenge):
        fields = dict(part.split("=", 1)
                      for part in challenge.decode().split(","))
        assert fields["r"].startswith("clientnonce"), fields
        salted = hashlib.pbkdf2_hmac(
            self.digest, self.password.encode(),
            base64.b64decode(fields["s"]), int(fields["i"]))
        bound = self.header.encode() + self.binding
        text = "c=%s,r=%s" % (encoded(bound), fields["r"])
        messages = ",".join([self.bare, challenge.decode(), text]).encode()
        key = self.hmac(salted, b"Client Key")
        stored = hashlib.new(self.digest, key).digest()
        proof = bytes(one ^ other for one, other in
                      zip(key, self.hmac(stored, messages)))
        self.expected = self.hmac(self.hmac(salted, b"Server Key"), messages)
        return ("%s,p=%s" % (text, encoded(proof))).encode()

    def verify(self, challenge):
        return challenge == b"v=" + encoded(self.expected).encode()


class Logins(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = mailscope.Server()
        path = os.path.join(cls.server.folder, "users")
        with open(path, "w", encoding="utf-8") as users:
            users.write(USERS)
        cls.server.command += ["--auth-file", path, "--auth-required"]
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__, None, None, None)

    def client(self, version=None):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if version is not None:
            context.maximum_version = version
        client = smtplib.SMTP(*self.server.smtp, local_hostname="client.test",
                              timeout=mailscope.WAIT_S)
        self.addCleanup(client.close)
        client.starttls(context=context)
        client.ehlo()
        return client

    def scram(self, client, mechanism, exchange):
        """The last code of the exchange, and whether the server proved that
        it knows the password."""
        code, text = client.docmd("AUTH", "%s %s" % (
            mechanism, encoded(exchange.first())))
        if code != 334:
            return code, False
        final = exchange.final(base64.b64decode(text))
        code, text = client.docmd(encoded(final))
        if code != 334:
            return code, False
        is_proved = exchange.verify(base64.b64decode(text))
        return client.docmd("")[0], is_proved

    def test_scram(self):
        for mechanism, digest in (("SCRAM-SHA-256", "sha256"),
                                  ("SCRAM-SHA-1", "sha1")):
            with self.subTest(mechanism):
                client = self.client()
                self.assertIn(mechanism, client.esmtp_features["auth"])
                right = Scram(digest, "tim", "tanstaaftanstaaf")
                self.assertEqual(self.scram(client, mechanism, right),
                                 (235, True))
                self.assertEqual(client.mail("a@client.test")[0], 250)

    def test_scram_bound_to_the_channel(self):
        client = self.client(ssl.TLSVersion.TLSv1_2)
        binding = client.sock.get_channel_binding("tls-unique")
        exchange = Scram("sha256", "tim", "tanstaaftanstaaf",
                         "p=tls-unique,,", binding)
        self.assertEqual(self.scram(client, "SCRAM-SHA-256-PLUS", exchange),
                         (235, True))
        client = self.client(ssl.TLSVersion.TLSv1_2)
        exchange = Scram("sha256", "tim", "tanstaaftanstaaf",
                         "p=tls-unique,,", binding)
        self.assertEqual(
            self.scram(client, "SCRAM-SHA-256-PLUS", exchange)[0], 535)

    def test_scram_says_no(self):
        for user, password in (("tim", "wrong"), ("nobody", "wrong")):
            with self.subTest(user):
                wrong = Scram("sha256", user, password)
                self.assertEqual(
                    self.scram(self.client(), "SCRAM-SHA-256", wrong)[0], 535)

    def test_somebody_took_plus_away(self):
        exchange = Scram("sha256", "tim", "tanstaaftanstaaf", "y,,")
        self.assertEqual(
            self.scram(self.client(), "SCRAM-SHA-256", exchange)[0], 535)

    def test_passwords(self):
        for method in ("auth_plain", "auth_login", "auth_cram_md5"):
            name = method[5:].upper().replace("_", "-")
            with self.subTest(name):
                client = self.client()
                client.user, client.password = "ann", "with: colon"
                self.assertEqual(client.auth(name, getattr(client, method))[0],
                                 235)
                client = self.client()
                client.user, client.password = "ann", "wrong"
                with self.assertRaises(smtplib.SMTPAuthenticationError) as no:
                    client.auth(name, getattr(client, method))
                self.assertEqual(no.exception.smtp_code, 535)

    def test_tokens(self):
        for token, code in (("tanstaaftanstaaf", 235), ("expired", 334)):
            for mechanism, text, dummy in (
                    ("XOAUTH2", "user=tim\1auth=Bearer %s\1\1", ""),
                    ("OAUTHBEARER", "n,a=tim,\1auth=Bearer %s\1\1", "AQ==")):
                with self.subTest(mechanism + " " + token):
                    client = self.client()
                    said = encoded((text % token).encode())
                    got = client.docmd("AUTH", mechanism + " " + said)
                    self.assertEqual(got[0], code)
                    if code == 334:
                        self.assertIn(b"status", base64.b64decode(got[1]))
                        self.assertEqual(client.docmd(dummy)[0], 535)

    def test_nobody_sends_without_a_login(self):
        client = self.client()
        self.assertEqual(client.mail("a@client.test")[0], 530)
        self.assertEqual(client.docmd("AUTH", "ANONYMOUS dA==")[0], 504)


if __name__ == "__main__":
    unittest.main()
