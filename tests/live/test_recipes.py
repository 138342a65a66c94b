# SPDX-License-Identifier: MIT
"""Every recipe runs as a user would run it, where its language is there."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import clients
import mailscope

RECIPES = os.path.join(mailscope.ROOT, "tests", "live", "recipes")
BROWSER = os.path.join(mailscope.ROOT, "tests", "live", "browser")
JARS = ["/usr/share/java/javax.mail.jar", "/usr/share/java/javax.activation.jar"]


def needs(*programs):
    for program in programs:
        if shutil.which(program) is None and not os.path.exists(program):
            raise unittest.SkipTest("%s is not here" % program)


class Recipes(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="mailscope-recipe-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        os.symlink(mailscope.PROGRAM, os.path.join(self.folder, "mailscope"))

    def copy(self, *names):
        """Copies a recipe's files to a folder of its own."""
        place = tempfile.mkdtemp(dir=self.folder)
        for name in names:
            shutil.copy(os.path.join(RECIPES, name), place)
        return place

    def run_in(self, place, *words, **more):
        path = self.folder + os.pathsep + os.environ["PATH"]
        done = subprocess.run(
            words, cwd=place, check=False, text=True, timeout=540,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=mailscope.environment(PATH=path, HOME=self.folder, **more))
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def serve(self, place, *words, **more):
        """In CI: mailscope serve -- COMMAND."""
        return self.run_in(place, "mailscope", "serve", "--log", "warn", "--",
                           *words, **more)

    def test_python(self):
        python = None
        for candidate in ("/usr/bin/python3", sys.executable):
            asked = subprocess.run([candidate, "-c", "import pytest"],
                                   check=False, capture_output=True)
            if asked.returncode == 0:
                python = candidate
        if python is None:
            self.skipTest("pytest is not here")
        place = self.copy("python/conftest.py", "python/test_welcome.py")
        said = self.run_in(place, python, "-m", "pytest", "-q",
                           "-p", "no:cacheprovider")
        self.assertIn("1 passed", said)

    def test_node(self):
        needs("node")
        place = self.copy("node/mailscope.mjs", "node/welcome.test.mjs")
        os.symlink(os.path.join(clients.nodemailer_folder(), "node_modules"),
                   os.path.join(place, "node_modules"))
        self.run_in(place, "node", "--test", "welcome.test.mjs")

    def test_playwright(self):
        needs("node", "/usr/bin/chromium")
        core = os.path.join(BROWSER, "node_modules", "playwright-core")
        needs(core)
        place = self.copy("node/mailscope.mjs", "playwright/signup.test.mjs")
        modules = os.path.join(place, "node_modules")
        os.mkdir(modules)
        os.symlink(core, os.path.join(modules, "playwright-core"))
        os.symlink(os.path.join(clients.nodemailer_folder(), "node_modules",
                                "nodemailer"),
                   os.path.join(modules, "nodemailer"))
        self.run_in(place, "node", "--test", "signup.test.mjs")

    def test_go(self):
        needs("go")
        place = self.copy("go/go.mod", "go/welcome_test.go")
        self.run_in(place, "go", "test", "-count=1", "./...",
                    GOCACHE=os.path.join(mailscope.ROOT, "build", "go"),
                    GOFLAGS="-mod=mod", GOPROXY="off", GOTOOLCHAIN="local")

    def test_php(self):
        needs("php", "/usr/share/php/libphp-phpmailer/autoload.php")
        place = self.copy("php/welcome.php")
        said = self.serve(place, "php", "-d",
                          "sendmail_path=mailscope sendmail -t -i",
                          "welcome.php")
        self.assertIn("ok", said)

    def test_java(self):
        needs("java", "javac", *JARS)
        place = self.copy("java/Welcome.java")
        self.serve(place, "java", "-cp", os.pathsep.join(JARS),
                   "Welcome.java")

    def test_ruby(self):
        needs("ruby")
        asked = subprocess.run(
            ["ruby", "-e", "require 'mail'; require 'minitest'"],
            check=False, capture_output=True)
        if asked.returncode != 0:
            self.skipTest("the mail or minitest gem is not here")
        place = self.copy("ruby/welcome_test.rb")
        self.serve(place, "ruby", "welcome_test.rb")

    def test_shell(self):
        needs("curl")
        place = self.copy("shell/welcome.sh")
        self.assertIn("ok", self.serve(place, "./welcome.sh"))

    def test_c(self):
        needs("gcc")
        place = self.copy("c/welcome_test.c")
        self.run_in(place, "gcc", "-D_GNU_SOURCE", "-o", "welcome_test",
                    "welcome_test.c", "-lcmocka")
        self.run_in(place, "./welcome_test")


if __name__ == "__main__":
    unittest.main()
