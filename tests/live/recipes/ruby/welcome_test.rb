# SPDX-License-Identifier: MIT
# Sends with the mail gem; run by: mailscope serve -- ruby welcome_test.rb
require "mail"
require "minitest/autorun"

Mail.defaults do
  delivery_method :smtp, address: ENV.fetch("SMTP_HOST"),
                         port: ENV.fetch("SMTP_PORT").to_i,
                         openssl_verify_mode: "none"
end

class WelcomeTest < Minitest::Test
  def expect_mail(*flags)
    assert system("mailscope", "expect", "--within", "30s", *flags,
                  out: File::NULL), "no such mail: see above"
  end

  def test_the_welcome_mail_has_a_link
    Mail.deliver do
      from "app@example.test"
      to "ada@example.test"
      subject "Welcome aboard"
      body "Confirm here: https://app.test/confirm/1"
    end
    expect_mail("--to", "ada@example.test", "--subject-contains", "Welcome",
                "--text-contains", "https://app.test/confirm/")
  end
end
