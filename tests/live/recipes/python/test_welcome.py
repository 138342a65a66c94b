# SPDX-License-Identifier: MIT
import smtplib
from email.message import EmailMessage


def send_welcome(host, port, address):
    """What the app under test does."""
    mail = EmailMessage()
    mail["From"] = "app@example.test"
    mail["To"] = address
    mail["Subject"] = "Welcome aboard"
    mail.set_content("Confirm here: https://app.test/confirm/1")
    with smtplib.SMTP(host, port) as smtp:
        smtp.send_message(mail)


def test_the_welcome_mail_has_a_link(mailscope):
    send_welcome(mailscope.smtp_host, mailscope.smtp_port, "ada@example.test")
    found = mailscope.expect("--to", "ada@example.test",
                             "--subject-contains", "Welcome",
                             "--text-contains", "https://app.test/confirm/")
    assert found[0]["envelope"]["to"] == ["ada@example.test"]
