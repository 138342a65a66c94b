# SPDX-License-Identifier: MIT
"""The description and the reference page name the same; the answers are held
against it by test_contract.py."""
import json
import re
import smtplib
import unittest

import mailscope

MAIL = (b"From: app@example.test\r\nTo: ada@example.test\r\nSubject: one\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
        b"\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Hi\r\n--b\r\n"
        b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\n"
        b"x\r\n--b--\r\n")


class Contract(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = mailscope.Server().start()
        with smtplib.SMTP(*cls.server.smtp, timeout=60) as client:
            client.ehlo("x.test")
            client.sendmail("a@example.test", ["ada@example.test"], MAIL)
        cls.server.send_json("POST", "/api/inboxes", {"name": "one"})
        cls.document = cls.server.get("/api/openapi.json")
        cls.message = cls.server.get("/api/messages")["messages"][0]

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def fill(self, path):
        """A path with real values for what is in braces."""
        if "sessions" in path:
            path = path.replace("{id}", str(self.message["session"]))
        path = path.replace("{id}", str(self.message["id"]))
        path = path.replace("{section}", "1").replace("{name}", "one")
        path = path.replace("{view}", "text").replace("{n}", "0")
        if "{capability}" in path:
            preview = self.server.get("/api/messages/%d"
                                      % self.message["id"])["preview"]
            path = path.replace("{capability}", preview.split("/")[2])
        return path

    def test_it_is_openapi(self):
        self.assertEqual(self.document["openapi"], "3.1.0")
        self.assertEqual(self.document["info"]["version"],
                         self.server.get("/api/info")["version"])
        text = json.dumps(self.document)
        for name in re.findall(r'#/components/schemas/(\w+)', text):
            self.assertIn(name, self.document["components"]["schemas"])

    def test_methods_that_are_not_there_are_refused(self):
        for path, operations in self.document["paths"].items():
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                if method.lower() in operations:
                    continue
                status, headers, _ = self.server.ask(self.fill(path), method)
                self.assertEqual(status, 405, (method, path))
                for name in operations:
                    self.assertIn(name.upper(), headers["Allow"])

    def test_the_page_names_every_route_and_object(self):
        status, headers, body = self.server.ask("/api/")
        page = body.decode()
        self.assertEqual(status, 200)
        for path, operations in self.document["paths"].items():
            for method in operations:
                self.assertIn("<code>%s %s</code>" % (method.upper(), path),
                              page)
        for name in self.document["components"]["schemas"]:
            self.assertIn('id="%s"' % name, page)


if __name__ == "__main__":
    unittest.main()
