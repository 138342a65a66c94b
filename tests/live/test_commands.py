# SPDX-License-Identifier: MIT
"""The subcommands against the running program."""
import json
import mailbox
import os
import shutil
import smtplib
import subprocess
import tempfile
import unittest

import mailscope

MAIL = ("From: App <app@example.test>\r\nTo: ada@example.test\r\n"
        "Subject: %s\r\n\r\nHello Ada\r\n")


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = mailscope.Server(
            "--without", "STARTTLS", "--max-message-size", "100K").start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        shutil.rmtree(cls.server.folder, ignore_errors=True)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="mailscope-commands-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.run_ok("delete", "--all")

    def command(self, name, *words, stdin=None, env=None):
        return subprocess.run(
            [mailscope.PROGRAM, name, *words], input=stdin, text=True,
            capture_output=True, timeout=mailscope.WAIT_S * 2, check=False,
            env=mailscope.environment(**{
                "MAILSCOPE_URL": self.server.url,
                "SMTP_HOST": self.server.smtp[0],
                "SMTP_PORT": str(self.server.smtp[1]), **(env or {})}))

    def run_ok(self, name, *words, **more):
        done = self.command(name, *words, **more)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def mail(self, subject="Welcome", to="ada@example.test"):
        with smtplib.SMTP(*self.server.smtp) as smtp:
            smtp.sendmail("app@example.test", [to], MAIL % subject)

    def newest(self):
        return json.loads(self.run_ok("show", "latest", "--json"))

    def test_ready_says_whether_it_is(self):
        self.run_ok("ready")
        asked = mailscope.run("ready", "--url", "http://127.0.0.1:1")
        self.assertEqual(asked.returncode, 1)
        self.assertIn("does not answer", asked.stderr)

    def test_list_and_show(self):
        self.mail("First")
        self.mail("Second")
        rows = self.run_ok("list").splitlines()
        self.assertEqual(len(rows), 2, rows)
        self.assertIn("Second", rows[0])
        self.assertIn("app@example.test > ada@example.test", rows[1])
        shown = self.run_ok("show", "latest")
        self.assertIn("RCPT TO:<ada@example.test>", shown)
        self.assertIn("Subject: Second", shown)
        self.assertIn("Hello Ada", shown)
        number = str(self.newest()["id"])
        done = subprocess.run(
            [mailscope.PROGRAM, "show", number, "--raw", "--url",
             self.server.url], capture_output=True, check=True,
            env=mailscope.environment())
        self.assertEqual(done.stdout.decode(), MAIL % "Second")
        self.assertEqual(len(json.loads(self.run_ok(
            "list", "--json", "--messages"))["messages"]), 2)

    def test_a_mail_does_not_drive_the_terminal(self):
        mail = (b"From: \x1b[5m@x.test\r\nSubject: \x1b[2J\xc2\x9b31m\r\n\r\n"
                b"One\r\n\ttwo \x1b]0;title\x07\r\n")
        with smtplib.SMTP(*self.server.smtp) as smtp:
            smtp.send(b"NOOP \x1b\xc2\x9b\r\n")
            smtp.getreply()
            smtp.sendmail("app@example.test", ["ada@example.test"], mail)
        shown = self.run_ok("list") + self.run_ok("show", "latest")
        shown += self.run_ok("transcript", str(self.newest()["session"]))
        self.assertNotRegex(shown, "[\x00-\x08\x0b-\x1f\x7f-\x9f]")
        self.assertIn("\\x1b[2J\\xc2\\x9b31m", shown)
        self.assertIn(" -> NOOP \\x1b\\xc2\\x9b\n", shown)
        self.assertIn("One\n\ttwo \\x1b]0;title\\x07\n", shown)

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full here")
    def test_what_cannot_be_written_is_an_error(self):
        self.mail()
        number = str(self.newest()["id"])
        for words in (("list",), ("show", number), ("show", number, "--raw"),
                      ("export", "--format", "mbox"), ("man",)):
            with open("/dev/full", "wb") as full:
                done = subprocess.run(
                    [mailscope.PROGRAM, *words], stdout=full,
                    stderr=subprocess.PIPE, text=True, check=False,
                    env=mailscope.environment(MAILSCOPE_URL=self.server.url))
            self.assertEqual(done.returncode, 1, words)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_transcript_shows_both_sides(self):
        self.mail()
        session = str(self.newest()["session"])
        said = self.run_ok("transcript", session)
        self.assertIn("MAIL FROM:<app@example.test>", said.replace(
            "mail ", "MAIL "))
        self.assertIn("<-  250 2.1.0 ", said)
        self.assertIn("events", json.loads(self.run_ok(
            "transcript", session, "--format", "json")))

    def test_delete_by_id_by_search_and_all(self):
        self.mail("One")
        self.mail("Two")
        self.mail("Three")
        number = str(self.newest()["id"])
        self.assertIn("1 deleted", self.run_ok("delete", number))
        self.assertIn("1 deleted", self.run_ok("delete", "--q",
                                               "subject:One"))
        self.run_ok("delete", "--all")
        self.assertEqual(self.run_ok("list"), "")
        self.assertEqual(self.command("delete").returncode, 2)

    def test_expect_is_met(self):
        self.mail("Welcome aboard")
        said = self.run_ok(
            "expect", "--to", "ada@example.test", "--subject-contains",
            "Welcome", "--text-matches", "Hello [A-Z]", "--attachments", "0",
            "--header", "From=App <app@example.test>", "--within", "30s")
        self.assertTrue(json.loads(said)["met"])

    def test_expect_that_is_not_met_explains_itself(self):
        self.mail("Wellcome aboard")
        asked = self.command("expect", "--subject-contains", "Welcome",
                             "--within", "100ms")
        self.assertEqual(asked.returncode, 1)
        self.assertFalse(json.loads(asked.stdout)["met"])
        self.assertIn("mailscope: not met: no message matched", asked.stderr)
        self.assertIn("was      \"Wellcome aboard\" (differs at character 4)",
                      asked.stderr)

    def test_expect_none_and_counts(self):
        self.run_ok("expect", "--none", "--to", "nobody@example.test",
                    "--quiet", "50ms", "--within", "30s")
        self.mail()
        self.mail()
        self.run_ok("expect", "--count", "2", "--within", "30s")
        self.assertEqual(self.command(
            "expect", "--count", "3", "--within", "100ms").returncode, 1)
        for flag, text in (("--count", "many"), ("--count", "-1"),
                           ("--count", "1-"), ("--count", "1-2x"),
                           ("--attachments", "x"), ("--attachments", "1M"),
                           ("--within", "200000000d")):
            asked = self.command("expect", flag, text)
            self.assertEqual((asked.returncode, asked.stdout), (2, ""), text)
            self.assertIn(flag, asked.stderr)

    def test_wait_answers_with_what_matches(self):
        self.mail("Awaited")
        found = json.loads(self.run_ok("wait", "subject:Awaited"))
        self.assertEqual(found["messages"][0]["subject"], "Awaited")
        self.assertEqual(self.command(
            "wait", "subject:Never", "--within", "100ms").returncode, 1)
        self.assertEqual(self.command("wait", "subject:").returncode, 2)

    def test_send_makes_a_mail_of_its_pieces(self):
        path = os.path.join(self.folder, "räport.bin")
        with open(path, "wb") as file:
            file.write(bytes(range(256)))
        self.run_ok("send", "bob@example.test", "--to", "eve@example.test",
                    "--subject", "Grüße", "--text", "hällo", "--html",
                    "<p>hi</p>", "--attach", path, "--header", "X-Id: 7")
        mail = self.newest()
        self.assertEqual(sorted(mail["envelope"]["to"]),
                         ["bob@example.test", "eve@example.test"])
        self.assertEqual(mail["subject"], "Grüße")
        self.assertIn("hällo", mail["text"])
        self.assertEqual(mail["attachments"], 1)

    def test_send_raw_sends_the_octets_as_they_are(self):
        raw = "Subject: raw\r\n\r\n.dot\r\n..\r\n"
        path = os.path.join(self.folder, "raw.eml")
        with open(path, "w", newline="", encoding="ascii") as file:
            file.write(raw)
        self.run_ok("send", "--raw", path)
        number = self.newest()["id"]
        _, _, kept = self.server.ask("/api/messages/%d/raw" % number)
        self.assertEqual(kept.decode(), raw)

    def test_send_says_why_it_was_refused(self):
        asked = self.command("send", "--text", "x" * 110000)
        self.assertEqual(asked.returncode, 1)
        self.assertIn("552", asked.stderr)

    def test_sendmail_takes_headers_and_hides_bcc(self):
        self.run_ok("sendmail", "-t", "-i", "-f", "cron@example.test",
                    stdin="To: a@example.test, \"B, b\" <b@example.test>\n"
                    "Bcc: secret@example.test\nSubject: By cron\n\n.\nend\n")
        mail = self.newest()
        self.assertEqual(mail["envelope"]["from"], "cron@example.test")
        self.assertEqual(mail["envelope"]["to"], [
            "a@example.test", "b@example.test", "secret@example.test"])
        names = [header["name"].lower() for header in mail["headers"]]
        self.assertNotIn("bcc", names)
        self.assertTrue({"from", "date", "message-id"} <= set(names))
        self.assertIn(".\nend", mail["text"].replace("\r", ""))

    def test_sendmail_by_its_own_name_and_by_bs(self):
        link = os.path.join(self.folder, "sendmail")
        os.symlink(mailscope.PROGRAM, link)
        env = mailscope.environment(SMTP_HOST=self.server.smtp[0],
                                    SMTP_PORT=str(self.server.smtp[1]))
        subprocess.run([link, "-oi", "x@example.test"], input="Subject: s\n\n",
                       text=True, check=True, env=env)
        self.assertEqual(self.newest()["envelope"]["to"], ["x@example.test"])
        spoken = subprocess.run(
            [link, "-bs"], input="EHLO client.test\r\nQUIT\r\n", text=True,
            capture_output=True, check=True, env=env)
        self.assertTrue(spoken.stdout.startswith("220 "), spoken.stdout)
        self.assertIn("221 ", spoken.stdout)

    def test_sendmail_as_cron_calls_it(self):
        self.run_ok("sendmail", "-FCronDaemon", "-i", "-odi", "-oem", "-oi",
                    "-t", "-f", "root", stdin="From: root (Cron Daemon)\n"
                    "To: root\nSubject: Cron <root@vm> job\n\ndone\n")
        self.assertEqual(self.newest()["envelope"]["to"], ["root"])
        self.assertEqual(self.newest()["subject"], "Cron <root@vm> job")

    def test_sendmail_takes_a_list_as_one_argument(self):
        self.run_ok("sendmail", "-N", "never", "-R", "hdrs", "-V", "id", "-B",
                    "8BITMIME", "-O", "DeliveryMode=b",
                    "Ada <ada@x.test>, bob@x.test", "eve@x.test",
                    stdin="Subject: list\n\nx\n")
        self.assertEqual(self.newest()["envelope"]["to"],
                         ["ada@x.test", "bob@x.test", "eve@x.test"])

    def test_sendmail_has_no_queue_and_no_aliases(self):
        for name, words, said in (
                ("sendmail", ("-bp",), "Mail queue is empty\n"),
                ("mailq", (), "Mail queue is empty\n"),
                ("newaliases", (), ""), ("sendmail", ("-q",), ""),
                ("sendmail", ("-bi",), ""), ("sendmail", ("-q15m",), "")):
            asked = subprocess.run(
                [name, *words], executable=mailscope.PROGRAM, check=False,
                stdin=subprocess.DEVNULL, capture_output=True, text=True)
            self.assertEqual((asked.returncode, asked.stdout), (0, said))

    def test_sendmail_without_recipients_or_server_fails(self):
        self.assertEqual(self.command("sendmail", stdin="\n").returncode, 64)
        asked = self.command("sendmail", "a@example.test", stdin="\n",
                             env={"SMTP_PORT": "1"})
        self.assertEqual(asked.returncode, 69, asked.stderr)

    def test_probe_shows_the_conversation_and_judges_it(self):
        where = "%s:%d" % self.server.smtp
        said = self.run_ok("probe", where, "--to", "ada@example.test")
        self.assertIn("C: EHLO ", said)
        self.assertIn("S: 220 ", said)
        self.assertIn("tls-not-offered", said)  # --without STARTTLS
        found = json.loads(self.run_ok("probe", where, "--json"))
        checks = [row["check"] for row in found["findings"]]
        self.assertIn("tls-not-offered", checks)
        self.assertNotIn("pipelining-not-offered", checks)
        self.assertEqual(self.command("probe", "127.0.0.1:1").returncode, 1)

    def test_export_and_import_carry_mail_there_and_back(self):
        for subject in ("One", "Two", "Three"):
            self.mail(subject)
        eml = os.path.join(self.folder, "eml")
        self.assertIn("3 exported", self.run_ok("export", "--out", eml))
        self.assertEqual(len(os.listdir(eml)), 3)
        mbox = os.path.join(self.folder, "all.mbox")
        self.run_ok("export", "--format", "mbox", "--out", mbox)
        box = mailbox.mbox(mbox)
        self.assertEqual([mail["Subject"] for mail in box],
                         ["One", "Two", "Three"])
        box.close()
        self.run_ok("delete", "--all")
        self.assertIn("6 imported", self.run_ok("import", eml, mbox))
        subjects = sorted(row["subject"] for row in json.loads(self.run_ok(
            "list", "--messages", "--json"))["messages"])
        self.assertEqual(subjects, ["One", "One", "Three", "Three", "Two",
                                    "Two"])
        _, _, kept = self.server.ask(
            "/api/messages/%d/raw" % self.newest()["id"])
        self.assertEqual(kept.decode(), MAIL % "Three")

    def test_mbox_splits_where_messages_begin_alone(self):
        body = "from here\n\nFrom there\n>From quoted\nFrom nowhere\n"
        self.run_ok("send", "ada@example.test", "--from", "app@example.test",
                    "--subject", "Letters", "--text", body)
        self.mail("Second")
        sent = self.server.ask("/api/messages/%d/raw" % (
            self.newest()["id"] - 1))[2]
        mbox = self.run_ok("export", "--format", "mbox")
        self.assertRegex(mbox, "^From app@example.test [A-Z][a-z]{2} "
                         "[A-Z][a-z]{2} [ 123][0-9] [0-9:]{8} 20[0-9]{2}\n")
        self.run_ok("delete", "--all")
        self.assertIn("2 imported", self.command(
            "import", "-", stdin=mbox).stdout)
        self.assertEqual(self.server.ask("/api/messages/%d/raw" % (
            self.newest()["id"] - 1))[2], sent)

    def test_import_of_a_folder_takes_mail_alone(self):
        folder = os.path.join(self.folder, "box")
        for name in ("cur/1:2,S", "new/2", "tmp/3", ".Sent/cur/4",
                     "more/5.eml", "more/notes.txt"):
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write("Subject: %s\r\n\r\n" % name)
        self.assertIn("4 imported", self.run_ok("import", folder))
        self.assertEqual(sorted(row["subject"] for row in json.loads(
            self.run_ok("list", "--json"))["activity"]),
            [".Sent/cur/4", "cur/1:2,S", "more/5.eml", "new/2"])

    def test_import_says_where_it_could_not_go_on(self):
        folder = os.path.join(self.folder, "loop")
        os.makedirs(folder)
        os.symlink(".", os.path.join(folder, "again"))
        run = self.command("import", folder)
        self.assertEqual(run.returncode, 1)
        self.assertIn("is it a loop of links?", run.stderr)

    def test_ids_are_written_as_they_are_listed(self):
        self.mail("Listed")
        message = self.newest()
        self.assertIn("Listed", self.run_ok("show", "m%d" % message["id"]))
        self.assertIn("kept as", self.run_ok(
            "transcript", "s%d" % message["session"]))
        for words in (("show", "s1"), ("transcript", "m1"), ("delete", "x"),
                      ("export", "1/2"), ("export", "1", "--format", "m")):
            asked = self.command(*words)
            self.assertEqual((asked.returncode, asked.stdout), (2, ""))
            self.assertIn(words[0], asked.stderr)
        self.assertEqual(self.command("delete", "1", "x").returncode, 2)
        self.assertEqual(self.newest()["id"], message["id"])

    def test_send_says_what_is_wrong(self):
        for words, said in (
                (("--header", "no colon"), "Name: value"),
                (("--header", ": x"), "Name: value"),
                (("--mechanism", "FOO", "--user", "a", "--password", "b"),
                 "CRAM-MD5"),
                (("--tls", "maybe"), "starttls"),
                (("--attach", "/nonexistent"), "cannot be read"),
                (("--raw", "/nonexistent"), "cannot be read")):
            asked = self.command("send", "ada@x.test", *words)
            self.assertEqual(asked.returncode, 2, words)
            self.assertIn(said, asked.stderr)
            self.assertEqual(asked.stderr.count("\n"), 1, asked.stderr)
        self.assertIn(", 3 times", self.run_ok(
            "send", "ada@x.test", "--count", "3", "--header", "X-A: b"))

    def test_a_file_is_no_recipient(self):
        path = os.path.join(self.folder, "mail.eml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("Subject: x\r\n\r\n")
        asked = self.command("send", path)
        self.assertEqual(asked.returncode, 2)
        self.assertIn("--raw", asked.stderr)

    def test_export_of_sessions(self):
        self.mail()
        session = str(self.newest()["session"])
        said = self.run_ok("export", session, "--format", "json")
        self.assertIn("events", json.loads(said))

    def test_reindex_builds_the_index_of_a_directory_anew(self):
        store = os.path.join(self.folder, "store")
        with mailscope.Server("--data", store) as server:
            with smtplib.SMTP(*server.smtp) as smtp:
                smtp.sendmail("a@x.test", ["b@x.test"], MAIL % "Kept")
            held = mailscope.run("reindex", "--data", store)
            self.assertEqual(held.returncode, 2, held.stdout)
        done = mailscope.run("reindex", "--data", store)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 messages indexed", done.stdout)
        self.assertEqual(mailscope.run("reindex").returncode, 2)

    def test_ca_writes_a_certificate(self):
        self.assertIn("BEGIN CERTIFICATE", self.run_ok("ca"))

    def test_the_manual_page_is_sound(self):
        page = mailscope.run("man").stdout
        for word in ("--max-recipients", "expect", "MAILSCOPE_URL"):
            self.assertIn(word.lstrip("-"), page)
        if shutil.which("man"):
            shown = subprocess.run(
                ["man", "--warnings", "-l", "-"], input=page, text=True,
                capture_output=True, check=False,
                env=dict(os.environ, MANPAGER="cat", LC_ALL="C.UTF-8"))
            self.assertEqual(shown.stderr, "")
            self.assertIn("ENVIRONMENT", shown.stdout)

    def test_every_command_explains_itself(self):
        for line in mailscope.run("--help").stdout.splitlines():
            words = line.split()
            if line.startswith("  ") and line[2:3].isalpha() and words:
                asked = mailscope.run(words[0], "--help")
                self.assertEqual(asked.returncode, 0, words[0])
                self.assertIn("usage: mailscope", asked.stdout)

    def test_a_server_that_is_not_there_is_said(self):
        asked = mailscope.run("list", "--url", "http://127.0.0.1:1")
        self.assertEqual(asked.returncode, 2)
        self.assertIn("--url", asked.stderr)
        self.assertEqual(asked.stderr.count("\n"), 1)

    def test_help_is_found_however_it_is_asked_for(self):
        for one, other in ((("help",), ("--help",)),
                           (("help", "export"), ("export", "--help")),
                           (("list", "-h"), ("list", "--help")),
                           (("version",), ("--version",))):
            asked = mailscope.run(*one)
            self.assertEqual((asked.returncode, asked.stdout),
                             (0, mailscope.run(*other).stdout))
        self.assertEqual(mailscope.run("help", "nonsense").returncode, 2)
        for line in mailscope.run("export", "--help").stdout.splitlines():
            if line.startswith("  "):  # a name of any length stands apart
                self.assertRegex(line, r"^  --[^ ]+( [^ ]+)?( {2,}[A-Za-z].*)?$"
                                 r"|^ {30}[A-Za-z]")


if __name__ == "__main__":
    unittest.main()
