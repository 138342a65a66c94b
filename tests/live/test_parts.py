# SPDX-License-Identifier: MIT
"""The parts of a message: as downloads, and as they stand in the preview."""
import base64
import smtplib
import unittest

import mailscope

MIXED = (b"From: app@example.test\r\nTo: ada@example.test\r\n"
         b"Subject: parts\r\nMIME-Version: 1.0\r\n"
         b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
         b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
         b"<p>Hi <img src=\"cid:logo\"><img src=\"http://far.example/x.png\">"
         b"</p>\r\n"
         b"--b\r\nContent-Type: image/png\r\nContent-ID: <logo>\r\n"
         b"Content-Disposition: inline\r\n"
         b"Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n"
         b"--b\r\nContent-Type: text/html; name=\"../..\\evil\xe2\x80\xae.html\""
         b"\r\nContent-Disposition: attachment; filename=\"../../etc/"
         b"passwd\"\r\n\r\n<script>alert(1)</script>\r\n"
         b"--b--\r\n")


class Parts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = mailscope.Server().start()
        with smtplib.SMTP(*cls.server.smtp, timeout=mailscope.WAIT_S) as client:
            client.sendmail("bounce@example.test", ["ada@example.test"], MIXED)
        cls.message = cls.server.get("/api/messages/latest")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def test_parts_are_downloads_with_safe_names(self):
        message = self.message
        self.assertEqual(message["attachments"], 1)
        self.assertEqual([p["section"] for p in message["parts"]["parts"]],
                         ["1", "2", "3"])
        path = "/api/messages/%d/parts/" % message["id"]
        status, headers, image = self.server.ask(path + "2")
        self.assertEqual((status, image), (200, b"\x89PNG\r\n\x1a\n"))
        status, headers, evil = self.server.ask(path + "3")
        self.assertEqual(headers["Content-Type"], "application/octet-stream")
        self.assertTrue(headers["Content-Disposition"].startswith(
            "attachment; "))
        self.assertNotIn("/", headers["Content-Disposition"])
        self.assertIn("sandbox", headers["Content-Security-Policy"])
        self.assertIn(b"alert(1)", evil)
        encoded = self.server.ask(path + "2?form=encoded")[2]
        self.assertEqual(base64.b64decode(encoded), image)
        self.assertEqual(self.server.ask(path + "9")[0], 404)
        self.assertEqual(self.server.ask(path + "2?form=x")[0], 400)

    def test_the_preview_needs_its_capability(self):
        message = self.message
        path = message["preview"]
        status, headers, html = self.server.ask(path)
        self.assertEqual(status, 200)
        self.assertIn("sandbox", headers["Content-Security-Policy"])
        self.assertIn(b"cid/", html)
        self.assertEqual(message["remote"]["hosts"], ["far.example"])
        part = html.split(b"cid/")[1].split(b"\"")[0].decode()
        status, headers, image = self.server.ask(path + "cid/" + part)
        self.assertEqual((status, image), (200, b"\x89PNG\r\n\x1a\n"))
        self.assertEqual(headers["Cross-Origin-Resource-Policy"],
                         "cross-origin")
        wrong = path[:-2] + ("0" if path[-2] != "0" else "1") + "/"
        self.assertEqual(self.server.ask(wrong)[0], 404)
        status, headers, evil = self.server.ask(path + "?part=3")
        self.assertEqual(status, 200)
        self.assertIn(b"alert(1)", evil)
        self.assertIn("sandbox", headers["Content-Security-Policy"])
        self.assertEqual(self.server.ask(path + "?part=2")[0], 404)
        self.assertEqual(self.server.ask(path + "?part=9")[0], 404)
        relaxed = self.server.ask(path + "?remote=img")[1]
        self.assertIn("https:", relaxed["Content-Security-Policy"])


if __name__ == "__main__":
    unittest.main()
