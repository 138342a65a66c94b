# SPDX-License-Identifier: MIT
# Sends the mail on standard input. usage: perl send.pl HOST PORT
use strict;
use warnings;
use Net::SMTP;

my ($host, $port) = @ARGV;
binmode STDIN;
my @lines = <STDIN>;
my $smtp = Net::SMTP->new($host, Port => $port, Hello => 'client.test')
    or die "no connection: $@";
$smtp->mail('a@client.test') or die $smtp->message;
$smtp->to('b@client.test') or die $smtp->message;
$smtp->data() or die $smtp->message;
$smtp->datasend(@lines) or die 'datasend';
$smtp->dataend() or die $smtp->message;
$smtp->quit();
