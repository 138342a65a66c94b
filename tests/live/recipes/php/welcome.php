<?php
// SPDX-License-Identifier: MIT
// Sends with PHPMailer and by mail(); run by: mailscope serve -- php \
//   -d sendmail_path="mailscope sendmail -t -i" welcome.php
require_once 'libphp-phpmailer/autoload.php';

use PHPMailer\PHPMailer\PHPMailer;

function expect_mail(string ...$flags): void
{
    $words = array_map('escapeshellarg', $flags);
    exec('mailscope expect --within 30s ' . implode(' ', $words), $said, $status);
    if ($status !== 0) {
        fwrite(STDERR, "no such mail\n");
        exit(1);
    }
}

$mail = new PHPMailer(true);
$mail->isSMTP();
$mail->Host = getenv('SMTP_HOST');
$mail->Port = (int) getenv('SMTP_PORT');
$mail->SMTPAutoTLS = false;
$mail->setFrom('app@example.test');
$mail->addAddress('ada@example.test');
$mail->Subject = 'Welcome aboard';
$mail->Body = 'Confirm here: https://app.test/confirm/1';
$mail->send();
expect_mail('--to', 'ada@example.test', '--subject-contains', 'Welcome',
    '--text-contains', 'https://app.test/confirm/');

if (!mail('bob@example.test', 'By mail()', "Hello Bob\n", 'From: app@example.test')) {
    fwrite(STDERR, "mail() failed\n");
    exit(1);
}
expect_mail('--to', 'bob@example.test', '--subject', 'By mail()');
echo "ok\n";
