# SPDX-License-Identifier: MIT
"""mailscope behind a real nginx that reads docker/proxy.conf: on a sub-path,
with a login, as docker/compose.proxy.yml has it."""
import base64
import contextlib
import http.client
import os
import re
import shutil
import smtplib
import subprocess
import tempfile
import threading
import unittest

import compose_files
import mailscope
import sse

FLAGS = compose_files.services("compose.proxy.yml")["mailscope"]
LOGIN = FLAGS[FLAGS.index("--http-auth") + 1]
AUTHORIZATION = {"Authorization": "Basic " +
                 base64.b64encode(LOGIN.encode()).decode()}
# What the image of nginx has around conf.d; every path in a folder of ours.
MAIN = """
daemon off;
%(user)s
worker_processes 1;
pid %(folder)s/pid;
error_log stderr;
events { worker_connections 256; }
http {
    access_log off;
    client_body_temp_path %(folder)s/body;
    proxy_temp_path %(folder)s/proxy;
    fastcgi_temp_path %(folder)s/fastcgi;
    uwsgi_temp_path %(folder)s/uwsgi;
    scgi_temp_path %(folder)s/scgi;
    include %(folder)s/proxy.conf;
}
"""


class Nginx:
    """nginx with docker/proxy.conf: port and upstream are ours, no more."""

    def __init__(self, upstream):
        self.folder = tempfile.mkdtemp(prefix="mailscope-nginx-")
        self.address = "127.0.0.1:%d" % mailscope.free_port()
        with open(os.path.join(mailscope.ROOT, "docker", "proxy.conf"),
                  encoding="utf-8") as file:
            conf = file.read()
        self.write("proxy.conf", conf.replace(
            "listen 80;", "listen %s;" % self.address).replace(
                "//mailscope:8025", "//" + upstream))
        self.write("nginx.conf", MAIN % {
            "folder": self.folder,
            "user": "user root;" if os.getuid() == 0 else ""})

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w",
                  encoding="utf-8") as file:
            file.write(text)

    def __enter__(self):
        self.log = open(os.path.join(self.folder, "log"), "w+b")
        self.process = subprocess.Popen(
            [NGINX, "-p", self.folder, "-c", self.folder + "/nginx.conf",
             "-e", "stderr"], stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log)
        return self

    def __exit__(self, kind, value, trace):
        self.process.terminate()
        self.process.wait(mailscope.WAIT_S)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def said(self):
        self.log.seek(0)
        return self.log.read().decode("utf-8", "replace")


NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")


class Through:
    """The server as those see it who come through the proxy."""

    def __init__(self, server, nginx):
        self.url = "http://%s/mail" % nginx.address
        self.ready = {"http": self.url}
        self.server = server

    def ask(self, path, method="GET", body=None, headers=AUTHORIZATION):
        return mailscope.Server.ask(self, path, method, body, headers)

    def get(self, path):
        return mailscope.Server.get(self, path)


@unittest.skipUnless(NGINX, "nginx is not installed")
class Proxy(unittest.TestCase):
    def setUp(self):
        started = contextlib.ExitStack()
        self.addCleanup(started.close)
        self.server = started.enter_context(mailscope.Server(*FLAGS))
        address = re.match(r"http://([^/]+)", self.server.url).group(1)
        self.nginx = started.enter_context(Nginx(address))
        self.site = Through(self.server, self.nginx)
        mailscope.wait_for(self.answers, "nginx")

    def answers(self):
        self.assertIsNone(self.nginx.process.poll(), self.nginx.said())
        try:
            return self.site.ask("/api/info")[0] == 200
        except OSError:
            return False

    def send(self, subject):
        with smtplib.SMTP(*self.server.smtp, timeout=60) as client:
            client.sendmail("app@example.test", ["ada@example.test"],
                            "Subject: %s\r\n\r\nHello\r\n" % subject)

    def test_page_assets_and_login(self):
        self.assertEqual(self.site.ask("/", headers={})[0], 401)
        status, _, page = self.site.ask("/")
        self.assertEqual(status, 200)
        self.assertIn(b'<base href="/mail/">', page)
        assets = re.findall(r'(?:src|href)="(assets/[^"]+)"', page.decode())
        self.assertGreaterEqual(len(assets), 2)
        for name in assets:
            with self.subTest(name):
                self.assertEqual(self.site.ask("/" + name)[0], 200)

    def test_without_the_slash_it_goes_to_the_same_port(self):
        link = http.client.HTTPConnection(self.nginx.address,
                                          timeout=mailscope.WAIT_S)
        self.addCleanup(link.close)
        link.request("GET", "/mail")
        answer = link.getresponse()
        self.assertEqual(answer.status, 301)
        self.assertEqual(answer.headers["Location"], "/mail/")

    def test_events_arrive_as_they_happen(self):
        with sse.Stream(self.site, headers=AUTHORIZATION) as stream:
            self.send("through the proxy")
            frame = stream.next("message")
        self.assertEqual(frame["data"]["subject"], "through the proxy")

    def test_a_wait_is_held_and_answered(self):
        answers = []
        waiter = threading.Thread(target=lambda: answers.append(
            mailscope.run("wait", "subject:late", "--within", "60s",
                          MAILSCOPE_URL=self.site.url.replace(
                              "//", "//%s@" % LOGIN))))
        waiter.start()
        self.addCleanup(waiter.join)
        self.send("late")
        waiter.join()
        self.assertEqual(answers[0].returncode, 0, answers[0].stderr)
        self.assertIn("late", answers[0].stdout)

    def test_the_page_may_change_things_and_other_sites_may_not(self):
        self.send("to be deleted")
        kept = self.site.get("/api/messages")["messages"]
        path = "/api/messages/%d" % kept[0]["id"]
        here = "http://" + self.nginx.address
        for origin, status in (("http://elsewhere.test", 403), (here, 200)):
            with self.subTest(origin):
                self.assertEqual(self.site.ask(path, "DELETE", headers=dict(
                    AUTHORIZATION, Origin=origin))[0], status)
        self.assertEqual(self.site.get("/api/messages")["messages"], [])


@unittest.skipUnless(shutil.which("docker-compose"),
                     "docker-compose is not installed")
class ComposeFiles(unittest.TestCase):
    def test_they_are_well_formed(self):
        without_our_modules = mailscope.environment()
        without_our_modules.pop("PYTHONPATH", None)
        for name in ("compose.yml", "compose.proxy.yml"):
            with self.subTest(name):
                done = subprocess.run(
                    ["docker-compose", "-f", compose_files.path(name), "config",
                     "-q"], capture_output=True, text=True, check=False,
                    timeout=mailscope.WAIT_S * 2, env=without_our_modules)
                self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
