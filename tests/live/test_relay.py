# SPDX-License-Identifier: MIT
"""A real Postfix relays into us: in clear, over STARTTLS, by LMTP; what it
sent is what is kept, and it takes a refusal for one."""
import shutil
import smtplib
import unittest

import mailscope
import relay
import tap
from clients import MAIL

BODY = MAIL.partition(b"\r\n\r\n")[2]


def hand_over(postfix, recipients=("b@client.test",), mail=MAIL, options=()):
    with smtplib.SMTP(*postfix.address, "client.test", timeout=60) as smtp:
        smtp.sendmail("a@client.test", list(recipients), mail, options)


class Relay(unittest.TestCase):
    def start(self, listeners=("--smtp", "127.0.0.1:0"), *flags):
        server = mailscope.Server(*flags, listeners=listeners)
        self.addCleanup(shutil.rmtree, server.folder, ignore_errors=True)
        server.start()
        self.addCleanup(server.stop, check=False)
        return server

    def relay(self, address, **settings):
        settings.setdefault("relayhost", "[127.0.0.1]:%d" % address[1])
        postfix = relay.Postfix(**settings)
        postfix.__enter__()
        self.addCleanup(postfix.__exit__)
        return postfix

    def arrived(self, server, postfix, count=1):
        def come():
            listed = server.get("/api/messages")
            return listed["messages"] if listed["total"] >= count else None
        try:
            return mailscope.wait_for(come, "the relayed mail")
        except AssertionError as error:
            raise AssertionError("%s\n%s" % (error, postfix.log()))

    def raw(self, server, message):
        return server.ask("/api/messages/%d/raw" % message["id"])[2]

    def test_in_clear_what_crossed_the_wire_is_kept(self):
        server = self.start()
        with tap.Tap(server.smtp) as wire:
            postfix = self.relay(wire.address, smtp_tls_security_level="none")
            hand_over(postfix)
            message = self.arrived(server, postfix)[0]
            raw = self.raw(server, message)
            self.assertEqual(tap.messages(wire.client_octets()), [raw])
        self.assertTrue(raw.startswith(b"Received: "), raw)
        self.assertTrue(raw.endswith(BODY), raw)

    def test_over_starttls(self):
        server = self.start()
        postfix = self.relay(server.smtp, smtp_tls_security_level="encrypt")
        hand_over(postfix, ["b@client.test", "c@client.test"])
        message = self.arrived(server, postfix)[0]
        self.assertEqual(sorted(message["envelope"]["to"]),
                         ["b@client.test", "c@client.test"])
        session = server.get("/api/sessions/%d" % message["session"])
        self.assertIsNotNone(session["tls"])
        self.assertTrue(self.raw(server, message).endswith(BODY))

    def test_by_lmtp_every_recipient_has_its_reply(self):
        server = self.start(("--lmtp", "127.0.0.1:0"))
        host, port = mailscope.split(server.ready["lmtp"][0])
        postfix = self.relay((host, port), relayhost="",
                             default_transport="lmtp:inet:%s:%d" % (host,
                                                                    port),
                             lmtp_tls_security_level="none")
        hand_over(postfix, ["b@client.test", "c@client.test"])
        message = self.arrived(server, postfix)[0]
        self.assertTrue(self.raw(server, message).endswith(BODY))

        def logged():
            return postfix.log().count("status=sent") == 2
        mailscope.wait_for(logged, "two deliveries in Postfix' log")

    def test_many_mails_are_all_there(self):
        server = self.start()
        postfix = self.relay(server.smtp, smtp_tls_security_level="may")
        for count in range(30):
            hand_over(postfix, mail=MAIL + b"number %d\r\n" % count)
        messages = self.arrived(server, postfix, 30)
        ends = {self.raw(server, message).split(b"\r\n")[-2]
                for message in messages}
        self.assertEqual(ends, {b"number %d" % count for count in range(30)})

    def test_a_delivery_notification_is_asked_for_with_its_parameters(self):
        server = self.start()
        postfix = self.relay(server.smtp, smtp_tls_security_level="none")
        with smtplib.SMTP(*postfix.address, "client.test") as smtp:
            smtp.sendmail("a@client.test", ["b@client.test"], MAIL,
                          ["RET=HDRS", "ENVID=QQ314159"],
                          ["NOTIFY=SUCCESS,FAILURE"])
        message = self.arrived(server, postfix)[0]
        whole = server.get("/api/messages/%d" % message["id"])
        params = whole["transaction"]["mail_from"]["params"]
        self.assertEqual(params["RET"], "HDRS")
        self.assertEqual(params["ENVID"], "QQ314159")

    def test_a_message_that_is_too_large_bounces_back_to_us(self):
        server = self.start(("--smtp", "127.0.0.1:0"), "--max-message-size",
                            "20K")
        postfix = self.relay(server.smtp, smtp_tls_security_level="none")
        hand_over(postfix, mail=MAIL + b"x" * 70 * 1000)
        bounce = self.arrived(server, postfix)[0]
        self.assertEqual(bounce["envelope"]["from"], "")
        self.assertEqual(bounce["envelope"]["to"], ["a@client.test"])


if __name__ == "__main__":
    unittest.main()
