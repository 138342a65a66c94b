# SPDX-License-Identifier: MIT
# Sends the mail on standard input. usage: ruby send.rb HOST PORT
require 'net/smtp'

host, port = ARGV
$stdin.binmode
mail = $stdin.read
smtp = Net::SMTP.new(host, Integer(port))
smtp.disable_starttls
smtp.start('client.test') do |session|
  session.send_message(mail, 'a@client.test', 'b@client.test')
end
