# SPDX-License-Identifier: MIT
"""Who may ask, what is told to browsers, and what a hostile peer can do."""
import base64
import json
import os
import shutil
import smtplib
import socket
import ssl
import subprocess
import tempfile
import unittest
import urllib.parse

import mailscope

HTML = (b"From: app@example.test\r\nTo: ada@example.test\r\nSubject: x\r\n"
        b"Content-Type: text/html\r\n\r\n<p>Hi <img src=\"cid:a\">\r\n")
BCRYPT = "$2b$04$KBCwKxOzLha2MUDgW0PjXe/hE/UCO9qF89dOydoHjSwxcHev5LRn."


def raw(server, octets, wait=True):
    """Sends octets as they are; returns what comes back until the end."""
    where = urllib.parse.urlparse(server.url)
    with socket.create_connection((where.hostname, where.port), 60) as link:
        link.sendall(octets)
        got = b""
        while wait:
            try:
                part = link.recv(65536)
            except ConnectionResetError:
                break
            if not part:
                break
            got += part
        return got


def request(server, method, path, **headers):
    """One request by hand: the target is sent as it is. (status, head, body)"""
    lines = ["%s %s HTTP/1.1" % (method, path), "Connection: close"]
    lines += ["%s: %s" % (name.replace("_", "-"), value)
              for name, value in headers.items()]
    got = raw(server, ("\r\n".join(lines) + "\r\n\r\n").encode())
    head, _, body = got.partition(b"\r\n\r\n")
    status = int(head.split(b" ")[1]) if head else 0
    return status, head.decode("latin-1").lower(), body


class Guards(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = mailscope.Server("--http-host", "mail.example.com").start()
        with smtplib.SMTP(*cls.server.smtp, timeout=60) as client:
            client.sendmail("a@example.test", ["ada@example.test"], HTML)
        cls.document = cls.server.get("/api/openapi.json")
        cls.message = cls.server.get(
            "/api/messages/%d" % cls.server.get("/api/messages")[
                "messages"][0]["id"])

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def routes(self):
        """Every route with real values, but those that are always open."""
        for path, operations in self.document["paths"].items():
            if path in ("/healthz", "/readyz"):
                continue
            if "sessions" in path:
                path = path.replace("{id}", str(self.message["session"]))
            path = path.replace("{id}", str(self.message["id"]))
            path = path.replace("{section}", "1").replace("{name}", "default")
            path = path.replace("{view}", "text").replace("{n}", "0")
            path = path.replace("{capability}",
                                self.message["preview"].split("/")[2])
            for method in operations:
                yield method.upper(), path
        for path in ("/", "/messages", "/assets/x.js", "/favicon.svg"):
            yield "GET", path

    def host(self):
        return self.server.url.split("//")[1]

    def test_every_route_refuses_foreign_hosts(self):
        for method, path in self.routes():
            for host in ("evil.example", "127.0.0.1.evil.example", ""):
                status, _, _ = request(self.server, method, path, Host=host,
                                       Content_Length=0)
                self.assertIn(status, (400, 403), (method, path, host))

    def test_every_route_refuses_foreign_origins(self):
        for method, path in self.routes():
            if path.startswith("/preview/"):
                continue
            for origin in ("http://evil.example", "null",
                           "http://127.0.0.1:1"):
                status, _, _ = request(self.server, method, path,
                                       Host=self.host(), Origin=origin,
                                       Content_Length=0)
                self.assertEqual(status, 403, (method, path, origin))

    def test_changes_from_other_sites_are_refused(self):
        for method, path in self.routes():
            if method == "GET":
                continue
            for site in ("cross-site", "same-site"):
                status, _, _ = request(self.server, method, path,
                                       Host=self.host(), Sec_Fetch_Site=site,
                                       Content_Length=0)
                self.assertEqual(status, 403, (method, path, site))

    def test_a_preview_is_read_by_its_frame(self):
        path = self.message["preview"]
        status, head, _ = request(self.server, "GET", path, Host=self.host(),
                                  Origin="null", Sec_Fetch_Site="cross-site")
        self.assertEqual(status, 200)
        self.assertIn("default-src 'none'", head)

    def test_health_checks_need_nothing(self):
        for path in ("/healthz", "/readyz"):
            status, _, _ = request(self.server, "GET", path,
                                   Host="anything.example",
                                   Origin="http://evil.example")
            self.assertEqual(status, 200)

    def test_other_spellings_of_a_path_open_nothing(self):
        """However a path is written, a foreign Host never gets through, and
        what is no route is none."""
        spellings = ["//api/info", "/api//info", "/./api/info",
                     "/x/../api/info", "/api/./info", "/api/info/",
                     "/%61pi/info", "/api%2finfo", "/api%2Finfo",
                     "/%2e%2e/api/info", "/api/info%00", "/api/info%",
                     "/API/info", "/api/info?", "/api/info;x",
                     "/healthz/../api/info", "/healthz%2f..%2fapi/info",
                     "/preview/../api/info", "/preview/x/../../api/info",
                     "http://evil.example/api/info", "*", "/\\api\\info",
                     "/assets/../api/info", "/assets/%2e%2e/index.html",
                     "/assets/..%2f..%2fetc%2fpasswd"]
        for path in spellings:
            status, _, body = request(self.server, "GET", path,
                                      Host="evil.example")
            self.assertIn(status, (400, 403, 404), (path, body))
            status, _, body = request(self.server, "GET", path,
                                      Host=self.host())
            if status == 200:
                self.assertIn(path, ("/%61pi/info", "/api/info?"), body[:99])
                self.assertIn(b'"mailscope"', body)

    def test_other_spellings_of_each_path_are_guarded(self):
        """The guards stand before the handler, not before a spelling of it."""
        for method, path in self.routes():
            letter = path[1:2] or "/"
            spellings = ["/%%%02X" % ord(letter) + path[2:],
                         "/%%%02x" % ord(letter) + path[2:],
                         "/" + path, path.replace("/", "//"), "/." + path,
                         "/x/.." + path, path + "/.", path + "/",
                         "/healthz/.." + path, "/healthz/%2e%2e" + path,
                         path + "%00", path + "?", path + ";/healthz"]
            for spelling in spellings:
                guards = [{"Host": "evil.example"}]
                if not path.startswith("/preview/"):
                    guards.append({"Host": self.host(),
                                   "Origin": "http://evil.example"})
                for guard in guards:
                    status, _, body = request(self.server, method, spelling,
                                              Content_Length=0, **guard)
                    self.assertIn(status, (400, 403, 404),
                                  (method, spelling, guard, body[:200]))

    def test_two_hosts_are_none(self):
        got = raw(self.server, b"GET /api/info HTTP/1.1\r\nHost: localhost\r\n"
                  b"host: localhost\r\nConnection: close\r\n\r\n")
        self.assertTrue(got.startswith((b"HTTP/1.1 403", b"HTTP/1.1 400")),
                        got[:100])

    def test_named_hosts_are_let_in(self):
        for host in ("mail.example.com", "MAIL.example.com:80", "localhost",
                     "a.localhost", "mailscope", "[::1]:99", "10.1.2.3"):
            status, _, _ = request(self.server, "GET", "/api/info", Host=host)
            self.assertEqual(status, 200, host)
        status, _, _ = request(self.server, "GET", "/api/info",
                               Host=self.host(),
                               Origin="https://mail.example.com")
        self.assertEqual(status, 200)

    def test_every_answer_tells_browsers_the_rules(self):
        for method, path in self.routes():
            if method != "GET" or path == "/api/events":
                continue
            for site in (self.host(), "evil.example"):
                _, head, _ = request(self.server, method, path, Host=site,
                                     Accept="text/html")
                self.assertIn("x-content-type-options: nosniff", head, path)
                self.assertIn("content-security-policy:", head, path)
                self.assertIn("referrer-policy: no-referrer", head, path)
                self.assertNotIn("access-control-", head, path)
                self.assertIn("cache-control:", head, path)

    def test_a_preflight_is_told_nothing(self):
        status, head, _ = request(
            self.server, "OPTIONS", "/api/messages", Host=self.host(),
            Origin="http://evil.example",
            Access_Control_Request_Method="DELETE")
        self.assertEqual(status, 403)
        self.assertNotIn("access-control-", head)

    def test_the_page_runs_nothing_inline(self):
        status, headers, body = self.server.ask(
            "/", headers={"Accept": "text/html"})
        self.assertEqual(status, 200)
        policy = headers["Content-Security-Policy"]
        for part in ("default-src 'none'", "script-src 'self'",
                     "frame-ancestors 'none'", "trusted-types 'none'"):
            self.assertIn(part, policy)
        self.assertNotIn("unsafe", policy)
        self.assertEqual(headers["Cross-Origin-Opener-Policy"], "same-origin")
        self.assertEqual(self.server.ask(
            "/sessions/5", headers={"Accept": "text/html"})[2], body)

    def test_files_of_the_page_are_compressed_and_known(self):
        page = self.server.ask("/", headers={"Accept": "text/html"})[2]
        name = page.decode().split("assets/")[1].split('"')[0]
        path = "/assets/" + name
        status, plain, _ = self.server.ask(path)
        self.assertEqual(status, 200)
        status, packed, _ = self.server.ask(
            path, headers={"Accept-Encoding": "gzip"})
        self.assertEqual(packed["Content-Encoding"], "gzip")
        self.assertLess(int(packed["Content-Length"]),
                        int(plain["Content-Length"]))
        status, _, body = self.server.ask(
            path, headers={"If-None-Match": plain["ETag"]})
        self.assertEqual((status, body), (304, b""))

    def test_large_bodies_are_refused_unread(self):
        where = urllib.parse.urlparse(self.server.url)
        for path, kind in (("/api/expect", "application/json"),
                           ("/api/messages", "message/rfc822"),
                           ("/api/info", "text/plain")):
            with socket.create_connection((where.hostname, where.port),
                                          60) as link:
                link.sendall(("POST %s HTTP/1.1\r\nHost: %s\r\n"
                              "Content-Type: %s\r\n"
                              "Content-Length: 99999999999\r\n\r\n"
                              % (path, self.host(), kind)).encode())
                got = link.recv(65536)
                want = b"405" if path == "/api/info" else b"413"
                self.assertTrue(got.startswith(b"HTTP/1.1 " + want), got)

    def test_large_chunked_bodies_are_refused(self):
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        got = raw(self.server,
                  b"POST /api/expect HTTP/1.1\r\nHost: " +
                  self.host().encode() + b"\r\nConnection: close\r\n"
                  b"Content-Type: application/json\r\n"
                  b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 3 +
                  b"0\r\n\r\n")
        self.assertTrue(got.startswith(b"HTTP/1.1 413"), got[:200])

    def test_deep_json_is_refused(self):
        for body in (b"[" * 60000, b'{"match":' * 5000):
            status, _, answer = self.server.ask(
                "/api/expect", "POST", body,
                {"Content-Type": "application/json"})
            self.assertEqual(status, 400)
            self.assertIn(b"64", answer)

    def test_wrong_requests_end_nothing(self):
        for octets in (b"\r\n\r\n", b"GET\r\n\r\n", b"\x00" * 1000,
                       b"GET / HTTP/9.9\r\n\r\n", b"EHLO x\r\n",
                       b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n",
                       b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 5000 + b"\r\n",
                       b"POST /api/expect HTTP/1.1\r\nHost: a\r\n"
                       b"Content-Length: -1\r\n\r\n",
                       b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n"
                       b"Connection: close\r\n\r\n"):
            with self.subTest(octets=octets[:40]):
                where = urllib.parse.urlparse(self.server.url)
                with socket.create_connection(
                        (where.hostname, where.port), 60) as link:
                    try:
                        link.sendall(octets)
                    except OSError:
                        pass
                self.assertEqual(self.server.ask("/healthz")[0], 200)

    def test_cookies_of_other_apps_are_no_trouble(self):
        status, _, _ = request(self.server, "GET", "/api/info",
                               Host=self.host(), Cookie="a=" + "b" * 8000)
        self.assertEqual(status, 200)


class Logins(unittest.TestCase):
    def open_paths(self, server):
        for path in ("/healthz", "/readyz"):
            self.assertEqual(server.ask(path)[0], 200)

    def check(self, server, right):
        letters = "/%61%70i/info"
        for path in (letters, "//api/info", "/./api/info", "/healthz/../",
                     "/healthz%2f..%2fapi/info", "/preview/../api/info"):
            status, _, _ = request(server, "GET", path, Host="localhost")
            self.assertIn(status, (400, 401), path)
        wrong = [None, "Basic " + base64.b64encode(b"ada:wrong").decode(),
                 "Basic " + base64.b64encode(b"bob:secret").decode(),
                 "Basic ???", "Bearer x"]
        for path in ("/", "/api/info", "/api/events", "/api/messages",
                     "/assets/x.js", "/nothing", "/api/"):
            for login in wrong:
                headers = {"Authorization": login} if login else {}
                status, answer, _ = server.ask(path, headers=headers)
                self.assertEqual(status, 401, (path, login))
                self.assertIn("Basic", answer["WWW-Authenticate"])
        for _ in range(3):
            self.assertEqual(server.ask(
                "/api/info", headers={"Authorization": right})[0], 200)
        self.open_paths(server)

    def test_one_login_protects_every_route(self):
        right = "Basic " + base64.b64encode(b"ada:secret").decode()
        with mailscope.Server("--http-auth", "ada:secret") as server:
            self.check(server, right)
            _, _, body = server.ask(
                "/api/messages", "POST", HTML,
                {"Authorization": right, "Content-Type": "message/rfc822"})
            path = "/api/messages/%d" % json.loads(body)["id"]
            message = json.loads(server.ask(
                path, headers={"Authorization": right})[2])
            self.assertEqual(server.ask(message["preview"])[0], 200)

    def test_a_file_of_logins_protects_every_route(self):
        right = "Basic " + base64.b64encode(b"ada:secret").decode()
        server = mailscope.Server()
        path = os.path.join(server.folder, "logins")
        with open(path, "w", encoding="utf-8") as file:
            file.write("# who may\nada:%s\n" % BCRYPT)
        server.command += ["--http-auth", path]
        with server:
            self.check(server, right)


class Transport(unittest.TestCase):
    def test_https_has_a_certificate_of_our_ca(self):
        with mailscope.Server("--http-tls") as server:
            self.assertTrue(server.url.startswith("https://"))
            where = urllib.parse.urlparse(server.url)
            anyone = ssl._create_unverified_context()
            with socket.create_connection((where.hostname, where.port),
                                          60) as link:
                with anyone.wrap_socket(link) as tls:
                    tls.sendall(b"GET /api/ca.pem HTTP/1.1\r\nHost: a\r\n"
                                b"Connection: close\r\n\r\n")
                    got = b""
                    while True:
                        part = tls.recv(65536)
                        if not part:
                            break
                        got += part
            pem = got.split(b"\r\n\r\n", 1)[1].decode()
            known = ssl.create_default_context(cadata=pem)
            with socket.create_connection((where.hostname, where.port),
                                          60) as link:
                with known.wrap_socket(link,
                                       server_hostname="localhost") as tls:
                    tls.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n"
                                b"Connection: close\r\n\r\n")
                    self.assertIn(b"200 OK", tls.recv(1000))

    @unittest.skipUnless(shutil.which("openssl"), "no openssl here")
    def test_https_has_the_certificate_that_was_given(self):
        folder = tempfile.mkdtemp(prefix="mailscope-test-")
        self.addCleanup(shutil.rmtree, folder)
        cert = os.path.join(folder, "cert.pem")
        key = os.path.join(folder, "key.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
             "/CN=mail.given.test", "-addext",
             "subjectAltName=DNS:mail.given.test", "-keyout", key, "-out",
             cert], check=True, capture_output=True)
        with mailscope.Server("--http-tls", "--tls-cert", cert, "--tls-key",
                              key) as server:
            where = urllib.parse.urlparse(server.url)
            known = ssl.create_default_context(cafile=cert)
            with socket.create_connection((where.hostname, where.port),
                                          60) as link:
                with known.wrap_socket(
                        link, server_hostname="mail.given.test") as tls:
                    tls.sendall(b"GET /api/ca.pem HTTP/1.1\r\nHost: a\r\n"
                                b"Connection: close\r\n\r\n")
                    self.assertIn(b" 404 ", tls.recv(1000))

    def test_a_unix_socket_serves(self):
        server = mailscope.Server()
        path = os.path.join(server.folder, "http")
        server.command[server.command.index("--http") + 1] = "unix:" + path
        with server:
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(60)
                link.connect(path)
                link.sendall(b"GET /api/info HTTP/1.1\r\nHost: localhost\r\n"
                             b"Connection: close\r\n\r\n")
                self.assertIn(b"200 OK", link.recv(65536))
        self.assertFalse(os.path.exists(path))

    def test_a_prefix_is_served_with_and_without_it(self):
        with mailscope.Server("--http-path", "/mail") as server:
            base = server.url.removesuffix("/mail")
            server.ready["http"] = base
            for path in ("/api/info", "/mail/api/info"):
                self.assertEqual(server.ask(path)[0], 200)
            page = server.ask("/mail/", headers={"Accept": "text/html"})[2]
            self.assertIn(b'<base href="/mail/">', page)
            link = server.ask("/mail/messages",
                              headers={"Accept": "text/html"})[2]
            self.assertEqual(link, page)

    def test_a_directory_takes_the_place_of_the_page(self):
        server = mailscope.Server()
        folder = os.path.join(server.folder, "page")
        os.makedirs(os.path.join(folder, "assets"))
        with open(os.path.join(folder, "index.html"), "w",
                  encoding="utf-8") as file:
            file.write('<base href="/"><p>mine')
        with open(os.path.join(folder, "assets", "a.js"), "w",
                  encoding="utf-8") as file:
            file.write("mine")
        server.command += ["--ui-dir", folder]
        with server:
            page = {"Accept": "text/html"}
            self.assertIn(b"<p>mine", server.ask("/", headers=page)[2])
            self.assertEqual(server.ask("/assets/a.js")[2], b"mine")
            for path in ("/assets/..%2findex.html", "/assets/..%2f..%2flog",
                         "/..%2flog", "/assets/.hidden"):
                self.assertEqual(server.ask(path)[0], 404, path)

    def test_both_loopbacks_are_served(self):
        with mailscope.Server() as server:
            where = urllib.parse.urlparse(server.url)
            try:
                link = socket.create_connection(("::1", where.port), 60)
            except OSError:
                self.skipTest("no ::1 here")
            with link:
                link.sendall(b"GET /healthz HTTP/1.1\r\nHost: [::1]\r\n"
                             b"Connection: close\r\n\r\n")
                self.assertIn(b"200 OK", link.recv(1000))


if __name__ == "__main__":
    unittest.main()
