# SPDX-License-Identifier: MIT
"""Every route, every status, every field: what /api/openapi.json describes is
provoked, and each answer is what it describes."""
import base64
import contextlib
import http.client
import json
import os
import smtplib
import socket
import sqlite3
import ssl
import struct
import subprocess
import threading
import unittest

import mailscope
from sse import Stream
from test_bad_input import Client

try:
    from contract import Contract
except ImportError:
    Contract = None

MAIL = (b"From: App <app@example.test>\r\nTo: Ada <ada@example.test>\r\n"
        b"Cc: Bob <bob@example.test>\r\nSubject: one\r\nX-Raw: \xff\r\n"
        b"Message-ID: <1@example.test>\r\n"
        b"Date: Sat, 21 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: 8bit\r\n\r\nHi\r\n.dot\r\n--b\r\n"
        b"Content-Type: text/html\r\n\r\n<p>Hi <img src=\"cid:logo\">"
        b"<img src=\"http://far.example/x.png\"></p>\r\n--b\r\n"
        b"Content-Type: image/png; name=logo.png\r\nContent-ID: <logo>\r\n"
        b"Content-Disposition: inline; filename=logo.png\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--b--\r\n")


@unittest.skipIf(Contract is None, "python3-jsonschema is not installed")
class Described(unittest.TestCase):
    """One server that holds some of everything, another that refuses."""

    @classmethod
    def setUpClass(cls):
        cls.exits = contextlib.ExitStack()
        cls.addClassCleanup(cls.exits.close)
        cls.server = mailscope.Server(
            "--max-message-size", "100K", "--tls-client-cert", "ask",
            "--max-recipients", "2",
            listeners=("--smtp", "127.0.0.1:0", "--smtps", "127.0.0.1:0",
                       "--smtp", "127.0.0.1:0,proxy=on"))
        cls.store = os.path.join(cls.server.folder, "store")
        cls.server.command += ["--data", cls.store]
        cls.exits.enter_context(cls.server)
        cls.cert = os.path.join(cls.server.folder, "cert.pem")
        cls.key = os.path.join(cls.server.folder, "key.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
             "/CN=client.test", "-keyout", cls.key, "-out", cls.cert],
            check=True, capture_output=True)
        cls.contract = Contract(cls.server.get("/api/openapi.json"))
        cls.fills = {}

    # ---- asking

    def target(self, path):
        for name, value in self.fills.items():
            path = path.replace("{%s}" % name, str(value))
        return path

    def ask(self, method, path, want, query="", body=None, fills=None,
            server=None, length=None, **headers):
        """Asks the route `path`; the answer is held against the document."""
        server = server or self.server
        target = path
        for name, value in {**self.fills, **(fills or {})}.items():
            target = target.replace("{%s}" % name, str(value))
        headers = {name.replace("_", "-"): value
                   for name, value in headers.items()}
        if isinstance(body, dict):
            if want < 400 or want == 417:
                self.contract.asked(method, path, body)
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        if length is not None:
            headers["Content-Length"] = str(length)
        link = http.client.HTTPConnection(
            *mailscope.split(server.url.split("//")[1]),
            timeout=mailscope.WAIT_S)
        with contextlib.closing(link):
            link.putrequest(method, target + query, skip_host="Host" in headers)
            for name, value in headers.items():
                link.putheader(name, value)
            if body is not None and length is None:
                link.putheader("Content-Length", str(len(body)))
            link.endheaders(body)
            answer = link.getresponse()
            octets = b"" if path == "/api/events" and answer.status == 200 \
                else answer.read()
        self.assertEqual(answer.status, want, (method, target + query, octets))
        return self.contract.answered(method, path, answer.status,
                                      answer.headers, octets)

    def operations(self):
        for path, operations in self.contract.document["paths"].items():
            for method in operations:
                yield method.upper(), path

    # ---- some of everything

    def deliver(self):
        """A message by STARTTLS with a login and a client's certificate."""
        context = ssl.create_default_context(
            cadata=self.server.ask("/api/ca.pem")[2].decode())
        context.load_cert_chain(self.cert, self.key)
        context.check_hostname = False
        context.set_alpn_protocols(["smtp"])
        with smtplib.SMTP(*self.server.smtp, timeout=60) as client:
            client._host = "mailscope.test"  # the name that SNI tells
            client.ehlo("app.test")
            client.starttls(context=context)
            client.ehlo("app.test")
            secret = base64.b64encode(b"boss\0ada\0sesame").decode()
            client.docmd("AUTH", "PLAIN " + secret)
            client.sendmail("bounce@example.test",
                            ["ada@example.test", "eve@example.test"], MAIL,
                            mail_options=["BODY=8BITMIME"])

    def fail_tls(self):
        """Goes from the handshake with an alert: the CA is unknown to it."""
        with socket.create_connection(self.server.smtps, 60) as plain:
            with self.assertRaises(ssl.SSLError):
                ssl.create_default_context().wrap_socket(
                    plain, server_hostname="mailscope.test")

    def speak_through_proxy(self):
        host, port = mailscope.split(self.server.ready["smtp"][1])
        name = b"app.test"
        rest = (socket.inet_aton("192.0.2.7") + socket.inet_aton("192.0.2.8")
                + struct.pack("!HH", 4711, 25)
                + struct.pack("!BH", 2, len(name)) + name)
        with socket.create_connection((host, port), 60) as client:
            client.sendall(b"\r\n\r\n\0\r\nQUIT\n" + b"\x21\x11"
                           + struct.pack("!H", len(rest)) + rest)
            self.assertIn(b"220", client.recv(1000))

    def break_rules(self):
        """Bare line ends and a refused recipient, then no QUIT."""
        client = Client(self.server.smtp)
        client.greet()
        client.ask(b"MAIL FROM:<a@client.test>\r\n")
        for name in b"bcd":
            client.ask(b"RCPT TO:<%c@x.test>\r\n" % name)
        client.ask(b"DATA\r\n")
        client.ask(b"Subject: bare\r\n\r\nbare\nline\n\r\n.\r\n")
        client.ask(b"NONSENSE \xff\r\n")
        client.reset()

    def chatter(self, count):
        """So many events that one answer does not hold them."""
        client = Client(self.server.smtp)
        client.greet()
        session = self.server.get("/api/sessions?live=1&limit=1")[
            "sessions"][0]["id"]
        for _ in range(count // 100):
            client.say(b"NOOP\r\n" * 100)
            for _ in range(100):
                client.reply()
        client.close()
        return session

    # ---- the tests: in order of their names, the last one sums up

    def test_1_reading(self):
        ask = self.ask
        with Stream(self.server) as stream:
            ask("POST", "/api/inboxes", 201, body={
                "name": "one", "ttl_s": 3600, "max_messages": 10,
                "max_bytes": 1 << 30, "max_age_s": 3600})
            self.deliver()
            self.fail_tls()
            self.speak_through_proxy()
            self.break_rules()
            listed = ask("GET", "/api/messages", 200, "?limit=1")
            self.fills.update(id=listed["next"], name="one", section="1", n=0)
            self.fills["id"] = ask("GET", "/api/messages", 200, "?q="
                                   "subject:one")["messages"][0]["id"]
            whole = ask("GET", "/api/messages/{id}", 200)
            self.fills["capability"] = whole["preview"].split("/")[2]
            ask("PATCH", "/api/messages/{id}", 200,
                body={"read": True, "tags": ["a"]})
            mailscope.wait_for(
                lambda: self.server.get("/api/sessions")["total"] == 4,
                "the ends of four sessions")
            ask("GET", "/api/messages/latest", 200)
            ask("GET", "/messages/latest", 302)
            ask("GET", "/messages/latest/{view}", 302, fills={"view": "text"})
            ask("GET", "/api/messages/{id}/raw", 200)
            ask("GET", "/api/messages/{id}/raw", 206, Range="bytes=0-1")
            ask("GET", "/api/messages/{id}/wire", 200)
            ask("GET", "/api/messages/{id}/parts/{section}", 200,
                "?form=encoded")
            ask("GET", "/preview/{capability}/", 200, "?remote=img&scheme=dark")
            ask("GET", "/preview/{capability}/cid/{n}", 200, fills={
                "n": self.server.ask(whole["preview"])[2].split(b"cid/")[1]
                .split(b"\"")[0].decode()})
            self.read_sessions(whole["session"])
            for path in ("/api/info", "/api/inboxes", "/api/inboxes/{name}",
                         "/api/checks", "/api/grammar", "/api/ca.pem",
                         "/api/openapi.json", "/api/", "/healthz", "/readyz",
                         "/metrics", "/api/events"):
                ask("GET", path, 200)
            ask("GET", "/api/activity", 200, "?limit=1")
            ask("GET", "/api/findings", 200, "?limit=1")
            ask("POST", "/api/test-message", 202)
            self.read_stream(stream)

    def retire(self):
        """A session whose oldest messages went by the limits."""
        with mailscope.Server("--max-messages", "1") as server:
            with smtplib.SMTP(*server.smtp, timeout=60) as client:
                for _ in range(3):
                    client.sendmail("a@x.test", ["b@x.test"], MAIL)
            mailscope.wait_for(
                lambda: [one["messages"] for one in server.get(
                    "/api/sessions")["sessions"]] == [[3]], "the third alone")
            fills = server.get("/api/sessions")["sessions"][0]
            self.ask("GET", "/api/sessions/{id}/transcript", 200, fills=fills,
                     server=server)

    def read_sessions(self, session):
        ask = self.ask
        self.retire()
        ask("GET", "/api/sessions", 200, "?limit=1")
        ask("GET", "/api/activity", 200)
        ask("GET", "/api/findings", 200)
        fills = {"id": session}
        ask("GET", "/api/sessions/{id}", 200, fills=fills)
        transcript = "/api/sessions/{id}/transcript"
        for query in ("", "?reveal=1", "?format=text", "?format=vector",
                      "?format=raw&dir=s", "?format=pcapng&tls=split"):
            ask("GET", transcript, 200, query, fills=fills)
        for one in self.server.get("/api/sessions")["sessions"]:
            ask("GET", "/api/sessions/{id}", 200, fills=one)
            ask("GET", transcript, 200, fills=one)
        many = self.server.get(transcript.format(id=self.chatter(10100)))
        self.assertEqual(many["next_event"], 20001)
        many["events"], many["chunks"] = many["events"][:5], []
        self.contract.check(many, {
            "$ref": "#/components/schemas/Transcript"}, transcript)

    def read_stream(self, stream):
        """One frame of each kind is what the document says."""
        wanted = {"hello": "StreamHello", "message": "Message",
                  "session": "Session", "finding": "FindingWhole",
                  "changed": "Message", "deleted": "StreamDeleted",
                  "inbox": "StreamInbox", "gap": "StreamGap"}
        sentence = self.contract.operation("GET", "/api/events")["summary"]
        spare = self.server.send_json("POST", "/api/inboxes",
                                      {"name": "spare"})[1]
        self.server.ask("/api/messages?inbox=spare", "POST", b"Subject: x\n\n",
                        {"Content-Type": "message/rfc822"})
        self.server.ask("/api/inboxes/" + spare["name"], "DELETE")
        with Stream(self.server, "?since=999999999") as late:
            frame = late.next("gap")
            self.contract.check(frame["data"], {
                "$ref": "#/components/schemas/" + wanted.pop("gap")}, "gap")
        while wanted:
            frame = stream.next()
            name = wanted.pop(frame["event"], None)
            if name is not None:
                self.assertIn(name, sentence)
                self.contract.check(frame["data"], {
                    "$ref": "#/components/schemas/" + name}, frame["event"])

    def test_2_waiting_and_expecting(self):
        ask = self.ask
        ask("GET", "/api/messages", 404,
            "?q=subject:onf&inbox=default&wait=1ms&count=9")
        ask("GET", "/api/messages/latest", 404, "?q=subject:onf")
        ask("POST", "/api/expect", 200, body={
            "match": {"subject": "one"}, "inbox": "default", "since": 0,
            "of": "messages", "within_ms": 0, "quiet_ms": 0, "count": 1})
        ask("POST", "/api/expect", 200, body={"none": True, "quiet_ms": 0,
                                              "match": {"subject": "none"}})
        ask("POST", "/api/expect", 200, Accept="text/plain",
            body={"match": {"subject": "one"}})
        ask("POST", "/api/expect", 417, body={
            "count": {"min": 1, "max": 2}, "within_ms": 0,
            "match": {"subject": {"contains": "onf"}, "to": "x@y.test",
                      "from": {"matches": "^z", "not": {"one_of": ["q", 1]}},
                      "attachments": {"min": 7, "max": 9},
                      "tls": {"version": "TLSv1.3"}}})
        ask("POST", "/api/expect", 417, body={
            "of": "sessions", "within_ms": 0, "match": {"helo": "nobody"}})

    def test_3_wrong_requests(self):
        ask = self.ask
        for method, path in self.operations():
            ask(method, path, 400, "?nonsense=1", length=0)
            if path not in ("/healthz", "/readyz"):
                ask(method, path, 403, Host="evil.example", length=0)
            ask(method, path, 413, length=1 << 20)
        ask("GET", "/api/messages", 400, "?q=nonsense:1")
        ask("POST", "/api/expect", 400, body={"match": {"subject": [1]}})
        for method, path in (
                ("GET", "/api/messages/{id}"), ("PATCH", "/api/messages/{id}"),
                ("GET", "/api/messages/{id}/raw"),
                ("GET", "/api/messages/{id}/wire"),
                ("GET", "/api/messages/{id}/parts/{section}"),
                ("GET", "/api/sessions/{id}"),
                ("GET", "/api/sessions/{id}/transcript"),
                ("GET", "/api/inboxes/{name}"),
                ("GET", "/preview/{capability}/"),
                ("GET", "/preview/{capability}/cid/{n}")):
            ask(method, path, 404,
                body={"read": True} if method == "PATCH" else None,
                fills={"id": 999999, "name": "nobody", "capability": "none"})
        ask("GET", "/api/messages/{id}/raw", 416, Range="bytes=999999-")
        for method, path in self.operations():
            if "requestBody" in self.contract.operation(method, path):
                ask(method, path, 415, body=b"{}", Content_Type="text/html")

    def test_4_the_index_is_behind(self):
        """Mail is taken all the same; questions are refused with the reason."""
        link = sqlite3.connect(os.path.join(self.store, "index.db"),
                               isolation_level=None, timeout=mailscope.WAIT_S)
        with contextlib.closing(link):
            mailscope.wait_for(lambda: self.lock(link), "the lock")
            with smtplib.SMTP(*self.server.smtp, timeout=60) as client:
                client.sendmail("a@x.test", ["b@x.test"], "Subject: late\r\n\r\n")
            mailscope.wait_for(
                lambda: self.server.ask("/readyz")[0] == 503, "the failure")
            self.ask("GET", "/readyz", 503)
            self.ask("GET", "/api/info", 200)
            self.refuse_all()
            link.execute("ROLLBACK")
        mailscope.wait_for(lambda: self.server.ask("/readyz")[0] == 200,
                           "the index")

    @staticmethod
    def lock(link):
        try:
            link.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        return True

    def refuse_all(self):
        """Each waits two seconds, so they wait side by side."""
        bodies = {("PATCH", "/api/messages"): {"read": True},
                  ("PATCH", "/api/messages/{id}"): {"read": True},
                  ("POST", "/api/inboxes"): {"name": "late"},
                  ("POST", "/api/expect"): {"within_ms": 0},
                  ("POST", "/api/messages"): b"Subject: x\r\n\r\n"}
        wrong = []

        def refuse(method, path):
            body = bodies.get((method, path))
            kind = {"Content_Type": "message/rfc822"} if isinstance(
                body, bytes) else {}
            try:
                self.ask(method, path, 503, body=body, **kind)
            except AssertionError as error:
                wrong.append(str(error))

        threads = [threading.Thread(target=refuse, args=one)
                   for one in self.operations()
                   if "503" in self.contract.operation(*one)["responses"]
                   and one not in (("POST", "/api/test-message"),
                                   ("GET", "/api/events"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_5_a_server_that_refuses(self):
        login = {"Authorization": "Basic " + base64.b64encode(
            b"ada:sesame").decode()}
        with mailscope.Server(
                "--http-auth", "ada:sesame", "--tls-cert", self.cert,
                "--tls-key", self.key, "--max-draft-bytes", "64K",
                "--max-session-bytes", "16K", "--max-connections", "1",
                "--max-waits", "1") as server:
            for method, path in self.operations():
                if not path.startswith("/preview/") and path not in (
                        "/healthz", "/readyz"):
                    self.ask(method, path, 401, length=0, server=server)
            login["server"] = server
            self.ask("GET", "/api/ca.pem", 404, **login)
            self.ask("POST", "/api/messages", 507, body=b"x" * 80000,
                     Content_Type="message/rfc822", **login)
            client = Client(server.smtp)
            client.greet()
            self.ask("POST", "/api/test-message", 503, **login)
            for _ in range(1000):
                client.ask(b"NOOP\r\n")
            session = self.ask("GET", "/api/sessions", 200, "?live=1",
                               **login)["sessions"][0]
            self.ask("GET", "/api/sessions/{id}/transcript", 200,
                     fills=session, **login)
            self.ask("POST", "/api/sessions/{id}/close", 200, fills=session,
                     **login)
            client.close()
            mailscope.wait_for(lambda: not self.ask(
                "GET", "/api/sessions", 200, "?live=1",
                **login)["sessions"], "its end")
            self.refuse_streams(server, login)

    def refuse_streams(self, server, login):
        link = http.client.HTTPConnection(
            *mailscope.split(server.url.split("//")[1]),
            timeout=mailscope.WAIT_S)
        with contextlib.closing(link):
            link.request("GET", "/api/events", headers={
                "Authorization": login["Authorization"]})
            stream = link.getresponse()
            stream.readline()
            self.ask("GET", "/api/events", 503, **login)
            stream.close()

    def test_6_changing_and_deleting(self):
        ask = self.ask
        ask("PATCH", "/api/messages", 200, "?q=subject:one",
            body={"read": False})
        ask("POST", "/api/messages", 201, "?from=a%40x.test&to=b%40x.test",
            body=MAIL, Content_Type="message/rfc822")
        ask("DELETE", "/api/messages/{id}", 200)
        ask("DELETE", "/api/sessions/{id}", 200)
        ask("DELETE", "/api/messages", 200)
        ask("DELETE", "/api/sessions", 200)
        ask("DELETE", "/api/activity", 200)
        ask("DELETE", "/api/inboxes/{name}", 200)

    def test_7_all_of_it_was_seen(self):
        self.assertEqual(self.contract.missing_statuses(), [])
        self.assertEqual(self.contract.missing_fields(), [])


if __name__ == "__main__":
    unittest.main()
