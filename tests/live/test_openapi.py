# SPDX-License-Identifier: MIT
"""The server, its description and its reference page say the same."""
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

    def check(self, value, schema, where):
        """Does `value` have what `schema` says, and nothing else?"""
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            schema = self.document["components"]["schemas"][name]
        if "anyOf" in schema:
            if value is None:
                return
            schema = schema["anyOf"][0]
            self.check(value, schema, where)
            return
        parts = []
        for part in schema.get("allOf", [schema]):
            if "$ref" in part:
                part = self.document["components"]["schemas"][
                    part["$ref"].rsplit("/", 1)[1]]
            parts.append(part)
        known = {}
        for part in parts:
            known.update(part.get("properties", {}))
        kind = parts[-1].get("type")
        python = {"integer": int, "number": (int, float), "string": str,
                  "boolean": bool, "array": list, "object": dict}.get(kind)
        if python:
            self.assertIsInstance(value, python, where)
        if kind == "array":
            for number, item in enumerate(value):
                self.check(item, schema["items"],
                           "%s[%d]" % (where, number))
        elif kind == "object" and known:
            self.assertEqual(set(value), set(known), where)
            for name, inner in known.items():
                self.check(value[name], inner, "%s.%s" % (where, name))
        elif kind == "object":
            for name, item in value.items():
                self.check(item, schema.get("additionalProperties", {}),
                           "%s.%s" % (where, name))

    def test_it_is_openapi(self):
        self.assertEqual(self.document["openapi"], "3.1.0")
        self.assertEqual(self.document["info"]["version"],
                         self.server.get("/api/info")["version"])
        text = json.dumps(self.document)
        for name in re.findall(r'#/components/schemas/(\w+)', text):
            self.assertIn(name, self.document["components"]["schemas"])

    def test_every_answer_has_the_fields_it_says(self):
        checked = 0
        for path, operations in self.document["paths"].items():
            content = operations.get("get", {}).get("responses", {}).get(
                "200", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema")
            if schema is None or schema.get("type") == "string":
                continue
            value = self.server.get(self.fill(path))
            self.check(value, schema, path)
            checked += 1
        self.assertGreater(checked, 10)

    def test_every_path_answers_as_it_says(self):
        for path, operations in self.document["paths"].items():
            if "get" not in operations or path == "/api/events" or (
                    path.startswith("/messages/latest")):
                continue
            status, headers, _ = self.server.ask(self.fill(path))
            self.assertIn(str(status), operations["get"]["responses"], path)

    def test_methods_that_are_not_there_are_refused(self):
        for path, operations in self.document["paths"].items():
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                if method.lower() in operations:
                    continue
                status, headers, _ = self.server.ask(self.fill(path), method)
                self.assertEqual(status, 405, (method, path))
                for name in operations:
                    self.assertIn(name.upper(), headers["Allow"])

    def test_problems_are_as_described(self):
        status, _, body = self.server.ask("/api/messages/999999")
        self.check(json.loads(body),
                   {"$ref": "#/components/schemas/Problem"}, "problem")

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
